package app

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestGroupMemory(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  int64
	}{
		"none":        {fstest.MapFS{}, 0},
		"no limit":    {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("max\n")}, 0},
		"a container": {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("134217728\n")}, 128 << 20},
		"a unit": {fstest.MapFS{"proc/self/cgroup": file("0::/system.slice/digiwijzer.service\n"), "sys/fs/cgroup/system.slice/digiwijzer.service/memory.max": file("max\n"),
			"sys/fs/cgroup/system.slice/memory.max": file("268435456\n")}, 256 << 20},
		"version 1": {fstest.MapFS{"proc/self/cgroup": file("5:cpu:/a\n4:memory:/a\n"), "sys/fs/cgroup/memory/a/memory.limit_in_bytes": file("67108864\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, 64 << 20},
		"version 1 without": {fstest.MapFS{"proc/self/cgroup": file("4:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, 0},
		"nonsense":          {fstest.MapFS{"proc/self/cgroup": file("x\n0::\n"), "sys/fs/cgroup/memory.max": file("much\n")}, 0},
	} {
		limit, ok := groupMemory(c.files)
		assert.Equal(t, c.want > 0, ok, name)
		if ok {
			assert.Equal(t, c.want, limit, name)
		}
	}
}

// TestConnections: visitors leave files for everything else, however few there are.
func TestConnections(t *testing.T) {
	t.Parallel()
	for files, want := range map[uint64]int{1 << 20: maxConnections, 1024: 896, 256: 128, 64: 32, 1: 1} {
		assert.Equal(t, want, connections(files), files)
	}
	assert.Equal(t, 1, connections(0))
}

// TestStopIsShort: no supervisor kills a service that stops.
func TestStopIsShort(t *testing.T) {
	t.Parallel()
	assert.Less(t, requestGrace+dispatchGrace, 8*time.Second)
}

func TestHeapGrowth(t *testing.T) {
	t.Parallel()
	for live, want := range map[int64]int{
		0: 700, 1 << 20: 700, leastHeap / 4: 300, leastHeap / 2: 100, leastHeap: 100, 100 * leastHeap: 100,
	} {
		assert.Equal(t, want, heapGrowth(live), live)
	}
}
