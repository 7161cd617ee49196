package flows

import (
	"cmp"
	"slices"

	"digiwijzer/referral"
)

// The answers to the follow-up other than the id of an initiative.
const (
	StepOther = "anders" // something else
	StepNone  = "niets"  // nothing yet
)

// helped are the answers to whether a step helped.
var helped = []string{"ja", "beetje", "nee", "vroeg"}

// Followed is the answer to the follow-up, some weeks after the advice. It is not
// linked to the conversation before it. Result is empty when no step was taken,
// Reason when one was, and both until the second question is answered.
type Followed struct {
	Initiative string `json:"initiative"` // id of the initiative gone to, StepOther or StepNone
	Result     string `json:"result"`     // did it help: ja, beetje, nee, vroeg (too early to tell)
	Reason     string `json:"reason"`     // what stood in the way: an option of the question on obstacles
}

// Complete reports whether the second question was answered too.
func (f Followed) Complete() bool { return f.Result != "" || f.Reason != "" }

// remind asks the follow-up question.
func (t *turn) remind() {
	keys := [][]Button{}
	for _, i := range t.proposed() {
		keys = append(keys, []Button{t.stepButton(Name(i.Name), i.ID, RoleOption)})
	}
	keys = append(keys,
		[]Button{t.stepButton(Say("followup.anders"), StepOther, RoleOption)},
		[]Button{t.stepButton(Say("followup.niets"), StepNone, RoleDontKnow)},
		[]Button{{Label: Say("followup.no_more"), Action: DoNoFollow, Role: RoleMenu}})
	blocks := []Block{{Text: Say("followup.hello")}}
	if t.in.Can.Quote {
		blocks = append(blocks, Block{Text: Say("followup.above")})
	}
	blocks = append(blocks, Block{Style: Question, Text: Say("followup.which")}, Block{Style: Hint, Text: Say("followup.hint")}, Block{Style: Hint, Text: Say("followup.code")})
	t.addReply(Reply{Slot: Aside, Fresh: true, ReplyTo: Advice, Blocks: blocks, Keys: keys})
	t.facts.Ended = t.inactive()
}

func (t *turn) stepButton(label Phrase, step string, role Role) Button {
	return Button{Label: label, Action: DoStepTaken, Option: step, Role: role}
}

// maxProposed is the highest number of initiatives that the question names.
const maxProposed = 8

// proposed returns the initiatives that a person most likely went to: those that most rules
// propose as a step, then those under "more", if they can be reached today.
func (t *turn) proposed() []*referral.Initiative {
	scores := map[string]proposals{}
	for _, rule := range t.Catalogue.Rules() {
		for _, p := range rule.Propose {
			scores[p.Initiative] = scores[p.Initiative].with(p)
		}
	}
	all := slices.DeleteFunc(slices.Clone(t.Catalogue.Initiatives()), func(i *referral.Initiative) bool {
		url, _ := i.Address(t.in.Today)
		closed := i.Status == referral.StatusClosedRound && !i.RoundOpen(t.in.Today)
		s := scores[i.ID]
		return s.steps+s.more == 0 || url == "" || closed || i.Kind == referral.KindRetired || !i.Live(t.in.Today)
	})
	slices.SortStableFunc(all, func(a, b *referral.Initiative) int { return scores[a.ID].compare(scores[b.ID]) })
	return all[:min(len(all), maxProposed)]
}

// proposals counts the rules that propose an initiative, with its best rank.
type proposals struct{ steps, more, best int }

func (s proposals) with(p referral.Proposal) proposals {
	switch p.As {
	case "", referral.AsStep:
		s.steps++
	case referral.AsMore:
		s.more++
	default:
		return s
	}
	if s.best == 0 || p.Rank < s.best {
		s.best = p.Rank
	}
	return s
}

// compare orders by number of proposals, then by rank.
func (s proposals) compare(o proposals) int {
	return cmp.Or(cmp.Compare(o.steps, s.steps), cmp.Compare(o.more, s.more), cmp.Compare(s.best, o.best))
}

// stepTaken records the first answer and asks the second question: what stood in the
// way, or whether it helped. An initiative that left the catalogue counts as StepOther.
func (t *turn) stepTaken(step string) {
	step = t.knownStep(step)
	t.facts.Followed = &Followed{Initiative: step}
	question, keys := "followup.helped", [][]Button{}
	if step == StepNone {
		question = "followup.obstacle"
		for _, o := range t.obstacles() {
			keys = append(keys, []Button{t.resultButton(o.label, step, o.value)})
		}
	} else {
		for _, result := range helped {
			keys = append(keys, []Button{t.resultButton(Say("followup.helped."+result), step, result)})
		}
	}
	t.addReply(Reply{Slot: Aside, Keys: keys, Blocks: []Block{
		{Style: Done, Text: Say("followup.noted", "Step", t.stepName(step))}, {Style: Question, Text: Say(question)}}})
	t.facts.Ended = t.inactive()
}

func (t *turn) resultButton(label Phrase, step, result string) Button {
	return Button{Label: label, Action: DoStepResult, Question: step, Option: result, Role: RoleOption}
}

// stepResult records the second answer.
func (t *turn) stepResult(step, result string) {
	f := &Followed{Initiative: t.knownStep(step)}
	switch {
	case f.Initiative == StepNone && slices.ContainsFunc(t.obstacles(), func(o option) bool { return o.value == result }):
		f.Reason = result
	case f.Initiative != StepNone && slices.Contains(helped, result):
		f.Result = result
	default:
		t.stale("chat.old_button")
		return
	}
	t.facts.Followed = f
	t.addReply(Reply{Slot: Aside, Blocks: []Block{{Style: Title, Text: Say("followup.thanks")}, {Text: Say("followup.thanks_more")}},
		Keys: [][]Button{{t.onward()}}})
	t.facts.Ended = t.inactive()
}

func (t *turn) obstacles() []option {
	if f := t.forms[idObstacle]; f != nil {
		return f.options
	}
	return nil
}

func (t *turn) knownStep(step string) string {
	if _, ok := t.Catalogue.Initiative(step); ok || step == StepNone {
		return step
	}
	return StepOther
}

func (t *turn) stepName(step string) Phrase {
	switch i, ok := t.Catalogue.Initiative(step); {
	case ok:
		return Name(i.Name)
	case step == StepNone:
		return Say("followup.niets")
	}
	return Say("followup.anders")
}

// cancelFollowUp withdraws the follow-up, in any phase.
func (t *turn) cancelFollowUp() {
	t.facts.FollowUp = No
	t.s.FollowUp = false
	t.addReply(Reply{Slot: Aside, Blocks: []Block{{Text: Say("chat.followup_off")}}, Keys: [][]Button{{t.onward()}}})
	t.facts.Ended = t.inactive()
}
