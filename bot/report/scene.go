package report

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
)

// class is the role of a shape; a page gives it a colour for light, dark and paper.
type class string

// The classes.
const (
	paper class = "paper"
	ink   class = "ink"
	muted class = "muted"
	faint class = "faint"
	bar   class = "bar"
	mark  class = "mark"
)

// colours are those of the classes on white; contrast with it is at least 4.5 for text.
var colours = map[class]uint32{paper: 0xffffff, ink: 0x1b2a41, muted: 0x4a5568, faint: 0xe4e9f0, bar: 0x1f6f8b, mark: 0xc2410c}

// rect is a filled rectangle.
type rect struct {
	x, y, w, h float64
	class      class
}

// label is one line of text from x, its baseline at y.
type label struct {
	x, y  float64
	text  string
	size  float64
	bold  bool
	class class
	end   bool // the text ends at x
}

// scene is a drawing: SVG and PNG are made of the same.
type scene struct {
	w, h   float64
	title  string
	rects  []rect
	labels []label
	faces  faces
}

// faces measures and draws text; the Go fonts come with golang.org/x/image.
type faces map[string]font.Face

func newFaces() (faces, error) {
	f := faces{}
	for name, ttf := range map[string][]byte{"regular": goregular.TTF, "bold": gobold.TTF} {
		parsed, err := opentype.Parse(ttf)
		if err != nil {
			return nil, err
		}
		for _, size := range []float64{14, 16, 20, 28, 44} {
			face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72})
			if err != nil {
				return nil, err
			}
			f[name+strconv.Itoa(int(size))] = face
		}
	}
	return f, nil
}

func (f faces) of(l label) font.Face {
	name := "regular"
	if l.bold {
		name = "bold"
	}
	return f[name+strconv.Itoa(int(l.size))]
}

func (f faces) width(l label) float64 { return float64(font.MeasureString(f.of(l), l.text)) / 64 }

// cut shortens a label until it fits.
func (f faces) cut(l label, width float64) label {
	runes := []rune(l.text)
	for len(runes) > 1 && f.width(l) > width {
		runes = runes[:len(runes)-1]
		l.text = strings.TrimRight(string(runes), " ") + "…"
	}
	return l
}

// wrap breaks a text into lines that fit.
func (f faces) wrap(l label, width float64) (lines []label) {
	words := strings.Fields(l.text)
	for len(words) > 0 {
		n := 1
		for n < len(words) {
			l.text = strings.Join(words[:n+1], " ")
			if f.width(l) > width {
				break
			}
			n++
		}
		l.text = strings.Join(words[:n], " ")
		lines, words = append(lines, l), words[n:]
		l.y += l.size * 1.4
	}
	return lines
}

const (
	chartWidth = 760
	nameWidth  = 250
	rowHeight  = 28
	chartHead  = 34
	maxBars    = 14
)

// chart draws the column Bars of a table; ok is false when there is nothing to draw.
func (t Table) chart(f faces) (s scene, ok bool) {
	if t.Bars < 0 || t.Bars >= len(t.Columns) {
		return s, false
	}
	rows, most := []Row{}, 0
	for _, row := range t.Loud() {
		if row.Total || row.Cells[t.Bars].Kind != Number {
			continue
		}
		rows, most = append(rows, row), max(most, row.Cells[t.Bars].N)
	}
	if len(rows) == 0 || most == 0 {
		return s, false
	}
	s = scene{w: chartWidth, title: t.chartTitle(), faces: f}
	s.labels = append(s.labels, label{x: 0, y: 20, text: t.chartTitle(), size: 16, bold: true, class: ink})
	if t.Upright {
		s.columns(rows, t.Bars, most)
		return s, true
	}
	if len(rows) > maxBars {
		rows = rows[:maxBars]
	}
	s.bars(rows, t.Bars, most)
	return s, true
}

// chartTitle names what is drawn.
func (t Table) chartTitle() string {
	if t.Upright {
		return t.Columns[t.Bars].Title + ", " + strings.ToLower(t.Title)
	}
	return t.Title
}

// bars draws a bar per row, from left to right.
func (s *scene) bars(rows []Row, column, most int) {
	room := s.w - nameWidth - 60
	for i, row := range rows {
		y, n := chartHead+float64(i)*rowHeight, row.Cells[column].N
		name := s.faces.cut(label{x: nameWidth - 12, y: y + 19, text: row.Title, size: 14, class: ink, end: true}, nameWidth-16)
		length := room * float64(n) / float64(most)
		s.rects = append(s.rects, rect{nameWidth, y + 4, room, rowHeight - 8, faint}, rect{nameWidth, y + 4, length, rowHeight - 8, bar})
		s.labels = append(s.labels, name, label{x: nameWidth + room + 10, y: y + 19, text: strconv.Itoa(n), size: 14, bold: true, class: ink})
	}
	s.h = chartHead + float64(len(rows))*rowHeight + 6
}

// columns draws a bar per row, next to each other: weeks.
func (s *scene) columns(rows []Row, column, most int) {
	const height = 150
	step := s.w / float64(len(rows))
	every := int(math.Ceil(46 / step)) // not every week has room for its name
	for i, row := range rows {
		n := row.Cells[column].N
		x, h := float64(i)*step, height*float64(n)/float64(most)
		width := min(step*0.7, 60)
		left := x + (step-width)/2
		s.rects = append(s.rects, rect{left, chartHead + 20 + height - h, width, h, bar}, rect{left, chartHead + 20 + height, width, 2, muted})
		if i%every == 0 {
			count := label{text: strconv.Itoa(n), size: 14, bold: true, class: ink, y: chartHead + 14 + height - h}
			week := label{text: strings.TrimPrefix(row.Title[4:], "-"), size: 14, class: muted, y: chartHead + 20 + height + 20}
			count.x, week.x = x+step/2-s.faces.width(count)/2, x+step/2-s.faces.width(week)/2
			s.labels = append(s.labels, count, week)
		}
	}
	s.h = chartHead + 20 + height + 34
}

// below adds a scene under this one, x to the right.
func (s *scene) below(other scene, x, gap float64) {
	top := s.h + gap
	for _, r := range other.rects {
		r.x, r.y = r.x+x, r.y+top
		s.rects = append(s.rects, r)
	}
	for _, l := range other.labels {
		l.x, l.y = l.x+x, l.y+top
		s.labels = append(s.labels, l)
	}
	s.h = top + other.h
}
