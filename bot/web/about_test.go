package web_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// publicBodies are the domains of public bodies.
var publicBodies = regexp.MustCompile(`(^|\.)(europa\.eu|cbs\.nl|officielebekendmakingen\.nl|digitaltrustcenter\.nl|ncsc\.nl|rvo\.nl|kvk\.nl|politie\.nl|oecd-ilibrary\.org|provincie-utrecht\.nl|veenendaal\.nl|bedrijvenbeleidinbeeld\.nl)$`)

// TestAboutIsForReaders: the page that explains the advice names only sources of public bodies, each by a title; it
// states for each rule what it proposes, and for each initiative what is known about whether it runs.
func TestAboutIsForReaders(t *testing.T) {
	h := newHarness(t, nil)
	for _, lang := range h.texts.Languages() {
		b := h.visit(t)
		b.get("/over?lang=" + lang)
		sources := 0
		for p := range b.page.all("p") {
			for a := range p.Descendants() {
				if attr(p, "class") != "small" || a.Data != "a" {
					continue
				}
				sources++
				u, err := url.Parse(attr(a, "href"))
				require.NoError(t, err)
				assert.Regexp(t, publicBodies, u.Hostname())
				assert.NotContains(t, textOf(a), "://")
			}
		}
		assert.Greater(t, sources, 20)
		for summary := range b.page.all("summary") {
			assert.NotRegexp(t, `R\d\d`, textOf(summary))
		}
		known := 0
		for span := range b.page.all("span") {
			if attr(span, "class") == "small known" {
				known++
				assert.NotEmpty(t, textOf(span))
			}
		}
		assert.Greater(t, known, 25)
		assert.NotContains(t, b.page.text, "[web.")
	}
}
