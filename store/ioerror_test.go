package store

import (
	"context"
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

	"digiwijzer/store/internal/durable"
	"digiwijzer/store/memdir"
)

var everyFault = flag.Bool("everyfault", false, "I/O errors: every fault at every call")

// fault is how a call fails.
type fault struct {
	name    string
	errno   syscall.Errno
	lasting bool // every later call fails too
	partial bool // half of a write is written
}

var faults = []fault{
	{name: "I/O error once", errno: syscall.EIO},
	{name: "I/O errors from then on", errno: syscall.EIO, lasting: true},
	{name: "disk full once", errno: syscall.ENOSPC},
	{name: "disk full from then on", errno: syscall.ENOSPC, lasting: true},
	{name: "disk full in the middle of a write", errno: syscall.ENOSPC, lasting: true, partial: true},
}

// stride returns the distance between the calls at which a fault is tried.
func stride() int {
	if *everyFault {
		return 1
	}
	return 127
}

// TestIOErrors fails the calls that change the disk one by one, during every step of the
// scenario and while the folder is opened and closed. Reported errors are Unwritable, no row
// is lost or partly written, and once the fault is gone the scenario ends in the same state.
func TestIOErrors(t *testing.T) {
	compiler(t)
	var shares sync.WaitGroup
	for i := range processes {
		shares.Go(func() {
			t.Run(fmt.Sprint("share ", i), func(t *testing.T) { logCounts(t, failuresOf(t, i)) })
		})
	}
	shares.Wait()
}

// processes is the number of child processes among which the calls are divided.
const processes = 2

// failuresOf runs one share in a child process and returns its output.
func failuresOf(t *testing.T, share int) string {
	return runChild(t, "errors", envFolder+"="+memdir.New(t), envControl+"="+newControl(t), envShare+"="+fmt.Sprint(share))
}

// logCounts logs the counts that a child printed.
func logCounts(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if _, count, ok := strings.Cut(line, countsLine); ok {
			t.Log(strings.TrimSpace(count))
		}
	}
}

// countsLine is the prefix of the lines that the parent logs.
const countsLine = "counts: "

// faultInjector makes calls fail, in a child process.
type faultInjector struct {
	*harness
	block    *control
	steps    []step
	share    int // this process tries the calls whose number modulo of is share
	of       int
	now      string // the case that runs, for the log
	failed   uint32 // number of calls that failed in this case
	calls    int    // number of calls in this case while calls could fail
	watching bool   // the content after each commit is recorded
	runs     int    // cases in which a call failed
	reported int    // of these, with a reported error
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

// watchFolders makes the folder syncs of Go fail like the calls of SQLite.
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

// recordReference runs the scenario without faults. For every step it returns the image
// before it, and the content hashes at its start and after each commit.
func (f *faultInjector) recordReference(t *testing.T) (befores []image, references [][]string) {
	t.Helper()
	for i, step := range f.steps {
		befores = append(befores, imageOf(t, f.dir))
		s, states := f.openWatched(t)
		cryptotest.SetGlobalRandom(t, uint64(i))
		require.NoError(t, step(s))
		references = append(references, *states)
		if i == len(f.steps)-1 {
			requireScenarioState(t, s, 0)
		}
		// Crash rather than close, so that the log remains.
		left := imageOf(t, f.dir)
		require.NoError(t, s.Close())
		left.write(t, f.dir)
	}
	return befores, references
}

// openWatched opens the folder, and records the content now and after every commit.
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

// each runs work with every fault at its share of the calls, until no call is left. Work
// calls inject when calls may start to fail. The first failed requirement ends the test.
// Without -everyfault, the number of calls in the first case in which none fails is the
// limit for the other faults, so that a case without a failure does not run for each of them.
func (f *faultInjector) each(t *testing.T, name string, work func(inject func())) {
	t.Helper()
	limit := 0
	for i, how := range faults {
		stride := stride()
		for n := 1 + f.share + (f.runs+i)%stride*f.of; limit == 0 || *everyFault || n <= limit; n += stride * f.of {
			f.now = fmt.Sprintf("%s, call %d: %s", name, n, how.name)
			f.clearFaults()
			work(func() { f.inject(n, how) })
			require.False(t, t.Failed())
			if f.failed == 0 {
				limit = f.calls
				break
			}
			f.runs++
		}
	}
}

// inject makes the nth call from now fail.
func (f *faultInjector) inject(n int, how fault) {
	*f.block = control{failAt: uint64(n), errno: uint32(how.errno)}
	if how.lasting {
		f.block.lasting = 1
	}
	if how.partial {
		f.block.partial = 1
	}
}

// clearFaults stops the injection.
func (f *faultInjector) clearFaults() {
	*f.block = control{}
}

// lasting reports whether the injected fault is permanent.
func (f *faultInjector) lasting() bool { return f.block.lasting == 1 }

// failStep makes a call of a step fail. The store recovers from a single fault while open, and
// after a lasting one when it is opened again. Repeating the step gives the reference state.
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
		_ = s.Close() // fails
		f.clearFaults()
		s, _ = f.openWatched(t)
	} else {
		f.clearFaults()
		require.Equal(t, reference[reached], contentHash(t, s), "commit %d of %d", reached, end)
	}
	// A commit that failed may be on the disk nevertheless, and appear after opening again.
	require.Contains(t, reference[reached:min(reached+2, end+1)], contentHash(t, s))
	if err == nil {
		require.Equal(t, reference[end], contentHash(t, s), "acknowledged but not committed")
	}
	if f.finishes() {
		f.finish(t, s, i)
		return
	}
	cryptotest.SetGlobalRandom(t, uint64(i))
	require.NoError(t, f.steps[i](s))
	if len(*states) == 1 && s != first { // otherwise random keys and message ids differ
		require.Equal(t, reference[end], contentHash(t, s))
	}
	require.NoError(t, s.Close())
}

// failOpen makes a call fail while the folder is opened, and examines the folder once it
// opens.
func (f *faultInjector) failOpen(t *testing.T, before image, inject func(), examine func(*Store)) {
	before.write(t, f.dir)
	inject()
	s, err := Open(context.Background(), f.dir, f.key, Options{Region: f.region})
	f.requireReported(t, err)
	if err == nil && f.lasting() {
		_ = s.Close() // fails
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

// requireReported counts the failed calls, and requires that an error is Unwritable.
func (f *faultInjector) requireReported(t *testing.T, err error) {
	t.Helper()
	f.failed, f.calls = f.block.failed, int(f.block.calls)
	if err == nil {
		return
	}
	f.reported++
	require.NotZero(t, f.failed, "%v", err)
	require.Equal(t, Unwritable, ConditionOf(err), "%v", err)
}

// finishes reports whether to run the rest of the scenario: in one of eight cases, to save
// time.
func (f *faultInjector) finishes() bool { return f.runs%8 == 0 }

// finishOrClose runs the rest of the scenario if finishes, and closes the store otherwise.
func (f *faultInjector) finishOrClose(t *testing.T, s *Store, from int) {
	t.Helper()
	if f.finishes() {
		f.finish(t, s, from)
		return
	}
	requireIntegrity(t, s)
	require.NoError(t, s.Close())
}

// finish runs the rest of the scenario without faults.
func (f *faultInjector) finish(t *testing.T, s *Store, from int) {
	t.Helper()
	f.watching = false
	for _, step := range f.steps[max(0, from-3):] {
		require.NoError(t, step(s))
	}
	requireScenarioState(t, s, 0)
	requireIntegrity(t, s)
	require.NoError(t, s.Close())
}
