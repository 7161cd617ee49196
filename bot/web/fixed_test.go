package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"digiwijzer/bot/web"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
)

// TestFixedPages: a page that is the same for everyone is rendered once per language, content and day, and contains
// nothing of the first visitor.
func TestFixedPages(t *testing.T) {
	made := 0
	var texts func() *locales.Texts
	var edition func() *content.Edition
	h := newHarness(t, func(o *web.Options) {
		guide := o.Guide
		o.Guide = func() content.Guide { made++; return guide() }
		inUse := o.Texts()
		texts = func() *locales.Texts { return inUse }
		o.Texts = func() *locales.Texts { return texts() }
		edition = o.Edition
		o.Edition = func() *content.Edition { return edition() }
	})
	h.clock.freeze()
	first := h.visit(t).get("/over?utm_source=first&x=%22%3E").text
	assert.NotContains(t, first, "utm_source")
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	b.press("a.sector.horeca")
	before := made
	for range 3 {
		assert.Equal(t, first, h.visit(t).get("/over").text)
		assert.Equal(t, first, b.get("/over").text, "also within a conversation")
	}
	assert.Equal(t, before, made)
	assert.Equal(t, "en", h.visit(t).get("/over?lang=en").lang())
	h.visit(t).get("/over?lang=en")
	assert.Equal(t, before+1, made)

	h.clock.skip(24 * time.Hour)
	h.visit(t).get("/over")
	assert.Equal(t, before+2, made, "another day")
	other := *texts()
	texts = func() *locales.Texts { return &other }
	h.visit(t).get("/over")
	assert.Equal(t, before+3, made, "other texts")
	next := *edition()
	edition = func() *content.Edition { return &next }
	h.visit(t).get("/over")
	assert.Equal(t, before+4, made, "other content with the same texts")

	kiosk := h.visit(t)
	kiosk.get(kioskStart)
	assert.True(t, kiosk.get("/over").isKiosk())
	assert.NotContains(t, kiosk.page.main(), "<a href=\"https")
	assert.False(t, h.visit(t).get("/over").isKiosk())
}
