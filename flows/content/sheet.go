package content

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/flows/advicecode"
	"digiwijzer/referral"
)

// Sheet is what an adviser is shown of the check in an advice code, in words: the business, the result by
// today's rules, what to ask next, and what changed since. It contains nothing that is not in the code
// and the content.
type Sheet struct {
	Advice
	Lang string
	// HalfYear is that of the code, such as "2026H2"; Older reports that it is over.
	HalfYear string
	Older    bool

	Who, Size, Sector, Place  string // Place is empty outside the region
	Result                    string // the name of the quadrant
	WishGiven, ObstacleGiven  string // in the person's words, as options; may be empty
	Own                       string // the own impression, as an option; may be empty
	Levels                    []SheetLevel
	Ask                       []SheetQuestion // the most important first
	Help                      []SheetHelp     // what was advised, the steps first
	Offers                    []SheetHelp     // other help of the region, the nearest first
	WouldChange, ChangedSince []string        // in sentences
	Answers                   []SheetAnswer   // all that were given, in the order of the questions
}

// SheetLevel is the result on one topic and the answers that it follows from.
type SheetLevel struct {
	ID     referral.Topic
	Name   string
	Level  string // in a word or two
	Filled int    // of three blocks; 0: nothing was measured
	Given  string
}

// SheetQuestion is a question for the adviser to ask.
type SheetQuestion struct {
	About string // the topic or obstacle; empty: the business as a whole
	Text  string
	Why   string // what the answer is useful for
	Given string // the answer to the check that it follows from; may be empty
}

// SheetHelp is an initiative.
type SheetHelp struct {
	Name, Pitch, URL, Phone string   // URL and Phone may be empty
	Because                 []string // the answers that fired the rule
	Reason                  string   // the sentence that the person read; empty for Offers
	Rule                    string   // its id; empty for Offers
	Trust                   string   // how certain it is that the help exists
	Ask                     string   // the question that the person was advised to ask there; may be empty
	Step                    bool     // one of the steps, not what closes the advice
}

// SheetAnswer is an answer with its question in a few words.
type SheetAnswer struct{ Topic, Given string }

// ErrNoSheet is returned for a check that the questions in use cannot place: it lacks the size,
// the sector or the municipality.
var ErrNoSheet = errors.New("the check does not say which business it is about")

// Sheet returns the sheet of a check on a day, in a language. Answers to questions and with
// options that this edition does not have are left out.
func (e *Edition) Sheet(lang string, c advicecode.Check, today referral.Date) (Sheet, error) {
	r, err := e.Engine.AdviseCode(c, today)
	if err != nil {
		return Sheet{}, fmt.Errorf("%w: %w", ErrNoSheet, err)
	}
	s := Sheet{Lang: lang, HalfYear: c.HalfYear, Older: c.HalfYear < referral.HalfYear(today)}
	if s.Advice, err = e.advice(lang, r); err != nil {
		return s, err
	}
	w := words{e, lang}
	w.who(&s, r)
	w.levels(&s, r)
	w.interview(&s, r)
	w.help(&s, r)
	for _, change := range e.Engine.Changes(r) {
		s.WouldChange = append(s.WouldChange, w.change(r, change)...)
	}
	s.ChangedSince = w.changedSince(c, r)
	return s, nil
}

// ReadCode reads the advice code in a text; see advicecode.Decode for the errors.
func (e *Edition) ReadCode(text string) (advicecode.Check, error) {
	return e.Engine.ReadCode(text)
}

// CodeOf returns the advice code of a check.
func (e *Edition) CodeOf(c advicecode.Check) (advicecode.Code, error) {
	return advicecode.Encode(e.Questions.Layouts, c)
}

// words renders in one language.
type words struct {
	*Edition
	lang string
}

func (w words) text(id string, pairs ...any) string { return w.Texts.Text(w.lang, id, pairs...) }
func (w words) has(id string) bool                  { return w.Texts.Has(w.Texts.Languages()[0], id) }

func (w words) phrase(p flows.Phrase) string {
	text, err := w.Texts.Render(w.lang, p)
	if err != nil {
		return "[" + p.ID + "]" // as Texts.Text does, so that the missing text is visible
	}
	return text
}

// option returns an answer in words: the text for advisers if there is one, since the options are worded
// for the person.
func (w words) option(question, value string) string {
	own := "adviser.option." + question + "." + value
	switch {
	case value == "":
		return ""
	case w.has(own):
		return w.text(own)
	case value == referral.DontKnow:
		return w.text("chat.dont_know")
	}
	if m, ok := w.Catalogue.Region().Municipality(value, referral.MaxDate); ok {
		return m.Name
	}
	return w.text("option." + question + "." + value)
}

// topic returns a question in a few words.
func (w words) topic(question string) string {
	if own := "adviser.topic." + question; w.has(own) {
		return w.text(own)
	}
	return w.text("topic." + question)
}

