package desk

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/signin"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/linkcheck"
	"digiwijzer/flows/content/publishing"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/memdir"
	"digiwijzer/store/sqlite/sqlitetest"
	"digiwijzer/store/staffdb"
)

type publishingOptions = publishing.Options

// fixedClock always shows the same time.
type fixedClock struct{ now time.Time }

func (c fixedClock) Now() time.Time                         { return c.now }
func (c fixedClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// The people of the tests.
var (
	anna = staff.Person{ID: "anna-1", Name: "Anna Vos", Roles: []staff.Role{staff.RoleEditor, staff.RolePublisher}}
	bram = staff.Person{ID: "bram-2", Name: "Bram Smit", Roles: []staff.Role{staff.RoleEditor}}
	cees = staff.Person{ID: "cees-3", Name: "Cees Bos", Roles: []staff.Role{staff.RolePublisher}}
	dirk = staff.Person{ID: "dirk-4", Name: "Dirk Lam", Roles: []staff.Role{staff.RoleReader}}
)

// harness is the whole site, with the desk on the real service, gate and SQLite.
type harness struct {
	*httptest.Server
	source  *content.Source
	service *publishing.Service
	desk    *Desk
}

// newHarness starts a site. A person is signed in by the cookie "who".
func newHarness(t testing.TB, change func(*Options, *publishingOptions)) *harness {
	t.Helper()
	ctx, dir := t.Context(), memdir.New(t)
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	clock := fixedClock{noon}
	db, err := staffdb.Open(ctx, dir)
	require.NoError(t, err)
	gate := audit.NewGate(content.EmbeddedStructure())
	check := func(ctx context.Context, running, candidate *content.Edition, o audit.Options) audit.Report {
		before := audited(running)
		return gate.Check(ctx, &before, audited(candidate), o)
	}
	h := &harness{}
	h.source, err = content.NewSource(ctx, content.SourceOptions{Published: publishing.Published(db.Editions()), Gate: content.Gate{
		Check: func(ctx context.Context, running, candidate *content.Edition) error {
			if r := check(ctx, running, candidate, audit.Options{From: referral.DayOf(noon)}); len(r.Faults) > 0 {
				return errors.New(r.Faults[0].String())
			}
			return nil
		},
		Quick: func(e *content.Edition) bool { return gate.Knows(e.Structure()) },
	}})
	require.NoError(t, err)
	key, err := store.CreateKey(filepath.Join(dir, "key"), filepath.Join(dir, "state.db"))
	require.NoError(t, err)
	sqlitetest.Folder(t, dir)
	kept, err := store.Open(ctx, dir, key, store.Options{Region: h.source.Current().Catalogue.Region()})
	require.NoError(t, err)
	dispatcher := bot.NewDispatcher(bot.Options{Store: kept, Engine: h.source.Current().Engine, Clock: clock})
	h.source.Watch(content.Watcher{Changed: func(e *content.Edition) { dispatcher.SetEngine(e.Engine, e.ID) }, Checking: func() {}, Refused: func(error) {}})
	o := publishing.Options{Store: db.Editions(), Live: h.source, Check: check, Now: clock.Now, Words: texts}
	of := Options{Now: clock.Now, Current: h.source.Current, Name: func(_ context.Context, id string) string {
		for _, p := range []staff.Person{anna, bram, cees, dirk} {
			if p.ID == id {
				return p.Name
			}
		}
		return id
	}, Links: func(_ context.Context, addresses []string, _ func(linkcheck.Result)) (all []linkcheck.Result) {
		for i, a := range addresses {
			all = append(all, linkcheck.Result{URL: a, State: map[bool]linkcheck.State{true: linkcheck.Gone, false: linkcheck.Fine}[i == 0]})
		}
		return all
	}}
	if change != nil {
		change(&of, &o)
	}
	h.service, err = publishing.New(o)
	require.NoError(t, err)
	site := web.New(web.Options{Dispatcher: dispatcher, Texts: func() *locales.Texts { return h.source.Current().Texts }, Clock: clock,
		Edition: h.source.Current, Assets: []fs.FS{Assets()}})
	of.Frame, of.Service = site, h.service
	in, err := signin.New(signin.Options{Frame: site, People: people.New(db, clock), Key: make([]byte, 32), Clock: clock, Shared: whoever})
	require.NoError(t, err)
	routes := in.NewRoutes()
	h.desk = New(of)
	h.desk.AddTo(routes)
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- dispatcher.Run(running) }()
	h.Server = httptest.NewServer(web.Headers("", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if routes.Serves(r) {
			routes.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})))
	t.Cleanup(func() {
		h.Close()
		stop()
		assert.NoError(t, <-ended)
		assert.NoError(t, kept.Close())
		assert.NoError(t, db.Close())
	})
	return h
}

