package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"digiwijzer/bot/report"
)

// Dashboard is what the coordinators' pages under /werkgroep show, and to whom.
type Dashboard struct {
	// Token is the SHA-256 of the words that open the pages.
	Token [sha256.Size]byte
	// Demo says that all figures are made up: everybody may see them, and every page of
	// the site says so.
	Demo bool
	// Figures gathers the figures of a period. Of one that does not exist the error is
	// ErrNoPeriod.
	Figures func(ctx context.Context, lang string, p Period) (report.Report, error)
	// Quarters are the closed quarters that there are figures of, such as "2026Q3", the
	// newest first.
	Quarters func(ctx context.Context) ([]string, error)
	// Editor tells in lines what somebody must check; those that begin with "• " are items
	// of a list.
	Editor func(lang string) []string
}

// Period is an ISO week such as "2026-W47" or a quarter such as "2026Q3"; where both
// are empty, the last thirteen weeks.
type Period struct{ Week, Quarter string }

// ErrNoPeriod: what was asked for is no week or quarter.
var ErrNoPeriod = errors.New("no such period")

const (
	sessionAge = 8 * time.Hour // of the one who is logged in: a working day
	perSecond  = 1             // tries to log in, of everybody together
	triesAtOne = 5             // as many may come at once
)

// dashboard serves the coordinators' pages. Who is logged in is not kept anywhere: a
// cookie says until when, sealed with the token, so that a new token ends every session.
type dashboard struct {
	*site
	tries *rate.Limiter
}

// dashboard adds the pages to the table of the site.
func (s *site) dashboard(mux *http.ServeMux) {
	d := &dashboard{site: s, tries: rate.NewLimiter(perSecond, triesAtOne)}
	mux.HandleFunc("GET /werkgroep", d.unseen(d.overview))
	mux.HandleFunc("POST /werkgroep", d.unseen(d.logIn))
	mux.HandleFunc("POST /werkgroep/uitloggen", d.unseen(d.logOut))
	mux.HandleFunc("GET /werkgroep/cijfers", d.unseen(d.inside(d.figures)))
	mux.HandleFunc("GET /werkgroep/cijfers/{form}", d.unseen(d.inside(d.download)))
}

// unseen keeps a page out of search engines.
func (d *dashboard) unseen(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Robots-Tag", "noindex, nofollow")
		next(w, r)
	}
}

// inside sends whoever is not logged in to the form.
func (d *dashboard) inside(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !d.loggedIn(r) {
			http.Redirect(w, r, "/werkgroep", http.StatusSeeOther)
			return
		}
		next(w, r)
	}
}

// logIn compares the token. Tries are limited whatever they hold, so that the answer to
// too many tells nothing of the last one. The limit is that of everybody together: behind a
// proxy all come from one address. Who keeps trying can so keep others from logging in,
// never end a session.
func (d *dashboard) logIn(w http.ResponseWriter, r *http.Request) {
	if !d.tries.AllowN(d.opts.Clock.Now(), 1) {
		w.Header().Set("Retry-After", strconv.Itoa(triesAtOne/perSecond))
		d.form(w, r, http.StatusTooManyRequests, "dashboard.too_many")
		return
	}
	// Hashed, so that neither the length nor the beginning of the token shows in the time.
	given := sha256.Sum256([]byte(strings.TrimSpace(r.PostFormValue("token"))))
	if subtle.ConstantTimeCompare(given[:], d.opts.Dashboard.Token[:]) != 1 {
		d.opts.Log.Warn("a login to the dashboard was refused")
		d.form(w, r, http.StatusForbidden, "dashboard.wrong")
		return
	}
	until := strconv.FormatInt(d.opts.Clock.Now().Add(sessionAge).Unix(), 10)
	d.setSession(w, until+"."+d.sign(until), int(sessionAge/time.Second))
	http.Redirect(w, r, "/werkgroep"+languageOf(r), http.StatusSeeOther)
}

