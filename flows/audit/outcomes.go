package audit

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"digiwijzer/referral"
)

// witness is a business and a judgement that together make one outcome.
type witness struct {
	business *business
	assessed *assessed
	cyber    referral.Cyber
	alarmed  bool // the person said earlier that something was wrong
}

func (w *witness) String() string {
	answers := maps.Clone(w.business.answers)
	for _, pair := range strings.Split(w.assessed.seen, ";") {
		if id, value, ok := strings.Cut(pair, "="); ok {
			answers[id] = value
		}
	}
	return fmt.Sprintf("%s, cyber %s, phase %s; %s", w.assessed.quadrant, w.cyber, w.assessed.phase, describe(answers))
}

// session answers of the witness, whole.
func (w *witness) answers() referral.Answers {
	answers, asked := w.assessed.trail.answers()
	given := referral.Answers{}
	for _, id := range asked {
		given[id] = answers[id]
	}
	maps.Copy(given, w.business.answers)
	return given
}

// survey is what one day's outcomes show.
type survey struct {
	on       referral.Date
	outcomes int
	advices  map[string]*witness // a case for every different advice
	empty    bad                 // outcomes without anything to go to
	doubtful bad                 // outcomes where all there is may have stopped
	fired    map[[2]int]bool     // rule and alternative
	waiting  map[int]bool        // rules that only lack an open round
	shown    map[string]bool     // rule and initiative that stand in some advice
	key      []byte
}

// bad counts outcomes and keeps the first.
type bad struct {
	n     int
	first string
}

func (b *bad) add(what func() string) {
	if b.n == 0 {
		b.first = what()
	}
	b.n++
}

func newSurvey(on referral.Date) *survey {
	return &survey{on: on, advices: map[string]*witness{}, fired: map[[2]int]bool{}, waiting: map[int]bool{}, shown: map[string]bool{}}
}

func (s *survey) merge(o *survey) {
	s.outcomes += o.outcomes
	for _, pair := range [][2]*bad{{&s.empty, &o.empty}, {&s.doubtful, &o.doubtful}} {
		if pair[0].n == 0 {
			pair[0].first = pair[1].first
		}
		pair[0].n += pair[1].n
	}
	maps.Copy(s.fired, o.fired)
	maps.Copy(s.waiting, o.waiting)
	maps.Copy(s.shown, o.shown)
	for key, w := range o.advices {
		if s.advices[key] == nil {
			s.advices[key] = w
		}
	}
}

// survey advises every outcome that can be reached, on one day.
func (w *walk) survey(c *referral.Catalogue, on referral.Date) *survey {
	all := w.businesses(c, on)
	parts := inParts(len(all), func(from, to int) *survey {
		s := newSurvey(on)
		var firing []referral.Firing
		for _, b := range all[from:to] {
			firing = w.surveyOne(c, b, s, firing)
		}
		return s
	})
	total := newSurvey(on)
	for _, part := range parts {
		total.merge(part)
	}
	return total
}

// inParts divides n things over the processors.
func inParts[T any](n int, do func(from, to int) T) []T {
	workers := max(1, min(n, runtime.GOMAXPROCS(0)))
	out := make([]T, workers)
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() { out[i] = do(i*n/workers, (i+1)*n/workers) })
	}
	wait.Wait()
	return out
}

// outcome is a judgement as far as the rules look at it.
type outcome struct {
	quadrant referral.Quadrant
	extra    bool
	cyber    referral.Cyber
	phase    referral.Phase
	seen     string
}

// surveyOne advises one business in every judgement it can get.
func (w *walk) surveyOne(c *referral.Catalogue, b *business, s *survey, firing []referral.Firing) []referral.Firing {
	done := map[outcome]bool{}
	answers := map[string]referral.Answers{}
	for _, a := range w.assessed[b.context] {
		if answers[a.seen] == nil {
			answers[a.seen] = withSeen(b.answers, a.seen)
		}
		for _, cyber := range []referral.Cyber{a.cyber, referral.CyberWeak, referral.CyberIncident} {
			o := outcome{a.quadrant, a.extra, cyber, a.phase, a.seen}
			if done[o] {
				continue
			}
			done[o] = true
			at := witness{business: b, assessed: a, cyber: cyber, alarmed: cyber != a.cyber}
			k := caseOf(b, a, cyber, answers[a.seen], s.on)
			firing = c.Firing(firing[:0], k)
			s.note(firing)
			s.take(c.Advise(k), at)
		}
	}
	return firing
}

