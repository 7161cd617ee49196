package web_test

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web"
	"digiwijzer/locales"
)

func withOwner(t *testing.T) *harness {
	return newHarness(t, func(o *web.Options) {
		o.PublicURL = "https://check.example"
		o.Owner = web.Owner{Name: "Provincie <Utrecht>", Email: "vraag@check.example", Phone: "030 - 123 45 67",
			PrivacyURL: "https://check.example/p", A11yURL: "https://check.example/a", Logo: []byte("\x89PNG"), LogoType: "image/png"}
	})
}

// TestOwnerStandsBehindTheSite: the organisation is in every footer and on the legally required pages; without one these
// pages state that.
func TestOwnerStandsBehindTheSite(t *testing.T) {
	b := withOwner(t).visit(t)
	for _, path := range []string{"/", "/over", "/privacy", "/toegankelijkheid", "/nergens"} {
		text := b.get(path).text
		assert.Contains(t, text, "Provincie &lt;Utrecht&gt;", path)
		assert.Contains(t, text, `href="tel:0301234567"`, path)
		assert.Contains(t, text, `href="mailto:vraag@check.example"`, path)
		assert.Contains(t, text, `src="/static/owner.`, path)
		assert.NotContains(t, text, "Proefversie", path)
	}
	assert.Contains(t, b.get("/privacy").text, `href="https://check.example/p"`)
	assert.Contains(t, b.page.main(), "artikel 6")
	assert.Contains(t, b.page.main(), "Autoriteit Persoonsgegevens")
	assert.Contains(t, b.get("/toegankelijkheid").text, `href="https://check.example/a"`)

	nobody := newHarness(t, nil).visit(t)
	for _, path := range []string{"/", "/privacy", "/toegankelijkheid"} {
		assert.Contains(t, nobody.get(path).text, "roefversie", path)
	}
	assert.Equal(t, http.StatusNotFound, nobody.get("/.well-known/security.txt").status, "no contact, no file")
}

// TestSecurityText has the two fields that RFC 9116 requires.
func TestSecurityText(t *testing.T) {
	h := withOwner(t)
	text := h.visit(t).get("/.well-known/security.txt").text
	assert.Contains(t, text, "Contact: mailto:vraag@check.example\nContact: tel:0301234567\n")
	_, after, found := strings.Cut(text, "Expires: ")
	require.True(t, found)
	expires, err := time.Parse(time.RFC3339, strings.SplitN(after, "\n", 2)[0])
	require.NoError(t, err)
	assert.True(t, expires.After(h.clock.Now()) && expires.Before(h.clock.Now().AddDate(1, 0, 0)), "within a year")
}

// TestAdviceIsKept: as a PDF, in a mail, in a message and in a calendar, each made on request.
func TestAdviceIsKept(t *testing.T) {
	b := withOwner(t).visit(t)
	for _, file := range []string{"digiwijzer.pdf", "eerste-stap.ics", "over-een-jaar.ics"} {
		assert.Equal(t, "/", b.get("/advies/"+file).url.Path, "%s: there is no advice yet", file)
	}
	b.get("/")
	b.finish(1)
	text := b.page.text
	assert.Contains(t, text, `href="mailto:?subject=Mijn%20advies%20van%20Digiwijzer&amp;body=`)
	assert.Contains(t, text, `href="https://wa.me/?text=`)

	p := b.get("/advies/digiwijzer.pdf")
	assert.Equal(t, "application/pdf", p.header.Get("Content-Type"))
	assert.Equal(t, "no-store", p.header.Get("Cache-Control"))
	assert.True(t, strings.HasPrefix(p.text, "%PDF-"))
	assert.Contains(t, []int{1, 2}, strings.Count(p.text, "/Type /Page\n"), "it fits on two pages")

	entry := strings.ReplaceAll(b.get("/advies/eerste-stap.ics").text, "\r\n ", "")
	assert.Contains(t, entry, "BEGIN:VALARM")
	assert.Contains(t, entry, "SUMMARY:Doen: ")
	assert.Contains(t, entry, "Bron: ", "how to do it, with its source")
	assert.Contains(t, b.get("/advies/over-een-jaar.ics").text, "URL:https://check.example")

	for line := range strings.SplitSeq(b.page.text, "\r\n") {
		assert.LessOrEqual(t, len(line), 75)
	}
}

// TestCardIsInThePartnersName: a link in a messenger shows the partner's name, on a picture
// of the size that messengers show whole.
func TestCardIsInThePartnersName(t *testing.T) {
	b := withOwner(t).visit(t)
	text := b.get("/p/kvk-utrecht").text
	assert.Contains(t, text, `<meta property="og:title" content="Een tip van KVK &lt;Utrecht&gt;: doe de check">`)
	assert.Contains(t, text, `<meta property="og:image" content="https://check.example/kaart/kvk-utrecht.png?lang=nl">`)
	for _, name := range []string{"kvk-utrecht.png", "digiwijzer.png"} {
		p := b.get("/kaart/" + name)
		img, err := png.Decode(bytes.NewReader([]byte(p.text)))
		require.NoError(t, err, name)
		assert.Equal(t, 1200, img.Bounds().Dx())
		assert.Equal(t, 630, img.Bounds().Dy())
		assert.Less(t, len(p.text), 100_000, "messengers skip large pictures")
	}
	assert.Equal(t, http.StatusNotFound, b.get("/kaart/onbekend.png").status)
}

// TestCardHasTheTextsInUse: the picture follows a change of the texts without a restart.
func TestCardHasTheTextsInUse(t *testing.T) {
	var inUse *locales.Texts
	h := newHarness(t, func(o *web.Options) {
		inUse = o.Texts()
		o.Texts = func() *locales.Texts { return inUse }
	})
	first := h.visit(t).get("/kaart/digiwijzer.png").text
	assert.True(t, first == h.visit(t).get("/kaart/digiwijzer.png").text, "the same picture")
	changed, err := locales.Load(locales.Embedded(), fstest.MapFS{"web.nl.toml": {Data: []byte("[\"web.card.lead\"]\nother = \"Iets anders\"\n")}})
	require.NoError(t, err)
	inUse = changed
	assert.False(t, first == h.visit(t).get("/kaart/digiwijzer.png").text, "another picture")
}
