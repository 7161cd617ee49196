package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// check goes through the whole check, answering each question with answer, and looks
// at every page with look.
func (s *screen) check(answer func(options []string), look func()) {
	s.t.Helper()
	s.open("/")
	look()
	for range 40 {
		if s.path() == "/advies" {
			return
		}
		options := s.options()
		require.NotEmpty(s.t, options, "nothing to answer on %s", s.path())
		answer(options)
		look()
	}
	s.t.Fatalf("no advice after forty answers, but %s", s.path())
}

func (s *screen) clickFirst(options []string) { s.t.Helper(); s.click(options[0]) }

func TestByMouse(t *testing.T) {
	h, browser := open(t, nil), chromium(t)
	s := window(t, browser, h)
	s.size(1280, 900)
	reloads := 0
	s.check(s.clickFirst, func() {
		if ask[bool](s, "!window.seen") {
			reloads++
			ask[bool](s, "window.seen = true")
		}
	})
	assert.Equal(t, 1, reloads, "with a script only the middle of the page is replaced")
	s.shot("advice-wide")
	s.click("a.satisfaction.5")
	assert.Contains(t, s.page().main(), h.texts.Text("nl", "chat.thanks"))
	assert.Equal(t, "H1", ask[string](s, "document.activeElement.tagName"), "a screen reader goes on at the new page")

	s.then(func() { ask[bool](s, "(history.back(), true)") })
	assert.NotEqual(t, "/", s.path(), "the browser's back button leads to the page before")
}

func TestWithoutScript(t *testing.T) {
	h, browser := open(t, nil), chromium(t)
	s := window(t, browser, h)
	s.noScript()
	s.check(s.clickFirst, func() {})
	s.click("a.satisfaction.5")
	assert.Contains(t, s.page().main(), h.texts.Text("nl", "chat.thanks"))
	s.open("/advies/bewaren")
	assert.NotContains(t, s.page().first("body"), "[web.")
	s.shot("keep-no-script")
	s.open("/wissen")
	s.click("d.erased..")
	assert.Contains(t, s.page().main(), h.texts.Text("nl", "chat.erased"))
}

// By keyboard: tab to the answer and press Enter, with the focus to be seen all the way.
func TestByKeyboard(t *testing.T) {
	h, browser := open(t, nil), chromium(t)
	s := window(t, browser, h)
	s.size(1280, 900)
	s.check(func(options []string) {
		last := options[min(1, len(options)-1)]
		for range 60 {
			s.do(chromedp.KeyEvent(kb.Tab))
			focus := ask[map[string]string](s, `(() => { const e = document.activeElement, c = getComputedStyle(e);
				return { value: e.value || "", outline: c.outlineStyle + " " + c.outlineWidth, tag: e.tagName } })()`)
			if focus["tag"] != "BODY" {
				assert.Equal(t, "solid 3px", focus["outline"], "the focus is to be seen on %s", s.path())
			}
			if focus["value"] == last {
				s.then(func() { s.do(chromedp.KeyEvent(kb.Enter)) })
				return
			}
		}
		t.Fatalf("no way to %s with the tab key on %s", last, s.path())
	}, func() {})
	assert.Equal(t, "/advies", s.path())
}

