package signin_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/signin"
)

func cloneJar(t *testing.T, h *harness, b *browser) http.CookieJar {
	t.Helper()
	site, err := url.Parse(h.URL)
	require.NoError(t, err)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	jar.SetCookies(site, b.Jar.Cookies(site))
	return jar
}

// TestSessionsEnd: after half an hour without a request, after eight hours in any case, at a
// sign-out, when revoked and with the person; a copy of the cookie ends with it.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	open := func(b *browser) bool { return b.get("/account").status == http.StatusOK }

	b := h.member("Idle", staff.RoleReader)
	h.clock.skip(people.SessionIdle - 2*time.Minute)
	assert.True(t, open(b))
	h.clock.skip(people.SessionIdle - 2*time.Minute)
	assert.True(t, open(b), "each request extends it")
	h.clock.skip(people.SessionIdle)
	assert.False(t, open(b), "idle")

	b = h.member("Long", staff.RoleReader)
	for range 16 {
		assert.True(t, open(b))
		h.clock.skip(people.SessionIdle - time.Minute)
	}
	assert.True(t, open(b), "8 hours less 16 minutes")
	h.clock.skip(16 * time.Minute)
	assert.False(t, open(b), "8 hours")

	admin := h.member("Admin", staff.RoleAdmin)
	b = h.member("Thief's prey", staff.RoleReader)
	thief := h.browser()
	thief.carry(b.cookie().Value)
	assert.True(t, open(thief))
	b.post("/uitloggen")
	assert.False(t, open(thief), "the server forgot it")

	b = h.member("Revoked", staff.RoleReader)
	assert.Equal(t, http.StatusSeeOther, admin.post("/beheer/sessies", "id", h.id("Revoked")).status)
	assert.False(t, open(b), "revoked")
	b = h.member("Removed", staff.RoleReader)
	assert.Equal(t, http.StatusSeeOther, admin.post("/beheer/verwijderen", "id", h.id("Removed")).status)
	assert.False(t, open(b), "removed")
	p, _ := b.signIn()
	assert.Equal(t, http.StatusForbidden, p.status)
}

// TestOwnSessionsCanBeEnded: one by one, and all others at once, and nobody else's.
func TestOwnSessionsCanBeEnded(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, other := h.member("Anna", staff.RoleReader), h.member("Bert", staff.RoleReader)
	more := make([]*browser, 3)
	for i := range more {
		more[i] = h.browser()
		more[i].keys = b.keys
		more[i].keys.Credentials[0].Counter = uint32(i * 5)
		p, _ := more[i].signIn()
		require.Equal(t, http.StatusOK, p.status)
	}
	sessions, err := h.people.Open(t.Context(), h.id("Anna"))
	require.NoError(t, err)
	require.Len(t, sessions, 4)
	of, err := h.people.Open(t.Context(), h.id("Bert"))
	require.NoError(t, err)
	b.post("/account/sessies", "id", of[0].ID)
	assert.Equal(t, http.StatusOK, other.get("/account").status, "somebody else's stays")
	b.post("/account/sessies")
	for _, gone := range more {
		assert.Equal(t, http.StatusSeeOther, gone.get("/account").status)
	}
	assert.Equal(t, http.StatusOK, b.get("/account").status)
	assert.Equal(t, http.StatusOK, other.get("/account").status)
}

// TestSessionFixation: a session planted in a browser is not the one that the person gets, and ends.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	eve, anna := h.member("Eve", staff.RoleReader), h.member("Anna", staff.RoleAdmin)
	anna.post("/uitloggen")
	planted := eve.cookie().Value
	anna.carry(planted)
	p, _ := anna.signIn()
	require.Equal(t, http.StatusOK, p.status)
	assert.NotEqual(t, planted, anna.cookie().Value)
	assert.Equal(t, http.StatusSeeOther, eve.get("/account").status, "it ended")
	anna.post("/uitloggen")
	anna.carry("AAAAAAAAAAAAAAAAAAAAAAAAAA")
	p, _ = anna.signIn()
	require.Equal(t, http.StatusOK, p.status)
	assert.NotEqual(t, "AAAAAAAAAAAAAAAAAAAAAAAAAA", anna.cookie().Value)
}

