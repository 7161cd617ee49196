package main

import (
	"digiwijzer/bot/app"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/settings"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fetch reads an address of the server.
func (s *server) fetch(client *http.Client, path string) (status int, body string) {
	s.t.Helper()
	return s.fetchFrom(client, s.url+path)
}

func (s *server) fetchFrom(client *http.Client, address string) (status int, body string) {
	s.t.Helper()
	response, err := client.Get(address)
	require.NoError(s.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(content)
}

// TestDashboardIsClosedWithoutToken: only people who signed in get in.
func TestDashboardIsClosedWithoutToken(t *testing.T) {
	t.Parallel()
	s := newHarness(t).serve()
	for _, path := range []string{"/werkgroep", "/werkgroep/cijfers", "/werkgroep/cijfers/json"} {
		status, body := s.fetch(http.DefaultClient, path)
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, body, "Inloggen met je passkey", path)
		assert.NotContains(t, body, "Toegangscode", path)
	}
}

func TestShortDashboardTokenIsRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "DIGIWIJZER_DASHBOARD_TOKEN=fifteen-letters")
	o := h.run("", "serve")
	assert.Equal(t, exitBadInput, o.code)
	assert.Contains(t, o.stderr, "DIGIWIJZER_DASHBOARD_TOKEN")
	assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
	assert.NotContains(t, o.stderr, "fifteen-letters")
	assert.NoFileExists(t, filepath.Join(h.dir, "digiwijzer.key"), "nothing was begun")
}

// TestSimpleDashboardTokenIsRefused: long is not enough.
func TestSimpleDashboardTokenIsRefused(t *testing.T) {
	t.Parallel()
	for _, token := range []string{strings.Repeat("a", 40), "0123456012345601", "aabbccddeeffgaab", "geheim!!geheim!!", "werkgroepwerkgroepwerk"} {
		_, err := settings.Settings{DashboardToken: secret.New(token)}.SharedToken()
		assert.Error(t, err, token)
	}
	for _, token := range []string{"sixteen-letters!", "9f2c7b1e64d0a8359f2c7b1e64d0a836", "correct horse battery staple", "toegangscode-utrecht"} {
		_, err := settings.Settings{DashboardToken: secret.New(token)}.SharedToken()
		assert.NoError(t, err, token)
	}
	o := newHarness(t, "DIGIWIJZER_DASHBOARD_TOKEN="+strings.Repeat("z", 20)).run("", "serve")
	assert.Equal(t, exitBadInput, o.code)
	assert.Regexp(t, `^digiwijzer: DIGIWIJZER_DASHBOARD_TOKEN: .*openssl rand.*\n$`, o.stderr)
	assert.NotContains(t, o.stderr, "zzz")
}

// TestDashboardShowsWhatWasCounted logs in as a browser does and finds the figures that
// the command line gives.
func TestDashboardShowsWhatWasCounted(t *testing.T) {
	t.Parallel()
	const token = "sixteen-letters!"
	address := freeAddress(t)
	h := newHarness(t, "DIGIWIJZER_LISTEN="+address, "DIGIWIJZER_PUBLIC_URL=http://"+address)
	write(t, filepath.Join(h.dir, "token"), token+"\n")
	s := h.with("DIGIWIJZER_DASHBOARD_TOKEN_FILE=token").serve()
	visit(t, s.url)

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	coordinator := &http.Client{Jar: jar}
	_, outside := s.fetch(coordinator, "/werkgroep/cijfers/json?week=2026-W47")
	assert.NotContains(t, outside, "started")
	response, err := coordinator.PostForm(s.url+"/werkgroep", url.Values{"token": {token}})
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)

	_, text := s.fetch(coordinator, "/werkgroep/cijfers/json?week=2026-W47")
	var shown weekly
	require.NoError(t, json.Unmarshal([]byte(text), &shown), text)
	counted := h.report("--week", "2026-W47")
	assert.Equal(t, 1, shown.Totals.Started)
	assert.Equal(t, counted.Totals.Completed, shown.Totals.Completed)
	assert.NotEmpty(t, counted.Totals.Referrals)
	assert.Nil(t, shown.Totals.Referrals, "the dashboard shows nothing that says something about a business")
	assert.NotContains(t, text, "invented")
	status, page := s.fetch(coordinator, "/werkgroep/cijfers?kwartaal=2026Q4")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "1-2-2027", "the quarter is not closed: says when it is")
	for _, nonsense := range []string{"week=2026-W99", "week=x", "kwartaal=2026Q5", "kwartaal=../../etc"} {
		status, _ = s.fetch(coordinator, "/werkgroep/cijfers?"+nonsense)
		assert.Equal(t, http.StatusNotFound, status, nonsense)
	}
	assert.Zero(t, s.stop(), s.stderr)
	assert.NotContains(t, s.stderr.String(), token)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newHarness(t).serve()
	visit(t, s.url)
	status, text := s.fetchFrom(http.DefaultClient, s.admin+"/metrics")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, "\ndigiwijzer_updates_total 1\n")
}

// TestDemo: figures from the first moment, all of them marked, of nobody; nothing of the
// machine's own is touched, a bot's token neither, and afterwards nothing is left.
func TestDemo(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	h := newHarness(t, env...)
	temp := filepath.Join(h.dir, "temp")
	require.NoError(t, os.Mkdir(temp, 0o700))
	s := h.with("TMPDIR=" + temp).serve("--demo")
	t.Logf("says where it runs after %s", s.started)
	made, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Len(t, made, 1)
	info, err := made[0].Info()
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "nobody else looks into it")

	counts := func() (r weekly) {
		_, text := s.fetch(http.DefaultClient, "/werkgroep/cijfers/json")
		require.NoError(t, json.Unmarshal([]byte(text), &r), text)
		assert.Contains(t, text, `"invented": true`)
		return r
	}
	before := counts()
	assert.Len(t, before.Weeks, 13)
	assert.Greater(t, before.Totals.Started, 100)
	assert.Greater(t, before.Totals.Completed, 80)
	assert.Less(t, before.Totals.Completed, before.Totals.Started)
	for _, code := range app.DemoPartners() {
		assert.Positive(t, before.Totals.Partners[code], code)
	}
	visit(t, s.url)
	assert.Equal(t, before.Totals, counts().Totals, "a visitor is not counted")

	_, overview := s.fetch(http.DefaultClient, "/werkgroep")
	assert.Contains(t, overview, "Kwartaal 3 van 2026")
	_, quarter := s.fetch(http.DefaultClient, "/werkgroep/cijfers?kwartaal=2026Q3")
	assert.Contains(t, quarter, "Loket Voorbeeld (verzonnen)")
	assert.Contains(t, quarter, "Antwoordde na zes weken", "the follow-up was answered")
	for _, path := range []string{"/", "/werkgroep", "/werkgroep/cijfers", "/werkgroep/cijfers?kwartaal=2026Q3"} {
		_, page := s.fetch(http.DefaultClient, path)
		assert.Contains(t, page, "Demo, verzonnen gegevens", path)
	}

	assert.Zero(t, s.stop(), s.stderr)
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.NoDirExists(t, filepath.Join(h.dir, "data"))
	assert.NoFileExists(t, filepath.Join(h.dir, "digiwijzer.key"))
	assert.Empty(t, fake.Calls(), "the bot was left alone")
	assert.Contains(t, s.stderr.String(), "Telegram")
}
