package store

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/sqlite"
)

// TestStorageFailureLosesNothing: on a full disk, and where a file is read-only or locked by
// another process, a turn fails as a whole with the right condition, and works once the fault
// is gone.
func TestStorageFailureLosesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		begin, end func(t *testing.T, h *harness, s *Store) error
		want       Condition
		stop       bool
	}{
		"full": {
			func(t *testing.T, _ *harness, s *Store) error {
				setPragma(t, state(s), fmt.Sprintf("max_page_count = %d", queryInt(t, state(s), "PRAGMA page_count")))
				return nil
			},
			func(t *testing.T, _ *harness, s *Store) error {
				setPragma(t, state(s), "max_page_count = 1000000")
				return nil
			},
			Unwritable, true,
		},
		"read-only": {
			func(t *testing.T, _ *harness, s *Store) error { setPragma(t, state(s), "query_only = ON"); return nil },
			func(t *testing.T, _ *harness, s *Store) error { setPragma(t, state(s), "query_only = OFF"); return nil },
			Unwritable, true,
		},
		"locked by another process": {
			func(t *testing.T, h *harness, s *Store) error {
				setPragma(t, state(s), "busy_timeout = 10")
				h.lockState(t)
				return nil
			},
			func(t *testing.T, h *harness, s *Store) error { return h.unlock() },
			Busy, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := withoutFolder(t)
			s := h.open(t)
			doWork(t, s, turn(chat(1), "telegram:1"))
			require.NoError(t, c.begin(t, h, s))
			before := h.copyOf(t)
			for i := range 40 { // the first may fit into free pages
				_, err := s.Apply(context.Background(), []bot.Work{turn(chat(100+i), "telegram:"+itoa(100+i))})
				if err == nil && c.stop && i < 39 {
					before = h.copyOf(t)
					continue
				}
				assert.Equal(t, c.want, ConditionOf(err))
				var stored *Error
				require.ErrorAs(t, err, &stored)
				assert.Equal(t, c.stop, stored.Stop())
				break
			}
			assert.Equal(t, seenUpdates(t, before), seenUpdates(t, h.copyOf(t)), "a failed turn has no effect")
			require.NoError(t, c.end(t, h, s))
			doWork(t, s, turn(chat(2), "telegram:2"))
			_, ok := load(t, s, chat(1), noon)
			assert.True(t, ok)
		})
	}
}

// seenUpdates counts the updates marked as seen in a copy.
func seenUpdates(t *testing.T, image *harness) int {
	t.Helper()
	s := image.open(t)
	defer s.Close()
	return rowCount(t, state(s), "seen")
}

// lockState locks state.db as another process would.
func (h *harness) lockState(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(h.dir, sqlite.StateFile)+"?_txlock=immediate")
	require.NoError(t, err)
	held, err := db.Begin()
	require.NoError(t, err)
	h.unlock = func() error { return errors.Join(held.Rollback(), db.Close()) }
}

// TestFullDiskDelaysHandOver: what cannot be written to the statistics stays in the state, and
// is handed over once when there is space.
func TestFullDiskDelaysHandOver(t *testing.T) {
	s := withoutFolder(t).open(t)
	for i := 1; i <= 60; i++ {
		finish(t, s, chat(i), noon, "kvk", "werkplaats-utrecht")
	}
	setPragma(t, stats(s), fmt.Sprintf("max_page_count = %d", queryInt(t, stats(s), "PRAGMA page_count")))
	_, err := s.HandOver(context.Background(), noon)
	require.Equal(t, Unwritable, ConditionOf(err))
	assert.Len(t, staged(t, s), 60)
	assert.Empty(t, counters(t, s))
	setPragma(t, stats(s), "max_page_count = 1000000")
	assert.Equal(t, 60, handOver(t, s, noon))
	assert.Equal(t, 60, counters(t, s)["2026-W47/completed/"])
}