// TestRightsThatAreTakenAwayAreGoneAtOnce: with the role goes the session.
func TestRightsThatAreTakenAwayAreGoneAtOnce(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	admin, b := h.member("Admin", staff.RoleAdmin), h.member("Anna", staff.RolePublisher)
	assert.Equal(t, http.StatusOK, b.post("/redactie/publiceren").status)
	before := b.cookie().Value
	assert.Equal(t, http.StatusSeeOther, admin.post("/beheer/rollen", "id", h.id("Anna"), "rol", "reader").status)
	assert.Equal(t, http.StatusSeeOther, b.post("/redactie/publiceren").status)
	p, _ := b.signIn()
	require.Equal(t, http.StatusOK, p.status)
	assert.NotEqual(t, before, b.cookie().Value)
	p = b.post("/redactie/publiceren")
	assert.Equal(t, http.StatusForbidden, p.status, "a reader who tries to publish")
	assert.Contains(t, p.text, "Vraag het aan de beheerder: loket@example.nl.")
	assert.NotContains(t, p.text, "gepubliceerd")
}

// TestCookies: on https with the prefix that binds it to the host, and never the token itself
// on the disk.
func TestCookies(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.member("Anna", staff.RoleReader)
	token := b.cookie().Value
	assert.Regexp(t, "^[A-Z2-7]{26}$", token)
	invited := h.invite("Bert", staff.RoleReader)
	files, err := filepath.Glob(filepath.Join(h.dir, "staff.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.NotContains(t, string(content), token)
		assert.NotContains(t, string(content), invited)
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
	safe := newHarness(t, func(o *signin.Options) { o.PublicURL = "https://localhost" })
	s := safe.browser()
	p, _ := s.call("/inloggen/begin", "")
	assert.Contains(t, p.header.Get("Set-Cookie"), "__Host-aanmelden=")
	assert.Contains(t, p.header.Get("Set-Cookie"), "Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax")
	p = s.post("/uitloggen")
	assert.True(t, strings.HasPrefix(p.header.Get("Set-Cookie"), "__Host-medewerker=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"), p.header.Get("Set-Cookie"))
}

// TestFormsOfOtherSites: refused, whoever is signed in, and nothing is done.
func TestFormsOfOtherSites(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.member("Admin", staff.RoleAdmin)
	for _, foreign := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}}} {
		b.headers = foreign
		for _, route := range h.routes.List() {
			method, path, _ := strings.Cut(route.Pattern, " ")
			if method == http.MethodPost {
				p := b.post(path, "naam", "Eve", "rol", "admin", "id", h.id("Admin"))
				assert.Equal(t, http.StatusForbidden, p.status, "%s %v", path, foreign)
				assert.Contains(t, p.text, "andere site", path)
			}
		}
	}
	b.headers = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	assert.Equal(t, http.StatusOK, b.get("/account").status, "still signed in")
	all, err := h.people.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, all, 1)
}

// TestNextPageIsOurs: a sign-in leads to a page of ours only.
func TestNextPageIsOurs(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b := h.member("Anna", staff.RoleReader)
	for wanted, next := range map[string]string{
		"/account": "/account", "/redactie?x=1&y=2": "/redactie?x=1&y=2",
		"https://evil.example/": "/werkgroep", "//evil.example/": "/werkgroep", `/\evil.example`: "/werkgroep", "javascript:alert(1)": "/werkgroep",
		"/a\r\nSet-Cookie: x=1": "/werkgroep", "": "/werkgroep", "/" + strings.Repeat("a", 600): "/werkgroep", "http:/evil.example": "/werkgroep",
	} {
		b.post("/uitloggen")
		_, begun := b.call("/inloggen/begin?"+url.Values{"naar": {wanted}}.Encode(), "")
		p, a := b.call("/inloggen/passkey", b.shown(begun.Options))
		require.Equal(t, http.StatusOK, p.status)
		assert.Equal(t, next, a.Next, wanted)
	}
}
