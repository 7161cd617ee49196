package audit

import (
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// sidesOf are the sides of answers that support help for a quadrant. Calm for a business
// under pressure, or what is missing for a leading one, would argue against the advice.
var sidesOf = map[referral.Quadrant][]referral.Side{
	referral.Vulnerable: {referral.SidePressure, referral.SideLack},
	referral.Leading:    {referral.SidePressure, referral.SideStrength},
	referral.Unhurried:  {referral.SideCalm, referral.SideLack},
	referral.InOrder:    {referral.SideCalm, referral.SideStrength},
}

// checkReasons checks that no reason names an answer that argues against the advice: neither in the
// rules nor in any advice.
func (g *gate) checkReasons() {
	for i := range g.Catalogue.Rules() {
		r := &g.Catalogue.Rules()[i]
		for _, p := range r.Propose {
			if p.As == referral.AsNote || p.As == referral.AsClosing {
				continue
			}
			for w := range r.When {
				g.checkSelectors(r.ID, &r.When[w], p.When)
			}
		}
	}
	for i := range g.walk.Advices {
		if s := &g.walk.Advices[i]; !s.Incident {
			g.checkReasonsOf(s)
		}
	}
}

// checkSelectors checks one condition of a rule with the further one of a proposal. What is lacking in
// the cyber questions argues for security in any quadrant, and a business with a plan and good programs
// (phase later) has strengths.
func (g *gate) checkSelectors(rule string, when, further *referral.When) {
	if further == nil {
		further = &referral.When{}
	}
	names, quadrants, phases := when.Because, when.Quadrant, when.Phase
	if len(further.Because) > 0 {
		names = further.Because
	}
	if len(further.Quadrant) > 0 {
		quadrants = further.Quadrant
	}
	if len(further.Phase) > 0 {
		phases = further.Phase
	}
	for _, name := range names {
		side, scored := referral.SideOfSelector(name)
		if !scored || name == "cyber" || side == referral.SideStrength && slices.Equal(phases, []referral.Phase{referral.Later}) {
			continue
		}
		supports := func(q referral.Quadrant) bool { return slices.Contains(sidesOf[q], side) }
		if len(quadrants) == 0 || !allOf(quadrants, supports) {
			g.fault("reason.against", location{file: rulesFile, id: rule}, "Selector", name)
		}
	}
}

func allOf[T any](list []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !holds(v) })
}

// checkReasonsOf checks that every answer a reason names is on a side that the selectors of
// its rule pick, and that none is named twice.
func (g *gate) checkReasonsOf(s *sample) {
	result, err := g.Engine.Advise(s.Answers, false, g.o.From)
	if err != nil {
		g.fault("walk.disagrees", location{file: questionsFile, id: err.Error()})
		return
	}
	for _, step := range slices.Concat(result.Advice.Steps, result.Advice.More) {
		sides, named := g.selectedBy(step.Rule)
		seen := map[referral.Because]bool{}
		for _, b := range step.Because {
			side := g.Questions.Scale().Side(b.Question, b.Value)
			free := slices.Contains(named, b.Question) || side == referral.SideNone && !g.scored(b.Question)
			if seen[b] || !free && !slices.Contains(sides, side) {
				g.fault("reason.answer", location{file: rulesFile, id: step.Rule}, "Question", b.Question, "Option", b.Value)
			}
			seen[b] = true
		}
	}
}

func (g *gate) scored(question string) bool {
	query, ok := g.Questions.Query(question)
	return ok && query.Axis != ""
}

// selectedBy returns the sides of all selectors of a rule, and the questions that it names
// itself.
func (g *gate) selectedBy(id string) (sides []referral.Side, named []string) {
	add := func(w *referral.When) {
		for _, name := range w.Because {
			if side, scored := referral.SideOfSelector(name); scored {
				sides = append(sides, side)
			} else {
				named = append(named, name)
			}
		}
	}
	for i := range g.Catalogue.Rules() {
		r := &g.Catalogue.Rules()[i]
		if r.ID != id {
			continue
		}
		for w := range r.When {
			add(&r.When[w])
		}
		for _, p := range r.Propose {
			if p.When != nil {
				add(p.When)
			}
		}
	}
	return sides, named
}

// fewestWords is the number of words from which a sentence must not be repeated.
const fewestWords = 4

// repeatable are the styles whose text may be the same for two items.
var repeatable = []flows.Style{flows.Trust, flows.Next, flows.ActionTerms, flows.ActionHow, flows.ActionSource, flows.BenchmarkSource, flows.Benchmark, flows.Done}

// sentences are the sentences of a result so far, with the id of their text.
type sentences map[string]string

// checkRepeats reports a sentence that a result contains twice.
func (r *renderer) checkRepeats(b flows.Block, text, lang string, said sentences) {
	if slices.Contains(repeatable, b.Style) {
		return
	}
	for text != "" {
		end := strings.IndexAny(text, ".!?")
		sentence := text
		if end < 0 {
			text = ""
		} else {
			sentence, text = text[:end], strings.TrimLeft(text[end+1:], " \n")
		}
		if strings.Count(sentence, " ") < fewestWords-1 {
			continue
		}
		if other, twice := said[sentence]; twice {
			r.fault("reason.twice", textAt(b.Text.ID, lang), "Sentence", sentence, "Other", other)
		}
		said[sentence] = b.Text.ID
	}
}
