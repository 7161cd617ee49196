// Package office serves the pages of the werkgroep besides its figures: partners, the year forms of initiatives, and the
// Monday mail. It changes data through other packages: partners through staff.PartnerDesk, as the command line does, and
// mail through mail.Post.
package office

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"digiwijzer/bot/admission"
	"digiwijzer/bot/mail"
	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/frame"
	"digiwijzer/bot/web/signin"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

//go:embed templates static
var files embed.FS

// Assets returns the files of the pages, for the site.
func Assets() fs.FS { return sub("static") }

func sub(name string) fs.FS {
	folder, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // the name is a constant
	}
	return folder
}

// Options configure an Office.
type Options struct {
	Frame   frame.Frame
	Content func() *content.Edition
	Figures staff.Figures
	Clock   figures.Clock
	// Kit makes a partner's kit in a language; the name of the file and a ZIP.
	Kit func(ctx context.Context, p content.ListedPartner, lang string) (name string, zip []byte, err error)
	// Place is where the links of partners lead.
	Place    func() share.Place
	Partners staff.PartnerDesk
	// PartnerFigures returns the address of a partner's own figures, and its version; with 0 there is none yet.
	PartnerFigures func(ctx context.Context, code string) (address string, version int, err error)
	// Events returns the announced days, from a day onwards.
	Events func(ctx context.Context, from referral.Date) ([]admission.Event, error)
	Forms  Forms
	Post   *mail.Post // nil: no mail is sent
	// Names returns the names of people by the id of their account.
	Names func(ctx context.Context) (map[string]string, error)
}

// Forms stores the year forms of initiatives.
type Forms interface {
	// Sent returns the received forms of a year.
	Sent(ctx context.Context, year int) ([]figures.YearForm, error)
	// Address returns the address of a form, and its version; with 0 there is none yet.
	Address(ctx context.Context, initiative string, year int) (address string, version int, err error)
	// Renew gives a form its first address or another one, which invalidates all earlier ones.
	Renew(ctx context.Context, who, initiative string, year int) error
}

// Office serves the pages.
type Office struct {
	o         Options
	templates *template.Template
}

// New returns the pages.
func New(o Options) *Office {
	return &Office{o: o, templates: frame.Parse(sub("templates"), template.FuncMap{"row": func(page formsView, row formRow) any {
		return struct {
			Page formsView
			Row  formRow
		}{page, row}
	}})}
}

// Register adds the addresses of the pages, each with the right that it needs.
func (o *Office) Register(routes *signin.Routes) {
	routes.Handle("GET /werkgroep/partners", staff.ManagePartners, o.partners)
	routes.Handle("GET /werkgroep/partners/nieuw", staff.ManagePartners, o.newPartner)
	routes.Handle("POST /werkgroep/partners/nieuw", staff.ManagePartners, o.addPartner)
	routes.Handle("GET /werkgroep/partners/{code}", staff.ManagePartners, o.partner)
	routes.Handle("POST /werkgroep/partners/{code}", staff.ManagePartners, o.changePartner)
	routes.Handle("POST /werkgroep/partners/{code}/pauze", staff.ManagePartners, o.pausePartner)
	routes.Handle("POST /werkgroep/partners/{code}/logo", staff.ManagePartners, o.setLogo)
	routes.Handle("POST /werkgroep/partners/{code}/dag", staff.ManagePartners, o.setEvent)
	routes.Handle("POST /werkgroep/partners/{code}/cijfers", staff.ManagePartners, o.renewFigures)
	routes.Handle("GET /werkgroep/partners/{code}/pakket", staff.ManagePartners, o.kit)
	routes.Handle("GET /werkgroep/formulieren", staff.ManageForms, o.forms)
	routes.Handle("POST /werkgroep/formulieren/{initiative}/{year}", staff.ManageForms, o.renewForm)
	if o.o.Post == nil {
		return
	}
	routes.Handle("GET /werkgroep/mail", staff.SeeFigures, o.mail)
	routes.Handle("POST /werkgroep/mail", staff.SeeFigures, o.subscribe)
	routes.Handle("POST /werkgroep/mail/stoppen", staff.SeeFigures, o.withdraw)
	routes.Handle("POST /werkgroep/mail/opnieuw", staff.SeeFigures, o.resume)
	for link, handlers := range map[mail.Link][2]http.HandlerFunc{
		mail.ConfirmLink: {o.askConfirm, o.confirm}, mail.UnsubscribeLink: {o.askUnsubscribe, o.unsubscribe},
	} {
		path := " /werkgroep/mail/" + string(link) + "/{id}/{signature}"
		routes.Handle("GET"+path, signin.Public, handlers[0])
		routes.Handle("POST"+path, signin.Public, handlers[1])
	}
}

