// Package browsertest has what the tests in a real browser share: the options of Chromium, and the accessibility checker
// axe-core.
package browsertest

import (
	"flag"
	"os/exec"
	"slices"
	"time"

	"github.com/chromedp/chromedp"
)

var wholeBrowser = flag.Bool("wholebrowser", false, "use the whole Chromium for tests in a browser, even where its headless shell is installed")

// Program returns the path of the browser: of the headless shell of Chromium, which has the same engine and takes half of
// the processor time, or else of Chromium itself. It returns an error if neither is installed.
func Program() (path string, err error) {
	if path, err = exec.LookPath("chromium-headless-shell"); err != nil || *wholeBrowser {
		path, err = exec.LookPath("chromium")
	}
	return path, err
}

// Chromium returns the options of a headless browser that prefers Dutch. It has no process for graphics and prepares none
// for a next page: together they take a quarter of the processor time of a new tab. Nor has it one for the network, with
// which it would exchange every request.
func Chromium() []chromedp.ExecAllocatorOption {
	program, _ := Program() // without one, tests are skipped
	return append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(program), chromedp.NoSandbox,
		chromedp.WSURLReadTimeout(5*time.Minute),
		chromedp.Flag("in-process-gpu", true), chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,SpareRendererForSitePerProcess"),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("accept-lang", "nl"),
		chromedp.Flag("enable-features", "NetworkServiceInProcess2"))
}
