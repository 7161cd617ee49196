package report

import (
	"slices"

	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// changed is the difference from which released figures of two quarters count as different; less is
// about equal.
const changed = 6

// historyLine is a line of the table of quarters.
type historyLine struct {
	id string
	of func(figures.Told) disclosure.Figure
}

// historyLines are the lines of the table of quarters, after the number of businesses that did the
// check.
func historyLines() []historyLine {
	line := func(id string, d disclosure.Dimension, value string) historyLine {
		return historyLine{id, func(t figures.Told) disclosure.Figure { return t.Table(d, "").Figure(value) }}
	}
	return []historyLine{
		line("vulnerable", disclosure.ByQuadrant, "vulnerable"),
		line("or_near", disclosure.ByQuadrant, disclosure.VulnerableOrNear),
		line("lagging", disclosure.BySector, disclosure.Lagging),
		line("below_50", disclosure.ByReadiness, disclosure.Below50),
		line("basis", disclosure.ByDII, disclosure.Basis),
		line("cyber_weak", disclosure.ByCyber, "weak"),
		line("satisfied", disclosure.ByVerdict, "good"),
		line("in_time", disclosure.ByDuration, disclosure.Within4),
	}
}

// history adds the table that compares quarters.
func (r Rendering) history(d *Document) {
	if len(r.History) < 2 {
		return
	}
	text := r.Words.Text
	t := Table{ID: "quarters", Title: text("report.history.title"), Bars: -1}
	completed := Row{ID: "completed", Title: text("report.completed")}
	for _, quarter := range r.History {
		t.Columns = append(t.Columns, Column{quarter.Period, r.periodName(quarter.Period)})
		completed.Cells = append(completed.Cells, Cell{N: quarter.Outcomes})
	}
	t.Columns = append(t.Columns, Column{"change", text("report.history.change")})
	last, before := r.History[len(r.History)-1], r.History[len(r.History)-2]
	completed.Cells = append(completed.Cells, r.change(last.Outcomes, before.Outcomes, 1))
	t.Rows = append(t.Rows, completed)
	for _, line := range historyLines() {
		row := Row{ID: line.id, Title: text("report.fact." + line.id)}
		for _, quarter := range r.History {
			row.Cells = append(row.Cells, r.shown(line.of(quarter)))
		}
		cell := Cell{Kind: Blank}
		n, told := line.of(last).N()
		was, toldBefore := line.of(before).N()
		if told && toldBefore {
			cell = r.change(n, was, changed)
		}
		row.Cells = append(row.Cells, cell)
		t.Rows = append(t.Rows, row)
	}
	t.Notes = append(t.Notes, text("report.history.note", "N", changed))
	d.Sections = append(d.Sections, Section{Title: text("report.chapter.history"), Tables: []Table{t, r.quarterChart()}})
}

// quarterChart returns the table behind the chart of the quarters, with a row for each.
func (r Rendering) quarterChart() Table {
	text := r.Words.Text
	t := Table{ID: "per_quarter", Title: text("report.history.per_quarter"), Upright: true,
		Columns: []Column{{"completed", text("report.completed")}, {"or_near", text("report.fact.or_near")}}}
	for _, quarter := range r.History {
		near := quarter.Table(disclosure.ByQuadrant, "").Figure(disclosure.VulnerableOrNear)
		t.Rows = append(t.Rows, Row{ID: quarter.Period, Title: r.periodName(quarter.Period), Cells: []Cell{{N: quarter.Outcomes}, r.shown(near)}})
	}
	return t
}

// change describes in words whether a figure rose or fell by at least least.
func (r Rendering) change(now, before, least int) Cell {
	id := "equal"
	switch {
	case now-before >= least:
		id = "more"
	case before-now >= least:
		id = "fewer"
	}
	return Cell{Kind: Plain, Text: r.Words.Text("report.history." + id)}
}

// periodName returns the name of a quarter, half-year or year.
func (r Rendering) periodName(period string) string {
	if len(period) == len("2026Q1") && (period[4] == 'Q' || period[4] == 'H') {
		return r.Words.Text("report.period."+map[byte]string{'Q': "quarter", 'H': "half"}[period[4]], "N", period[5:], "Year", period[:4])
	}
	return period
}

// steps returns how many were referred to each initiative and how many reported later that they took
// a step there.
func (r Rendering) steps() Table {
	text := r.Words.Text
	referred, taken := r.Told.Table(disclosure.ByInitiative, ""), r.Told.Table(disclosure.ByTaken, "")
	t := Table{ID: "referral_step", Title: text("report.steps.title"), Bars: -1,
		Columns: []Column{{"referred", text("report.steps.referred")}, {"taken", text("report.steps.taken")}}, Notes: []string{text("report.steps.note")}}
	if len(taken.RowValues) == 0 {
		return Table{}
	}
	for _, id := range ordered(referred) {
		t.Rows = append(t.Rows, Row{ID: id, Title: r.Words.value(disclosure.ByInitiative, id),
			Cells: []Cell{r.shown(referred.Figure(id)), r.shown(taken.Figure(id))}})
	}
	for _, id := range ordered(taken) {
		if !slices.Contains(referred.RowValues, id) && id != "niets" {
			t.Rows = append(t.Rows, Row{ID: id, Title: r.Words.value(disclosure.ByTaken, id),
				Cells: []Cell{r.shown(referred.Figure(id)), r.shown(taken.Figure(id))}})
		}
	}
	return t
}

// partners returns how many started through each partner and how many of all completed the check.
func (r Rendering) partners() Table {
	text := r.Words.Text
	done := r.Told.Table(disclosure.ByPartner, "")
	basic, known := r.basic()
	if len(done.RowValues) == 0 || !known {
		return Table{}
	}
	t := Table{ID: "partner_completed", Title: text("report.partner.title"), Bars: -1,
		Columns: []Column{{"started", text("report.started")}, {"completed", text("report.completed")}}, Notes: []string{text("report.partner.note")}}
	for _, code := range ordered(done) {
		t.Rows = append(t.Rows, Row{ID: code, Title: r.Words.value(disclosure.ByPartner, code),
			Cells: []Cell{{N: basic.Partners[code]}, r.shown(done.Figure(code))}})
	}
	return t
}
