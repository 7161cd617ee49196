package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"digiwijzer/bot/app"
	"digiwijzer/flows"
	"digiwijzer/flows/advicecode"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
)

type codeCmd struct {
	contentFlag
	Code    string `arg:"" optional:"" help:"cli.help.code_code"`
	Answers string `help:"cli.help.code_answers" placeholder:"FILE"`
	Format  string `help:"cli.help.code_format" enum:"text,json" default:"text"`
	Lang    string `help:"cli.help.lang" default:"nl" placeholder:"nl"`
	Date    string `help:"cli.help.date" placeholder:"YYYY-MM-DD"`
}

// decodedCode is what a code holds; the names in JSON are a contract. Its answers can be
// given to advise.
type decodedCode struct {
	Code        string            `json:"code"`
	HalfYear    string            `json:"half_year"`
	QuestionSet int               `json:"question_set"`
	Bits        int               `json:"bits"` // of the answers other than the municipality
	Answers     map[string]string `json:"answers"`
}

// Run decodes a code, or makes one from answers. Nothing is stored.
func (cmd *codeCmd) Run(p *program) error {
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
	if (cmd.Code == "") == (cmd.Answers == "") {
		return p.BadInput("cli.bad.code_which")
	}
	text := cmd.Code
	if cmd.Answers != "" {
		if text, err = cmd.encode(p, c, today); err != nil {
			return err
		}
	}
	check, err := c.Engine.ReadCode(text)
	if err != nil {
		return p.badCode(err)
	}
	code, err := advicecode.Encode(c.Questions.Layouts, check)
	if err != nil {
		return fmt.Errorf("the code of a decoded check: %w", err)
	}
	layout, _ := c.Questions.Layouts.Find(check.Layout)
	out := decodedCode{Code: code.String(), HalfYear: check.HalfYear, QuestionSet: check.Layout, Bits: layout.Bits(), Answers: check.Answers}
	if cmd.Format == "json" {
		return json.NewEncoder(p.stdout).Encode(out)
	}
	return out.write(p.stdout, c, lang, layout, today)
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
	in, err := content.ReadCase(input)
	switch {
	case errors.Is(err, content.ErrSeveralCases):
		return "", p.BadInput("cli.bad.case_more")
	case err != nil:
		return "", p.BadInput("cli.bad.case", "Why", err.Error())
	}
	result, err := c.Engine.Advise(in.Answers, in.Incident, today)
	var bad *flows.BadAnswer
	if errors.As(err, &bad) {
		return "", app.BadInput{Err: err}
	}
	code := c.Engine.Code(result)
	if err == nil && code.Empty() {
		err = p.BadInput("cli.bad.code_none")
	}
	return code.String(), err
}

// badCode says what is wrong with a code.
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

// write writes the code in words, with the answers in the order of the questions.
func (d decodedCode) write(w io.Writer, c *content.Edition, lang string, layout advicecode.Layout, today referral.Date) error {
	_, err := fmt.Fprintf(w, "%s\n%s\n\n", d.Code, c.Texts.Text(lang, "cli.code.made",
		"When", d.HalfYear, "Set", d.QuestionSet, "Bits", d.Bits, "Most", advicecode.MaxBits))
	for _, q := range layout.Questions {
		value, answered := d.Answers[q.ID]
		if !answered || err != nil {
			continue
		}
		words := value // of a question or option that no longer exists there are none
		if id := "option." + q.ID + "." + value; c.Texts.Has(lang, id) {
			words = c.Texts.Text(lang, id)
		} else if m, ok := c.Catalogue.Region().Municipality(value, today); ok {
			words = m.Name
		} else if value == referral.DontKnow {
			words = c.Texts.Text(lang, "chat.dont_know")
		}
		topic := q.ID
		if id := "topic." + q.ID; c.Texts.Has(lang, id) {
			topic = c.Texts.Text(lang, id)
		}
		_, err = fmt.Fprintf(w, "%s: %s\n", topic, words)
	}
	return err
}
