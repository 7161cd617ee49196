package store

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store/figures"
)

// moved is a transition since an earlier half-year than that of noon.
var moved = flows.Transition{Since: "2026H1", Then: "vulnerable", Now: "leading", Up: 3, Down: 1}

func giveCode(t *testing.T, s *Store, n int, moved flows.Transition, now time.Time) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.Transition(chat(n), moved, now) }, chat(n))
}

func stage(t *testing.T, s *Store, n int, now time.Time) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(n), outcome("kvk"), now) }, chat(n))
}

func freeze(t *testing.T, s *Store, n int) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.Freeze(chat(n)) }, chat(n))
}

func transitionCount(t *testing.T, s *Store) int { return rowCount(t, state(s), "transition") }

// TestTransitionIsCountedOnce: with a newly counted completion, since an earlier half-year.
func TestTransitionIsCountedOnce(t *testing.T) {
	s := newHarness(t).open(t)
	giveCode(t, s, 1, moved, noon)
	assert.Zero(t, transitionCount(t, s), "before the result it is nothing")
	stage(t, s, 1, noon)
	same := moved
	same.Since = "2026H2"
	giveCode(t, s, 1, same, noon.AddDate(0, 2, 0))
	assert.Zero(t, transitionCount(t, s), "the half-year of the result counts, not that of the day")
	giveCode(t, s, 1, moved, noon)
	assert.Equal(t, 1, transitionCount(t, s))
	giveCode(t, s, 1, moved, noon)
	stage(t, s, 1, noon) // an answer changed
	giveCode(t, s, 1, moved, noon)
	assert.Equal(t, 1, transitionCount(t, s))

	freeze(t, s, 1)
	giveCode(t, s, 1, moved, noon)
	stage(t, s, 1, noon)
	giveCode(t, s, 1, moved, noon)
	assert.Equal(t, 1, transitionCount(t, s), "a repeat adds none")
	do(t, s, func(tx bot.Tx) error { return tx.Known(chat(2), noon) }, chat(2))
	stage(t, s, 2, noon)
	giveCode(t, s, 2, moved, noon)
	assert.Equal(t, 1, transitionCount(t, s), "nor does one who was counted elsewhere")

	freeze(t, s, 1)
	later := noon.AddDate(0, 6, 0)
	stage(t, s, 1, later)
	giveCode(t, s, 1, moved, later)
	assert.Equal(t, 2, transitionCount(t, s), "the next half-year adds one")
	do(t, s, func(tx bot.Tx) error { return tx.Erase(chat(1)) }, chat(1))
	assert.Zero(t, transitionCount(t, s))
}

// TestTransitionsAreHandedOverInFives, linked to nothing; what waits too long leaves no row.
func TestTransitionsAreHandedOverInFives(t *testing.T) {
	s := newHarness(t).open(t)
	ctx := context.Background()
	for n := 1; n <= 4; n++ {
		stage(t, s, n, noon)
		giveCode(t, s, n, moved, noon)
	}
	handOver(t, s, noon)
	assert.Equal(t, 4, transitionCount(t, s))
	f := &Figures{rows: s.rows, envelope: s.envelope()}
	waiting, err := f.Waiting(ctx, "2026Q4")
	require.NoError(t, err)
	assert.Equal(t, 4+4, *waiting, "outcomes and transitions")
	stage(t, s, 5, noon)
	giveCode(t, s, 5, moved, noon)
	handOver(t, s, noon)
	assert.Zero(t, transitionCount(t, s))
	rows, err := f.Transitions(ctx, "2026Q4")
	require.NoError(t, err)
	require.Len(t, rows, 5)
	for _, row := range rows {
		assert.Equal(t, figures.Transition{Key: row.Key, Then: "vulnerable", Now: "leading", Up: 3, Down: 1}, row)
		assert.NotZero(t, row.Key)
	}
	handOver(t, s, noon)
	rows, _ = f.Transitions(ctx, "2026Q4")
	assert.Len(t, rows, 5)

	stage(t, s, 6, noon)
	giveCode(t, s, 6, moved, noon)
	handOver(t, s, noon.AddDate(0, 0, waitDays-1))
	assert.Equal(t, 1, transitionCount(t, s))
	handOver(t, s, noon.AddDate(0, 0, waitDays))
	assert.Zero(t, transitionCount(t, s))
	rows, _ = f.Transitions(ctx, "2026Q4")
	assert.Len(t, rows, 5)
	assert.Equal(t, 6, queryInt(t, stats(s), "SELECT sum(n) FROM transition_batch"))
}

// TestTransitionsSurviveEveryCrash: a hand-over that stops anywhere loses none and adds none
// twice.
func TestTransitionsSurviveEveryCrash(t *testing.T) {
	for _, point := range []string{"transitions: stamped", "transitions: entered", "transitions: cleared"} {
		h := newHarness(t)
		s := h.open(t, func(at string) {
			if at == point {
				panic("crash")
			}
		})
		for n := 1; n <= 5; n++ {
			stage(t, s, n, noon)
			giveCode(t, s, n, moved, noon)
		}
		assert.Panics(t, func() { _, _ = s.HandOver(context.Background(), noon) }, point)
		s.mu.TryLock() // whether or not the panic left it locked
		s.mu.Unlock()
		require.NoError(t, s.Close())
		s = h.open(t)
		handOver(t, s, noon)
		assert.Zero(t, transitionCount(t, s), point)
		rows, err := (&Figures{rows: s.rows, envelope: s.envelope()}).Transitions(context.Background(), "2026Q4")
		require.NoError(t, err)
		assert.Len(t, rows, 5, point)
	}
}
