package store

import (
	"context"
	"digiwijzer/store/internal/durable"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/cryptotest"

	"github.com/stretchr/testify/require"
)

var everyFault = flag.Bool("everyfault", false, "I/O errors: every fault at every call")

// fault is how a call fails.
type fault struct {
	name    string
	errno   syscall.Errno
	lasting bool // and every call after it
	partial bool // half of a write is written
}

var faults = []fault{
	{name: "I/O error once", errno: syscall.EIO},
	{name: "I/O errors from then on", errno: syscall.EIO, lasting: true},
	{name: "disk full once", errno: syscall.ENOSPC},
	{name: "disk full from then on", errno: syscall.ENOSPC, lasting: true},
	{name: "disk full in the middle of a write", errno: syscall.ENOSPC, lasting: true, partial: true},
}

// stride returns at every how many calls a fault is tried.
func stride() int {
	if *everyFault {
		return 1
	}
	return 31
}

// TestIOErrors lets every call that changes the disk fail in turn, during every step of
// the story, when the folder is opened and when it is closed. What is reported is that
// nothing can be written; no row is lost or half there; and once the disk is well again
// everything goes on to the same end.
func TestIOErrors(t *testing.T) {
	compiler(t)
	var halves sync.WaitGroup
	for i := range processes {
		halves.Go(func() {
			t.Run(fmt.Sprint("share ", i), func(t *testing.T) { logCounts(t, failuresOf(t, i)) })
		})
	}
	halves.Wait()
}

// processes share the calls between them.
const processes = 2

// failuresOf has a child process try its share, and returns what it printed.
func failuresOf(t *testing.T, share int) string {
	return runChild(t, "errors", envFolder+"="+imageFolder(t), envControl+"="+newControl(t), envShare+"="+fmt.Sprint(share))
}

// logCounts passes on what a child counted.
func logCounts(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if _, count, ok := strings.Cut(line, countsLine); ok {
			t.Log(strings.TrimSpace(count))
		}
	}
}

// countsLine begins the lines for the parent among what the child prints.
const countsLine = "counts: "

// failing lets calls fail, in a child process.
type faultInjector struct {
	*harness
	block    *control
	steps    []step
	share    int // tries every call whose number modulo of is share
	of       int
	now      string // what is being tried
	failed   uint32 // how many calls failed in what is tested
	watching bool   // what the files hold is noted
	runs     int    // with a failure
	reported int    // of these, failures that were reported
}

// failEveryCall is the child of TestIOErrors.
func failEveryCall(t *testing.T) {
	share, err := strconv.Atoi(os.Getenv(envShare))
	require.NoError(t, err)
	f := newFaultInjector(t, share, processes)
	befores, references := f.recordReference(t)
	for i := range f.steps {
		f.each(t, fmt.Sprint("step ", i), func(inject func()) {
			f.failStep(t, i, befores[i], references[i], inject)
		})
	}
	half := len(f.steps) / 2
	f.each(t, "a new folder", func(inject func()) {
		f.failOpen(t, nil, inject, func(s *Store) { f.finishOrClose(t, s, 0) })
	})
	f.each(t, "a folder after a crash", func(inject func()) {
		f.failOpen(t, befores[half], inject, func(s *Store) {
			require.Equal(t, references[half][0], contentHash(t, s))
			f.finishOrClose(t, s, half)
		})
	})
	f.each(t, "closing", func(inject func()) {
		befores[half].write(t, f.dir)
		s, _ := f.openWatched(t)
		inject()
		f.requireReported(t, s.Close())
		f.clearFaults()
		s, _ = f.openWatched(t)
		require.Equal(t, references[half][0], contentHash(t, s))
		f.finishOrClose(t, s, half)
	})
	fmt.Println(countsLine, f.runs, "failures of calls in", len(f.steps), "steps,", f.reported, "of them reported")
}

func newFaultInjector(t *testing.T, share, of int) *faultInjector {
	t.Helper()
	f := &faultInjector{
		harness: harnessIn(t, filepath.Join(os.Getenv(envFolder), "data")),
		block:   openControl(t), steps: scenario(), share: share, of: of,
	}
	f.watchFolders(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(f.now)
		}
	})
	return f
}

// watchFolders lets the syncs of folders by Go fail like the calls of SQLite.
func (f *faultInjector) watchFolders(t *testing.T) {
	before := durable.SyncFile
	durable.SyncFile = func(folder *os.File) error {
		c := f.block
		c.calls++
		if c.failAt == 0 || c.calls < c.failAt || (c.calls > c.failAt && c.lasting == 0) {
			return before(folder)
		}
		c.failed++
		return &os.PathError{Op: "sync", Path: folder.Name(), Err: syscall.Errno(c.errno)}
	}
	t.Cleanup(func() { durable.SyncFile = before })
}

// rehearse plays the story without a failure. For every step it returns what the folder
// holds before, and what the files hold after each commit, beginning with none.
func (f *faultInjector) recordReference(t *testing.T) (befores []image, references [][]string) {
	t.Helper()
	for i, step := range f.steps {
		befores = append(befores, imageOf(t, f.dir))
		s, states := f.openWatched(t)
		cryptotest.SetGlobalRandom(t, uint64(i))
		require.NoError(t, step(s))
		references = append(references, *states)
		if i == len(f.steps)-1 {
			requireScenarioState(t, s)
		}
		// A crash: the log stays.
		left := imageOf(t, f.dir)
		require.NoError(t, s.Close())
		left.write(t, f.dir)
	}
	return befores, references
}

