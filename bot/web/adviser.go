package web

import (
	"context"
	"errors"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"digiwijzer/bot/draw"
	"digiwijzer/flows/advicecode"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
)

// The pages for advisers: a business owner's code is entered, and its content is shown on one sheet.
// Guessing codes is not limited: a guess that passes the checksum is a check that nobody did, and reveals
// nothing about anyone.

const (
	adviserPath = "/adviseur"
	sheetPath   = "/adviseur/beeld"
)

// codeFault describes what is wrong with a text that is not a code.
func (l localizer) codeFault(text string, err error) string {
	var length *advicecode.LengthError
	switch {
	case strings.TrimFunc(text, unicode.IsSpace) == "":
		return l.T("adviser.error.empty")
	case errors.As(err, &length):
		return l.T("adviser.error.length", "N", length.Characters)
	case errors.Is(err, advicecode.ErrUnknownLayout), errors.Is(err, content.ErrNoSheet):
		return l.T("adviser.error.unknown")
	case errors.Is(err, advicecode.ErrNoCode):
		return l.T("adviser.error.none")
	}
	return l.T("adviser.error.typo")
}

// codeEntry is a page on which a code is entered.
type codeEntry struct{ page, title string }

var (
	adviserEntry = codeEntry{page: "adviser", title: "adviser.enter.title"}
	personEntry  = codeEntry{page: "code", title: "web.code.title"}
)

// enterBody is the form in which a code is entered.
type enterBody struct{ Expired bool }

// adviserForm shows the form. /a is the same page: the script reads the code from the
// fragment of its address, which no server sees.
func (s *site) adviserForm(w http.ResponseWriter, r *http.Request) {
	if s.refuseOnKiosk(w, r) {
		return
	}
	if r.URL.Path != adviserPath {
		unreferred(w)
	}
	s.showEnter(w, r, adviserEntry, http.StatusOK, enterBody{Expired: r.URL.Query().Has("verlopen")}, "", "")
}

// refuseOnKiosk refuses on a device for visitors, where the next visitor could find the code.
func (s *site) refuseOnKiosk(w http.ResponseWriter, r *http.Request) bool {
	if !s.visitor(r).kiosk.on {
		return false
	}
	s.message(w, r, http.StatusOK, "adviser.kiosk", "")
	return true
}

// showEnter shows a form for a code, with the fault of the one typed.
func (s *site) showEnter(w http.ResponseWriter, r *http.Request, entry codeEntry, status int, body enterBody, typed, fault string) {
	page, err := s.textPage(w, r)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	page.Title, page.Body = page.T(entry.title), body
	page.Error, page.Typed = fault, typed
	if fault != "" {
		page.Title = page.T("web.error.title", "Title", page.Title)
	}
	s.render(w, status, entry.page, page)
}

// openSheet reads the code of a form and redirects to its sheet.
func (s *site) openSheet(w http.ResponseWriter, r *http.Request) {
	unreferred(w)
	if s.refuseOnKiosk(w, r) {
		return
	}
	check, ok := s.enteredCode(w, r, adviserEntry)
	if !ok {
		return
	}
	if s.opts.TryOut {
		// Visitors of a trial are testers.
	} else if err := s.opts.Opened(r.Context()); err != nil && !errors.Is(err, context.Canceled) {
		s.opts.Log.Error("counting opened code failed", "error", err) // the adviser still gets the sheet
	}
	if err := s.keepCode(w, check); err != nil {
		s.busy(w, r, err)
		return
	}
	http.Redirect(w, r, sheetPath+languageOf(r), http.StatusSeeOther)
}

// enteredCode returns the check of the code in a form; if ok is false it has answered the request.
func (s *site) enteredCode(w http.ResponseWriter, r *http.Request, entry codeEntry) (check advicecode.Check, ok bool) {
	f := s.parse(r)
	typed := r.PostForm.Get("code")
	l := localizer{s.opts.Texts(), s.sender(r, f).lang}
	check, err := s.opts.Edition().ReadCode(typed)
	if err == nil {
		_, err = s.sheet(l.lang, check)
	}
	if err != nil {
		s.showEnter(w, r, entry, http.StatusUnprocessableEntity, enterBody{}, shortened(typed), l.codeFault(typed, err))
		return check, false
	}
	return check, true
}

