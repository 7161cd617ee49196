package content

import (
	"fmt"

	"digiwijzer/flows"
	"digiwijzer/referral"
	"encoding/json"
	"errors"
	"io"
)

// Advice is an advice in words, for other programs; its names in JSON are a contract. Scores are not
// rounded.
type Advice struct {
	Readiness     float64           `json:"readiness"`
	ReadinessLow  float64           `json:"readiness_low"`
	ReadinessHigh float64           `json:"readiness_high"`
	Impact        float64           `json:"impact"`
	ImpactLow     float64           `json:"impact_low"`
	ImpactHigh    float64           `json:"impact_high"`
	Quadrant      referral.Quadrant `json:"quadrant"`
	Border        bool              `json:"border"`
	Extra         bool              `json:"extra"`
	Indicative    bool              `json:"indicative"`
	Cyber         referral.Cyber    `json:"cyber"`
	Phase         referral.Phase    `json:"phase"`
	DII           referral.DII      `json:"dii"`
	DII4          referral.DII      `json:"dii4"` // version 4
	Card          referral.Card     `json:"card"`
	Steps         []AdviceStep      `json:"steps"`
	Closing       []AdviceStep      `json:"closing"`
	More          []AdviceStep      `json:"more"`
	Notes         []AdviceNote      `json:"notes"`
	Wish          string            `json:"wish"`   // the sentence about the help wanted; may be empty
	Topics        []AdviceTopic     `json:"topics"` // always the same eight, in the same order
	Actions       []AdviceAction    `json:"actions"`
	Benchmark     []AdviceFigure    `json:"benchmark"` // compared with others: at most two
	Change        []flows.Change    `json:"change"`    // single answers that would change the result: at most two
	Tips          []string          `json:"tips"`
	Code          string            `json:"code"` // the advice code; empty if there is none
	QuestionSet   int               `json:"question_set"`
	Scoring       int               `json:"scoring"`
}

// AdviceStep is an initiative advised and why.
type AdviceStep struct {
	ID       string `json:"id"`
	Name     string `json:"name"` // the name people read
	Rule     string `json:"rule"`
	Reason   string `json:"reason"` // in words
	Caveat   bool   `json:"caveat"` // neither verified nor standing
	Extra    bool   `json:"extra"`
	URL      string `json:"url"`      // may be empty
	Verified bool   `json:"verified"` // a person checked the record in the last 180 days
	Standing bool   `json:"standing"` // a body that exists by law
	Phone    string `json:"phone"`    // may be empty
	Ask      string `json:"ask"`      // the question to ask there, in words; may be empty
	Since    string `json:"since"`    // the last public sign: a year, a month or a day; may be empty
}

// AdviceNote is something to know about an initiative.
type AdviceNote struct {
	ID   string `json:"id"`
	Rule string `json:"rule"`
	Text string `json:"text"` // in words
}

// AdviceTopic is the result on one topic.
type AdviceTopic struct {
	ID     referral.Topic `json:"id"`
	Points float64        `json:"points"` // 0 if nothing was measured
	Level  referral.Level `json:"level"`
}

// AdviceAction is something to do oneself.
type AdviceAction struct {
	ID      string              `json:"id"`
	Topic   referral.Topic      `json:"topic"`
	Title   string              `json:"title"`
	How     string              `json:"how"`
	Minutes int                 `json:"minutes"`
	Cost    referral.ActionCost `json:"cost"`
	Source  string              `json:"source"` // the address of its first source
}

// AdviceFigure is a published figure compared with an answer.
type AdviceFigure struct {
	Text   string `json:"text"`
	Source string `json:"source"` // its name and address
}

// Case is the answers of one business, by question id, from another program.
type Case struct {
	Answers  map[string]string `json:"answers"`
	Incident bool              `json:"incident"`
}

// maxCase is the maximum size of a case in bytes, far more than it needs.
const maxCase = 1 << 20

// ErrSeveralCases is returned for input with more than one case.
var ErrSeveralCases = errors.New("more than one case")

// ReadCase decodes one case from JSON. Unknown names are an error.
func ReadCase(r io.Reader) (c Case, err error) {
	decoder := json.NewDecoder(io.LimitReader(r, maxCase))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, err
	}
	if decoder.More() {
		return c, ErrSeveralCases
	}
	return c, nil
}

