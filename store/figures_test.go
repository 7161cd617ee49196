package store

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/sqlite"
)

var weeks46to48 = figures.Period{From: "2026-W46", To: "2026-W48"}

func (h *harness) report(t *testing.T, key *Key) figures.Weekly {
	t.Helper()
	f, err := OpenFigures(context.Background(), h.dir, key)
	require.NoError(t, err)
	defer f.Close()
	return weekly(t, f, weeks46to48, "kvk", "slim")
}

// weekly reads the exact counts of a period.
func weekly(t testing.TB, f *Figures, p figures.Period, initiatives ...string) figures.Weekly {
	t.Helper()
	s, err := f.Snapshot(context.Background(), p)
	require.NoError(t, err)
	w, err := figures.NewWeekly(p, initiatives, s)
	require.NoError(t, err)
	return w
}

func TestReportIncludesPending(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for i := 1; i <= 5; i++ {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	finish(t, s, chat(6), noon, "kvk") // frozen
	finish(t, s, chat(6), noon, "kvk") // a repeat
	do(t, s, func(tx bot.Tx) error {
		return tx.Stage(chat(7), outcome("werkplaats-utrecht"), noon.AddDate(0, 0, 7))
	}, chat(7)) // not frozen
	finish(t, s, chat(8), noon.AddDate(0, 0, 14), "kvk") // after the period
	tick(t, s, bot.TickStarted, "kvk-utrecht", "2026-W46")

	r := h.report(t, h.key)
	require.Len(t, r.Weeks, 3)
	assert.Equal(t, 1, r.Weeks[0].Started)
	assert.Equal(t, 6, r.Weeks[1].Completed)
	assert.Equal(t, 1, r.Weeks[1].Repeat)
	assert.Equal(t, map[string]int{"kvk": 6, "slim": 0}, r.Weeks[1].Referrals)
	assert.Equal(t, 1, r.Weeks[1].RepeatReferrals["kvk"])
	assert.Equal(t, 1, r.Weeks[2].Completed)
	assert.Equal(t, 7, r.Totals.Completed)
	assert.Equal(t, map[string]int{"kvk": 6, "slim": 0, "werkplaats-utrecht": 1}, r.Totals.Referrals)
	assert.Equal(t, map[string]int{"kvk-utrecht": 1}, r.Totals.Partners)
	require.NotNil(t, r.Waiting)
	assert.Equal(t, 3, *r.Waiting)

	without := h.report(t, nil)
	assert.Nil(t, without.Waiting)
	assert.Equal(t, 5, without.Totals.Completed)
	text, err := json.Marshal(without)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"waiting":null`)
}

// At every point of a hand-over, interrupted or not, the report counts everything once.
func TestReportDuringHandOver(t *testing.T) {
	h := newHarness(t)
	moments, staged := 0, false
	check := func(string) {
		if moments++; staged {
			r := h.report(t, h.key)
			assert.Equal(t, 6, r.Totals.Completed)
			assert.Equal(t, 6, r.Totals.Started)
			assert.Equal(t, 6, r.Totals.Referrals["kvk"])
		}
	}
	s := h.open(t, check)
	for i := 1; i <= 6; i++ {
		do(t, s, func(tx bot.Tx) error {
			if err := tx.Tick(bot.TickStarted, "", "2026-W47"); err != nil {
				return err
			}
			return tx.Stage(chat(i), outcome("kvk"), noon)
		}, chat(i))
	}
	staged = true
	for i := 1; i <= 5; i++ {
		do(t, s, func(tx bot.Tx) error { return tx.Freeze(chat(i)) }, chat(i))
	}
	assert.Equal(t, 5, handOver(t, s, noon))
	assert.Greater(t, moments, 25)
}

// interruptedRows calls a function once, after the state was read.
type interruptedRows struct {
	engine.Rows
	after func()
}

func (r *interruptedRows) View(ctx context.Context, do func(engine.State) error) error {
	err := r.Rows.View(ctx, do)
	if after := r.after; after != nil {
		r.after = nil
		after()
	}
	return err
}

func TestHandOverDuringReportIsCountedOnce(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for i := 1; i <= 5; i++ {
		finish(t, s, chat(i), noon, "kvk")
	}
	reader, err := sqlite.OpenReader(t.Context(), h.dir, true)
	require.NoError(t, err)
	rows := &interruptedRows{Rows: reader}
	f, err := NewFigures(t.Context(), rows, h.key)
	require.NoError(t, err)
	defer f.Close()
	rows.after = func() { assert.Equal(t, 5, handOver(t, s, noon)) }
	assert.Equal(t, 5, weekly(t, f, weeks46to48).Totals.Completed)
	assert.Nil(t, rows.after)
}

// Reports are read while another process stages and hands over conversations.
func TestReportDuringConcurrentWrites(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	const n = 60
	var done sync.WaitGroup
	stop := make(chan struct{})
	done.Go(func() {
		defer close(stop)
		for i := range n {
			finish(t, s, chat(i), noon, "kvk")
			if i%7 == 6 {
				handOver(t, s, noon)
			}
		}
	})
	last := 0
	for running := true; running; {
		select {
		case <-stop:
			running = false
		default:
		}
		r := h.report(t, h.key)
		assert.GreaterOrEqual(t, r.Totals.Completed, last)
		assert.LessOrEqual(t, r.Totals.Completed, n)
		assert.Equal(t, r.Totals.Completed, r.Totals.Referrals["kvk"])
		last = r.Totals.Completed
	}
	done.Wait()
	assert.Equal(t, n, last)
}

func TestMissingFiles(t *testing.T) {
	h := withoutFolder(t)
	_, err := OpenFigures(context.Background(), h.dir, h.key)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, h.open(t).Close())
	require.NoError(t, os.Remove(filepath.Join(h.dir, sqlite.StateFile)))
	r := h.report(t, h.key)
	require.NotNil(t, r.Waiting)
	assert.Zero(t, *r.Waiting)
}

func TestWeeksUseNetherlandsTime(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	// Sunday evening in summer in UTC is Monday in the Netherlands.
	finish(t, s, chat(1), time.Date(2026, time.July, 5, 22, 30, 0, 0, time.UTC), "kvk")
	// The end of daylight saving time, and week 53.
	finish(t, s, chat(2), time.Date(2026, time.October, 25, 22, 59, 0, 0, time.UTC), "kvk")
	finish(t, s, chat(3), time.Date(2026, time.October, 25, 23, 0, 0, 0, time.UTC), "kvk")
	finish(t, s, chat(4), time.Date(2027, time.January, 3, 12, 0, 0, 0, time.UTC), "kvk")
	var weeks []string
	for _, o := range staged(t, s) {
		weeks = append(weeks, o.value.Week+" "+o.value.Quarter)
	}
	assert.ElementsMatch(t, []string{"2026-W28 2026Q3", "2026-W43 2026Q4", "2026-W44 2026Q4", "2026-W53 2026Q4"}, weeks)
}
