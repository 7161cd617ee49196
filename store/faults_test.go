package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// set changes a pragma of the connection that the store works with.
func set(t *testing.T, f *file, pragma string) {
	t.Helper()
	_, err := f.conn.ExecContext(context.Background(), "PRAGMA "+pragma)
	require.NoError(t, err)
}

// TestAStorageThatFailsLosesNothing: on a full disk, a file that became read-only or one
// that another process holds, a turn fails as a whole, the store says what that means,
// and once it is over everything goes on.
func TestAStorageThatFailsLosesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		begin, end func(t *testing.T, w *world, s *Store) error
		want       Condition
		stop       bool
	}{
		"full": {
			func(t *testing.T, _ *world, s *Store) error {
				set(t, s.state, fmt.Sprintf("max_page_count = %d", number(t, s.state, "PRAGMA page_count")))
				return nil
			},
			func(t *testing.T, _ *world, s *Store) error { set(t, s.state, "max_page_count = 1000000"); return nil },
			Unwritable, true,
		},
		"read-only": {
			func(t *testing.T, _ *world, s *Store) error { set(t, s.state, "query_only = ON"); return nil },
			func(t *testing.T, _ *world, s *Store) error { set(t, s.state, "query_only = OFF"); return nil },
			Unwritable, true,
		},
		"held by another": {
			func(t *testing.T, w *world, s *Store) error {
				set(t, s.state, "busy_timeout = 10")
				w.hold(t)
				return nil
			},
			func(t *testing.T, w *world, s *Store) error { return w.other() },
			Busy, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.open(t)
			do(t, s, turn(chat(1), "telegram:1"))
			require.NoError(t, c.begin(t, w, s))
			before := w.copyOf(t)
			for i := range 40 { // the first may fit into pages that are free
				_, err := s.Apply(context.Background(), []func(flows.Tx) error{turn(chat(100+i), "telegram:"+itoa(100+i))})
				if err == nil && c.stop && i < 39 {
					before = w.copyOf(t)
					continue
				}
				assert.Equal(t, c.want, ConditionOf(err))
				var stored *Error
				require.ErrorAs(t, err, &stored)
				assert.Equal(t, c.stop, stored.Stop())
				break
			}
			assert.Equal(t, marks(t, before), marks(t, w.copyOf(t)), "what failed left something behind")
			require.NoError(t, c.end(t, w, s))
			do(t, s, turn(chat(2), "telegram:2"))
			_, ok := load(t, s, chat(1), noon)
			assert.True(t, ok)
		})
	}
}

// marks counts the updates known in an image.
func marks(t *testing.T, image *world) int {
	t.Helper()
	s := image.open(t)
	defer s.Close()
	return number(t, s.state, "SELECT count(*) FROM seen")
}

// hold locks the personal file as another process would.
func (w *world) hold(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.dir, stateFile)+"?_txlock=immediate")
	require.NoError(t, err)
	held, err := db.Begin()
	require.NoError(t, err)
	w.other = func() error { return errors.Join(held.Rollback(), db.Close()) }
}

// TestFullFiguresDelayAHandOver: what cannot be entered stays where it was, and goes over
// once when there is room.
func TestFullFiguresDelayAHandOver(t *testing.T) {
	s := newWorld(t).open(t)
	for i := 1; i <= 60; i++ {
		finish(t, s, chat(i), noon, "kvk", "werkplaats-utrecht")
	}
	set(t, s.stats, fmt.Sprintf("max_page_count = %d", number(t, s.stats, "PRAGMA page_count")))
	_, err := s.HandOver(context.Background(), noon)
	require.Equal(t, Unwritable, ConditionOf(err))
	assert.Len(t, staged(t, s), 60)
	assert.Empty(t, counters(t, s))
	set(t, s.stats, "max_page_count = 1000000")
	assert.Equal(t, 60, handOver(t, s, noon))
	assert.Equal(t, 60, counters(t, s)["2026-W47/completed/"])
}

