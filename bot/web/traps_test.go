package web_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSecondPressIsRefused: a browser's answer within half a second of its page changes
// nothing and shows the page again; later, and from a client without a pointer, it counts.
func TestSecondPressIsRefused(t *testing.T) {
	h := newHarness(t, nil)
	h.clock.freeze()
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2") // no browser
	b.header.Set("Sec-Fetch-Mode", "navigate")
	b.get("/vraag/sector")
	before := h.dispatcher.Counters().Updates
	for _, after := range []time.Duration{0, 250 * time.Millisecond, 249 * time.Millisecond} {
		h.clock.skip(after)
		page := b.page
		b.press("a.sector.horeca")
		assert.Equal(t, "/vraag/sector", b.page.url.Path)
		assert.Equal(t, before, h.dispatcher.Counters().Updates, "nothing is stored")
		b.page = page // the same rendering of the page
	}
	h.clock.skip(time.Millisecond)
	b.press("a.sector.horeca")
	assert.Equal(t, "/vraag/municipality", b.page.url.Path)

	b.get("/opnieuw")
	b.press("d.restart..")
	assert.Equal(t, "/opnieuw", b.page.url.Path, "a double click on a link confirms nothing")
	h.clock.skip(-time.Hour)
	b.press("d.restart..")
	assert.Equal(t, "/vraag/size", b.page.url.Path, "a clock that was set back refuses nothing")
}

// secondPress presses a button as a pointer does, and the moment the next page is there
// presses again in the same place. It reports whether that second press was stopped.
const secondPress = `new Promise(stopped => {
	const first = document.querySelector('button[value="%s"]'), box = first.getBoundingClientRect();
	const press = button => button.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, detail: 1}));
	const next = new MutationObserver(() => {
		if (document.querySelector("main").dataset.before || !document.querySelector("main button.choice")) return;
		next.disconnect();
		const under = document.elementFromPoint(box.x + 5, box.y + 5)?.closest("button") || document.querySelector("main button.choice");
		stopped(!press(under));
	});
	next.observe(document.body, {childList: true});
	document.querySelector("main").dataset.before = "1";
	press(first);
})`

// TestDoubleClick: with the script the second half of a double click is stopped before it
// answers the next question; without, the server refuses it.
func TestDoubleClick(t *testing.T) {
	browserTest(t)
	h := newHarness(t, nil)
	s := newTab(t, h)
	s.open("/")
	s.until(`performance.now() > performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd + 400`) // as after looking at the page
	s.clock.skip(time.Second)
	assert.True(t, eval[bool](s, fmt.Sprintf(secondPress, "a.size.2")), "the second press was stopped")
	assert.Equal(t, "/vraag/sector", s.path())
	assert.Zero(t, h.dispatcher.Counters().Updates, "the second answer would store the first")
	eval[float64](s, "window.stopped = performance.now()")
	s.until("performance.now() > window.stopped + 1500") // longer than a second press is stopped
	s.navigate(func() { s.do(chromedp.Click(chromedp.CSS(`button[value="a.sector.horeca"]`))) })
	assert.Equal(t, "/vraag/municipality", s.path(), "a deliberate press counts")

	plain := newTab(t, newHarness(t, nil))
	plain.noScript()
	plain.clock.freeze()
	plain.open("/")
	plain.click("a.size.2")
	plain.navigate(func() { plain.press("a.sector.horeca") }) // at once
	assert.Equal(t, "/vraag/sector", plain.path())
	assert.Zero(t, plain.dispatcher.Counters().Updates)
	plain.click("a.sector.horeca")
	assert.Equal(t, "/vraag/municipality", plain.path())
}

// everyJourney is for the nightly run: the longest two journeys contain most of the others.
var everyJourney = flag.Bool("everyjourney", false, "go back through all journeys, and not only through the longest two, leave a kiosk in every way with and without an advice, and look at all questions on small screens")

