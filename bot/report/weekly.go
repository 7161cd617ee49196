package report

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// widestTable is the number of weeks that fit next to each other; longer periods have a row per week.
const widestTable = 6

// weeks is the weekly figures of a report: everything at disclosure.Accountable, otherwise what has
// no attribute.
type weeks struct {
	period  figures.Period
	names   []string
	running string
	// basic are the counts of each week, followed by the totals, those of the period before and those
	// of a year earlier.
	basic []figures.Basic
	exact []figures.Counts // the same, with everything; nil: not shown
	of    Rendering
	// noBefore and noYear are why there is no count of the period before, or of a year earlier: there
	// was no service, or not during all of it. Empty: there is one.
	noBefore, noYear string
}

func (r Rendering) weeks() weeks {
	w := r.countedWeeks()
	n := len(w.names)
	if w.partly() {
		n--
	}
	w.noBefore = r.without(weekBefore(w.period.From, n), weekBefore(w.period.From, 1))
	w.noYear = r.without(yearBefore(w.period.From), yearBefore(w.period.To))
	return w
}

// without returns why there is no count of the weeks from..to to compare with; empty: there is one.
func (r Rendering) without(from, to string) string {
	switch {
	case to < r.Since:
		return r.Words.Text("report.none")
	case from < r.Since:
		return r.Words.Text("report.not_whole")
	}
	return ""
}

// weekBefore returns the ISO week n weeks before a valid one.
func weekBefore(week string, n int) string {
	monday, err := referral.Monday(week)
	if err != nil {
		return week
	}
	return referral.WeekOf(monday.AddDate(0, 0, -7*n))
}

// yearBefore returns the week with the same number a year earlier.
func yearBefore(week string) string {
	year, err := strconv.Atoi(week[:4])
	if err != nil {
		return week
	}
	return strconv.Itoa(year-1) + week[4:]
}

func (r Rendering) countedWeeks() weeks {
	if r.Trend != nil {
		w := weeks{period: r.Trend.Period, running: r.Trend.Running, of: r}
		for _, week := range r.Trend.Weeks {
			w.names, w.exact = append(w.names, week.Week), append(w.exact, week.Counts)
		}
		w.exact = append(w.exact, r.Trend.Totals, r.Trend.Before, r.Trend.LastYear)
		for _, counts := range w.exact {
			w.basic = append(w.basic, counts.Basic)
		}
		return w
	}
	w := weeks{period: r.Use.Period, running: r.Use.Running, of: r}
	for _, week := range r.Use.Weeks {
		w.names, w.basic = append(w.names, week.Week), append(w.basic, week.Basic)
	}
	w.basic = append(w.basic, r.Use.Totals, r.Use.Before, r.Use.LastYear)
	return w
}

// weekly adds the weekly figures to the document.
func (r Rendering) weekly(d *Document) {
	w := r.weeks()
	p := w.period
	d.ID, d.Title = "digiwijzer-"+p.From, r.Words.Text("report.title_week", "Week", p.From)
	if p.From != p.To {
		d.ID, d.Title = d.ID+"-"+p.To, r.Words.Text("report.title_weeks", "From", p.From, "To", p.To)
	}
	if r.Pending != nil {
		d.ID, d.Title = "digiwijzer-"+string(r.Pending.Span), r.Words.Text("report.title_pending", "Period", r.periodName(string(r.Pending.Span)))
	}
	r.headline(d, w)
	section := Section{Title: r.Words.Text("report.section_weeks")}
	section.Tables = append(section.Tables, w.counts())
	if len(w.names) > 1 {
		section.Tables = append(section.Tables, w.perWeek())
	}
	for _, t := range append(w.tables(), w.durations()) {
		if len(t.NonZeroRows()) > 0 || len(t.Notes) > 0 {
			section.Tables = append(section.Tables, t)
		}
	}
	d.Sections = append(d.Sections, section)
	d.Notes = append(d.Notes, r.remarks(w)...)
}

// tables returns the tables with a row for each id.
func (w weeks) tables() (all []Table) {
	words := w.of.Words
	for _, part := range []struct {
		id   string
		name func(string) string
		of   func(figures.Counts) map[string]int
	}{
		{"referrals", words.Initiative, func(c figures.Counts) map[string]int { return c.Referrals }},
		{"mentions", words.Initiative, func(c figures.Counts) map[string]int { return c.Mentions }},
		{"repeat_referrals", words.Initiative, func(c figures.Counts) map[string]int { return c.RepeatReferrals }},
		{"stopped", words.topic, func(c figures.Counts) map[string]int { return c.Stopped }},
	} {
		if w.exact != nil {
			all = append(all, w.perID(part.id, part.name, each(w.exact, part.of)))
		}
	}
	return append(all, w.perID("partners", words.Partner, each(w.basic, func(b figures.Basic) map[string]int { return b.Partners })))
}

