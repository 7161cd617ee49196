// Package browsertest has what the tests in a real browser share: the options of Chromium, and the accessibility checker
// axe-core.
package browsertest

import (
	"slices"
	"time"

	"github.com/chromedp/chromedp"
)

// Chromium returns the options of a headless browser that prefers Dutch. It has no process for graphics and prepares none
// for a next page: together they take a quarter of the processor time of a new tab.
func Chromium() []chromedp.ExecAllocatorOption {
	return append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.WSURLReadTimeout(5*time.Minute),
		chromedp.Flag("in-process-gpu", true), chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,SpareRendererForSitePerProcess"),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("accept-lang", "nl"))
}