// TestBackLeavesTheSite: the browser's back button leads to the page before, each time, and
// in the end to the site one came from; with and without the script.
func TestBackLeavesTheSite(t *testing.T) {
	browserTest(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>elsewhere</title><main>elsewhere</main>"))
	}))
	t.Cleanup(elsewhere.Close)
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTab(t, newHarness(t, nil))
			if !script {
				s.noScript()
			}
			for journey, steps := range map[string]struct {
				pages []string
				walk  func(s *tab)
			}{
				"one answer":    {[]string{"/vraag/sector"}, func(s *tab) { s.click("a.size.2") }},
				"three answers": {[]string{"/vraag/self_image", "/vraag/municipality", "/vraag/sector"}, func(s *tab) { s.answer(3) }},
				"a mistyped place": {[]string{"/vraag/self_image", "/vraag/municipality", "/vraag/sector"}, func(s *tab) {
					s.answer(2)
					s.typed("Zijst-Oozt")
					s.click("a.municipality.GM0355")
				}},
				"a changed answer": {[]string{"/vraag/municipality", "/vraag/size", "/antwoorden", "/vraag/municipality", "/vraag/sector"}, func(s *tab) {
					s.answer(2)
					s.open("/antwoorden")
					s.click("d.change.size.")
					s.click("a.size.10")
				}},
			} {
				if journey != "a mistyped place" && journey != "a changed answer" && !*everyJourney {
					continue
				}
				s.moveTo(newHarness(t, nil))
				s.do(chromedp.Navigate(elsewhere.URL))
				s.open("/")
				steps.walk(s)
				assert.Equal(t, steps.pages[0], s.path(), journey)
				if journey == "a mistyped place" && !script {
					s.back("/vraag/municipality") // with the fault; with the script it takes the place of the page without
				}
				for _, page := range append(steps.pages[1:], "/") {
					s.back(page)
				}
				s.goBack()
				s.until(`location.origin === "` + elsewhere.URL + `"`)
			}
		})
	}
}

// answer answers the first n questions.
func (s *tab) answer(n int) {
	s.t.Helper()
	for _, value := range []string{"a.size.2", "a.sector.horeca", "a.municipality.GM0355"}[:n] {
		s.click(value)
	}
}

// typed types a place and waits for the page that follows.
func (s *tab) typed(text string) {
	s.t.Helper()
	eval[bool](s, `(document.getElementById("tekst").value = "`+text+`", true)`)
	s.click("t")
}

// TestErrorAtTheField: an unknown place is reported in the title and at the field, which keeps the typed text and has the
// focus; screen readers announce it.
func TestErrorAtTheField(t *testing.T) {
	browserTest(t)
	for _, script := range []bool{true, false} {
		h := newHarness(t, nil)
		s := newTab(t, h)
		if !script {
			s.noScript()
		}
		s.open("/")
		s.answer(2)
		eval[bool](s, `(window.region = document.getElementById("melding"), true)`)
		for text, message := range map[string]string{"Zijst-Oozt": "web.error.place", "": "web.error.empty"} {
			s.typed(text)
			told := h.texts.Text("nl", message)
			assert.Equal(t, "/vraag/municipality", s.path())
			assert.True(t, strings.HasPrefix(eval[string](s, "document.title"), "Fout: "))
			assert.Contains(t, eval[string](s, `document.getElementById(document.getElementById("tekst").getAttribute("aria-describedby")).textContent`), told)
			assert.Equal(t, text, eval[string](s, `document.getElementById("tekst").value`))
			assert.True(t, eval[bool](s, `document.getElementById("tekst").matches("[aria-invalid=true]")`))
			s.until(`document.activeElement.id === "tekst"`)
			if script {
				assert.True(t, eval[bool](s, `region === document.getElementById("melding")`), "the region that announces is never replaced")
				s.until(`region.textContent.includes("` + told + `")`)
			}
		}
		s.typed("Maarssen")
		assert.Equal(t, "/vraag/self_image", s.path())
		assert.Contains(t, s.page().main(), "Maarssen hoort bij de gemeente Stichtse Vecht")
		assert.NotContains(t, eval[string](s, "document.title"), "Fout")
	}
}

// TestNothingPersonalIsRepeated: what cannot be a place is not shown again.
func TestNothingPersonalIsRepeated(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	b.press("a.sector.horeca")
	for _, text := range []string{"jan@bakker.example", "0612345678", "<b>x</b>"} {
		values, action := b.page.form("t")
		values.Set("tekst", text)
		b.post(action, values)
		assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.error.place"))
		for n := range b.page.all("input") {
			assert.NotEqual(t, text, attr(n, "value"))
		}
	}
}

