package simulation

import (
	"digiwijzer/referral"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// WriteTable writes the result as a table, marked as a simulation above and below. say
// returns a text by id; the texts are "simulate.…", "quadrant.…",
// "option.sector.…" and "action.…".
// yearTarget is the number of checks a year for which the advice is projected.
func (r Result) WriteTable(w io.Writer, say func(id string, pairs ...any) string, yearTarget int) error {
	return table{r, say, yearTarget}.write(w)
}

// table is a result being written.
type table struct {
	s          Result
	say        func(id string, pairs ...any) string
	yearTarget int
}

// share formats n as a percentage of all businesses.
func (t table) share(n int) string { return t.shareOf(n, t.s.N) }

func (t table) shareOf(n, of int) string {
	if of == 0 {
		return "–"
	}
	return decimal(float64(int(1000*float64(n)/float64(of)+0.5))/10) + "%"
}

// quadrants in the order of the table.
var quadrants = []string{string(referral.Vulnerable), string(referral.Leading), string(referral.Unhurried),
	string(referral.InOrder), string(referral.NoQuadrant)}

func (t table) write(w io.Writer) error {
	title := t.say("simulate.title")
	fmt.Fprintf(w, "%s\n%s\n%s\n%s\n\n", title,
		t.say("simulate.about", "N", strconv.Itoa(t.s.N), "Population", strconv.Itoa(t.s.Population),
			"Seed", strconv.FormatUint(t.s.Seed, 10), "Date", string(t.s.Date),
			"QuestionSet", strconv.Itoa(t.s.QuestionSet), "Scoring", strconv.Itoa(t.s.Scoring)),
		t.say("simulate.assumed", "Loading", decimal(t.s.Model.Loading), "Correlation", decimal(t.s.Model.Correlation)),
		t.say("simulate.mean", "Readiness", decimal(t.s.Readiness), "Impact", decimal(t.s.Impact)))
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	t.shares(tab)
	t.loads(tab)
	t.actions(tab)
	t.crossed(tab, "simulate.sector", t.s.BySector, func(id string) string { return t.say("option.sector." + id) })
	t.crossed(tab, "simulate.size", t.s.BySize, func(id string) string { return t.say("simulate.size." + id) })
	t.crossed(tab, "simulate.region", t.s.ByRegion, func(id string) string { return t.say("simulate.region." + id) })
	t.cutOffs(tab)
	if err := tab.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\n"+title)
	return err
}

func row(w io.Writer, cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }

func (t table) shares(w io.Writer) {
	row(w, t.say("simulate.quadrants"), t.say("simulate.businesses"), t.say("simulate.share"))
	line := func(name string, n int) { row(w, "  "+name, strconv.Itoa(n), t.share(n)) }
	for _, q := range quadrants {
		line(t.say("quadrant."+q+".title"), t.s.Quadrants[q])
	}
	line(t.say("simulate.border"), t.s.Border)
	line(t.say("simulate.extra"), t.s.Extra)
	line(t.say("simulate.indicative"), t.s.Indicative)
	line(t.say("simulate.gaps"), t.s.Gaps)
	line(t.say("simulate.no_step"), t.s.NoStep)
	line(t.say("simulate.nothing"), t.s.Nothing)
	line(t.say("simulate.advices"), t.s.Advices)
	row(w, "  "+t.say("simulate.personal"), strconv.Itoa(t.s.Personal), t.shareOf(t.s.Personal, t.s.Reasons))
	row(w, t.say("simulate.cyber"))
	for _, id := range slices.Sorted(maps.Keys(t.s.Cyber)) {
		line(t.say("simulate.cyber."+id), t.s.Cyber[id])
	}
	row(w, t.say("simulate.phase"))
	for _, id := range slices.Sorted(maps.Keys(t.s.Phases)) {
		line(t.say("simulate.phase."+id), t.s.Phases[id])
	}
	row(w)
}

// loads prints how often each initiative is advised, and how often it would be at the yearly target.
func (t table) loads(w io.Writer) {
	row(w, t.say("simulate.initiative"), t.say("simulate.steps"), t.say("simulate.share"), t.say("simulate.first"),
		t.say("simulate.mentions"), t.say("simulate.per_target", "N", strconv.Itoa(t.yearTarget)))
	for _, l := range t.s.Initiatives {
		row(w, "  "+l.Name, strconv.Itoa(l.Steps), t.share(l.Steps), strconv.Itoa(l.First), strconv.Itoa(l.Mentions),
			strconv.Itoa((l.Steps*t.yearTarget+t.s.N/2)/t.s.N))
	}
	row(w)
}

// actions prints how often each action is advised.
func (t table) actions(w io.Writer) {
	row(w, t.say("simulate.action"), t.say("simulate.businesses"), t.say("simulate.share"), t.say("simulate.first"), t.say("simulate.share"))
	for _, a := range t.s.Actions {
		row(w, "  "+t.say("action."+a.ID+".title"), strconv.Itoa(a.Advised), t.share(a.Advised), strconv.Itoa(a.First), t.share(a.First))
	}
	row(w)
}

// crossed prints the distribution over quadrants of each group, the largest group first.
func (t table) crossed(w io.Writer, title string, by map[string]map[string]int, name func(string) string) {
	total := func(id string) (n int) {
		for _, c := range by[id] {
			n += c
		}
		return n
	}
	cells := []string{t.say(title), t.say("simulate.businesses")}
	for _, q := range quadrants {
		cells = append(cells, t.say("quadrant."+q+".title"))
	}
	row(w, cells...)
	ids := slices.Sorted(maps.Keys(by))
	slices.SortStableFunc(ids, func(a, b string) int { return total(b) - total(a) })
	for _, id := range ids {
		cells := []string{"  " + name(id), strconv.Itoa(total(id))}
		for _, q := range quadrants {
			cells = append(cells, t.shareOf(by[id][q], total(id)))
		}
		row(w, cells...)
	}
	row(w)
}

func (t table) cutOffs(w io.Writer) {
	cells := []string{t.say("simulate.cut_offs"), ""}
	for _, q := range quadrants {
		cells = append(cells, t.say("quadrant."+q+".title"))
	}
	row(w, cells...)
	for _, c := range t.s.CutOffs {
		cells := []string{fmt.Sprintf("  %d / %d", c.Readiness, c.Impact), ""}
		for _, q := range quadrants {
			cells = append(cells, t.share(c.Quadrants[q]))
		}
		row(w, cells...)
	}
}

// decimal formats a number with a decimal comma.
func decimal(f float64) string {
	return strings.Replace(strconv.FormatFloat(f, 'f', -1, 64), ".", ",", 1)
}
