package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"digiwijzer/bot/report"
	"digiwijzer/bot/share"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/browsertest"
	"digiwijzer/store"
)

// yearForms are the forms in the store of a harness, as the program wires them.
type yearForms struct {
	harness func() *harness
	seal    share.Seal
}

func (y yearForms) Open(ctx context.Context, initiative, year, signature string) (form web.YearForm, open bool, err error) {
	n, err := strconv.Atoi(year)
	if err != nil {
		return form, false, nil
	}
	form = web.YearForm{Initiative: initiative, Name: "Bureau <Zeist>", Year: n}
	version, err := y.harness().store.YearFormAddress(ctx, initiative, n)
	if err != nil || !y.seal.OpensForm(initiative, n, version, signature) {
		return form, false, err
	}
	sent, err := y.harness().store.YearForms(ctx, n)
	for _, f := range sent {
		if f.Initiative == initiative {
			form.Sent = &f
		}
	}
	return form, true, err
}

func (y yearForms) Save(ctx context.Context, f report.YearForm) error {
	return y.harness().store.SaveYearForm(ctx, f)
}

// withYearForms starts a site on which the form of "kvk" for 2025 has an address.
func withYearForms(t testing.TB) (h *harness, path string) {
	t.Helper()
	forms := yearForms{func() *harness { return h }, share.Seal{Key: []byte("a key for the tests")}}
	h = newHarness(t, func(o *web.Options) { o.YearForms = forms })
	version := h.formAddress(t, false)
	return h, forms.seal.FormPath("kvk", 2025, version)
}

func (h *harness) saved(t testing.TB) []report.YearForm {
	t.Helper()
	all, err := h.store.YearForms(t.Context(), 2025)
	require.NoError(t, err)
	return all
}

// field returns the field of a form by its name.
func (p *page) field(name string) *html.Node {
	for _, tag := range []string{"input", "textarea"} {
		for n := range p.all(tag) {
			if attr(n, "name") == name {
				return n
			}
		}
	}
	return nil
}

func TestYearFormOnTheSite(t *testing.T) {
	t.Parallel()
	h, path := withYearForms(t)
	b := h.visit(t)
	p := b.get(path)
	require.Equal(t, http.StatusOK, p.status)
	assert.Equal(t, "Bureau <Zeist> in 2025", p.first("h1"))
	assert.Contains(t, p.main(), "Noem geen namen")
	for name, want := range map[string]string{"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
		assert.Equal(t, want, p.header.Get(name), name)
	}
	assert.Empty(t, p.header.Values("Set-Cookie"))
	assert.Equal(t, "500", attr(p.field("remarks"), "maxlength"))

	wrong := url.Values{"helped": {"40"}, "from_us": {"twaalf"}, "not_from_us": {""}, "remarks": {`<b>"Druk"</b>`}}
	p = b.post(path, wrong)
	assert.Equal(t, http.StatusUnprocessableEntity, p.status)
	assert.Equal(t, "Bureau <Zeist> in 2025", p.first("h1"))
	assert.Equal(t, "Fout: Bureau <Zeist> in 2025 – Digiwijzer", p.first("title"))
	assert.Contains(t, p.main(), "Fout: 'twaalf' is geen heel getal van 0 tot en met 1000000")
	assert.Contains(t, p.main(), "hier staat niets")
	assert.Equal(t, "true", attr(p.field("from_us"), "aria-invalid"))
	assert.Equal(t, "fout-from_us", attr(p.field("from_us"), "aria-describedby"))
	assert.Empty(t, attr(p.field("helped"), "aria-invalid"))
	assert.Equal(t, "40", attr(p.field("helped"), "value"), "what was typed stands there again")
	assert.Equal(t, `<b>"Druk"</b>`, textOf(p.field("remarks")))
	assert.Empty(t, h.saved(t))

	right := url.Values{"helped": {" 40 "}, "from_us": {"12"}, "not_from_us": {"20"}, "wait_days": {"9"}, "remarks": {"Druk\r\njaar"}}
	p = b.post(path, right)
	assert.Equal(t, path, p.url.Path, "a page that can be reloaded")
	assert.Contains(t, p.main(), "je antwoorden zijn binnen")
	nine := 9
	assert.Equal(t, []report.YearForm{{Initiative: "kvk", Year: 2025, Helped: 40, FromUs: 12, NotFromUs: 20, WaitDays: &nine, Remarks: "Druk jaar"}}, h.saved(t))

	right.Set("wait_days", "")
	right.Set("helped", "41")
	p = b.post(path+"?lang=en", right)
	assert.Equal(t, "en", p.lang())
	assert.Contains(t, p.main(), "Thank you, your answers have come in.")
	assert.Equal(t, "41", attr(b.get(path).field("helped"), "value"))
	assert.Equal(t, []report.YearForm{{Initiative: "kvk", Year: 2025, Helped: 41, FromUs: 12, NotFromUs: 20, Remarks: "Druk jaar"}}, h.saved(t), "the latest replaces")
}

