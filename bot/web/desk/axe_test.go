package desk

import (
	"context"
	"os"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web/browsertest"
)

// TestAccessibility checks every sort of page of the desk in both colour schemes, and that
// nothing overflows on the narrowest phone or when a screen of 1280 is zoomed to 200 %. With
// -everyfield it also checks the longest forms, which take half of the time.
func TestAccessibility(t *testing.T) {
	const script = "../testdata/node_modules/axe-core/axe.min.js"
	source, err := os.ReadFile(script)
	if _, missing := browsertest.Program(); testing.Short() || missing != nil || err != nil {
		t.Skip("skipped: -short, or Chromium or axe-core is missing; the tests of bot/web download axe-core")
	}
	t.Parallel()
	h := newHarness(t, unchecked)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), browsertest.Chromium()...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx))
	_, err = chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "who", Value: anna.ID, URL: h.URL})
	require.NoError(t, err)
	checks := &browsertest.Axe{Script: string(source)}
	pages := []string{"", "/zoek?q=kvk", "/hulp/qredits", "/regels/R10", "/hulp/rom-utrecht/beeindigen", "/nieuw/hulp", "/concept", "/bijhouden", "/geschiedenis", "/oefenen?datum=2027-01-02&a.size=2&a.sector=horeca&a.municipality=GM0355"}
	if *everyField {
		pages = append(pages, "/hulp/kvk", "/regels/R20")
	}
	for _, path := range pages {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1000, 900), chromedp.Navigate(h.URL+Path+path)))
		eval[bool](t, ctx, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
		faults, checked, err := checks.Structure(ctx)
		require.NoError(t, err, path)
		assert.Empty(t, faults, path)
		assert.True(t, checked, "%s is like another page", path)
		faults, err = checks.Contrast(ctx, func(string) {})
		require.NoError(t, err, path)
		assert.Empty(t, faults, path)
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
