package content

import (
	"digiwijzer/flows/advicecode"
	"digiwijzer/referral"
	"fmt"
	"io"
)

// DecodedCode is the contents of an advice code; the names in JSON are a contract. Its answers are
// valid input for the command advise.
type DecodedCode struct {
	Code        string            `json:"code"`
	HalfYear    string            `json:"half_year"`
	QuestionSet int               `json:"question_set"`
	Bits        int               `json:"bits"` // of the answers other than the municipality
	Answers     map[string]string `json:"answers"`

	layout advicecode.Layout
}

// DecodeCode decodes the advice code in a text; see advicecode.Decode for the errors.
func (e *Edition) DecodeCode(text string) (d DecodedCode, err error) {
	check, err := e.Engine.ReadCode(text)
	if err != nil {
		return d, err
	}
	code, err := advicecode.Encode(e.Questions.Layouts, check)
	if err != nil {
		return d, fmt.Errorf("the code of a decoded check: %w", err)
	}
	layout, _ := e.Questions.Layouts.Find(check.Layout)
	return DecodedCode{Code: code.String(), HalfYear: check.HalfYear, QuestionSet: check.Layout, Bits: layout.Bits(), Answers: check.Answers, layout: layout}, nil
}

// Write writes the code in words, with the answers in the order of the questions.
func (d DecodedCode) Write(w io.Writer, e *Edition, lang string, today referral.Date) error {
	_, err := fmt.Fprintf(w, "%s\n%s\n\n", d.Code, e.Texts.Text(lang, "cli.code.made",
		"When", d.HalfYear, "Set", d.QuestionSet, "Bits", d.Bits, "Most", advicecode.MaxBits))
	for _, q := range d.layout.Questions {
		value, answered := d.Answers[q.ID]
		if !answered || err != nil {
			continue
		}
		words := value // a question or option that no longer exists has none
		if id := "option." + q.ID + "." + value; e.Texts.Has(lang, id) {
			words = e.Texts.Text(lang, id)
		} else if m, ok := e.Catalogue.Region().Municipality(value, today); ok {
			words = m.Name
		} else if value == referral.DontKnow {
			words = e.Texts.Text(lang, "chat.dont_know")
		}
		topic := q.ID
		if id := "topic." + q.ID; e.Texts.Has(lang, id) {
			topic = e.Texts.Text(lang, id)
		}
		_, err = fmt.Fprintf(w, "%s: %s\n", topic, words)
	}
	return err
}
