package flows

import (
	"errors"
	"slices"
	"strings"

	"digiwijzer/flows/advicecode"
	"digiwijzer/referral"
)

// Code returns the advice code of a result that was reached today. There is none without a
// quadrant or in an incident, as there is nothing to compare later; for questions whose
// layout was not published; and outside the half-years that a code can name.
func (e *Engine) Code(r Result) advicecode.Code {
	return e.codeSince(r, referral.HalfYear(r.Today))
}

// codeSince returns the code of answers given in a half-year.
func (e *Engine) codeSince(r Result, halfYear string) advicecode.Code {
	if !e.published || r.Quadrant == referral.NoQuadrant || r.Cyber == referral.CyberIncident {
		return advicecode.Code{}
	}
	c := advicecode.Check{Layout: e.Questions.Version, HalfYear: halfYear, Answers: make(map[string]string, len(r.asked))}
	for _, id := range r.asked {
		if value := r.Answers[id]; value != "" {
			c.Answers[id] = value
		}
	}
	if r.Answers[idMunicipality] != "" {
		c.Answers[idMunicipality] = r.Municipality
	}
	code, err := advicecode.Encode(e.Questions.Layouts, c)
	if err != nil {
		return advicecode.Code{}
	}
	return code
}

// isPublished reports whether answers to the questions can be read later.
func (q *Questionnaire) isPublished() bool {
	layout := q.Layout()
	published, ok := q.Layouts.Find(q.Version)
	return ok && published.Fingerprint == layout.Fingerprint
}

// ReadCode reads the advice code in a text; see advicecode.Decode for the errors.
func (e *Engine) ReadCode(text string) (advicecode.Check, error) {
	return advicecode.Decode(e.Questions.Layouts, text)
}

// AdviseCode evaluates the answers of a code with today's content, as Advise does. An answer
// that no longer exists, or is no longer offered, counts as not answered. The error is a
// *BadAnswer for a code without size, sector or municipality.
func (e *Engine) AdviseCode(c advicecode.Check, today referral.Date) (Result, error) {
	return e.Advise(e.restored(c, today), false, today)
}

// restored returns the answers of a code that can be given today.
func (e *Engine) restored(c advicecode.Check, today referral.Date) map[string]string {
	answers := make(map[string]string, len(c.Answers))
	for id, value := range c.Answers {
		query, ok := e.Questions.Query(id)
		if !ok || query.Part == 0 {
			continue
		}
		if m, known := e.Catalogue.Region().Municipality(value, today); known && query.OptionsFrom == fromMunicipalities {
			value = m.Code
		}
		if e.accepts(query, value, today) {
			answers[id] = value
		}
	}
	r := e.Questions.walkAll(answers)
	for _, id := range r.asked {
		if query, _ := e.Questions.Query(id); answers[id] != "" && e.Questions.hidden(query, answers[id], &r) {
			delete(answers, id)
		}
	}
	return answers
}

// codeBlocks shows the code of a result and what it holds.
func (t *turn) codeBlocks(code advicecode.Code) []Block {
	if code.Empty() {
		return nil
	}
	return []Block{{Style: Code, Text: Say("code.yours", "Name", code.String())}, {Style: CodeNote, Text: Say("code.holds")}}
}

// codeRow returns the button that copies the code.
func (t *turn) codeRow(code advicecode.Code) [][]Button {
	if code.Empty() || !t.in.Can.Copy {
		return nil
	}
	text := Name(code.String())
	return [][]Button{{{Label: Say("code.copy"), Copy: &text, Role: RoleMenu}}}
}

// code returns the code of the result in this conversation. A conversation opened from a code
// keeps its half-year until an answer changes.
func (t *turn) code(a Result) advicecode.Code {
	if t.s.HalfYear != "" {
		return t.codeSince(a, t.s.HalfYear)
	}
	return t.Code(a)
}

// The pages about a code.
const (
	pageCode     = "code"  // waits for a code
	pageOpenCode = "code:" // followed by a code; waits for a yes: open it instead of the check?
	pageSeenCode = "seen:" // followed by the code that was compared
)

// enterCode asks for a code, or reads the one given with the command.
func (t *turn) enterCode() {
	if strings.TrimSpace(t.in.Text) != "" {
		c, err := t.ReadCode(t.in.Text)
		if err != nil {
			t.badCode(err)
			return
		}
		t.codeGiven(c)
		return
	}
	t.askCode()
}

// askCode asks for a code, below the code of the result, if there is one.
func (t *turn) askCode(said ...Block) {
	t.s.Page = pageCode
	blocks := append(said, Block{Style: Title, Text: Say("code.title")})
	keys := [][]Button{}
	if t.s.Outcome && t.s.Phase.hasAdvice() {
		code := t.code(t.assess())
		blocks = append(blocks, t.codeBlocks(code)...)
		keys = t.codeRow(code)
	}
	blocks = append(blocks, Block{Style: Question, Text: Say("code.enter")}, Block{Style: Hint, Text: Say("code.enter_hint")})
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: blocks, Keys: append(keys, []Button{t.onward()})})
}

