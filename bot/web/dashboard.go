package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"digiwijzer/bot/admission"
	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/frame"
)

// Dashboard is the configuration of the coordinators' pages under /werkgroep.
type Dashboard struct {
	// Token is the SHA-256 of the token that opens the pages, until UseToken replaces it; zero: there is none,
	// and only people who signed in have access.
	Token [sha256.Size]byte
	newer atomic.Pointer[[sha256.Size]byte]
	// Demo: all figures are invented. Everybody may see them, and every page of the site is marked.
	Demo bool
	// Staff makes the pages.
	Staff Staff
	// Person returns who signed in; nil: nobody can.
	Person func(r *http.Request) (staff.Person, bool)
	// SignIn is the address of the sign-in page; empty: there is none.
	SignIn string
	// Sections returns the other pages that a person may see; nil: there are none.
	Sections func(p staff.Person, words frame.Words) []frame.Link
}

// UseToken replaces the token at run time, and ends every session.
func (d *Dashboard) UseToken(token [sha256.Size]byte) { d.newer.Store(&token) }

// token returns the SHA-256 of the token that opens the pages now.
func (d *Dashboard) token() [sha256.Size]byte {
	if newer := d.newer.Load(); newer != nil {
		return *newer
	}
	return d.Token
}

// HasToken reports whether there is a token to log in with.
func (d *Dashboard) HasToken() bool { return d.token() != [sha256.Size]byte{} }

// Staff makes the figures and pages for coordinators. *staff.Pages is one.
type Staff interface {
	// Figures returns the figures of a week, a quarter or the recent weeks; for one that does
	// not exist the error is staff.ErrNoPeriod.
	Figures(ctx context.Context, r staff.Request) (report.Rendering, error)
	// ClosedQuarters returns which of the latest n quarters have figures, the newest first.
	ClosedQuarters(ctx context.Context, n int) ([]string, error)
	// Page makes a page.
	Page(ctx context.Context, r staff.Request) (staff.Page, error)
}

var _ Staff = (*staff.Pages)(nil)

// period is an ISO week such as "2026-W47", a quarter such as "2026Q3", a year or a range of
// weeks; with all empty, the recent weeks. Its fields are query parameters.
type period struct {
	Week, Quarter, Year, From, To string
	Exact                         bool // exact figures, not to be passed on
}

// request returns the request for the figures of the period.
func (p period) request(lang string) staff.Request {
	r := p.sharedRequest(lang)
	if p.Exact {
		return r.Exact()
	}
	return r
}

// sharedRequest returns the request for the figures that may be passed on.
func (p period) sharedRequest(lang string) staff.Request {
	switch {
	case p.Quarter != "":
		return staff.Request{Page: staff.Quarter, About: p.Quarter, Lang: lang}
	case p.Year != "":
		return staff.Request{Page: staff.Year, About: p.Year, Lang: lang}
	case p.From != "" || p.To != "":
		return staff.Request{Page: staff.Weeks, About: p.From + staff.RangeSeparator + p.To, Lang: lang}
	case p.Week != "":
		return staff.Request{Page: staff.Week, About: p.Week, Lang: lang}
	}
	return staff.Request{Page: staff.Recent, Lang: lang}
}

// quartersShown is how many quarters the overview looks back: two years.
const quartersShown = 8

// dashboard serves the coordinators' pages.
type dashboard struct {
	*site
	sessions *sessions
	guesses  *admission.Attempts
}

// dashboard adds the routes of the dashboard.
func (s *site) dashboard(mux *http.ServeMux) *dashboard {
	d := &dashboard{site: s, sessions: newSessions(s.opts.Clock), guesses: admission.NewAttempts()}
	mux.HandleFunc("GET /werkgroep", d.noIndex(d.overview))
	mux.HandleFunc("POST /werkgroep", d.noIndex(d.logIn))
	mux.HandleFunc("POST /werkgroep/uitloggen", d.noIndex(d.logOut))
	mux.HandleFunc("GET /werkgroep/cijfers", d.noIndex(d.requireSession(d.figures)))
	mux.HandleFunc("GET /werkgroep/cijfers/{form}", d.noIndex(d.requireSession(d.download)))
	return d
}

// noIndex tells search engines not to index a page.
func (d *dashboard) noIndex(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Robots-Tag", "noindex, nofollow")
		next(w, r)
	}
}

// requireSession redirects visitors without a session to the login form.
func (d *dashboard) requireSession(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !d.loggedIn(r) {
			http.Redirect(w, r, "/werkgroep", http.StatusSeeOther)
			return
		}
		next(w, r)
	}
}

// person returns who signed in.
func (d *dashboard) person(r *http.Request) (p staff.Person, ok bool) {
	if d.opts.Dashboard.Person == nil {
		return p, false
	}
	return d.opts.Dashboard.Person(r)
}

