// Package report gives the figures of the working group the forms in which people
// read them. It reckons nothing: what it shows was counted and summed elsewhere.
package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"digiwijzer/store/monitor"
)

// Target is the number of businesses in the target group that the programme wants to
// reach in a year (Regio Utrecht, 2025).
const Target = 250

// Weekly is what the weekly report shows.
type Weekly struct {
	Report  monitor.Report
	Before  monitor.Weekly // totals of the period of the same length before it
	Year    monitor.Weekly // totals of the year of the last week, up to and with that week
	Running string         // the week that is not over yet; empty: none of them
	// Initiative gives the name of an initiative, Question the topic of a question and
	// Partner the name of a partner, by their ids; an id without a name is shown itself.
	Initiative, Question, Partner func(id string) string
	// Text gives a text in the language of the report.
	Text func(id string, pairs ...any) string
}

// widestTable is the number of weeks that fit side by side; longer periods show their
// weeks below each other.
const widestTable = 14

// Table writes the weekly report as a table for a terminal or a mail.
func (r Weekly) Table(w io.Writer) error {
	t := &table{narrow: len(r.Report.Weeks) <= widestTable}
	r.heading(t)
	r.counts(t)
	r.perID(t, "report.referrals", r.Initiative, func(w monitor.Weekly) map[string]int { return w.Referrals })
	r.perID(t, "report.mentions", r.Initiative, func(w monitor.Weekly) map[string]int { return w.Mentions })
	r.perID(t, "report.repeat_referrals", r.Initiative, func(w monitor.Weekly) map[string]int { return w.RepeatReferrals })
	r.perID(t, "report.stopped", r.Question, func(w monitor.Weekly) map[string]int { return w.Stopped })
	r.perID(t, "report.partners", r.Partner, func(w monitor.Weekly) map[string]int { return w.Partners })
	r.weeksBelow(t)
	if _, err := io.WriteString(w, r.title()+"\n\n"); err != nil {
		return err
	}
	if err := t.write(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n"+strings.Join(r.remarks(), "\n")+"\n")
	return err
}

func (r Weekly) title() string {
	p := r.Report.Period
	if p.From == p.To {
		return r.Text("report.title_week", "Week", p.From)
	}
	return r.Text("report.title_weeks", "From", p.From, "To", p.To)
}

func (r Weekly) heading(t *table) {
	cells := []string{""}
	if t.narrow {
		for _, week := range r.Report.Weeks {
			name := strings.TrimPrefix(week.Week[4:], "-")
			if week.Week == r.Running {
				name += "*"
			}
			cells = append(cells, name)
		}
	}
	t.add(append(cells, r.Text("report.total"), r.Text("report.before"))...)
	t.rule()
}

// row adds one line: the weeks, the total and the period before.
func (r Weekly) row(t *table, name string, of func(monitor.Weekly) int) {
	cells := []string{name}
	if t.narrow {
		for _, week := range r.Report.Weeks {
			cells = append(cells, strconv.Itoa(of(week.Weekly)))
		}
	}
	t.add(append(cells, strconv.Itoa(of(r.Report.Totals)), strconv.Itoa(of(r.Before)))...)
}

func (r Weekly) counts(t *table) {
	r.row(t, r.Text("report.started"), func(w monitor.Weekly) int { return w.Started })
	r.row(t, r.Text("report.completed"), func(w monitor.Weekly) int { return w.Completed })
	r.row(t, "  "+r.Text("report.target"), func(w monitor.Weekly) int { return w.Target })
	r.row(t, "  "+r.Text("report.gap"), func(w monitor.Weekly) int { return w.Gap })
	r.row(t, r.Text("report.repeat"), func(w monitor.Weekly) int { return w.Repeat })
}

// perID adds a section with a line for each id that was counted, the most counted
// first.
func (r Weekly) perID(t *table, title string, name func(string) string, of func(monitor.Weekly) map[string]int) {
	total := of(r.Report.Totals)
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(total)), func(id string) bool { return total[id] == 0 })
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(total[b], total[a]) })
	if len(ids) == 0 {
		return
	}
	t.add("")
	t.add(r.Text(title))
	for _, id := range ids {
		r.row(t, "  "+name(id), func(w monitor.Weekly) int { return of(w)[id] })
	}
}

// weeksBelow lists the weeks of a long period, one to a line.
func (r Weekly) weeksBelow(t *table) {
	if t.narrow {
		return
	}
	t.add("")
	t.add(r.Text("report.per_week"), r.Text("report.started"), r.Text("report.completed"))
	for _, week := range r.Report.Weeks {
		t.add("  "+week.Week, strconv.Itoa(week.Started), strconv.Itoa(week.Completed))
	}
}

// remarks are the lines that keep a reader from seeing more in the figures than
// there is.
func (r Weekly) remarks() []string {
	totals := r.Report.Totals
	lines := []string{r.Text("report.year_target", "Year", r.Report.Period.To[:4],
		"N", strconv.Itoa(r.Year.Target), "Of", strconv.Itoa(Target), "Share", share(r.Year.Target, Target))}
	if totals.Started > 0 {
		known := 0
		for _, n := range totals.Partners {
			known += n
		}
		lines = append(lines, r.Text("report.no_partner", "Share", share(totals.Started-known, totals.Started)))
	}
	if r.Running != "" {
		lines = append(lines, r.Text("report.running", "Week", r.Running))
	}
	switch waiting := r.Report.Waiting; {
	case waiting == nil:
		lines = append(lines, r.Text("report.waiting_unknown"))
	case *waiting > 0:
		lines = append(lines, r.Text("report.waiting", "Count", *waiting))
	}
	return append(lines, r.Text("report.own_words"))
}

// share is a whole percentage.
func share(n, of int) string { return strconv.Itoa((n*100+of/2)/of) + "%" }

// table lines up cells: the first column to the left, the others to the right.
type table struct {
	rows   [][]string
	narrow bool
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// rule is a row without cells: a line across.
func (t *table) rule() { t.rows = append(t.rows, nil) }

func (t *table) write(w io.Writer) error {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	total := -2
	for _, width := range widths {
		total += width + 2
	}
	for _, row := range t.rows {
		line := strings.Repeat("─", total)
		if row != nil {
			line = lineUp(row, widths)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func lineUp(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		fill := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if i == 0 {
			b.WriteString(cell + fill)
			continue
		}
		b.WriteString("  " + fill + cell)
	}
	return strings.TrimRight(b.String(), " ")
}
