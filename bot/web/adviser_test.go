package web_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web"
	"digiwijzer/flows/advicecode"
)

// florist is a check with a code: a shop in Zeist that wants less paperwork and has no time.
var florist = map[string]string{
	"size": "2", "sector": "retail", "municipality": "GM0355", "self_image": "3", "online_presence": "d", "administration": "b",
	"access_anywhere": "b", "customer_data": "b", "ai_use": "b", "learning": "b", "plan_and_budget": "b", "login_code": "b", "updates": "c", "backups": "b",
	"customer_demand": "c", "revenue_at_risk": "b", "paperwork": "c", "staffing": "c", "digital_requirements": "b", "new_competitors": "x",
	"obstacle": "tijd", "help_wanted": "papier",
}

// codeOf returns the code of answers given in a half-year.
func codeOf(t testing.TB, halfYear string, answers map[string]string) string {
	t.Helper()
	c, err := loadContent()
	require.NoError(t, err)
	code, err := c.edition.CodeOf(advicecode.Check{Layout: c.questions.Version, HalfYear: halfYear, Answers: answers})
	require.NoError(t, err)
	return code.String()
}

// openCode enters a code on a page that has a form for one.
func (b *browser) openCode(path, code string) *page {
	b.t.Helper()
	b.get(path)
	values, action := b.page.form("")
	require.NotEmpty(b.t, action, "no form on %s", path)
	values.Set("code", code)
	return b.post(action, values)
}

func TestAdviserSeesTheCheckOfACode(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	b := h.visit(t)
	p := b.openCode("/adviseur", strings.ToLower(strings.ReplaceAll(codeOf(t, "2026H2", florist), "-", " ")))
	require.Equal(t, "/adviseur/beeld", p.url.Path)
	assert.Empty(t, p.url.RawQuery)
	for _, want := range []string{
		"Winkel of webshop in Zeist, 2 tot 9 mensen", "Wens: ‘Minder papierwerk’.", "Drempel: ‘Geen tijd’.", "Nu aan zet",
		"Welke kassa heb je, en welk programma gebruikt je boekhouder?", "Waar ging vorige week je tijd aan op, behalve aan klanten?",
		"In Word, Excel of e-mail", "Extra inlogcode: Bij sommige dingen. Updates: Ja, op alles. Back-ups: Ja, maar nooit getest",
		"Wat de regio nog meer heeft voor Zeist", "Dit verandert de uitslag", "Er is niets opgeslagen.",
	} {
		assert.Contains(t, p.main(), want)
	}
	for field := range p.all("textarea") {
		assert.Empty(t, attr(field, "name"), "what is noted is never sent")
	}
	for field := range p.all("form") {
		assert.NotContains(t, attr(field, "action"), "adviseur", "nothing on the sheet is sent")
	}
	assert.Equal(t, "Gespreksblad – Digiwijzer", p.first("title"), "the browser's history does not say whose")
	b.get("/adviseur/beeld?lang=en")
	assert.Contains(t, b.page.main(), "Open the conversation here")
	old := b.openCode("/adviseur?lang=nl", codeOf(t, "2026H1", florist))
	assert.Contains(t, old.main(), "kunnen sindsdien veranderd zijn")
}

func TestTheCodeOfAnAdviserLivesTenMinutesInTheBrowser(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	h.clock.freeze()
	b := h.visit(t)
	b.openCode("/adviseur", codeOf(t, "2026H2", florist))
	h.clock.skip(10*time.Minute - time.Second)
	assert.Contains(t, b.get("/adviseur/beeld").main(), "Zeist")
	h.clock.skip(time.Second)
	p := b.get("/adviseur/beeld")
	assert.Equal(t, "/adviseur", p.url.Path)
	assert.Contains(t, p.main(), "tien minuten voorbij")
	assert.NotContains(t, p.main(), "Zeist")
}

