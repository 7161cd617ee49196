// Package desk is the editor's desk at /redactie: pages on which an editor finds, changes,
// checks and publishes everything that people read and are advised.
//
// Forms are derived from the types that the content is decoded into, so that the desk can change every record;
// the purpose of a field is a text, desk.field.<kind>.<path>. What an editor types is saved in their draft at
// once. It is published only through the service, which checks it.
package desk

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/bot/web/frame"
	"digiwijzer/bot/web/signin"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/referral"
)

// Path is the address of the desk.
const Path = "/redactie"

//go:embed templates static
var embedded embed.FS

// Assets are the style sheet and the script of the desk, for the site.
func Assets() fs.FS {
	sub, err := fs.Sub(embedded, "static")
	if err != nil {
		panic(err) // a build error
	}
	return sub
}

// Options configure the desk. All but Links are required.
type Options struct {
	Frame   frame.Frame
	Service *publishing.Service
	Current func() *content.Edition // in use
	Now     func() time.Time
	// Name returns the name of a member of staff by id.
	Name func(ctx context.Context, id string) string
	// Links checks whether web addresses work; nil: the desk does not offer that.
	Links LinkChecker
	// Folder reports that a content folder takes precedence, so that nothing can be published.
	Folder   bool
	FourEyes bool // the author of a draft may not publish it
}

// Desk serves the pages.
type Desk struct {
	options   Options
	parsed    wordings.Cache
	templates *template.Template
}

// New returns the desk.
func New(o Options) *Desk {
	sub, err := fs.Sub(embedded, "templates")
	if err != nil {
		panic(err) // a build error
	}
	return &Desk{options: o, templates: frame.Parse(sub, template.FuncMap{
		"args": args, "rows": rowsFor, "names": func(all ...string) []string { return all }, "inc": func(i int) int { return i + 1 },
		"idform":   func(kind string) string { return map[bool]string{true: "code", false: "plain"}[kind == "gemeenten"] },
		"livepage": func(p page, body liveBody) page { p.Body = body; return p },
	})}
}

// rowsFor returns how many lines a field shows for a text.
func rowsFor(text string) int {
	n := 1
	for line := range strings.SplitSeq(text, "\n") {
		n += 1 + len(line)/lineLength
	}
	return min(max(n, 2), 14)
}

// lineLength is about how many characters a line of a field has.
const lineLength = 46

// args passes named values to a template.
func args(pairs ...any) map[string]any {
	all := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			all[name] = pairs[i+1]
		}
	}
	return all
}

// AddTo adds the addresses of the desk, each with the right that it needs.
func (d *Desk) AddTo(routes *signin.Routes) {
	see, change, publish := staff.SeeContent, staff.Draft, staff.Publish
	for _, r := range []struct {
		pattern string
		right   staff.Right
		handler func(*request)
	}{
		{"GET " + Path, see, d.start},
		{"GET " + Path + "/zoek", see, d.find},
		{"GET " + Path + "/nieuw/{kind}", change, d.newForm},
		{"POST " + Path + "/nieuw/{kind}", change, d.create},
		{"GET " + Path + "/concept", see, d.draft},
		{"POST " + Path + "/concept/weg", change, d.discard},
		{"POST " + Path + "/concept/kies", change, d.choose},
		{"POST " + Path + "/concept/doorgeven", change, d.submit},
		{"POST " + Path + "/publiceren", publish, d.publish},
		{"GET " + Path + "/geschiedenis", see, d.history},
		{"GET " + Path + "/geschiedenis/{edition}", see, d.edition},
		{"POST " + Path + "/geschiedenis/{edition}/terug", publish, d.rollBack},
		{"GET " + Path + "/bijhouden", see, d.upkeep},
		{"POST " + Path + "/bijhouden/adressen", change, d.checkLinks},
		{"GET " + Path + "/oefenen", see, d.rehearse},
		{"GET " + Path + "/{kind}/{id}", see, d.edit},
		{"POST " + Path + "/{kind}/{id}", change, d.save},
		{"POST " + Path + "/{kind}/{id}/live", change, d.live},
		{"POST " + Path + "/{kind}/{id}/herstel", change, d.restore},
		{"POST " + Path + "/{kind}/{id}/weg", change, d.remove},
		{"GET " + Path + "/hulp/{id}/beeindigen", change, d.endForm},
		{"POST " + Path + "/hulp/{id}/beeindigen", change, d.end},
		{"POST " + Path + "/hulp/{id}/nagekeken", change, d.verify},
	} {
		routes.Handle(r.pattern, r.right, func(w http.ResponseWriter, req *http.Request) { d.serve(w, req, r.handler) })
	}
}

