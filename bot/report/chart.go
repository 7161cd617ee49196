package report

import (
	"math"
	"strconv"
	"strings"

	"digiwijzer/bot/draw"
)

const (
	chartWidth = 760
	nameWidth  = 250
	rowHeight  = 28
	chartHead  = 34
	maxBars    = 14
)

// classes let page.css set the colours for light, dark and print.
var classes = map[draw.Color]string{draw.White: "paper", draw.Ink: "ink", draw.Muted: "muted",
	draw.Faint: "faint", draw.Bar: "bar", draw.Mark: "mark"}

// chart is a column of a table as it is drawn.
type chart struct {
	title   string
	upright bool // a bar per column instead of per row
	bars    []chartBar
	most    int // the largest number, above 0
}

type chartBar struct {
	name string
	n    int
}

// chart returns the chart of the column Bars; ok is false when there is nothing to draw.
func (t Table) chart() (c chart, ok bool) {
	if t.Bars < 0 || t.Bars >= len(t.Columns) {
		return c, false
	}
	c = chart{title: t.chartTitle(), upright: t.Upright}
	for _, row := range t.Loud() {
		if cell := row.Cells[t.Bars]; !row.Total && cell.Kind == Number {
			c.bars, c.most = append(c.bars, chartBar{row.Title, cell.N}), max(c.most, cell.N)
		}
	}
	if !t.Upright && len(c.bars) > maxBars {
		c.bars = c.bars[:maxBars]
	}
	return c, c.most > 0
}

// chartTitle names what is drawn.
func (t Table) chartTitle() string {
	if t.Upright {
		return t.Columns[t.Bars].Title + ", " + strings.ToLower(t.Title)
	}
	return t.Title
}

// draw adds the chart, with its top left corner at x, y, and returns where it ends.
func (c chart) draw(s *draw.Scene, x, y float64) float64 {
	s.Add(draw.Text{X: x, Y: y + 20, Text: c.title, Size: 16, Bold: true, Fill: draw.Ink})
	if c.upright {
		return c.columns(s, x, y+chartHead)
	}
	return c.rows(s, x, y+chartHead)
}

// rows draws horizontal bars below each other.
func (c chart) rows(s *draw.Scene, x, y float64) float64 {
	const length, height = chartWidth - nameWidth - 60, rowHeight - 8
	left := x + nameWidth
	for _, bar := range c.bars {
		name := draw.Text{X: left - 12, Y: y + 19, Text: bar.name, Size: 14, Fill: draw.Ink, Anchor: draw.End}
		s.Add(draw.Rect{X: left, Y: y + 4, W: length, H: height, Fill: draw.Faint},
			draw.Rect{X: left, Y: y + 4, W: length * float64(bar.n) / float64(c.most), H: height, Fill: draw.Bar},
			name.Cut(nameWidth-16),
			draw.Text{X: left + length + 10, Y: y + 19, Text: strconv.Itoa(bar.n), Size: 14, Bold: true, Fill: draw.Ink})
		y += rowHeight
	}
	return y + 6
}

// columns draws vertical bars next to each other: weeks.
func (c chart) columns(s *draw.Scene, x, y float64) float64 {
	const height = 150
	foot := y + 20 + height
	step := chartWidth / float64(len(c.bars))
	width := min(step*0.7, 60)
	every := int(math.Ceil(46 / step)) // not every week has space for its name
	for i, bar := range c.bars {
		middle := x + float64(i)*step + step/2
		h := height * float64(bar.n) / float64(c.most)
		s.Add(draw.Rect{X: middle - width/2, Y: foot - h, W: width, H: h, Fill: draw.Bar},
			draw.Rect{X: middle - width/2, Y: foot, W: width, H: 2, Fill: draw.Muted})
		if i%every == 0 {
			s.Add(draw.Text{X: middle, Y: foot - h - 6, Text: strconv.Itoa(bar.n), Size: 14, Bold: true, Fill: draw.Ink, Anchor: draw.Middle},
				draw.Text{X: middle, Y: foot + 20, Text: strings.TrimPrefix(bar.name[4:], "-"), Size: 14, Fill: draw.Muted, Anchor: draw.Middle})
		}
	}
	return foot + 34
}