// logIn checks the token. It compares before it limits, so that guessing cannot lock others out; the length
// of the token protects against guessing.
func (d *dashboard) logIn(w http.ResponseWriter, r *http.Request) {
	// Hashed, so that the time reveals neither the length nor a prefix of the token.
	given := sha256.Sum256([]byte(strings.TrimSpace(r.PostFormValue("token"))))
	want := d.opts.Dashboard.token()
	if !d.opts.Dashboard.HasToken() || subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		d.refuse(w, r)
		return
	}
	id, name := d.sessions.begin(want)
	d.setSession(w, id, sessionAge)
	d.audit(name, "login")
	http.Redirect(w, r, "/werkgroep"+languageOf(r), http.StatusSeeOther)
}

// refuse answers a wrong token.
func (d *dashboard) refuse(w http.ResponseWriter, r *http.Request) {
	if !d.guesses.Allow(d.client(r), d.opts.Clock.Now()) { // not logged: it would fill the log
		w.Header().Set("Retry-After", strconv.Itoa(int(admission.RetryAfter.Seconds())))
		d.form(w, r, http.StatusTooManyRequests, "dashboard.too_many")
		return
	}
	d.opts.Log.Warn("audit", "event", "login refused")
	d.form(w, r, http.StatusForbidden, "dashboard.wrong")
}

func (d *dashboard) logOut(w http.ResponseWriter, r *http.Request) {
	if name, ok := d.session(r); ok && !d.opts.Dashboard.Demo {
		d.sessions.end(d.sessionID(r))
		d.audit(name, "logout")
	}
	d.setSession(w, "", -1)
	http.Redirect(w, r, "/werkgroep"+languageOf(r), http.StatusSeeOther)
}

// audit logs an action in a session. It names no person: there is one token for all.
func (d *dashboard) audit(session, event string, about ...any) {
	d.opts.Log.Info("audit", append([]any{"event", event, "session", session}, about...)...)
}

// languageOf returns the query string of a language that was chosen by link.
func languageOf(r *http.Request) string {
	if lang := r.URL.Query().Get("lang"); lang != "" {
		return "?" + url.Values{"lang": {lang}}.Encode()
	}
	return ""
}

func (d *dashboard) setSession(w http.ResponseWriter, id string, age time.Duration) {
	d.putCookie(w, "werkgroep", id, age, http.SameSiteStrictMode)
}

// sessionID returns the id in the coordinator's cookie; empty without one.
func (d *dashboard) sessionID(r *http.Request) string {
	c, err := r.Cookie(d.cookieName("werkgroep"))
	if err != nil {
		return ""
	}
	return c.Value
}

// session reports whether the visitor may see figures, and returns the name of the session
// in the log. In a demo everybody may.
func (d *dashboard) session(r *http.Request) (name string, ok bool) {
	if d.opts.Dashboard.Demo {
		return "demo", true
	}
	if p, ok := d.person(r); ok && p.May(staff.SeeFigures) {
		return p.ID, true
	}
	return d.tokenSession(r)
}

// tokenSession returns the session of the shared token.
func (d *dashboard) tokenSession(r *http.Request) (name string, ok bool) {
	if !d.opts.Dashboard.HasToken() {
		return "", false
	}
	return d.sessions.use(d.sessionID(r), d.opts.Dashboard.token())
}

// loggedIn reports whether the visitor may see figures.
func (d *dashboard) loggedIn(r *http.Request) bool {
	_, ok := d.session(r)
	return ok
}

// page starts a page for coordinators.
func (d *dashboard) page(r *http.Request) *pageData {
	v := d.visitor(r)
	v.conversation = "" // not part of these pages
	sh := d.newPage(r, v, v.lang)
	sh.NoIndex = true
	if _, ok := d.person(r); ok {
		menu := d.opts.Menu(r, frame.Words{Texts: sh.texts, Lang: sh.lang, Query: sh.LangQuery()})
		sh.Staff = &menu
	}
	return sh
}

// form serves the login form; fault is the id of an error text, or empty.
func (d *dashboard) form(w http.ResponseWriter, r *http.Request, status int, fault string) {
	if !d.opts.Dashboard.HasToken() {
		http.Redirect(w, r, d.opts.Dashboard.SignIn+"?naar=/werkgroep", http.StatusSeeOther)
		return
	}
	sh := d.page(r)
	sh.Title = sh.T("dashboard.title")
	if fault != "" {
		sh.Body = sh.T(fault)
	}
	d.render(w, status, "login", sh)
}

// paragraphs renders the text of a page as paragraphs and lists.
func (d *dashboard) paragraphs(page staff.Page, lang string) (parts []paragraph) {
	for _, part := range page.Parts {
		for i, block := range part {
			text := staff.Render(d.opts.Texts(), lang, block.Text)
			switch {
			case block.Style != staff.Item:
				parts = append(parts, paragraph{Text: text})
			case i > 0 && part[i-1].Style == staff.Item:
				last := &parts[len(parts)-1]
				last.List = append(last.List, text)
			default:
				parts = append(parts, paragraph{List: []string{text}})
			}
		}
	}
	return parts
}

