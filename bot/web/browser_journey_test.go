package web_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web"
)

// finish goes from the first page to the advice: answer answers one question, inspect
// is called on every page.
func (s *tab) finish(answer func(options []string), inspect func()) {
	s.t.Helper()
	s.open("/")
	inspect()
	for range 40 {
		if s.path() == "/advies" {
			return
		}
		options := s.options()
		require.NotEmpty(s.t, options, "nothing to answer on %s", s.path())
		answer(options)
		inspect()
	}
	s.t.Fatalf("no advice after forty answers, but %s", s.path())
}

func (s *tab) clickFirst(options []string) { s.t.Helper(); s.click(options[0]) }

func TestWithoutScript(t *testing.T) {
	browserTest(t)
	h := newHarness(t, nil)
	s := newTab(t, h)
	s.noScript()
	s.finish(s.clickFirst, func() {})
	s.click("a.satisfaction.5")
	assert.Contains(t, s.page().main(), h.texts.Text("nl", "chat.thanks"))
	s.open("/advies/bewaren")
	assert.NotContains(t, s.page().first("body"), "[web.")
	s.shot("keep-no-script")
	s.open("/wissen")
	s.click("d.erased..")
	assert.Contains(t, s.page().main(), h.texts.Text("nl", "chat.erased"))
}

// TestByKeyboard tabs to each answer and presses Enter; the focus is visible all the way.
func TestByKeyboard(t *testing.T) {
	browserTest(t)
	h := newHarness(t, nil)
	s := newTab(t, h)
	s.size(1280, 900)
	s.finish(func(options []string) {
		last := options[min(1, len(options)-1)]
		for range 60 {
			s.do(chromedp.KeyEvent(kb.Tab))
			focus := eval[map[string]string](s, `(() => { const e = document.activeElement, c = getComputedStyle(e);
				return { value: e.value || "", outline: c.outlineStyle + " " + c.outlineWidth, tag: e.tagName } })()`)
			if focus["tag"] != "BODY" {
				assert.Equal(t, "solid 3px", focus["outline"], "visible focus on %s", s.path())
			}
			if focus["value"] == last {
				s.clock.skip(time.Second)
				s.navigate(func() { s.do(chromedp.KeyEvent(kb.Enter)) })
				return
			}
		}
		t.Fatalf("%s cannot be reached with the tab key on %s", last, s.path())
	}, func() {})
	assert.Equal(t, "/advies", s.path())
}

// TestSmallScreens: on a small phone, and zoomed to 400 % on a screen of 1280 (WCAG
// 1.4.10), no page scrolls sideways and every target is at least 44 pixels (WCAG 2.5.5).
func TestSmallScreens(t *testing.T) {
	browserTest(t)
	s := newTab(t, newHarness(t, func(o *web.Options) { o.Logos = testLogos }))
	n := 0
	inspect := func() {
		s.t.Helper()
		for _, screen := range []struct {
			name          string
			width, height int64
		}{{"phone", 360, 740}, {"zoom", 320, 256}} {
			s.size(screen.width, screen.height)
			assert.LessOrEqual(t, eval[int64](s, "document.documentElement.scrollWidth"), screen.width, "%s is too wide", s.path())
			small := eval[[]string](s, `[...document.querySelectorAll("main button, main a.button, main a.link, main a.choice, main summary, main label:has([type=checkbox]), input[type=text]")]
				.filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.outerHTML)`)
			assert.Empty(t, small, "targets too small on %s", s.path())
			s.shot(fmt.Sprintf("%s-%02d%s", screen.name, n, strings.ReplaceAll(s.path(), "/", "-")))
		}
		n++
	}
	reloads, asked := 0, 0
	s.finish(s.clickFirst, func() {
		if eval[bool](s, "!window.seen") {
			reloads++
			eval[bool](s, "window.seen = true")
		}
		if _, question := strings.CutPrefix(s.path(), "/vraag/"); !question || asked%4 == 0 || *everyJourney { // questions are built of the same parts
			inspect()
		}
		asked++
	})
	assert.Equal(t, 1, reloads, "with a script only the middle of the page is replaced")
	assert.Equal(t, "H1", eval[string](s, "document.activeElement.tagName"), "a screen reader goes on at the new page")
	s.click("a.satisfaction.5")
	assert.Contains(t, s.page().main(), s.texts.Text("nl", "chat.thanks"))
	assert.Equal(t, "mening", eval[string](s, "document.activeElement.id"), "the thanks come in place")
	s.back("/controle")
	for _, path := range []string{"/advies/bewaren", "/antwoorden", "/waarom", "/meer", "/mijn-gegevens", "/hulp", "/alarm", "/stoppen", "/opnieuw", "/controle", "/wissen",
		"/privacy", "/toegankelijkheid", "/over", "/p/kvk-utrecht", "/p/expats", "/nergens", "/vervolg/" + strings.Repeat("A", 22) + ".20260101"} {
		s.open(path)
		inspect()
	}
	for _, path := range []string{"/adviseur", "/code"} {
		s.open(path)
		inspect()
		s.enterCode("een bloemist in Zeist")
		inspect()
		s.enterCode(codeOf(t, "2026H1", florist))
		assert.Equal(t, path+"/beeld", s.path())
		s.openDetails()
		inspect()
	}
}

