package draw

import (
	"fmt"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"

	"digiwijzer/bot/style"
)

// Text is one line of text; Y is its baseline.
type Text struct {
	X, Y   float64
	Text   string
	Size   float64
	Bold   bool
	Fill   style.Color
	Anchor Anchor
	Up     bool   // turned to read from bottom to top, around X, Y
	Href   string // in a PDF: the link target; empty: none
}

// Anchor is the part of a text that is at its X.
type Anchor int

// The anchors.
const (
	Start Anchor = iota
	Middle
	End
)

// before returns how much of a text of this width is before its anchor.
func (a Anchor) before(width float64) float64 { return float64(a) * width / 2 }

var (
	regular = sync.OnceValue(func() *sfnt.Font { return mustParse(style.TrueType(style.RegularFont)) })
	bold    = sync.OnceValue(func() *sfnt.Font { return mustParse(style.TrueType(style.BoldFont)) })
)

func mustParse(ttf []byte) *sfnt.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic(fmt.Sprintf("draw: embedded font: %v", err))
	}
	return f
}

// face returns a new face, as faces must not be shared between goroutines.
func (t Text) face() font.Face {
	f := regular()
	if t.Bold {
		f = bold()
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: t.Size, DPI: 72})
	if err != nil {
		panic(fmt.Sprintf("draw: face of size %v: %v", t.Size, err))
	}
	return face
}

// Width returns the width of the text in the fonts of this package.
func (t Text) Width() float64 {
	// Advances are rounded to 1/64 of a unit, as in a PNG. In small print the errors would add up.
	scale := 1.0
	if t.Size < 14 {
		scale = 64
	}
	t.Size *= scale
	return float64(font.MeasureString(t.face(), t.Text)) / 64 / scale
}

// Cut shortens the text, with an ellipsis, until it is no wider than width.
func (t Text) Cut(width float64) Text {
	runes := []rune(t.Text)
	for len(runes) > 1 && t.Width() > width {
		runes = runes[:len(runes)-1]
		t.Text = strings.TrimRight(string(runes), " ") + "…"
	}
	return t
}

// Wrap breaks the text at spaces into lines below each other, leading times the size
// apart. Only a single word can be wider than width.
func (t Text) Wrap(width, leading float64) (lines []Text) {
	for word := range strings.FieldsSeq(t.Text) {
		if n := len(lines); n > 0 {
			longer := lines[n-1]
			longer.Text += " " + word
			if longer.Width() <= width {
				lines[n-1] = longer
				continue
			}
		}
		line := t
		line.Text, line.Y = word, t.Y+float64(len(lines))*t.Size*leading
		lines = append(lines, line)
	}
	return lines
}

// Missing returns the first character of a text that is not in the fonts. Both fonts have the same characters.
func Missing(text string) (r rune, missing bool) {
	var buffer sfnt.Buffer
	for _, r := range text {
		if glyph, err := regular().GlyphIndex(&buffer, r); r != ' ' && (err != nil || glyph == 0) {
			return r, true
		}
	}
	return 0, false
}