// audited returns an edition for the gate. It passes for one whose outcomes were walked before:
// the walk, which takes ten times as long as the rest, has its own tests.
func audited(c *content.Edition) audit.Content {
	return audit.Content{Questions: c.Questions, Catalogue: c.Catalogue, Texts: c.Texts, Engine: c.Engine, Structure: content.EmbeddedStructure()}
}

func whoever(r *http.Request) (staff.Person, bool) {
	c, err := r.Cookie("who")
	if err != nil {
		return staff.Person{}, false
	}
	for _, p := range []staff.Person{anna, bram, cees, dirk} {
		if p.ID == c.Value {
			return p, true
		}
	}
	return staff.Person{}, false
}

// browser runs no script.
type browser struct {
	t    testing.TB
	h    *harness
	c    *http.Client
	page got
}

type got struct {
	status int
	path   string
	text   string
	root   *html.Node
}

// as returns a browser of a signed-in user.
func (h *harness) as(t testing.TB, who staff.Person) *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	if at, _ := url.Parse(h.URL); who.ID != "" {
		jar.SetCookies(at, []*http.Cookie{{Name: "who", Value: who.ID}})
	}
	client := *h.Client()
	client.Jar = jar
	return &browser{t: t, h: h, c: &client}
}

func (b *browser) do(method, path string, values url.Values) *got {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.h.URL+path, strings.NewReader(values.Encode()))
	require.NoError(b.t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, err := b.c.Do(r)
	require.NoError(b.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	b.page = got{status: response.StatusCode, path: response.Request.URL.RequestURI(), text: string(body)}
	b.page.root, err = html.Parse(strings.NewReader(b.page.text))
	require.NoError(b.t, err)
	return &b.page
}

func (b *browser) get(path string) *got { b.t.Helper(); return b.do(http.MethodGet, path, nil) }

// send sends the form that posts to an address, with some fields filled in.
func (b *browser) send(action string, fill url.Values) *got {
	b.t.Helper()
	values, ok := b.page.form(action)
	require.True(b.t, ok, "no form for %s on %s:\n%s", action, b.page.path, b.page.main())
	for name, list := range fill {
		values[name] = list
	}
	return b.do(http.MethodPost, action, values)
}

func attr(n *html.Node, key string) string {
	v, _ := attribute(n, key)
	return v
}

func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// form returns what a browser sends of a form.
func (p *got) form(action string) (values url.Values, ok bool) {
	for form := range p.root.Descendants() {
		if form.Data != "form" || attr(form, "action") != action {
			continue
		}
		values = url.Values{}
		for n := range form.Descendants() {
			if _, off := attribute(n, "disabled"); off || attr(n, "name") == "" {
				continue
			}
			add(values, n)
		}
		return values, true
	}
	return nil, false
}

func add(values url.Values, n *html.Node) {
	name := attr(n, "name")
	switch n.Data {
	case "textarea":
		values.Add(name, strings.ReplaceAll(textOf(n), "\n", "\r\n"))
	case "select":
		value, first := "", true
		for o := range n.Descendants() {
			if o.Data != "option" {
				continue
			}
			if _, on := attribute(o, "selected"); on || first {
				value, first = attr(o, "value"), false
			}
		}
		values.Add(name, value)
	case "input":
		if kind := attr(n, "type"); kind == "checkbox" || kind == "radio" {
			if _, on := attribute(n, "checked"); !on {
				return
			}
		}
		values.Add(name, attr(n, "value"))
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// main returns the words of a page.
func (p *got) main() string {
	for n := range p.root.Descendants() {
		if n.Data == "main" {
			return strings.Join(strings.Fields(textOf(n)), " ")
		}
	}
	return ""
}
