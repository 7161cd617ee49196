package report

import (
	"slices"
	"strconv"
	"strings"

	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// chapter is a part of the quarterly report with its tables.
type chapter struct {
	id        string
	crossings []disclosure.Crossing
}

func chapters() []chapter {
	return []chapter{
		{"vulnerable", []disclosure.Crossing{{A: disclosure.ByQuadrant}, {A: disclosure.BySector, B: disclosure.ByQuadrant},
			{A: disclosure.ByRegion, B: disclosure.ByQuadrant}, {A: disclosure.BySize, B: disclosure.ByQuadrant}}},
		{"level", []disclosure.Crossing{{A: disclosure.ByReadiness}, {A: disclosure.ByImpact}, {A: disclosure.ByRegion, B: disclosure.ByReadiness},
			{A: disclosure.ByDII}, {A: disclosure.BySelfImage, B: disclosure.ByReadiness}, {A: disclosure.ByCyber}, {A: disclosure.ByPhase}}},
		{"help", []disclosure.Crossing{{A: disclosure.ByObstacle}, {A: disclosure.ByObstacle, B: disclosure.ByQuadrant}, {A: disclosure.ByHelp},
			{A: disclosure.ByInitiative, B: disclosure.ByHelp}}},
		{"initiatives", []disclosure.Crossing{{A: disclosure.ByInitiative}, {A: disclosure.ByInitiative, B: disclosure.ByVerdict}, {A: disclosure.ByVerdict},
			{A: disclosure.ByTaken}, {A: disclosure.ByHelped}, {A: disclosure.ByHindrance}, {A: disclosure.ByTaken, B: disclosure.ByHelped}}},
		{"reached", []disclosure.Crossing{{A: disclosure.BySector}, {A: disclosure.ByRegion}, {A: disclosure.BySize}, {A: disclosure.ByPartner},
			{A: disclosure.ByChannel}, {A: disclosure.ByChannel, B: disclosure.ByVerdict}, {A: disclosure.ByLang}}},
	}
}

// quarterly adds the tables of a quarter to the document.
func (r Rendering) quarterly(d *Document) {
	q := *r.Quarter
	d.Title = r.Words.Text("report.title_quarter", "Quarter", string(q.Quarter), "Level", r.Words.Text("report.level."+string(q.Level)))
	d.ID = "digiwijzer-" + string(q.Quarter) + "-" + string(q.Level)
	r.facts(d, q)
	used := map[string]bool{}
	for _, c := range chapters() {
		section := Section{Title: r.Words.Text("report.chapter." + c.id)}
		for _, x := range c.crossings {
			for _, t := range q.Tables {
				if t.Rows == x.A && t.Columns == x.B {
					used[t.ID()] = true
					section.Tables = append(section.Tables, r.table(t))
				}
			}
		}
		if len(section.Tables) > 0 {
			section.Text = r.lead(c.id, q)
			d.Sections = append(d.Sections, section)
		}
	}
	rest := Section{Title: r.Words.Text("report.chapter.asked")}
	for _, t := range q.Tables {
		if !used[t.ID()] {
			rest.Tables = append(rest.Tables, r.table(t))
		}
	}
	if len(rest.Tables) > 0 {
		d.Sections = append(d.Sections, rest)
	}
}

// facts adds the key figures of the quarter.
func (r Rendering) facts(d *Document, q figures.Quarterly) {
	text, f := r.Words.Text, q.Facts
	before := figures.Facts{}
	if f.Previous != nil {
		before = *f.Previous
	}
	add := func(id string, s, last *figures.Share, pairs ...any) {
		if s == nil {
			return
		}
		pairs = append(pairs, "N", r.number(s.N), "Of", r.number(s.Of), "Share", r.decimal(100*float64(s.N)/float64(max(s.Of, 1))))
		note := text("report.fact."+id+"_note", pairs...)
		if last != nil {
			note += "; " + text("report.fact.before", "Value", formatShare(id, last))
		}
		d.Figures = append(d.Figures, Figure{text("report.fact." + id), formatShare(id, s), note})
	}
	if q.Outcomes > 0 {
		d.Figures = append(d.Figures, Figure{text("report.fact.outcomes"), strconv.Itoa(q.Outcomes), text("report.fact.outcomes_note", "Quarter", string(q.Quarter))})
	}
	add("vulnerable", f.Vulnerable, before.Vulnerable)
	add("or_near", f.OrNear, before.OrNear)
	add("reach", f.Reach, before.Reach)
	add("basis", f.Basis, before.Basis, "Goal", strconv.Itoa(f.BasisGoal))
	add("satisfied", f.Satisfied, before.Satisfied)
	add("no_partner", f.NoPartner, before.NoPartner)
	add("step_taken", f.StepTaken, before.StepTaken)
	if r.Trend != nil && f.Vulnerable != nil {
		r.funnel(d, q)
	}
}

// formatShare formats a share as a percentage where it is known, and as a number for the
// reach, which is a small part of a large whole.
func formatShare(id string, s *figures.Share) string {
	if p, known := s.Percent(); known && id != "reach" {
		return strconv.Itoa(p) + "%"
	}
	return strconv.Itoa(s.N)
}

// funnel adds the table from the first tap to a step taken.
func (r Rendering) funnel(d *Document, q figures.Quarterly) {
	text, totals := r.Words.Text, r.Trend.Totals
	t := Table{ID: "funnel", Title: text("report.funnel"), Columns: []Column{{"n", text("report.count")}}, Notes: []string{text("report.funnel_note")}}
	add := func(id string, n int) {
		t.Rows = append(t.Rows, Row{ID: id, Title: text("report.funnel." + id), Cells: []Cell{{N: n}}})
	}
	add("started", totals.Started)
	add("completed", totals.Completed)
	add("referrals", sum(totals.Referrals))
	if s := q.Facts.StepTaken; s != nil {
		add("answered", s.Of)
		add("taken", s.N)
	}
	d.Sections = append(d.Sections, Section{Title: text("report.chapter.funnel"), Tables: []Table{t}})
}

// lead returns the text above the tables of a chapter.
func (r Rendering) lead(id string, q figures.Quarterly) (lines []string) {
	if r.Words.Has("report.lead." + id) {
		lines = append(lines, r.Words.Text("report.lead."+id))
	}
	return lines
}

// table renders a released table.
func (r Rendering) table(released disclosure.Table) Table {
	text := r.Words.Text
	t := Table{ID: released.ID(), Bars: -1, Title: text("report.dimension." + string(released.Rows))}
	if released.Columns != "" {
		t.Title = text("report.crossed", "Rows", t.Title, "Columns", strings.ToLower(text("report.dimension."+string(released.Columns))))
	}
	if released.Withheld != disclosure.Released {
		t.Notes = append(t.Notes, text("report.withheld."+string(released.Withheld)))
		return t
	}
	if released.Columns == "" {
		r.line(&t, released)
	} else {
		r.cross(&t, released)
	}
	if released.Overlap {
		t.Notes = append(t.Notes, text("report.overlap"))
	}
	if t.hides() {
		t.Notes = append(t.Notes, text("report.hidden_note", "Mark", hiddenMark))
	}
	t.Notes = append(t.Notes, r.pooled(released.Rows, released.RowGroups)...)
	t.Notes = append(t.Notes, r.pooled(released.Columns, released.ColumnGroups)...)
	return t
}

// pooled returns notes that name the values pooled into one group.
func (r Rendering) pooled(d disclosure.Dimension, groups []disclosure.Group) (notes []string) {
	for _, g := range groups {
		if len(g) > 1 {
			names := make([]string, len(g))
			for i, value := range g {
				names[i] = r.Words.value(d, value)
			}
			notes = append(notes, r.Words.Text("report.pooled_note", "Names", strings.Join(names, ", ")))
		}
	}
	return notes
}

func (r Rendering) line(t *Table, released disclosure.Table) {
	t.Bars = 0
	t.Columns = []Column{{"n", r.Words.Text("report.count")}, {"percent", "%"}}
	for _, foreign := range r.Foreign {
		t.Columns = append(t.Columns, Column{"with", clean(foreign.Name)})
	}
	for _, at := range ordered(released.Rows, released.RowGroups) {
		g := released.RowGroups[at]
		n := released.Cells[at][0].N
		row := Row{ID: strings.Join(g, "+"), Title: r.Words.group(released.Rows, g), Cells: []Cell{{N: n}, share(n, released.Total)}}
		for _, foreign := range r.Foreign {
			row.Cells = append(row.Cells, foreign.cell(released.ID(), g))
		}
		t.Rows = append(t.Rows, row)
	}
	total := Row{ID: "total", Title: r.Words.Text("report.businesses"), Total: true, Cells: []Cell{{N: released.Total}, share(released.Total, released.Total)}}
	for range r.Foreign {
		total.Cells = append(total.Cells, Cell{Kind: Blank})
	}
	t.Rows = append(t.Rows, total)
}

// orders holds the dimensions whose values have a natural order.
var orders = map[disclosure.Dimension][]string{
	disclosure.ByReadiness: {"0-29", "30-49", "50-69", "70-100"},
	disclosure.ByImpact:    {"0-29", "30-49", "50-69", "70-100"},
	disclosure.BySelfImage: {"1", "2", "3", "4", "5", "x", ""},
	disclosure.ByPhase:     {"adhoc", "engaged", "later"},
	disclosure.BySize:      {"zzp", "2-9", "10+", "mkb", ""},
	disclosure.ByQuadrant:  {"vulnerable", "near", "leading", "unhurried", "in_order", "none"},
	disclosure.ByDII:       {"ja", "waarschijnlijk wel", "onbekend", "waarschijnlijk niet", "nee"},
	disclosure.ByVerdict:   {"good", "not_good", ""},
	disclosure.ByHelped:    {"ja", "beetje", "nee", "vroeg", ""},
}

// ordered returns the indices of the groups in their natural order where there is one, and
// otherwise most frequent first, with a pooled group last.
func ordered(d disclosure.Dimension, groups []disclosure.Group) []int {
	places := make([]int, len(groups))
	for i := range places {
		places[i] = i
	}
	order := orders[d]
	if order == nil {
		return places
	}
	rank := func(i int) int { return slices.Index(order, groups[i][0]) }
	slices.SortStableFunc(places, func(a, b int) int { return rank(a) - rank(b) })
	return places
}

func share(n, of int) Cell {
	p, known := figures.Share{N: n, Of: of}.Percent()
	if !known {
		return Cell{Kind: Blank}
	}
	return Cell{N: p, Kind: Percent}
}

func (r Rendering) cross(t *Table, released disclosure.Table) {
	columns := ordered(released.Columns, released.ColumnGroups)
	for _, j := range columns {
		g := released.ColumnGroups[j]
		t.Columns = append(t.Columns, Column{strings.Join(g, "+"), r.Words.group(released.Columns, g)})
	}
	t.Columns = append(t.Columns, Column{"total", r.Words.Text("report.total")})
	for _, i := range ordered(released.Rows, released.RowGroups) {
		g := released.RowGroups[i]
		row := Row{ID: strings.Join(g, "+"), Title: r.Words.group(released.Rows, g)}
		for _, j := range columns {
			row.Cells = append(row.Cells, shown(released.Cells[i][j]))
		}
		row.Cells = append(row.Cells, Cell{N: released.RowTotals[i]})
		t.Rows = append(t.Rows, row)
	}
	if released.ColumnTotals == nil {
		return
	}
	total := Row{ID: "total", Title: r.Words.Text("report.total"), Total: true}
	for _, j := range columns {
		total.Cells = append(total.Cells, Cell{N: released.ColumnTotals[j]})
	}
	total.Cells = append(total.Cells, Cell{N: released.Total})
	t.Rows = append(t.Rows, total)
}

func shown(c disclosure.Cell) Cell {
	if c.Hidden {
		return Cell{Kind: Hidden}
	}
	return Cell{N: c.N}
}
