package web_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"digiwijzer/bot/web/browsertest"
)

// chromium is the one browser of this test process; nil until a test needs it.
var chromium context.Context

// startChromium starts the browser, once.
var startChromium = sync.OnceValue(func() error {
	allocator, _ := chromedp.NewExecAllocator(context.Background(), browsertest.Chromium()...)
	chromium, _ = chromedp.NewContext(allocator)
	return chromedp.Do(chromium)
})

// TestMain stops the browser after the tests.
func TestMain(m *testing.M) {
	m.Run()
	if chromium != nil {
		_ = chromedp.Cancel(chromium) // a browser that crashed has failed its tests
	}
}

// tab is a tab of a real browser, headless Chromium, with separate cookies.
type tab struct {
	*harness
	t   testing.TB
	ctx context.Context
	url string
}

// idle are tabs that a test is done with: a new one, with a profile of its own, takes as much processor time as ten pages.
var idle struct {
	sync.Mutex
	tabs []context.Context
}

// newTab opens a tab on the harness. It sets no time limit: go test has one for the whole package.
func newTab(t *testing.T, h *harness) *tab {
	t.Helper()
	s := &tab{harness: h, t: t, url: h.URL}
	idle.Lock()
	if n := len(idle.tabs); n > 0 {
		s.ctx, idle.tabs = idle.tabs[n-1], idle.tabs[:n-1]
	}
	idle.Unlock()
	if s.ctx == nil {
		s.ctx, _ = chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
		s.do()
		// Tabs run in parallel, and each must behave as the one in front.
		call(s, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	}
	t.Cleanup(s.leave)
	return s
}

// leave makes a tab as it was at first, for another test. After a failure, and after pages on a slow phone, it is closed.
func (s *tab) leave() {
	if s.t.Failed() || *paints > 0 {
		_ = chromedp.Cancel(s.ctx)
		return
	}
	s.do(chromedp.Navigate("about:blank"))
	call(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
	call(s, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	call(s, emulation.ClearDeviceMetricsOverride, cdp.Empty{})
	call(s, network.ClearBrowserCookies, cdp.Empty{})
	call(s, network.ClearBrowserCache, cdp.Empty{})
	call(s, cdppage.ResetNavigationHistory, cdp.Empty{})
	idle.Lock()
	defer idle.Unlock()
	idle.tabs = append(idle.tabs, s.ctx)
}

// call calls a method of the DevTools protocol.
func call[P, R any](s *tab, method cdp.Command[P, R], params P) {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, method, params)
	require.NoError(s.t, err)
}

// moveTo uses the tab on another site, without the cookies of this one.
func (s *tab) moveTo(h *harness) {
	s.t.Helper()
	call(s, network.ClearBrowserCookies, cdp.Empty{})
	s.harness, s.url = h, h.URL
}

// browserTest marks a test that needs the browser: it runs in parallel with others, and
// is skipped without Chromium, and with -short, which is for the race detector.
func browserTest(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests are skipped with -short")
	}
	if _, err := browsertest.Program(); err != nil {
		t.Skip("browser tests are skipped: Chromium is not installed")
	}
	t.Parallel()
	require.NoError(t, startChromium())
}

func (s *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	require.NoError(s.t, chromedp.Do(s.ctx, actions...))
}

func (s *tab) open(path string) { s.t.Helper(); s.do(chromedp.Navigate(s.url + path)) }

// setCookie sets a cookie of the site, to continue a conversation of another browser.
func (s *tab) setCookie(name, value string) {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: s.url})
	require.NoError(s.t, err)
}

// size sets the viewport, in CSS pixels.
func (s *tab) size(width, height int64) {
	s.t.Helper()
	s.do(chromedp.EmulateViewport(width, height))
}

// print shows the page with its print style.
func (s *tab) print() {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print",
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	require.NoError(s.t, err)
}

func (s *tab) noScript() {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(s.t, err)
}

// eval evaluates an expression in the page and awaits its promise.
func eval[T any](s *tab, expression string) T {
	s.t.Helper()
	value, err := chromedp.Run(s.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(s.t, err, expression)
	return value
}

// until evaluates an expression until it is true. It fails while one page replaces
// another, and is then tried again.
func (s *tab) until(expression string) {
	s.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second) // an answer can get lost with its page
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		cancel()
		if err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			s.t.Fatalf("%v while waiting for %s", s.ctx.Err(), expression)
		}
	}
}

// page returns the page as it is now.
func (s *tab) page() *page {
	s.t.Helper()
	text := eval[string](s, "document.documentElement.outerHTML")
	root, err := html.Parse(strings.NewReader(text))
	require.NoError(s.t, err)
	return &page{text: text, root: root}
}

func (s *tab) path() string {
	s.t.Helper()
	location, err := chromedp.Run(s.ctx, chromedp.Location())
	require.NoError(s.t, err)
	path, _, _ := strings.Cut(strings.TrimPrefix(location, s.url), "?")
	return path
}

// navigate runs act and waits for the page it leads to: one whose main element does not
// carry the mark.
func (s *tab) navigate(act func()) {
	s.t.Helper()
	eval[string](s, `document.querySelector("main").dataset.before = "1"`)
	act()
	s.until(`document.readyState === "complete" && document.querySelector("main:not([data-before])") !== null`)
}

// click presses a button some time after its page came, and waits for the next page. A
// click by script has no pointer, which the script of the site would take for half a double
// click.
func (s *tab) click(value string) {
	s.t.Helper()
	s.clock.skip(time.Second)
	s.navigate(func() { s.press(value) })
}

// press presses a button by script.
func (s *tab) press(value string) {
	s.t.Helper()
	pressed := eval[bool](s, `(() => { const b = document.querySelector('button[value="`+value+`"]'); if (b) b.click(); return !!b })()`)
	if !pressed { // the path is asked for only now: a page that is being left cannot say it
		s.t.Fatalf("no button %q on %s", value, s.path())
	}
}

// back presses the browser's back button and waits for the page at an address.
func (s *tab) back(path string) {
	s.t.Helper()
	s.goBack()
	s.at(path)
}

// goBack presses the browser's back button. The answer to the call gets lost when the page
// goes first.
func (s *tab) goBack() {
	s.t.Helper()
	_, _ = chromedp.Run(s.ctx, chromedp.Evaluate[bool]("(history.back(), true)"))
}

// at waits for the page at an address: its forms say which page it is.
func (s *tab) at(path string) {
	s.t.Helper()
	s.until(`location.pathname === "` + path + `" && document.readyState === "complete" && [...document.querySelectorAll("input[name=w]")].every(e => e.value.split("?")[0] === "` + path + `")`)
}

// options returns the values of the answers on the page.
func (s *tab) options() []string { s.t.Helper(); return s.page().options() }

// shot saves a picture of the page in the folder SHOTS, for a person to look at.
func (s *tab) shot(name string) {
	s.t.Helper()
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(90))
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(filepath.Join(dir, name+".jpg"), picture, 0o600))
}