// view is what every page has in common.
type view struct {
	frame.Words
	Done string // the last action; empty: none
	Nav  []frame.Link
}

// view starts a page for a person.
func (o *Office) view(r *http.Request) view {
	v := view{Words: o.o.Frame.Words(r)}
	if done := r.URL.Query().Get("gedaan"); o.o.Content().Texts.Has(v.Lang, "office.done."+done) {
		v.Done = v.T("office.done." + done)
	}
	person, _ := signin.PersonOf(r.Context())
	for _, l := range o.Links(person, v.Words) {
		path, _, _ := strings.Cut(l.Href, "?")
		l.Current = path == r.URL.Path || path != "/werkgroep" && strings.HasPrefix(r.URL.Path, path+"/")
		v.Nav = append(v.Nav, l)
	}
	return v
}

// Links returns the pages that a person may see.
func (o *Office) Links(p staff.Person, words frame.Words) (all []frame.Link) {
	for _, l := range []struct {
		id, path string
		right    staff.Right
	}{
		{"dashboard.nav", "/werkgroep", staff.SeeFigures},
		{"office.partners.title", "/werkgroep/partners", staff.ManagePartners},
		{"office.forms.title", "/werkgroep/formulieren", staff.ManageForms},
		{"office.post.title", "/werkgroep/mail", staff.SeeFigures},
	} {
		if p.May(l.right) && (l.path != "/werkgroep/mail" || o.o.Post != nil && p.ID != staff.SharedID) {
			all = append(all, frame.Link{Text: words.T(l.id), Href: l.path + words.Query})
		}
	}
	return all
}

// show answers with a page.
func (o *Office) show(w http.ResponseWriter, r *http.Request, status int, name, title string, data any) {
	var body bytes.Buffer
	if err := o.templates.ExecuteTemplate(&body, name+".html", data); err != nil {
		o.o.Frame.Failed(w, r, fmt.Errorf("page %s: %w", name, err))
		return
	}
	o.o.Frame.Page(w, r, frame.Page{Status: status, Title: title, Body: template.HTML(body.String()), Styles: []string{"office.css"}})
}

// done redirects to a page that confirms an action, so that reloading it does not repeat the action.
func (o *Office) done(w http.ResponseWriter, r *http.Request, path, what string) {
	query := url.Values{"gedaan": {what}}
	if words := o.o.Frame.Words(r); words.Query != "" {
		query.Set("lang", words.Lang)
	}
	http.Redirect(w, r, path+"?"+query.Encode(), http.StatusSeeOther)
}

// who returns the id of the user.
func who(r *http.Request) string {
	p, _ := signin.PersonOf(r.Context())
	return p.ID
}

// readForm reads a form; if ok is false it has answered the request.
func (o *Office) readForm(w http.ResponseWriter, r *http.Request) (ok bool) {
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		o.o.Frame.Message(w, r, http.StatusRequestEntityTooLarge, "office.large", r.URL.Path)
	case err != nil:
		o.o.Frame.Message(w, r, http.StatusBadRequest, "office.large", r.URL.Path)
	}
	return err == nil
}
