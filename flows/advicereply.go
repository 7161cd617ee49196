package flows

import (
	"slices"
	"strings"

	"digiwijzer/referral"
)

// adviceReply returns the advice, the message that people keep and forward: the wish, what
// to do oneself, the help that fits and figures of other businesses. said are blocks about
// what just happened; they come last, as they are not worth keeping.
func (t *turn) adviceReply(a Result, said ...Block) Reply {
	blocks := append(make([]Block, 0, 40), t.openingBlocks(a)...)
	blocks = append(blocks, t.actionBlocks(a)...)
	help, keys := t.helpBlocks(a)
	blocks = append(blocks, help...)
	blocks = append(blocks, t.benchmarkBlocks(a)...)
	code := t.code(a)
	blocks = append(blocks, t.codeBlocks(code)...)
	if t.s.TryOut {
		blocks = append(blocks, Block{Style: Caveat, Text: Say("chat.try_out_result")})
	}
	keys = append(t.dontKnowButton(a), keys...)
	keys = append(keys,
		[]Button{{Label: Say("chat.why_button"), Action: DoWhy, Role: RoleMenu}, {Label: Say("chat.more_button"), Action: DoMore, Role: RoleMenu}},
		[]Button{{Label: Say("chat.my_answers"), Action: DoAnswers, Role: RoleMenu}})
	keys = append(append(keys, t.preparedRow(a)...), t.codeRow(code)...)
	after, last := t.ratingOrFollowUp()
	blocks = append(append(blocks, said...), after...)
	return Reply{Slot: Advice, Blocks: blocks, Keys: append(keys, last...)}
}

// openingBlocks returns the blocks above the actions and steps.
func (t *turn) openingBlocks(a Result) []Block {
	switch {
	case nothingNeeded(a):
		return []Block{{Style: Title, Text: Say("result.nothing_title")}, {Text: Say("result.nothing")}}
	case a.Answers[idHelpWanted] == noHelpWanted:
		return []Block{{Text: Say("result.no_help")}}
	}
	return nil
}

// noHelpWanted is the answer to help_wanted of those who want none.
const noHelpWanted = "geen"

// nothingNeeded reports whether the advice may say that nothing needs to be done: the closing
// card says it, security has no gap, and the person has no wish.
func nothingNeeded(a Result) bool {
	secure := func(s referral.TopicScore) bool {
		return s.Topic == referral.TopicSecurity && s.Level == referral.LevelGood
	}
	return a.Advice.Card == referral.CardNothing && a.Cyber == referral.CyberOK && !wishes(a) && slices.ContainsFunc(a.Topics, secure)
}

// wishes reports whether the person wants help with something.
func wishes(a Result) bool {
	switch a.Answers[idHelpWanted] {
	case "", noHelpWanted, undecided:
		return false
	}
	return true
}

// undecided is the answer to help_wanted of those who do not know yet.
const undecided = "twijfel"

// helpBlocks returns the steps, the closing block and the remarks, with their links.
func (t *turn) helpBlocks(a Result) (blocks []Block, keys [][]Button) {
	if len(a.Advice.Steps)+len(a.Advice.Closing) > 0 {
		blocks = append(blocks, Block{Style: Title, Text: Say("result.help")})
		if text, ok := forWhom(a.Advice); ok {
			blocks = append(blocks, Block{Text: Say(text)})
		}
	}
	told := map[referral.Because]bool{}
	for i, step := range a.Advice.Steps {
		blocks = append(blocks, t.stepBlocks(withoutRepeats(step, told), i+1)...)
		keys = append(keys, t.linkTo(step.Name, step.URL)...)
	}
	for _, step := range a.Advice.Closing {
		blocks = append(blocks, Block{Style: Note, Text: Say(step.Reason)})
		blocks = append(blocks, callBlocks(step.Name, step.Phone)...)
		keys = append(keys, t.linkTo(step.Name, step.URL)...)
	}
	for _, step := range a.Advice.Notes {
		if blocks = append(blocks, Block{Style: Note, Text: Say(step.Reason)}); !closed(step.Initiative, t.in.Today) {
			keys = append(keys, t.linkTo(step.Name, step.URL)...)
		}
	}
	return blocks, keys
}

// forWhom returns the text that introduces the steps of a business that the check was not
// made for.
func forWhom(a referral.Advice) (text string, ok bool) {
	switch {
	case a.Sizable && a.Outside:
		return "result.sizable_outside", true
	case a.Sizable:
		return "result.sizable", true
	case a.Outside:
		return "result.outside", true
	}
	return "", false
}

// closed reports whether an initiative takes nobody today: it gets no button.
func closed(i *referral.Initiative, today referral.Date) bool {
	return i.Status == referral.StatusInFormation || i.Capacity == referral.CapacityNone ||
		i.Status == referral.StatusClosedRound && !i.RoundOpen(today)
}

// withoutRepeats keeps the two strongest answers of a step's reason that no earlier step named:
// the advice is read on a phone. "Waarom dit advies?" names them all.
func withoutRepeats(step referral.Step, told map[referral.Because]bool) referral.Step {
	var because []referral.Because
	for _, b := range step.Because {
		if !told[b] && len(because) < 2 {
			because, told[b] = append(because, b), true
		}
	}
	step.Because = because
	return step
}

