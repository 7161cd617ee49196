package report

import (
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/style"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// maxSentences is the number of sentences of the summary.
const maxSentences = 5

// sentences returns a summary of a closed span, from released figures and exact totals only: a
// sentence is left out if its figures are not released.
func (r Rendering) sentences() (lines []string) {
	t, text := *r.Told, r.Words.Text
	period := r.periodName(t.Period)
	say := func(id string, pairs ...any) { lines = append(lines, text("report.sentence."+id, pairs...)) }
	if r.Use != nil && t.Kind == figures.OneYear {
		say("outcomes_goal", "Period", period, "N", r.number(t.Outcomes), "Goal", r.number(r.Use.Target.Goal))
	} else {
		say("outcomes", "Period", period, "N", r.number(t.Outcomes))
	}
	if f := t.Facts.OrNear; f != nil {
		say("near", "Share", r.shareWords(*f))
	}
	if f := t.Facts.Lagging; f != nil {
		id, pairs := "lagging", []any{"Share", r.shareWords(*f)}
		if reach := t.Facts.Reach; reach != nil {
			if n, told := reach.N.N(); told {
				id, pairs = "lagging_reach", append(pairs, "N", r.number(n), "Of", r.number(reach.Of))
			}
		}
		say(id, pairs...)
	}
	obstacles, wishes := t.Table(disclosure.ByObstacle, ""), t.Table(disclosure.ByHelp, "")
	obstacle := r.most(disclosure.ByObstacle, obstacles.RowValues, obstacles.Figure)
	wish := r.most(disclosure.ByHelp, wishes.RowValues, wishes.Figure)
	if len(obstacle) > 0 && len(wish) > 0 {
		say("asked", "Obstacle", r.list(obstacle), "Wish", r.list(wish))
	}
	switch taken, satisfied := t.Facts.StepTaken, t.Facts.Satisfied; {
	case taken != nil && satisfied != nil:
		say("after", "Satisfied", r.shareWords(*satisfied), "Taken", r.shareWords(*taken))
	case satisfied != nil:
		say("satisfied", "Satisfied", r.shareWords(*satisfied))
	}
	return lines[:min(len(lines), maxSentences)]
}

// named leaves out the value of those who did not answer, and of those who want nothing.
func named(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" || v == "geen" || v == "niets" || v == "twijfel" })
}

// list joins names in quotes: ‘a’, ‘b’ en ‘c’.
func (r Rendering) list(names []string) string {
	if len(names) > mostAlike {
		return r.Words.Text("report.sentence.no_most")
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = "‘" + strings.TrimSuffix(name, ".") + "’"
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	last := len(quoted) - 1
	return r.Words.Text("report.sentence.about_equal", "First", strings.Join(quoted[:last], ", "), "Last", quoted[last])
}

// The summary is a page with the proportions of A4.
const (
	summaryWidth  = posterWidth
	summaryHeight = 1245
	footHeight    = 150 // of the notes
)

// PNG writes a closed span as a page of sentences and one chart, and weeks as a poster.
func (d Document) PNG(w io.Writer) error { return d.page().PNG(w) }

// PDF writes the same as PNG, for printing.
func (d Document) PDF(w io.Writer) error { return d.page().PDF(w, d.made) }

func (d Document) page() draw.Scene {
	if len(d.Sentences) == 0 {
		return d.poster(pictureCharts)
	}
	return d.summary()
}

// summary is the page of sentences.
func (d Document) summary() draw.Scene {
	s := draw.Scene{W: summaryWidth, H: summaryHeight, ID: "summary", Lang: d.Lang, Title: d.Title}
	s.Add(draw.Rect{W: s.W, H: s.H, Fill: style.Paper}, draw.Rect{W: s.W, H: 10, Fill: style.Act})
	title := draw.Text{X: posterMargin, Y: 76, Text: d.Title, Size: 28, Bold: true, Fill: style.Ink}
	y := paragraph(&s, title, posterInner) + 6
	if d.Warning != "" {
		y = paragraph(&s, draw.Text{X: posterMargin, Y: y + 30, Text: d.Warning, Size: 16, Bold: true, Fill: style.Alarm}, posterInner)
	}
	const dot, indent = 26, 48
	for i, sentence := range d.Sentences {
		y += 44
		s.Add(draw.Circle{X: posterMargin + dot/2, Y: y - 7, R: dot / 2, Fill: style.Act},
			draw.Text{X: posterMargin + dot/2, Y: y - 1, Text: strconv.Itoa(i + 1), Size: 16, Bold: true, Fill: style.OnAct, Anchor: draw.Middle})
		y = paragraph(&s, draw.Text{X: posterMargin + indent, Y: y, Text: sentence, Size: 20, Fill: style.Ink}, posterInner-indent)
	}
	if d.Goal != nil {
		y = d.Goal.draw(&s, posterMargin, y+30, posterInner)
	}
	if t, ok := d.summaryChart(); ok {
		t.chartHeight = math.Max(columnsHeight, summaryHeight-footHeight-y-140)
		t.chart(&s, posterMargin, y+36)
	}
	notes(&s, d.footnotes, summaryHeight-footHeight)
	return s
}

// footnotes returns the notes under the sentences.
func (r Rendering) footnotes() (lines []string) {
	for _, note := range []struct {
		id   string
		with bool
	}{
		{"dashboard.invented", r.Invented}, {"report.accountable", r.Level == disclosure.Accountable},
		{"report.rounded", true}, {"report.summed", r.Told != nil && (r.Told.Kind == figures.HalfYear || r.Told.Kind == figures.Rolling)},
		{"report.own_words", true},
	} {
		if note.with {
			lines = append(lines, r.Words.Text(note.id))
		}
	}
	return lines
}

// summaryChart returns the table whose chart is drawn: the quarters, or else the obstacles of
// businesses.
func (d Document) summaryChart() (Table, bool) {
	for _, id := range []string{"per_quarter", string(disclosure.ByObstacle), string(disclosure.ByQuadrant)} {
		for _, section := range d.Sections {
			for _, t := range section.Tables {
				if rows, most := t.drawn(); t.ID == id && most > 0 && (id != "per_quarter" || len(rows) > 2) {
					return t, true
				}
			}
		}
	}
	return Table{}, false
}
