package web_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/web"
)

var paints = flag.Int("paints", 0, "how often TestFirstPaint loads each page")

// The slow connection is "Slow 4G" of Chromium's developer tools, the processor four times
// slower than it is.
const (
	slowLatency  = 562.5                       // milliseconds to the first byte
	slowDownload = 1.6 * 1024 * 1024 / 8 * 0.9 // bytes per second
	slowUpload   = 750 * 1024 / 8 * 0.9
	slowdown     = 4
)

// heaviest is how many bytes a page with all that it loads may be on the wire, compressed.
const heaviest = 80_000

// TestFirstPaint loads pages on a slow phone with an empty cache, and logs when something
// shows and how much was loaded.
func TestFirstPaint(t *testing.T) {
	if *paints == 0 {
		t.Skip("only with -paints N")
	}
	browserTest(t)
	h := newHarness(t, func(o *web.Options) { o.PublicURL = "http://check.example" })
	b := h.visit(t)
	b.openCode("/code", codeOf(t, "2026H2", florist))
	b.openCode("/adviseur", codeOf(t, "2026H2", florist))
	for _, path := range []string{"/", "/vraag/administration", "/advies", "/adviseur/beeld"} {
		var shown []float64
		bytes, requests := 0.0, 0
		for range *paints {
			first, load, n := newTab(t, h).loadSlowly(b, path)
			shown, bytes, requests = append(shown, first), load, n
		}
		slices.Sort(shown)
		t.Logf("%s: first paint after %.0f ms (%.0f to %.0f), %.0f bytes in %d requests",
			path, shown[len(shown)/2], shown[0], shown[len(shown)-1], bytes, requests)
		assert.Less(t, bytes, float64(heaviest), path)
	}
}

// loadSlowly opens a page with the cookies of a browser and returns when its first content
// showed, in milliseconds, and what was loaded for it.
func (s *tab) loadSlowly(b *browser, path string) (shown, bytes float64, requests int) {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	require.NoError(s.t, err)
	_, err = chromedp.Call(s.ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: slowdown})
	require.NoError(s.t, err)
	_, err = chromedp.Call(s.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: slowLatency, DownloadThroughput: slowDownload, UploadThroughput: slowUpload}}})
	require.NoError(s.t, err)
	for _, name := range []string{"gesprek", "begin", "code"} {
		if value := b.cookie(name); value != "" {
			s.setCookie(name, value)
		}
	}
	s.size(390, 844)
	s.open(path)
	s.until(`performance.getEntriesByName("first-contentful-paint").length > 0`)
	require.Equal(s.t, path, s.path())
	type loaded struct {
		Shown, Bytes float64
		Requests     int
	}
	l := eval[loaded](s, `(() => { const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
		return { Shown: performance.getEntriesByName("first-contentful-paint")[0].startTime, Bytes: all.reduce((n, e) => n + e.transferSize, 0), Requests: all.length } })()`)
	return l.Shown, l.Bytes, l.Requests
}
