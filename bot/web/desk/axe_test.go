package desk

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runAxe runs axe-core with everything unfolded: WCAG 2.2, levels A and AA, and its own best
// practices.
const runAxe = `(document.querySelectorAll("details").forEach(d => d.open = true), axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join(" | "))))`

// contrast runs the rule of axe-core on colours.
const contrast = `axe.run(document, {runOnly: {type: "rule", values: ["color-contrast"]}})
	.then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join(" | ")))`

// TestAccessibility checks every sort of page of the desk in both colour schemes, and that
// nothing overflows on the narrowest phone or when a screen of 1280 is zoomed to 200 %.
func TestAccessibility(t *testing.T) {
	const script = "../testdata/node_modules/axe-core/axe.min.js"
	source, err := os.ReadFile(script)
	if _, missing := exec.LookPath("chromium"); testing.Short() || missing != nil || err != nil {
		t.Skip("skipped: -short, or Chromium or axe-core is missing; the tests of bot/web download axe-core")
	}
	t.Parallel()
	h := newHarness(t, unchecked)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.WSURLReadTimeout(5*time.Minute), chromedp.Flag("accept-lang", "nl"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx))
	_, err = chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "who", Value: anna.ID, URL: h.URL})
	require.NoError(t, err)
	page := func(t *testing.T, path string, width, height int64) {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(h.URL+Path+path)))
	}
	for _, path := range []string{"", "/zoek?q=kvk", "/hulp/kvk", "/regels/R20", "/hulp/rom-utrecht/beeindigen", "/nieuw/hulp", "/concept", "/bijhouden", "/geschiedenis", "/oefenen?datum=2027-01-02&a.size=2&a.sector=horeca&a.municipality=GM0355"} {
		page(t, path, 1000, 900)
		eval[bool](t, ctx, string(source)+"; true")
		assert.Empty(t, eval[[]string](t, ctx, runAxe), path)
		scheme(t, ctx, "dark")
		assert.Empty(t, eval[[]string](t, ctx, contrast), "%s, dark", path)
		scheme(t, ctx, "light")
		for width, what := range map[int64]string{320: "on the narrowest phone", 640: "at 200 %"} {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 700)))
			assert.LessOrEqual(t, eval[int](t, ctx, "document.documentElement.scrollWidth - innerWidth"), 0, "%s %s", path, what)
		}
	}
}

func eval[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	return value
}

// scheme sets what the editor prefers: light or dark.
func scheme(t *testing.T, ctx context.Context, value string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
	require.NoError(t, err)
	eval[bool](t, ctx, `Promise.all(document.getAnimations().map(a => a.finished)).then(() => true)`) // colours change gradually
}