// TestYearFormOpensWithItsAddressOnly: any other address, also of a form that is there, answers
// as one that does not exist, and stores nothing.
func TestYearFormOpensWithItsAddressOnly(t *testing.T) {
	t.Parallel()
	h, path := withYearForms(t)
	signature := path[strings.LastIndexByte(path, '/')+1:]
	b := h.visit(t)
	answers := url.Values{"helped": {"4"}, "from_us": {"1"}, "not_from_us": {"2"}}
	refused := func(name, path string) {
		assert.Equal(t, http.StatusNotFound, b.get(path).status, name)
		assert.Equal(t, http.StatusNotFound, b.post(path, answers).status, name)
	}
	for name, path := range map[string]string{
		"another year":       "/jaarformulier/kvk/2024/" + signature,
		"another initiative": "/jaarformulier/mkb-werkplaats-utrecht/2025/" + signature,
		"guessed":            "/jaarformulier/kvk/2025/AAAAAAAAAAAAAAAAAAAAAA",
		"in small letters":   strings.ToLower(path),
		"no year":            "/jaarformulier/kvk/jaar/" + signature,
	} {
		refused(name, path)
	}
	p := b.post(path, url.Values{"remarks": {strings.Repeat("a", 20<<10)}})
	assert.Equal(t, http.StatusRequestEntityTooLarge, p.status)
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.header.Set("Origin", "https://evil.example")
	assert.Equal(t, http.StatusForbidden, b.post(path, answers).status)
	b.header = http.Header{}
	h.formAddress(t, true)
	refused("renewed", path)
	assert.Empty(t, h.saved(t))

	h, path = withYearForms(t)
	b = h.visit(t)
	b.get("/?balie=1")
	assert.NotContains(t, b.get(path).text, `name="helped"`, "not on a device for visitors")
	assert.Equal(t, http.StatusNotFound, newHarness(t, nil).visit(t).get(path).status, "no forms")
}

// TestYearFormAccessibility checks the form, its faults and its thanks.
func TestYearFormAccessibility(t *testing.T) {
	browserTest(t)
	h, path := withYearForms(t)
	c := &checker{tab: newTab(t, h), axe: &browsertest.Axe{Script: axe(t)}, colours: true}
	c.size(1000, 900)
	c.visit("year form", path)
	c.navigate(func() { eval[bool](c.tab, `document.querySelector("main form").submit(), true`) })
	c.check("year form with faults")
	c.shot("year-form-faults")
	c.size(320, 740)
	assert.LessOrEqual(t, eval[int64](c.tab, "document.documentElement.scrollWidth"), int64(320))
	c.shot("year-form-faults-phone")
	c.size(1000, 900)
	eval[bool](c.tab, `["helped", "from_us", "not_from_us"].forEach(id => document.getElementById(id).value = "0"), true`)
	c.navigate(func() { eval[bool](c.tab, `document.querySelector("main form").submit(), true`) })
	c.check("year form received")
	c.shot("year-form-received")
	assert.Len(t, h.saved(t), 1)
}

// formAddress returns the version of the address of the form, as the coordinator makes it.
func (h *harness) formAddress(t testing.TB, renew bool) int {
	t.Helper()
	forms, err := store.OpenFormBook(t.Context(), h.data)
	require.NoError(t, err)
	version, err := forms.Address(t.Context(), "kvk", 2025, renew)
	require.NoError(t, err)
	require.NoError(t, forms.Close())
	return version
}
