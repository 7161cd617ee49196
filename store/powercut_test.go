package store

import (
	"context"
	"flag"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/cryptotest"

	"github.com/stretchr/testify/require"

	"digiwijzer/store/memdir"
	"digiwijzer/store/sqlite"
)

var (
	cutAt    = flag.Int("cut", -1, "power cut: cut only before this call")
	cutSeed  = flag.Uint64("cutseed", 0, "power cut: the first seed")
	cutSeeds = flag.Int("cutseeds", 0, "power cut: number of seeds for every cut; 0: one seed, and one call in sixty-one")
	cutLoss  = flag.String("cutloss", "", "power cut: only this kind of loss")
)

// smallCache makes a short scenario reach the code paths of a long one: automatic checkpoints,
// and pages that are written before the commit because the cache is full.
const smallCache = "wal_autocheckpoint = 40; PRAGMA cache_size = 6"

// recordScenario runs the scenario in a child process and records the calls: a new folder,
// every step, and a restart half-way.
func recordScenario(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 1) // so that cuts are reproducible
	h := harnessIn(t, os.Getenv(envFolder))
	r := record(t, h.dir)
	open := func() *Store {
		s := h.openRecorded(t, r)
		setPragma(t, state(s), smallCache)
		setPragma(t, stats(s), smallCache)
		return s
	}
	s := open()
	steps := scenario()
	for i, step := range steps {
		if i == len(steps)/2 {
			require.NoError(t, s.Close())
			s = open()
		}
		require.NoError(t, step(s))
		r.state(t, s)
		r.note(t, op{kind: opDone, at: int64(i)})
	}
	requireScenarioState(t, s, 0)
}

// openRecorded opens the folder, and records the content after every commit.
func (h *harness) openRecorded(t *testing.T, r recorder) *Store {
	t.Helper()
	var s *Store
	s = h.open(t, func(point string) {
		if point != "apply: before commit" {
			r.state(t, s)
		}
	})
	r.state(t, s)
	return s
}

// TestPowerCut simulates a power cut at the calls that change the disk, which loses what was
// not synced: all of it, some writes, sectors of a write, or file names. The image that is
// left opens and holds exactly the acknowledged commits or one more, and the scenario, continued,
// ends in the same state.
func TestPowerCut(t *testing.T) {
	compiler(t)
	t.Run("scenario", func(t *testing.T) { cutScenario(t, losses) })
	// SQLite ignores an error of syncing the folder of a new log; Open syncs it.
	t.Run("SQLite cannot sync the folder", func(t *testing.T) {
		cutScenario(t, slices.DeleteFunc(slices.Clone(losses), func(l loss) bool {
			return !slices.Contains([]string{"nothing kept", "data kept"}, l.name)
		}), envNames+"=fail")
	})
}

// cutScenario records the scenario once and simulates all power cuts.
func cutScenario(t *testing.T, losses []loss, env ...string) {
	dir, trace := recordIn(t, "scenario", nil, env...)
	require.Positive(t, countOf(trace, opSync))
	steps := scenario()
	c := cutter{base: filepath.Dir(dir), losses: losses, trace: trace}
	c.requireAfter = func(t *testing.T, s *Store, cut cutPoint) {
		requireIntegrity(t, s)
		c.requireCommits(t, s, cut)
		if !cut.continues() {
			return
		}
		for _, step := range steps[max(0, cut.done-3):] { // recent updates are redelivered
			require.NoError(t, step(s))
		}
		requireScenarioState(t, s, 0)
		requireIntegrity(t, s)
	}
	c.run(t, diskWith(nil), dir)
}

// recordIn runs a role in a child process on a new folder, or one with an image, and returns
// the folder as the child left it and the trace.
func recordIn(t *testing.T, role string, before image, env ...string) (dir string, ops []op) {
	t.Helper()
	base := memdir.New(t)
	dir, trace := filepath.Join(base, "data"), filepath.Join(base, "trace")
	before.write(t, dir)
	require.NoError(t, os.WriteFile(trace, nil, 0o600))
	runChild(t, role, append(env, envFolder+"="+dir, envTrace+"="+trace)...)
	return dir, readTrace(t, trace)
}

func countOf(trace []op, kind byte) (n int) {
	for _, o := range trace {
		if o.kind == kind {
			n++
		}
	}
	return n
}

// cutter simulates power cuts in a trace.
type cutter struct {
	base         string // where images are written
	losses       []loss
	trace        []op
	states       []string // content hashes, in order
	requireAfter func(t *testing.T, s *Store, cut cutPoint)
}

// cutPoint is one power cut: the call before which it comes, what is lost, and what was
// acknowledged.
type cutPoint struct {
	at    int
	loss  string
	seed  uint64
	done  int // steps acknowledged
	state int // commits acknowledged
	left  image
}

func (c cutPoint) String() string {
	return fmt.Sprintf("cut before call %d, %s; repeat with -cut %d -cutloss '%s' -cutseed %d", c.at, c.loss, c.at, c.loss, c.seed)
}

