package flows

import "strconv"

// CheckQuestion is the question id on the button that confirms the answers, with the
// option CheckYes. It is not part of the questionnaire: a channel that can show all answers
// at once asks it before the first result.
const (
	CheckQuestion = "check"
	CheckYes      = "yes"
)

// checks reports whether the answers are to be confirmed before the result.
func (t *turn) checks() bool { return t.in.Can.Check && !t.s.Outcome }

// askCheck shows every answer, by part, each with a button to change it.
func (t *turn) askCheck(fresh bool) {
	blocks := []Block{{Style: Question, Text: Say("chat.check")}, {Style: Hint, Text: Say("chat.check_hint")}}
	var keys [][]Button
	part := 0
	asked := t.answered()
	for _, id := range asked {
		if p := t.Questions.partOf(id); p != part {
			part = p
			blocks = append(blocks, Block{Style: Group, Text: Say("chat.part_name." + strconv.Itoa(p))})
		}
		blocks = append(blocks, t.answerBlock(id))
		keys = append(keys, []Button{t.changeButton(id)})
	}
	keys = append(keys, []Button{{Label: Say("chat.check_yes"), Question: CheckQuestion, Option: CheckYes, Rev: t.s.Rev, Role: RolePrimary}}, backRow)
	t.addReply(Reply{Slot: Living, Fresh: fresh, Blocks: blocks, Keys: keys, At: len(asked), Of: len(asked)})
}

// answerCheck shows the result, once the answers are confirmed.
func (t *turn) answerCheck() {
	switch {
	case t.s.Phase == PhaseAsking && t.current(t.route()) == nil && t.in.Rev == t.s.Rev && t.in.Option == CheckYes:
		t.s.Rev++
		t.advise()
	case t.s.Phase.hasAdvice():
		t.offerNext(Say("chat.already"))
	default:
		t.stale("chat.old_button")
	}
}
