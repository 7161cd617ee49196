package flows

import (
	"maps"
	"slices"
	"strconv"

	"digiwijzer/referral"
)

// Content is the data of a conversation. It must not change while an engine uses it.
type Content struct {
	Questions *Questionnaire      // must not be nil
	Catalogue *referral.Catalogue // must not be nil
	Languages []string            // at least one; the first is the default
	Partners  map[string]Partner  // by code
	ID        string              // short hash of the content, kept with every outcome

	// Words returns a text, or "" if there is none. It is used to recognise typed text and to find
	// out which optional texts exist; replies hold phrases, not words. May be nil.
	Words func(lang, id string) string
}

// MaxText is the number of runes of a typed text that are read; the rest is ignored.
const MaxText = 200

// Engine conducts conversations over one Content. It has no state of its own: all of
// a conversation is in its Session. It is safe for concurrent use.
type Engine struct {
	Content
	forms     map[string]*form
	words     map[string]*vocabulary
	parts     [lastPart + 1]Phrase // the names of the parts: "Deel 2 van 4: …"
	switchers map[string][]Button  // per language, the buttons of the others
	published bool                 // the layout of the questions is published, so results have a code
}

// NewEngine returns an engine for the content, which must have passed its checks.
func NewEngine(c Content) *Engine {
	e := &Engine{Content: c, forms: map[string]*form{}, words: map[string]*vocabulary{}, switchers: map[string][]Button{},
		published: c.Questions.isPublished()}
	for part := range e.parts {
		n := strconv.Itoa(part)
		e.parts[part] = Say("chat.part", "Part", n, "Of", strconv.Itoa(lastPart), "Name", Say("chat.part_name."+n))
	}
	for _, query := range c.Questions.Questions {
		e.forms[query.ID] = newForm(query, c.Languages, c.Words)
	}
	for _, lang := range c.Languages {
		e.words[lang] = newVocabulary(c.Questions, lang, c.Words)
		e.switchers[lang] = e.newSwitchers(lang)
	}
	return e
}

// Step applies an input to a session and returns the new session with the replies
// and facts that follow. It is pure and total: the session given is not changed, any
// session with any input leads to at least one reply, and the same input always leads
// to the same turn.
func (e *Engine) Step(s Session, in Input) Turn {
	t := &turn{Engine: e, s: e.repair(s, in), in: in}
	t.run()
	return Turn{Session: t.s, Replies: t.replies, Facts: t.facts, Repeated: t.repeated}
}

// Pending returns the id of the current question of an unfinished conversation; empty if there
// is a result, or nothing has begun.
func (e *Engine) Pending(s Session) string {
	s.Phase = s.Phase.normalised()
	if s.Phase == PhaseNew || s.Phase == PhaseStopped || s.Outcome {
		return ""
	}
	known := func(query *Query, value string) bool { return query.OptionsFrom != "" || query.has(value) }
	r := e.Questions.walk(s.Answers, known)
	switch {
	case r.next == nil: // the answers are being checked
		return r.asked[len(r.asked)-1]
	case e.asksSource(s, &r):
		return SourceQuestion
	}
	return r.next.ID
}

// turn is the state of one Step.
type turn struct {
	*Engine
	s       Session
	in      Input
	replies []Reply
	facts   Facts
	notices []Block // to be put before the next reply
	walked  *route
	before  string // Session.Page before this input
	// repeated is Turn.Repeated.
	repeated bool
}

// repair replaces unknown phases and languages of a stored session by defaults. Answers that
// are not in the content are skipped by the walk.
func (e *Engine) repair(s Session, in Input) Session {
	s.Phase = s.Phase.normalised()
	if !slices.Contains(e.Languages, s.Lang) {
		s.Lang, s.LangSet = e.language("", in.Lang), false
	}
	if s.Channel == "" {
		s.Channel = in.Channel
	}
	s.TryOut = s.TryOut || in.TryOut || s.Partner == TestPartner
	return s
}

// language returns the first of the wishes that is available, or the default.
func (e *Engine) language(wishes ...string) string {
	for _, wish := range wishes {
		if base := baseLanguage(wish); slices.Contains(e.Languages, base) {
			return base
		}
	}
	return e.Languages[0]
}

func baseLanguage(tag string) string {
	for i, r := range tag {
		if r == '-' || r == '_' {
			return tag[:i]
		}
	}
	return tag
}

func (t *turn) run() {
	t.before = t.s.Page
	if t.s.Page != "" && t.in.Kind != Text && t.in.Kind != Show {
		t.s.Page = ""
	}
	switch t.in.Kind {
	case Start:
		t.start()
	case Show:
		t.show()
	case Answer:
		t.answer()
	case Action:
		t.act()
	case Text:
		t.typed()
	case Remind:
		t.remind()
	default:
		t.unrecognized()
	}
}

// unrecognized handles what cannot be an answer.
func (t *turn) unrecognized() {
	reason := "chat.strange"
	if t.in.Form != Typed {
		reason = "talk.strange_" + string(t.in.Form)
	}
	if t.in.Form == Edited && t.inactive() { // Telegram also reports edits that the person did not make
		t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: []Block{{Text: Say(reason)}}, Keys: [][]Button{{t.onward()}}})
		t.facts.Ended = true
		return
	}
	t.stale(reason)
}

// inactive reports whether no conversation is open.
func (t *turn) inactive() bool { return t.s.Phase == PhaseNew || t.s.Phase == PhaseStopped }

func (t *turn) addReply(r Reply) {
	if len(t.notices) > 0 {
		r.Blocks = append(slices.Clip(t.notices), r.Blocks...)
		t.notices = nil
	}
	t.replies = append(t.replies, r)
}

func (t *turn) notice(p Phrase) {
	t.notices = append(t.notices, Block{Style: Notice, Text: p})
}

func (t *turn) fire(event string) { t.s.Phase = t.s.Phase.after(event) }

// route returns the walk of the questions over the answers of the session. It is
// computed once until an answer changes.
func (t *turn) route() *route {
	if t.walked == nil {
		r := t.Questions.walk(t.s.Answers, t.offered)
		t.walked = &r
	}
	return t.walked
}

// offered reports whether a value is an answer to the question today.
func (t *turn) offered(query *Query, value string) bool {
	return t.accepts(query, value, t.in.Today)
}

// current returns the re-opened question or the first without an answer; nil when
// every question has one.
func (t *turn) current(r *route) *Query {
	if t.s.Open != "" && slices.Contains(r.asked, t.s.Open) {
		query, _ := t.Questions.Query(t.s.Open)
		return query
	}
	return r.next
}

// set stores an answer. Replacing one also drops the answers to questions that are
// no longer asked.
func (t *turn) set(question, value string) {
	answers := make(map[string]string, len(t.s.Answers)+1)
	maps.Copy(answers, t.s.Answers)
	answers[question] = value
	replaces := t.s.Answers[question] != ""
	if replaces {
		asked := t.Questions.walkAll(answers).asked
		maps.DeleteFunc(answers, func(id, _ string) bool {
			query, ok := t.Questions.Query(id)
			return !ok || (query.Part > 0 && !slices.Contains(asked, id))
		})
	}
	t.s.Answers = answers
	t.s.Open, t.s.Page, t.s.HalfYear, t.s.Misses = "", "", "", 0
	t.s.Rev++
	if question == idMunicipality {
		t.s.Place = false
	}
	t.walked = nil
}
