package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
)

func TestServeStartsAndStops(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.serve()
	t.Logf("ready after %s", s.started)
	status, code := s.health()
	assert.Equal(t, http.StatusOK, code)
	assert.True(t, status.OK)
	assert.Len(t, status.Content.Version, 12)
	assert.Nil(t, status.Telegram, "not in use")
	info, err := os.Stat(filepath.Join(h.dir, "digiwijzer.key"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	page, err := http.Get(s.url + "/")
	require.NoError(t, err)
	defer page.Body.Close()
	body, err := io.ReadAll(page.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, page.StatusCode)
	assert.Contains(t, string(body), "Digiwijzer")
	assert.Zero(t, s.stop(), s.stderr)
}

func TestSecondInstanceIsRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.serve()
	o := h.run("", "serve")
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stderr, "data")
	assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
	h.ok("report", "--format", "json") // reading is allowed
	h.ok("backup", h.at("copy.db"))
	assert.Zero(t, s.stop(), s.stderr)
}

// TestForeignKeyIsRefused: data encrypted with another key is not served, and no new key
// is created for it.
func TestForeignKeyIsRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.makeData()
	key := filepath.Join(h.dir, "digiwijzer.key")
	require.NoError(t, os.Remove(key))
	o := h.run("", "serve")
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stderr, "digiwijzer.key")
	assert.NoFileExists(t, key)
	require.NoError(t, os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600))
	assert.Equal(t, 1, h.run("", "serve").code)
}

func TestPagesAreServedWhenTheTokenIsRefused(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	h := newHarness(t, env...).with("TELEGRAM_BOT_TOKEN=99:another-token-that-is-not-the-right-one")
	s := h.serve()
	// Health turns red after two minutes only, which package bot tests in virtual time.
	eventually(t, "the log says that the token is refused", func() bool {
		return strings.Contains(s.stderr.String(), "bot token refused")
	})
	page, err := http.Get(s.url + "/")
	require.NoError(t, err)
	defer page.Body.Close()
	assert.Equal(t, http.StatusOK, page.StatusCode)
	assert.NotContains(t, s.stderr.String(), fake.Token())
	assert.NotContains(t, s.stderr.String(), "another-token")
	assert.Zero(t, s.stop(), s.stderr)
}

// TestContentIsReplacedWhileServing: on SIGHUP valid content is activated, and faulty
// content is refused as a whole.
func TestContentIsReplacedWhileServing(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	dir := folder(t, "locales/mine.nl.toml", `"question.size.text" = "Hoeveel mensen werken er?"`)
	h := newHarness(t, env...).with("DIGIWIJZER_CONTENT=" + dir)
	h.passed(dir) // what replaces it has to pass the gate of the program
	s := h.serve()
	ctx := waitContext(t)
	shows := func(id int64, words string) {
		t.Helper()
		p := fake.Person(id, "nl")
		p.Start("")
		require.NoError(t, p.Wait(ctx, func(p *telegramtest.Person) bool { return look(p).question == "size" }))
		assert.Contains(t, p.Screen(), words)
	}
	shows(1, "Hoeveel mensen werken er?")
	first, _ := s.health()

	write(t, filepath.Join(dir, "locales/mine.nl.toml"), `"question.size.text" = "{{.Kapot"`)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, "health reports that content was refused", func() bool {
		status, _ := s.health()
		return !status.Content.OK && status.Content.Version == first.Content.Version
	})
	shows(2, "Hoeveel mensen werken er?")

	write(t, filepath.Join(dir, "locales/mine.nl.toml"), `"question.size.text" = "Met zijn hoevelen?"`)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, "the new content is in use", func() bool {
		status, _ := s.health()
		return status.Content.OK && status.Content.Version != first.Content.Version
	})
	shows(3, "Met zijn hoevelen?")
	assert.Zero(t, s.stop(), s.stderr)
}

func TestServeStartsWithFaultyContent(t *testing.T) {
	t.Parallel()
	dir := folder(t, "flows/questions.toml", "question_set = ")
	s := newHarness(t, "DIGIWIJZER_CONTENT="+dir).serve()
	status, code := s.health()
	assert.Equal(t, http.StatusServiceUnavailable, code)
	assert.False(t, status.Content.OK)
	assert.Contains(t, status.Content.Problem, "questions.toml")
	assert.Zero(t, s.stop(), s.stderr)
}

// TestTestConversationsAreNotCounted: those of coordinators and those by the test link.
func TestTestConversationsAreNotCounted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env   []string
		start string
	}{
		"coordinator": {[]string{"DIGIWIJZER_COORDINATORS=5000"}, ""},
		"test link":   {nil, "test"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, env := telegramAPI(t)
			h := newHarness(t, env...).with(c.env...)
			s := h.serve()
			people, _ := crowd(t, fake, 1, func(int) string { return c.start })
			assert.Contains(t, advice(people[0]), "proef")
			r := h.report("--week", "2026-W47")
			assert.Zero(t, r.Totals.Started)
			assert.Zero(t, r.Totals.Completed)
			assert.Zero(t, s.stop(), s.stderr)
		})
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)

// visit opens the site and answers the first two questions: from then on it counts.
func visit(t *testing.T, site string) {
	t.Helper()
	status, _, body := openSite(t, site)()
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "In welke gemeente", "the next question")
}

