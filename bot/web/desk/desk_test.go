package desk

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
)

// unchecked is for tests that are not about findings: the check of a draft takes a second.
func unchecked(_ *Options, p *publishingOptions) {
	p.Check = func(context.Context, *content.Edition, *content.Edition, audit.Options) audit.Report {
		return audit.Report{}
	}
}

// Every address of the desk requires its right.
func TestRightsOfTheDesk(t *testing.T) {
	t.Parallel()
	h := newHarness(t, unchecked)
	see := []string{"", "/zoek?q=kvk", "/concept", "/geschiedenis", "/bijhouden", "/oefenen", "/hulp/kvk", "/teksten/chat.welcome"}
	change := []string{"/hulp/kvk", "/hulp/kvk/live", "/hulp/kvk/herstel", "/regels/R20/weg", "/hulp/kvk/beeindigen", "/hulp/kvk/nagekeken", "/nieuw/acties", "/concept/weg", "/concept/kies", "/concept/doorgeven", "/bijhouden/adressen"}
	publish := []string{"/publiceren", "/geschiedenis/1/terug"}
	for _, path := range see {
		assert.Equal(t, http.StatusForbidden, h.as(t, dirk).get(Path+path).status, "a reader: %s", path)
		assert.Equal(t, http.StatusOK, h.as(t, cees).get(Path+path).status, "a publisher: %s", path)
		assert.NotContains(t, h.as(t, staff.Person{}).get(Path+path).path, Path+path, "nobody: %s", path)
	}
	for _, path := range change {
		for _, p := range []staff.Person{dirk, cees} {
			assert.Equal(t, http.StatusForbidden, h.as(t, p).do(http.MethodPost, Path+path, nil).status, "%s: %s", p.Name, path)
		}
	}
	for _, path := range publish {
		for _, p := range []staff.Person{dirk, bram} {
			assert.Equal(t, http.StatusForbidden, h.as(t, p).do(http.MethodPost, Path+path, nil).status, "%s: %s", p.Name, path)
		}
	}
}

// Nothing that is typed breaks the desk or the site, and whatever can be saved is shown again.
func TestNothingTypedBreaksAnything(t *testing.T) {
	t.Parallel()
	h := newHarness(t, unchecked)
	b, visitor := h.as(t, anna), h.as(t, staff.Person{})
	const form, name = Path + "/teksten/chat.welcome", "t:nl:other:chat.welcome"
	for what, typed := range map[string]string{
		"template": "{{.Place}} {{range .X}}{{end}}", "broken template": "{{.Plaats} {{", "html": "<script>alert(1)</script>&amp;", "toml": "\"\"\"\n[x]\ny = '''\\", "null": "a\x00b",
		"direction": "abc\u202edef\u2066", "bytes": "a\xff\xfeb", "long": strings.Repeat("woord ", 1600), "lines": "\n\n\nregel\r\nregel\n",
	} {
		b.get(form)
		sent := b.send(form, url.Values{name: {typed}})
		require.Equal(t, http.StatusOK, sent.status, "%s: %s", what, sent.main())
		assert.NotContains(t, b.page.text, "<script>alert", what)
		again, ok := b.page.form(form)
		require.True(t, ok, what)
		shown := strings.Trim(strings.ReplaceAll(again.Get(name), "\r\n", "\n"), "\n")
		assert.Equal(t, strings.Trim(wordings.Clean(typed), "\n"), shown, what)
	}
	for _, path := range []string{Path, Path + "/concept", Path + "/oefenen?datum=2027-01-02&a.size=2&a.sector=horeca&a.municipality=GM0355"} {
		assert.Equal(t, http.StatusOK, b.get(path).status, path)
	}
	assert.Equal(t, http.StatusOK, visitor.get("/").status)
	unseen := b.do(http.MethodPost, Path+"/publiceren", url.Values{"note": {"x"}, "hash": {"old"}})
	assert.Equal(t, http.StatusConflict, unseen.status, "what was not seen is not published")
	b.get(form)
	refused := b.send(form, url.Values{name: {strings.Repeat("x", 10_001)}})
	assert.Equal(t, http.StatusUnprocessableEntity, refused.status)
	assert.Contains(t, refused.main(), "10.000")
	tooLarge := b.do(http.MethodPost, form, url.Values{name: {strings.Repeat("x", 2<<20)}})
	assert.Equal(t, http.StatusRequestEntityTooLarge, tooLarge.status)
}