// TestCodesByKeyboard enters a code with the keyboard alone, wrong at first, on both pages
// that take one; every control of what follows can be reached, with a visible focus.
func TestCodesByKeyboard(t *testing.T) {
	browserTest(t)
	h := newHarness(t, nil)
	s := newTab(t, h)
	s.size(1280, 900)
	b := h.visit(t)
	b.get("/")
	b.finish(0)
	s.setCookie("gesprek", b.cookie("gesprek"))
	for _, path := range []string{"/adviseur", "/code"} {
		s.open(path)
		s.tabTo("code")
		s.clock.skip(time.Second)
		s.navigate(func() { s.do(chromedp.KeyEvent("bloemist" + kb.Enter)) })
		assert.Equal(t, "code", eval[string](s, "document.activeElement.id"), "the focus is on what is wrong, and its text is selected")
		s.clock.skip(time.Second)
		s.navigate(func() { s.do(chromedp.KeyEvent(codeOf(t, "2026H1", florist) + kb.Enter)) })
		require.Equal(t, path+"/beeld", s.path())
		unreached := eval[int](s, `(window.left = new Set([...document.querySelectorAll("main :is(a[href], button, input, textarea, summary)")].filter(e => e.checkVisibility()))).size`)
		require.Positive(t, unreached)
		for range unreached + 20 {
			s.do(chromedp.KeyEvent(kb.Tab))
			unreached = eval[int](s, `(window.left.delete(document.activeElement), window.left.size)`)
			s.seesFocus()
		}
		assert.Zero(t, unreached, "%s: %s", s.path(), eval[[]string](s, `[...window.left].map(e => e.outerHTML)`))
	}
}

// tabTo presses the tab key until an element has the focus.
func (s *tab) tabTo(id string) {
	s.t.Helper()
	for range 60 {
		s.do(chromedp.KeyEvent(kb.Tab))
		s.seesFocus()
		if eval[string](s, "document.activeElement.id") == id {
			return
		}
	}
	s.t.Fatalf("%s cannot be reached with the tab key on %s", id, s.path())
}

// seesFocus asserts that what has the focus shows it.
func (s *tab) seesFocus() {
	s.t.Helper()
	outline := eval[string](s, `(() => { const e = document.activeElement, c = getComputedStyle(e); return e === document.body ? "" : c.outlineStyle + " " + c.outlineWidth })()`)
	if outline != "" {
		assert.Equal(s.t, "solid 3px", outline, "visible focus on %s: %s", s.path(), eval[string](s, "document.activeElement.outerHTML"))
	}
}

// TestHistoryWithScript: the browser's back button goes back in the check, and switching
// the language loads a new page.
func TestHistoryWithScript(t *testing.T) {
	browserTest(t)
	h := newHarness(t, nil)
	s := newTab(t, h)
	s.open("/")
	s.click("a.size.2")
	s.click("a.sector.horeca")
	assert.Equal(t, "/vraag/municipality", s.path())
	s.navigate(func() { eval[bool](s, "(history.back(), true)") })
	assert.Equal(t, "/vraag/sector", s.path())
	s.click("a.sector.bouw")
	assert.Equal(t, "/vraag/municipality", s.path())
	s.open("/antwoorden")
	assert.Contains(t, s.page().main(), h.texts.Text("nl", "option.sector.bouw"))
	s.click("d.language..en")
	assert.Equal(t, "en", s.page().lang())
	s.open("/vraag/municipality")
	eval[bool](s, `window.fetch = () => Promise.reject(new Error("no network")), true`)
	s.click("a.municipality.GM0355")
	assert.Equal(t, "/vraag/self_image", s.path(), "falls back to an ordinary submission")
}

// TestPrint: a printed page has no buttons, shows the addresses of links, and is black on
// white even on a device with a dark scheme.
func TestPrint(t *testing.T) {
	browserTest(t)
	h := newHarness(t, nil)
	s := newTab(t, h)
	s.size(760, 1000)
	b := h.visit(t)
	b.get("/")
	b.finish(0)
	s.setCookie("gesprek", b.cookie("gesprek"))
	s.open("/advies/bewaren")
	s.print()
	assert.Empty(t, eval[[]string](s, `[...document.querySelectorAll("button, nav, .ways, .tongues")].filter(e => e.checkVisibility()).map(e => e.outerHTML)`))
	assert.Contains(t, eval[string](s, `getComputedStyle(document.querySelector(".step .button"), "::after").content`), "https://")
	assert.Equal(t, "rgb(255, 255, 255)", eval[string](s, `getComputedStyle(document.body).backgroundColor`))
	assert.Equal(t, "rgb(0, 0, 0)", eval[string](s, `getComputedStyle(document.querySelector("main")).color`))
	s.shot("print")
	sheet, err := chromedp.Call(s.ctx, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PreferCSSPageSize: new(true)})
	require.NoError(t, err)
	assert.Contains(t, []int{1, 2}, len(regexp.MustCompile(`/Type /Page\b`).FindAll(sheet.Data, -1)), "the advice fits on one sheet of paper, both sides")
}
