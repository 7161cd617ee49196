package report

import (
	"slices"
	"strconv"
	"strings"

	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// dimensions identifies a table by its dimensions; b is empty in a table of one.
type dimensions struct{ a, b disclosure.Dimension }

// chapter is a part of the report of a span with its tables.
type chapter struct {
	id     string
	tables []dimensions
}

func chapters() []chapter {
	return []chapter{
		{"vulnerable", []dimensions{{disclosure.ByQuadrant, ""}, {disclosure.BySector, disclosure.ByQuadrant},
			{disclosure.ByRegion, disclosure.ByQuadrant}, {disclosure.BySize, disclosure.ByQuadrant}}},
		{"level", []dimensions{{disclosure.ByReadiness, ""}, {disclosure.ByImpact, ""}, {disclosure.ByRegion, disclosure.ByReadiness},
			{disclosure.ByDII, ""}, {disclosure.BySelfImage, ""}, {disclosure.ByCyber, ""}, {disclosure.ByPhase, ""}}},
		{"help", []dimensions{{disclosure.ByObstacle, ""}, {disclosure.ByObstacle, disclosure.ByQuadrant}, {disclosure.BySector, disclosure.ByObstacle},
			{disclosure.ByHelp, ""}, {disclosure.ByHelp, disclosure.ByQuadrant}, {disclosure.BySector, disclosure.ByHelp}, {disclosure.ByInitiative, disclosure.ByHelp}}},
		{"initiatives", []dimensions{{disclosure.ByInitiative, ""}, {disclosure.ByInitiative, disclosure.BySector}, {disclosure.ByVerdict, ""},
			{disclosure.ByTaken, ""}, {disclosure.ByHelped, ""}, {disclosure.ByHindrance, ""}, {disclosure.ByTaken, disclosure.ByHelped}}},
		{"reached", []dimensions{{disclosure.ByTarget, ""}, {disclosure.BySector, ""}, {disclosure.ByRegion, ""}, {disclosure.BySize, ""},
			{disclosure.ByRegion, disclosure.BySize}, {disclosure.ByPartner, ""}}},
	}
}

// told adds the figures of a closed span to the document.
func (r Rendering) told(d *Document) {
	t := *r.Told
	d.Title = r.Words.Text("report.title_"+string(t.Kind), "Period", r.periodName(t.Period), "Level", r.Words.Text("report.level."+string(t.Level)))
	d.ID = "digiwijzer-" + t.Period + "-" + string(t.Level)
	if t.Outcomes+t.Answers == 0 {
		d.Notes = append(d.Notes, r.Words.Text("report.no_figures", "Period", t.Period))
		return
	}
	d.Sentences = r.sentences()
	r.facts(d, t)
	r.history(d)
	used := map[dimensions]bool{{disclosure.ByDuration, ""}: true} // next to the funnel
	for _, c := range chapters() {
		section := Section{Title: r.Words.Text("report.chapter." + c.id)}
		if id := "report.tab." + c.id; r.Words.Has(id) {
			section.Tab = r.Words.Text(id)
		}
		for _, of := range c.tables {
			used[of] = true
			if told := t.Table(of.a, of.b); len(told.RowValues) > 0 && told.Total > 0 {
				section.Tables = append(section.Tables, r.table(told))
			}
		}
		for _, t := range []Table{r.steps(), r.partners()} {
			if c.id == map[string]string{"referral_step": "initiatives", "partner_completed": "reached"}[t.ID] && len(t.Rows) > 0 {
				section.Tables = append(section.Tables, t)
			}
		}
		if c.id == "reached" { // the last one: and what only an earlier version released
			for _, told := range t.Tables {
				if !used[dimensions{told.Rows, told.Columns}] && len(told.RowValues) > 0 {
					section.Tables = append(section.Tables, r.table(told))
				}
			}
		}
		if len(section.Tables) > 0 {
			section.Text = r.lead(c.id)
			d.Sections = append(d.Sections, section)
		}
	}
	r.yearForms(d)
	r.toldNotes(d, t)
}

// toldNotes adds the notes to every released figure.
func (r Rendering) toldNotes(d *Document, t figures.Told) {
	text := r.Words.Text
	if t.Version == 0 {
		d.Notes = append(d.Notes, text("report.earlier", "Mark", untoldMark), text("report.note_dii"))
		return
	}
	d.Notes = append(d.Notes, text("report.rounded"))
	if t.Kind == figures.HalfYear || t.Kind == figures.Rolling {
		d.Notes = append(d.Notes, text("report.summed"))
	}
	if t.Level == disclosure.External {
		d.Notes = append(d.Notes, text("report.below_note", "N", disclosure.PublicFloor))
	}
	if t.Kind == figures.OneYear {
		d.Notes = append(d.Notes, text("report.untold_note", "Mark", untoldMark, "N", disclosure.Least))
	}
	for _, q := range t.Without {
		d.Notes = append(d.Notes, text("report.without", "Quarter", string(q)))
	}
	d.Notes = append(d.Notes, text("report.note_dii"))
}

// facts adds the key figures of the span.
func (r Rendering) facts(d *Document, t figures.Told) {
	text, f := r.Words.Text, t.Facts
	before := figures.Facts{}
	if f.Previous != nil {
		before = *f.Previous
	}
	basic, known := r.basic()
	if !known || basic.Completed != t.Outcomes {
		d.Figures = append(d.Figures, Figure{text("report.fact.outcomes"), r.number(t.Outcomes), text("report.fact.outcomes_note", "Period", r.periodName(t.Period))})
	}
	if known && basic.Started >= leastForShare {
		d.Figures = append(d.Figures, Figure{text("report.fact.completion"), percent(min(basic.Completed, basic.Started), basic.Started),
			text("report.fact.completion_note", "N", r.number(basic.Completed), "Of", r.number(basic.Started))})
	}
	for _, fact := range []struct {
		id      string
		s, last *figures.Share
	}{
		{"vulnerable", f.Vulnerable, before.Vulnerable}, {"or_near", f.OrNear, before.OrNear}, {"target", f.Target, before.Target},
		{"lagging", f.Lagging, before.Lagging}, {"reach", f.Reach, before.Reach}, {"basis", f.Basis, before.Basis},
		{"cyber_weak", f.CyberWeak, before.CyberWeak}, {"satisfied", f.Satisfied, before.Satisfied}, {"in_time", f.InTime, before.InTime},
		{"step_taken", f.StepTaken, before.StepTaken},
	} {
		if fact.s != nil {
			d.Figures = append(d.Figures, r.fact(fact.id, *fact.s, fact.last, f.BasisGoal))
		}
	}
	if t.Asked >= leastForShare && t.Answers <= t.Asked {
		d.Figures = append(d.Figures, Figure{text("report.fact.response"), percent(t.Answers, t.Asked),
			text("report.fact.response_note", "N", r.number(t.Answers), "Of", r.number(t.Asked))})
	}
	if m := t.Transitions; m != nil {
		d.Figures = append(d.Figures, Figure{text("report.fact.transitions"), percent(min(m.Forward, m.N), m.N),
			text("report.fact.transitions_note", "N", r.number(m.N), "Forward", r.number(m.Forward), "Moved", r.number(m.Moved))})
	}
	r.funnel(d, t)
	if f.Reach == nil && t.Kind != figures.OneYear {
		d.Notes = append(d.Notes, text("report.reach_yearly"))
	}
}

// leastForShare is the smallest exact whole of which a percentage is given.
const leastForShare = 30

// fact returns one key figure, compared with the last.
func (r Rendering) fact(id string, s figures.Share, last *figures.Share, goal int) Figure {
	text := r.Words.Text
	note := ""
	if n, told := s.N.N(); told {
		note = text("report.fact."+id+"_note", "N", r.number(n), "Of", r.number(s.Of), "Goal", strconv.Itoa(goal),
			"Share", r.decimal(100*float64(n)/float64(max(s.Of, 1))))
	}
	if id == "in_time" && r.Told.Facts.Median != "" {
		note += "; " + text("report.duration.half."+r.Told.Facts.Median)
	}
	if last != nil && id != "reach" {
		note += "; " + text("report.fact.before", "Value", r.share(id, *last))
	}
	note = strings.TrimPrefix(note, "; ")
	return Figure{text("report.fact." + id), r.share(id, s), note}
}

// share formats a share: as a percentage if the whole is large enough, otherwise as "9 van de 24"; the
// reach, a small part of a large whole, as a number.
func (r Rendering) share(id string, s figures.Share) string {
	n, told := s.N.N()
	switch p, known := s.Percent(); {
	case !told:
		return r.shown(s.N).String()
	case id == "reach":
		return r.number(n)
	case known:
		return strconv.Itoa(p) + "%"
	}
	return r.Words.Text("report.of", "N", strconv.Itoa(n), "Of", strconv.Itoa(s.Of))
}

// shareWords formats a share for a sentence: "129 van de 361 (36%)".
func (r Rendering) shareWords(s figures.Share) string {
	n, told := s.N.N()
	if !told {
		return r.shown(s.N).String()
	}
	words := r.Words.Text("report.of", "N", r.number(n), "Of", r.number(s.Of))
	if p, known := s.Percent(); known {
		words += " (" + strconv.Itoa(p) + "%)"
	}
	return words
}

// funnel adds the table from the first tap to a step taken, in businesses.
func (r Rendering) funnel(d *Document, told figures.Told) {
	text := r.Words.Text
	t := Table{ID: "funnel", Title: text("report.funnel"), Columns: []Column{{"n", text("report.count")}}, Notes: []string{text("report.funnel_note")}}
	add := func(id string, cell Cell) {
		t.Rows = append(t.Rows, Row{ID: id, Title: text("report.funnel." + id), Cells: []Cell{cell}})
	}
	if basic, known := r.basic(); known {
		add("started", Cell{N: basic.Started})
	}
	add("completed", Cell{N: told.Outcomes})
	if told.Asked > 0 {
		add("asked", Cell{N: told.Asked})
	}
	if told.Answers > 0 {
		add("answered", Cell{N: told.Answers})
	}
	if s := told.Facts.StepTaken; s != nil {
		add("taken", r.shown(s.N))
	}
	tables := []Table{t}
	if durations := told.Table(disclosure.ByDuration, ""); len(durations.RowValues) > 0 && durations.Total > 0 {
		tables = append(tables, r.table(durations))
	}
	d.Sections = append(d.Sections, Section{Title: text("report.chapter.funnel"), Tables: tables})
}

// basic returns the totals of the weeks that are exact at every level with weeks.
func (r Rendering) basic() (b figures.Basic, known bool) {
	switch {
	case r.Trend != nil:
		return r.Trend.Totals.Basic, true
	case r.Use != nil:
		return r.Use.Totals, true
	}
	return b, false
}

// lead returns the text above the tables of a chapter.
func (r Rendering) lead(id string) (lines []string) {
	if r.Words.Has("report.lead." + id) {
		lines = append(lines, r.Words.Text("report.lead."+id))
	}
	return lines
}

// table renders a released table.
func (r Rendering) table(told disclosure.Table) Table {
	text := r.Words.Text
	t := Table{ID: told.ID(), Bars: -1, Title: text("report.dimension." + string(told.Rows))}
	if told.Columns == "" {
		r.line(&t, told)
	} else {
		t.Title = text("report.crossed", "Rows", t.Title, "Columns", strings.ToLower(text("report.dimension."+string(told.Columns))))
		r.cross(&t, told)
	}
	if told.Rows == disclosure.ByInitiative {
		t.Notes = append(t.Notes, text("report.overlap"))
	}
	if told.Rows == disclosure.ByDuration {
		t.Notes = append(t.Notes, text("report.duration_note"))
	}
	if told.Open && told.Columns == "" {
		t.Notes = append(t.Notes, text("report.about_equal"))
	}
	return t
}

func (r Rendering) line(t *Table, told disclosure.Table) {
	t.Bars = 0
	t.Columns = []Column{{"n", r.Words.Text("report.count")}, {"percent", "%"}}
	for _, foreign := range r.Foreign {
		t.Columns = append(t.Columns, Column{"with", clean(foreign.Name)})
	}
	for _, value := range append(ordered(told), r.missing(told.Rows, told.RowValues)...) {
		f := told.Figure(value)
		row := Row{ID: value, Title: r.Words.value(told.Rows, value), Cells: []Cell{r.shown(f), percentOf(f, told.Total)}}
		for _, foreign := range r.Foreign {
			row.Cells = append(row.Cells, foreign.cell(told.Rows, value, disclosure.Members(told.Rows, value)))
		}
		t.Rows = append(t.Rows, row)
	}
	all := r.Words.Text("report.businesses")
	if told.Rows.FollowUp() {
		all = r.Words.Text("report.answers")
	}
	total := Row{ID: "total", Title: all, Total: true, Cells: []Cell{{N: told.Total}, {Kind: Blank}}}
	for range r.Foreign {
		total.Cells = append(total.Cells, Cell{Kind: Blank})
	}
	t.Rows = append(t.Rows, total)
}

// orders holds the dimensions whose values have a natural order.
var orders = map[disclosure.Dimension][]string{
	disclosure.ByReadiness: {"0-29", "30-49", disclosure.Below50, "50-69", "70-100"},
	disclosure.ByImpact:    {"0-29", "30-49", "50-69", "70-100"},
	disclosure.BySelfImage: {"1", "2", "3", "4", "5", "x", ""},
	disclosure.ByPhase:     {"adhoc", "engaged", "later"},
	disclosure.ByRegion:    {"U", "GV", "outside"},
	disclosure.BySize:      {"zzp", "2-9", "10+", "mkb", ""},
	disclosure.ByQuadrant:  {"vulnerable", "near", disclosure.VulnerableOrNear, "leading", "unhurried", "in_order", "none"},
	disclosure.ByCyber:     {"weak", "ok", "unknown"},
	disclosure.ByDII:       {"ja", "waarschijnlijk wel", disclosure.Basis, "onbekend", "waarschijnlijk niet", "nee"},
	disclosure.ByVerdict:   {"good", "not_good", ""},
	disclosure.ByDuration:  {disclosure.Within4, disclosure.Within8, disclosure.Within15, disclosure.Longer, disclosure.Days, ""},
	disclosure.ByHelped:    {"ja", "beetje", "nee", "vroeg", ""},
}

// ordered returns the values of the rows in their natural order if there is one, and otherwise the
// most frequent first.
func ordered(t disclosure.Table) []string { return inOrder(t.Rows, t.RowValues, t) }

// inOrder orders values of a dimension; those without a natural order by line, which may be empty.
func inOrder(d disclosure.Dimension, values []string, line disclosure.Table) []string {
	values = slices.Clone(values)
	if order := orders[d]; order != nil {
		slices.SortStableFunc(values, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
		return values
	}
	n := func(value string) int { n, _ := line.Figure(value).N(); return n }
	slices.SortStableFunc(values, func(a, b string) int { return n(b) - n(a) })
	return values
}

// shown returns the cell of a figure.
func (r Rendering) shown(f disclosure.Figure) Cell {
	if n, told := f.N(); told {
		return Cell{N: n}
	}
	if n, known := f.Below(); known {
		return Cell{Kind: Below, Text: r.Words.Text("report.below", "N", n)}
	}
	if n, known := f.Least(); known {
		return Cell{Kind: Least, N: n, Text: r.Words.Text("report.least", "N", n)}
	}
	return Cell{Kind: Untold}
}

func percentOf(f disclosure.Figure, of int) Cell {
	p, known := figures.Share{N: f, Of: of}.Percent()
	if !known {
		return Cell{Kind: Blank}
	}
	return Cell{N: p, Kind: Percent}
}

func (r Rendering) cross(t *Table, told disclosure.Table) {
	rows, columns := r.Told.Table(told.Rows, ""), r.Told.Table(told.Columns, "")
	values := inOrder(told.Columns, told.ColumnValues, columns)
	for _, value := range values {
		t.Columns = append(t.Columns, Column{value, r.Words.value(told.Columns, value)})
	}
	t.Columns = append(t.Columns, Column{"total", r.Words.Text("report.total")})
	for _, a := range inOrder(told.Rows, told.RowValues, rows) {
		row := Row{ID: a, Title: r.Words.value(told.Rows, a)}
		for _, b := range values {
			row.Cells = append(row.Cells, r.shown(told.Cell(a, b)))
		}
		row.Cells = append(row.Cells, r.shown(rows.Figure(a)))
		t.Rows = append(t.Rows, row)
	}
	total := Row{ID: "total", Title: r.Words.Text("report.total"), Total: true}
	for _, b := range values {
		total.Cells = append(total.Cells, r.shown(columns.Figure(b)))
	}
	total.Cells = append(total.Cells, Cell{N: told.Total})
	t.Rows = append(t.Rows, total)
}
