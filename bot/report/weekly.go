package report

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/store/figures"
)

// widestTable is the number of weeks that fit next to each other; longer periods list their
// weeks in rows.
const widestTable = 6

// weekly adds the exact weekly figures to the document.
func (r Rendering) weekly(d *Document) {
	w := *r.Trend
	p := w.Period
	d.ID, d.Title = "digiwijzer-"+p.From, r.Words.Text("report.title_week", "Week", p.From)
	if p.From != p.To {
		d.ID, d.Title = d.ID+"-"+p.To, r.Words.Text("report.title_weeks", "From", p.From, "To", p.To)
	}
	r.headline(d, w)
	section := Section{Title: r.Words.Text("report.section_weeks")}
	section.Tables = append(section.Tables, r.counts(w))
	if len(w.Weeks) > 1 {
		section.Tables = append(section.Tables, r.perWeek(w))
	}
	question := func(id string) string { return r.Words.topic(id) }
	for _, part := range []struct {
		id   string
		name func(string) string
		of   func(figures.Counts) map[string]int
	}{
		{"referrals", r.Words.Initiative, func(w figures.Counts) map[string]int { return w.Referrals }},
		{"mentions", r.Words.Initiative, func(w figures.Counts) map[string]int { return w.Mentions }},
		{"repeat_referrals", r.Words.Initiative, func(w figures.Counts) map[string]int { return w.RepeatReferrals }},
		{"stopped", question, func(w figures.Counts) map[string]int { return w.Stopped }},
		{"partners", r.Words.Partner, func(w figures.Counts) map[string]int { return w.Partners }},
	} {
		if t := r.perID(w, part.id, part.name, part.of); len(t.Loud()) > 0 || len(t.Notes) > 0 {
			section.Tables = append(section.Tables, t)
		}
	}
	d.Sections = append(d.Sections, section)
	d.Notes = append(d.Notes, r.remarks(w)...)
}

func (w Words) topic(question string) string {
	if id := "topic." + question; w.Has(id) {
		return w.Text(id)
	}
	return question
}

// Warning returns a sentence about the flooded weeks of the report, in which too many
// conversations went faster than anyone can read. It is empty when there are none.
func (r Rendering) Warning() string {
	if r.Trend == nil {
		return ""
	}
	flood := r.Trend.Flood()
	if len(flood.Weeks) == 0 {
		return ""
	}
	return r.Words.Text("report.hasty", "Count", len(flood.Weeks), "Weeks", strings.Join(flood.Weeks, ", "),
		"N", r.number(flood.Fast), "Of", r.number(flood.Of))
}

// headline adds the key figures and the year target.
func (r Rendering) headline(d *Document, w figures.Trend) {
	totals, p := w.Totals, w.Progress
	text := r.Words.Text
	compared := func(now, before, year int) string {
		return text("report.compared", "Before", strconv.Itoa(before), "Year", strconv.Itoa(year))
	}
	d.Figures = append(d.Figures,
		Figure{text("report.started"), strconv.Itoa(totals.Started), compared(totals.Started, w.Before.Started, w.LastYear.Started)},
		Figure{text("report.completed"), strconv.Itoa(totals.Completed), compared(totals.Completed, w.Before.Completed, w.LastYear.Completed)},
		Figure{text("report.referred"), strconv.Itoa(sum(totals.Referrals)), compared(sum(totals.Referrals), sum(w.Before.Referrals), sum(w.LastYear.Referrals))},
	)
	d.Goal = &Goal{Label: text("report.year_target", "Year", strconv.Itoa(p.Year), "N", strconv.Itoa(p.Reached),
		"Of", strconv.Itoa(p.Goal), "Share", percent(p.Reached, max(p.Goal, 1))),
		Even: text("report.even", "N", strconv.Itoa(p.Expected)), N: p.Reached, Expected: p.Expected, Goal: p.Goal}
}

func sum(counts map[string]int) (n int) {
	for _, v := range counts {
		n += v
	}
	return n
}

// columns returns the weeks where they fit, then the total and the compared periods.
func (r Rendering) columns(w figures.Trend) []Column {
	var columns []Column
	if len(w.Weeks) <= widestTable && len(w.Weeks) > 1 {
		for _, week := range w.Weeks {
			name := strings.TrimPrefix(week.Week[4:], "-")
			if week.Week == w.Running {
				name += "*"
			}
			columns = append(columns, Column{week.Week, name})
		}
	}
	return append(columns, Column{"total", r.Words.Text("report.total")}, Column{"before", r.Words.Text("report.before")},
		Column{"last_year", r.Words.Text("report.last_year")})
}

