package simulation

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Result is the outcome of a simulation. Its JSON form is part of the command line.
type Result struct {
	Simulated   bool           `json:"simulation"` // always true: marks the figures as simulated
	N           int            `json:"n"`
	Seed        uint64         `json:"seed"`
	Population  int            `json:"population"` // businesses the sample represents
	Date        referral.Date  `json:"date"`
	QuestionSet int            `json:"question_set"`
	Scoring     int            `json:"scoring"`
	Model       Model          `json:"model"`
	Readiness   float64        `json:"readiness"` // mean score, 0–100
	Impact      float64        `json:"impact"`    // mean score, 0–100
	Quadrants   map[string]int `json:"quadrants"`
	Border      int            `json:"border"`
	Extra       int            `json:"extra"`
	Indicative  int            `json:"indicative"`
	Cyber       map[string]int `json:"cyber"`
	Phases      map[string]int `json:"phases"`
	Basis       map[string]int `json:"dii_basis"`
	Gaps        int            `json:"gaps"`             // advice with a regional gap
	NoStep      int            `json:"no_step"`          // advice without steps
	Nothing     int            `json:"nothing"`          // advice without steps and actions
	Advices     int            `json:"advices"`          // different advices, by their actions and steps in order
	Reasons     int            `json:"reasons"`          // of steps
	Personal    int            `json:"personal_reasons"` // those that name the wish or the obstacle

	Initiatives []Load                    `json:"initiatives"` // most advised first
	Actions     []ActionLoad              `json:"actions"`     // most advised first
	BySector    map[string]map[string]int `json:"by_sector"`   // quadrants
	BySize      map[string]map[string]int `json:"by_size"`
	ByRegion    map[string]map[string]int `json:"by_region"`
	CutOffs     []CutOff                  `json:"cut_offs"`
}

// Load is the number of businesses an initiative is advised to.
type Load struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Steps    int    `json:"steps"`    // as one of the steps
	First    int    `json:"first"`    // as the first step; part of Steps
	Mentions int    `json:"mentions"` // mentioned elsewhere in the advice
}

// ActionLoad is the number of businesses an action is advised to.
type ActionLoad struct {
	ID      string `json:"id"`
	Advised int    `json:"advised"`
	First   int    `json:"first"` // as the first action; part of Advised
}

// CutOff is the distribution over quadrants for other cut-offs. A score equal to the
// cut-off is high.
type CutOff struct {
	Readiness int            `json:"readiness"`
	Impact    int            `json:"impact"`
	Quadrants map[string]int `json:"quadrants"`
}

// cutOffs are tried on each axis, with the other at usualCut.
var cutOffs = []float64{40, 45, 50, 55}

const usualCut = 50

// cut is a pair of cut-offs.
type cut struct{ readiness, impact float64 }

func cuts() []cut {
	var all []cut
	for _, c := range cutOffs {
		all = append(all, cut{c, usualCut})
	}
	for _, c := range cutOffs {
		if c != usualCut {
			all = append(all, cut{usualCut, c})
		}
	}
	return all
}

// counts is a number by name.
type counts map[string]int

// tallies accumulates the advice of businesses. Scores are summed as integers, in
// thousandths, so that the sum does not depend on the order.
type tallies struct {
	n, gaps, noStep, border, extra, indicative int
	nothing, reasons, personal                 int
	readiness, impact                          int64
	by                                         map[string]counts // by subject: "quadrant", "sector/horeca"
	cuts                                       map[cut]counts
}

func newTallies() *tallies { return &tallies{by: map[string]counts{}, cuts: map[cut]counts{}} }

func add[K comparable](m map[K]counts, key K, name string, n int) {
	if m[key] == nil {
		m[key] = counts{}
	}
	m[key][name] += n
}

func countIf(into *int, condition bool) {
	if condition {
		*into++
	}
}

// add counts one business.
func (t *tallies) add(c cell, r flows.Result) {
	t.n++
	countIf(&t.gaps, r.Advice.Gap)
	countIf(&t.noStep, len(r.Advice.Steps) == 0)
	countIf(&t.border, r.Border)
	countIf(&t.extra, r.Extra)
	countIf(&t.indicative, r.Indicative)
	t.readiness += int64(math.Round(r.Readiness * 1000))
	t.impact += int64(math.Round(r.Impact * 1000))
	quadrant := string(r.Quadrant)
	for _, key := range []string{"quadrant", "sector/" + c.sector, "size/" + string(r.Size), "region/" + c.region} {
		add(t.by, key, quadrant, 1)
	}
	add(t.by, "cyber", string(r.Cyber), 1)
	add(t.by, "phase", string(r.Phase), 1)
	add(t.by, "basis", r.DII.Basis, 1)
	for _, cut := range cuts() {
		add(t.cuts, cut, cut.quadrant(r), 1)
	}
	t.addAdvice(r.Advice)
	t.addActions(r)
}

