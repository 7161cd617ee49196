package web_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web"
)

// addresses are one of every kind.
var addresses = []string{"/", "/gesprek", "/vraag/size", "/advies", "/advies/bewaren", "/antwoorden", "/waarom", "/meer", "/hulp", "/mijn-gegevens", "/wissen",
	"/alarm", "/stoppen", "/initiatief/kvk", "/initiatief/nobody", "/p/kvk-utrecht", "/p/kvk-utrecht?balie=1", "/p/nobody", "/embed/kvk-utrecht", "/embed/nobody",
	"/privacy", "/toegankelijkheid", "/over", "/nergens", "/robots.txt", "/favicon.ico", "/static/nothing"}

func TestHeaders(t *testing.T) {
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "https://check.example" })
	b := h.visit(t)
	for _, path := range addresses {
		header := b.get(path).header
		policy := header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'", path)
		assert.NotContains(t, policy, "unsafe", path)
		assert.Contains(t, policy, "form-action 'self'", path)
		assert.Contains(t, policy, "base-uri 'none'", path)
		assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "same-origin", header.Get("Referrer-Policy"), path)
		assert.Equal(t, "max-age=31536000; includeSubDomains", header.Get("Strict-Transport-Security"), path)
		if strings.HasPrefix(b.page.url.Path, "/embed/") {
			assert.Contains(t, policy, "frame-ancestors *", path)
			assert.Empty(t, header.Get("X-Frame-Options"), path)
		} else {
			assert.Contains(t, policy, "frame-ancestors 'none'", path)
			assert.Equal(t, "DENY", header.Get("X-Frame-Options"), path)
		}
		if !strings.HasPrefix(b.page.url.Path, "/static/mark") {
			assert.Equal(t, "no-store", header.Get("Cache-Control"), path)
		}
	}
}

// TestPagesComplyWithPolicy: no page has inline styles or scripts, or loads anything from
// another site.
func TestPagesComplyWithPolicy(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	inspect := func() {
		for n := range b.page.root.Descendants() {
			for _, a := range n.Attr {
				assert.NotEqual(t, "style", a.Key, "%s: %v", b.page.url, n.Data)
				assert.False(t, strings.HasPrefix(a.Key, "on"), "%s: %s", b.page.url, a.Key)
				if a.Key == "src" || a.Key == "href" && n.Data == "link" || a.Key == "action" {
					assert.True(t, strings.HasPrefix(a.Val, "/"), "%s: %s", b.page.url, a.Val)
				}
			}
			assert.NotEqual(t, "style", n.Data, "%s", b.page.url)
			if n.Data == "script" {
				assert.NotEmpty(t, attr(n, "src"), "%s: inline script", b.page.url)
			}
		}
	}
	for _, path := range addresses {
		b.get(path)
		inspect()
	}
	b.get("/")
	b.finish(1)
	inspect()
	for _, path := range addresses {
		b.get(path)
		inspect()
	}
}

func TestCookies(t *testing.T) {
	for address, secure := range map[string]bool{"https://check.example": true, "": false} {
		h := newHarness(t, func(o *web.Options) { o.PublicURL = address })
		b := h.visit(t)
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		b.get("/")
		values, action := b.page.form("a.size.2")
		b.post(action, values)
		require.Equal(t, http.StatusSeeOther, b.page.status)
		cookies := (&http.Response{Header: b.page.header}).Cookies()
		require.Len(t, cookies, 2, "the conversation's, and the first answer until it is stored")
		assert.Equal(t, 24*3600, cookies[1].MaxAge)
		assert.True(t, cookies[1].HttpOnly)
		assert.Less(t, len(cookies[1].Value), 500)
		cookie := cookies[0]
		assert.True(t, cookie.HttpOnly)
		assert.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
		assert.Equal(t, "/", cookie.Path)
		assert.Empty(t, cookie.Domain)
		assert.Equal(t, secure, cookie.Secure)
		assert.Equal(t, secure, strings.HasPrefix(cookie.Name, "__Host-"))
		assert.Equal(t, 7*24*3600, cookie.MaxAge)
		assert.Regexp(t, `^[A-Za-z0-9_-]{22}$`, cookie.Value, "128 bits")
	}
}