// who describes the business and what it wants.
func (w words) who(s *Sheet, r flows.Result) {
	s.Size, s.Sector = w.option("size", r.Answers["size"]), w.option("sector", r.Sector)
	s.Who = w.text("adviser.who_outside", "Sector", s.Sector, "Size", s.Size)
	if r.Municipality != referral.Outside {
		s.Place = w.option("municipality", r.Municipality)
		s.Who = w.text("adviser.who", "Sector", s.Sector, "Size", s.Size, "Place", s.Place)
	}
	s.Result = w.text("quadrant." + string(r.Quadrant) + ".title")
	s.WishGiven = w.option("help_wanted", r.Answers["help_wanted"])
	s.ObstacleGiven = w.option("obstacle", r.Answers["obstacle"])
	s.Own = w.option("self_image", r.Answers["self_image"])
	for _, q := range w.Questions.Questions {
		if value := r.Answers[q.ID]; q.Part > 0 && value != "" {
			given := w.option(q.ID, value)
			if q.ID == "municipality" {
				given = cmp.Or(s.Place, given)
			}
			s.Answers = append(s.Answers, SheetAnswer{Topic: w.topic(q.ID), Given: given})
		}
	}
}

func (w words) levels(s *Sheet, r flows.Result) {
	for _, t := range r.Topics {
		s.Levels = append(s.Levels, SheetLevel{
			ID: t.Topic, Name: w.text("result.topic." + string(t.Topic)), Level: w.text("result.level." + string(t.Level)),
			Filled: t.Level.Blocks(), Given: w.given(r, t.Topic),
		})
	}
}

// given returns the answers on a topic; where it has several questions, with these.
func (w words) given(r flows.Result, t referral.Topic) string {
	var parts []string
	questions := t.Questions()
	for _, q := range questions {
		answer := w.option(q, r.Answers[q])
		switch {
		case answer == "":
			continue
		case len(questions) > 1:
			answer = w.text("adviser.given", "Topic", w.topic(q), "Given", answer)
		}
		parts = append(parts, answer)
	}
	return strings.Join(parts, ". ")
}

func (w words) interview(s *Sheet, r flows.Result) {
	for _, q := range w.Catalogue.Interview(r.Case) {
		ask := SheetQuestion{Text: w.text("interview." + q.ID + ".text"), Why: w.text("interview." + q.ID + ".why")}
		switch {
		case q.Topic != "":
			ask.About, ask.Given = w.text("result.topic."+string(q.Topic)), w.given(r, q.Topic)
			if asked := slices.Collect(maps.Keys(q.When)); len(asked) == 1 { // the one answer instead of all of the topic
				ask.Given = w.text("adviser.given", "Topic", w.topic(asked[0]), "Given", w.option(asked[0], r.Answers[asked[0]]))
			}
		case q.Obstacle != "":
			ask.About = w.topic("obstacle")
			ask.Given = w.text("adviser.given", "Topic", ask.About, "Given", s.ObstacleGiven)
		}
		s.Ask = append(s.Ask, ask)
	}
}

func (w words) help(s *Sheet, r flows.Result) {
	shown := map[string]bool{}
	for i, list := range [][]referral.Step{r.Advice.Steps, r.Advice.Closing} {
		for _, step := range list {
			h := w.helpOf(step)
			h.Step, h.Rule, h.Reason = i == 0, step.Rule, w.phrase(w.Engine.Reason(step))
			for _, b := range step.Because {
				h.Because = append(h.Because, w.text("adviser.given", "Topic", w.topic(b.Question), "Given", w.option(b.Question, b.Value)))
			}
			if step.Ask != "" {
				h.Ask = w.text(step.Ask)
			}
			shown[step.Initiative.ID] = true
			s.Help = append(s.Help, h)
		}
	}
	for _, step := range w.Catalogue.Offers(r.Case) {
		if !shown[step.Initiative.ID] {
			s.Offers = append(s.Offers, w.helpOf(step))
		}
	}
}

func (w words) helpOf(step referral.Step) SheetHelp {
	return SheetHelp{
		Name: step.Name, Pitch: w.text("initiative." + step.Initiative.ID + ".pitch"), URL: step.URL, Phone: step.Phone,
		Trust: w.phrase(flows.TrustOf(step)),
	}
}

// change describes what one other answer would lead to.
func (w words) change(r flows.Result, c flows.Change) []string {
	args := []any{"Topic", w.topic(c.Question), "Option", w.option(c.Question, c.Option), "Quadrant", w.text("quadrant." + string(c.Quadrant) + ".title")}
	initiative, isStep := w.Catalogue.Initiative(c.FirstStep)
	otherStep := isStep && (len(r.Advice.Steps) == 0 || c.FirstStep != r.Advice.Steps[0].Initiative.ID)
	if otherStep {
		args = append(args, "Name", initiative.Name)
	}
	switch {
	case c.Quadrant != r.Quadrant && otherStep:
		return []string{w.text("adviser.change.both", args...)}
	case c.Quadrant != r.Quadrant:
		return []string{w.text("adviser.change.quadrant", args...)}
	case otherStep:
		return []string{w.text("adviser.change.step", args...)}
	}
	return nil // a result without a step is left out
}

// changedSince describes the known changes in questions and offers since the half-year of a code.
func (w words) changedSince(c advicecode.Check, r flows.Result) (lines []string) {
	if c.Layout != w.Questions.Version {
		lines = append(lines, w.text("adviser.since.questions", "Then", c.Layout, "Now", w.Questions.Version))
	}
	first := referral.HalfYearStart(c.HalfYear)
	if first == "" {
		return lines
	}
	for _, change := range w.Catalogue.OfferChanges(r.Case, first) {
		when := w.phrase(flows.MonthOf(string(change.Day)))
		lines = append(lines, w.text("adviser.since."+string(change.Kind), "Name", change.Initiative.Name, "When", when))
	}
	return lines
}