// request is one request with its user and the content that this person works on.
type request struct {
	*http.Request
	w         http.ResponseWriter
	me        staff.Person
	words     frame.Words
	draft     publishing.Draft
	work      *workspace // with the draft
	published *workspace // as published
	err       error
}

// serve prepares a request, and answers one that failed.
func (d *Desk) serve(w http.ResponseWriter, r *http.Request, handler func(*request)) {
	me, _ := signin.PersonOf(r.Context())
	req := &request{Request: r, w: w, me: me, words: d.options.Frame.Words(r)}
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			d.options.Frame.Message(w, r, http.StatusRequestEntityTooLarge, "desk.too_large", Path+req.words.Query)
			return
		}
	}
	if req.err = d.load(req); req.err == nil {
		handler(req)
	}
	if req.err == nil {
		return
	}
	if why := d.refused(req, req.err); why != "" {
		req.err = nil
		d.show(req, http.StatusConflict, "refused", req.words.T("desk.refused.title"), why)
	}
	if req.err != nil {
		d.options.Frame.Failed(w, r, req.err)
	}
}

// load reads the draft of the user, and the published content.
func (d *Desk) load(r *request) (err error) {
	if r.draft, err = d.options.Service.Draft(r.Context(), editor(r.me)); err != nil {
		return err
	}
	r.work = d.workspace(wordings.Overlay(r.draft.Files().Map()), r.words)
	r.published = d.workspace(d.current(), r.words)
	return nil
}

func (d *Desk) today() referral.Date { return referral.DayOf(d.options.Now()) }

// page is what every template gets.
type page struct {
	frame.Words
	Path      string
	MayEdit   bool
	Publisher bool
	Locked    bool // a content folder takes precedence: nothing can be published here
	Done      string
	Body      any
}

// Link returns an address with the language of the page.
func (p page) Link(to string) string {
	if p.Query == "" {
		return to
	}
	if u, err := url.Parse(to); err == nil {
		q := u.Query()
		q.Set("lang", p.Lang)
		u.RawQuery = q.Encode()
		return u.String()
	}
	return to
}

// show answers with a page.
func (d *Desk) show(r *request, status int, name, title string, body any) {
	html, err := d.render(r, name, body)
	if err != nil {
		r.err = err
		return
	}
	d.options.Frame.Page(r.w, r.Request, frame.Page{Status: status, Title: title, Body: html, Styles: []string{"desk.css"}, Scripts: []string{"desk.js"}})
}

func (d *Desk) render(r *request, name string, body any) (template.HTML, error) {
	p := page{Words: r.words, Path: Path, MayEdit: r.me.May(staff.Draft), Publisher: r.me.May(staff.Publish), Locked: d.options.Folder, Body: body}
	if done := r.URL.Query().Get("gedaan"); r.words.Texts.Has(wordings.Dutch, "desk.done."+done) {
		p.Done = r.words.T("desk.done." + done)
	}
	var out bytes.Buffer
	err := d.templates.ExecuteTemplate(&out, name, p)
	return template.HTML(out.String()), err //nolint:gosec // html/template escaped it
}

// to redirects to a page after a form was handled.
func (r *request) to(path, done string) {
	u := url.URL{Path: path}
	if i := bytes.IndexByte([]byte(path), '?'); i >= 0 {
		u.Path, u.RawQuery = path[:i], path[i+1:]
	}
	q := u.Query()
	if done != "" {
		q.Set("gedaan", done)
	}
	if r.words.Query != "" {
		q.Set("lang", r.words.Lang)
	}
	u.RawQuery = q.Encode()
	http.Redirect(r.w, r.Request, u.String(), http.StatusSeeOther)
}

func (d *Desk) missing(r *request) {
	d.options.Frame.Message(r.w, r.Request, http.StatusNotFound, "desk.missing", Path+r.words.Query)
}