// stepBlocks describes one initiative: what it is, why, what happens next, what to ask and
// whom to call. Number 0 leaves the number out.
func (t *turn) stepBlocks(step referral.Step, number int) []Block {
	id, name := step.Initiative.ID, step.Name
	text := "result.step"
	if step.Extra && number > 0 {
		text = "result.step_extra"
	}
	blocks := []Block{
		{Style: StepName, Number: number, URL: step.URL, Text: Say(text, "Name", name, "Pitch", Say("initiative."+id+".pitch"))},
		{Style: Why, Text: t.Reason(step)},
	}
	if step.Via != nil {
		blocks = append(blocks, Block{Style: Next, Text: Say("result.via", "Name", step.Via.Name)})
	}
	for _, part := range []string{".next", ".cost"} {
		if t.has("initiative." + id + part) {
			blocks = append(blocks, Block{Style: Next, Text: Say("initiative." + id + part)})
		}
	}
	if step.Ask != "" {
		blocks = append(blocks, Block{Style: Ask, Text: Say("result.ask", "Question", Say(step.Ask))})
	}
	blocks = append(blocks, callBlocks(name, step.Phone)...)
	return append(blocks, Block{Style: Trust, Text: TrustOf(step)})
}

// has reports whether a text exists in the first language.
func (e *Engine) has(id string) bool { return e.Words != nil && e.Words(e.Languages[0], id) != "" }

// dialled leaves out what people read in a number and a phone does not dial.
var dialled = strings.NewReplacer("-", "", " ", "")

// callBlocks returns the number to call, which channels show as a button.
func callBlocks(name, phone string) []Block {
	if phone == "" {
		return nil
	}
	return []Block{{Style: Call, Text: Say("result.call", "Name", name, "Phone", phone), URL: "tel:" + dialled.Replace(phone)}}
}

// TrustOf returns in a few words how certain it is that the help exists: the date of the last
// sign of it, or that it is a standing public service.
func TrustOf(step referral.Step) Phrase {
	switch {
	case step.Verified:
		return Say("result.verified", "When", MonthOf(step.Since))
	case step.Initiative.Standing:
		return Say("result.standing")
	}
	return sincePhrase(step.Initiative, step.Since)
}

// sincePhrase states when there was a last sign of an initiative. An association does not end
// like a project, but what it offers may change.
func sincePhrase(i *referral.Initiative, since string) Phrase {
	switch {
	case since == "":
		return Say("result.since_unknown")
	case i.Kind == referral.KindBranch:
		return Say("result.since_branch", "When", MonthOf(since))
	}
	return Say("result.since", "When", MonthOf(since))
}

// MonthOf returns a year, month or day (2024, 2024-02 or 2024-02-16) as a month and year,
// or as the year.
func MonthOf(since string) Phrase {
	parts := strings.Split(since, "-")
	if len(parts) < 2 {
		return Name(since)
	}
	return Say("result.month_year", "Month", Say("result.month."+strings.TrimPrefix(parts[1], "0")), "Year", parts[0])
}

// Reason returns why a step is advised: the answers that led to it, then what the help is
// for.
func (e *Engine) Reason(step referral.Step) Phrase {
	if len(step.Because) == 0 {
		return Say(step.Reason)
	}
	because := make(Opening, 0, len(step.Because))
	for _, b := range step.Because {
		if b.Question == idMunicipality {
			because = append(because, e.becauseOfPlace(b.Value))
			continue
		}
		because = append(because, Say("because."+b.Question+"."+b.Value))
	}
	return Say("result.reason", "Reason", Say(step.Reason), "Because", because)
}

func (e *Engine) becauseOfPlace(code string) Phrase {
	if m, ok := e.Catalogue.Region().Municipality(code, ""); ok {
		return Say("because.municipality", "Place", m.Name)
	}
	return Say("because.municipality." + referral.Outside)
}

// benchmarkBlocks compares the answers with published figures.
func (t *turn) benchmarkBlocks(a Result) (blocks []Block) {
	for i, c := range a.Benchmark {
		if i == 0 {
			blocks = append(blocks, Block{Style: Title, Text: Say("result.beside")})
		}
		blocks = append(blocks, Block{Style: Benchmark, Text: Comparison(c)},
			Block{Style: BenchmarkSource, Text: SourceOf(c), URL: c.URL})
	}
	return blocks
}

// Comparison returns a published figure and how the person's answer compares, in a
// sentence or two.
func Comparison(c referral.Comparison) Phrase {
	return Say("result.compared", "Figure", Say("benchmark."+c.ID), "You", Say("result.you."+string(c.Doing)))
}

// SourceOf returns where a published figure comes from and whom it is about.
func SourceOf(c referral.Comparison) Phrase {
	return Say("result.figure_source", "Title", c.Source, "Population", Say("result.population."+c.Population))
}

// ratingOrFollowUp returns what follows the advice: the rating, then the offer of a
// follow-up after six weeks.
func (t *turn) ratingOrFollowUp() (blocks []Block, keys [][]Button) {
	if t.s.Phase != PhaseRated {
		query, _ := t.Questions.Query(idSatisfaction)
		f := t.forms[query.ID]
		r := t.route()
		return []Block{{Style: Question, Text: f.text}}, t.optionKeys(f, r)
	}
	if t.s.FollowUp {
		return nil, [][]Button{{{Label: Say("chat.followup_withdraw"), Action: DoNoFollow, Role: RoleMenu}}}
	}
	if !t.canFollowUp() {
		return nil, nil
	}
	return []Block{{Style: Hint, Text: Say("chat.followup")}},
		[][]Button{{{Label: Say("chat.followup_yes"), Action: DoFollowUp, Role: RoleMenu}}}
}