func (d *dashboard) logOut(w http.ResponseWriter, r *http.Request) {
	d.setSession(w, "", -1)
	http.Redirect(w, r, "/werkgroep"+languageOf(r), http.StatusSeeOther)
}

// languageOf keeps a language that was chosen by link.
func languageOf(r *http.Request) string {
	if lang := r.URL.Query().Get("lang"); lang != "" {
		return "?" + url.Values{"lang": {lang}}.Encode()
	}
	return ""
}

func (d *dashboard) sign(until string) string {
	return d.signer.mac("dashboard", until, hex.EncodeToString(d.opts.Dashboard.Token[:]))
}

// sessionName has the prefix that makes browsers insist on Secure. The stronger one
// would forbid the path.
func (d *dashboard) sessionName() string {
	if d.secure {
		return "__Secure-werkgroep"
	}
	return "werkgroep"
}

func (d *dashboard) setSession(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: d.sessionName(), Value: value, Path: "/werkgroep", HttpOnly: true,
		Secure: d.secure, SameSite: http.SameSiteStrictMode, MaxAge: age})
}

// loggedIn tells whether the visitor may see figures.
func (d *dashboard) loggedIn(r *http.Request) bool {
	if d.opts.Dashboard.Demo {
		return true
	}
	c, err := r.Cookie(d.sessionName())
	if err != nil {
		return false
	}
	until, sign, _ := strings.Cut(c.Value, ".")
	if !hmac.Equal([]byte(sign), []byte(d.sign(until))) {
		return false
	}
	end, err := strconv.ParseInt(until, 10, 64)
	return err == nil && d.opts.Clock.Now().Before(time.Unix(end, 0))
}

// page starts a page for coordinators.
func (d *dashboard) page(r *http.Request) *pageData {
	v := d.visitor(r)
	v.conversation = "" // that is somebody else's business
	sh := d.newPage(r, v, v.lang)
	sh.NoIndex = true
	return sh
}

// form asks for the token; fault is the text of what was wrong, or empty.
func (d *dashboard) form(w http.ResponseWriter, r *http.Request, status int, fault string) {
	sh := d.page(r)
	sh.Title = sh.T("dashboard.title")
	if fault != "" {
		sh.Body = sh.T(fault)
	}
	d.render(w, status, "login", sh)
}

// overview is the first page: how it stands, and the ways to everything else.
func (d *dashboard) overview(w http.ResponseWriter, r *http.Request) {
	if !d.loggedIn(r) {
		d.form(w, r, http.StatusOK, "")
		return
	}
	sh := d.page(r)
	made, err := d.opts.Dashboard.Figures(r.Context(), sh.lang, Period{})
	if err != nil {
		d.busy(w, r, err)
		return
	}
	quarters, err := d.opts.Dashboard.Quarters(r.Context())
	if err != nil {
		d.busy(w, r, err)
		return
	}
	sh.Title = sh.T("dashboard.title")
	sh.Body = newOverview(sh, made, quarters, d.opts.Dashboard)
	d.render(w, http.StatusOK, "overview", sh)
}

// overview is what the first page shows.
type overview struct {
	Goal     *report.Goal
	Share    int // of the goal, for the bar: no more than all of it
	Figures  []report.Figure
	Warning  string         // why they may be wrong; mostly empty
	Weeks    []overviewWeek // the newest first
	All      string         // address of the figures of all these weeks
	Forms    []way
	Quarters []way
	Editor   []paragraph
	Demo     bool // nobody logged in
}

// way is a link, with what distinguishes it in the visible text.
type way struct{ Text, Href string }

type overviewWeek struct {
	way
	Started, Completed int
	Running            bool // not over yet
}

// forms are the forms that can be taken away, with the endings of their files.
var forms = []report.Format{report.XLSX, report.CSV, report.JSON, report.PNG}