// On a small phone, and at 400 per cent on a screen of 1280: no page is wider than the
// screen, and everything to press is large enough to hit.
func TestSmallScreens(t *testing.T) {
	h, browser := open(t, nil), chromium(t)
	for _, screen := range []struct {
		name          string
		width, height int64
	}{{"phone", 360, 740}, {"zoom", 320, 256}} {
		t.Run(screen.name, func(t *testing.T) {
			s := window(t, browser, h)
			s.size(screen.width, screen.height)
			n := 0
			look := func() {
				assert.LessOrEqual(t, ask[int](s, "document.documentElement.scrollWidth"), int(screen.width), "%s is too wide", s.path())
				small := ask[[]string](s, `[...document.querySelectorAll("main button, main a.button, main a.choice, main summary, input[type=text]")]
					.filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.outerHTML)`)
				assert.Empty(t, small, "too small to hit on %s", s.path())
				s.shot(fmt.Sprintf("%s-%02d%s", screen.name, n, strings.ReplaceAll(s.path(), "/", "-")))
				n++
			}
			s.check(s.clickFirst, look)
			for _, path := range []string{"/advies/bewaren", "/antwoorden", "/waarom", "/meer", "/mijn-gegevens", "/hulp", "/alarm", "/stoppen", "/wissen",
				"/privacy", "/toegankelijkheid", "/over", "/p/kvk-utrecht", "/nergens", "/vervolg/" + strings.Repeat("A", 22) + ".20260101"} {
				s.open(path)
				look()
			}
		})
	}
}

// With a script too, back in the browser is back in the check, and another language is a
// page of its own.
func TestForwardAndBackWithScript(t *testing.T) {
	h, browser := open(t, nil), chromium(t)
	s := window(t, browser, h)
	s.open("/")
	s.click("a.size.2")
	s.click("a.sector.horeca")
	assert.Equal(t, "/vraag/municipality", s.path())
	s.then(func() { ask[bool](s, "(history.back(), true)") })
	assert.Equal(t, "/vraag/sector", s.path())
	s.click("a.sector.bouw")
	assert.Equal(t, "/vraag/municipality", s.path())
	s.open("/antwoorden")
	assert.Contains(t, s.page().main(), h.texts.Text("nl", "option.sector.bouw"))
	s.click("d.language..en")
	assert.Equal(t, "en", s.page().lang())
	s.open("/vraag/municipality")
	ask[bool](s, `window.fetch = () => Promise.reject(new Error("no network")), true`)
	s.click("a.municipality.GM0355")
	assert.Equal(t, "/vraag/self_image", s.path(), "the browser does it in its own way")
}

// On paper there is nothing to press, an address is written out, and ink is black on
// white whatever the device prefers.
func TestPrint(t *testing.T) {
	h, browser := open(t, nil), chromium(t)
	s := window(t, browser, h)
	s.size(760, 1000)
	s.check(s.clickFirst, func() {})
	s.open("/advies/bewaren")
	s.paper()
	assert.Empty(t, ask[[]string](s, `[...document.querySelectorAll("button, nav, .ways, .tongues")].filter(e => e.checkVisibility()).map(e => e.outerHTML)`))
	assert.Contains(t, ask[string](s, `getComputedStyle(document.querySelector(".step .button"), "::after").content`), "https://")
	assert.Equal(t, "rgb(255, 255, 255)", ask[string](s, `getComputedStyle(document.body).backgroundColor`))
	assert.Equal(t, "rgb(0, 0, 0)", ask[string](s, `getComputedStyle(document.querySelector("main")).color`))
	s.shot("print")
}

// On a shared device the page goes back to the start by itself, so every page is
// loaded whole: the browser counts its minutes anew.
func TestSharedDeviceWithScript(t *testing.T) {
	h, browser := open(t, nil), chromium(t)
	s := window(t, browser, h)
	s.open("/p/kvk-utrecht?balie=1")
	for _, answer := range []string{"a.size.2", "a.sector.horeca"} {
		ask[bool](s, "window.seen = true")
		s.click(answer)
		require.Eventually(t, func() bool { return s.path() != "/gesprek" && ask[bool](s, "!window.seen") }, 10*time.Second, 10*time.Millisecond)
	}
	assert.False(t, ask[bool](s, `document.querySelector("[data-idle]").checkVisibility()`), "nobody is asked yet whether they are there")
	s.shot("counter")
	s.then(func() { s.do(chromedp.Click(chromedp.CSS(`form[action="/klaar"] button`))) })
	assert.Equal(t, "/p/kvk-utrecht_GM0355", s.path())
}
