package audit

import (
	"fmt"
	"maps"
	"slices"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// walk is the result of visiting all outcomes: it depends on everything but the texts, so that it
// applies to every content of that structure.
type walk struct {
	done     bool // all its stages have run and found no fault
	Advices  []sample
	Pictures []sample // one of every judgement
	coverage Coverage
	notices  []noted
	advised  map[string]referral.Answers // of a Gate, under its lock: by action, a business to which it is advised
}

// sample is a business with an advice to render.
type sample struct {
	Answers  referral.Answers
	Alarmed  bool // the person reported an incident or weakness before the questions
	Incident bool
	alike    string // the words of a picture, without the numbers
}

// noted is a notice that can be worded again.
type noted struct {
	kind  string
	at    location
	pairs []any
}

// session returns the session after the advice.
func (s *sample) session() flows.Session {
	phase := flows.PhaseAdvised
	if s.Incident {
		phase = flows.PhaseIncident
	}
	return flows.Session{Phase: phase, Answers: maps.Clone(s.Answers), Outcome: true, Alarmed: s.Alarmed, Rev: 1}
}

func (w *witness) sample() sample {
	return sample{Answers: w.answers(), Alarmed: w.alarmed, Incident: w.cyber == referral.CyberIncident}
}

// keep keeps the witnesses of advices that together contain all parts, and one of every judgement,
// without the data of the search.
func (k *walk) keep(advices []witness, space *pathSpace) {
	businesses := map[string]*business{}
	for i := range advices {
		k.Advices = append(k.Advices, advices[i].sample())
		businesses[advices[i].business.context] = advices[i].business
	}
	for _, context := range slices.Sorted(maps.Keys(space.assessed)) {
		for _, a := range space.assessed[context] {
			if b := businesses[context]; b != nil {
				w := witness{business: b, assessed: a, cyber: a.cyber}
				s := w.sample()
				s.alike = fmt.Sprint(a.quadrant, a.border, a.extra, a.indicative, a.cyber)
				k.Pictures = append(k.Pictures, s)
			}
		}
	}
}

// noticeOfWalk reports a notice that does not depend on texts.
func (g *gate) noticeOfWalk(kind string, at location, pairs ...any) {
	g.walk.notices = append(g.walk.notices, noted{kind, at, pairs})
	g.notice(kind, at, pairs...)
}

// repeatNotices reports the notices of an earlier walk again.
func (g *gate) repeatNotices() {
	for _, n := range g.walk.notices {
		g.notice(n.kind, n.at, n.pairs...)
	}
	known := g.walk.coverage
	known.Messages, known.Duration = 0, 0
	g.report.Coverage = known
}

// toRender returns the languages whose messages may have changed: those with other texts than those in
// use, and those that show a changed Dutch text for lack of a translation.
func (g *gate) toRender() []string {
	languages := g.Texts.Languages()
	if g.before == nil || !g.walk.done || g.before.Structure != g.Structure {
		return languages
	}
	return slices.DeleteFunc(slices.Clone(languages), func(lang string) bool {
		for _, id := range g.Texts.IDs(languages[0]) {
			shown := lang
			if !g.Texts.Has(lang, id) {
				shown = languages[0]
			}
			if !g.before.Texts.Has(shown, id) || !slices.Equal(g.Texts.Source(shown, id), g.before.Texts.Source(shown, id)) {
				return false
			}
		}
		return len(g.Texts.IDs(lang)) == len(g.before.Texts.IDs(lang))
	})
}
