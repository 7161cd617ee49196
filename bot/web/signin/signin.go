// Package signin signs staff in: it identifies people, checks their rights, and serves the pages for their own account and
// for the people of the service.
//
// Every page for staff is registered with Routes, with the right that it needs; a page without a right cannot be added.
package signin

import (
	"cmp"
	"context"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot/admission"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/frame"
)

//go:embed templates static
var embedded embed.FS

// Assets are the script and the style sheet of these pages, for the site.
func Assets() fs.FS { return sub("static") }

func sub(dir string) fs.FS {
	files, err := fs.Sub(embedded, dir)
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}

// maxBody limits a form of staff. Most are under 1 kB; the largest hold a text of the content.
const maxBody = 1 << 20

// MenuEntry is a link in the menu for staff, shown to people with a right.
type MenuEntry struct {
	Href  string
	Text  string // id of its text
	Right staff.Right
}

// Options configure the sign-in. Frame, People, Key and Clock are required.
type Options struct {
	Frame  frame.Frame
	People *people.Service
	// Key encrypts what a browser keeps during a sign-in: 32 bytes.
	Key   []byte
	Clock people.Clock
	// Shared returns the person of a request that carries a session of the shared token; nil:
	// there is no such token.
	Shared func(r *http.Request) (staff.Person, bool)
	// PublicURL is the site's public address; empty: only this machine reaches it.
	PublicURL string
	// Contact is whom to ask for access; empty: the administrator.
	Contact string
	// Proxies are the reverse proxies trusted to report where a request came from.
	Proxies admission.Proxies
	// Provider is the organisation's own sign-in; nil: there is none.
	Provider *Provider
	Menu     []MenuEntry
	Log      *slog.Logger
}

// SignIn manages who is signed in, and serves the pages for that.
type SignIn struct {
	opts     Options
	origin   *http.CrossOriginProtection
	sealer   secret.Sealer
	attempts *admission.Attempts
	pages    *template.Template
	secure   bool
}

// New returns the sign-in.
func New(o Options) (*SignIn, error) {
	s := &SignIn{opts: o, origin: http.NewCrossOriginProtection(), sealer: secret.NewSealer(o.Key), attempts: admission.NewAttempts(),
		secure: strings.HasPrefix(o.PublicURL, "https://")}
	s.opts.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.PublicURL != "" {
		if err := s.origin.AddTrustedOrigin(o.PublicURL); err != nil {
			return nil, err
		}
	}
	s.origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.opts.Log.Warn("audit", "event", "form of another site refused")
		o.Frame.Message(w, r, http.StatusForbidden, "web.forged", "")
	}))
	s.pages = frame.Parse(sub("templates"), template.FuncMap{"has": has})
	return s, nil
}

// Menu returns the menu of a page for staff.
func (s *SignIn) Menu(r *http.Request, words frame.Words) frame.Menu {
	p, ok := PersonOf(r.Context())
	if !ok {
		if p, ok, _ = s.Person(r); !ok { // without a known user there is no menu
			return frame.Menu{}
		}
	}
	menu := frame.Menu{Name: p.Name}
	for _, d := range s.menuEntries() {
		if !p.May(d.Right) {
			continue
		}
		within := r.URL.Path == d.Href || strings.HasPrefix(r.URL.Path, d.Href+"/")
		menu.Links = append(menu.Links, frame.Link{Text: words.T(d.Text), Href: d.Href + words.Query, Current: within})
	}
	if p.ID != staff.SharedID {
		menu.SignOut = signOutPath
	}
	return menu
}

func (s *SignIn) menuEntries() []MenuEntry {
	return append(s.opts.Menu[:len(s.opts.Menu):len(s.opts.Menu)],
		MenuEntry{peoplePath, "signin.people.title", staff.ManagePeople}, MenuEntry{accountPath, "signin.account.title", staff.OwnAccount})
}

// home returns the first page that a person may see.
func (s *SignIn) home(p staff.Person) string {
	for _, d := range s.menuEntries() {
		if p.May(d.Right) {
			return d.Href
		}
	}
	return accountPath
}

// next returns where a person goes after signing in: to the page they came from, if it is ours, or else to their first
// page.
func (s *SignIn) next(wanted string, p staff.Person, words frame.Words) string {
	if u, err := url.ParseRequestURI(wanted); err == nil && u.Host == "" && u.Scheme == "" && strings.HasPrefix(u.Path, "/") &&
		!strings.HasPrefix(u.Path, "//") && !strings.ContainsAny(wanted, "\\\r\n") && len(wanted) <= maxNext {
		return u.RequestURI()
	}
	return s.home(p) + words.Query
}

