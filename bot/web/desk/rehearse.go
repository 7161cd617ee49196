package desk

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
)

// rehearseBody is a business and a day, and the advice it would get.
type rehearseBody struct {
	Questions []field
	Date      string
	Lang      string
	Advice    *content.Advice
	Quadrant  string
	Fault     string
	Languages []option
}

// neededAnswers are the questions without which there is no advice, with an example business.
var neededAnswers = map[string]string{"size": "2", "sector": "horeca", "municipality": "GM0355"}

// rehearse shows the advice that a business would get on a day, with the draft.
func (d *Desk) rehearse(r *request) {
	q := r.URL.Query()
	body := rehearseBody{Date: q.Get("datum"), Lang: q.Get("taal")}
	asked := q.Has("datum")
	if _, err := time.Parse(time.DateOnly, body.Date); err != nil {
		body.Date = string(d.today())
	}
	for _, lang := range r.work.texts.Languages {
		body.Languages = append(body.Languages, option{lang, r.words.Texts.Text(lang, "language.name"), lang == body.Lang})
	}
	if !slices.Contains(r.work.texts.Languages, body.Lang) {
		body.Lang = wordings.Dutch
	}
	answers := map[string]string{}
	for _, rec := range r.work.records(kindOf("vragen")) {
		if rec.value.FieldByName("Part").Int() == 0 {
			continue
		}
		value := q.Get("a." + rec.id)
		if !asked {
			value = neededAnswers[rec.id]
		}
		if value != "" {
			answers[rec.id] = value
		}
		body.Questions = append(body.Questions, d.rehearseQuestion(r, rec, value))
	}
	if asked {
		d.adviseOn(r, &body, answers)
	}
	if r.err == nil {
		d.show(r, http.StatusOK, "rehearse", r.words.T("desk.rehearse.title"), body)
	}
}

func (d *Desk) rehearseQuestion(r *request, rec record, value string) field {
	list := r.work.set.answersTo(rec.id)
	if rec.id == "municipality" {
		list = r.work.set.sets["municipality"]
		list = append(list[:len(list):len(list)], option{Value: referral.Outside, Text: r.words.T("desk.rehearse.outside")})
	}
	f := field{Name: "a." + rec.id, Label: r.work.set.name(rec), As: asChoice}
	for _, o := range list {
		o.On = o.Value == value
		f.Options = append(f.Options, o)
	}
	return f
}

// adviseOn adds the advice on answers.
func (d *Desk) adviseOn(r *request, body *rehearseBody, answers map[string]string) {
	edition, err := load(r.draft)
	if err != nil {
		body.Fault = r.words.T("desk.rehearse.faulty")
		return
	}
	advice, err := edition.Advise(body.Lang, content.Case{Answers: answers}, referral.Date(body.Date))
	var bad *flows.BadAnswer
	switch {
	case errors.As(err, &bad):
		body.Fault = r.words.T("desk.rehearse.bad", "Question", bad.Question)
	case err != nil:
		r.err = err
	default:
		body.Advice, body.Quadrant = &advice, r.words.T("desk.value.quadrant."+string(advice.Quadrant))
	}
}