// continues reports whether to go on with the scenario after the cut: after every one with -cutseeds,
// otherwise one in three, to save time.
func (c cutPoint) continues() bool { return *cutSeeds > 0 || *cutAt >= 0 || c.at%3 == 0 }

// run makes the images of all cuts, which two workers examine.
func (c *cutter) run(t *testing.T, d *disk, dir string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	points := make(chan cutPoint)
	var workers sync.WaitGroup
	for n := range 2 {
		workers.Go(func() {
			defer cancel() // stops at the first failure
			t.Run("images", func(t *testing.T) { c.examine(t, points, filepath.Join(c.base, fmt.Sprint("image", n))) })
		})
	}
	for _, o := range c.trace {
		if o.kind == opState {
			c.states = append(c.states, o.name)
		}
	}
	cuts, images, distinct := c.cut(ctx, d, points)
	close(points)
	workers.Wait()
	t.Logf("%d calls, %d cuts, %d images, %d of them different, %d commits",
		len(c.trace)-countOf(c.trace, opState)-countOf(c.trace, opDone), cuts, images, distinct, len(c.states))
	if !t.Failed() && *cutAt < 0 {
		d.requireMatches(t, dir)
	}
}

// cut replays the trace, and sends the images of cuts before each wanted call.
func (c *cutter) cut(ctx context.Context, d *disk, points chan<- cutPoint) (cuts, images, distinct int) {
	known, seed := map[string]bool{}, maphash.MakeSeed()
	at := cutPoint{state: -1}
	for _, o := range append(slices.Clone(c.trace), op{}) { // the last cut is after the last call
		switch o.kind {
		case opState:
			at.state++
			continue
		case opDone:
			at.done = int(o.at) + 1
			continue
		}
		if c.wanted(at.at) {
			cuts++
			for _, p := range c.pointsAt(d, at) {
				images++
				key := fmt.Sprint(p.done, p.state, fingerprint(seed, p.left))
				if known[key] {
					continue
				}
				known[key] = true
				distinct++
				select {
				case points <- p:
				case <-ctx.Done():
					return cuts, images, distinct
				}
			}
		}
		d.do(o)
		at.at++
	}
	return cuts, images, distinct
}

// wanted reports whether to cut before a call: before every one with -cutseeds, otherwise one
// in sixty-one.
func (c *cutter) wanted(at int) bool {
	if *cutAt >= 0 {
		return at == *cutAt
	}
	return *cutSeeds > 0 || at%61 == 0
}

// pointsAt returns the power cuts before one call.
func (c *cutter) pointsAt(d *disk, at cutPoint) (points []cutPoint) {
	for _, l := range c.losses {
		if *cutLoss != "" && l.name != *cutLoss {
			continue
		}
		seeds := 1
		if l.seeds {
			seeds = max(1, *cutSeeds)
		}
		for i := range seeds {
			p := at
			p.loss, p.seed = l.name, *cutSeed+uint64(i)
			p.left = d.after(l, p.seed, at.at)
			points = append(points, p)
		}
	}
	return points
}

func fingerprint(seed maphash.Seed, i image) (totals []uint64) {
	for _, name := range []string{sqlite.StateFile, sqlite.StateFile + "-wal", sqlite.StateFile + "-journal", sqlite.StatsFile, sqlite.StatsFile + "-wal", sqlite.StatsFile + "-journal"} {
		content, ok := i[name]
		if !ok {
			totals = append(totals, 0)
			continue
		}
		totals = append(totals, 1+uint64(len(content)), maphash.Bytes(seed, content))
	}
	return totals
}

// examine opens and checks images.
func (c *cutter) examine(t *testing.T, points <-chan cutPoint, dir string) {
	h := harnessIn(t, dir)
	var now cutPoint
	defer func() {
		if t.Failed() {
			t.Logf("%v -run '^%s$'", now, filepath.Dir(t.Name()))
		}
	}()
	for now = range points {
		now.left.write(t, dir)
		s, err := Open(context.Background(), dir, h.key, Options{Region: h.region})
		require.NoError(t, err)
		c.requireAfter(t, s, now)
		require.NoError(t, s.Close())
		require.False(t, t.Failed())
	}
}

// requireCommits checks that the files hold the last acknowledged commit or the next one.
func (c *cutter) requireCommits(t *testing.T, s *Store, cut cutPoint) {
	t.Helper()
	if cut.state < 0 { // not opened yet
		return
	}
	found := slices.Index(c.states[cut.state:], contentHash(t, s))
	if found >= 0 && found <= c.next(cut.state) {
		return
	}
	require.Fail(t, "an acknowledged commit was lost or is incomplete", "%d commits were acknowledged; the content is that after commit %d (-1: none)",
		cut.state, slices.Index(c.states, contentHash(t, s)))
}

// next returns the distance to the next different content: an unchanged state is recorded more
// than once.
func (c *cutter) next(state int) int {
	for i, s := range c.states[state:] {
		if s != c.states[state] {
			return i
		}
	}
	return 0
}