// query returns the query string of a period, with the language if it was chosen by link.
func (s *pageData) query(p period) string {
	values := url.Values{}
	for name, value := range map[string]string{"week": p.Week, "kwartaal": p.Quarter, "jaar": p.Year, "van": p.From, "tot": p.To} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if p.Exact {
		values.Set("niveau", exactLevel)
	}
	if s.Form.LangSet {
		values.Set("lang", s.lang)
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

func (s *pageData) figuresAt(p period) string { return "/werkgroep/cijfers" + s.query(p) }

func (s *pageData) forms(p period) (ways []way) {
	for _, f := range forms {
		ways = append(ways, way{s.T("dashboard.form." + string(f)), "/werkgroep/cijfers/" + string(f) + s.query(p)})
	}
	return ways
}

// exactLevel is the value of the query parameter "niveau" for exact figures; any other value shows what may be
// passed on.
const exactLevel = "beheer"

// maySeeExact reports whether the visitor may see the exact figures.
func (d *dashboard) maySeeExact(r *http.Request) bool {
	p, ok := d.person(r)
	return ok && p.May(staff.SeeExact)
}

// periodOf reads the period of a request. A range with only a first week is that week.
func periodOf(r *http.Request) period {
	get := r.URL.Query().Get
	p := period{Week: get("week"), Quarter: get("kwartaal"), Year: get("jaar"), From: get("van"), To: get("tot"), Exact: get("niveau") == exactLevel}
	if p.To == "" {
		p.Week, p.From = cmp.Or(p.Week, p.From), ""
	}
	return p
}

// makeReport makes the requested report; if ok is false it has answered the request.
func (d *dashboard) makeReport(w http.ResponseWriter, r *http.Request, lang string) (made report.Rendering, p period, ok bool) {
	p = periodOf(r)
	if p.Exact && !d.maySeeExact(r) {
		d.message(w, r, http.StatusForbidden, "dashboard.no_exact", "/werkgroep")
		return made, p, false
	}
	made, err := d.opts.Dashboard.Staff.Figures(r.Context(), p.request(lang))
	switch {
	case errors.Is(err, staff.ErrNoPeriod):
		d.message(w, r, http.StatusNotFound, "dashboard.no_period", "/werkgroep")
	case err != nil:
		d.busy(w, r, err)
	}
	return made, p, err == nil
}

// figures serves the figures of a period as a separate page, which has its own style and
// therefore its own policy.
func (d *dashboard) figures(w http.ResponseWriter, r *http.Request) {
	sh := d.page(r)
	made, p, ok := d.makeReport(w, r, sh.lang)
	if !ok {
		return
	}
	doc := made.Document()
	doc.Nav = []report.Link{{Text: sh.T("dashboard.back"), Href: "/werkgroep" + sh.query(period{})}}
	if d.maySeeExact(r) {
		other, id := p, "dashboard.exact"
		if other.Exact = !p.Exact; p.Exact {
			id = "dashboard.told"
		}
		doc.Nav = append(doc.Nav, report.Link{Text: sh.T(id), Href: sh.figuresAt(other)})
	}
	for _, form := range sh.forms(p) {
		doc.Nav = append(doc.Nav, report.Link(form))
	}
	var page bytes.Buffer
	if err := doc.HTML(&page); err != nil {
		d.busy(w, r, err)
		return
	}
	w.Header().Set("Content-Security-Policy", report.Policy()+"; frame-ancestors 'none'")
	send(w, "text/html; charset=utf-8", sh.lang, page.Bytes())
}

// download serves the figures of a period as a file.
func (d *dashboard) download(w http.ResponseWriter, r *http.Request) {
	form := report.Format(r.PathValue("form"))
	if !slices.Contains(forms, form) {
		d.notFound(w, r)
		return
	}
	lang := d.visitor(r).lang
	made, _, ok := d.makeReport(w, r, lang)
	if !ok {
		return
	}
	var file bytes.Buffer
	if err := made.Write(&file, form); err != nil {
		d.busy(w, r, err)
		return
	}
	name, _ := d.session(r)
	d.audit(name, "export", "form", string(form), "report", made.Document().ID)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": made.Document().ID + extensionOf(form)}))
	send(w, kinds[form], lang, file.Bytes())
}

// kinds are the media types of the formats.
var kinds = map[report.Format]string{
	report.XLSX:  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	report.CSV:   "text/csv; charset=utf-8; header=present",
	report.CSVNL: "text/csv; charset=utf-8; header=present",
	report.JSON:  "application/json",
	report.PNG:   "image/png",
	report.PDF:   "application/pdf",
}

// extensionOf returns the file extension of a format.
func extensionOf(f report.Format) string {
	if f == report.CSVNL {
		return "." + string(report.CSV)
	}
	return "." + string(f)
}

func send(w http.ResponseWriter, kind, lang string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Language", lang)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // the client may have disconnected
}