// durations returns how long those who did the check took, the shortest first; without rows if it
// was not counted.
func (w weeks) durations() Table {
	words := w.of.Words
	t := Table{ID: "durations", Title: words.Text("report.dimension.duration"), Columns: w.columns(), Bars: -1}
	if len(w.exact) == 0 || len(w.exact[len(w.exact)-3].Durations) == 0 {
		return t
	}
	for _, class := range orders[disclosure.ByDuration] {
		counts := each(w.exact, func(c figures.Counts) int {
			if class == "" {
				return max(0, c.Completed-sum(c.Durations))
			}
			return c.Durations[class]
		})
		t.Rows = append(t.Rows, w.row(class, words.value(disclosure.ByDuration, class), counts))
	}
	return t
}

func each[C, V any](all []C, of func(C) V) []V {
	values := make([]V, len(all))
	for i, c := range all {
		values[i] = of(c)
	}
	return values
}

func (w Words) topic(question string) string {
	if id := "topic." + question; w.Has(id) {
		return w.Text(id)
	}
	return question
}

// Warning describes why the weekly figures are doubtful: the flooded weeks, and those far above what
// is usual. It is empty if they are not.
func (r Rendering) Warning() string {
	lines := r.surges()
	if flooded := r.flooded(); flooded != "" {
		lines = append([]string{flooded}, lines...)
	}
	return strings.Join(lines, " ")
}

// maxSurges is how many surges a report mentions, the latest ones.
const maxSurges = 4

// surges returns a sentence for each surge.
func (r Rendering) surges() (lines []string) {
	var all []figures.Surge
	switch {
	case r.Trend != nil:
		all = r.Trend.Surges
	case r.Use != nil:
		all = r.Use.Surges
	}
	for _, s := range all[max(0, len(all)-maxSurges):] {
		name := r.Words.Partner(s.Key)
		if id := "report.channel." + s.Key; s.Of == figures.OfChannel && r.Words.Has(id) {
			name = r.Words.Text(id)
		}
		lines = append(lines, r.Words.Text("report.surge_"+string(s.Of), "Week", s.Week, "Name", clean(name), "N", r.number(s.N), "Usual", r.number(s.Usual)))
	}
	return lines
}

// flooded returns a sentence about the flooded weeks.
func (r Rendering) flooded() string {
	if r.Use != nil && len(r.Use.Flooded) > 0 {
		return r.Words.Text("report.flooded", "Count", len(r.Use.Flooded), "Weeks", strings.Join(r.Use.Flooded, ", "))
	}
	if r.Trend == nil {
		return ""
	}
	flood := r.Trend.Flood()
	if len(flood.Weeks) == 0 {
		return ""
	}
	return r.Words.Text("report.hasty", "Count", len(flood.Weeks), "Weeks", strings.Join(flood.Weeks, ", "),
		"N", r.number(flood.Doubtful), "Of", r.number(flood.Of), "Rest", r.number(flood.Of-flood.Doubtful))
}

// headline adds the key figures and the year target.
func (r Rendering) headline(d *Document, w weeks) {
	text := r.Words.Text
	add := func(id string, counts []int) {
		last := counts[len(counts)-3:]
		say := "report.compared"
		pairs := []any{"Before", w.beforeCell(last[1]).String(), "Year", w.yearCell(last[2]).String()}
		if ended := w.ended(counts); ended != last[0] || w.partly() {
			say, pairs = "report.compared_ended", append(pairs, "N", ended)
		}
		d.Figures = append(d.Figures, Figure{text("report." + id), strconv.Itoa(last[0]), text(say, pairs...)})
	}
	add("started", each(w.basic, func(b figures.Basic) int { return b.Started }))
	add("completed", each(w.basic, func(b figures.Basic) int { return b.Completed }))
	if w.exact != nil {
		add("referred", each(w.exact, func(c figures.Counts) int { return sum(c.Referrals) }))
		d.Goal = r.exactGoal(r.Trend.Progress)
		return
	}
	d.Goal = r.toldGoal(r.Use.Target)
}

func (r Rendering) exactGoal(p figures.Progress) *Goal {
	return &Goal{Label: r.Words.Text("report.year_target", "Year", strconv.Itoa(p.Year), "N", strconv.Itoa(p.Reached),
		"Of", strconv.Itoa(p.Goal), "Share", percent(p.Reached, max(p.Goal, 1))),
		Even: r.even(p.Expected, p.Goal), N: p.Reached, Expected: p.Expected, Goal: p.Goal}
}

