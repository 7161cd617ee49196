package paper

import (
	"strconv"
	"strings"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
)

const (
	mm      = 72 / 25.4 // points in a millimetre
	width   = 210 * mm
	height  = 297 * mm
	margin  = 16 * mm
	inner   = width - 2*margin
	bottom  = height - 20*mm // where the text of a page ends
	leading = 1.38           // line height over font size
	ascent  = 1.02           // baseline below the top of a line, over font size
)

// The sizes of type, in points.
var (
	body  = style.Body.Points()
	small = style.Small.Points()
	least = style.Least.Points()
	title = style.Heading3.Points() * 1.12
	name  = style.Heading1.Points() * 1.25
)

// letterhead is the header of every page.
type letterhead struct {
	lang, heading, date string
	foot                string
	pageOf              func(n, of int) string
}

// sheet is a document being laid out: pages, and how far the last one is filled.
type sheet struct {
	letterhead
	pages []draw.Scene
	y     float64
}

// line is a text that may take several lines.
type line struct {
	text  string
	size  float64
	bold  bool
	color style.Color // the zero value is ink
	href  string
}

func (l line) broken(width float64) []draw.Text {
	t := draw.Text{Text: l.text, Size: l.size, Bold: l.bold, Fill: l.color, Href: l.href}
	if l.color == style.Black {
		t.Fill = style.Ink
	}
	if !strings.Contains(l.text, " ") { // an address has no spaces to break at
		for t.Size > 6 && t.Width() > width {
			t.Size -= 0.25
		}
	}
	return t.Wrap(width, leading)
}

func (l line) height(width float64) float64 {
	return float64(len(l.broken(width))) * l.size * leading
}

// turn begins a new page.
func (s *sheet) turn() {
	page := draw.Scene{W: width, H: height, Lang: s.lang, Title: s.heading}
	page.Add(mark(margin, 12*mm, 17)...)
	page.Add(draw.Text{X: margin + 24, Y: 12*mm + 14, Text: "digiwijzer", Size: 15, Bold: true, Fill: style.Ink},
		draw.Text{X: margin + inner, Y: 12*mm + 14, Text: s.date, Size: small, Fill: style.Soft, Anchor: draw.End},
		draw.Rect{X: margin, Y: 12*mm + 25, W: inner, H: 1.4, Fill: style.Ink})
	s.pages = append(s.pages, page)
	s.y = 12*mm + 40
}

// mark returns the logo: a dial whose hand points at the sun, in black.
func mark(x, y, side float64) (shapes []draw.Shape) {
	cx, cy := x+side*0.48, y+side*0.52
	shapes = append(shapes, draw.Circle{X: cx, Y: cy, R: side * 0.45, Fill: style.Ink}, draw.Circle{X: cx, Y: cy, R: side * 0.36, Fill: style.White})
	const dots = 16 // close enough to look like a line
	for i := range dots + 1 {
		along := side * 0.28 * float64(i) / dots
		shapes = append(shapes, draw.Circle{X: cx + along, Y: cy - along, R: side * 0.056, Fill: style.Ink})
	}
	return append(shapes, draw.Circle{X: cx + side*0.29, Y: cy - side*0.29, R: side * 0.16, Fill: style.Ink})
}

func (s *sheet) add(shapes ...draw.Shape) { s.pages[len(s.pages)-1].Add(shapes...) }

// room begins a new page unless h points are left on this one.
func (s *sheet) room(h float64) {
	if s.y+h > bottom {
		s.turn()
	}
}

// keep begins a new page unless the parts fit on this one, with around points around them.
func (s *sheet) keep(parts []line, width, around float64) {
	for _, part := range parts {
		around += part.height(width)
	}
	s.room(around)
}

func (s *sheet) gap(h float64) { s.y += h }

func (s *sheet) rule(c style.Color) { s.add(draw.Rect{X: margin, Y: s.y, W: inner, H: 0.6, Fill: c}) }