// TestTornLogKeepsCommits truncates the log at and between commits, as a power cut may: all
// complete commits remain, and no part of another. That the log is on the disk is a matter of
// fsync, which every commit waits for (TestPragmasOfEveryConnection).
func TestTornLogKeepsCommits(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	doWork(t, s, turn(chat(0), "telegram:0"))
	_, err := s.rows.Scrub()
	require.NoError(t, err)
	log := filepath.Join(h.dir, sqlite.StateFile+"-wal")
	sizes := []int{0}
	for i := 1; i <= 12; i++ {
		do(t, s, func(tx bot.Tx) error { // two chats in one commit
			for n := range 2 {
				c := conversation()
				c.Session.Rev = firstRev + i
				if err := tx.Save(chat(n), c, noon.Add(time.Hour)); err != nil {
					return err
				}
			}
			return nil
		}, chat(0), chat(1))
		info, err := os.Stat(log)
		require.NoError(t, err)
		sizes = append(sizes, int(info.Size()))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := 1; i < len(sizes); i++ {
		for _, cut := range []int{sizes[i], sizes[i] - 1, sizes[i-1] + 1 + rng.IntN(sizes[i]-sizes[i-1]-1)} {
			image := h.copyOf(t)
			require.NoError(t, os.Truncate(filepath.Join(image.dir, sqlite.StateFile+"-wal"), int64(cut)))
			requireRevision(t, image, firstRev+i-1, cut == sizes[i])
		}
	}
}

// firstRev is above the initial revision of every conversation in this test.
const firstRev = 100

// requireRevision checks that both chats are at revision before, or at the next where that
// commit is complete.
func requireRevision(t *testing.T, image *harness, before int, complete bool) {
	t.Helper()
	want := before
	if complete {
		want++
	}
	s := image.open(t)
	defer s.Close()
	for n := range 2 {
		c, ok := load(t, s, chat(n), noon)
		if want == firstRev {
			require.Less(t, c.Session.Rev, firstRev, "no commit is complete")
			continue
		}
		require.True(t, ok)
		require.Equal(t, want, c.Session.Rev)
	}
}

var flippedBits = flag.Int("flippedbits", 80, "number of bits that a test flips")

// TestFlippedBits flips one bit of a file. The file is refused as damaged and left unchanged,
// or it opens: then nothing is counted that was not, every session is unchanged or dropped
// and counted as unreadable, and at most one figure differs.
func TestFlippedBits(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	for i := range 30 {
		doWork(t, s, turn(chat(i), "telegram:"+itoa(i)))
	}
	for i := range 24 {
		finish(t, s, chat(i), noon, "kvk")
		if i == 19 {
			handOver(t, s, noon)
		}
	}
	want := readExpectation(t, s)
	require.NoError(t, s.Close())
	rng, outcomes := rand.New(rand.NewPCG(2, 2)), map[string]int{}
	bits := *flippedBits
	if os.Getenv("MUTANT") != "" {
		bits = 1000 // few of them make a file that cannot be opened
	}
	for range bits {
		image := h.copyOf(t)
		name := []string{sqlite.StateFile, sqlite.StatsFile}[rng.IntN(2)]
		path := filepath.Join(image.dir, name)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		at := rng.IntN(len(content))
		if rng.IntN(2) == 0 {
			at = rng.IntN(100) // the header
		}
		content[at] ^= 1 << rng.IntN(8)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		outcomes[image.checkDamaged(t, want, name, content, fmt.Sprintf("bit at %d of %s", at, name))]++
	}
	t.Logf("of %d: %v", bits, outcomes)
	assert.Positive(t, outcomes["refused"])
	assert.Positive(t, outcomes["served"])
}

// expectation is the content of the undamaged files.
type expectation struct {
	sessions map[int]bot.Conversation
	counts   map[string]int // weekly counts, without what is pending
	rows     int
}

func readExpectation(t *testing.T, s *Store) (all expectation) {
	t.Helper()
	all = expectation{sessions: map[int]bot.Conversation{}, counts: counters(t, s), rows: rowCount(t, stats(s), "outcome")}
	for i := range 30 {
		c, ok := load(t, s, chat(i), noon)
		require.True(t, ok)
		all.sessions[i] = c
	}
	return all
}

// checkDamaged opens a damaged folder, compares what it reads, and runs the nightly jobs. It
// returns the outcome.
func (h *harness) checkDamaged(t *testing.T, want expectation, name string, content []byte, what string) string {
	t.Helper()
	s, err := Open(context.Background(), h.dir, h.key, Options{Region: h.region})
	if err != nil {
		refused := ConditionOf(err) == Corrupt || errors.Is(err, ErrNewer) || errors.Is(err, ErrWrongKey)
		require.True(t, refused, "%s: %v", what, err)
		kept, readErr := os.ReadFile(filepath.Join(h.dir, name))
		require.NoError(t, readErr)
		require.Equal(t, content, kept, "%s: a refused file is not changed", what)
		return "refused"
	}
	defer s.Close()
	if err := h.compareWith(t, s, want, what); err != nil { // a header bit can make it read-only
		require.Contains(t, []Condition{Corrupt, Unwritable}, ConditionOf(err), "%s: %v", what, err)
		return "failed later"
	}
	return "served"
}

func (h *harness) compareWith(t *testing.T, s *Store, want expectation, what string) error {
	t.Helper()
	missing := 0
	for i, want := range want.sessions {
		var got bot.Conversation
		var ok bool
		if err := apply(s, work(func(tx bot.Tx) (err error) {
			got, ok, err = tx.Conversation(chat(i), noon)
			return err
		}, chat(i))); err != nil {
			return err
		}
		if !ok {
			missing++
			continue
		}
		require.Equal(t, want, got, what)
	}
	require.LessOrEqual(t, missing, s.Unreadable()+1, "%s: only a row whose hash has changed may be missing without being counted", what)
	_, err := s.HandOver(context.Background(), noon.AddDate(0, 0, 40))
	if err != nil && ConditionOf(err) != "" {
		return err
	}
	if _, err := s.Sweep(context.Background(), noon.AddDate(0, 2, 0)); err != nil {
		return err
	}
	rows := rowCount(t, stats(s), "outcome")
	require.LessOrEqual(t, rows, want.rows, what)
	requireNoneGained(t, want.counts, counters(t, s), what)
	return nil
}

// requireNoneGained checks that no count is higher than before plus the four pending outcomes,
// except one whose own bits were flipped.
func requireNoneGained(t *testing.T, before, after map[string]int, what string) {
	t.Helper()
	gained := 0
	for key, n := range after {
		if n > before[key]+4 {
			gained++
		}
	}
	require.LessOrEqual(t, gained, 1, "%s: %v, not %v", what, after, before)
}