// TestATornLogKeepsWhatWasCommitted cuts the log at every commit and in between, as a
// power cut does that loses its end: what is left is everything up to the last commit
// that is whole, and never a part of one. Whether the end was on the disk is a matter
// of fsync, which every commit waits for (TestPragmasOfEveryConnection).
func TestATornLogKeepsWhatWasCommitted(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	do(t, s, turn(chat(0), "telegram:0"))
	_, err := s.state.truncate(context.Background())
	require.NoError(t, err)
	log := filepath.Join(w.dir, stateFile+"-wal")
	sizes := []int{0}
	for i := 1; i <= 12; i++ {
		do(t, s, func(tx flows.Tx) error { // two chats in one commit
			for n := range 2 {
				c := talk()
				c.Session.Rev = firstRev + i
				if err := tx.Save(chat(n), c, noon.Add(time.Hour)); err != nil {
					return err
				}
			}
			return nil
		})
		info, err := os.Stat(log)
		require.NoError(t, err)
		sizes = append(sizes, int(info.Size()))
	}
	dice := rand.New(rand.NewPCG(1, 1))
	for i := 1; i < len(sizes); i++ {
		for _, cut := range []int{sizes[i], sizes[i] - 1, sizes[i-1] + 1 + dice.IntN(sizes[i]-sizes[i-1]-1)} {
			image := w.copyOf(t)
			require.NoError(t, os.Truncate(filepath.Join(image.dir, stateFile+"-wal"), int64(cut)))
			requireRevision(t, image, firstRev+i-1, cut == sizes[i])
		}
	}
}

// firstRev is above every revision that a conversation of these tests begins with.
const firstRev = 100

// requireRevision: both chats are at the revision before, or at the next where that is
// whole.
func requireRevision(t *testing.T, image *world, before int, whole bool) {
	t.Helper()
	want := before
	if whole {
		want++
	}
	s := image.open(t)
	defer s.Close()
	for n := range 2 {
		c, ok := load(t, s, chat(n), noon)
		if want == firstRev {
			require.Less(t, c.Session.Rev, firstRev, "none of them is there")
			continue
		}
		require.True(t, ok)
		require.Equal(t, want, c.Session.Rev)
	}
}

// TestFlippedBits: a file with one byte changed opens, or is refused as damaged and kept;
// it never brings the program down.
func TestFlippedBits(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	for i := range 30 {
		do(t, s, turn(chat(i), "telegram:"+itoa(i)))
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	require.NoError(t, s.Close())
	dice, refused := rand.New(rand.NewPCG(2, 2)), 0
	for range 120 {
		image := w.copyOf(t)
		name := []string{stateFile, statsFile}[dice.IntN(2)]
		path := filepath.Join(image.dir, name)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		at := dice.IntN(len(content))
		if dice.IntN(2) == 0 {
			at = dice.IntN(100) // the header
		}
		content[at] ^= 1 << dice.IntN(8)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		if err := image.serveOnce(t); err != nil {
			refused++
			kept, readErr := os.ReadFile(path)
			require.NoError(t, readErr)
			assert.Len(t, kept, len(content), "a damaged file is kept")
		}
	}
	t.Logf("%d of 120 refused", refused)
	assert.Positive(t, refused)
}

// serveOnce opens, lets one chat have a turn and sweeps.
func (w *world) serveOnce(t *testing.T) error {
	t.Helper()
	s, err := Open(context.Background(), w.dir, w.key, Options{Region: w.region})
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Apply(context.Background(), []func(flows.Tx) error{turn(chat(3), "telegram:again")})
	if err != nil {
		return err
	}
	if _, err = s.HandOver(context.Background(), noon); err != nil {
		return err
	}
	_, err = s.Sweep(context.Background(), noon.AddDate(0, 1, 0))
	return err
}
