package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web"
)

const kioskStart = "/p/kvk-utrecht?balie=1"

// isKiosk reports whether the page is one for a kiosk: it refreshes itself, and its forms are marked.
func (p *page) isKiosk() bool {
	for form := range p.all("form") {
		says := false
		for n := range form.Descendants() {
			says = says || n.Data == "input" && attr(n, "name") == "b" && attr(n, "value") == "1"
		}
		if !says {
			return false
		}
	}
	return p.header.Get("Refresh") != ""
}

// TestKioskAddresses: an address opens a kiosk however it is copied, and only a clear no
// ends it.
func TestKioskAddresses(t *testing.T) {
	h := newHarness(t, nil)
	for _, query := range []string{"balie=1", "balie=1.", "balie=1)", "balie=1/", "balie=1%20", "balie=1%E2%80%8B", "Balie=1", "BALIE=1", "balie=true", "balie=ja", "balie", "balie=",
		"utm_source=x&balie=1", "balie=1&lang=en", "balie%20=1"} {
		for _, path := range []string{"/", "/p/kvk-utrecht", "/p/kvk-utrecht.", "/p/nobody", "/p/nobody_GM0355_en", "/hulp"} {
			b := h.visit(t)
			b.get(path + "?" + query)
			assert.True(t, b.page.isKiosk(), "%s?%s", path, query)
			assert.True(t, b.get("/").isKiosk(), "it remains one: %s?%s", path, query)
		}
	}
	for _, no := range []string{"balie=0", "balie=nee", "balie=Nee.", "balie=uit", "balie=off"} {
		b := h.visit(t)
		b.get(kioskStart)
		b.press("a.size.2")
		b.get("/?" + no)
		assert.False(t, b.page.isKiosk(), no)
		assert.Empty(t, b.cookie("balie"), no)
		assert.Empty(t, b.cookie("gesprek"), "the visitor's conversation is forgotten")
		assert.False(t, b.get("/vraag/sector").isKiosk(), no)
	}
	b := h.visit(t)
	b.get(kioskStart)
	b.press("a.size.2")
	b.get("/balie")
	assert.NotEmpty(t, b.cookie("gesprek"), "looking ends no conversation")
	h.clock.advance(11 * time.Minute)
	b.get("/balie")
	assert.Empty(t, b.cookie("gesprek"), "of a visitor who has gone")
	b.press("")
	assert.False(t, b.page.isKiosk(), "staff say so")
	assert.Equal(t, "/", b.page.url.Path)
}

// leave is a way in which a visitor leaves a kiosk, with or without ending the conversation.
var leave = map[string]func(h *harness, b *browser){
	"Klaar":                func(_ *harness, b *browser) { b.get("/gesprek"); b.press("") },
	"stop":                 func(_ *harness, b *browser) { b.get("/stoppen"); b.press("d.stop..") },
	"erase":                func(_ *harness, b *browser) { b.get("/wissen"); b.press("d.erased..") },
	"walks off":            func(h *harness, _ *browser) { h.clock.advance(11 * time.Minute) },
	"the tablet slept":     func(h *harness, b *browser) { h.clock.advance(11 * time.Minute); b.drop("gesprek") },
	"reload of the start":  func(_ *harness, b *browser) { b.get(kioskStart) },
	"reload, badly copied": func(_ *harness, b *browser) { b.get("/p/kvk-utrecht?balie=1.") },
	"paused partner":       func(_ *harness, b *browser) { b.get("/p/paused?balie=1") },
	"mistyped partner":     func(_ *harness, b *browser) { b.get("/p/kvk-utrcht?balie=1") },
	"the first page":       func(_ *harness, b *browser) { b.get("/") },
	"a partner's page":     func(_ *harness, b *browser) { b.get("/p/expats") },
	"begins again and goes": func(h *harness, b *browser) {
		b.get("/opnieuw")
		b.press("d.restart..")
		h.clock.advance(11 * time.Minute)
	},
	"old form": func(_ *harness, b *browser) {
		old := b.page
		b.get("/gesprek")
		b.press("")
		b.page = old
		b.press("d.language..en")
	},
	"browser loses cookies": func(_ *harness, b *browser) { b.drop("gesprek"); b.drop("balie"); b.get(kioskStart) },
}