func TestCodeCookieIsShutAndShort(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "https://digiwijzer.example" })
	client := *h.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	code := codeOf(t, "2026H2", florist)
	r, err := http.NewRequest(http.MethodPost, h.URL+"/adviseur", strings.NewReader(url.Values{"code": {code}}.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusSeeOther, response.StatusCode)
	assert.Equal(t, "/adviseur/beeld", response.Header.Get("Location"))
	assert.Equal(t, "no-store", response.Header.Get("Cache-Control"))
	assert.Equal(t, "no-referrer", response.Header.Get("Referrer-Policy"))
	require.Len(t, response.Cookies(), 1)
	c := response.Cookies()[0]
	assert.Equal(t, "__Host-code", c.Name)
	assert.True(t, c.HttpOnly && c.Secure)
	assert.Equal(t, http.SameSiteStrictMode, c.SameSite)
	assert.Equal(t, 600, c.MaxAge)

	other := "x"
	if c.Value[:1] == other {
		other = "y"
	}
	for name, changed := range map[string]string{"another": other + c.Value[1:], "cut": c.Value[:20], "empty": "", "no base64": "%%"} {
		r, err := http.NewRequest(http.MethodGet, h.URL+"/adviseur/beeld", nil)
		require.NoError(t, err)
		r.AddCookie(&http.Cookie{Name: c.Name, Value: changed})
		response, err := client.Do(r)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, http.StatusSeeOther, response.StatusCode, name)
	}
}

func TestMistypedCodeIsExplained(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	code := codeOf(t, "2026H2", florist)
	other := byte('7')
	if code[10] == other {
		other = '8'
	}
	for typed, want := range map[string]string{
		"":                                    "Vul eerst de code in.",
		"   ":                                 "Vul eerst de code in.",
		code[:26]:                             "Een code heeft 24 letters en cijfers. Dit zijn er 21.",
		code[:10] + string(other) + code[11:]: "Vergelijk de zes groepjes",
		"ZZ" + code[2:]:                       "Kijk of het eerste groepje klopt.",
		"een bloemist in Zeist":               "Dit is geen code van Digiwijzer.",
		"<script>" + code[:4]:                 "Dit is geen code van Digiwijzer.",
	} {
		b := h.visit(t)
		p := b.openCode("/adviseur", typed)
		assert.Equal(t, http.StatusUnprocessableEntity, p.status, typed)
		assert.Contains(t, p.main(), want, typed)
		for field := range p.all("input") {
			if attr(field, "name") == "code" {
				assert.Equal(t, typed, attr(field, "value"), "what was typed can be mended")
				assert.Equal(t, "true", attr(field, "aria-invalid"))
			}
		}
		assert.Empty(t, b.cookie("code"))
	}
}

func TestAdviserPageIsNotForKiosks(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/?balie=1")
	for _, path := range []string{"/adviseur", "/a", "/adviseur/beeld"} {
		assert.Contains(t, b.get(path).main(), "Dit apparaat is voor bezoekers", path)
	}
	b.post("/adviseur", url.Values{"code": {codeOf(t, "2026H2", florist)}})
	assert.Empty(t, b.cookie("code"))
}

func TestOpenedCodesAreCounted(t *testing.T) {
	t.Parallel()
	opened := 0
	h := newHarness(t, func(o *web.Options) { o.Opened = func(context.Context) error { opened++; return nil } })
	b := h.visit(t)
	b.get("/adviseur")
	b.openCode("/adviseur", "een bloemist in Zeist")
	assert.Zero(t, opened, "nothing was opened")
	b.openCode("/adviseur", codeOf(t, "2026H2", florist))
	b.get("/adviseur/beeld")
	assert.Equal(t, 1, opened, "looking again is not opening again")
}

// TestSheetOfEveryKindOfBusiness opens codes with all best, all worst and all unknown answers, outside the region and of
// other half-years: each has a sheet.
func TestSheetOfEveryKindOfBusiness(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	for _, change := range []map[string]string{
		{"municipality": "buiten", "size": "1", "sector": "anders", "help_wanted": "geen", "obstacle": "niets"},
		{"size": "250", "help_wanted": "twijfel", "obstacle": "x"},
		{"administration": "x", "online_presence": "x", "access_anywhere": "x", "customer_data": "x", "ai_use": "x", "learning": "x", "plan_and_budget": "x", "login_code": "x", "updates": "x", "backups": "x"},
		{"administration": "d", "online_presence": "e", "access_anywhere": "c", "customer_data": "d", "ai_use": "d", "learning": "d", "plan_and_budget": "d", "login_code": "c", "updates": "c", "backups": "c"},
	} {
		answers := maps.Clone(florist)
		maps.Copy(answers, change)
		for _, half := range []string{"2026H1", "2031H2"} {
			p := h.visit(t).openCode("/adviseur", codeOf(t, half, answers))
			assert.Equal(t, "/adviseur/beeld", p.url.Path, "%v", change)
			assert.NotContains(t, p.text, "[adviser.", "%v", change)
			assert.NotContains(t, p.text, "[interview.", "%v", change)
		}
	}
}
