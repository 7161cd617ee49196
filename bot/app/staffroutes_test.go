package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/settings"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/signin"
	"digiwijzer/locales"
)

// openToAll are the addresses for staff that need no sign-in.
var openToAll = []string{"GET /inloggen", "POST /inloggen/begin", "POST /inloggen/passkey", "GET /inloggen/organisatie", "GET /inloggen/terug",
	"GET /uitnodiging", "POST /uitnodiging/begin", "POST /uitnodiging/passkey", "POST /uitloggen", "GET /uitgelogd"}

// allowed are the rights that an address below a path may ask for, and those of what changes
// something there.
var allowed = []struct {
	path            string
	rights, changes []staff.Right
}{
	{"/account", []staff.Right{staff.OwnAccount}, []staff.Right{staff.OwnAccount}},
	{"/beheer", []staff.Right{staff.ManagePeople, staff.SeeAudit}, []staff.Right{staff.ManagePeople}},
	{"/redactie", []staff.Right{staff.SeeContent, staff.Draft, staff.Publish}, []staff.Right{staff.Draft, staff.Publish}},
	{"/werkgroep", []staff.Right{staff.SeeFigures, staff.SeeExact, staff.ManagePartners, staff.ManageForms, staff.ManageMail},
		[]staff.Right{staff.ManagePartners, staff.ManageForms, staff.ManageMail}},
}

// reachesOut is the address that sends requests to other sites, which a test must not: it is only requested
// by those who may not use it.
const reachesOut = "POST /redactie/bijhouden/adressen"

// startedHere returns a service of which the handler answers in this process.
func startedHere(t *testing.T) (*Service, http.Handler) {
	t.Helper()
	words, err := locales.BuiltIn()
	require.NoError(t, err)
	dir := t.TempDir()
	base := Base{Words: words, Lang: "nl", Clock: bot.SystemClock{}, Settings: settings.Settings{
		Data: filepath.Join(dir, "data"), KeyFile: filepath.Join(dir, "key"), Listen: "127.0.0.1:0", SendRate: 30,
		DashboardToken: secret.New("a-token-of-the-working-group"),
	}}
	s, err := Open(t.Context(), Options{Base: base, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s, s.servers[0].Handler
}

// TestEveryRouteForEveryRole requests each address for staff without a user, with the shared token and with
// every role. The table is made from the registered addresses, so that a new one is included.
func TestEveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	s, handler := startedHere(t)
	sessions := map[staff.Role]string{}
	for _, role := range staff.Roles() {
		token, _, err := people.New(s.staffDB, s.Clock).SignInExternal(t.Context(),
			people.External{Issuer: "https://id.example", Subject: string(role), Name: string(role), Roles: []staff.Role{role}},
			people.Answer{Challenge: []byte(role), Expires: s.Clock.Now().Add(time.Minute)})
		require.NoError(t, err)
		sessions[role] = "medewerker=" + token
	}
	shared := sharedSession(t, handler)
	routes := s.staffRoutes.List()
	require.Greater(t, len(routes), 20)
	cells := 0
	for _, route := range routes {
		if route.Right == signin.Public {
			assert.Contains(t, openToAll, route.Pattern, "an address that everybody may use must be on the list")
			continue
		}
		requireFittingRight(t, route)
		check := func(who, cookie string, p staff.Person) {
			cells++
			if route.Pattern == reachesOut && p.May(route.Right) {
				return
			}
			assert.Equal(t, expected(p, route), outcomeOf(t, handler, route.Pattern, cookie), "%s as %s", route.Pattern, who)
		}
		check("nobody", "", staff.Person{})
		check("somebody with a forged session", "medewerker=AAAAAAAAAAAAAAAAAAAAAAAAAA", staff.Person{})
		check("the shared token", shared, staff.Shared())
		for _, role := range staff.Roles() {
			check(string(role), sessions[role], staff.Person{ID: "x", Roles: []staff.Role{role}})
		}
	}
	t.Logf("%d addresses, %d of them open to all; %d cells", len(routes), len(openToAll), cells)
}

// requireFittingRight: addresses below a path need a right of that area, and changes need more than the right
// to view.
func requireFittingRight(t *testing.T, route signin.Route) {
	t.Helper()
	method, path, _ := strings.Cut(route.Pattern, " ")
	i := slices.IndexFunc(allowed, func(a struct {
		path            string
		rights, changes []staff.Right
	}) bool {
		return path == a.path || strings.HasPrefix(path, a.path+"/")
	})
	if assert.GreaterOrEqual(t, i, 0, "%s: say in allowed what may be asked for below a new path", route.Pattern) {
		rights := allowed[i].rights
		if method != http.MethodGet {
			rights = allowed[i].changes
		}
		assert.Contains(t, rights, route.Right, route.Pattern)
	}
}

// What can come of a request.
const (
	letIn     = "let in"
	turnedOff = "not for this role"
	sentAway  = "must sign in"
)

func expected(p staff.Person, route signin.Route) string {
	switch {
	case p.May(route.Right):
		return letIn
	case p.ID == "":
		return sentAway
	}
	return turnedOff
}

// wildcard is a variable part of a pattern.
var wildcard = regexp.MustCompile(`\{[^}]*\}`)

func outcomeOf(t *testing.T, handler http.Handler, pattern, cookie string) string {
	t.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	answer := request(t, handler, method, wildcard.ReplaceAllString(path, "x"), cookie)
	switch {
	case answer.Code == http.StatusSeeOther && strings.HasPrefix(answer.Header().Get("Location"), signin.Path):
		return sentAway
	case answer.Code == http.StatusForbidden && strings.Contains(answer.Body.String(), "hoort niet bij je rol"):
		return turnedOff
	}
	assert.Equal(t, "no-store", answer.Header().Get("Cache-Control"), pattern)
	return letIn
}

func request(t *testing.T, handler http.Handler, method, target, cookie string) *httptest.ResponseRecorder {
	t.Helper()
	path, body, _ := strings.Cut(target, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer
}

// sharedSession logs in with the shared token.
func sharedSession(t *testing.T, handler http.Handler) string {
	t.Helper()
	answer := request(t, handler, http.MethodPost, "/werkgroep token=a-token-of-the-working-group", "")
	require.Equal(t, http.StatusSeeOther, answer.Code)
	cookie, _, _ := strings.Cut(answer.Header().Get("Set-Cookie"), ";")
	return cookie
}

// TestFiguresForEveryRole: the dashboard, which the site itself serves, opens for who may see
// figures.
func TestFiguresForEveryRole(t *testing.T) {
	t.Parallel()
	s, handler := startedHere(t)
	for _, role := range staff.Roles() {
		token, _, err := people.New(s.staffDB, s.Clock).SignInExternal(t.Context(),
			people.External{Issuer: "https://id.example", Subject: string(role), Name: string(role), Roles: []staff.Role{role}},
			people.Answer{Challenge: []byte(role), Expires: s.Clock.Now().Add(time.Minute)})
		require.NoError(t, err)
		sees := staff.Person{ID: "x", Roles: []staff.Role{role}}.May(staff.SeeFigures)
		for _, path := range []string{"/werkgroep/cijfers", "/werkgroep/cijfers/json"} {
			answer := request(t, handler, http.MethodGet, path, "medewerker="+token)
			assert.Equal(t, sees, answer.Code == http.StatusOK, "%s %s", role, path)
		}
	}
}