// even returns the label at an even pace; at the end of the year that is the goal.
func (r Rendering) even(expected, goal int) string {
	if expected >= goal {
		return r.Words.Text("report.goal_mark", "N", strconv.Itoa(goal))
	}
	return r.Words.Text("report.even", "N", strconv.Itoa(expected))
}

// toldGoal shows the year target as far as it is released. If it is unknown how many were in the
// target group, the bar shows all who completed the check.
func (r Rendering) toldGoal(t figures.YearTarget) *Goal {
	g := &Goal{Even: r.even(t.Expected, t.Goal), N: t.Completed, Expected: t.Expected, Goal: t.Goal}
	id := "report.year_completed"
	switch {
	case t.Reached != nil && t.Estimated:
		id, g.N = "report.year_estimated", *t.Reached
	case t.Reached != nil:
		id, g.N = "report.year_target", *t.Reached
	}
	g.Label = r.Words.Text(id, "Year", strconv.Itoa(t.Year), "N", strconv.Itoa(g.N), "Of", strconv.Itoa(t.Goal),
		"Share", percent(g.N, max(t.Goal, 1)), "Completed", strconv.Itoa(t.Completed))
	return g
}

func sum(counts map[string]int) (n int) {
	for _, v := range counts {
		n += v
	}
	return n
}

// partly reports whether the last week of several is not over: it is not compared.
func (w weeks) partly() bool { return len(w.names) > 1 && w.names[len(w.names)-1] == w.running }

// ended returns the total of the weeks that are over, if any are.
func (w weeks) ended(counts []int) int {
	total := counts[len(counts)-3]
	if w.partly() {
		total -= counts[len(w.names)-1]
	}
	return total
}

// beforeCell and yearCell return the count of a compared period, or that there are no figures of it.
func (w weeks) beforeCell(n int) Cell { return w.compared(n, w.noBefore) }
func (w weeks) yearCell(n int) Cell   { return w.compared(n, w.noYear) }

func (w weeks) compared(n int, none string) Cell {
	if none != "" {
		return Cell{Kind: Blank, Text: none}
	}
	return Cell{N: n}
}

// wide reports whether the weeks fit next to each other.
func (w weeks) wide() bool { return len(w.names) <= widestTable && len(w.names) > 1 }

// name returns the name of a week, marked if it is not over.
func (w weeks) name(week string) string {
	if week == w.running {
		return week + "*"
	}
	return week
}

// columns returns the weeks if they fit, then the total and the compared periods.
func (w weeks) columns() []Column {
	var columns []Column
	if w.wide() {
		for _, week := range w.names {
			columns = append(columns, Column{week, strings.TrimPrefix(w.name(week)[4:], "-")})
		}
	}
	text := w.of.Words.Text
	return append(columns, Column{"total", text("report.total")}, Column{"before", text("report.before")}, Column{"last_year", text("report.last_year")})
}

// row returns a row; counts are those of each week, the total and the compared periods.
func (w weeks) row(id, title string, counts []int) Row {
	if !w.wide() {
		counts = counts[len(counts)-3:]
	}
	row := Row{ID: id, Title: title}
	last := len(counts) - 2
	for _, n := range counts[:last] {
		row.Cells = append(row.Cells, Cell{N: n})
	}
	row.Cells = append(row.Cells, w.beforeCell(counts[last]), w.yearCell(counts[last+1]))
	return row
}

func (w weeks) counts() Table {
	text := w.of.Words.Text
	t := Table{ID: "weekly", Title: text("report.table_counts"), Columns: w.columns(), Bars: -1}
	add := func(id string, counts []int) { t.Rows = append(t.Rows, w.row(id, text("report."+id), counts)) }
	add("started", each(w.basic, func(b figures.Basic) int { return b.Started }))
	add("completed", each(w.basic, func(b figures.Basic) int { return b.Completed }))
	if w.exact != nil {
		add("target", each(w.exact, func(c figures.Counts) int { return c.Target }))
		add("gap", each(w.exact, func(c figures.Counts) int { return c.Gap }))
	}
	add("repeat", each(w.basic, func(b figures.Basic) int { return b.Repeat }))
	if uncounted := each(w.basic, func(b figures.Basic) int { return b.Uncounted }); slices.Max(uncounted) > 0 {
		add("uncounted", uncounted)
	}
	t.Notes = append(t.Notes, w.whyNone()...)
	return t
}