func withSeen(answers referral.Answers, seen string) referral.Answers {
	all := maps.Clone(answers)
	for _, pair := range strings.Split(seen, ";") {
		if id, value, ok := strings.Cut(pair, "="); ok {
			all[id] = value
		}
	}
	return all
}

func caseOf(b *business, a *assessed, cyber referral.Cyber, answers referral.Answers, on referral.Date) referral.Case {
	size, _ := referral.SizeOf(b.answers["size"])
	return referral.Case{
		Assessment: referral.Assessment{Quadrant: a.quadrant, Border: a.border, Extra: a.extra, Cyber: cyber, Phase: a.phase},
		Size:       size, Sector: b.answers["sector"], Municipality: b.answers["municipality"], Answers: answers, Today: on,
	}
}

func (s *survey) note(firing []referral.Firing) {
	for _, f := range firing {
		if f.Waiting {
			s.waiting[f.Rule] = true
		} else {
			s.fired[[2]int{f.Rule, f.Alternative}] = true
		}
	}
}

// take judges one advice.
func (s *survey) take(a referral.Advice, at witness) {
	s.outcomes++
	switch verdict(&a) {
	case nothing:
		s.empty.add(func() string { return at.String() })
	case doubtful:
		s.doubtful.add(func() string { return at.String() })
	}
	s.key = appendSignature(s.key[:0], &a, &at)
	if s.advices[string(s.key)] != nil {
		return
	}
	s.advices[string(s.key)] = &at
	for _, list := range [][]referral.Step{a.Steps, a.Closing, a.More, a.Notes} {
		for _, step := range list {
			s.shown[step.Rule+" "+step.Initiative.ID] = true
		}
	}
}

// How an advice serves.
type service int

const (
	served   service = iota
	nothing          // no step, card or closing
	doubtful         // nothing that is known to run
)

func verdict(a *referral.Advice) service {
	if len(a.Steps)+len(a.Closing) == 0 {
		if a.Card != referral.NoCard {
			return served
		}
		return nothing
	}
	for _, list := range [][]referral.Step{a.Steps, a.Closing} {
		for i := range list {
			if !list[i].Caveat {
				return served
			}
		}
	}
	if a.Card != referral.NoCard && len(a.Steps) == 0 {
		return served
	}
	return doubtful
}

