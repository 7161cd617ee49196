package flows

import (
	"maps"

	"digiwijzer/referral"
)

// unknownAnswers returns the ids of the scored questions that were answered with "weet ik niet", in order.
func (e *Engine) unknownAnswers(a Result) (ids []string) {
	for _, id := range a.asked {
		if query, ok := e.Questions.Query(id); ok && query.Axis != "" && a.Answers[id] == referral.DontKnow {
			ids = append(ids, id)
		}
	}
	return ids
}

// dontKnowButton offers to answer those questions, if they left too little or only just
// enough for a result.
func (t *turn) dontKnowButton(a Result) [][]Button {
	n := len(t.unknownAnswers(a))
	if n == 0 || a.Quadrant != referral.NoQuadrant && !a.Indicative {
		return nil
	}
	return [][]Button{{{Label: Say("result.skipped_button", "Count", n), Action: DoAskUnknown, Role: RolePrimary}}}
}

// askUnknown asks those questions again, one after the other. Their "weet ik niet"
// can be given again.
func (t *turn) askUnknown() {
	if !t.s.Phase.hasAdvice() {
		t.stale("chat.old_button")
		return
	}
	ids := t.unknownAnswers(t.assess())
	if len(ids) == 0 {
		t.offerNext(Say("chat.already"))
		return
	}
	t.s.Answers = maps.Clone(t.s.Answers)
	for _, id := range ids {
		delete(t.s.Answers, id)
	}
	t.fire(evReopen)
	t.s.Rev++
	t.walked = nil
	t.ask(true)
}
