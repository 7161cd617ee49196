package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// witness is a business and a judgement that together lead to an outcome.
type witness struct {
	business *business
	assessed *assessed
	cyber    referral.Cyber
	alarmed  bool // the person reported an incident or weakness before the questions
}

func (w *witness) String() string {
	answers := withRuleAnswers(w.business.answers, w.assessed.ruleAnswers)
	return fmt.Sprintf("%s, cyber %s, phase %s; %s", w.assessed.quadrant, w.cyber, w.assessed.phase, describe(answers))
}

// answers returns all answers of a session that ends in this outcome.
func (w *witness) answers() referral.Answers {
	answers, asked := w.assessed.trail.answers()
	given := referral.Answers{}
	for _, id := range asked {
		given[id] = answers[id]
	}
	maps.Copy(given, w.business.answers)
	return given
}

// survey collects the advice of all outcomes on one day.
type survey struct {
	on         referral.Date
	outcomes   int
	advices    map[string]*witness // by signature: a witness of every different advice
	empty      occurrences         // outcomes with an empty advice
	unverified occurrences         // outcomes with nothing but initiatives that may have stopped
	fired      map[firedRule]bool
	waiting    map[int]bool    // rules that would fire if a round were open
	shown      map[string]bool // "rule initiative" for each step of some advice
	signature  []byte
	outliner   *referral.Outliner
}

// firedRule is a rule and the alternative of its conditions that held.
type firedRule struct{ rule, alternative int }

// occurrences counts something and keeps a description of the first.
type occurrences struct {
	n     int
	first string
}

func (o *occurrences) add(n int, describe func() string) {
	if o.n == 0 {
		o.first = describe()
	}
	o.n += n
}

func (o *occurrences) merge(other occurrences) {
	if o.n == 0 {
		o.first = other.first
	}
	o.n += other.n
}

func newSurvey(on referral.Date) *survey {
	return &survey{on: on, advices: map[string]*witness{}, fired: map[firedRule]bool{}, waiting: map[int]bool{}, shown: map[string]bool{}}
}

func (s *survey) merge(o *survey) {
	s.outcomes += o.outcomes
	s.empty.merge(o.empty)
	s.unverified.merge(o.unverified)
	maps.Copy(s.fired, o.fired)
	maps.Copy(s.waiting, o.waiting)
	maps.Copy(s.shown, o.shown)
	for signature, w := range o.advices {
		if s.advices[signature] == nil {
			s.advices[signature] = w
		}
	}
}

// survey advises every outcome that can be reached, on one day.
func (p *pathSpace) survey(ctx context.Context, c *referral.Catalogue, on referral.Date, workers int) *survey {
	all, _ := p.businesses(c, on)
	outcomes := map[bool]map[string][]outcome{true: {}, false: {}} // by whether the rules compare their answers
	for context, judgements := range p.assessed {
		outcomes[true][context], outcomes[false][context] = outcomesOf(judgements, true), outcomesOf(judgements, false)
	}
	workers = max(1, min(len(all), workers))
	parts := make([]*survey, workers)
	var running sync.WaitGroup
	for i := range workers {
		parts[i] = newSurvey(on)
		parts[i].outliner = referral.NewOutliner(c)
		running.Go(func() {
			for _, b := range all[i*len(all)/workers : (i+1)*len(all)/workers] {
				if ctx.Err() != nil {
					return
				}
				parts[i].addBusiness(c, b, outcomes[p.compared(c, b)][b.context])
			}
		})
	}
	running.Wait()
	total := newSurvey(on)
	for _, part := range parts {
		total.merge(part)
	}
	return total
}

// outcome is a judgement with the cyber outcome that is advised on.
type outcome struct {
	*assessed
	cyber referral.Cyber
}

