package store

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// step is one thing that happens from outside, and comes again after a crash: every
// turn has a mark, the night jobs are run every night.
type step func(t *testing.T, s *Store)

func once(key string, work func(flows.Tx) error) step {
	return func(t *testing.T, s *Store) {
		do(t, s, func(tx flows.Tx) error {
			if seen, err := tx.Seen(key, noon); err != nil || seen {
				return err
			}
			return work(tx)
		})
	}
}

// story is a fortnight in short: two batches, an erasure of one who was staged, one who
// begins again, and one who does not finish.
func story() (steps []step) {
	finish := func(key string, n int) {
		steps = append(steps, once("start:"+key, func(tx flows.Tx) error {
			if err := tx.Tick(flows.TickStarted, "kvk-utrecht", "2026-W47"); err != nil {
				return err
			}
			return tx.Save(chat(n), talk(), noon.AddDate(0, 0, 7))
		}), once("end:"+key, func(tx flows.Tx) error {
			if err := tx.Stage(chat(n), outcome("kvk", "werkplaats-utrecht"), noon); err != nil {
				return err
			}
			if err := tx.Drop(chat(n)); err != nil {
				return err
			}
			return tx.Freeze(chat(n))
		}))
	}
	night := func(t *testing.T, s *Store) { handOver(t, s, noon) }
	for _, n := range []int{1, 2, 3, 4, 5} {
		finish(itoa(n), n)
	}
	steps = append(steps, once("erase", func(tx flows.Tx) error { return tx.Erase(chat(5)) }), night)
	finish("6", 6)
	finish("1 again", 1)
	steps = append(steps, night)
	for _, n := range []int{11, 12, 13, 14, 15, 16} {
		finish(itoa(n), n)
	}
	steps = append(steps,
		once("unfinished", func(tx flows.Tx) error { return tx.Save(chat(99), talk(), noon) }),
		func(t *testing.T, s *Store) { _, err := s.Sweep(context.Background(), noon); require.NoError(t, err) },
		night)
	return steps
}

// ending is what the story comes to, however often it was interrupted.
func ending(t *testing.T, s *Store) {
	t.Helper()
	assert.Equal(t, map[string]int{
		"2026-W47/started/": 13, "2026-W47/partner/kvk-utrecht": 13, "2026-W47/stopped/ai_use": 1,
		"2026-W47/completed/": 11, "2026-W47/target/": 11, "2026-W47/mention/mijn-digitale-zaak": 11,
		"2026-W47/referral/kvk": 11, "2026-W47/referral/werkplaats-utrecht": 11,
		"2026-W47/repeat/": 1, "2026-W47/repeat_mention/mijn-digitale-zaak": 1,
		"2026-W47/repeat_referral/kvk": 1, "2026-W47/repeat_referral/werkplaats-utrecht": 1,
	}, counters(t, s))
	assert.Equal(t, 11, number(t, s.stats, "SELECT count(*) FROM outcome"))
	assert.Equal(t, 11, number(t, s.stats, "SELECT sum(n) FROM batch"))
	assert.Zero(t, number(t, s.state, "SELECT (SELECT count(*) FROM staged) + (SELECT count(*) FROM tick) + (SELECT count(*) FROM session)"))
	assert.Zero(t, number(t, s.stats, "SELECT count(*) FROM pragma_foreign_key_check"))
}

// TestACrashAnywhereNeitherLosesNorDoubles stops at every boundary of every commit, and
// lets the world begin again from the files as they were: all that was not acknowledged
// comes again, and what was acknowledged too.
func TestACrashAnywhereNeitherLosesNorDoubles(t *testing.T) {
	type image struct {
		point string
		step  int
		world *world
	}
	var images []image
	w := newWorld(t)
	at := 0
	s := w.open(t, func(point string) { images = append(images, image{point, at, w.copyOf(t)}) })
	steps := story()
	for i, step := range steps {
		at = i
		step(t, s)
	}
	ending(t, s)
	points := map[string]int{}
	for _, crash := range images {
		points[crash.point]++
		s := crash.world.open(t)
		redo(t, s, steps, crash.step, crash.point)
		require.NoError(t, s.Close())
	}
	for _, point := range []string{
		"apply: before commit", "apply: committed", "apply: scrubbed", "sweep: committed",
		"hand-over: stamped", "hand-over: entered", "hand-over: cleared", "hand-over: scrubbed",
	} {
		assert.Positive(t, points[point], "no crash at "+point)
	}
	t.Logf("%d crashes: %v", len(images), points)
}

// redo goes on after a crash during a step: the updates of the last day come again.
func redo(t *testing.T, s *Store, steps []step, from int, point string) {
	t.Helper()
	t.Run(point, func(t *testing.T) {
		for _, step := range steps[max(0, from-3):] {
			step(t, s)
		}
		ending(t, s)
	})
}

// One who is erased while a hand-over was interrupted must not come back with it.
func TestErasingBetweenStampAndFigures(t *testing.T) {
	var crashed *world
	w := newWorld(t)
	s := w.open(t, func(point string) {
		if point == "hand-over: stamped" {
			crashed = w.copyOf(t)
		}
	})
	for i := 1; i <= 5; i++ {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	require.NotNil(t, crashed)
	s = crashed.open(t)
	do(t, s, func(tx flows.Tx) error { return tx.Erase(chat(1)) })
	assert.Zero(t, handOver(t, s, noon))
	assert.Empty(t, counters(t, s))
	assert.Len(t, staged(t, s), 4)
}
