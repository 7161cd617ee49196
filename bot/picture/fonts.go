package picture

import (
	"fmt"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// The Go fonts come with golang.org/x/image and cover Latin, Greek and Cyrillic.
var parsed = sync.OnceValues(func() (fonts [2]*sfnt.Font, err error) {
	for i, ttf := range [][]byte{goregular.TTF, gobold.TTF} {
		if fonts[i], err = opentype.Parse(ttf); err != nil {
			return fonts, fmt.Errorf("picture: font: %w", err)
		}
	}
	return fonts, nil
})

// measurer knows how wide texts are. It is for one drawing: font faces may not be
// shared between goroutines.
type measurer struct {
	faces map[faceKey]font.Face
	fonts [2]*sfnt.Font
}

type faceKey struct {
	size float64
	bold bool
}

func newMeasurer() (measurer, error) {
	fonts, err := parsed()
	return measurer{faces: map[faceKey]font.Face{}, fonts: fonts}, err
}

// face never fails: opentype refuses no size of a font it has parsed.
func (m measurer) face(size float64, bold bool) font.Face {
	key := faceKey{size, bold}
	if f, ok := m.faces[key]; ok {
		return f
	}
	which := m.fonts[0]
	if bold {
		which = m.fonts[1]
	}
	f, err := opentype.NewFace(which, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		panic(fmt.Sprintf("picture: face of size %v: %v", size, err))
	}
	m.faces[key] = f
	return f
}

func (m measurer) width(l label) float64 {
	return float64(font.MeasureString(m.face(l.size, l.bold), l.text)) / 64
}

// fit makes a label smaller until it is no wider than max; a language may need more
// room than ours.
func (m measurer) fit(l label, max float64) label {
	for l.size > 16 && m.width(l) > max {
		l.size -= 2
	}
	return l
}