// maxCodeTyped is how much of a mistyped code is shown in the field again.
const maxCodeTyped = 80

func shortened(typed string) string {
	runes := []rune(strings.ToValidUTF8(typed, ""))
	return string(runes[:min(len(runes), maxCodeTyped)])
}

func (s *site) sheet(lang string, check advicecode.Check) (content.Sheet, error) {
	return s.opts.Edition().Sheet(lang, check, referral.DayOf(s.opts.Clock.Now()))
}

// showSheet shows the sheet of the code in the cookie.
func (s *site) showSheet(w http.ResponseWriter, r *http.Request) {
	unreferred(w)
	if s.refuseOnKiosk(w, r) {
		return
	}
	v := s.visitor(r)
	v.conversation = ""
	check, code, ok := s.keptCode(r)
	if !ok {
		http.Redirect(w, r, adviserPath+"?verlopen=1", http.StatusSeeOther)
		return
	}
	sheet, err := s.sheet(v.lang, check)
	if err != nil { // the content changed in between
		s.showEnter(w, r, adviserEntry, http.StatusOK, enterBody{}, "", localizer{s.opts.Texts(), v.lang}.codeFault(code, err))
		return
	}
	page := s.newPage(r, v, v.lang)
	page.NoIndex = true
	page.Title, page.Body = page.T("adviser.title"), s.sheetBody(page.localizer, sheet, code)
	s.render(w, http.StatusOK, "sheet", page)
}

// sheetBody is a sheet as shown on a page.
type sheetBody struct {
	content.Sheet
	First       []content.SheetQuestion // for the start of the conversation
	Rest        []askedGroup
	Scores      string // the result in a line
	When        string // the half-year in words
	Since       string // known changes since then
	Code, Short string
	Made        string
	Figure      template.HTML
	Durations   []string // of the actions
}

// askedGroup is questions about one subject.
type askedGroup struct {
	About     string // empty: the business as a whole
	Questions []content.SheetQuestion
}

// grouped returns questions by what they are about, in order of the first of each.
func grouped(questions []content.SheetQuestion) (groups []askedGroup) {
	for _, q := range questions {
		at := slices.IndexFunc(groups, func(g askedGroup) bool { return g.About == q.About })
		if at < 0 {
			at, groups = len(groups), append(groups, askedGroup{About: q.About})
		}
		groups[at].Questions = append(groups[at].Questions, q)
	}
	return groups
}

// firstQuestions is how many questions open the conversation.
const firstQuestions = 3

func (s *site) sheetBody(l localizer, sheet content.Sheet, code string) sheetBody {
	b := sheetBody{Sheet: sheet, Code: code, Short: code[:9] + "-…-" + code[len(code)-4:]}
	b.First = sheet.Ask[:min(firstQuestions, len(sheet.Ask))]
	b.Rest = grouped(sheet.Ask[len(b.First):])
	year, half, _ := strings.Cut(sheet.HalfYear, "H")
	b.When = l.T("adviser.half.H"+half, "Year", year)
	b.Since = l.T("adviser.since.now")
	if sheet.Older {
		b.Since = l.T("adviser.since.older")
	}
	b.Made = l.T("adviser.printed", "Code", code, "Date", l.date(s.opts.Clock.Now()))
	b.Scores = sheet.Result + "."
	picture := draw.Quadrant{Readiness: sheet.Readiness, Impact: sheet.Impact, Quadrant: string(sheet.Quadrant), Border: sheet.Border}
	if picture.Known() {
		b.Scores = l.T("adviser.scores", "Quadrant", sheet.Result, "Impact", rounded(sheet.Impact), "Readiness", rounded(sheet.Readiness))
		b.Figure = s.figure(picture.AdviserScene(l.texts, l.lang))
	}
	for _, a := range sheet.Actions {
		b.Durations = append(b.Durations, l.T("adviser.actions.terms", "Minutes", a.Minutes, "Cost", l.T("result.cost."+string(a.Cost))))
	}
	return b
}

func rounded(score float64) string { return strconv.Itoa(int(math.Round(score))) }
