package paper

import (
	"io"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
)

// Document is a text of several pages.
type Document struct {
	Lang   string
	Title  string // in the properties of the file
	Date   string
	Foot   string                 // the publication that it is part of
	PageOf func(n, of int) string // "1 van 2"
	Blocks []Block
}

// Block is a part of a document: Heading, Paragraph, List or Table.
type Block interface{ lay(d *layout) }

// Span is a piece of text with one style.
type Span struct {
	Text string
	Bold bool
	Open bool   // still to be filled in: highlighted
	Href string // the link target; empty: none
}

// Heading is a heading of level 1, the largest, to 3.
type Heading struct {
	Level int
	Text  string
}

// Paragraph is a text of one or more lines.
type Paragraph []Span

// List is a list of points, or of numbers from 1 on.
type List struct {
	Ordered bool
	Items   [][]Span
}

// Table is a table. Every row has as many cells as the head.
type Table struct {
	Head [][]Span
	Rows [][][]Span
}

// PDF writes the document. made is the date in the file.
func (d Document) PDF(w io.Writer, made time.Time) error {
	l := &layout{
		sheet:    sheet{letterhead: letterhead{lang: d.Lang, heading: d.Title, date: d.Date, foot: d.Foot, pageOf: d.PageOf}},
		measured: map[span]float64{},
	}
	l.turn()
	for _, b := range d.Blocks {
		b.lay(l)
	}
	for i := range l.pages {
		l.number(i)
	}
	return draw.PDF(w, made, l.pages...)
}

// layout is a document being laid out.
type layout struct {
	sheet
	measured map[span]float64 // the width of words
}

type span struct {
	text string
	size float64
	bold bool
}

// width returns the width of a word.
func (d *layout) width(text string, size float64, bold bool) float64 {
	key := span{text, size, bold}
	w, ok := d.measured[key]
	if !ok {
		w = draw.Text{Text: text, Size: size, Bold: bold}.Width()
		d.measured[key] = w
	}
	return w
}

// row is a line of text: pieces with their positions from the left edge.
type row []draw.Text

// highlight is the background of a text that is still to be filled in.
var highlight = style.SunWash

// lines breaks spans into lines no wider than width. Only a word that is wider itself is broken between letters.
func (d *layout) lines(spans []Span, size, width float64) (rows []row) {
	var line row
	x, space := 0.0, d.width("x x", size, false)-d.width("xx", size, false)
	glued := true // no space before the next word
	for _, s := range spans {
		if strings.HasPrefix(s.Text, " ") {
			glued = false
		}
		for word := range strings.FieldsSeq(s.Text) {
			for _, part := range d.parts(word, size, s.Bold, width) {
				w, gap := d.width(part, size, s.Bold), space
				if glued || len(line) == 0 {
					gap = 0
				}
				if len(line) > 0 && x+gap+w > width {
					rows, line, x, gap = append(rows, line), nil, 0, 0
				}
				line = d.append(line, s, part, x, gap, size)
				x += gap + w
				glued = true
			}
			glued = false
		}
		glued = glued || !strings.HasSuffix(s.Text, " ")
	}
	return append(rows, line)
}

// append adds a word to a line, joined to the previous piece if that has the same style.
func (d *layout) append(line row, s Span, word string, x, gap, size float64) row {
	t := draw.Text{X: x + gap, Text: word, Size: size, Bold: s.Bold, Fill: style.Ink, Href: s.Href}
	if s.Open {
		t.Fill = style.Alarm
	}
	if n := len(line); n > 0 && gap > 0 {
		before := line[n-1]
		if before.Bold == t.Bold && before.Href == t.Href && before.Fill == t.Fill {
			line[n-1].Text += " " + word
			return line
		}
	}
	return append(line, t)
}

// parts returns a word, in pieces if it is wider than width.
func (d *layout) parts(word string, size float64, bold bool, width float64) (parts []string) {
	if d.width(word, size, bold) <= width {
		return []string{word}
	}
	piece := ""
	for _, r := range word {
		if piece != "" && d.width(piece+string(r), size, bold) > width {
			parts, piece = append(parts, piece), ""
		}
		piece += string(r)
	}
	return append(parts, piece)
}

// put draws a line with its top at y.
func (d *layout) put(line row, x, y float64) {
	for _, t := range line {
		t.X, t.Y = t.X+x, y+t.Size*ascent
		if t.Fill == style.Alarm {
			d.add(draw.Rect{X: t.X - 1, Y: y + 1, W: t.Width() + 2, H: t.Size * 1.25, Fill: highlight})
		}
		d.add(t)
	}
}

// write adds lines below the existing ones, and begins a new page when the current one is full.
func (d *layout) write(rows []row, size, x float64) {
	for _, r := range rows {
		d.room(size * leading)
		d.put(r, x, d.y)
		d.y += size * leading
	}
}