// typedCode handles a text with a code, wherever it is typed. It returns false for a text that
// does not look like one.
func (t *turn) typedCode() bool {
	c, err := t.ReadCode(t.in.Text)
	switch {
	case err == nil:
		t.codeGiven(c)
	case errors.Is(err, advicecode.ErrNoCode):
		return false
	default:
		t.badCode(err)
	}
	return true
}

// badCode explains what is wrong with a code, and asks for it again.
func (t *turn) badCode(err error) {
	reason := Say("code.typo")
	var length *advicecode.LengthError
	switch {
	case errors.As(err, &length):
		reason = Say("code.length", "Count", length.Characters, "Of", advicecode.Characters)
	case errors.Is(err, advicecode.ErrNoCode):
		reason = Say("code.none")
	case errors.Is(err, advicecode.ErrUnknownLayout):
		reason = Say("code.unknown")
	}
	t.askCode(Block{Style: Notice, Text: reason})
}

// codeGiven acts on a code: it opens a conversation from it, compares it with the result, or asks
// before it replaces an unfinished check.
func (t *turn) codeGiven(c advicecode.Check) {
	switch {
	case t.inactive(), t.s.Phase == PhaseAsking && len(t.answered()) == 0:
		t.openCode(c)
	case t.s.Phase.hasAdvice():
		t.compareCode(c)
	default:
		t.keepCode(pageOpenCode, c)
		t.addReply(Reply{Slot: Aside, Fresh: true,
			Blocks: []Block{{Style: Question, Text: Say("code.replace", "When", halfYearPhrase(c.HalfYear))}, {Style: Hint, Text: Say("code.replace_hint")}},
			Keys:   [][]Button{{t.openButton("code.replace_yes")}, {{Label: Say("code.replace_no"), Action: DoContinue, Role: RoleMenu}}}})
	}
}

// keepCode stores a code on the page until the next input.
func (t *turn) keepCode(page string, c advicecode.Check) {
	t.s.Page = ""
	if code, err := advicecode.Encode(t.Questions.Layouts, c); err == nil {
		t.s.Page = page + code.String()
	}
}

func (t *turn) openButton(label string) Button {
	return Button{Label: Say(label), Action: DoOpenCode, Role: RolePrimary}
}

// openKept opens the code that the page before this input was about.
func (t *turn) openKept(page string) {
	_, code, _ := strings.Cut(page, ":")
	c, err := t.ReadCode(code)
	if err != nil {
		t.askCode()
		return
	}
	t.openCode(c)
}

// openCode replaces the conversation by one with the answers of a code. It is never counted.
func (t *turn) openCode(c advicecode.Check) {
	if !t.inactive() {
		t.closeRun()
	}
	old := t.s
	t.s = Session{Phase: PhaseNew.after(evBegin), Rev: old.Rev + 1, Lang: old.Lang, LangSet: old.LangSet, Partner: old.Partner,
		SourceAsked: old.SourceAsked, Channel: old.Channel, TryOut: old.TryOut,
		FromCode: true, HalfYear: c.HalfYear, Answers: t.restored(c, t.in.Today)}
	t.walked = nil
	t.notice(Say("code.opened", "When", halfYearPhrase(c.HalfYear)))
	if c.HalfYear != referral.HalfYear(t.in.Today) || c.Layout != t.Questions.Version {
		t.notice(Say("code.may_differ"))
	}
	if t.route().next != nil {
		t.ask(true)
		return
	}
	t.advise()
}

// compareCode shows how far the business came since the check of a code.
func (t *turn) compareCode(c advicecode.Check) {
	a := t.assess()
	own := t.code(a)
	if given, err := advicecode.Encode(t.Questions.Layouts, c); err == nil && given.String() == own.String() {
		t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: []Block{{Text: Say("code.same")}}, Keys: [][]Button{{t.onward()}}})
		return
	}
	p := t.Progress(t.restored(c, t.in.Today), t.s.Answers, t.in.Today)
	t.keepCode(pageSeenCode, c)
	if t.s.Countable() {
		t.facts.Transition = p.transition(c.HalfYear)
	}
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: t.progressBlocks(p, c, a), Keys: [][]Button{{t.onward()}, {
		{Label: Say("code.open_button"), Action: DoOpenCode, Role: RoleMenu}}}})
}

// halfYearPhrase names a half-year: "het eerste halfjaar van 2026".
func halfYearPhrase(name string) Phrase {
	year, half, _ := strings.Cut(name, "H")
	return Say("code.half."+half, "Year", year)
}