// openSite opens the site and answers the first question. Each call of the returned function
// submits the form with the same answer to the second.
func openSite(t *testing.T, site string) (answer func() (status int, header http.Header, body string)) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	page, err := browser.Get(site + "/")
	require.NoError(t, err)
	defer page.Body.Close()
	body, err := io.ReadAll(page.Body)
	require.NoError(t, err)
	submit := func(page, button string) (int, http.Header, string) {
		form := url.Values{"k": {button}}
		for _, field := range hiddenField.FindAllStringSubmatch(page, -1) {
			form.Set(field[1], field[2])
		}
		request, err := http.NewRequest(http.MethodPost, site+"/gesprek", strings.NewReader(form.Encode()))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", site)
		next, err := browser.Do(request)
		require.NoError(t, err)
		defer next.Body.Close()
		body, err := io.ReadAll(next.Body)
		require.NoError(t, err)
		return next.StatusCode, next.Header, string(body)
	}
	status, _, second := submit(string(body), "a.size.2")
	require.Equal(t, http.StatusOK, status)
	return func() (int, http.Header, string) { return submit(second, "a.sector.horeca") }
}

// TestVisitorsCountWhenThePageIsPublic: visitors of a site that only this machine can
// reach are not counted.
func TestVisitorsCountWhenThePageIsPublic(t *testing.T) {
	t.Parallel()
	for name, public := range map[string]bool{"on this machine only": false, "public": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := freeAddress(t)
			h, counted := newHarness(t, "DIGIWIJZER_LISTEN="+address), 0
			if public {
				h.with("DIGIWIJZER_PUBLIC_URL=http://" + address)
				counted = 1
			}
			s := h.serve()
			visit(t, s.url)
			assert.Equal(t, counted, h.report("--week", "2026-W47").Totals.Started)
			assert.Zero(t, s.stop(), s.stderr)
		})
	}
}

func TestSecondCheckCountsAsRepeat(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	h := newHarness(t, env...)
	s := h.serve()
	people, _ := crowd(t, fake, 1, func(int) string { return "" })
	ctx := waitContext(t)
	people[0].Say("/opnieuw")
	require.NoError(t, people[0].Wait(ctx, func(p *telegramtest.Person) bool { return look(p).question == "size" }))
	_, err := answerAll(ctx, people[0], 3)
	require.NoError(t, err)
	r := h.report("--week", "2026-W47")
	assert.Equal(t, 1, r.Totals.Completed)
	assert.Equal(t, 1, r.Totals.Repeat)
	require.NotNil(t, r.Waiting)
	assert.Equal(t, 2, *r.Waiting)
	assert.Zero(t, s.stop(), s.stderr)

	table := h.ok("report", "--week", "2026-W47")
	assert.Contains(t, table, "Jaardoel 2026: ")
	assert.Contains(t, table, "2 afgeronde gesprekken wachten")
	assert.NotContains(t, table, "[report.")
	require.NoError(t, os.Rename(filepath.Join(h.dir, "digiwijzer.key"), filepath.Join(h.dir, "elsewhere.key")))
	assert.Nil(t, h.report("--week", "2026-W47").Waiting, "unknown without the key")
}

// TestNothingPersonalIsStored: names, chat ids and typed text are in no file and in no log.
func TestNothingPersonalIsStored(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	h := newHarness(t, env...)
	s := h.serve()
	p := fake.Person(987654321, "nl")
	ctx := waitContext(t)
	p.Start("")
	require.NoError(t, p.Wait(ctx, func(p *telegramtest.Person) bool { return look(p).question == "size" }))
	p.Say("mijn geheime kapsalon")
	require.NoError(t, p.Wait(ctx, func(p *telegramtest.Person) bool { return strings.Contains(p.Screen(), "begrijp") }))
	s.kill() // so that the write-ahead logs remain
	files := 0
	require.NoError(t, filepath.WalkDir(h.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		files++
		for _, secret := range []string{"987654321", "geheime kapsalon", "Canary", fake.Token()} {
			assert.NotContains(t, string(content), secret, path)
			assert.NotContains(t, s.stderr.String(), secret)
		}
		return nil
	}))
	assert.GreaterOrEqual(t, files, 3)
}

func TestHealthIsJSONForMonitors(t *testing.T) {
	t.Parallel()
	s := newHarness(t).serve()
	response, err := http.Get(s.admin + "/healthz")
	require.NoError(t, err)
	defer response.Body.Close()
	var status map[string]any
	require.NoError(t, json.NewDecoder(response.Body).Decode(&status))
	for _, part := range []string{"ok", "content", "storage", "outbox"} {
		assert.Contains(t, status, part)
	}
}

// The Bot API is reached through the proxy that the environment names.
func TestTelegramThroughAProxy(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- r.Method + " " + r.Host:
		default: // it is asked again
		}
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer proxy.Close()
	s := newHarness(t, "TELEGRAM_BOT_TOKEN="+telegramtest.DefaultToken, "HTTPS_PROXY="+proxy.URL).serve()
	select {
	case request := <-asked:
		assert.Equal(t, "CONNECT api.telegram.org:443", request)
	case <-waitContext(t).Done():
		assert.Fail(t, "the proxy is not asked", s.stderr)
	}
	assert.Zero(t, s.stop(), s.stderr)
}
