package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"digiwijzer/bot/report"
)

// YearForms stores initiatives' own figures of a year. Each form has an address with a signature, which the coordinator
// gives to the initiative.
type YearForms interface {
	// Open returns the form that an address leads to; open is false if the address is unknown, wrong or renewed.
	Open(ctx context.Context, initiative, year, signature string) (form YearForm, open bool, err error)
	// Save stores an answer and replaces the previous one.
	Save(ctx context.Context, f report.YearForm) error
}

// YearForm is a form to fill in.
type YearForm struct {
	Initiative string // its id
	Name       string
	Year       int
	Sent       *report.YearForm // the latest answer; nil: there is none
}

// formBody is the form as a page shows it.
type formBody struct {
	Heading, Year string
	Action, Note  string
	Sent          bool // an answer was received
	Now           bool // it was received just now
	Fields        []formField
	Faults        []formField // the invalid ones
}

type formField struct {
	report.FormField
	Typed string
	Fault string // empty: none
}

// openForm returns the form of a request; if ok is false it has answered the request.
func (s *site) openForm(w http.ResponseWriter, r *http.Request) (form YearForm, ok bool) {
	unreferred(w)
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	if s.refuseOnKiosk(w, r) {
		return form, false
	}
	ctx, cancel := s.timeout(r)
	defer cancel()
	form, open, err := s.opts.YearForms.Open(ctx, r.PathValue("initiative"), r.PathValue("year"), r.PathValue("signature"))
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !open:
		s.message(w, r, http.StatusNotFound, "web.missing", "")
	}
	return form, err == nil && open
}

// yearForm shows the form with the latest answer.
func (s *site) yearForm(w http.ResponseWriter, r *http.Request) {
	form, ok := s.openForm(w, r)
	if !ok {
		return
	}
	typed := map[string]string{}
	if form.Sent != nil {
		typed = report.YearAnswers(*form.Sent)
	}
	s.showYearForm(w, r, form, http.StatusOK, typed, nil)
}

// sendYearForm receives the answers of a form. Their number is not limited: only someone with the address can send, and
// each answer replaces the previous one.
func (s *site) sendYearForm(w http.ResponseWriter, r *http.Request) {
	form, ok := s.openForm(w, r)
	if !ok {
		return
	}
	if err := r.ParseForm(); err != nil { // too large, or malformed
		s.message(w, r, http.StatusRequestEntityTooLarge, "web.yearform.unreadable", r.URL.RequestURI())
		return
	}
	answered, faults := report.ReadYearAnswers(r.PostForm.Get, s.words(s.visitor(r).lang))
	if len(faults) > 0 {
		typed := map[string]string{}
		for _, f := range report.FormFields(s.words(s.visitor(r).lang)) {
			typed[f.Name] = shownAgain(r.PostForm.Get(f.Name))
		}
		s.showYearForm(w, r, form, http.StatusUnprocessableEntity, typed, faults)
		return
	}
	answered.Initiative, answered.Year = form.Initiative, form.Year
	ctx, cancel := s.timeout(r)
	defer cancel()
	if err := s.opts.YearForms.Save(ctx, answered); err != nil {
		s.busy(w, r, err)
		return
	}
	query := r.URL.Query()
	query.Set("ontvangen", "1")
	http.Redirect(w, r, r.URL.EscapedPath()+"?"+query.Encode(), http.StatusSeeOther)
}

// words returns the texts of the form.
func (s *site) words(lang string) report.Words {
	return report.Words{Lang: lang, Text: localizer{s.opts.Texts(), lang}.T}
}

func (s *site) showYearForm(w http.ResponseWriter, r *http.Request, form YearForm, status int, typed, faults map[string]string) {
	v := s.visitor(r)
	v.conversation = "" // not part of this page
	page := s.newPage(r, v, v.lang)
	page.NoIndex = true
	page.Title = page.T("web.yearform.title", "Initiative", form.Name, "Year", strconv.Itoa(form.Year))
	words := s.words(v.lang)
	body := formBody{Heading: page.Title, Year: strconv.Itoa(form.Year), Action: r.URL.EscapedPath() + languageOf(r), Note: report.FormNote(words),
		Sent: form.Sent != nil, Now: form.Sent != nil && len(faults) == 0 && r.URL.Query().Has("ontvangen")}
	for _, f := range report.FormFields(words) {
		shown := formField{FormField: f, Typed: typed[f.Name], Fault: faults[f.Name]}
		body.Fields = append(body.Fields, shown)
		if shown.Fault != "" {
			body.Faults = append(body.Faults, shown)
		}
	}
	if len(body.Faults) > 0 {
		page.Title = page.T("web.error.title", "Title", page.Title)
	}
	page.Body = body
	s.render(w, status, "yearform", page)
}

// mostShownAgain is how much of a typed text is shown in its field again, in characters: more than a field accepts, so
// that a text that is too long can be shortened.
const mostShownAgain = 2000

func shownAgain(typed string) string {
	runes := []rune(strings.ToValidUTF8(typed, ""))
	return string(runes[:min(len(runes), mostShownAgain)])
}
