package report

const (
	posterWidth  = 880
	posterMargin = 60
)

// poster is the report on one sheet: title, main figures, year target and charts; at
// most so many charts, 0 for all.
func (d Document) poster(f faces, charts int) scene {
	s := scene{w: posterWidth, title: d.Title, faces: f, h: 72}
	inner := float64(posterWidth - 2*posterMargin)
	s.labels = append(s.labels, f.cut(label{x: posterMargin, y: 72, text: d.Title, size: 28, bold: true, class: ink}, inner))
	if d.Warning != "" {
		s.below(d.warning(f, inner), posterMargin, 14)
	}
	s.below(d.tiles(f, inner), posterMargin, 24)
	if d.Goal != nil {
		s.below(d.Goal.scene(f, inner), posterMargin, 24)
	}
	for i, chart := range d.charts(f) {
		if i < charts || charts == 0 {
			s.below(chart, posterMargin, 30)
		}
	}
	s.below(d.foot(f, inner), posterMargin, 20)
	s.h += 30
	return s
}

// charts draws every table that has something to draw.
func (d Document) charts(f faces) (all []scene) {
	for _, section := range d.Sections {
		for _, t := range section.Tables {
			if chart, ok := t.chart(f); ok {
				all = append(all, chart)
			}
		}
	}
	return all
}

// tiles are the main figures, three in a row.
func (d Document) tiles(f faces, width float64) scene {
	const perRow, height, gap, lines = 3, 144, 16, 3
	s := scene{faces: f}
	w := (width - (perRow-1)*gap) / perRow
	for i, figure := range d.Figures {
		x, y := float64(i%perRow)*(w+gap), float64(i/perRow)*(height+gap)
		s.rects = append(s.rects, rect{x, y, w, height, faint})
		s.labels = append(s.labels,
			f.cut(label{x: x + 14, y: y + 26, text: figure.Label, size: 14, bold: true, class: ink}, w-28),
			label{x: x + 14, y: y + 72, text: figure.Value, size: 44, bold: true, class: bar})
		note := f.wrap(label{x: x + 14, y: y + 94, text: figure.Note, size: 14, class: muted}, w-28)
		if len(note) > lines {
			note = note[:lines]
			note[lines-1].text += "…"
		}
		s.labels = append(s.labels, note...)
		s.h = y + height
	}
	return s
}

// scene draws the year target as a bar, with a mark where an even pace would be.
func (g Goal) scene(f faces, width float64) scene {
	s := scene{faces: f}
	for _, line := range f.wrap(label{y: 18, text: g.Label, size: 16, bold: true, class: ink}, width) {
		s.labels = append(s.labels, line)
		s.h = line.y
	}
	at := func(n int) float64 { return width * min(1, float64(n)/float64(max(g.Goal, 1))) }
	s.rects = append(s.rects, rect{0, s.h + 14, width, 22, faint}, rect{0, s.h + 14, at(g.N), 22, bar}, rect{at(g.Expected) - 2, s.h + 8, 4, 34, mark})
	expected := label{y: s.h + 60, text: g.Even, size: 14, bold: true, class: mark}
	expected.x = max(0, at(g.Expected)-f.width(expected)/2)
	if at(g.Expected) > width/2 {
		// Held by its end, so that a font wider than ours does not push it off the edge.
		expected.end, expected.x = true, min(width, at(g.Expected)+f.width(expected)/2)
	}
	s.labels = append(s.labels, expected)
	s.h += 64
	return s
}

// warning stands above the figures it is about.
func (d Document) warning(f faces, width float64) scene {
	s := scene{faces: f}
	for _, line := range f.wrap(label{y: 16, text: d.Warning, size: 16, bold: true, class: mark}, width) {
		s.labels = append(s.labels, line)
		s.h = line.y + 4
	}
	return s
}

func (d Document) foot(f faces, width float64) scene {
	s := scene{faces: f}
	y := 16.0
	for _, note := range unique(d.Notes) {
		for _, line := range f.wrap(label{y: y, text: note, size: 14, class: muted}, width) {
			s.labels = append(s.labels, line)
			y = line.y + 20
		}
		y += 4
	}
	s.h = y
	return s
}
