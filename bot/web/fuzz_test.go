package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// serve calls the handler directly: an HTTP client would refuse to send some requests
// that an attacker can.
func (h *harness) serve(method, path, body string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.Config.Handler.ServeHTTP(w, r)
	return w
}

var endpoints = []string{"/gesprek", "/klaar", "/herinnering", "/vervolg/AAAAAAAAAAAAAAAAAAAAAA.20270101", "/werkgroep", "/werkgroep/uitloggen"}

// FuzzForms: no body posted to any address causes a server error, starts a conversation
// or logs in. All that is kept is a notice for the next page, and that a device is shared.
func FuzzForms(f *testing.F) {
	h := withDashboard(f, nil)
	for i, seed := range []string{"", "n=AAAAAAAAAAAAAAAAAAAAAA&t=AAAAAAAAAAAAAAAAAAAAAA&k=a.size.2", "n=&t=&k=t&tekst=%ff", "%zz", "token=x", "a=1;b=2",
		strings.Repeat("n=1&", 5000), "k=" + strings.Repeat("%F0%9F%99%82", 1000), "n\x00=1", "p=kvk-utrecht_GM0355_en&b=1&ls=1&l=en"} {
		f.Add(uint8(i), seed)
	}
	f.Fuzz(func(t *testing.T, where uint8, body string) {
		w := h.serve(http.MethodPost, endpoints[int(where)%len(endpoints)], body, nil)
		require.Less(t, w.Code, 500)
		for _, c := range w.Result().Cookies() {
			if c.Name != "balie" && c.Name != "melding" {
				require.Empty(t, c.Value, "%s was set", c.Name)
			}
		}
		require.Zero(t, h.dispatcher.Counters().Updates)
	})
}

// FuzzPressedButtons: a form with a valid token and any other fields is handled, and
// none of its fields shows up as markup.
func FuzzPressedButtons(f *testing.F) {
	h := newHarness(f, nil)
	for _, seed := range []string{"a.size.2", "t", "d.back", "d.change.size", "d.about.kvk", "a..", "a.size", "....", "d.erased", "a.municipality.GM0344", "d.follow_up", "\x00"} {
		f.Add(seed, "utrecht", "size", "kvk-utrecht", "nl")
		f.Add(seed, `"><script>alert(1)</script>`, "\xff", "_", `"`)
	}
	hidden := regexp.MustCompile(`name="(n|t|s)" value="([^"]*)"`)
	f.Fuzz(func(t *testing.T, value, text, viewed, param, lang string) {
		form := url.Values{"k": {value}, "tekst": {text}, "v": {viewed}, "p": {param}, "l": {lang}, "ls": {"1"}}
		visit := func(method, address, body string, header http.Header) *httptest.ResponseRecorder {
			w := h.serve(method, address, body, header)
			require.Less(t, w.Code, 500)
			require.NotRegexp(t, injected, w.Body.String())
			for _, field := range hidden.FindAllStringSubmatch(w.Body.String(), 3) {
				form.Set(field[1], field[2])
			}
			return w
		}
		visit(http.MethodGet, "/", "", nil)
		before := h.dispatcher.Counters().Updates + h.dispatcher.Counters().Duplicates
		w := visit(http.MethodPost, "/gesprek", form.Encode(), nil)
		cookies := http.Header{}
		for _, c := range w.Result().Cookies() {
			cookies.Add("Cookie", c.Name+"="+c.Value)
		}
		for range 3 { // to the page that the first form leads to
			if w.Code == http.StatusSeeOther {
				w = visit(http.MethodGet, w.Header().Get("Location"), "", cookies)
			}
		}
		if form.Get("s") == "" || len(form.Encode()) > 16<<10 {
			return
		}
		visit(http.MethodPost, "/gesprek", form.Encode(), cookies) // the second form, with any fields too
		form.Set("k", "d.back..")
		visit(http.MethodPost, "/gesprek", form.Encode(), cookies)
		after := h.dispatcher.Counters()
		require.Greater(t, after.Updates+after.Duplicates, before, "the token is valid")
	})
}

// FuzzCookies: a forged cookie opens no conversation and no figures.
func FuzzCookies(f *testing.F) {
	h := withDashboard(f, nil)
	b := h.visit(f)
	b.get("/")
	b.press("a.size.2")
	b.press("a.sector.horeca")
	b.logIn(token)
	address, err := url.Parse(h.URL + "/werkgroep")
	require.NoError(f, err)
	real := map[string]string{}
	for _, c := range b.client.Jar.Cookies(address) {
		real[c.Name] = c.Value
	}
	require.Len(f, real, 2)
	require.Equal(f, http.StatusOK, h.serve(http.MethodGet, "/vraag/municipality", "", http.Header{"Cookie": {"gesprek=" + real["gesprek"]}}).Code)
	require.Equal(f, http.StatusOK, h.serve(http.MethodGet, "/werkgroep/cijfers", "", http.Header{"Cookie": {"werkgroep=" + real["werkgroep"]}}).Code)
	for _, seed := range []string{"", real["werkgroep"][1:], strings.ToLower(real["werkgroep"]), "99999999999.AAAAAAAAAAAAAAAAAAAAAA", "balie-" + real["gesprek"],
		real["gesprek"][1:], real["gesprek"] + "=", "balie-AAAAAAAAAAAAAAAAAAAAAA", strings.Repeat("A", 22), "\"" + real["gesprek"] + "x\"", "x; werkgroep=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, good := range real {
			if strings.Contains(value, good) {
				return
			}
		}
		w := h.serve(http.MethodGet, "/vraag/municipality", "", http.Header{"Cookie": {"gesprek=" + value}})
		require.Equal(t, http.StatusSeeOther, w.Code, "to the first page")
		for _, path := range []string{"/werkgroep/cijfers", "/werkgroep/cijfers/csv"} {
			w = h.serve(http.MethodGet, path, "", http.Header{"Cookie": {"werkgroep=" + value}})
			require.Equal(t, http.StatusSeeOther, w.Code, "to the form")
		}
	})
}
