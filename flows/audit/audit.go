package audit

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// Content is the loaded content to check: everything an editor may change.
type Content struct {
	Questions *flows.Questionnaire
	Catalogue *referral.Catalogue
	Texts     *locales.Texts
	Engine    *flows.Engine
	Structure string // hash of everything but texts and partners; empty: unknown
}

// Options select the days to check and how to report.
type Options struct {
	From     referral.Date // the first day; required
	Days     int           // number of days after From that are checked too; 0 means DefaultDays, negative none
	Lang     string        // language of the faults; empty means Dutch
	Limits   *Limits       // nil means the built-in limits
	Progress func(string)  // if set, called with a description of each stage as it begins
	Workers  int           // goroutines that advise or render; 0: as many as there are processors
}

// DefaultDays is the number of days that are checked ahead.
const DefaultDays = 90

// Report is the result of a check.
type Report struct {
	Faults   []Fault  `json:"faults"`
	Notices  []Fault  `json:"notices"`  // for information: no reason to refuse the content
	Upcoming []Event  `json:"upcoming"` // changes by date within the days checked, in order
	Coverage Coverage `json:"coverage"`
}

// Coverage is how much was checked.
type Coverage struct {
	States       int           `json:"states"`       // different states of the exploration
	Paths        string        `json:"paths"`        // exact number of paths through the questions, in decimal
	Outcomes     int           `json:"outcomes"`     // different outcomes that can be reached, as far as the rules distinguish them
	Combinations int           `json:"combinations"` // quadrant × sector × municipality × size × cyber × phase × help wanted × bounds of readiness
	Days         int           `json:"days"`         // days on which the outcomes were advised
	Advices      int           `json:"advices"`      // different advices on the first day
	Messages     int           `json:"messages"`     // messages rendered, in all languages
	Duration     time.Duration `json:"nanoseconds"`
}

// Check explores every path through the content, renders its messages in every language
// and looks ahead. It returns all faults at once, sorted by file and id. It stops early,
// with an incomplete report, when ctx is done.
func Check(ctx context.Context, c Content, o Options) Report {
	return newGate(c, o).check(ctx)
}

// gate is a check in progress.
type gate struct {
	Content
	o        Options
	limits   *Limits
	report   Report
	reported map[string]bool // faults and notices, to report each once
	used     *usedTexts
	space    *pathSpace
	walk     *walk
	before   *Content // what is in use; nil: unknown
	actions  []actionWitness
	advised  map[string]referral.Answers // by action: the answers of its witness, from an earlier check
}

func newGate(c Content, o Options) *gate {
	if o.Days == 0 {
		o.Days = DefaultDays
	}
	o.Days = max(o.Days, 0)
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Lang == "" {
		o.Lang = locales.Default
	}
	g := &gate{Content: c, o: o, limits: o.Limits, reported: map[string]bool{}, walk: &walk{}}
	if g.limits == nil {
		g.limits = embeddedLimits()
	}
	g.used = newUsedTexts(c.Texts)
	g.Engine = g.used.engine(c.Engine)
	return g
}

// stage is a part of a check.
type stage struct {
	name string
	run  func()
}

// check runs all stages.
func (g *gate) check(ctx context.Context) Report {
	walks := []stage{
		{"paths", g.checkPaths},
		{"outcomes", func() { g.checkOutcomes(ctx) }},
		{"combinations", func() { g.checkCombinations(ctx) }},
	}
	if g.walk.done {
		walks = []stage{{"known", g.repeatNotices}}
	}
	began := time.Now()
	for _, stage := range slices.Concat(
		[]stage{{"records", func() { g.checkRecords(); g.checkLayout(); g.checkSectors(); g.checkChanges() }}},
		walks,
		[]stage{
			{"actions", g.checkActions},
			{"reasons", func() { g.checkReasons(); g.checkFigures() }},
			{"messages", func() { g.checkMessages(ctx) }},
			{"texts", func() { g.checkTexts(ctx) }},
		},
	) {
		if ctx.Err() != nil {
			break
		}
		if g.o.Progress != nil {
			g.o.Progress(g.Texts.Text(g.o.Lang, "check.stage."+stage.name))
		}
		stage.run()
	}
	g.report.Coverage.Duration = time.Since(began)
	return g.finish()
}

// until returns the last day that is checked.
func (g *gate) until() referral.Date { return g.o.From.AddDays(g.o.Days) }

func (g *gate) finish() Report {
	order := func(f Fault) string { return strings.Join([]string{f.File, f.ID, f.Kind, f.What, f.Lang}, "\x00") }
	byLocation := func(a, b Fault) int { return strings.Compare(order(a), order(b)) }
	g.locateActions(g.report.Faults)
	slices.SortFunc(g.report.Faults, byLocation)
	slices.SortFunc(g.report.Notices, byLocation)
	return g.report
}

// String summarises the coverage in one line.
func (c Coverage) String() string {
	return fmt.Sprintf("%d states, %s paths, %d outcomes on %d days, %d combinations, %d messages, %.1f s",
		c.States, c.Paths, c.Outcomes, c.Days, c.Combinations, c.Messages, c.Duration.Seconds())
}
