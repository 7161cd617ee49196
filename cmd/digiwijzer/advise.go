package main

import (
	"encoding/json"
	"errors"
	"io"

	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
)

type adviseCmd struct {
	contentFlag
	Lang string `help:"${cli_help_lang}" default:"nl" placeholder:"nl"`
	Date string `help:"${cli_help_date}" placeholder:"YYYY-MM-DD"`
}

// adviseInput is one case.
type adviseInput struct {
	Answers  map[string]string `json:"answers"`
	Incident bool              `json:"incident"`
}

// Run reads one case and writes the advice; nothing is stored.
func (cmd *adviseCmd) Run(p *program) error {
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	lang, err := p.language(c.Texts, cmd.Lang, "nl")
	if err != nil {
		return err
	}
	today, err := p.today(cmd.Date)
	if err != nil {
		return err
	}
	in, err := p.readCase(p.stdin)
	if err != nil {
		return err
	}
	result, err := c.Engine.Advise(in.Answers, in.Incident, today)
	var bad *flows.BadAnswer
	if errors.As(err, &bad) {
		return badInput{err}
	}
	if err != nil {
		return err
	}
	out, err := newAdviceOutput(c, lang, result)
	if err != nil {
		return err
	}
	return json.NewEncoder(p.stdout).Encode(out)
}

// maxCase is the most bytes read; a case takes far less.
const maxCase = 1 << 20

func (p *program) readCase(r io.Reader) (in adviseInput, err error) {
	decoder := json.NewDecoder(io.LimitReader(r, maxCase))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return in, p.badInput("cli.bad.case", "Why", err.Error())
	}
	if decoder.More() {
		return in, p.badInput("cli.bad.case_more")
	}
	return in, nil
}

// adviceOutput is the advice for other programs; the names are a contract. Scores are
// not rounded.
type adviceOutput struct {
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
	Card          referral.Card     `json:"card"`
	Steps         []stepOutput      `json:"steps"`
	Closing       []stepOutput      `json:"closing"`
	More          []stepOutput      `json:"more"`
	Notes         []noteOutput      `json:"notes"`
	Tips          []string          `json:"tips"`
	QuestionSet   int               `json:"question_set"`
	Scoring       int               `json:"scoring"`
}

type stepOutput struct {
	ID     string `json:"id"`
	Rule   string `json:"rule"`
	Reason string `json:"reason"` // in words
	Caveat bool   `json:"caveat"`
	Extra  bool   `json:"extra"`
	URL    string `json:"url"` // may be empty
}

type noteOutput struct {
	ID   string `json:"id"`
	Rule string `json:"rule"`
	Text string `json:"text"` // in words
}

func newAdviceOutput(c *content.Edition, lang string, r flows.Result) (adviceOutput, error) {
	out := adviceOutput{
		Readiness: r.Readiness, ReadinessLow: r.ReadinessLow, ReadinessHigh: r.ReadinessHigh,
		Impact: r.Impact, ImpactLow: r.ImpactLow, ImpactHigh: r.ImpactHigh,
		Quadrant: r.Quadrant, Border: r.Border, Extra: r.Extra, Indicative: r.Indicative,
		Cyber: r.Cyber, Phase: r.Phase, DII: r.DII, Card: r.Advice.Card,
		Notes: []noteOutput{}, Tips: append([]string{}, r.Tips...),
		QuestionSet: c.Questions.Version, Scoring: c.Questions.Scale().Version,
	}
	var err error
	for _, part := range []struct {
		to   *[]stepOutput
		from []referral.Step
	}{{&out.Steps, r.Advice.Steps}, {&out.Closing, r.Advice.Closing}, {&out.More, r.Advice.More}} {
		if *part.to, err = stepOutputs(c, lang, part.from); err != nil {
			return out, err
		}
	}
	for _, note := range r.Advice.Notes {
		text, err := c.Reason(lang, note)
		if err != nil {
			return out, err
		}
		out.Notes = append(out.Notes, noteOutput{ID: note.Initiative.ID, Rule: note.Rule, Text: text})
	}
	return out, nil
}

func stepOutputs(c *content.Edition, lang string, steps []referral.Step) ([]stepOutput, error) {
	out := []stepOutput{}
	for _, s := range steps {
		reason, err := c.Reason(lang, s)
		if err != nil {
			return nil, err
		}
		out = append(out, stepOutput{ID: s.Initiative.ID, Rule: s.Rule, Reason: reason, Caveat: s.Caveat, Extra: s.Extra, URL: s.URL})
	}
	return out, nil
}
