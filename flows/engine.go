package flows

import (
	"maps"
	"slices"

	"digiwijzer/referral"
)

// Content is everything the conversation is made of. All of it is data; none of it
// changes while an engine uses it.
type Content struct {
	Questions *Questionnaire
	Catalogue *referral.Catalogue
	Languages []string           // the first is the one used when nothing else is known
	Partners  map[string]Partner // by code
	ID        string             // short hash of the content, kept with every outcome

	// Words gives a text, or "" where there is none. It serves to recognise what people
	// type and to see which options have a short label; what is said goes out as phrases.
	Words func(lang, id string) string
}

// MaxText is how many runes of a typed text are looked at.
const MaxText = 200

// Engine holds a conversation with anyone. It keeps nothing: all of a conversation
// is in the session that goes in and comes out. Safe for use from many goroutines.
type Engine struct {
	Content
	forms     map[string]*form
	words     map[string]*vocabulary
	switchers map[string][]Button // per language, the buttons of the others
}

// NewEngine prepares an engine for the content.
func NewEngine(c Content) *Engine {
	e := &Engine{Content: c, forms: map[string]*form{}, words: map[string]*vocabulary{}, switchers: map[string][]Button{}}
	for _, query := range c.Questions.Questions {
		e.forms[query.ID] = newForm(query, c.Languages, c.Words)
	}
	for _, lang := range c.Languages {
		e.words[lang] = newVocabulary(c.Questions, lang, c.Words)
		e.switchers[lang] = e.newSwitchers(lang)
	}
	return e
}

// Step takes a session and what a person did, and returns what follows. It is pure
// and total: the session given is not changed, any session with any input leads to at
// least one reply, and the same input always leads to the same turn.
func (e *Engine) Step(s Session, in Input) Turn {
	t := &turn{Engine: e, s: e.repair(s, in), in: in}
	t.run()
	return Turn{Session: t.s, Replies: t.replies, Facts: t.facts}
}

// Pending returns the id of the current question of an unfinished conversation; empty
// where there is a result, or nothing begun.
func (e *Engine) Pending(s Session) string {
	s.Phase = s.Phase.known()
	if s.Phase == PhaseNew || s.Phase == PhaseStopped || s.Outcome {
		return ""
	}
	known := func(query *Query, value string) bool { return query.OptionsFrom != "" || query.has(value) }
	r := e.Questions.walk(s.Answers, known)
	switch {
	case r.next == nil:
		return ""
	case e.asksSource(s, &r):
		return SourceQuestion
	}
	return r.next.ID
}

// turn is one Step under way.
type turn struct {
	*Engine
	s       Session
	in      Input
	replies []Reply
	facts   Facts
	notices []Block // what the next reply begins with
	walked  *route
}

// repair makes any stored session usable: unknown phases and languages fall back.
// Answers that today's content does not know are passed over by the walk.
func (e *Engine) repair(s Session, in Input) Session {
	s.Phase = s.Phase.known()
	if !slices.Contains(e.Languages, s.Lang) {
		s.Lang, s.LangSet = e.language("", in.Lang), false
	}
	if s.Channel == "" {
		s.Channel = in.Channel
	}
	s.TryOut = s.TryOut || in.TryOut || s.Partner == TestPartner
	return s
}

// language picks the first of the wishes that is a language we have.
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
		t.stale("chat.strange")
	}
}

// fresh tells whether there is no conversation yet, or none any more.
func (t *turn) fresh() bool { return t.s.Phase == PhaseNew || t.s.Phase == PhaseStopped }

func (t *turn) say(r Reply) {
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

// route walks the questions over the answers of this session. The walk is kept until
// an answer changes.
func (t *turn) route() *route {
	if t.walked == nil {
		r := t.Questions.walk(t.s.Answers, t.offered)
		t.walked = &r
	}
	return t.walked
}

// offered tells whether a value can be an answer to the question today.
func (t *turn) offered(query *Query, value string) bool {
	if query.OptionsFrom != fromMunicipalities {
		return query.has(value)
	}
	if value == referral.Outside {
		return true
	}
	_, ok := t.Catalogue.Region().Municipality(value, t.in.Today)
	return ok
}

// current is the question that is asked now: the one re-opened, or the first without
// an answer; nil when there is none left.
func (t *turn) current(r *route) *Query {
	if t.s.Open != "" && slices.Contains(r.asked, t.s.Open) {
		query, _ := t.Questions.Query(t.s.Open)
		return query
	}
	return r.next
}

// set gives an answer. One that replaces another drops the answers that it makes idle.
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
	t.s.Open, t.s.Page = "", ""
	t.s.Rev++
	if question == idMunicipality {
		t.s.Place = false
	}
	if r := t.walked; r != nil && !replaces && r.next != nil && r.next.ID == question {
		t.Questions.walkOn(r, answers, t.offered)
		return
	}
	t.walked = nil
}