// drop removes a cookie from the browser.
func (b *browser) drop(name string) {
	b.t.Helper()
	address, err := url.Parse(b.harness.URL)
	require.NoError(b.t, err)
	b.client.Jar.SetCookies(address, []*http.Cookie{{Name: name, Path: "/", MaxAge: -1}})
}

// traces are what only a conversation leaves on a page.
var traces = []string{"jouw antwoord<", `class="answers"`, "Jouw uitslag", "van 100", `class="choice chosen"`, "Ga verder waar je was", "Terug naar mijn advies"}

// TestNextVisitorSeesNothing walks every page and every way on with two visitors: however
// the first leaves, the second gets no page of theirs, by any address or button, and the
// device remains a kiosk. Every other way is that of a visitor with an advice; with -everyjourney
// each is tried with and without.
func TestNextVisitorSeesNothing(t *testing.T) {
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://check.example" })
	requireTraces(t, h.visit(t))
	for n, name := range slices.Sorted(maps.Keys(leave)) {
		for i, advised := range []bool{false, true} {
			if i != n%2 && !*everyJourney {
				continue
			}
			b := h.visit(t)
			b.get(kioskStart)
			b.press("a.size.1")
			b.press("a.sector.ict")
			if advised {
				b.finish(0)
			}
			leave[name](h, b)
			b.crawl(2*n+i, func(from string) {
				assert.True(t, b.page.isKiosk(), "%s: %s is no kiosk", name, b.page.url)
				for _, trace := range traces {
					assert.NotContains(t, b.page.text, trace, "%s: %s, from %s", name, b.page.url, from)
				}
			})
			b.get("/")
			assert.Empty(t, b.cookie("gesprek"), name)
			b.press("a.size.2")
			assert.True(t, b.page.isKiosk(), name)
			assert.NotContains(t, b.get("/antwoorden").main(), h.texts.Text("nl", "option.size.1"), "%s: a conversation of one's own", name)
			b.press("")
		}
	}
	assert.Zero(t, h.weekly().Repeat, "every visitor is a new one")
}

// requireTraces requires that each trace is on a page of a visitor who is at home, before the advice or with it.
func requireTraces(t *testing.T, b *browser) {
	t.Helper()
	b.get("/")
	b.press("a.size.1")
	texts := b.get("/").text
	b.get("/gesprek")
	b.finish(0)
	for _, path := range []string{"/advies", "/antwoorden", "/vraag/sector", "/hulp"} {
		texts += b.get(path).text
	}
	for _, trace := range traces {
		assert.True(t, strings.Contains(texts, trace), "%q is on no page", trace)
	}
}

