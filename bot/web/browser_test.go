package web_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// screen is a window of a real browser, headless Chromium, with cookies of its own.
type screen struct {
	t   testing.TB
	ctx context.Context
	url string
}

// chromium starts a browser for a test, or skips the test where there is none. The
// short run is that of the race detector, which sees nothing of a browser.
func chromium(t testing.TB) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser is not for a short run")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("accept-lang", "nl"))
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

// window opens a window.
func window(t testing.TB, browser context.Context, h *house) *screen {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx))
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return &screen{t: t, ctx: ctx, url: h.URL}
}

func (s *screen) do(actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	require.NoError(s.t, chromedp.Do(s.ctx, actions...))
}

func (s *screen) open(path string) { s.t.Helper(); s.do(chromedp.Navigate(s.url + path)) }

// size makes the window as large as a screen of so many CSS pixels.
func (s *screen) size(width, height int64) {
	s.t.Helper()
	s.do(chromedp.EmulateViewport(width, height))
}

// prefers sets the colour scheme of the person's device, light or dark. Nothing moves:
// a colour half-way a transition is nobody's colour.
func (s *screen) prefers(scheme string) {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	require.NoError(s.t, err)
}

// paper shows the page as it would be printed.
func (s *screen) paper() {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print",
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	require.NoError(s.t, err)
}

func (s *screen) noScript() {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(s.t, err)
}

// ask evaluates an expression in the page, and waits for what it promises.
func ask[T any](s *screen, expression string) T {
	s.t.Helper()
	answer, err := chromedp.Run(s.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(s.t, err, expression)
	return answer
}

// read takes the page from the screen; it fails while one page makes way for the next.
func (s *screen) read() (*page, error) {
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.documentElement.outerHTML"))
	if err != nil {
		return nil, err
	}
	root, err := html.Parse(strings.NewReader(text))
	return &page{text: text, root: root}, err
}

// page is what is on the screen.
func (s *screen) page() *page {
	s.t.Helper()
	p, err := s.read()
	require.NoError(s.t, err)
	return p
}

func (s *screen) path() string {
	s.t.Helper()
	location, err := chromedp.Run(s.ctx, chromedp.Location())
	require.NoError(s.t, err)
	path, _, _ := strings.Cut(strings.TrimPrefix(location, s.url), "?")
	return path
}

// nonce tells one page from the next.
func (p *page) nonce() string {
	for n := range p.all("input") {
		if attr(n, "name") == "n" {
			return attr(n, "value")
		}
	}
	return ""
}

// then does something that leads to another page, and waits for that page.
func (s *screen) then(act func()) {
	s.t.Helper()
	before := s.page().nonce()
	act()
	require.Eventually(s.t, func() bool {
		p, err := s.read()
		return err == nil && p.nonce() != "" && p.nonce() != before && strings.Contains(p.text, "</main>")
	}, 20*time.Second, 5*time.Millisecond)
}

func (s *screen) click(value string) {
	s.t.Helper()
	s.then(func() { s.do(chromedp.Click(chromedp.CSS(`button[value="` + value + `"]`))) })
}

// options are the answers that can be given now.
func (s *screen) options() []string { s.t.Helper(); return s.page().options() }

// shot keeps a picture of the page in the folder SHOTS, for a person to look at.
func (s *screen) shot(name string) {
	s.t.Helper()
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(90))
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(filepath.Join(dir, name+".jpg"), picture, 0o600))
}