// TestWithoutCookies: people whose browser accepts no cookies get a notice, keep their partner and language, and are not
// counted.
func TestWithoutCookies(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.client.Jar = nil
	for _, first := range []string{"/p/kvk-utrecht_GM0307", "/?lang=en", "/p/expats"} {
		b.get(first)
		for range 3 {
			b.press("a.size.2")
			assert.Contains(t, b.page.main(), h.texts.Text(b.page.lang(), "web.notice.cookies"))
			assert.Equal(t, strings.Split(first, "?")[0], b.page.url.Path)
		}
	}
	assert.Equal(t, "en", b.page.lang())
	assert.Zero(t, h.weekly().Started)
	assert.Zero(t, h.dispatcher.Counters().Updates)

	b.get("/alarm")
	b.press("d.incident..")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "incident.title"), "help in an incident needs no cookie")
}

// TestFirstPageOfARunningConversation: the first page offers to continue or to start over, and shows nothing of the
// conversation; starting over asks for confirmation.
func TestFirstPageOfARunningConversation(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	for _, path := range []string{"/", "/p/kvk-utrecht"} {
		b.get(path)
		assert.Equal(t, path, b.page.url.Path)
		assert.Contains(t, b.page.main(), h.texts.Text("nl", "web.landing.resume_link"))
		assert.Empty(t, b.page.options(), "no question that would change an answer")
	}
	b.get("/opnieuw")
	assert.Equal(t, "/vraag/sector", b.get("/gesprek").url.Path, "asking changed nothing")
	b.finish(1)
	assert.NotContains(t, b.get("/").main(), "van 100", "nothing of the advice")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "chat.to_advice"))
	b.get("/opnieuw")
	b.press("d.restart..")
	assert.Equal(t, "/vraag/size", b.page.url.Path)
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "chat.restarted"))
}

// TestCheckBeforeTheResult: after the last question all answers are shown, each can be
// changed, and the result is counted once they are confirmed.
func TestCheckBeforeTheResult(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	total := 0
	for b.page.url.Path != "/controle" {
		var at, of int
		_, err := fmt.Sscanf(b.page.first("p"), "Vraag %d van %d", &at, &of)
		if b.page.url.Path != "/" && b.page.url.Path != "/vraag/source" {
			require.NoError(t, err, b.page.url.Path)
			assert.LessOrEqual(t, at, of)
			assert.True(t, total == 0 || of <= total, "the number of questions grew to %d on %s", of, b.page.url.Path)
			total = of
		}
		options := b.page.options()
		b.press(options[0])
	}
	assert.Zero(t, h.weekly().Completed)
	assert.Equal(t, []string{"a.check.yes", "a.check.yes"}, b.page.options())
	b.press("d.change.sector.")
	assert.Equal(t, "/vraag/sector", b.page.url.Path)
	b.press("a.sector.zorg")
	assert.Equal(t, "/controle", b.page.url.Path, "back to the check")
	assert.Contains(t, b.page.main(), h.texts.Text("nl", "option.sector.zorg"))
	b.press("d.back..")
	b.get("/gesprek")
	b.press("d.continue..")
	b.press("a.check.yes")
	assert.Equal(t, "/advies", b.page.url.Path)
	assert.Equal(t, 1, h.weekly().Completed)
	assert.Equal(t, "/controle", b.get("/controle").url.Path, "also by the back button")

	b.get("/antwoorden")
	b.press("d.change.online_presence.")
	b.press("a.online_presence.d")
	assert.Equal(t, "/advies", b.page.url.Path)
	assert.Regexp(t, h.texts.Text("nl", "web.notice.adapted")+` Voorbereid: van \d+ naar \d+\.`, b.page.main())
	assert.NotContains(t, b.get("/advies").main(), h.texts.Text("nl", "web.notice.adapted"), "told once")
}

// TestLanguageStaysOnThePage: switching the language shows the same page.
func TestLanguageStaysOnThePage(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	b.get("/")
	b.press("a.size.2")
	b.press("a.sector.horeca")
	for _, path := range []string{"/antwoorden", "/vraag/sector", "/vraag/municipality?alle=1", "/stoppen"} {
		b.get(path)
		b.press("d.language..en")
		assert.Equal(t, path, b.page.url.RequestURI())
		assert.Equal(t, "en", b.page.lang())
		b.press("d.language..nl")
	}
	for _, bad := range []string{"//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"} {
		b.get("/antwoorden")
		values, action := b.page.form("d.language..en")
		values.Set("w", bad)
		b.post(action, values)
		assert.Equal(t, "/vraag/municipality", b.page.url.Path, "%s", bad)
		b.press("d.language..nl")
	}
}