func (h Heading) lay(d *layout) {
	size, before := map[int]float64{1: name, 2: title, 3: body}[h.Level], map[int]float64{1: 4.0, 2: 16, 3: 10}[h.Level]
	rows := d.lines([]Span{{Text: h.Text, Bold: true}}, size, inner)
	d.room(float64(len(rows))*size*leading + before + 48) // never the last on a page
	d.gap(before)
	d.write(rows, size, margin)
	d.gap(3)
}

func (p Paragraph) lay(d *layout) {
	d.write(d.lines(p, textSize, inner), textSize, margin)
	d.gap(6)
}

func (l List) lay(d *layout) {
	const indent = 16.0
	for i, item := range l.Items {
		rows := d.lines(item, textSize, inner-indent)
		d.room(float64(min(len(rows), 2)) * textSize * leading)
		if l.Ordered {
			d.add(draw.Text{X: margin, Y: d.y + textSize*ascent, Text: strconv.Itoa(i+1) + ".", Size: textSize, Fill: style.Ink})
		} else {
			d.add(draw.Circle{X: margin + 5, Y: d.y + textSize*.72, R: 1.6, Fill: style.Ink})
		}
		d.write(rows, textSize, margin+indent)
		d.gap(2)
	}
	d.gap(5)
}

// The measures of a table.
const (
	cellX = 4.0 // left and right of the text of a cell
	cellY = 2.5 // above and below it
)

// The sizes of running text and of tables, in points.
var (
	textSize  = style.Small.Points()
	tableSize = style.Least.Points() * .92
)

func (t Table) lay(d *layout) {
	widths := t.widths(d)
	head := func() {
		d.line(t.Head, widths, true)
	}
	d.room(60)
	head()
	for _, cells := range t.Rows {
		if height := d.height(cells, widths); d.y+height > bottom && height < bottom/2 {
			d.turn()
			head()
		}
		d.line(cells, widths, false)
	}
	d.gap(10)
}

// widths divides the width of the page over the columns: each is at least as wide as its widest word, and the rest
// is divided by the amount of text.
func (t Table) widths(d *layout) []float64 {
	least, want := make([]float64, len(t.Head)), make([]float64, len(t.Head))
	measure := func(cells [][]Span, bold bool) {
		for i, cell := range cells {
			whole := 0.0
			for _, s := range cell {
				for word := range strings.FieldsSeq(s.Text) {
					w := d.width(word, tableSize, s.Bold || bold)
					least[i] = max(least[i], min(w, inner/3))
					whole += w + tableSize/4
				}
			}
			want[i] = max(want[i], min(whole, inner))
		}
	}
	measure(t.Head, true)
	for _, cells := range t.Rows {
		measure(cells, false)
	}
	room, spare, wanted := inner, 0.0, 0.0
	for i := range least {
		least[i] += 2*cellX + 1
		spare += least[i]
		wanted += max(want[i]+2*cellX+1-least[i], 0)
	}
	spare = room - spare
	for i := range least {
		switch {
		case spare < 0:
			least[i] *= room / (room - spare)
		case wanted > 0:
			least[i] += spare * max(want[i]+2*cellX+1-least[i], 0) / wanted
		default:
			least[i] += spare / float64(len(least))
		}
	}
	return least
}

func (d *layout) height(cells [][]Span, widths []float64) (height float64) {
	for i, cell := range cells {
		height = max(height, float64(len(d.lines(cell, tableSize, widths[i]-2*cellX)))*tableSize*leading+2*cellY)
	}
	return height
}

// line adds a row of a table. A row that does not fit on the page continues on the next.
func (d *layout) line(cells [][]Span, widths []float64, head bool) {
	columns, most := make([][]row, len(cells)), 0
	for i, cell := range cells {
		if head {
			cell = bolded(cell)
		}
		columns[i] = d.lines(cell, tableSize, widths[i]-2*cellX)
		most = max(most, len(columns[i]))
	}
	if head {
		d.add(draw.Rect{X: margin, Y: d.y, W: inner, H: float64(most)*tableSize*leading + 2*cellY, Fill: style.Wash})
	}
	d.gap(cellY)
	for n := range most {
		d.room(tableSize * leading)
		x := margin
		for i, rows := range columns {
			if n < len(rows) {
				d.put(rows[n], x+cellX, d.y)
			}
			x += widths[i]
		}
		d.y += tableSize * leading
	}
	d.gap(cellY)
	d.rule(style.Line)
}

func bolded(spans []Span) []Span {
	all := make([]Span, len(spans))
	for i, s := range spans {
		s.Bold = true
		all[i] = s
	}
	return all
}