// whyNone returns why there are no counts to compare with, or nothing if there are.
func (w weeks) whyNone() []string {
	if w.noBefore == "" && w.noYear == "" {
		return nil
	}
	if w.of.Since == "" {
		return []string{w.of.Words.Text("report.none_yet")}
	}
	return []string{w.of.Words.Text("report.none_why", "Week", w.of.Since)}
}

// perWeek returns a table with a row for each week.
func (w weeks) perWeek() Table {
	text := w.of.Words.Text
	t := Table{ID: "weeks", Title: text("report.per_week"), Bars: 1, Upright: true, Columns: []Column{{"started", text("report.started")},
		{"completed", text("report.completed")}}}
	if w.exact != nil {
		t.Columns = append(t.Columns, Column{"target", text("report.target_short")}, Column{"referrals", text("report.referred")})
	}
	for i, week := range w.names {
		row := Row{ID: week, Title: w.name(week), Cells: []Cell{{N: w.basic[i].Started}, {N: w.basic[i].Completed}}}
		if w.exact != nil {
			row.Cells = append(row.Cells, Cell{N: w.exact[i].Target}, Cell{N: sum(w.exact[i].Referrals)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// perID returns a table with a row for each id, the highest count first. Rows of zeros are quiet; a
// note lists the initiatives that nobody was referred to.
func (w weeks) perID(id string, name func(string) string, counts []map[string]int) Table {
	t := Table{ID: id, Title: w.of.Words.Text("report." + id), Columns: w.columns()}
	t.Bars = len(t.Columns) - 3
	totals, before, lastYear := counts[len(counts)-3], counts[len(counts)-2], counts[len(counts)-1]
	ids := slices.Sorted(maps.Keys(totals))
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(totals[b], totals[a]) })
	var quiet []string
	for _, key := range ids {
		row := w.row(key, clean(name(key)), each(counts, func(c map[string]int) int { return c[key] }))
		if row.ZerosOnly = totals[key]+before[key]+lastYear[key] == 0; row.ZerosOnly {
			quiet = append(quiet, row.Title)
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.NonZeroRows()) > 0 {
		t.Notes = append(t.Notes, w.whyNone()...)
	}
	if id == "referrals" && len(quiet) > 0 {
		t.Notes = append(t.Notes, w.of.Words.Text("report.quiet", "Names", strings.Join(quiet, ", ")))
	}
	return t
}

// remarks returns the caveats to the weekly figures.
func (r Rendering) remarks(w weeks) []string {
	text := r.Words.Text
	lines := r.pace()
	if totals, _ := r.basic(); totals.Started > 0 {
		unknown := max(0, totals.Started-sum(totals.Partners)) // a partner can be named in a later week than that of the start
		lines = append(lines, text("report.no_partner", "Share", percent(unknown, totals.Started)))
	}
	if w.running != "" {
		lines = append(lines, text("report.running", "Week", w.running))
		if w.partly() {
			lines = append(lines, text("report.compared_note", "Week", w.running))
		}
	}
	waiting, unreadable := r.waiting()
	switch {
	case waiting == nil:
		lines = append(lines, text("report.waiting_unknown"))
	case *waiting > 0:
		lines = append(lines, text("report.waiting", "Count", *waiting))
	}
	if unreadable > 0 {
		lines = append(lines, text("report.unreadable", "Count", unreadable))
	}
	return lines
}

// pace returns a line about what is needed to reach the year target, if that is known and positive.
func (r Rendering) pace() []string {
	needed, weeks, expected := 0.0, 0, 0
	switch {
	case r.Trend != nil:
		needed, weeks, expected = r.Trend.Progress.Needed, r.Trend.Progress.WeeksLeft, r.Trend.Progress.Expected
	case r.Use.Target.Needed != nil:
		needed, weeks, expected = *r.Use.Target.Needed, r.Use.Target.WeeksLeft, r.Use.Target.Expected
	}
	if needed == 0 {
		return nil
	}
	return []string{r.Words.Text("report.pace", "Needed", r.decimal(needed), "Weeks", strconv.Itoa(weeks), "Expected", strconv.Itoa(expected))}
}

// waiting returns how much waits to be handed over, and how much of it is damaged.
func (r Rendering) waiting() (waiting *int, unreadable int) {
	if r.Trend != nil {
		return r.Trend.Waiting, r.Trend.Unreadable
	}
	return r.Use.Waiting, r.Use.Unreadable
}

// decimal formats a number with one decimal in the language of the report.
func (r Rendering) decimal(x float64) string {
	s := strconv.FormatFloat(x, 'f', 1, 64)
	if r.Words.Lang == "nl" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