// openWatched opens the folder, and keeps what the files hold now and after every commit.
func (f *faultInjector) openWatched(t *testing.T) (s *Store, states *[]string) {
	t.Helper()
	states, f.watching = new([]string), true
	note := func() {
		if now := contentHash(t, s); len(*states) == 0 || (*states)[len(*states)-1] != now {
			*states = append(*states, now)
		}
	}
	s, err := Open(context.Background(), f.dir, f.key, Options{Region: f.region, Boundary: func(point string) {
		if f.watching && point != "apply: before commit" {
			note()
		}
	}})
	require.NoError(t, err)
	setPragma(t, state(s), smallCache)
	setPragma(t, stats(s), smallCache)
	note()
	return s, states
}

// each runs work with every fault at every call, until there is no call left to fail.
// Work calls strike when the failures may begin. The first test that fails ends it all.
func (f *faultInjector) each(t *testing.T, name string, work func(inject func())) {
	t.Helper()
	for i, how := range faults {
		stride := stride()
		for n := 1 + f.share + (f.runs+i)%stride*f.of; ; n += stride * f.of {
			f.now = fmt.Sprintf("%s, call %d: %s", name, n, how.name)
			f.clearFaults()
			work(func() { f.inject(n, how) })
			require.False(t, t.Failed())
			if f.failed == 0 {
				break
			}
			f.runs++
		}
	}
}

// strike lets the call n from now fail.
func (f *faultInjector) inject(n int, how fault) {
	*f.block = control{failAt: uint64(n), errno: uint32(how.errno)}
	if how.lasting {
		f.block.lasting = 1
	}
	if how.partial {
		f.block.partial = 1
	}
}

// heal lets no further call fail.
func (f *faultInjector) clearFaults() {
	*f.block = control{}
}

// lasting tells whether the disk stays as bad as it is.
func (f *faultInjector) lasting() bool { return f.block.lasting == 1 }

// failStep lets a call of a step fail. One failure is survived in the same process; when
// they last, the process ends and another begins. Done again, the step comes to the same.
func (f *faultInjector) failStep(t *testing.T, i int, before image, reference []string, inject func()) {
	before.write(t, f.dir)
	s, states := f.openWatched(t)
	first := s
	cryptotest.SetGlobalRandom(t, uint64(i))
	inject()
	err := f.steps[i](s)
	f.requireReported(t, err)
	reached, end := len(*states)-1, len(reference)-1
	if f.lasting() {
		_ = s.Close() // cannot do what it wants
		f.clearFaults()
		s, _ = f.openWatched(t)
	} else {
		f.clearFaults()
		require.Equal(t, reference[reached], contentHash(t, s), "commit %d of %d", reached, end)
	}
	// A commit that failed may be on the disk nevertheless, and come to light by opening anew.
	require.Contains(t, reference[reached:min(reached+2, end+1)], contentHash(t, s))
	if err == nil {
		require.Equal(t, reference[end], contentHash(t, s), "acknowledged, and not done")
	}
	if f.finishes() {
		f.finish(t, s, i)
		return
	}
	cryptotest.SetGlobalRandom(t, uint64(i))
	require.NoError(t, f.steps[i](s))
	if len(*states) == 1 && s != first { // otherwise other random keys and ids of messages are used up
		require.Equal(t, reference[end], contentHash(t, s))
	}
	require.NoError(t, s.Close())
}

// failOpen lets a call fail while the folder is opened; the next time it opens, and is
// examined.
func (f *faultInjector) failOpen(t *testing.T, before image, inject func(), examine func(*Store)) {
	before.write(t, f.dir)
	inject()
	s, err := Open(context.Background(), f.dir, f.key, Options{Region: f.region})
	f.requireReported(t, err)
	if err == nil && f.lasting() {
		_ = s.Close() // cannot do what it wants
	}
	if err == nil && !f.lasting() {
		f.clearFaults()
		examine(s)
		return
	}
	f.clearFaults()
	s, err = Open(context.Background(), f.dir, f.key, Options{Region: f.region})
	require.NoError(t, err)
	examine(s)
}

// requireReported: a failure that is reported says that nothing can be written.
func (f *faultInjector) requireReported(t *testing.T, err error) {
	t.Helper()
	f.failed = f.block.failed
	if err == nil {
		return
	}
	f.reported++
	require.NotZero(t, f.failed, "%v", err)
	require.Equal(t, Unwritable, ConditionOf(err), "%v", err)
}

// toTheEnd tells whether the story is to be played to its end: after one in eight failures,
// to save time.
func (f *faultInjector) finishes() bool { return f.runs%8 == 0 }

// goOn plays the rest of the story, if it is to be played.
func (f *faultInjector) finishOrClose(t *testing.T, s *Store, from int) {
	t.Helper()
	if f.finishes() {
		f.finish(t, s, from)
		return
	}
	requireIntegrity(t, s)
	require.NoError(t, s.Close())
}

// finish plays the rest of the story on a disk that is well.
func (f *faultInjector) finish(t *testing.T, s *Store, from int) {
	t.Helper()
	f.watching = false
	for _, step := range f.steps[max(0, from-3):] {
		require.NoError(t, step(s))
	}
	requireScenarioState(t, s)
	requireIntegrity(t, s)
	require.NoError(t, s.Close())
}
