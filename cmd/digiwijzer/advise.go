package main

import (
	"encoding/json"
	"errors"
	"io"

	"digiwijzer/flows"
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
	out, err := c.Advice(lang, result)
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
