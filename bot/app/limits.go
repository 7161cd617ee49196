package app

import (
	"bufio"
	"bytes"
	"io/fs"
	"math"
	"net"
	"os"
	"path"
	"runtime/debug"
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

// heapGrowth is by how much the heap grows between two garbage collections, in percent of what
// is in use. With Go's default of 100 an update takes an eighth more processor time.
const heapGrowth = 200

// usualGrowth is Go's default.
const usualGrowth = 100

// LimitMemory keeps the garbage collector within the memory of the control group, unless
// GOMEMLIMIT is set, and within three times the memory in use, unless GOGC is set.
func LimitMemory() {
	if was := debug.SetGCPercent(heapGrowth); was != usualGrowth { // GOGC is set
		debug.SetGCPercent(was)
	}
	if debug.SetMemoryLimit(-1) != math.MaxInt64 { // GOMEMLIMIT is set
		return
	}
	if limit, ok := groupMemory(os.DirFS("/")); ok {
		debug.SetMemoryLimit(max(leastMemory, limit-limit/10-outsideGo))
	}
}

// groupMemory returns the memory limit of the control group of this process, in bytes: the lowest of the
// group and its ancestors, in version 2 or 1 (see cgroups(7)).
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
