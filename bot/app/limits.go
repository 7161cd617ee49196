package app

import (
	"bufio"
	"bytes"
	"io/fs"
	"math"
	"net"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
)

// A shutdown takes at most eight seconds, so that no supervisor kills the process: Docker waits ten.
const (
	requestGrace  = 3 * time.Second // for requests in progress
	dispatchGrace = 4 * time.Second // then for what the dispatcher has accepted
)

const (
	// maxConnections bounds the memory for visitors: an open connection takes some 16 kB.
	maxConnections = 2000
	// spareFiles is how many file descriptors are reserved for data, content and Telegram.
	spareFiles = 128
)

// limited returns a listener that leaves the rest of the program its file descriptors; more visitors wait
// until others leave.
func limited(l net.Listener) net.Listener {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return netutil.LimitListener(l, maxConnections)
	}
	return netutil.LimitListener(l, connections(files.Cur))
}

// connections returns how many connections are accepted with a limit of so many files.
func connections(files uint64) int {
	spare := min(spareFiles, files/2)
	return int(max(1, min(maxConnections, files-spare)))
}

const (
	// outsideGo is memory outside the Go heap, such as the caches of SQLite.
	outsideGo = 24 << 20
	// leastMemory is the memory that the program always needs.
	leastMemory = 48 << 20
)

// LimitMemory keeps the garbage collector within the memory of the control group, unless
// GOMEMLIMIT is set.
func LimitMemory() {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 { // GOMEMLIMIT is set
		return
	}
	if limit, ok := groupMemory(os.DirFS("/")); ok {
		debug.SetMemoryLimit(max(leastMemory, limit-limit/10-outsideGo))
	}
}

// leastHeap is how large the heap may become in any case before garbage is collected, in bytes.
// Go has no setting for that: by default it collects at twice what is in use, which is some
// fifteen megabytes, and that takes a tenth of the processor time of an update.
const leastHeap = 48 << 20

// usualGrowth is Go's default for GOGC, in percent.
const usualGrowth = 100

// CollectLess makes garbage collections rarer as long as little memory is in use, unless GOGC is
// set. It is for after the start, which leaves much garbage.
func CollectLess() {
	if was := debug.SetGCPercent(usualGrowth); was != usualGrowth { // GOGC is set
		debug.SetGCPercent(was)
		return
	}
	collectLess(nil)
}

// collectLess sets GOGC for the heap in use, now and after every collection: it is the finalizer of
// an object that nothing refers to, which runs after each.
func collectLess(*[]byte) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(heapGrowth(int64(live[0].Value.Uint64())))
	runtime.SetFinalizer(new([]byte), collectLess)
}

// heapGrowth returns how much the heap may grow while so many bytes are in use, in percent of
// those: to leastHeap, and twofold at least.
func heapGrowth(live int64) int {
	return int(max(usualGrowth, leastHeap*100/max(live, leastHeap/8)-100))
}

// groupMemory returns the memory limit of the control group of this process, in bytes: the
// lowest of the group and those above it, in version 2 or 1 (see cgroups(7)).
func groupMemory(root fs.FS) (limit int64, ok bool) {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	limit = math.MaxInt64
	for lines := bufio.NewScanner(bytes.NewReader(groups)); lines.Scan(); {
		fields := strings.SplitN(lines.Text(), ":", 3)
		if len(fields) != 3 {
			continue
		}
		folder, file := "", "memory.max"
		switch {
		case fields[0] == "0" && fields[1] == "":
			folder = "sys/fs/cgroup"
		case fields[1] == "memory":
			folder, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for group := path.Clean("/" + fields[2]); ; group = path.Dir(group) {
			text, err := fs.ReadFile(root, path.Join(folder, group, file))
			if n, bad := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && bad == nil {
				limit = min(limit, n)
			}
			if group == "/" {
				break
			}
		}
	}
	return limit, limit < 1<<50 // version 1 has a huge number for no limit
}
