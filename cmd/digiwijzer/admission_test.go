package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/admission"
)

var answerButton = regexp.MustCompile(`name="k" value="(a\.[^"]*)"`)

// fake is a script that does the check in a browser without reading it.
type fake struct {
	t         *testing.T
	site      string
	browser   *http.Client
	forwarded string // the header that it sends; empty: none
}

func newFake(t *testing.T, site, forwarded string) *fake {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &fake{t, site, &http.Client{Jar: jar}, forwarded}
}

func (f *fake) do(method, path string, form url.Values) (at, body string) {
	f.t.Helper()
	request, err := http.NewRequest(method, f.site+path, strings.NewReader(form.Encode()))
	require.NoError(f.t, err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", f.site)
	}
	if f.forwarded != "" {
		request.Header.Set("X-Forwarded-For", f.forwarded)
	}
	response, err := f.browser.Do(request)
	require.NoError(f.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	require.Equal(f.t, http.StatusOK, response.StatusCode)
	return response.Request.URL.Path, string(text)
}

// answers gives the first answer to so many questions, or to all before the advice, and
// returns where it got to.
func (f *fake) answers(start string, n int) (at string) {
	f.t.Helper()
	at, page := f.do(http.MethodGet, start, nil)
	for range n {
		button := answerButton.FindStringSubmatch(page)
		require.NotNil(f.t, button, at)
		form := url.Values{"k": {button[1]}}
		for _, field := range hiddenField.FindAllStringSubmatch(page, -1) {
			form.Set(field[1], field[2])
		}
		if at, page = f.do(http.MethodPost, "/gesprek", form); at == "/advies" {
			break
		}
	}
	return at
}

// TestOneClientCannotFillTheFigures: a script gets its advice as often as it likes, and ten
// times an hour it counts. A header that it makes up does not help.
func TestOneClientCannotFillTheFigures(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	h := newHarness(t, "DIGIWIJZER_LISTEN="+address, "DIGIWIJZER_PUBLIC_URL=http://"+address)
	s := h.serve()
	const checks = admission.FreePerHour + 3
	for i := range checks {
		f := newFake(t, s.url, fmt.Sprintf("192.0.2.%d", i))
		require.Equal(t, "/advies", f.answers("/", 60))
	}
	assert.Zero(t, s.stop(), s.stderr)
	r := h.report("--week", "2026-W47")
	assert.Equal(t, admission.FreePerHour, r.Totals.Completed)
	assert.Equal(t, admission.FreePerHour, r.Totals.Started)
	assert.Contains(t, h.ok("report", "--week", "2026-W47", "--format", "json"), `"uncounted": 3`)
	assert.Contains(t, h.ok("report", "--week", "2026-W47", "--level", "intern"), "Gesprekken die niet meetellen")
}

// TestFairOnOneNetwork: more visitors of a fair than may count in a minute come from one address,
// and all count through the link that was announced; others do not.
func TestFairOnOneNetwork(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	h := newHarness(t, "DIGIWIJZER_LISTEN="+address, "DIGIWIJZER_PUBLIC_URL=http://"+address)
	visitors := size(2*admission.PerMinute, 200)
	expect := strconv.Itoa(visitors)
	h.ok("partner", "add", "beurs", "--name", "Beurs Jaarbeurs")
	h.ok("partner", "add", "kvk", "--name", "KVK Utrecht")
	assert.Contains(t, h.ok("partner", "event", "beurs", "--date", "2026-11-17", "--expect", expect), "2026-11-17: beurs, "+expect)
	h.ok("partner", "event", "beurs", "--date", "2026-11-16", "--expect", expect)
	s := h.serve()
	for range visitors {
		newFake(t, s.url, "").answers("/p/beurs", 2)
	}
	for range admission.FreePerHour + 2 {
		newFake(t, s.url, "").answers("/p/kvk", 2)
	}
	assert.Zero(t, s.stop(), s.stderr)
	r := h.report("--week", "2026-W47")
	assert.Equal(t, visitors+admission.FreePerHour, r.Totals.Started)
	assert.Contains(t, h.ok("report", "--week", "2026-W47", "--format", "json"), `"uncounted": 2`)
}

// TestVisitorsBehindAProxy: each is a source of its own once the proxy is trusted.
func TestVisitorsBehindAProxy(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	h := newHarness(t, "DIGIWIJZER_LISTEN="+address, "DIGIWIJZER_PUBLIC_URL=http://"+address, "DIGIWIJZER_TRUSTED_PROXY=127.0.0.1,::1")
	s := h.serve()
	for i := range admission.FreePerHour + 5 {
		newFake(t, s.url, fmt.Sprintf("10.0.0.1, 192.0.2.%d", i)).answers("/", 2)
	}
	assert.Zero(t, s.stop(), s.stderr)
	assert.Equal(t, admission.FreePerHour+5, h.report("--week", "2026-W47").Totals.Started)
}

// TestStartWarnsOfAProxyThatIsNotTrusted: an address with https needs a proxy in front.
func TestStartWarnsOfAProxyThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	for trusted, warns := range map[string]bool{"": true, "127.0.0.1": false} {
		s := newHarness(t, "DIGIWIJZER_PUBLIC_URL=https://check.example.org", "DIGIWIJZER_TRUSTED_PROXY="+trusted).serve()
		assert.Zero(t, s.stop(), s.stderr)
		assert.Equal(t, warns, strings.Contains(s.stdout.String(), "DIGIWIJZER_TRUSTED_PROXY"), s.stdout)
	}
}

func TestPartnerEventIsChecked(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ok("partner", "add", "beurs", "--name", "Beurs")
	for _, c := range []struct{ code, date, expect, says string }{
		{"beurs", "3 december", "200", "geen datum"},
		{"beurs", "2026-11-01", "200", "voorbij"},
		{"beurs", "2026-12-03", "5001", "5000"},
		{"beurs", "2026-12-03", "-1", "-1"},
		{"onbekend", "2026-12-03", "200", "onbekend"},
	} {
		o := h.run("", "partner", "event", c.code, "--date", c.date, "--expect="+c.expect)
		assert.NotZero(t, o.code, c.says)
		assert.Contains(t, o.stderr, c.says)
	}
	h.ok("partner", "event", "beurs", "--date", "2026-12-03", "--expect", "200")
	assert.NotContains(t, h.ok("partner", "event", "beurs", "--date", "2026-12-03", "--expect", "0"), "2026-12-03  beurs")
}
