package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"digiwijzer/bot/web"
	"digiwijzer/referral"
)

func TestLanguage(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.header.Set("Accept-Language", "uk;q=0.9, en-GB;q=0.8, nl;q=0.2")
	b.get("/")
	assert.Equal(t, "en", b.page.lang())
	assert.Equal(t, "en", b.page.header.Get("Content-Language"))
	c := h.visit(t)
	c.get("/?lang=en")
	assert.Equal(t, "en", c.page.lang())
	for a := range c.page.all("a") {
		if attr(a, "href") == "/privacy" {
			t.Error("link without the language")
		}
	}
	c.press("a.size.2")
	assert.Equal(t, "en", c.page.lang(), "the link's language stays")
	b.get("/?lang=nl")
	assert.Equal(t, "nl", b.page.lang())
	b.press("a.size.2")
	assert.Equal(t, "nl", b.page.lang())
	b.press("d.language..en")
	assert.Equal(t, "en", b.page.lang())
	b.press("a.sector.horeca")
	assert.Equal(t, "en", b.page.lang(), "stays switched")
	b.header.Set("Accept-Language", "nl")
	b.get("/privacy")
	assert.Equal(t, "en", b.page.lang(), "also outside the conversation")
	b.get("/hulp")
	assert.Equal(t, "en", b.page.lang())

	c = h.visit(t)
	c.get("/p/expats")
	assert.Equal(t, "en", c.page.lang(), "a partner may have a language")
	c.press("a.size.2")
	assert.Equal(t, "en", c.page.lang())
	c = h.visit(t)
	c.header.Set("Accept-Language", "\"><script>,;q=x")
	assert.Equal(t, "nl", c.get("/?lang=%22%3E%3Cscript%3E").lang())
	assert.NotContains(t, c.page.text, "\"><script>")
}

func TestPartner(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/p/kvk-utrecht_GM0307")
	assert.Contains(t, b.page.main(), "KVK <Utrecht>")
	assert.NotContains(t, b.page.text, "KVK <Utrecht>", "escaped in the page")
	assert.Contains(t, b.page.text, "https://t.me/digiwijzer_bot?start=kvk-utrecht_GM0307")
	b.press("a.size.2")
	b.press("a.sector.horeca")
	assert.Equal(t, "/vraag/self_image", b.page.url.Path, "the municipality came with the link")
	b.get("/mijn-gegevens")
	assert.Contains(t, b.page.main(), "Amersfoort")
	assert.Contains(t, b.page.main(), "KVK <Utrecht>")

	b.get("/p/kvk-utrecht")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.landing.resume_link"))
	assert.Equal(t, "/", h.visit(t).get("/p/nobody").url.Path, "an old poster leads to the check")

	typed := h.visit(t)
	typed.get("/p/KVK-Utrecht_gm0307")
	typed.press("a.size.2")
	typed.press("a.sector.horeca")
	typed.get("/mijn-gegevens")
	assert.Contains(t, typed.page.main(), "Amersfoort", "typed from paper, in capitals")
	assert.Contains(t, typed.page.main(), "KVK <Utrecht>")
}