// write adds a text below the existing ones. It may continue on a new page between two lines.
func (s *sheet) write(l line, x, width float64) {
	for _, t := range l.broken(width) {
		s.room(t.Size * leading)
		t.X, t.Y = x, s.y+t.Size*ascent
		s.add(t)
		s.y += t.Size * leading
	}
}

// title adds a heading, never as the last line of a page.
func (s *sheet) title(text string) {
	if text == "" {
		return
	}
	s.room(title*leading + 60)
	s.gap(12)
	s.write(line{text: text, size: title, bold: true}, margin, inner)
	s.gap(3)
}

// score adds a bar with a mark at 50.
func (s *sheet) score(score Score, width float64) {
	const label, number, thick = 150.0, 28.0, 8.0
	s.gap(5)
	bar := width - label - number
	y := s.y + 3
	s.add(draw.Text{X: margin, Y: s.y + small*ascent, Text: score.Label, Size: small, Fill: style.Ink}.Cut(label-6),
		draw.Rect{X: margin + label, Y: y, W: bar, H: thick, Fill: style.Ink},
		draw.Rect{X: margin + label + .7, Y: y + .7, W: bar - 1.4, H: thick - 1.4, Fill: style.White},
		draw.Rect{X: margin + label, Y: y, W: bar * float64(min(max(score.N, 0), 100)) / 100, H: thick, Fill: style.Soft},
		draw.Rect{X: margin + label + bar/2 - .4, Y: y - 2, W: .8, H: thick + 4, Fill: style.Ink},
		draw.Text{X: margin + width, Y: s.y + body*ascent, Text: strconv.Itoa(score.N), Size: body, Bold: true, Fill: style.Ink, Anchor: draw.End})
	s.y += body * leading
}

// The measures of a list in two columns.
const (
	between = 24.0
	column  = (inner - between) / 2
	padding = 2.5 // above and below a line
)

// pairs adds a list in two columns.
func (s *sheet) pairs(heading string, pairs []Pair) {
	if len(pairs) == 0 {
		return
	}
	row := small*leading + 2*padding
	rows := (len(pairs) + 1) / 2
	s.room(title*leading + 20 + row*float64(min(rows, 12)))
	s.title(heading)
	for i := range rows {
		line := pairs[i : i+1]
		if i+rows < len(pairs) {
			line = []Pair{pairs[i], pairs[i+rows]}
		}
		height := 0.0
		for _, p := range line {
			height = max(height, float64(len(p.given()))*small*leading+2*padding)
		}
		s.room(height)
		for side, p := range line {
			s.pair(p, margin+float64(side)*(column+between), height)
		}
		s.y += height
	}
}

// given returns the text of a pair in lines, from its right edge.
func (p Pair) given() []draw.Text {
	return draw.Text{Text: p.Text, Size: small, Fill: style.Ink, Anchor: draw.End}.Wrap(column*0.62, leading)
}

func (s *sheet) pair(p Pair, x, height float64) {
	first := s.y + padding + small*ascent
	widest := 0.0
	for _, t := range p.given() {
		widest = max(widest, t.Width())
		t.X, t.Y = x+column, t.Y+first
		s.add(t)
	}
	s.add(draw.Text{X: x, Y: first, Text: p.Term, Size: small, Fill: style.Soft}.Cut(column-widest-8),
		draw.Rect{X: x, Y: s.y + height - .5, W: column, H: .5, Fill: style.Line})
}

// number adds the footer with the maker and the page number.
func (s *sheet) number(i int) {
	y := height - 11*mm
	s.pages[i].Add(draw.Rect{X: margin, Y: y - 14, W: inner, H: .6, Fill: style.Line},
		draw.Text{X: margin, Y: y, Text: s.foot, Size: least, Fill: style.Soft}.Cut(inner-60),
		draw.Text{X: margin + inner, Y: y, Text: s.pageOf(i+1, len(s.pages)), Size: least, Fill: style.Soft, Anchor: draw.End})
}
