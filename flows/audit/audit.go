package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// Content is what is checked: everything an editor may change, loaded.
type Content struct {
	Questions *flows.Questionnaire
	Catalogue *referral.Catalogue
	Texts     *locales.Texts
	Engine    *flows.Engine
}

// Options say which days are checked and how.
type Options struct {
	From     referral.Date // the first day; empty is an error of the caller
	Days     int           // how many days after From are checked as well; 0 is DefaultDays, negative is none
	Lang     string        // the language of the faults; empty is Dutch
	Limits   *Limits       // nil: those built in
	Progress func(string)  // told what is being done, if given
}

// DefaultDays is how far ahead the gate looks.
const DefaultDays = 90

// Report is what the gate found.
type Report struct {
	Faults   []Fault  `json:"faults"`
	Notices  []Fault  `json:"notices"`  // true, worth knowing, and no reason to refuse the content
	Upcoming []Event  `json:"upcoming"` // what changes in the days looked at, the first day first
	Coverage Coverage `json:"coverage"`
}

// Coverage says how much was looked at.
type Coverage struct {
	States       int           `json:"states"`       // different states of the walk over the questions
	Paths        string        `json:"paths"`        // ways through the questions, exactly
	Outcomes     int           `json:"outcomes"`     // different outcomes that can be reached, as the rules see them
	Combinations int           `json:"combinations"` // quadrant × sector × municipality × size × cyber × phase × help wanted, each advised
	Days         int           `json:"days"`         // days on which the outcomes were advised anew
	Advices      int           `json:"advices"`      // different advices among the outcomes of the first day
	Messages     int           `json:"messages"`     // messages put into words, over all languages
	Duration     time.Duration `json:"nanoseconds"`
}

// Check walks every path of the content, renders its messages in every language and
// valueSets ahead. It returns all faults at once, sorted by file and id. It stops early,
// with what it has, when ctx is done.
func Check(ctx context.Context, c Content, o Options) Report {
	began := time.Now()
	g := newGate(ctx, c, o)
	g.stage("records", g.checkRecords)
	g.stage("paths", g.checkPaths)
	g.stage("outcomes", g.checkOutcomes)
	g.stage("combinations", g.checkCombinations)
	g.stage("messages", g.checkMessages)
	g.stage("texts", g.checkTexts)
	g.report.Coverage.Duration = time.Since(began)
	return g.finish()
}

// gate is one check under way.
type gate struct {
	Content
	ctx     context.Context
	o       Options
	limits  *Limits
	mu      sync.Mutex // guards faults and notices while the languages are spoken side by side
	report  Report
	seen    map[string]bool // faults found already
	asked   *recorder       // text ids that the program asked for
	space   *pathSpace
	advices []witness // a case for every different advice of the first day
}

func newGate(ctx context.Context, c Content, o Options) *gate {
	if o.Days == 0 {
		o.Days = DefaultDays
	}
	o.Days = max(o.Days, 0)
	if o.Lang == "" {
		o.Lang = locales.Default
	}
	g := &gate{Content: c, ctx: ctx, o: o, limits: o.Limits, seen: map[string]bool{}}
	if g.limits == nil {
		g.limits = builtin()
	}
	g.asked = newRecorder(c.Texts)
	g.Engine = g.asked.engine(c.Engine)
	return g
}

// stage does one part of the check, unless the caller has had enough.
func (g *gate) stage(name string, do func()) {
	if g.ctx.Err() != nil {
		return
	}
	if g.o.Progress != nil {
		g.o.Progress(g.Texts.Text(g.o.Lang, "check.stage."+name))
	}
	do()
}

// until is the last day looked at.
func (g *gate) until() referral.Date { return g.o.From.AddDays(g.o.Days) }

func (g *gate) finish() Report {
	order := func(a, b Fault) int {
		return strings.Compare(a.File+"\x00"+a.ID+"\x00"+a.Kind+"\x00"+a.What, b.File+"\x00"+b.ID+"\x00"+b.Kind+"\x00"+b.What)
	}
	slices.SortFunc(g.report.Faults, order)
	slices.SortFunc(g.report.Notices, order)
	return g.report
}

// String is one line for a person.
func (c Coverage) String() string {
	return fmt.Sprintf("%d states, %s paths, %d outcomes on %d days, %d combinations, %d messages, %.1f s",
		c.States, c.Paths, c.Outcomes, c.Days, c.Combinations, c.Messages, c.Duration.Seconds())
}
