package report

import (
	"io"
	"math"
	"slices"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
)

const (
	posterWidth  = 880
	posterMargin = 60
	posterInner  = posterWidth - 2*posterMargin
	wrapLeading  = 1.4

	// pictureCharts is how many charts the picture has: it is read on a phone.
	pictureCharts = 2
)

// SVG writes the report on one sheet, with all its charts.
func (d Document) SVG(w io.Writer) error { return d.poster(math.MaxInt).SVG(w) }

// poster is the report on one sheet: title, main figures, year target and the first charts.
func (d Document) poster(charts int) draw.Scene {
	s := draw.Scene{W: posterWidth, ID: "poster", Lang: d.Lang, Title: d.Title}
	title := draw.Text{X: posterMargin, Y: 72, Text: d.Title, Size: 28, Bold: true, Fill: style.Ink}
	s.Add(title.Cut(posterInner))
	y := title.Y
	if d.Warning != "" {
		warning := draw.Text{X: posterMargin, Y: y + 14 + 16, Text: d.Warning, Size: 16, Bold: true, Fill: style.Alarm}
		y = paragraph(&s, warning, posterInner) + 4
	}
	y = d.tiles(&s, y+24)
	if d.Goal != nil {
		y = d.Goal.draw(&s, posterMargin, y+24, posterInner)
	}
	for _, section := range d.Sections {
		for _, t := range section.Tables {
			if charts == 0 {
				break
			}
			if end, ok := t.chart(&s, posterMargin, y+30); ok {
				y = end
				charts--
			}
		}
	}
	s.H = math.Ceil(d.foot(&s, y+20) + 30)
	s.Shapes = slices.Insert(s.Shapes, 0, draw.Shape(draw.Rect{W: s.W, H: s.H, Fill: style.Paper}))
	return s
}

// paragraph adds a text broken into lines and returns the baseline of the last.
func paragraph(s *draw.Scene, t draw.Text, width float64) (y float64) {
	y = t.Y
	for _, line := range t.Wrap(width, wrapLeading) {
		s.Add(line)
		y = line.Y
	}
	return y
}

// tiles adds the main figures, three in a row.
func (d Document) tiles(s *draw.Scene, top float64) float64 {
	const perRow, height, gap, maxLines = 3, 144, 16, 3
	const w = (posterInner - (perRow-1)*gap) / float64(perRow)
	end := top
	for i, figure := range d.Figures {
		x, y := posterMargin+float64(i%perRow)*(w+gap), top+float64(i/perRow)*(height+gap)
		label := draw.Text{X: x + 14, Y: y + 26, Text: figure.Label, Size: 14, Bold: true, Fill: style.Ink}
		s.Add(draw.Rect{X: x, Y: y, W: w, H: height, R: 12, Fill: style.Line}, draw.Rect{X: x + 1, Y: y + 1, W: w - 2, H: height - 2, R: 11, Fill: style.Sheet}, label.Cut(w-28),
			draw.Text{X: x + 14, Y: y + 72, Text: figure.Value, Size: 44, Bold: true, Fill: style.Act})
		note := draw.Text{X: x + 14, Y: y + 94, Text: figure.Note, Size: 14, Fill: style.Soft}.Wrap(w-28, wrapLeading)
		for i, line := range note[:min(len(note), maxLines)] {
			if i == maxLines-1 && len(note) > maxLines {
				line.Text += "…"
			}
			s.Add(line)
		}
		end = y + height
	}
	return end
}

// draw adds the year target as a bar, with a mark at an even pace.
func (g Goal) draw(s *draw.Scene, x, y, width float64) float64 {
	if g.Label != "" {
		y = paragraph(s, draw.Text{X: x, Y: y + 18, Text: g.Label, Size: 16, Bold: true, Fill: style.Ink}, width)
	}
	at := func(n int) float64 { return width * min(1, float64(n)/float64(max(g.Goal, 1))) }
	s.Add(draw.Rect{X: x, Y: y + 14, W: width, H: 22, R: 4, Fill: style.Paper2},
		draw.Rect{X: x, Y: y + 14, W: max(at(g.N), 8), H: 22, R: 4, Fill: style.Act},
		draw.Rect{X: x + at(g.Expected) - 1.5, Y: y + 8, W: 3, H: 34, Fill: style.Ink},
		draw.Circle{X: x + at(g.Expected), Y: y + 8, R: 8, Fill: style.OnSun}, draw.Circle{X: x + at(g.Expected), Y: y + 8, R: 5.5, Fill: style.Sun})
	even := draw.Text{Y: y + 60, Text: g.Even, Size: 14, Bold: true, Fill: style.Ink}
	half := even.Width() / 2
	even.X = x + max(0, at(g.Expected)-half)
	if at(g.Expected) > width/2 {
		// Anchored at its end, so that a wider font does not push it off the edge.
		even.Anchor, even.X = draw.End, x+min(width, at(g.Expected)+half)
	}
	s.Add(even)
	return y + 64
}

// foot adds the notes.
func (d Document) foot(s *draw.Scene, y float64) float64 { return notes(s, unique(d.Notes), y) }

// notes adds small paragraphs and returns their bottom.
func notes(s *draw.Scene, all []string, y float64) float64 {
	y += 16
	for _, note := range all {
		y = paragraph(s, draw.Text{X: posterMargin, Y: y, Text: note, Size: 14, Fill: style.Soft}, posterInner) + 24
	}
	return y
}
