package web_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/web"
	"digiwijzer/bot/web/browsertest"
)

// axe returns the script of axe-core, the accessibility checker.
func axe(t testing.TB) string {
	t.Helper()
	script, err := readAxe()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("the accessibility test is skipped: npm is not installed")
	}
	require.NoError(t, err)
	return script
}

// readAxe reads the script, which npm downloads first where it is missing: once, because parallel
// downloads would delete each other's files.
var readAxe = sync.OnceValues(func() (string, error) {
	const file = "testdata/node_modules/axe-core/axe.min.js"
	if _, err := os.Stat(file); err != nil {
		if out, err := exec.Command("npm", "ci", "--prefix", "testdata").CombinedOutput(); err != nil {
			return "", fmt.Errorf("axe-core: npm ci: %w: %s", err, out)
		}
	}
	script, err := os.ReadFile(file)
	return string(script), err
})

// checker runs axe-core on pages.
type checker struct {
	*tab
	axe     *browsertest.Axe
	count   int
	checked int      // by the rules but contrast
	colours bool     // contrast is checked too
	states  []string // those to check; nil: all
	seen    []string // those that were checked
}

// sample are the states that are checked without -everylanguage: of pages that are built of the same parts, one.
var sample = []string{"first page", "partner", "privacy", "how the advice is made", "frame", "missing", "sheet", "progress", "a question",
	"municipalities", "typed xyzzy", "answers", "data", "alarm", "incident", "initiative", "asking controle", "advice", "keep", "why",
	"shared device, asking", "shared device, idle", "follow-up", "log in", "logged in with " + token, "figures"}

// check runs axe-core on the current page, unless one of the same structure was checked before. Contrast depends on the
// style alone, so it is checked only of elements that look as none before them did.
func (c *checker) check(state string) {
	c.t.Helper()
	if c.states != nil && !slices.Contains(c.states, state) {
		return
	}
	c.seen = append(c.seen, state)
	faults, checked, err := c.axe.Structure(c.ctx)
	require.NoError(c.t, err, state)
	assert.Empty(c.t, faults, "%s: %s", state, c.path())
	if checked {
		c.checked++
	}
	if c.colours {
		faults, err := c.axe.Contrast(c.ctx, func(scheme string) {
			c.shot(fmt.Sprintf("axe-%s-%02d-%s", scheme, c.count, strings.NewReplacer(" ", "-", "/", "-").Replace(state)))
		})
		require.NoError(c.t, err, state)
		assert.Empty(c.t, faults, "%s: %s", state, c.path())
	}
	c.count++
}

// everyLanguage is for the nightly run: a page in another language has the same structure, unless a text is missing, and
// most pages are built of the same few parts.
var everyLanguage = flag.Bool("everylanguage", false, "check all pages in all languages, and not only a sample")

// TestAccessibility checks a sample of pages and states in Dutch, with the colours of both schemes, and some pages in every
// other language; with -everylanguage all pages in all languages.
func TestAccessibility(t *testing.T) {
	browserTest(t)
	checks := &browsertest.Axe{Script: axe(t)}
	h := withDashboard(t, func(o *web.Options) {
		o.PublicURL = "http://check.example" // the calendar entry is offered
		o.Logos = testLogos
	})
	for _, lang := range h.texts.Languages() {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			c := &checker{tab: newTab(t, h), axe: checks, colours: lang == "nl"}
			if !*everyLanguage {
				c.states = sample
			}
			c.size(1000, 900)
			c.beforeStart(lang)
			if lang == "nl" || *everyLanguage {
				c.afterStart(lang)
				assert.Positive(t, c.checked)
				if c.colours { // every page is visited
					assert.Subset(t, c.seen, sample)
				}
			}
			t.Logf("%d pages and states, %d of a structure of their own", c.count, c.checked)
		})
	}
}

func (c *checker) afterStart(lang string) {
	c.t.Helper()
	c.adviser(lang)
	c.asking(lang)
	c.advised()
	c.ownCode()
	if c.colours { // once: these pages have no words of other kinds
		c.ended(lang)
		c.kiosk(lang)
	}
	c.followUp(lang)
	c.dashboard(lang)
}

// state is a page to check, with a name for the report.
type state struct{ name, path string }

func (c *checker) visit(name, path string) {
	c.t.Helper()
	c.open(path)
	c.check(name)
}

func (c *checker) beforeStart(lang string) {
	c.t.Helper()
	pages := []state{{"first page", "/"}, {"privacy", "/privacy"}}
	if lang == "nl" || *everyLanguage {
		pages = append(pages, state{"partner", "/p/kvk-utrecht"}, state{"partner with a logo", "/p/expats"}, state{"no conversation", "/gesprek"}, state{"missing", "/nergens"},
			state{"accessibility statement", "/toegankelijkheid"}, state{"frame", "/embed/kvk-utrecht"})
	}
	for _, s := range pages {
		c.visit(s.name, s.path+"?lang="+lang)
	}
	c.open("/over?lang=" + lang)
	c.openDetails()
	c.check("how the advice is made")
}

// adviser goes through the pages on which an adviser enters a code and reads its sheet.
func (c *checker) adviser(lang string) {
	c.t.Helper()
	c.visit("adviser", "/adviseur?lang="+lang)
	c.enterCode("een bloemist in Zeist")
	c.check("adviser, no code")
	c.enterCode(codeOf(c.t, "2026H1", florist))
	require.Equal(c.t, "/adviseur/beeld", c.path())
	c.openDetails()
	c.check("sheet")
}

// ownCode enters the code of an earlier check next to an advice: wrong, and right.
func (c *checker) ownCode() {
	c.t.Helper()
	c.visit("own code", "/code")
	c.enterCode("")
	c.check("own code, empty")
	c.enterCode(codeOf(c.t, "2026H1", florist))
	require.Equal(c.t, "/code/beeld", c.path())
	c.check("progress")
}

