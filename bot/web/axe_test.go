package web_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web"
)

// axe loads the accessibility checker; npm fetches it where it is not there yet.
func axe(t testing.TB) string {
	t.Helper()
	const file = "testdata/node_modules/axe-core/axe.min.js"
	if _, err := os.Stat(file); err != nil {
		out, err := exec.Command("npm", "ci", "--prefix", "testdata").CombinedOutput()
		require.NoError(t, err, "axe-core: npm ci: %s", out)
	}
	script, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(script)
}

// auditor runs axe on whatever is on the screen and counts the pages it has seen.
type auditor struct {
	*screen
	script string
	seen   int
}

// runAxe holds the page to WCAG 2.2, levels A and AA, and to axe's best practices.
const runAxe = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join(" | ")))`

func (a *auditor) look(state string) {
	a.t.Helper()
	ask[bool](a.screen, a.script+"; true")
	for _, scheme := range []string{"light", "dark"} {
		a.prefers(scheme)
		faults := ask[[]string](a.screen, runAxe)
		assert.Empty(a.t, faults, "%s, %s: %s", state, scheme, a.path())
		a.shot(fmt.Sprintf("axe-%s-%02d-%s", scheme, a.seen, strings.NewReplacer(" ", "-", "/", "-").Replace(state)))
	}
	a.seen++
}

// TestAccessibility looks at every page and state, in both languages, light and dark.
func TestAccessibility(t *testing.T) {
	script, browser := axe(t), chromium(t)
	h := office(t, func(o *web.Options) { o.PublicURL = "http://check.example" }) // the calendar entry is offered
	for _, lang := range h.texts.Languages() {
		t.Run(lang, func(t *testing.T) {
			a := &auditor{screen: window(t, browser, h), script: script}
			a.size(1000, 900)
			a.beforeBeginning(lang)
			a.asking(lang)
			a.advised()
			a.ended(lang)
			a.counter(lang)
			a.later(lang)
			a.coordinators(lang)
			t.Logf("%s: %d pages and states, each light and dark", lang, a.seen)
		})
	}
}

func (a *auditor) visit(state, path string) {
	a.t.Helper()
	a.open(path)
	a.look(state)
}

func (a *auditor) beforeBeginning(lang string) {
	a.t.Helper()
	for state, path := range map[string]string{"first page": "/", "partner": "/p/kvk-utrecht", "no conversation": "/gesprek", "missing": "/nergens",
		"privacy": "/privacy", "accessibility statement": "/toegankelijkheid", "frame": "/embed/kvk-utrecht"} {
		a.visit(state, path+"?lang="+lang)
	}
	a.open("/over?lang=" + lang)
	ask[bool](a.screen, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
	a.look("how the advice is made")
}

// asking goes through the check by answers that lead past every question.
func (a *auditor) asking(lang string) {
	a.t.Helper()
	a.open("/?lang=" + lang)
	a.click("a.size.2")
	a.look("a question")
	a.click("a.sector.horeca")
	a.look("municipalities")
	a.visit("other municipalities", "/vraag/municipality?alle=1")
	for _, typed := range []string{"zijst", "xyzzy"} {
		a.open("/vraag/municipality")
		ask[bool](a.screen, `document.getElementById("tekst").value = "`+typed+`", true`)
		a.click("t")
		a.look("typed " + typed)
		if typed == "zijst" {
			a.click("d.pick..")
		}
	}
	a.click("a.municipality.GM0355")
	for state, path := range map[string]string{"answers": "/antwoorden", "data": "/mijn-gegevens", "help": "/hulp", "alarm": "/alarm", "stopping": "/stoppen",
		"erasing": "/wissen", "initiative": "/initiatief/kvk", "answered before": "/vraag/sector", "partner again": "/p/kvk-utrecht"} {
		a.visit(state, path)
	}
	a.open("/alarm")
	a.click("d.incident..")
	a.look("incident")
	a.click("d.continue..")
	for a.path() != "/advies" {
		a.look("asking " + a.path()[1:])
		options := a.options()
		a.click(options[min(1, len(options)-1)])
	}
}

func (a *auditor) advised() {
	a.t.Helper()
	a.look("advice")
	a.click("a.satisfaction.4")
	a.look("advice rated")
	for state, path := range map[string]string{"keep": "/advies/bewaren", "why": "/waarom", "more": "/meer", "answers at the end": "/antwoorden", "data at the end": "/mijn-gegevens"} {
		a.visit(state, path)
	}
}

func (a *auditor) ended(lang string) {
	a.t.Helper()
	a.open("/wissen")
	a.click("d.erased..")
	a.look("erased")
	a.open("/?lang=" + lang)
	a.click("a.size.1")
	a.open("/stoppen")
	a.click("d.stop..")
	a.look("stopped")
}

func (a *auditor) counter(lang string) {
	a.t.Helper()
	a.visit("shared device", "/p/kvk-utrecht?balie=1&lang="+lang)
	a.click("a.size.1")
	a.look("shared device, asking")
	ask[bool](a.screen, `document.querySelector("[data-idle]").hidden = false, true`)
	a.look("shared device, still there")
}

// later is the one question some weeks after the advice.
func (a *auditor) later(lang string) {
	a.t.Helper()
	ticket := "/vervolg/" + strings.Repeat("A", 22)
	a.visit("too early", ticket+".29991231?lang="+lang)
	a.visit("follow-up", ticket+".20260101?lang="+lang)
	a.click("d.step_taken..kvk")
	a.look("follow-up, helped")
	a.click("d.step_result.kvk.ja")
	a.look("follow-up, thanks")
}

// coordinators are the pages behind the token.
func (a *auditor) coordinators(lang string) {
	a.t.Helper()
	a.visit("log in", "/werkgroep?lang="+lang)
	for _, with := range []string{"a wrong token", token} {
		a.logIn(with)
		a.look("logged in with " + with)
	}
	a.visit("figures", "/werkgroep/cijfers?lang="+lang)
	a.visit("no figures", "/werkgroep/cijfers?week=9&lang="+lang)
}

// logIn types the token and waits for what comes of it.
func (s *screen) logIn(with string) {
	s.t.Helper()
	before := s.page().text
	s.do(chromedp.SendKeys(chromedp.CSS("#token"), with), chromedp.Click(chromedp.CSS("main form button")))
	require.Eventually(s.t, func() bool {
		p, err := s.read()
		return err == nil && p.text != before && strings.Contains(p.text, "</footer>")
	}, 20*time.Second, 10*time.Millisecond)
}

// TestDashboardOnAPhone: nothing but a wide table needs scrolling sideways, and that in
// its own frame; 320 pixels is also a screen of 1280 at 400 %. No script is needed.
func TestDashboardOnAPhone(t *testing.T) {
	browser := chromium(t)
	s := window(t, browser, office(t, nil))
	s.noScript()
	for _, width := range []int64{360, 320} {
		s.size(width, 740)
		for _, scheme := range []string{"light", "dark"} {
			s.prefers(scheme)
			s.open("/werkgroep")
			if strings.Contains(s.page().text, `id="token"`) {
				s.shot(fmt.Sprintf("phone-%d-login-%s", width, scheme))
				s.logIn(token)
			}
			for name, path := range map[string]string{"overview": "/werkgroep", "figures": "/werkgroep/cijfers"} {
				s.open(path)
				assert.LessOrEqual(t, ask[int64](s, "document.documentElement.scrollWidth"), width, "%s at %d", path, width)
				s.shot(fmt.Sprintf("phone-%d-%s-%s", width, name, scheme))
			}
		}
	}
}