// TestEveryPageLeadsToHelpInAnIncident.
func TestEveryPageLeadsToHelpInAnIncident(t *testing.T) {
	h := newHarness(t, nil)
	b := h.visit(t)
	inspect := func() {
		for _, path := range addresses {
			if b.get(path); b.page.status >= 300 || b.page.first("main") == "" || strings.HasPrefix(path, "/embed/") {
				continue
			}
			found := false
			for link := range b.page.all("a") {
				found = found || strings.HasPrefix(attr(link, "href"), "/alarm")
			}
			assert.True(t, found, "%s", b.page.url)
		}
		b.get("/?balie=0")
	}
	inspect()
	b.press("a.size.2")
	inspect()
}

// TestMistypedAddresses: an address with surrounding text, or in capitals, leads to the intended page; an address in a
// sentence keeps partner, municipality and language.
func TestMistypedAddresses(t *testing.T) {
	h := newHarness(t, nil)
	for address, want := range map[string]string{
		"/p/kvk-utrecht_GM0307.":          "/p/kvk-utrecht_GM0307",
		"/p/kvk-utrecht/":                 "/p/kvk-utrecht",
		"/p/kvk-utrecht%3Futm_source=nb":  "/p/kvk-utrecht",
		"/p/kvk-utrecht&utm_source=nb":    "/p/kvk-utrecht",
		"/p/kvk%E2%80%91utrecht%E2%80%8B": "/p/kvk-utrecht",
		"/P/KVK-UTRECHT":                  "/p/kvk-utrecht",
		"/p/nobody_GM0307_en)":            "/p/nobody_GM0307_en",
		"/p/":                             "/",
		"/p/nobody":                       "/",
		"/over.":                          "/over",
		"/privacy)":                       "/privacy",
		"/Hulp":                           "/hulp",
		"/embed/kvk-utrecht.":             "/embed/kvk-utrecht",
		"/vervolg/AAAAAAAAAAAAAAAAAAAAAA.29990101)": "/vervolg/AAAAAAAAAAAAAAAAAAAAAA.29990101",
	} {
		b := h.visit(t)
		b.get(address)
		assert.Equal(t, want, b.page.url.Path, address)
		assert.Equal(t, http.StatusOK, b.page.status, address)
		if strings.Contains(want, "kvk-utrecht") {
			assert.Contains(t, b.page.text, "kvk-utrecht", address)
		}
	}
	b := h.visit(t)
	b.get("/p/nobody_GM0307_en")
	assert.Equal(t, "en", b.page.lang(), "the language of the link stays")
	b.press("a.size.2")
	b.press("a.sector.horeca")
	assert.Equal(t, "/vraag/self_image", b.page.url.Path, "and the municipality")
	assert.Equal(t, http.StatusNotFound, b.get("/nergens.").status)
	assert.Equal(t, "/nergens", b.page.url.Path)
}

// TestPreviewsStartNothing: the robots of messengers, mail scanners and search engines set
// no cookie and store nothing; search engines list no partner's page.
func TestPreviewsStartNothing(t *testing.T) {
	h := newHarness(t, nil)
	for _, robot := range []string{"WhatsApp/2.23", "TelegramBot (like TwitterBot)", "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0", "Googlebot/2.1", "Mozilla/5.0 SafeLinks"} {
		for _, path := range []string{"/", "/p/kvk-utrecht", "/p/kvk-utrecht_GM0307_en", "/embed/kvk-utrecht", "/?verder=1"} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				w := h.serve(method, path, "", http.Header{"User-Agent": {robot}})
				assert.Equal(t, http.StatusOK, w.Code)
				assert.Empty(t, w.Result().Cookies(), "%s %s by %s", method, path, robot)
				if method == http.MethodGet {
					assert.Equal(t, strings.HasPrefix(path, "/p/") || strings.HasPrefix(path, "/embed/"), strings.Contains(w.Body.String(), `content="noindex"`), path)
				}
			}
		}
	}
	assert.Zero(t, h.dispatcher.Counters().Updates)
	assert.NotContains(t, h.serve(http.MethodGet, "/robots.txt", "", nil).Body.String(), "/p/", "a page that may not be read cannot say noindex")
}
