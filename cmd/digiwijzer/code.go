package main

import (
	"encoding/json"
	"errors"
	"os"

	"digiwijzer/bot/app"
	"digiwijzer/flows/advicecode"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
)

type codeCmd struct {
	caseFlags
	Code    string `arg:"" optional:"" help:"cli.help.code_code"`
	Answers string `help:"cli.help.code_answers" placeholder:"FILE"`
	Format  string `help:"cli.help.code_format" enum:"text,json" default:"text"`
}

// Run decodes a code, or makes one from answers. Nothing is stored.
func (cmd *codeCmd) Run(p *program) error {
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	lang, today, err := cmd.check(p, c.Texts)
	if err != nil {
		return err
	}
	if (cmd.Code == "") == (cmd.Answers == "") {
		return p.BadInput("cli.bad.code_which")
	}
	text := cmd.Code
	if cmd.Answers != "" {
		if text, err = cmd.encode(p, c, today); err != nil {
			return err
		}
	}
	out, err := c.DecodeCode(text)
	if err != nil {
		return p.badCode(err)
	}
	if cmd.Format == "json" {
		return json.NewEncoder(p.stdout).Encode(out)
	}
	return out.Write(p.stdout, c, lang, today)
}

// encode returns the code of the answers in a file, or of standard input for "-".
func (cmd *codeCmd) encode(p *program, c *content.Edition, today referral.Date) (string, error) {
	input := p.stdin
	if cmd.Answers != "-" {
		file, err := os.Open(cmd.Answers)
		if err != nil {
			return "", app.BadInput{Err: err}
		}
		defer file.Close()
		input = file
	}
	in, err := p.readCase(input)
	if err != nil {
		return "", err
	}
	result, err := c.Engine.Advise(in.Answers, in.Incident, today)
	if err != nil {
		return "", badAnswer(err)
	}
	code := c.Engine.Code(result)
	if code.Empty() {
		return "", p.BadInput("cli.bad.code_none")
	}
	return code.String(), nil
}

// badCode describes what is wrong with a code.
func (p *program) badCode(err error) error {
	var length *advicecode.LengthError
	switch {
	case errors.As(err, &length):
		return p.BadInput("code.length", "Count", length.Characters, "Of", advicecode.Characters)
	case errors.Is(err, advicecode.ErrNoCode):
		return p.BadInput("code.none")
	case errors.Is(err, advicecode.ErrUnknownLayout):
		return p.BadInput("code.unknown")
	}
	return p.BadInput("code.typo")
}
