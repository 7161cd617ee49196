package report

import (
	"slices"
	"strconv"
	"strings"

	"digiwijzer/store/figures"
)

// chapter is a part of the quarterly report with its tables.
type chapter struct {
	id        string
	crossings []figures.Crossing
}

func chapters() []chapter {
	return []chapter{
		{"vulnerable", []figures.Crossing{{A: figures.ByQuadrant}, {A: figures.BySector, B: figures.ByQuadrant},
			{A: figures.ByRegion, B: figures.ByQuadrant}, {A: figures.BySize, B: figures.ByQuadrant}}},
		{"level", []figures.Crossing{{A: figures.ByReadiness}, {A: figures.ByImpact}, {A: figures.ByRegion, B: figures.ByReadiness},
			{A: figures.ByDII}, {A: figures.BySelfImage, B: figures.ByReadiness}, {A: figures.ByCyber}, {A: figures.ByPhase}}},
		{"help", []figures.Crossing{{A: figures.ByObstacle}, {A: figures.ByObstacle, B: figures.ByQuadrant}, {A: figures.ByHelp},
			{A: figures.ByInitiative, B: figures.ByHelp}}},
		{"initiatives", []figures.Crossing{{A: figures.ByInitiative}, {A: figures.ByInitiative, B: figures.ByVerdict}, {A: figures.ByVerdict},
			{A: figures.ByTaken}, {A: figures.ByHelped}, {A: figures.ByHindrance}, {A: figures.ByTaken, B: figures.ByHelped}}},
		{"reached", []figures.Crossing{{A: figures.BySector}, {A: figures.ByRegion}, {A: figures.BySize}, {A: figures.ByPartner},
			{A: figures.ByChannel}, {A: figures.ByChannel, B: figures.ByVerdict}, {A: figures.ByLang}}},
	}
}

// quarterly adds the tables of a quarter to the document.
func (r Report) quarterly(d *Document) {
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

// facts puts the main figures of the quarter first.
func (r Report) facts(d *Document, q figures.Quarterly) {
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
			note += "; " + text("report.fact.before", "Value", told(id, last))
		}
		d.Figures = append(d.Figures, Figure{text("report.fact." + id), told(id, s), note})
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
	if r.Weekly != nil && f.Vulnerable != nil {
		r.funnel(d, q)
	}
}

// told is a share as it is told: a percentage where it may be, the number for the reach,
// which is a small part of a large whole.
func told(id string, s *figures.Share) string {
	if p, known := s.Percent(); known && id != "reach" {
		return strconv.Itoa(p) + "%"
	}
	return strconv.Itoa(s.N)
}

// funnel follows the firms of the quarter from the first tap to a step taken.
func (r Report) funnel(d *Document, q figures.Quarterly) {
	text, totals := r.Words.Text, r.Weekly.Report.Totals
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

// lead is what stands above the tables of a chapter.
func (r Report) lead(id string, q figures.Quarterly) (lines []string) {
	if r.Words.Has("report.lead." + id) {
		lines = append(lines, r.Words.Text("report.lead."+id))
	}
	return lines
}

// table brings a released table into words.
func (r Report) table(released figures.Table) Table {
	text := r.Words.Text
	t := Table{ID: released.ID(), Bars: -1, Title: text("report.dimension." + string(released.Rows))}
	if released.Columns != "" {
		t.Title = text("report.crossed", "Rows", t.Title, "Columns", strings.ToLower(text("report.dimension."+string(released.Columns))))
	}
	if released.Withheld != figures.Released {
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

// pooled says which values were taken together and why.
func (r Report) pooled(d figures.Dimension, groups []figures.Group) (notes []string) {
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

func (r Report) line(t *Table, released figures.Table) {
	t.Bars = 0
	t.Columns = []Column{{"n", r.Words.Text("report.count")}, {"percent", "%"}}
	for _, other := range r.Others {
		t.Columns = append(t.Columns, Column{"with", clean(other.Name)})
	}
	for _, at := range ordered(released.Rows, released.RowGroups) {
		g := released.RowGroups[at]
		n := released.Cells[at][0].N
		row := Row{ID: strings.Join(g, "+"), Title: r.Words.group(released.Rows, g), Cells: []Cell{{N: n}, share(n, released.Total)}}
		for _, other := range r.Others {
			row.Cells = append(row.Cells, other.cell(released.ID(), g))
		}
		t.Rows = append(t.Rows, row)
	}
	total := Row{ID: "total", Title: r.Words.Text("report.businesses"), Total: true, Cells: []Cell{{N: released.Total}, share(released.Total, released.Total)}}
	for range r.Others {
		total.Cells = append(total.Cells, Cell{Kind: Blank})
	}
	t.Rows = append(t.Rows, total)
}

// orders are the dimensions whose values have an order of their own.
var orders = map[figures.Dimension][]string{
	figures.ByReadiness: {"0-29", "30-49", "50-69", "70-100"},
	figures.ByImpact:    {"0-29", "30-49", "50-69", "70-100"},
	figures.BySelfImage: {"1", "2", "3", "4", "5", "x", ""},
	figures.ByPhase:     {"adhoc", "engaged", "later"},
	figures.BySize:      {"zzp", "2-9", "10+", "mkb", ""},
	figures.ByQuadrant:  {"vulnerable", "near", "leading", "unhurried", "in_order", "none"},
	figures.ByDII:       {"ja", "waarschijnlijk wel", "onbekend", "waarschijnlijk niet", "nee"},
	figures.ByVerdict:   {"good", "not_good", ""},
	figures.ByHelped:    {"ja", "beetje", "nee", "vroeg", ""},
}

// ordered gives the places of the groups: in their own order where they have one,
// otherwise as they are, most frequent first; several taken together come last.
func ordered(d figures.Dimension, groups []figures.Group) []int {
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

func (r Report) cross(t *Table, released figures.Table) {
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

func shown(c figures.Cell) Cell {
	if c.Hidden {
		return Cell{Kind: Hidden}
	}
	return Cell{N: c.N}
}