func (r Rendering) row(w figures.Trend, id, title string, of func(figures.Counts) int) Row {
	row := Row{ID: id, Title: title}
	if len(w.Weeks) <= widestTable && len(w.Weeks) > 1 {
		for _, week := range w.Weeks {
			row.Cells = append(row.Cells, Cell{N: of(week.Counts)})
		}
	}
	row.Cells = append(row.Cells, Cell{N: of(w.Totals)}, Cell{N: of(w.Before)}, Cell{N: of(w.LastYear)})
	return row
}

func (r Rendering) counts(w figures.Trend) Table {
	text := r.Words.Text
	return Table{ID: "weekly", Title: text("report.table_counts"), Columns: r.columns(w), Bars: -1, Rows: []Row{
		r.row(w, "started", text("report.started"), func(w figures.Counts) int { return w.Started }),
		r.row(w, "completed", text("report.completed"), func(w figures.Counts) int { return w.Completed }),
		r.row(w, "target", text("report.target"), func(w figures.Counts) int { return w.Target }),
		r.row(w, "gap", text("report.gap"), func(w figures.Counts) int { return w.Gap }),
		r.row(w, "repeat", text("report.repeat"), func(w figures.Counts) int { return w.Repeat }),
	}}
}

// perWeek returns a table with a row for each week.
func (r Rendering) perWeek(w figures.Trend) Table {
	text := r.Words.Text
	t := Table{ID: "weeks", Title: text("report.per_week"), Bars: 1, Upright: true, Columns: []Column{{"started", text("report.started")},
		{"completed", text("report.completed")}, {"target", text("report.target_short")}, {"referrals", text("report.referred")}}}
	for _, week := range w.Weeks {
		name := week.Week
		if name == w.Running {
			name += "*"
		}
		t.Rows = append(t.Rows, Row{ID: week.Week, Title: name, Cells: []Cell{
			{N: week.Started}, {N: week.Completed}, {N: week.Target}, {N: sum(week.Referrals)}}})
	}
	return t
}

// perID returns a table with a row for each id, the highest count first. Rows of zeros are
// quiet; a note names the initiatives that nobody was referred to.
func (r Rendering) perID(w figures.Trend, id string, name func(string) string, of func(figures.Counts) map[string]int) Table {
	t := Table{ID: id, Title: r.Words.Text("report." + id), Columns: r.columns(w)}
	t.Bars = len(t.Columns) - 3
	totals := of(w.Totals)
	ids := slices.Sorted(maps.Keys(totals))
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(totals[b], totals[a]) })
	var quiet []string
	for _, key := range ids {
		row := r.row(w, key, clean(name(key)), func(w figures.Counts) int { return of(w)[key] })
		if row.Quiet = totals[key]+of(w.Before)[key]+of(w.LastYear)[key] == 0; row.Quiet {
			quiet = append(quiet, row.Title)
		}
		t.Rows = append(t.Rows, row)
	}
	if id == "referrals" && len(quiet) > 0 {
		t.Notes = append(t.Notes, r.Words.Text("report.quiet", "Names", strings.Join(quiet, ", ")))
	}
	return t
}

// remarks returns the caveats to the weekly figures.
func (r Rendering) remarks(w figures.Trend) []string {
	text, totals, p := r.Words.Text, w.Totals, w.Progress
	var lines []string
	if p.Needed > 0 {
		lines = append(lines, text("report.pace", "Needed", r.decimal(p.Needed), "Weeks", strconv.Itoa(p.WeeksLeft), "Expected", strconv.Itoa(p.Expected)))
	}
	if totals.Started > 0 {
		lines = append(lines, text("report.no_partner", "Share", percent(totals.Started-sum(totals.Partners), totals.Started)))
	}
	if w.Running != "" {
		lines = append(lines, text("report.running", "Week", w.Running))
	}
	switch waiting := w.Waiting; {
	case waiting == nil:
		lines = append(lines, text("report.waiting_unknown"))
	case *waiting > 0:
		lines = append(lines, text("report.waiting", "Count", *waiting))
	}
	if n := w.Unreadable; n > 0 {
		lines = append(lines, text("report.unreadable", "Count", n))
	}
	return lines
}

// decimal formats a number with one decimal in the language of the report.
func (r Rendering) decimal(x float64) string {
	s := strconv.FormatFloat(x, 'f', 1, 64)
	if r.Words.Lang == "nl" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