// TestForgedForms: forms submitted by another site, or with an invalid token, have no
// effect.
func TestForgedForms(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	good, action := b.page.form("a.sector.horeca")
	before := h.dispatcher.Counters().Updates
	cross := []http.Header{
		{"Origin": {"https://evil.example"}},
		{"Sec-Fetch-Site": {"cross-site"}},
		{"Sec-Fetch-Site": {"same-site"}},
		{"Origin": {"null"}},
	}
	for _, header := range cross {
		r, err := http.NewRequest(http.MethodPost, h.URL+action, strings.NewReader(good.Encode()))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		b.header = header
		b.do(r)
		assert.Equal(t, http.StatusForbidden, b.page.status, "%v", header)
	}
	b.header = http.Header{}
	for _, change := range []func(url.Values){
		func(v url.Values) { v.Del("t") },
		func(v url.Values) { v.Del("n") },
		func(v url.Values) { v.Set("t", "AAAAAAAAAAAAAAAAAAAAAA") },
		func(v url.Values) { v.Set("n", v.Get("n")+"A") },
		func(v url.Values) { v.Set("n", ""); v.Set("t", "") },
	} {
		bad := url.Values{}
		for name := range good {
			bad.Set(name, good.Get(name))
		}
		change(bad)
		b.post(action, bad)
		assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.notice.expired"))
		b.post("/klaar", bad)
		assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.notice.expired"))
	}
	// a form of a visitor without a conversation
	newcomer := h.visit(t)
	newcomer.get("/")
	first, action := newcomer.page.form("a.size.2")
	first.Set("t", "AAAAAAAAAAAAAAAAAAAAAA")
	newcomer.post(action, first)
	assert.Contains(t, newcomer.page.main(), h.texts.Text("nl", "web.notice.gone"))
	// a form of another visitor
	other := h.visit(t)
	other.get("/")
	other.press("a.size.1")
	stolen, _ := other.page.form("a.sector.horeca")
	b.post(action, stolen)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.notice.expired"))
	assert.Equal(t, before, h.dispatcher.Counters().Updates, "nothing stored")
	assert.Equal(t, http.StatusNotFound, b.get("/klaar").status, "GET must not end a conversation")
}

// injections try to get unescaped into a page or a header.
var injections = []string{`"><script>alert(1)</script>`, `'"><img src=x onerror=alert(1)>`, `</textarea><svg onload=alert(1)>`,
	`{{.T "web.over"}}`, "\x00\r\nSet-Cookie: a=b", "javascript:alert(1)", `" autofocus onfocus=alert(1) x="`, strings.Repeat("A", 9000), "\xff\xfe"}

var injected = regexp.MustCompile(`(?i)<script>alert|onerror=alert|onload=alert|onfocus=alert|href="javascript:`)

func TestInjection(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	b.press("a.sector.horeca")
	safe := func(where string) {
		t.Helper()
		assert.Less(t, b.page.status, 500, where)
		assert.NotRegexp(t, injected, b.page.text, where)
		assert.Empty(t, b.cookie("a"), where)
	}
	for _, bad := range injections {
		values, action := b.page.form("t")
		require.NotEmpty(t, action)
		for _, field := range []string{"tekst", "k", "v", "p", "l", "ls", "b"} {
			form := url.Values{}
			for name := range values {
				form.Set(name, values.Get(name))
			}
			form.Set(field, bad)
			b.post(action, form)
			safe(field)
		}
		for _, path := range []string{"/?lang=", "/p/kvk-utrecht?lang=", "/vraag/municipality?alle=", "/over?x="} {
			b.get(path + url.QueryEscape(bad))
			safe(path)
		}
		if len(bad) < 1000 {
			for _, path := range []string{"/p/", "/embed/", "/vraag/", "/initiatief/", "/static/", "/"} {
				b.get(path + url.PathEscape(bad))
				safe(path)
			}
		}
		if !strings.ContainsAny(bad, "\x00\r\n") {
			b.header.Set("Accept-Language", bad)
			b.header.Set("Cookie", "gesprek="+url.QueryEscape(bad))
			b.get("/")
			safe("headers")
			b.header = http.Header{}
		}
		b.get("/vraag/municipality")
	}
	assert.Equal(t, "/vraag/municipality", b.page.url.Path, "no question was answered")
}

// TestTooLargeForm: a form that is too large or cannot be read gets a plain page, and changes
// nothing.
func TestTooLargeForm(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	values, action := b.page.form("a.size.2")
	values.Set("tekst", strings.Repeat("x", 1<<20))
	b.post(action, values)
	assert.Equal(t, http.StatusRequestEntityTooLarge, b.page.status)
	assert.Equal(t, h.texts.Text("nl", "web.large.title"), b.page.first("h1"))
	for _, path := range []string{"/gesprek", "/klaar", "/werkgroep", "/vervolg/x"} {
		w := h.serve(http.MethodPost, path, "n=%zz", nil)
		assert.Equal(t, http.StatusBadRequest, w.Code, path)
		assert.Contains(t, w.Body.String(), h.texts.Text("nl", "web.broken.title"), path)
	}
	assert.Zero(t, h.dispatcher.Counters().Updates)
}

// TestFirstPageSize: the first page with all its assets, fonts included, stays below 50 kB as
// sent, and the assets may be cached for ever.
func TestFirstPageSize(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	page := b.get("/")
	weight := len(page.text)
	for n := range page.all("link") {
		if attr(n, "rel") != "" {
			weight += h.asset(t, attr(n, "href"))
		}
	}
	for n := range page.all("script") {
		weight += h.asset(t, attr(n, "src"))
	}
	t.Logf("the first page: %d bytes, of which %d in the page itself", weight, len(page.text))
	assert.Less(t, weight, 50_000)
}

func (h *harness) asset(t *testing.T, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+path, nil)
	require.NoError(t, err)
	request.Header.Set("Accept-Encoding", "gzip") // set by hand, it is not undone on receipt
	response, err := h.Client().Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, response.StatusCode, path)
	assert.Equal(t, "public, max-age=31536000, immutable", response.Header.Get("Cache-Control"), path)
	assert.NotEmpty(t, response.Header.Get("Content-Type"), path)
	return len(body)
}
