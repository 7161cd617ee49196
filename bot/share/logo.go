package share

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // a logo may be one
	"image/png"

	"golang.org/x/image/draw"
)

const (
	logoBytes  = 5 << 20
	logoLeast  = 150  // pixels on the longer side: below that, pixels are visible in print
	logoMost   = 6000 // pixels on the longer side
	logoStored = 1200 // pixels on the longer side in the file: 45 mm at 600 dpi
)

// screenLogo is the longer side of a logo on a page, in pixels: 160 CSS pixels on a dense screen.
const screenLogo = 480

// LogoFault is why a picture cannot be a logo.
type LogoFault struct {
	ID    string // what is wrong, in one word: "bytes", "kind", "pixels" or "damaged"
	Pairs []any  // the arguments of a text about it
	text  string
}

func (f LogoFault) Error() string { return f.text }

// Logo reads a PNG or JPEG of 150 to 6,000 pixels and returns it as a PNG of at most 1,200, fit for print, without metadata.
func Logo(data []byte) ([]byte, error) {
	img, err := readLogo(data)
	if err != nil {
		return nil, err
	}
	return encodeLogo(img)
}

// LogoForScreen returns a logo small enough for a page.
func LogoForScreen(stored []byte) ([]byte, error) {
	img, err := readLogo(stored)
	if err != nil {
		return nil, err
	}
	return encodeLogo(shrink(img, screenLogo))
}

func encodeLogo(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// readLogo reads a PNG or JPEG and prepares it for print: on white, without metadata.
func readLogo(data []byte) (image.Image, error) {
	if len(data) > logoBytes {
		return nil, LogoFault{"bytes", []any{"N", len(data) >> 10, "Most", logoBytes >> 10}, fmt.Sprintf("the logo is %d kB; at most %d", len(data)>>10, logoBytes>>10)}
	}
	size, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || (kind != "png" && kind != "jpeg") {
		return nil, LogoFault{"kind", nil, "the logo is not a PNG or JPEG picture"}
	}
	longer := max(size.Width, size.Height)
	if longer < logoLeast || longer > logoMost || min(size.Width, size.Height) < 1 {
		return nil, LogoFault{"pixels", []any{"Width", size.Width, "Height", size.Height, "Least", logoLeast, "Most", logoMost},
			fmt.Sprintf("the logo is %d by %d pixels; its longer side must be %d to %d for print", size.Width, size.Height, logoLeast, logoMost)}
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, LogoFault{"damaged", nil, fmt.Sprintf("the logo is damaged: %v", err)}
	}
	return shrink(img, logoStored), nil
}

// shrink puts a picture on white, with at most most pixels on its longer side.
func shrink(img image.Image, most int) image.Image {
	size := img.Bounds()
	factor := min(1, float64(most)/float64(max(size.Dx(), size.Dy())))
	flat := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(size.Dx())*factor)), max(1, int(float64(size.Dy())*factor))))
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(flat, flat.Bounds(), img, size, draw.Over, nil)
	return flat
}