// addActions counts the actions, and the advice as a whole.
func (t *tallies) addActions(r flows.Result) {
	countIf(&t.nothing, len(r.Advice.Steps)+len(r.Actions) == 0)
	var signature strings.Builder
	for i, a := range r.Actions {
		signature.WriteString(a.ID + " ")
		add(t.by, "action", a.ID, 1)
		if i == 0 {
			add(t.by, "first_action", a.ID, 1)
		}
	}
	for _, step := range r.Advice.Steps {
		signature.WriteString("/" + step.Initiative.ID)
		t.reasons++
		personal := func(b referral.Because) bool { return b.Question == "help_wanted" || b.Question == "obstacle" }
		countIf(&t.personal, slices.ContainsFunc(step.Because, personal))
	}
	add(t.by, "advice", signature.String(), 1)
}

func (t *tallies) addAdvice(a referral.Advice) {
	seen := map[string]bool{}
	for i, step := range a.Steps {
		seen[step.Initiative.ID] = true
		add(t.by, "step", step.Initiative.ID, 1)
		if i == 0 {
			add(t.by, "first", step.Initiative.ID, 1)
		}
	}
	for _, step := range slices.Concat(a.Closing, a.More, a.Notes) {
		if !seen[step.Initiative.ID] {
			seen[step.Initiative.ID] = true
			add(t.by, "mention", step.Initiative.ID, 1)
		}
	}
}

// quadrant returns the quadrant of a business under these cut-offs.
func (c cut) quadrant(r flows.Result) string {
	ready, touched := r.Readiness >= c.readiness, r.Impact >= c.impact
	switch {
	case r.Quadrant == referral.NoQuadrant:
		return string(referral.NoQuadrant)
	case touched && !ready:
		return string(referral.Vulnerable)
	case touched:
		return string(referral.Leading)
	case !ready:
		return string(referral.Unhurried)
	}
	return string(referral.InOrder)
}

// merge adds the counts of o.
func (t *tallies) merge(o *tallies) {
	t.n, t.gaps, t.noStep = t.n+o.n, t.gaps+o.gaps, t.noStep+o.noStep
	t.border, t.extra, t.indicative = t.border+o.border, t.extra+o.extra, t.indicative+o.indicative
	t.nothing, t.reasons, t.personal = t.nothing+o.nothing, t.reasons+o.reasons, t.personal+o.personal
	t.readiness, t.impact = t.readiness+o.readiness, t.impact+o.impact
	for key, c := range o.by {
		for name, n := range c {
			add(t.by, key, name, n)
		}
	}
	for key, c := range o.cuts {
		for name, n := range c {
			add(t.cuts, key, name, n)
		}
	}
}

func (t *tallies) result(e *flows.Engine, p *Population, s Sample, population float64) Result {
	mean := func(sum int64) float64 { return math.Round(float64(sum)/float64(t.n)/100) / 10 }
	r := Result{
		Simulated: true, N: t.n, Seed: s.Seed, Population: int(math.Round(population)), Date: s.Today,
		QuestionSet: e.Questions.Version, Scoring: e.Questions.Scale().Version, Model: p.Model,
		Readiness: mean(t.readiness), Impact: mean(t.impact),
		Quadrants: t.by["quadrant"], Border: t.border, Extra: t.extra, Indicative: t.indicative,
		Cyber: t.by["cyber"], Phases: t.by["phase"], Basis: t.by["basis"], Gaps: t.gaps, NoStep: t.noStep,
		BySector: t.under("sector/"), BySize: t.under("size/"), ByRegion: t.under("region/"),
		Initiatives: t.loads(e.Catalogue), Actions: t.actionLoads(e.Catalogue),
		Nothing: t.nothing, Advices: len(t.by["advice"]), Reasons: t.reasons, Personal: t.personal,
	}
	for _, c := range cuts() {
		r.CutOffs = append(r.CutOffs, CutOff{int(c.readiness), int(c.impact), t.cuts[c]})
	}
	return r
}

// under returns the counts whose subject begins with group, by the rest of the subject.
func (t *tallies) under(group string) map[string]map[string]int {
	m := map[string]map[string]int{}
	for key, c := range t.by {
		if len(key) > len(group) && key[:len(group)] == group {
			m[key[len(group):]] = maps.Clone(c)
		}
	}
	return m
}

// actionLoads returns the load of every action that has not ended, including zeros.
func (t *tallies) actionLoads(c *referral.Catalogue) []ActionLoad {
	loads := []ActionLoad{}
	for _, a := range c.AllActions() {
		if a.Status != referral.StatusEnded {
			loads = append(loads, ActionLoad{ID: a.ID, Advised: t.by["action"][a.ID], First: t.by["first_action"][a.ID]})
		}
	}
	slices.SortStableFunc(loads, func(a, b ActionLoad) int { return cmp.Compare(b.Advised, a.Advised) })
	return loads
}

// loads returns the load of every initiative that is not retired or was advised,
// including zeros.
func (t *tallies) loads(c *referral.Catalogue) []Load {
	loads := []Load{}
	for _, i := range c.Initiatives() {
		l := Load{ID: i.ID, Name: i.Name, Steps: t.by["step"][i.ID], First: t.by["first"][i.ID], Mentions: t.by["mention"][i.ID]}
		if i.Kind != referral.KindRetired || l.Steps+l.Mentions > 0 {
			loads = append(loads, l)
		}
	}
	slices.SortStableFunc(loads, func(a, b Load) int {
		return cmp.Or(cmp.Compare(b.Steps, a.Steps), cmp.Compare(b.Mentions, a.Mentions))
	})
	return loads
}
