package main

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot/app"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// caseFlags are the flags of commands that advise one business.
type caseFlags struct {
	contentFlag
	Lang string `help:"cli.help.lang" default:"nl" placeholder:"nl"`
	Date string `help:"cli.help.date" placeholder:"YYYY-MM-DD"`
}

// check returns the language and the day, or what is wrong with the flags.
func (f caseFlags) check(p *program, texts *locales.Texts) (lang string, today referral.Date, err error) {
	if lang = f.Lang; lang == "" {
		lang = "nl"
	}
	if !slices.Contains(texts.Languages(), lang) {
		return "", "", p.BadInput("cli.bad.lang", "Value", strconv.Quote(lang), "Languages", strings.Join(texts.Languages(), ", "))
	}
	today, err = p.today(f.Date)
	return lang, today, err
}

// readCase decodes one case; the error is a BadInput.
func (p *program) readCase(from io.Reader) (content.Case, error) {
	in, err := content.ReadCase(from)
	switch {
	case errors.Is(err, content.ErrSeveralCases):
		return in, p.BadInput("cli.bad.case_more")
	case err != nil:
		return in, p.BadInput("cli.bad.case", "Why", err.Error())
	}
	return in, nil
}

// badAnswer makes a BadInput of an error that is about an answer.
func badAnswer(err error) error {
	var bad *flows.BadAnswer
	if errors.As(err, &bad) {
		return app.BadInput{Err: err}
	}
	return err
}