func TestKiosk(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	own := b.cookie("gesprek")
	b.get("/p/kvk-utrecht?balie=1")
	assert.NotContains(t, b.page.main(), h.texts.Text("nl", "web.landing.resume_link"), "starts a new conversation")
	b.press("a.size.1")
	assert.True(t, strings.HasPrefix(b.cookie("gesprek"), "balie-"))
	assert.NotEqual(t, own, b.cookie("gesprek"))
	assert.Equal(t, "540; url=/nog-bezig?naar=%2Fvraag%2Fsector", b.page.header.Get("Refresh"))
	b.finish(1)
	assert.Empty(t, b.cookie("counted"), "a shared device is not limited to one count")
	b.press("")
	assert.Equal(t, "/p/kvk-utrecht?balie=1", b.page.url.RequestURI())
	assert.Empty(t, b.cookie("gesprek"))
	b.get("/advies")
	assert.Equal(t, "/p/kvk-utrecht?balie=1", b.page.url.RequestURI())

	b.get("/p/kvk-utrecht?balie=1")
	kiosk := b.page
	b.get("/")
	b.press("a.size.2") // in another tab
	own = b.cookie("gesprek")
	b.page = kiosk
	b.press("a.size.1")
	assert.NotEqual(t, own, b.cookie("gesprek"), "starts a new conversation")
	assert.Equal(t, "/vraag/sector", b.page.url.Path)
	for _, at := range []string{"/hulp", "/over", "/vraag/sector"} { // "Ja, ik ga verder"
		b.get(at)
		h.clock.advance(9 * time.Minute)
		_, warning, _ := strings.Cut(b.page.header.Get("Refresh"), "url=")
		b.get(warning)
		assert.Equal(t, h.texts.Text("nl", "web.counter.idle_title"), b.page.first("h1"))
		assert.Equal(t, "60; url=/p/kvk-utrecht?balie=1", b.page.header.Get("Refresh"))
		b.press("d.continue..")
		assert.Equal(t, at, b.page.url.Path, "where the visitor was")
	}
	h.clock.advance(9 * time.Minute)
	b.get("/over") // reading is no answer, but the device is in use
	h.clock.advance(9 * time.Minute)
	b.get("/vraag/sector")
	assert.Equal(t, "/vraag/sector", b.page.url.Path)
	h.clock.advance(11 * time.Minute)
	b.get("/vraag/sector")
	assert.Equal(t, "/p/kvk-utrecht?balie=1", b.page.url.RequestURI(), "ended after ten idle minutes")
}

func TestTryOutNotice(t *testing.T) {
	h := newHarness(t, func(o *web.Options) { o.TryOut = true })
	b := h.visit(t)
	b.get("/")
	assert.Contains(t, b.page.text, h.texts.Text("nl", "web.tryout"))
}

// TestCountedOnce: a browser is counted once per half-year, also after its conversation
// has ended.
func TestCountedOnce(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.finish(1)
	assert.Equal(t, referral.HalfYearOf(h.clock.Now()), b.cookie("counted"))
	b.get("/antwoorden")
	b.press("d.change.size.")
	b.press("a.size.1")
	assert.Equal(t, 0, h.weekly().Repeat, "the same conversation, changed")
	b.get("/stoppen")
	b.press("d.stop..")
	b.get("/")
	b.finish(2)
	figures := h.weekly()
	assert.Equal(t, 2, figures.Started)
	assert.Equal(t, 1, figures.Completed)
	assert.Equal(t, 1, figures.Repeat)

	other := h.visit(t)
	other.get("/p/kvk-utrecht")
	other.finish(1)
	assert.Equal(t, 2, h.weekly().Completed)
	assert.Equal(t, 1, h.weekly().Partners["kvk-utrecht"])

	for range 2 { // two people on one shared device
		other.get("/p/kvk-utrecht?balie=1")
		other.finish(1)
		other.press("")
	}
	assert.Equal(t, 4, h.weekly().Completed)
	assert.Equal(t, 1, h.weekly().Repeat)
}

func TestEmbed(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/embed/kvk-utrecht")
	for form := range b.page.all("form") {
		assert.Equal(t, "_blank", attr(form, "target"))
	}
	for link := range b.page.all("a") {
		if href := attr(link, "href"); !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "/embed/") {
			assert.Equal(t, "_blank", attr(link, "target"), href)
		}
	}
	assert.Empty(t, b.page.header.Values("Set-Cookie"))
	b.press("a.size.2")
	assert.Equal(t, "/vraag/sector", b.page.url.Path, "the answer counts, in the new window")
	b.get("/mijn-gegevens")
	assert.Contains(t, b.page.main(), "KVK <Utrecht>")
	assert.Equal(t, http.StatusOK, h.visit(t).get("/embed/nobody").status, "the check itself, for links that outlive a partner")
}
