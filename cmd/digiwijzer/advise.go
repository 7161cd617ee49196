package main

import (
	"encoding/json"
	"errors"

	"digiwijzer/bot/app"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
)

type adviseCmd struct {
	contentFlag
	Lang string `help:"cli.help.lang" default:"nl" placeholder:"nl"`
	Date string `help:"cli.help.date" placeholder:"YYYY-MM-DD"`
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
	in, err := content.ReadCase(p.stdin)
	switch {
	case errors.Is(err, content.ErrSeveralCases):
		return p.BadInput("cli.bad.case_more")
	case err != nil:
		return p.BadInput("cli.bad.case", "Why", err.Error())
	}
	out, err := c.Advise(lang, in, today)
	var bad *flows.BadAnswer
	if errors.As(err, &bad) {
		return app.BadInput{Err: err}
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(p.stdout).Encode(out)
}
