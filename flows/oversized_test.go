package flows_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// TestOversizedTextCostsInProportion: whatever is typed at the municipality, where typed
// words are compared with every name, or at any other question, costs memory in proportion
// to its length, and no more allocations than an ordinary word.
func TestOversizedTextCostsInProportion(t *testing.T) {
	e := engineOf(t, handedOut())
	asking := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today})
	for _, answer := range [][2]string{{"size", "2"}, {"sector", "horeca"}} {
		asking = press(e, asking.Session, answer[0], answer[1])
	}
	require.Equal(t, "municipality", e.Pending(asking.Session))
	first := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today})
	typed := func(s flows.Session, text string) (bytes, allocations uint64) {
		return cost(func() { e.Step(s, flows.Input{Kind: flows.Text, Text: text, Today: today}) })
	}
	for name, text := range map[string]string{
		"combining marks":  "utrecht" + strings.Repeat("\u0301", 64<<10),
		"marks in a row":   strings.Repeat("e\u0301\u0327\u0323", 16<<10),
		"parentheses":      strings.Repeat("(", 64<<10),
		"a huge number":    strings.Repeat("9", 128<<10),
		"nearly a name":    strings.Repeat("utrech ", 16<<10),
		"one long word":    strings.Repeat("amersfoor", 14<<10),
		"invalid bytes":    strings.Repeat("\xff", 128<<10),
		"growing in lower": strings.Repeat("İ", 64<<10), // two runes in lower case
		"growing apart":    strings.Repeat("ﷺ", 40<<10), // eighteen letters when taken apart
	} {
		for where, s := range map[string]flows.Session{"first": first.Session, "municipality": asking.Session} {
			plain, few := typed(s, strings.Repeat("amersfort ", 20)) // as much as is looked at
			bytes, allocations := typed(s, text)
			assert.Less(t, bytes, 4*plain+uint64(16*len(text)), "%s at %s", name, where)
			assert.Less(t, allocations, 4*few+100, "%s at %s", name, where)
		}
	}
}

// cost is what a piece of work allocates, by the runtime's own count.
func cost(work func()) (bytes, allocations uint64) {
	work() // what is made once is no part of it
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
}
