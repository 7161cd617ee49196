package web_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web"
)

// TestAnOwnCodeOpensTheAdviceAgain: nothing is stored before the second form, and nothing is
// counted at all.
func TestAnOwnCodeOpensTheAdviceAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	b := h.visit(t)
	code := codeOf(t, "2026H1", florist)
	p := b.openCode("/code", strings.ToLower(code))
	require.Equal(t, "/advies", p.url.Path)
	assert.Contains(t, p.main(), "Je wilt minder papierwerk.")
	assert.Contains(t, p.main(), "Dit zijn je antwoorden van het eerste halfjaar van 2026.")
	assert.Contains(t, p.text, code, "the code keeps its half-year")
	assert.NotContains(t, p.main(), "Wat vind je van deze check?", "an opinion would count")
	b.get("/antwoorden")
	b.press("d.change.administration.")
	require.Equal(t, "/vraag/administration", b.page.url.Path)
	b.press("a.administration.d")
	assert.Equal(t, "/advies", b.page.url.Path)
	assert.NotContains(t, b.page.text, code, "other answers have another code")
	weekly := h.weekly()
	assert.Zero(t, weekly.Started+weekly.Completed+weekly.Repeat)
}

// TestAnOldCodeShowsHowFarABusinessCame does the check and enters the code of an earlier one.
func TestAnOldCodeShowsHowFarABusinessCame(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	b := h.visit(t)
	b.openCode("/code", codeOf(t, "2026H2", florist)) // the answers of today
	b.get("/antwoorden")
	b.press("d.change.administration.")
	b.press("a.administration.d")
	worse := maps.Clone(florist)
	worse["login_code"], worse["online_presence"] = "a", "e"
	p := b.openCode("/code", codeOf(t, "2026H1", worse))
	require.Equal(t, "/code/beeld", p.url.Path)
	assert.Contains(t, p.main(), "Sinds het eerste halfjaar van 2026")
	rows := map[string]string{}
	for row := range p.all("tr") {
		text := textOf(row)
		for _, topic := range []string{"online", "administratie", "veilig", "leren"} {
			if strings.HasPrefix(text, topic) {
				rows[topic] = text
			}
		}
	}
	assert.Contains(t, rows["administratie"], "vooruit")
	assert.Contains(t, rows["veilig"], "vooruit")
	assert.Contains(t, rows["online"], "achteruit")
	assert.NotContains(t, rows["leren"], "uit")
	assert.Contains(t, p.main(), "Welke van deze acties deed je?")
	ticks := 0
	for field := range p.all("input") {
		if attr(field, "type") == "checkbox" {
			ticks++
			assert.Empty(t, attr(field, "name"), "a tick is never sent")
		}
	}
	assert.Positive(t, ticks)
	b.get("/advies")
	assert.Equal(t, "/advies", b.page.url.Path, "the result of today is still there")
}

// TestACodeFormOfBeforeTheConversation: it is not used in the conversation that has begun
// since, but shown again with the code in it.
func TestACodeFormOfBeforeTheConversation(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/code")
	before := b.page
	b.get("/")
	b.press("a.size.2")
	b.page = before
	values, action := b.page.form("")
	values.Set("code", codeOf(t, "2026H1", florist))
	p := b.post(action, values)
	assert.Equal(t, "/code", p.url.Path)
	assert.Contains(t, p.main(), h.texts.Text("nl", "adviser.error.begun"))
	values, action = p.form("")
	assert.Contains(t, p.text, `value="`+codeOf(t, "2026H1", florist)+`"`)
	values.Set("code", codeOf(t, "2026H1", florist))
	p = b.post(action, values)
	assert.NotContains(t, p.main(), h.texts.Text("nl", "adviser.error.begun"))
	b.get("/gesprek")
	assert.Equal(t, "/vraag/sector", b.page.url.Path, "the conversation is where it was")
}

func TestTheCodeOnAKiosk(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://digiwijzer.example" })
	b := h.visit(t)
	b.get("/?balie=1")
	code := codeOf(t, "2026H2", florist)
	p := b.openCode("/code", code)
	require.Equal(t, "/advies", p.url.Path)
	assert.Contains(t, p.text, code)
	assert.NotNil(t, p.class("qr"), "a picture for the visitor's own phone")
	assert.NotContains(t, p.text, "data-copy=")
	assert.NotContains(t, p.text, "data-share=")
	assert.NotContains(t, p.text, "mailto:?")
	values, action := p.form("")
	require.Equal(t, "/klaar", action)
	b.post(action, values)
	b.get("/code/beeld")
	assert.NotContains(t, b.page.text, code, "the next visitor sees nothing of it")
	b.get("/advies")
	assert.NotContains(t, b.page.text, code)
}