// openDetails shows everything that is folded.
func (s *tab) openDetails() {
	s.t.Helper()
	eval[bool](s, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
}

// enterCode fills in a code on a page that has a form for one, and sends it.
func (s *tab) enterCode(code string) {
	s.t.Helper()
	s.clock.skip(time.Second)
	s.navigate(func() {
		eval[bool](s, `(f => { f.value = "`+code+`"; f.form.requestSubmit(); return true })(document.getElementById("code"))`)
	})
}

// asking goes through the check with answers that lead past every question.
func (c *checker) asking(lang string) {
	c.t.Helper()
	c.open("/?lang=" + lang)
	c.click("a.size.2")
	c.check("a question")
	c.click("a.sector.horeca")
	c.check("municipalities")
	c.visit("other municipalities", "/vraag/municipality?alle=1")
	for _, typed := range []string{"zijst", "xyzzy"} {
		c.open("/vraag/municipality")
		eval[bool](c.tab, `document.getElementById("tekst").value = "`+typed+`", true`)
		c.click("t")
		c.check("typed " + typed)
		if typed == "zijst" {
			c.click("d.pick..")
		}
	}
	c.click("a.municipality.GM0355")
	for _, s := range []state{{"answers", "/antwoorden"}, {"data", "/mijn-gegevens"}, {"help", "/hulp"}, {"alarm", "/alarm"}, {"stopping", "/stoppen"},
		{"beginning again", "/opnieuw"}, {"first page again", "/"}, {"erasing", "/wissen"}, {"initiative", "/initiatief/kvk"}, {"answered before", "/vraag/sector"}, {"partner again", "/p/kvk-utrecht"}} {
		c.visit(s.name, s.path)
	}
	c.open("/alarm")
	c.click("d.incident..")
	c.check("incident")
	c.click("d.continue..")
	here := c.path()
	c.open("/code")
	c.enterCode(codeOf(c.t, "2026H1", florist))
	require.Equal(c.t, "/code/beeld", c.path())
	c.check("own code while answering")
	c.open(here)
	for n := 0; c.path() != "/advies"; n++ {
		c.check("asking " + c.path()[1:])
		options := c.options()
		c.click(options[min(1, len(options)-1)])
	}
}

func (c *checker) advised() {
	c.t.Helper()
	c.check("advice")
	c.click("a.satisfaction.4")
	c.check("advice rated")
	for _, s := range []state{{"keep", "/advies/bewaren"}, {"why", "/waarom"}, {"more", "/meer"}, {"answers at the end", "/antwoorden"}, {"data at the end", "/mijn-gegevens"}} {
		c.visit(s.name, s.path)
	}
}

func (c *checker) ended(lang string) {
	c.t.Helper()
	c.open("/wissen")
	c.click("d.erased..")
	c.check("erased")
	c.open("/?lang=" + lang)
	c.click("a.size.1")
	c.open("/stoppen")
	c.click("d.stop..")
	c.check("stopped")
}

func (c *checker) kiosk(lang string) {
	c.t.Helper()
	c.visit("shared device", "/p/kvk-utrecht?balie=1&lang="+lang)
	c.click("a.size.1")
	c.check("shared device, asking")
	c.visit("shared device, idle", "/nog-bezig?naar=/vraag/sector")
	c.visit("shared device, for staff", "/balie")
	c.open("/?balie=0")
}

func (c *checker) followUp(lang string) {
	c.t.Helper()
	ticket := "/vervolg/" + strings.Repeat("A", 22)
	c.visit("too early", ticket+".29991231?lang="+lang)
	c.visit("answered follow-up", ticket+".20260101?lang="+lang)
	own := strings.Repeat(lang[:1], 22)
	require.NoError(c.t, c.dispatcher.ScheduleFollowUp(context.Background(), bot.Chat{Channel: web.Channel, ID: "vervolg-" + own}, c.harness.clock.Now()))
	c.visit("follow-up", "/vervolg/"+own+".20260101?lang="+lang)
	c.click("d.step_taken..kvk")
	c.check("follow-up, second question")
	c.click("d.step_result.kvk.ja")
	c.check("follow-up, thanks")
}

func (c *checker) dashboard(lang string) {
	c.t.Helper()
	c.visit("log in", "/werkgroep?lang="+lang)
	for _, with := range []string{"a wrong token", token} {
		c.logIn(with)
		c.openDetails()
		c.check("logged in with " + with)
	}
	c.visit("figures", "/werkgroep/cijfers?lang="+lang)
	c.visit("no figures", "/werkgroep/cijfers?week=9&lang="+lang)
}

func (s *tab) logIn(with string) {
	s.t.Helper()
	s.navigate(func() {
		s.do(chromedp.SendKeys(chromedp.CSS("#token"), with+kb.Enter))
	})
}

// TestDashboardOnPhone: only a wide table scrolls sideways, in its own frame. A width of 320 pixels is also that of a
// screen of 1280 zoomed to 400 % (WCAG 1.4.10). The dashboard needs no script.
func TestDashboardOnPhone(t *testing.T) {
	browserTest(t)
	s := newTab(t, withDashboard(t, nil))
	s.noScript()
	s.open("/werkgroep")
	s.logIn(token)
	for _, width := range []int64{360, 320} {
		s.size(width, 740)
		for _, page := range []state{{"overview", "/werkgroep"}, {"figures", "/werkgroep/cijfers"}} {
			s.open(page.path)
			assert.LessOrEqual(t, eval[int64](s, "document.documentElement.scrollWidth"), width, "%s at %d", page.path, width)
			s.shot(fmt.Sprintf("phone-%d-%s", width, page.name))
		}
	}
}