// kioskAddresses returns every kind of address that a page is asked for by.
func kioskAddresses() []string {
	all := []string{"/", "/controle", "/gesprek", "/vraag/sector", "/vraag/municipality?alle=1", "/advies/bewaren", "/gestopt", "/gewist",
		"/opnieuw", "/nog-bezig?naar=/advies", "/alarm/nu", "/balie", "/?verder=1", "/?verder=geen"}
	for _, path := range addresses {
		if !strings.HasPrefix(path, "/embed/") && !strings.Contains(path, ".") && !strings.HasPrefix(path, "/static") && !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}

// crawl visits every kind of address, beginning with the n-th, and every link found, and
// calls inspect on each page.
func (b *browser) crawl(n int, inspect func(from string)) {
	b.t.Helper()
	all := kioskAddresses()
	todo := slices.Concat(all[n%len(all):], all[:n%len(all)])
	from := map[string]string{}
	for _, path := range todo {
		from[path] = ""
	}
	for i := 0; i < len(todo); i++ {
		b.get(todo[i])
		inspect(from[todo[i]])
		for link := range b.page.all("a") {
			href := attr(link, "href")
			if _, seen := from[href]; strings.HasPrefix(href, "/") && !seen {
				from[href] = todo[i]
				todo = append(todo, href)
			}
		}
	}
}

// TestNoWayOutOfKiosk: within a conversation on a kiosk, with an advice, no page leads to
// another site, a call or a mail, or offers a file; each has "Klaar" and ends by itself.
func TestNoWayOutOfKiosk(t *testing.T) {
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://check.example" })
	b := h.visit(t)
	b.get(kioskStart)
	b.press("a.size.1")
	b.finish(0)
	inspect := func() {
		assert.True(t, b.page.isKiosk(), "%s", b.page.url)
		for link := range b.page.all("a") {
			assert.Regexp(t, `^(/[^/]|/$|#|\?)`, attr(link, "href"), "%s", b.page.url)
			assert.NotContains(t, link.Attr, "download")
		}
		for form := range b.page.all("form") {
			assert.NotContains(t, attr(form, "action"), "/herinnering", "%s", b.page.url)
			assert.Empty(t, attr(form, "target"))
		}
		_, action := b.page.form("")
		assert.Equal(t, "/klaar", action, "%s", b.page.url)
	}
	for _, path := range []string{"/advies", "/advies/bewaren", "/waarom", "/meer", "/antwoorden", "/hulp", "/alarm", "/alarm/nu", "/initiatief/kvk", "/mijn-gegevens", "/wissen", "/stoppen",
		"/opnieuw", "/over", "/privacy", "/toegankelijkheid", "/vraag/sector"} {
		b.get(path)
		inspect()
	}
	b.get("/advies")
	assert.Contains(t, b.page.main(), "kvk.nl", "an address is shown as text")
	b.press("a.satisfaction.4")
	inspect()
	for _, file := range []string{"/advies/digiwijzer.pdf", "/advies/eerste-stap.ics", "/advies/over-een-jaar.ics"} {
		b.get(file)
		assert.Empty(t, b.page.header.Get("Content-Disposition"), "no file for the next visitor to find: %s", file)
	}
	b.get("/advies")
	assert.NotRegexp(t, "data-share|data-copy|wa.me|mailto:|tel:", b.page.text)
	values, _ := b.page.form("d.language..en")
	b.post("/herinnering", values)
	assert.Empty(t, b.page.header.Get("Content-Disposition"))
	b.get("/advies")
	assert.NotContains(t, b.page.first("title"), "Nu aan zet", "the browser's history keeps titles")
}

// TestKioskInBrowser: after "Klaar" the browser's back button shows the next visitor only
// the start; pages are loaded whole, so that the timer of the Refresh header starts again;
// nothing can be selected or copied.
func TestKioskInBrowser(t *testing.T) {
	browserTest(t)
	for _, script := range []bool{true, false} {
		h := newHarness(t, nil)
		s := newTab(t, h)
		if !script {
			s.noScript()
		}
		s.open(kioskStart)
		for _, answer := range []string{"a.size.2", "a.sector.horeca", "a.self_image.2"} {
			eval[bool](s, "window.seen = true")
			s.click(answer)
			assert.True(t, eval[bool](s, "!window.seen"), "a full page load")
		}
		assert.Equal(t, "none", eval[string](s, `getComputedStyle(document.querySelector("h1")).userSelect`))
		if script {
			assert.False(t, eval[bool](s, `document.body.dispatchEvent(new ClipboardEvent("copy", {bubbles: true, cancelable: true}))`))
		}
		s.clock.skip(time.Second)
		s.navigate(func() { eval[bool](s, `(document.querySelector('form[action="/klaar"] button').click(), true)`) })
		assert.Equal(t, "/p/kvk-utrecht", s.path())
		for n := range 3 {
			eval[string](s, `document.querySelector("main").dataset.before = "1"`)
			s.goBack()
			s.until(`document.readyState === "complete" && document.querySelector("main:not([data-before])") !== null`)
			s.at("/p/kvk-utrecht")
			assert.Empty(t, eval[[]string](s, `[...document.querySelectorAll(".chosen, dl.answers, details")].map(e => e.outerHTML)`), "back %d", n)
		}
	}
}

// TestStillThere: a kiosk asks before it ends, without a script, and shows the remaining time with one.
func TestStillThere(t *testing.T) {
	browserTest(t)
	h := newHarness(t, nil)
	s := newTab(t, h)
	s.open(kioskStart)
	s.click("a.size.2")
	s.open("/nog-bezig?naar=/antwoorden")
	s.until(`/^\(\d+\)$/.test(document.querySelector("[data-countdown]").textContent)`)
	s.click("d.continue..")
	assert.Equal(t, "/antwoorden", s.path())
	s.do(chromedp.Navigate(fmt.Sprintf("%s/nog-bezig?naar=%s", s.url, url.QueryEscape("https://evil.example/"))))
	s.click("d.continue..")
	assert.Equal(t, "/vraag/sector", s.path())
}
