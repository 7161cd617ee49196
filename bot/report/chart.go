package report

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
)

const (
	chartWidth = 760
	nameWidth  = 250
	rowHeight  = 28
	chartHead  = 34
	maxBars    = 14

	columnsHeight = 150 // of vertical bars
)

// drawn returns the rows whose numbers in the column Bars are drawn, and the largest of these
// numbers.
func (t Table) drawn() (rows []Row, most int) {
	if t.Bars < 0 || t.Bars >= len(t.Columns) {
		return nil, 0
	}
	for _, row := range t.NonZeroRows() {
		if cell := row.Cells[t.Bars]; !row.Total && cell.Kind == Number {
			rows, most = append(rows, row), max(most, cell.N)
		}
	}
	return rows, most
}

// chartTitle returns the title of a chart.
func (t Table) chartTitle() string {
	if t.Upright {
		return t.Columns[t.Bars].Title + ", " + strings.ToLower(t.Title)
	}
	return t.Title
}

// chart adds the chart of the column Bars with its top left corner at x, y and returns its bottom;
// ok is false if there is nothing to draw.
func (t Table) chart(s *draw.Scene, x, y float64) (end float64, ok bool) {
	rows, most := t.drawn()
	if most == 0 {
		return y, false
	}
	s.Add(draw.Text{X: x, Y: y + 20, Text: t.chartTitle(), Size: 16, Bold: true, Fill: style.Ink})
	if t.Upright {
		return t.columns(s, rows, most, x, y+chartHead), true
	}
	return t.bars(s, rows[:min(len(rows), maxBars)], most, x, y+chartHead), true
}

// bars adds horizontal bars, one per row.
func (t Table) bars(s *draw.Scene, rows []Row, most int, x, y float64) float64 {
	const length, height = chartWidth - nameWidth - 60, rowHeight - 8
	left := x + nameWidth
	for _, row := range rows {
		n := row.Cells[t.Bars].N
		name := draw.Text{X: left - 12, Y: y + 19, Text: row.Title, Size: 14, Fill: style.Ink, Anchor: draw.End}
		s.Add(draw.Rect{X: left, Y: y + 7, W: length, H: height - 6, R: 3, Fill: style.Paper2},
			draw.Rect{X: left, Y: y + 7, W: length * float64(n) / float64(most), H: height - 6, R: min(3, length*float64(n)/float64(most)/2), Fill: style.Act},
			name.Cut(nameWidth-16),
			draw.Text{X: left + length + 10, Y: y + 19, Text: strconv.Itoa(n), Size: 14, Bold: true, Fill: style.Ink})
		y += rowHeight
	}
	return y + 6
}

// columns adds vertical bars, for weeks.
func (t Table) columns(s *draw.Scene, rows []Row, most int, x, y float64) float64 {
	height := cmp.Or(t.chartHeight, columnsHeight)
	foot := y + 20 + height
	step := chartWidth / float64(len(rows))
	width := min(step*0.7, 60)
	every := int(math.Ceil(46 / step)) // not every column has space for its name
	for i, row := range rows {
		middle := x + float64(i)*step + step/2
		n := row.Cells[t.Bars].N
		h := height * float64(n) / float64(most)
		s.Add(draw.Rect{X: middle - width/2, Y: foot - h, W: width, H: h, Fill: style.Act},
			draw.Rect{X: middle - width/2, Y: foot, W: width, H: 2, Fill: style.Soft})
		if i%every == 0 {
			s.Add(draw.Text{X: middle, Y: foot - h - 6, Text: strconv.Itoa(n), Size: 14, Bold: true, Fill: style.Ink, Anchor: draw.Middle},
				draw.Text{X: middle, Y: foot + 20, Text: row.short(), Size: 14, Fill: style.Soft, Anchor: draw.Middle})
		}
	}
	return foot + 34
}

// short returns the title of a row as it fits under a column: for a week without the year.
func (r Row) short() string {
	if _, week, ok := strings.Cut(r.Title, "-W"); ok {
		return "W" + week
	}
	return r.Title
}
