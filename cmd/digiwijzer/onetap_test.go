package main

import (
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var onetap = flag.Int("onetap", 40, "number of visitors who give one answer and leave")

// TestOneTapVisitors: people who give one answer and leave take no space in the data of the
// running program, and are not counted.
func TestOneTapVisitors(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	h := newHarness(t, "DIGIWIJZER_LISTEN="+address)
	h.with("DIGIWIJZER_PUBLIC_URL=http://" + address)
	s := h.serve()
	size := func() (n int64) {
		for _, name := range []string{"state.db", "state.db-wal"} {
			info, err := os.Stat(filepath.Join(h.dir, "data", name))
			require.NoError(t, err)
			n += info.Size()
		}
		return n
	}
	visit(t, s.url) // one who goes on
	before := size()
	var visitors sync.WaitGroup
	const together = 8
	for range together {
		visitors.Go(func() {
			for range *onetap / together {
				openSite(t, s.url)
			}
		})
	}
	visitors.Wait()
	assert.Equal(t, before, size())
	assert.Equal(t, 1, h.report("--week", "2026-W47").Totals.Started)
	assert.Zero(t, s.stop(), s.stderr)
}