// appendSignature tells advices apart by what a person reads of them.
func appendSignature(b []byte, a *referral.Advice, at *witness) []byte {
	b = append(b, a.Card...)
	for _, flag := range []bool{at.business.answers["help_wanted"] == "geen", a.Gap, a.Sizable, a.Outside, at.cyber == referral.CyberIncident} {
		b = appendFlag(b, flag)
	}
	for _, list := range [][]referral.Step{a.Steps, a.Closing, a.More, a.Notes} {
		b = append(b, '|')
		for i := range list {
			b = append(append(b, list[i].Initiative.ID...), ' ')
			b = append(b, list[i].Reason...)
			b = appendFlag(appendFlag(b, list[i].Caveat), list[i].Extra)
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

// checkOutcomes advises every outcome on the first day and on each day that changes
// something, and says from which day one has nothing to offer.
func (g *gate) checkOutcomes() {
	const file = "referral/rules.toml"
	total := newSurvey(g.o.From)
	for i, day := range g.changeDays() {
		if g.ctx.Err() != nil {
			return
		}
		s := g.walk.survey(g.Catalogue, day)
		g.report.Coverage.Days++
		if s.empty.n > 0 {
			g.fault("outcome.empty", place{file: file}, "Day", string(day), "N", s.empty.n, "Example", s.empty.first)
		}
		if s.doubtful.n > 0 {
			g.fault("outcome.doubtful", place{file: file}, "Day", string(day), "N", s.doubtful.n, "Example", s.doubtful.first)
		}
		if i == 0 {
			g.report.Coverage.Outcomes = s.outcomes
			g.report.Coverage.Advices = len(s.advices)
			for _, key := range slices.Sorted(maps.Keys(s.advices)) {
				g.advices = append(g.advices, *s.advices[key])
			}
		}
		total.merge(s)
	}
	g.checkRules(total, file)
}

// checkRules reports rules and proposals that none of the outcomes shows.
func (g *gate) checkRules(s *survey, file string) {
	for i := range g.Catalogue.Rules() {
		r := &g.Catalogue.Rules()[i]
		ever := false
		for at := range r.When {
			ever = ever || s.fired[[2]int{i, at}]
		}
		switch {
		case !ever && s.waiting[i]:
			g.notice("rule.waits", place{file: file, id: r.ID}, "Initiative", rounds(r), "Until", string(g.until()))
			continue
		case !ever:
			g.fault("rule.never", place{file: file, id: r.ID})
			continue
		}
		for at := range r.When {
			if !s.fired[[2]int{i, at}] {
				g.fault("rule.alternative_never", place{file: file, id: fmt.Sprintf("%s, when %d", r.ID, at+1)})
			}
		}
		for _, p := range r.Propose {
			if !s.shown[r.ID+" "+p.Initiative] && p.As != referral.AsClosing {
				g.notice("proposal.hidden", place{file: file, id: r.ID + " " + p.Initiative}, "Initiative", p.Initiative)
			}
		}
	}
}

// rounds are the initiatives whose rounds a rule waits for.
func rounds(r *referral.Rule) string {
	var ids []string
	for i := range r.When {
		if id := r.When[i].RoundOpen; id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, ", ")
}

// checkCombinations advises every quadrant with every sector, municipality, size,
// cyber outcome, phase and wish, whether anybody can get there or not.
func (g *gate) checkCombinations() {
	type found struct {
		n     int
		empty bad
	}
	places := g.Engine.Allowed("municipality", g.o.From)
	wishes := g.Engine.Allowed("help_wanted", g.o.From)
	parts := inParts(len(places), func(from, to int) (f found) {
		for _, municipality := range places[from:to] {
			g.combine(municipality, wishes, func(k *referral.Case) {
				f.n++
				a := g.Catalogue.Advise(*k)
				if verdict(&a) == nothing {
					f.empty.add(func() string {
						return fmt.Sprintf("%s, %s, %s, %s, %s, %s", k.Quadrant, k.Sector, k.Municipality, k.Size, k.Cyber, k.Phase)
					})
				}
			})
		}
		return f
	})
	for _, f := range parts {
		g.report.Coverage.Combinations += f.n
		if f.empty.n > 0 {
			g.fault("combination.empty", place{file: "referral/rules.toml"}, "N", f.empty.n, "Example", f.empty.first)
		}
	}
}

func (g *gate) combine(municipality string, wishes []string, do func(*referral.Case)) {
	sizes := []referral.Size{referral.Zzp, referral.Micro, referral.Klein, referral.Midden, referral.Groot}
	k := referral.Case{Municipality: municipality, Today: g.o.From}
	for _, wish := range wishes {
		k.Answers = referral.Answers{"help_wanted": wish}
		for _, sector := range g.Catalogue.Region().Sectors() {
			k.Sector = sector.ID
			for _, k.Size = range sizes {
				for _, k.Quadrant = range []referral.Quadrant{referral.Vulnerable, referral.Leading, referral.Unhurried, referral.InOrder, referral.NoQuadrant} {
					for _, k.Cyber = range []referral.Cyber{referral.CyberWeak, referral.CyberUnknown, referral.CyberOK, referral.CyberIncident} {
						for _, k.Phase = range []referral.Phase{referral.AdHoc, referral.Engaged, referral.Later} {
							do(&k)
						}
					}
				}
			}
		}
	}
}