// maxNext is the longest address to return to after a sign-in.
const maxNext = 500

// page renders a template as a page.
func (s *SignIn) page(w http.ResponseWriter, r *http.Request, status int, name string, view any, title string) {
	var body strings.Builder
	if err := s.pages.ExecuteTemplate(&body, name+".html", view); err != nil {
		s.opts.Frame.Failed(w, r, err)
		return
	}
	s.opts.Frame.Page(w, r, frame.Page{Status: status, Title: title, Body: template.HTML(body.String()), //nolint:gosec // rendered by html/template
		Styles: []string{"signin.css"}, Scripts: []string{"signin.js"}})
}

// client returns where a request came from.
func (s *SignIn) client(r *http.Request) netip.Addr {
	return s.opts.Proxies.Client(r.RemoteAddr, r.Header.Values("X-Forwarded-For"))
}

// mayTry reports whether a source may fail once more. It is called only after a failure, so that nobody can lock others
// out by failing.
func (s *SignIn) mayTry(w http.ResponseWriter, r *http.Request, event string) bool {
	if s.attempts.Allow(s.client(r), s.opts.Clock.Now()) {
		s.opts.Log.Warn("audit", "event", event)
		return true
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(admission.RetryAfter/time.Second)))
	return false
}

type personKey struct{}
type sessionKey struct{}

// PersonOf returns the user of a request that passed Routes.
func PersonOf(ctx context.Context) (staff.Person, bool) {
	p, ok := ctx.Value(personKey{}).(staff.Person)
	return p, ok
}

// sessionOf returns the session of a request that needs an account.
func sessionOf(r *http.Request) people.Session {
	session, _ := r.Context().Value(sessionKey{}).(people.Session)
	return session
}

// Person returns the user of a request: with an account, or with the shared token.
func (s *SignIn) Person(r *http.Request) (p staff.Person, ok bool, err error) {
	session, ok, err := s.session(r)
	if err != nil || ok {
		return session.Person, ok, err
	}
	if s.opts.Shared != nil {
		p, ok = s.opts.Shared(r)
	}
	return p, ok, nil
}

// Account returns the user with an account. If the storage fails there is none.
func (s *SignIn) Account(r *http.Request) (staff.Person, bool) {
	session, ok, err := s.session(r)
	if err != nil {
		s.opts.Log.Error("session not read", "error", err)
	}
	return session.Person, ok && err == nil
}

// Require lets people with a right through to next. Others get a page about whom to ask; people who are not signed in are
// sent to the sign-in page, and back afterwards. Forms of other sites are refused.
func (s *SignIn) Require(right staff.Right, next http.Handler) http.Handler {
	return s.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, ok, err := s.session(r)
		if err != nil {
			s.opts.Frame.Failed(w, r, err)
			return
		}
		p := session.Person
		if !ok && s.opts.Shared != nil {
			p, ok = s.opts.Shared(r)
		}
		if !ok {
			http.Redirect(w, r, signInPath(r, s.opts.Frame.Words(r)), http.StatusSeeOther)
			return
		}
		ctx := context.WithValue(context.WithValue(r.Context(), personKey{}, p), sessionKey{}, session)
		if r = r.WithContext(ctx); !p.May(right) {
			s.opts.Log.Warn("audit", "event", "refused", "who", p.ID, "path", r.Pattern)
			s.forbidden(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// forbidden explains that a page does not belong to the person's roles, and whom to ask.
func (s *SignIn) forbidden(w http.ResponseWriter, r *http.Request) {
	s.deny(w, r, "signin.forbidden", s.home(personIn(r))+s.opts.Frame.Words(r).Query)
}

// noRole explains that a person is known to the organisation but has no role here.
func (s *SignIn) noRole(w http.ResponseWriter, r *http.Request) { s.deny(w, r, "signin.no_role", "") }

func (s *SignIn) deny(w http.ResponseWriter, r *http.Request, id, home string) {
	words := s.opts.Frame.Words(r)
	s.page(w, r, http.StatusForbidden, "denied", struct {
		frame.Words
		ID, Contact, Home string
	}{words, id, s.opts.Contact, home}, words.T(id+".title"))
}

func personIn(r *http.Request) staff.Person {
	p, _ := PersonOf(r.Context())
	return p
}

// guard refuses forms of other sites and bodies that are too large, and keeps pages of staff
// out of caches.
func (s *SignIn) guard(next http.Handler) http.Handler {
	inner := s.origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		inner.ServeHTTP(w, r)
	})
}