// progressBlocks shows how far a business came, and what is next.
func (t *turn) progressBlocks(p Progress, c advicecode.Check, now Result) []Block {
	blocks := []Block{{Style: Title, Text: Say("code.progress", "When", halfYearPhrase(c.HalfYear))}}
	switch {
	case p.Then.Quadrant == referral.NoQuadrant || p.Now.Quadrant == referral.NoQuadrant:
		blocks = append(blocks, Block{Text: Say("code.too_little")})
	case p.Then.Quadrant == p.Now.Quadrant:
		blocks = append(blocks, Block{Text: Say("code.still", "Quadrant", quadrantTitle(p.Now.Quadrant))}, Block{Text: p.scores()})
	default:
		blocks = append(blocks, Block{Text: Say("code.moved", "From", quadrantTitle(p.Then.Quadrant), "To", quadrantTitle(p.Now.Quadrant))}, Block{Text: p.scores()})
	}
	for _, direction := range []struct {
		text string
		way  int
	}{{"code.up", 1}, {"code.down", -1}, {"code.equal", 0}} {
		if topics := p.topics(direction.way); len(topics) > 0 {
			blocks = append(blocks, Block{Style: Note, Text: Say(direction.text, "Topics", topics)})
		}
	}
	if len(now.Actions) > 0 {
		blocks = append(blocks, Block{Text: Say("code.next", "Action", Say("action."+now.Actions[0].ID+".title"))})
	}
	return append(blocks, Block{Style: Hint, Text: Say("code.compared")})
}

// Progress is how far a business came between two checks. Both are scored by today's rules, over
// the questions that were answered in both: one that was unanswered in either gives no
// comparison.
type Progress struct {
	Then, Now referral.Assessment
	Topics    []TopicProgress // the eight topics, in their order
}

// TopicProgress is how far a business came on one topic.
type TopicProgress struct {
	Then, Now referral.TopicScore // LevelUnknown if no question was answered in both
}

// Change returns 1 for a topic that went up, -1 for one that went down, and 0 for one that did
// not change or is unknown.
func (p TopicProgress) Change() int {
	switch {
	case p.Then.Level == referral.LevelUnknown || p.Now.Level == referral.LevelUnknown:
		return 0
	case p.Now.Points > p.Then.Points:
		return 1
	case p.Now.Points < p.Then.Points:
		return -1
	}
	return 0
}

// Progress compares the answers of two checks, option values by question id.
func (e *Engine) Progress(then, now map[string]string, today referral.Date) Progress {
	a, b := e.Questions.walkAll(then), e.Questions.walkAll(now)
	asked := slices.DeleteFunc(slices.Clone(a.asked), func(id string) bool { return !slices.Contains(b.asked, id) })
	shared := func(from, other route) referral.Case {
		answers := make(referral.Answers, len(from.effective))
		for id, value := range from.effective {
			points := pointsOf(e.Questions.Scale(), id)
			_, here := points[value]
			_, there := points[other.effective[id]]
			if query, _ := e.Questions.Query(id); query.Axis == "" || here && there {
				answers[id] = value
			}
		}
		return e.caseOf(route{asked: asked, effective: answers}, "", false, today)
	}
	before, after := shared(a, b), shared(b, a)
	p := Progress{Then: before.Assessment, Now: after.Assessment}
	topics := referral.Topics(after)
	for i, topic := range referral.Topics(before) {
		p.Topics = append(p.Topics, TopicProgress{Then: topic, Now: topics[i]})
	}
	return p
}

// scores states both scores then and now.
func (p Progress) scores() Phrase {
	return Say("code.scores", "ReadinessThen", rounded(p.Then.Readiness), "ReadinessNow", rounded(p.Now.Readiness),
		"ImpactThen", rounded(p.Then.Impact), "ImpactNow", rounded(p.Now.Impact))
}

// topics returns the names of the topics that changed in a direction, unknown ones left out.
func (p Progress) topics(change int) (list List) {
	for _, topic := range p.Topics {
		known := topic.Then.Level != referral.LevelUnknown && topic.Now.Level != referral.LevelUnknown
		if known && topic.Change() == change {
			list = append(list, Say("result.topic."+string(topic.Now.Topic)))
		}
	}
	return list
}

// Transition is what is counted of two checks of one business: no answer, and nothing that
// could identify it.
type Transition struct {
	Since string `json:"-"`    // the half-year of the first check, which must be an earlier one; it is not kept
	Then  string `json:"then"` // a referral.Quadrant
	Now   string `json:"now"`  // a referral.Quadrant
	Up    int    `json:"up"`   // topics that went up: 0–8
	Down  int    `json:"down"` // topics that went down: 0–8
}

// transition returns what is counted of the progress; nil if a quadrant is missing.
func (p Progress) transition(since string) *Transition {
	if p.Then.Quadrant == referral.NoQuadrant || p.Now.Quadrant == referral.NoQuadrant {
		return nil
	}
	return &Transition{Since: since, Then: string(p.Then.Quadrant), Now: string(p.Now.Quadrant), Up: len(p.topics(1)), Down: len(p.topics(-1))}
}
