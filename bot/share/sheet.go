package share

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// The colours are those of the site, dark enough on white for print in grey too.
var (
	band     = colour{0x0b, 0x4d, 0x55}
	onBand   = colour{0xff, 0xff, 0xff}
	softBand = colour{0xd6, 0xe8, 0xe8}
	sun      = colour{0xf3, 0xb5, 0x3a}
	ink      = colour{0x17, 0x25, 0x2b}
	soft     = colour{0x4c, 0x5b, 0x62}
	hairline = colour{0xc9, 0xc7, 0xbb}
)

type colour struct{ r, g, b int }

const (
	pointMM = 25.4 / 72 // a point in millimetres
	leading = 1.22      // line height over font size
	smaller = 0.25      // points by which a text that does not fit is made smaller
)

// sheet is one page of paper, in millimetres from the top left.
type sheet struct {
	pdf *fpdf.Fpdf
	f   format
	err error // the first text that did not fit
}

func newSheet(f format, title, lang string, made time.Time) *sheet {
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: f.w, Ht: f.h}})
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetTitle(title, true)
	pdf.SetLang(lang)
	pdf.SetCreationDate(made)
	pdf.SetModificationDate(made)
	pdf.SetCatalogSort(true) // the same order gives the same file
	pdf.AddUTF8FontFromBytes("go", "", goregular.TTF)
	pdf.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	pdf.AddPage()
	return &sheet{pdf: pdf, f: f}
}

func (s *sheet) bytes() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	var b bytes.Buffer
	err := s.pdf.Output(&b)
	return b.Bytes(), err
}

func (s *sheet) fill(c colour) { s.pdf.SetFillColor(c.r, c.g, c.b) }

func (s *sheet) box(x, y, w, h float64, c colour) {
	s.fill(c)
	s.pdf.Rect(x, y, w, h, "F")
}

// text is words on paper: at most so many lines in a width, as large as fits.
type text struct {
	words string
	size  float64 // points, where there is room
	least float64 // points, below which it is refused
	lines int
	bold  bool
	c     colour
	right bool // aligned right
}

// laid is a text that fits: its lines and their size.
type laid struct {
	text
	lines []string
}

func (l laid) height() float64 { return float64(len(l.lines)) * l.size * pointMM * leading }

// lay breaks a text into lines and makes it smaller until it fits. One that does not
// is an error: better no poster than a cut-off one.
func (s *sheet) lay(t text, w float64) laid {
	if r, ok := missing(t.words); ok {
		s.refuse(fmt.Errorf("%q holds %q, for which the font of the %s has no sign", t.words, r, s.f.file))
	}
	for size := t.size; size >= t.least; size -= smaller {
		s.font(t.bold, size)
		if lines, ok := s.wrapped(t.words, w); ok && len(lines) <= t.lines {
			t.size = size
			return laid{t, lines}
		}
	}
	s.refuse(fmt.Errorf("%q does not fit on the %s", t.words, s.f.file))
	return laid{text: t}
}

// refuse keeps the first reason not to print.
func (s *sheet) refuse(err error) {
	if s.err == nil {
		s.err = err
	}
}

// tooFull says that the texts of a language need more room than there is.
func tooFull(f format) error { return fmt.Errorf("the texts do not fit on the %s", f.file) }

func (s *sheet) font(bold bool, size float64) {
	style := ""
	if bold {
		style = "B"
	}
	s.pdf.SetFont("go", style, size)
}

// wrapped breaks at spaces only; ok is false where a word is wider than the line.
func (s *sheet) wrapped(words string, w float64) (lines []string, ok bool) {
	line := ""
	for word := range strings.FieldsSeq(words) {
		if s.pdf.GetStringWidth(word) > w {
			return nil, false
		}
		switch longer := line + " " + word; {
		case line == "":
			line = word
		case s.pdf.GetStringWidth(longer) <= w:
			line = longer
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line), true
}

// write puts a laid text with its top at y and gives where it ends.
func (s *sheet) write(l laid, x, y, w float64) float64 {
	s.font(l.bold, l.size)
	s.pdf.SetTextColor(l.c.r, l.c.g, l.c.b)
	for _, line := range l.lines {
		at := x
		if l.right {
			at = x + w - s.pdf.GetStringWidth(line)
		}
		s.pdf.Text(at, y+l.size*pointMM*0.95, line) // Text wants the base line
		y += l.size * pointMM * leading
	}
	return y
}

// put lays and writes.
func (s *sheet) put(t text, x, y, w float64) float64 { return s.write(s.lay(t, w), x, y, w) }

// code draws a QR code as shapes, quiet zone included, so that it is sharp on any
// printer.
func (s *sheet) code(q qrCode, x, y, side float64) {
	module := side / float64(q.size)
	s.box(x, y, side, side, colour{255, 255, 255})
	s.fill(colour{0, 0, 0})
	q.runs(func(column, row, length int) {
		s.pdf.Rect(x+float64(column)*module, y+float64(row)*module, float64(length)*module, module, "F")
	})
}

var regular = sync.OnceValues(func() (*sfnt.Font, error) { return sfnt.Parse(goregular.TTF) })

// missing finds a character that the fonts do not have. Both have the same.
func missing(words string) (rune, bool) {
	font, err := regular()
	if err != nil {
		return 0, true
	}
	var buffer sfnt.Buffer
	for _, r := range words {
		if glyph, err := font.GlyphIndex(&buffer, r); r != ' ' && (err != nil || glyph == 0) {
			return r, true
		}
	}
	return 0, false
}