func TestWaysToPassTheCodeOn(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://digiwijzer.example" })
	b := h.visit(t)
	code := codeOf(t, "2026H2", florist)
	p := b.openCode("/code", code)
	for link := range p.all("a") {
		href := attr(link, "href")
		if strings.HasPrefix(href, "mailto:") {
			assert.Contains(t, href, code)
			continue
		}
		assert.NotContains(t, href, code, "only in the person's own mail")
	}
	b.get("/advies/over-een-jaar.ics")
	assert.Contains(t, strings.ReplaceAll(b.page.text, "\r\n ", ""), code)
	b.get("/advies/eerste-stap.ics")
	assert.NotContains(t, strings.ReplaceAll(b.page.text, "\r\n ", ""), code)
	assert.Contains(t, b.get("/advies/bewaren").text, code)
	b.get("/advies/digiwijzer.pdf")
	assert.Equal(t, http.StatusOK, b.page.status)
}

// journal is what a web server could write down: of every request its address, the headers of the answer, and the
// cookies of both.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		fmt.Fprintf(j, "%s %s %s referer=%s query=%s\n", r.Method, r.RequestURI, r.Host, r.Referer(), r.URL.RawQuery)
		for name, values := range w.Header() {
			if name != "Set-Cookie" {
				fmt.Fprintf(j, "%s: %s\n", name, values)
			}
		}
		fmt.Fprintf(j, "cookies: %v %v\n", r.Header["Cookie"], w.Header()["Set-Cookie"])
	})
}

// encodings returns a code in every form in which it could be written.
func encodings(code string) map[string][]byte {
	bare := strings.ReplaceAll(code, "-", "")
	all := map[string][]byte{}
	for name, text := range map[string]string{"grouped": code, "bare": bare, "spaced": strings.ReplaceAll(code, "-", " "), "plus": strings.ReplaceAll(code, "-", "+")} {
		for cased, t := range map[string]string{"": text, " lower": strings.ToLower(text)} {
			all[name+cased] = []byte(t)
			all[name+cased+" hex"] = []byte(hex.EncodeToString([]byte(t)))
			all[name+cased+" query"] = []byte(url.QueryEscape(t))
			for shift := range 3 { // within a longer text, base 64 depends on where it begins
				whole := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), t...))
				all[fmt.Sprint(name, cased, " base64 ", shift)] = []byte(whole[4 : len(whole)-4])
			}
		}
	}
	return all
}

// TestCanaryCodesAreNowhere enters codes on every page that takes one, at the desk of an
// adviser and by a person, mistyped too. The code is in no address, header, log or file, in no
// encoding; the pages that show it are the only place.
func TestCanaryCodesAreNowhere(t *testing.T) {
	t.Parallel()
	var written journal
	var opts web.Options
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://digiwijzer.example"; opts = *o })
	server := httptest.NewServer(written.around(web.Headers(opts.PublicURL, web.New(opts))))
	defer server.Close()
	h.Server = server
	code := codeOf(t, "2026H1", florist)
	adviser := h.visit(t)
	adviser.get("/a")
	require.Contains(t, adviser.openCode("/adviseur", code).main(), "Zeist")
	require.Equal(t, "no-referrer", adviser.page.header.Get("Referrer-Policy"))
	require.Equal(t, []string{"no-store"}, adviser.page.header["Cache-Control"], "%v", adviser.page.header)
	adviser.get("/adviseur/beeld?lang=en")
	adviser.openCode("/adviseur", code[:28]+"0")
	person := h.visit(t)
	require.Equal(t, "/advies", person.openCode("/code", code).url.Path)
	person.get("/antwoorden")
	person.press("d.change.administration.")
	person.press("a.administration.d")
	person.openCode("/code", code)
	require.Equal(t, "/code/beeld", person.page.url.Path)
	for _, path := range []string{"/advies", "/advies/bewaren", "/waarom", "/antwoorden", "/mijn-gegevens", "/code"} {
		person.get(path)
	}
	found := map[string][]byte{"the web server's journal": written.text.Bytes()}
	require.NoError(t, filepath.WalkDir(h.data, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		found[path], err = io.ReadAll(file)
		return err
	}))
	require.Greater(t, len(found), 2, "the data folder was read")
	require.Contains(t, string(found["the web server's journal"]), "POST /adviseur")
	for place, content := range found {
		for encoding, canary := range encodings(code) {
			assert.False(t, bytes.Contains(content, canary), "%s: %s", place, encoding)
		}
	}
}

func TestTheCanaryWouldBeFound(t *testing.T) {
	t.Parallel()
	code := codeOf(t, "2026H1", florist)
	for _, leak := range []string{"GET /a?" + code, base64.StdEncoding.EncodeToString([]byte(`{"c":"` + code + `"}`)), strings.ToLower(code), hex.EncodeToString([]byte(code))} {
		hit := false
		for _, canary := range encodings(code) {
			hit = hit || strings.Contains(leak, string(canary))
		}
		assert.True(t, hit, "%.10s", leak)
	}
}
