package signin_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/frame"
	"digiwijzer/bot/web/signin"
	"digiwijzer/locales"
	"digiwijzer/store/memdir"
	"digiwijzer/store/staffdb"
)

// fakeClock is the machine's clock plus an offset: the WebAuthn and OIDC libraries read the
// machine's.
type fakeClock struct {
	mu     sync.Mutex
	offset time.Duration
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

func (c *fakeClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func (c *fakeClock) skip(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// harness is the pages for staff on real data, within the real frame of the site.
type harness struct {
	*httptest.Server
	t      testing.TB
	clock  *fakeClock
	db     *staffdb.DB
	people *people.Service
	routes *signin.Routes
	log    *lockedLog
	dir    string
}

type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// change adapts the options of a harness.
type change func(*signin.Options)

func newHarness(t testing.TB, changes ...change) *harness {
	t.Helper()
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	h := &harness{t: t, clock: &fakeClock{}, log: &lockedLog{}, dir: memdir.New(t)}
	h.db, err = staffdb.Open(t.Context(), h.dir)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, h.db.Close()) })
	h.people = people.New(h.db, h.clock)
	var in *signin.SignIn
	site := web.New(web.Options{Texts: func() *locales.Texts { return texts }, Clock: h.clock, Assets: []fs.FS{signin.Assets()},
		Menu: func(r *http.Request, words frame.Words) frame.Menu { return in.Menu(r, words) }})
	o := signin.Options{Frame: site, People: h.people, Key: make([]byte, 32), Clock: h.clock, Contact: "loket@example.nl",
		Menu: []signin.MenuEntry{{Href: "/werkgroep", Text: "dashboard.nav", Right: staff.SeeFigures}}, Log: slog.New(slog.NewTextHandler(h.log, nil))}
	for _, change := range changes {
		change(&o)
	}
	in, err = signin.New(o)
	require.NoError(t, err)
	h.routes = in.NewRoutes()
	h.routes.Handle("POST /redactie/publiceren", staff.Publish, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "gepubliceerd") })
	h.Server = httptest.NewServer(web.Headers(o.PublicURL, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.routes.Serves(r) {
			h.routes.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})))
	t.Cleanup(h.Server.Close)
	h.URL = strings.Replace(h.URL, "127.0.0.1", "localhost", 1) // where passkeys work
	return h
}

// invite invites somebody and returns the token of the link.
func (h *harness) invite(name string, roles ...staff.Role) string {
	h.t.Helper()
	i, err := h.people.Invite(h.t.Context(), staffdb.CommandLine, name, roles)
	require.NoError(h.t, err)
	return i.Token
}

// browser is a browser with passkeys.
type browser struct {
	*http.Client
	h       *harness
	origin  string
	keys    virtualwebauthn.Authenticator
	headers http.Header
}

func (h *harness) browser() *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(h.t, err)
	return &browser{h: h, origin: h.URL, headers: http.Header{"Sec-Fetch-Site": {"same-origin"}},
		Client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is an answer.
type page struct {
	status int
	header http.Header
	text   string
}

func (b *browser) send(method, path, kind string, body io.Reader) page {
	b.h.t.Helper()
	r, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.URL+path, body)
	require.NoError(b.h.t, err)
	r.Header = b.headers.Clone()
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := b.Do(r)
	require.NoError(b.h.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(b.h.t, err)
	return page{answer.StatusCode, answer.Header, string(text)}
}

func (b *browser) get(path string) page { b.h.t.Helper(); return b.send(http.MethodGet, path, "", nil) }

func (b *browser) post(path string, pairs ...string) page {
	b.h.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.send(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// call posts as the script does.
func (b *browser) call(path, body string) (page, answer) {
	b.h.t.Helper()
	p := b.send(http.MethodPost, path, "text/plain", strings.NewReader(body))
	var a answer
	if strings.HasPrefix(p.header.Get("Content-Type"), "application/json") {
		require.NoError(b.h.t, json.Unmarshal([]byte(p.text), &a))
	}
	return p, a
}

type answer struct {
	Options           json.RawMessage
	Name, Next, Error string
}

func (b *browser) party() virtualwebauthn.RelyingParty {
	return virtualwebauthn.RelyingParty{ID: "localhost", Name: "Digiwijzer", Origin: b.origin}
}

// made answers a challenge to register with a new key.
func (b *browser) made(options json.RawMessage) string {
	b.h.t.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(string(options))
	require.NoError(b.h.t, err)
	key := newKey()
	b.keys = virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(asked.UserID)})
	made := virtualwebauthn.CreateAttestationResponse(b.party(), b.keys, key, *asked)
	b.keys.AddCredential(key)
	return made
}

// newKey returns a key of which both coordinates have all 32 bytes: the authenticator leaves
// zeros at their beginning out, one time in 128, and the server rightly refuses those.
func newKey() virtualwebauthn.Credential {
	const whole = 77 // bytes of a COSE key on P-256
	for {
		if key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(key.Key.AttestationData()) == whole {
			return key
		}
	}
}

// shown answers a challenge to sign in with the latest key.
func (b *browser) shown(options json.RawMessage) string {
	b.h.t.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(string(options))
	require.NoError(b.h.t, err)
	key := &b.keys.Credentials[len(b.keys.Credentials)-1]
	key.Counter++
	return virtualwebauthn.CreateAssertionResponse(b.party(), b.keys, *key, *asked)
}

// accept uses an invitation and returns the answer.
func (b *browser) accept(token string) (page, answer) {
	b.h.t.Helper()
	p, begun := b.call("/uitnodiging/begin", token)
	if p.status != http.StatusOK {
		return p, begun
	}
	return b.call("/uitnodiging/passkey", b.made(begun.Options))
}

// signIn signs in with the latest key.
func (b *browser) signIn() (page, answer) {
	b.h.t.Helper()
	p, begun := b.call("/inloggen/begin", "")
	require.Equal(b.h.t, http.StatusOK, p.status)
	return b.call("/inloggen/passkey", b.shown(begun.Options))
}

// member returns the browser of a signed-in user with roles.
func (h *harness) member(name string, roles ...staff.Role) *browser {
	h.t.Helper()
	b := h.browser()
	p, a := b.accept(h.invite(name, roles...))
	require.Equal(h.t, http.StatusOK, p.status, p.text)
	require.Equal(h.t, "/account", a.Next)
	return b
}

// cookie returns the cookie of the session.
func (b *browser) cookie() *http.Cookie {
	site, err := url.Parse(b.h.URL)
	require.NoError(b.h.t, err)
	for _, c := range b.Jar.Cookies(site) {
		if c.Name == "medewerker" {
			return c
		}
	}
	return nil
}

// carry puts a stolen or forged session into a browser.
func (b *browser) carry(value string) {
	site, err := url.Parse(b.h.URL)
	require.NoError(b.h.t, err)
	b.Jar.SetCookies(site, []*http.Cookie{{Name: "medewerker", Value: value, Path: "/"}})
}

// id returns the id of a person.
func (h *harness) id(name string) string {
	h.t.Helper()
	p, err := h.people.Find(h.t.Context(), name)
	require.NoError(h.t, err)
	return p.ID
}
