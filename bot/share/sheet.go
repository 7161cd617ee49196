package share

import (
	"fmt"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
)

const (
	mm      = 72 / 25.4 // points in a millimetre
	leading = 1.22      // line height over font size
	ascent  = 0.95      // baseline below the top of a line, over font size
	smaller = 0.25      // step in points by which a text that does not fit is reduced
)

// format is a paper size with the sizes of its elements, in points.
type format struct {
	file         string
	w, h, margin float64
	band         float64 // height of the coloured part
	qr           float64 // side of the QR code, quiet zone included
	title        float64
	lead         float64
	step         float64
	link         float64
	small        float64
	least        float64 // no text is smaller
}

var (
	a4 = format{file: "poster-a4", w: 210 * mm, h: 297 * mm, margin: 17 * mm, band: 103 * mm, qr: 88 * mm,
		title: 51, lead: 20, step: 17.5, link: 25, small: 13.2, least: 11}
	a6 = format{file: "kaart-a6", w: 105 * mm, h: 148 * mm, margin: 8.5 * mm, band: 51 * mm, qr: 43 * mm,
		title: 24, lead: 10.5, step: 8.5, link: 12, small: 7.2, least: 6.5}
)

// sheet is one page of paper being laid out.
type sheet struct {
	draw.Scene
	format
	err error // why the page cannot be printed: the first text that did not fit
}

// text is a text that is set as large as fits in a number of lines.
type text struct {
	words string
	size  float64 // points, if there is space
	least float64 // points, below which it is refused
	lines int
	bold  bool
	color style.Color
}

// block is a fitted text: its lines from top 0.
type block []draw.Text

func (b block) size() float64   { return b[0].Size }
func (b block) height() float64 { return float64(len(b)) * b.size() * leading }

// fit breaks a text into lines and reduces it until it fits. If it does not, it is refused: no poster is better than one
// with a cut-off text.
func (s *sheet) fit(t text, w float64) block {
	if r, missing := draw.Missing(t.words); missing {
		s.refuse(fmt.Errorf("%q contains %q, for which the font of the %s has no glyph", t.words, r, s.file))
	}
	line := draw.Text{Text: t.words, Bold: t.bold, Fill: t.color}
	for line.Size = t.size; line.Size >= t.least; line.Size -= smaller {
		line.Y = line.Size * ascent
		if lines := line.Wrap(w, leading); len(lines) <= t.lines && noneWider(lines, w) {
			return lines
		}
	}
	s.refuse(fmt.Errorf("%q does not fit on the %s", t.words, s.file))
	return block{line}
}

func noneWider(lines []draw.Text, w float64) bool {
	for _, line := range lines {
		if line.Width() > w {
			return false
		}
	}
	return true
}

// refuse records the first reason not to print.
func (s *sheet) refuse(err error) {
	if s.err == nil {
		s.err = err
	}
}

// refuseFull is for texts that need more space, in their language, than there is.
func (s *sheet) refuseFull() { s.refuse(fmt.Errorf("the texts do not fit on the %s", s.file)) }

// put adds a block with its top at y and returns its bottom.
func (s *sheet) put(b block, x, y float64) float64 {
	for _, line := range b {
		line.X, line.Y = x, line.Y+y
		s.Add(line)
	}
	return y + b.height()
}

// write fits and adds a text.
func (s *sheet) write(t text, x, y, w float64) float64 { return s.put(s.fit(t, w), x, y) }