// compared reports whether a rule that can fire for a business compares answers to scored
// questions, as far as its sector tells.
func (p *pathSpace) compared(c *referral.Catalogue, b *business) bool {
	scored := func(question string) bool {
		return slices.ContainsFunc(p.scored, func(g *group) bool {
			return slices.ContainsFunc(g.queries, func(q *flows.Query) bool { return q.ID == question })
		})
	}
	compares := func(w *referral.When) bool {
		if w == nil || len(w.Sector) > 0 && !slices.Contains(w.Sector, b.answers["sector"]) {
			return false
		}
		return len(w.Staffing) > 0 && scored("staffing") || len(w.Obstacle) > 0 && scored("obstacle")
	}
	return slices.ContainsFunc(c.Rules(), func(r referral.Rule) bool {
		return slices.ContainsFunc(r.When, func(w referral.When) bool { return compares(&w) }) ||
			slices.ContainsFunc(r.Propose, func(q referral.Proposal) bool { return compares(q.When) })
	})
}

// outcomesOf returns the outcomes that the rules can distinguish, by the answers that they
// compare if answers is true. Whatever the answers, a person may have reported a weakness
// or an incident.
func outcomesOf(judgements []*assessed, answers bool) (all []outcome) {
	type visible struct {
		quadrant    referral.Quadrant
		extra       bool
		cyber       referral.Cyber
		phase       referral.Phase
		readiness   int
		ruleAnswers string
	}
	known := map[visible]bool{}
	for _, a := range judgements {
		for _, cyber := range []referral.Cyber{a.cyber, referral.CyberWeak, referral.CyberIncident} {
			v := visible{a.quadrant, a.extra, cyber, a.phase, a.readiness, a.ruleAnswers}
			if !answers {
				v.ruleAnswers = ""
			}
			if cyber == referral.CyberIncident {
				v = visible{cyber: cyber} // one card, whatever the answers
			}
			if !known[v] {
				known[v] = true
				all = append(all, outcome{a, cyber})
			}
		}
	}
	return all
}

// addBusiness advises one business on every outcome: once on those with the same rules in force.
func (s *survey) addBusiness(c *referral.Catalogue, b *business, outcomes []outcome) {
	answers := map[string]referral.Answers{}
	known := map[string]usefulness{} // by effect
	var firing referral.Firings
	for _, o := range outcomes {
		if answers[o.ruleAnswers] == nil {
			answers[o.ruleAnswers] = withRuleAnswers(b.answers, o.ruleAnswers)
		}
		k := caseOf(b, o.assessed, o.cyber, answers[o.ruleAnswers], s.on)
		c.Firing(&firing, &k)
		effect := appendFlag(firing.Effect, o.cyber == referral.CyberIncident)
		w := witness{business: b, assessed: o.assessed, cyber: o.cyber, alarmed: o.cyber != o.assessed.cyber}
		useful, done := known[string(effect)]
		if !done {
			s.addFiring(firing.Rules)
			useful = s.addAdvice(s.outliner.Outline(&k), w)
			known[string(effect)] = useful
		}
		s.count(useful, w)
	}
}

// withRuleAnswers adds answers in the form of judgement.ruleAnswers.
func withRuleAnswers(answers referral.Answers, ruleAnswers string) referral.Answers {
	all := maps.Clone(answers)
	for _, pair := range strings.Split(ruleAnswers, ";") {
		if id, value, ok := strings.Cut(pair, "="); ok {
			all[id] = value
		}
	}
	return all
}

func caseOf(b *business, a *assessed, cyber referral.Cyber, answers referral.Answers, on referral.Date) referral.Case {
	return referral.Case{
		Assessment: referral.Assessment{Quadrant: a.quadrant, Readiness: float64(a.readiness), Border: a.border, Extra: a.extra, Cyber: cyber, Phase: a.phase},
		Size:       sizeOf(b.answers["size"]), Sector: b.answers["sector"], Municipality: b.answers["municipality"], Answers: answers, Today: on,
	}
}

func (s *survey) addFiring(firing []referral.Firing) {
	for _, f := range firing {
		if f.Waiting {
			s.waiting[f.Rule] = true
		} else {
			s.fired[firedRule{f.Rule, f.Alternative}] = true
		}
	}
}

func (s *survey) count(useful usefulness, w witness) {
	s.outcomes++
	of := &s.empty
	switch useful {
	case usefulAdvice:
		return
	case unverifiedAdvice:
		of = &s.unverified
	}
	example := w // on the heap here only
	of.add(1, example.String)
}