// Advise returns the advice for a case on a day, in a language. The error is a
// *flows.BadAnswer for an answer that is not allowed.
func (e *Edition) Advise(lang string, c Case, today referral.Date) (Advice, error) {
	result, err := e.Engine.Advise(c.Answers, c.Incident, today)
	if err != nil {
		return Advice{}, err
	}
	return e.advice(lang, result)
}

// advice renders a result in a language.
func (e *Edition) advice(lang string, r flows.Result) (Advice, error) {
	out := Advice{
		Readiness: r.Readiness, ReadinessLow: r.ReadinessLow, ReadinessHigh: r.ReadinessHigh,
		Impact: r.Impact, ImpactLow: r.ImpactLow, ImpactHigh: r.ImpactHigh,
		Quadrant: r.Quadrant, Border: r.Border, Extra: r.Extra, Indicative: r.Indicative,
		Cyber: r.Cyber, Phase: r.Phase, DII: r.DII, DII4: r.DII4, Card: r.Advice.Card,
		Notes: []AdviceNote{}, Tips: append([]string{}, r.Tips...),
		Code: e.Engine.Code(r).String(), QuestionSet: e.Questions.Version, Scoring: e.Questions.Scale().Version,
	}
	var err error
	for _, part := range []struct {
		to   *[]AdviceStep
		from []referral.Step
	}{{&out.Steps, r.Advice.Steps}, {&out.Closing, r.Advice.Closing}, {&out.More, r.Advice.More}} {
		if *part.to, err = e.adviceSteps(lang, part.from); err != nil {
			return out, err
		}
	}
	for _, note := range r.Advice.Notes {
		text, err := e.Reason(lang, note)
		if err != nil {
			return out, err
		}
		out.Notes = append(out.Notes, AdviceNote{ID: note.Initiative.ID, Rule: note.Rule, Text: text})
	}
	return out, e.addActions(&out, lang, r)
}

// addActions adds the wish, the topics, the actions, the figures of others and what would change the
// result.
func (e *Edition) addActions(out *Advice, lang string, r flows.Result) (err error) {
	out.Topics, out.Actions = []AdviceTopic{}, []AdviceAction{}
	for _, t := range r.Topics {
		out.Topics = append(out.Topics, AdviceTopic{ID: t.Topic, Points: t.Points, Level: t.Level})
	}
	if wish, ok := e.Engine.Wish(r); ok {
		if out.Wish, err = e.Texts.Render(lang, wish); err != nil {
			return fmt.Errorf("wish: %w", err)
		}
	}
	out.Benchmark, out.Change = []AdviceFigure{}, append([]flows.Change{}, e.Engine.Changes(r)...)
	for _, c := range r.Benchmark {
		text, err := e.Texts.Render(lang, flows.Comparison(c))
		if err != nil {
			return fmt.Errorf("figure %s: %w", c.ID, err)
		}
		source, err := e.Texts.Render(lang, flows.SourceOf(c))
		if err != nil {
			return fmt.Errorf("source of figure %s: %w", c.ID, err)
		}
		out.Benchmark = append(out.Benchmark, AdviceFigure{Text: text, Source: source + " " + c.URL})
	}
	for _, a := range r.Actions {
		out.Actions = append(out.Actions, AdviceAction{
			ID: a.ID, Topic: a.Topic, Title: e.Texts.Text(lang, "action."+a.ID+".title"), How: e.Texts.Text(lang, "action."+a.ID+".how"),
			Minutes: a.Minutes, Cost: a.Cost, Source: a.Sources[0].URL,
		})
	}
	return nil
}

func (e *Edition) adviceSteps(lang string, steps []referral.Step) ([]AdviceStep, error) {
	out := []AdviceStep{}
	for _, s := range steps {
		reason, err := e.Reason(lang, s)
		if err != nil {
			return nil, err
		}
		step := AdviceStep{ID: s.Initiative.ID, Name: s.Name, Rule: s.Rule, Reason: reason, Caveat: s.Caveat, Extra: s.Extra, URL: s.URL,
			Verified: s.Verified, Standing: s.Initiative.Standing, Phone: s.Phone, Since: s.Since}
		if s.Ask != "" {
			step.Ask = e.Texts.Text(lang, s.Ask)
		}
		out = append(out, step)
	}
	return out, nil
}
