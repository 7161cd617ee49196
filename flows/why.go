package flows

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"digiwijzer/referral"
)

// why explains the quadrant and every step, and what would change them.
func (t *turn) why() {
	if !t.s.Outcome || !t.s.Phase.hasAdvice() {
		t.stale("chat.no_advice_yet")
		return
	}
	a := t.assess()
	blocks := []Block{{Style: Title, Text: Say("chat.why_title")}}
	if a.Quadrant != referral.NoQuadrant {
		blocks = append(blocks, Block{Text: scoreLine(a.Assessment)}, Block{Text: Say("result.why_cut")})
	}
	for i, step := range a.Advice.Steps {
		blocks = append(blocks, Block{Style: StepName, Number: i + 1, Text: Name(step.Name)},
			Block{Style: Why, Text: t.Reason(step)})
	}
	blocks = append(blocks, t.changeBlocks(a)...)
	blocks = append(blocks, Block{Style: Title, Text: Say("result.why_title")}, Block{Text: dii(a.Assessment)}, Block{Style: Hint, Text: Say("result.why_own")})
	keys := append(t.dontKnowButton(a), []Button{t.onward()}, []Button{{Label: Say("chat.my_answers"), Action: DoAnswers, Role: RoleMenu}})
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: blocks, Keys: keys})
}

// dii returns the result on the Digital Intensity Index: only items certainly met count.
func dii(a referral.Assessment) Phrase {
	return Say("result.dii", "Count", a.DII.Met)
}

// Change is one other answer that would lead to another quadrant or first step.
type Change struct {
	Question  string            `json:"question"`
	Option    string            `json:"option"` // instead of the answer given
	Quadrant  referral.Quadrant `json:"quadrant"`
	FirstStep string            `json:"first_step"` // id of an initiative; empty: no step
}

// Changes returns the smallest single change of an answer that leads to another quadrant, and the
// smallest that leads to another first step: at most two, none in an incident. It tries every
// other option of every question about how the business works and what it wants. It does not
// change what the business is (part 1), nor to "weet ik niet". The size of a change is the
// difference in points; one of an answer without points is larger than any other.
func (e *Engine) Changes(r Result) []Change {
	if r.Cyber == referral.CyberIncident {
		return nil
	}
	first := firstStep(r.Advice)
	answers := maps.Clone(r.Answers)
	var quadrant, step *Change
	for _, c := range e.singleChanges(&r) {
		if quadrant != nil && step != nil {
			break
		}
		answers[c.Question] = c.Option
		if e.try(&r, answers, &c.Change) {
			if quadrant == nil && c.Quadrant != r.Quadrant {
				quadrant = &c.Change
			} else if step == nil && c.FirstStep != first {
				step = &c.Change
			}
		}
		answers[c.Question] = r.Answers[c.Question]
	}
	var list []Change
	for _, c := range []*Change{quadrant, step} {
		if c != nil {
			list = append(list, *c)
		}
	}
	return list
}

// sized is a changed answer and how large the change is.
type sized struct {
	Change
	size float64
}

// unscored is the size of a change of an answer without points.
const unscored = 101

// singleChanges returns every single change, the smallest first.
func (e *Engine) singleChanges(r *Result) []sized {
	all := make([]sized, 0, 100)
	scale := e.Questions.Scale()
	for _, id := range r.asked {
		query, _ := e.Questions.Query(id)
		if query.Part < 2 {
			continue
		}
		points := pointsOf(scale, id)
		before, measured := points[r.Answers[id]]
		for _, o := range query.Options {
			if o.Value == r.Answers[id] {
				continue
			}
			size := float64(unscored)
			if measured {
				size = math.Abs(points[o.Value] - before)
			}
			all = append(all, sized{Change{Question: id, Option: o.Value}, size})
		}
	}
	slices.SortStableFunc(all, func(a, b sized) int { return cmp.Compare(a.size, b.size) })
	return all
}

// try sets what changed answers lead to; it reports false for an option that is not
// offered.
func (e *Engine) try(r *Result, answers referral.Answers, c *Change) bool {
	route := e.Questions.walkAll(answers)
	query, _ := e.Questions.Query(c.Question)
	if !slices.Contains(route.asked, c.Question) || e.Questions.hidden(query, c.Option, &route) {
		return false
	}
	k := e.caseOf(route, r.Municipality, r.alarmed, r.Today)
	k.Scale = nil // no reasons needed
	c.Quadrant, c.FirstStep = k.Quadrant, firstStep(e.Catalogue.Advise(k))
	return true
}

func pointsOf(scale *referral.Scale, question string) map[string]float64 {
	for i := range scale.Items {
		if scale.Items[i].Question == question {
			return scale.Items[i].Points
		}
	}
	return nil
}

func firstStep(a referral.Advice) string {
	if len(a.Steps) == 0 {
		return ""
	}
	return a.Steps[0].Initiative.ID
}

// changeBlocks shows what would change the result. A change after which there is no step is left
// out.
func (t *turn) changeBlocks(r Result) (blocks []Block) {
	for _, c := range t.Changes(r) {
		text, ok := t.changePhrase(r, c)
		if !ok {
			continue
		}
		if len(blocks) == 0 {
			blocks = append(blocks, Block{Style: Title, Text: Say("result.change_title")})
		}
		blocks = append(blocks, Block{Style: Note, Text: text})
	}
	return blocks
}

// changePhrase states what a change leads to.
func (t *turn) changePhrase(r Result, c Change) (Phrase, bool) {
	option := Say("option." + c.Question + "." + c.Option)
	topic := t.forms[c.Question].topic
	initiative, isStep := t.Catalogue.Initiative(c.FirstStep)
	otherStep := isStep && c.FirstStep != firstStep(r.Advice)
	switch {
	case c.Quadrant != r.Quadrant && otherStep:
		return Say("result.change.both", "Topic", topic, "Option", option, "Quadrant", quadrantTitle(c.Quadrant), "Name", initiative.Name), true
	case c.Quadrant != r.Quadrant:
		return Say("result.change.quadrant", "Topic", topic, "Option", option, "Quadrant", quadrantTitle(c.Quadrant)), true
	case otherStep:
		return Say("result.change.step", "Topic", topic, "Option", option, "Name", initiative.Name), true
	}
	return Phrase{}, false
}