func (s *survey) addAdvice(a *referral.Advice, w witness) usefulness {
	useful := usefulnessOf(a)
	s.signature = appendSignature(s.signature[:0], a, &w)
	if s.advices[string(s.signature)] != nil {
		return useful
	}
	kept := w // on the heap here only
	s.advices[string(s.signature)] = &kept
	for _, list := range [][]referral.Step{a.Steps, a.Closing, a.More, a.Notes} {
		for _, step := range list {
			s.shown[step.Rule+" "+step.Initiative.ID] = true
		}
	}
	return useful
}

// usefulness is what an advice offers.
type usefulness int

const (
	usefulAdvice     usefulness = iota
	emptyAdvice                 // no step, card or closing
	unverifiedAdvice            // nothing known to be running
)

func usefulnessOf(a *referral.Advice) usefulness {
	if len(a.Steps)+len(a.Closing) == 0 {
		if a.Card != referral.NoCard {
			return usefulAdvice
		}
		return emptyAdvice
	}
	for _, list := range [][]referral.Step{a.Steps, a.Closing} {
		for i := range list {
			if !list[i].Caveat {
				return usefulAdvice
			}
		}
	}
	if a.Card != referral.NoCard && len(a.Steps) == 0 {
		return usefulAdvice
	}
	return unverifiedAdvice
}

// appendSignature appends what a person reads of an advice; advices that read the same
// have the same signature.
func appendSignature(b []byte, a *referral.Advice, w *witness) []byte {
	b = append(b, a.Card...)
	for _, flag := range []bool{w.business.answers["help_wanted"] == noHelp, a.Gap, a.Sizable, a.Outside, w.cyber == referral.CyberIncident} {
		b = appendFlag(b, flag)
	}
	for _, list := range [][]referral.Step{a.Steps, a.Closing, a.More, a.Notes} {
		b = append(b, '|')
		for i := range list {
			b = append(append(b, list[i].Initiative.ID...), ' ')
			b = append(b, list[i].Reason...)
			b = append(appendFlag(appendFlag(b, list[i].Caveat), list[i].Extra), '\n')
		}
	}
	return b
}

func appendFlag(b []byte, flag bool) []byte {
	if flag {
		return append(b, '!')
	}
	return append(b, ' ')
}

// covering returns advices that together contain every part of all advices in every place: the
// statements about an advice as a whole, and each line of it. Rendering them all would render the same
// lines many times.
func (s *survey) covering() (witnesses []witness) {
	seen := map[string]bool{}
	for _, signature := range slices.Sorted(maps.Keys(s.advices)) {
		found := false
		for part, text := range strings.Split(signature, "|") {
			for place, line := range strings.Split(text, "\n") {
				key := fmt.Sprint(part, place, line)
				found = found || !seen[key]
				seen[key] = true
			}
		}
		if found {
			witnesses = append(witnesses, *s.advices[signature])
		}
	}
	return witnesses
}

// checkOutcomes advises every outcome on the first day and on each later day on which
// something changes, and reports days on which an outcome has no useful advice.
func (g *gate) checkOutcomes(ctx context.Context) {
	total := newSurvey(g.o.From)
	for i, day := range g.changeDays() {
		if ctx.Err() != nil {
			return
		}
		s := g.space.survey(ctx, g.Catalogue, day, g.o.Workers)
		if ctx.Err() != nil {
			return
		}
		g.report.Coverage.Days++
		if s.empty.n > 0 {
			g.fault("outcome.empty", location{file: rulesFile}, "Day", string(day), "N", s.empty.n, "Example", s.empty.first)
		}
		if s.unverified.n > 0 {
			g.fault("outcome.doubtful", location{file: rulesFile}, "Day", string(day), "N", s.unverified.n, "Example", s.unverified.first)
		}
		if i == 0 {
			g.report.Coverage.Outcomes = s.outcomes
			g.report.Coverage.Advices = len(s.advices)
			g.walk.keep(s.covering(), g.space)
		}
		total.merge(s)
	}
	g.checkRules(total)
}