// A server's clock may be in UTC: an hour after midnight in the Netherlands it still shows the day before.
func TestTodayIsThatOfTheNetherlands(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(o *Options, _ *publishingOptions) {
		o.Now = func() time.Time { return time.Date(2026, 11, 28, 23, 30, 0, 0, time.UTC) }
	})
	assert.Contains(t, h.as(t, anna).get(Path+"/oefenen").text, `value="2026-11-29"`)
}

// Two tabs, a form sent twice and a form from before: no change of one loses that of another.
func TestTabsAndDoubleSubmits(t *testing.T) {
	t.Parallel()
	h := newHarness(t, unchecked)
	const form, phone = Path + "/hulp/kvk", "t:nl:other:initiative.kvk.next"
	one, two := h.as(t, anna), h.as(t, anna)
	one.get(form)
	two.get(form)
	old, _ := two.page.form(form)
	one.send(form, url.Values{"name": {"KVK Utrecht"}})
	two.send(form, url.Values{phone: {"Je belt."}})
	after, _ := one.get(form).form(form)
	assert.Equal(t, "KVK Utrecht", after.Get("name"), "of the first tab")
	assert.Equal(t, "Je belt.", after.Get(phone), "of the second tab")

	old.Set("name", "KVK Zeist") // the same field as the first tab
	clash := two.do(http.MethodPost, form, old)
	assert.Equal(t, http.StatusUnprocessableEntity, clash.status)
	assert.Contains(t, clash.main(), "KVK Zeist", "what was typed is not lost")
	after, _ = one.get(form).form(form)
	assert.Equal(t, "KVK Utrecht", after.Get("name"))

	after.Set("name", "KVK Amersfoort")
	for range 2 { // sent twice
		assert.Equal(t, http.StatusOK, one.do(http.MethodPost, form, after).status)
	}
	again, _ := one.get(form).form(form)
	assert.Equal(t, "KVK Amersfoort", again.Get("name"))
	assert.Contains(t, h.as(t, bram).get(Path).main(), "Anna Vos werkt nu aan: Andere teksten, KVK", "others see who edits what")
	assert.NotContains(t, h.as(t, bram).get(form).text, "KVK Amersfoort", "a draft is one's own")
	one.send(form+"/herstel", nil)
	assert.Contains(t, one.get(Path).main(), "Je hebt niets gewijzigd")
}

// Another tab removes a rule while a form is handled, after the content was read for it: the change still goes into
// the record of the form, or nowhere if that was removed.
func TestAnotherTabRemovesARuleMeanwhile(t *testing.T) {
	t.Parallel()
	var meanwhile atomic.Pointer[func()]
	h := newHarness(t, func(o *Options, p *publishingOptions) {
		unchecked(o, p)
		o.Now = func() time.Time { // called after the content was read
			if f := meanwhile.Swap(nil); f != nil {
				(*f)()
			}
			return noon
		}
	})
	rules := func(own wordings.Files) map[string]record { return recordsByID(kindOf("regels").records(own)) }
	removing := func(id string) {
		remove := func() {
			_, err := h.service.Change(context.Background(), editor(anna), func(own map[string][]byte) error {
				return removeRecord(own, rules(wordings.Overlay(own))[id])
			})
			assert.NoError(t, err)
		}
		meanwhile.Store(&remove)
	}
	notes := func() map[string]string {
		draft, err := h.service.Draft(t.Context(), editor(anna))
		require.NoError(t, err)
		all := map[string]string{}
		for id, r := range rules(wordings.Overlay(draft.Files().Map())) {
			all[id] = r.text("notes")
		}
		return all
	}
	before := rules(wordings.Overlay{})
	b := h.as(t, anna)
	const form = Path + "/regels/R20"
	b.get(form)
	sent, ok := b.page.form(form)
	require.True(t, ok)
	sent.Set("notes", "Van Anna.")
	removing("R10")
	assert.Equal(t, http.StatusOK, b.do(http.MethodPost, form, sent).status)
	after := notes()
	assert.NotContains(t, after, "R10")
	assert.Equal(t, "Van Anna.", after["R20"])
	assert.Equal(t, before["R21"].text("notes"), after["R21"])

	removing("R11")
	assert.Equal(t, http.StatusOK, b.do(http.MethodPost, form+"/herstel", nil).status)
	after = notes()
	assert.NotContains(t, after, "R11")
	assert.Equal(t, before["R20"].text("notes"), after["R20"])

	unchanged := notes()
	removing("R20")
	gone := b.do(http.MethodPost, form, sent)
	assert.Equal(t, http.StatusConflict, gone.status)
	assert.Contains(t, gone.main(), "intussen weggehaald")
	delete(unchanged, "R20")
	assert.Equal(t, unchanged, notes(), "nothing else changed")
}