func newOverview(sh *pageData, made report.Report, quarters []string, of *Dashboard) overview {
	d := made.Document()
	o := overview{Goal: d.Goal, Figures: d.Figures, Warning: d.Warning, All: sh.figuresAt(Period{}), Forms: sh.forms(Period{}), Demo: of.Demo}
	if d.Goal != nil {
		o.Share = min(d.Goal.N, d.Goal.Goal)
	}
	for _, week := range slices.Backward(made.Weekly.Report.Weeks) {
		o.Weeks = append(o.Weeks, overviewWeek{way: way{week.Week, sh.figuresAt(Period{Week: week.Week})},
			Started: week.Started, Completed: week.Completed, Running: week.Week == made.Weekly.Running})
	}
	for _, q := range quarters {
		o.Quarters = append(o.Quarters, way{sh.T("dashboard.quarter", "Number", q[len(q)-1:], "Year", q[:4]), sh.figuresAt(Period{Quarter: q})})
	}
	o.Editor = lines(of.Editor(sh.lang))
	return o
}

// lines makes paragraphs and lists of lines.
func lines(all []string) (parts []paragraph) {
	inList := false
	for _, line := range all {
		item, isItem := strings.CutPrefix(line, "• ")
		switch {
		case line == "":
		case isItem && inList:
			last := &parts[len(parts)-1]
			last.List = append(last.List, item)
		case isItem:
			parts = append(parts, paragraph{List: []string{item}})
		default:
			parts = append(parts, paragraph{Text: line})
		}
		inList = isItem
	}
	return parts
}

// query is the period in an address, with the language where it was chosen by link.
func (s *pageData) query(p Period) string {
	values := url.Values{}
	for name, value := range map[string]string{"week": p.Week, "kwartaal": p.Quarter} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if s.Form.LangSet {
		values.Set("lang", s.lang)
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

func (s *pageData) figuresAt(p Period) string { return "/werkgroep/cijfers" + s.query(p) }

func (s *pageData) forms(p Period) (ways []way) {
	for _, f := range forms {
		ways = append(ways, way{s.T("dashboard.form." + string(f)), "/werkgroep/cijfers/" + string(f) + s.query(p)})
	}
	return ways
}

// gather makes the report that was asked for; where it cannot, it has answered.
func (d *dashboard) gather(w http.ResponseWriter, r *http.Request, lang string) (made report.Report, p Period, ok bool) {
	p = Period{Week: r.URL.Query().Get("week"), Quarter: r.URL.Query().Get("kwartaal")}
	made, err := d.opts.Dashboard.Figures(r.Context(), lang, p)
	switch {
	case errors.Is(err, ErrNoPeriod):
		d.message(w, r, http.StatusNotFound, "dashboard.no_period", "/werkgroep")
	case err != nil:
		d.busy(w, r, err)
	}
	return made, p, err == nil
}

// figures shows the figures of a period as a page of their own, which has its own style
// and therefore its own policy.
func (d *dashboard) figures(w http.ResponseWriter, r *http.Request) {
	sh := d.page(r)
	made, p, ok := d.gather(w, r, sh.lang)
	if !ok {
		return
	}
	doc := made.Document()
	doc.Nav = []report.Link{{Text: sh.T("dashboard.back"), Href: "/werkgroep" + sh.query(Period{})}}
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

// download gives the figures of a period as a file.
func (d *dashboard) download(w http.ResponseWriter, r *http.Request) {
	form := report.Format(r.PathValue("form"))
	if !slices.Contains(forms, form) {
		d.notFound(w, r)
		return
	}
	lang := d.visitor(r).lang
	made, _, ok := d.gather(w, r, lang)
	if !ok {
		return
	}
	var file bytes.Buffer
	if err := made.Write(&file, form); err != nil {
		d.busy(w, r, err)
		return
	}
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": made.Document().ID + "." + string(form)}))
	send(w, kinds[form], lang, file.Bytes())
}

// kinds are the media types of the forms.
var kinds = map[report.Format]string{
	report.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	report.CSV:  "text/csv; charset=utf-8; header=present",
	report.JSON: "application/json",
	report.PNG:  "image/png",
}

func send(w http.ResponseWriter, kind, lang string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Language", lang)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // the visitor may have gone
}
