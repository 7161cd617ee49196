package store

import (
	"context"
	"digiwijzer/bot"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestATimeIsBelievedWhenItIsSeenTwice: each step is so many hours after the first, and
// then so many hours are believed.
func TestATimeIsBelievedWhenItIsSeenTwice(t *testing.T) {
	const decade = 10 * 365 * 24
	for name, c := range map[string]struct {
		sure  int
		steps [][2]int
	}{
		"runs on":             {0, [][2]int{{1, 1}, {2, 2}, {8, 8}, {14, 14}}},
		"leaps and is set":    {0, [][2]int{{1, 1}, {decade, 1}, {decade + 1, 1}, {3, 3}}},
		"leaps and runs on":   {1, [][2]int{{decade, 1}, {decade + 6, 1}, {decade + 12, 1}, {decade + 18, 1}, {decade + 23, 1}, {decade + 24, decade + 24}, {decade + 25, decade + 25}}},
		"leaps twice":         {0, [][2]int{{1, 1}, {48, 1}, {decade, 48}, {50, 50}}},
		"leaps in a day":      {0, [][2]int{{1, 1}, {12, 1}, {20, 1}, {37, 12}, {38, 12}}},
		"goes back, is set":   {1000, [][2]int{{0, 0}, {1, 1}, {1001, 1001}}},
		"goes back, stays":    {1000, [][2]int{{1, 1}, {7, 7}, {13, 13}, {19, 19}, {25, 25}, {26, 26}, {1027, 26}}},
		"forward, back, both": {100, [][2]int{{decade, 100}, {2, 2}, {decade, 2}, {101, 2}, {102, 2}, {126, 102}}},
		"seldom on":           {0, [][2]int{{8, 0}, {24, 0}, {48, 8}, {72, 48}}},
	} {
		s := sightings{Sure: noon.Add(time.Duration(c.sure) * time.Hour).Unix()}
		for i, step := range c.steps {
			now := noon.Add(time.Duration(step[0]) * time.Hour)
			s = s.look(now.Unix())
			cut := min(s.Sure, now.Unix())
			assert.Equal(t, step[1], int(time.Unix(cut, 0).Sub(noon)/time.Hour), "%s, step %d: %+v", name, i, s)
		}
	}
	first := sightings{}.look(noon.Unix())
	assert.False(t, first.believed(), "the first word is not believed")
	assert.Equal(t, noon, sightings{}.until(noon))
	assert.Less(t, first.until(noon).Unix(), noon.AddDate(-1, 0, 0).Unix())
	second := first.look(noon.Add(trial).Unix())
	assert.True(t, noon.Add(leap).Equal(second.until(noon.Add(trial))))
}

// sweepAll sweeps as the desk does, without trust in the clock.
func sweepAll(t *testing.T, s *Store, moments ...time.Time) {
	t.Helper()
	for _, now := range moments {
		_, err := s.Sweep(context.Background(), now)
		require.NoError(t, err)
	}
}

// TestAClockThatLeapsForgetsNothing: who was counted stays counted, an update is
// recognised, a conversation goes on; also when the program starts anew meanwhile, and
// when the first thing it ever hears is the wrong time.
func TestAClockThatLeapsForgetsNothing(t *testing.T) {
	for name, wrong := range map[string]time.Time{
		"ten years on": noon.AddDate(10, 0, 0), "a day on": noon.AddDate(0, 0, 1), "1970": time.Unix(0, 0), "a month back": noon.AddDate(0, -1, 0),
	} {
		for _, before := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t)
				s := w.open(t)
				do(t, s, turn(chat(1), "telegram:1"))
				do(t, s, func(tx bot.Tx) error { return tx.Park("telegram:9", "panic", noon) })
				save(t, s, chat(2), talk(), noon.Add(24*time.Hour))
				finish(t, s, chat(3), noon, "kvk")
				if before {
					sweepAll(t, s, noon)
				}
				sweepAll(t, s, wrong, wrong.Add(30*time.Minute))
				require.NoError(t, s.Close())
				s = w.open(t)
				sweepAll(t, s, wrong.Add(time.Hour))
				_, ok := load(t, s, chat(2), wrong.Add(time.Hour))
				assert.True(t, ok)
				assert.Zero(t, handOver(t, s, wrong.Add(time.Hour)), "one alone must wait")

				later := noon.Add(time.Hour)
				sweepAll(t, s, later)
				_, ok = load(t, s, chat(2), later)
				assert.True(t, ok)
				do(t, s, turn(chat(1), "telegram:1"))
				assert.Equal(t, 1, rev(t, s, chat(1)))
				finish(t, s, chat(3), later, "kvk")
				repeats := 0
				for _, o := range staged(t, s) {
					if o.Repeat {
						repeats++
					}
				}
				assert.Equal(t, 1, repeats, "counted once")
				assert.Equal(t, 1, number(t, s.state, "SELECT count(*) FROM parked"))
			})
		}
	}
}

// TestAShortKeepIsShortUnderADoubtedClock: after the machine was off for a while the clock
// is doubted for a day, and a counter must still be clean after ten minutes.
func TestAShortKeepIsShortUnderADoubtedClock(t *testing.T) {
	s := newWorld(t).open(t)
	for _, now := range []time.Time{noon, noon.AddDate(0, 1, 0)} {
		sweepAll(t, s, now)
		require.False(t, s.sightings.believed())
		do(t, s, func(tx bot.Tx) error {
			if _, _, err := tx.Conversation(chat(1), now); err != nil {
				return err
			}
			return tx.Save(chat(1), talk(), now.Add(10*time.Minute))
		})
		_, ok := load(t, s, chat(1), now.Add(9*time.Minute))
		assert.True(t, ok)
		_, ok = load(t, s, chat(1), now.Add(11*time.Minute))
		assert.False(t, ok)
	}
}

// TestWhatWasStoredAheadIsBroughtBack: a clock that was ahead leaves nothing for years.
func TestWhatWasStoredAheadIsBroughtBack(t *testing.T) {
	s := newWorld(t).open(t)
	sweepAll(t, s, noon, noon.Add(25*time.Hour), noon.Add(26*time.Hour)) // not on in between
	sweepAll(t, s, noon.Add(31*time.Hour), noon.Add(36*time.Hour), noon.Add(41*time.Hour), noon.Add(46*time.Hour), noon.Add(50*time.Hour))
	require.True(t, s.sightings.believed())
	wrong, now := noon.AddDate(10, 0, 0), noon.Add(51*time.Hour)
	save(t, s, chat(1), talk(), wrong.Add(longestSession))
	save(t, s, chat(2), talk(), now.Add(longestSession-time.Hour))
	do(t, s, func(tx bot.Tx) error {
		for _, step := range []error{
			tx.FollowUp(chat(1), wrong.AddDate(0, 0, 45), "1"), tx.FollowUp(chat(2), now.AddDate(0, 0, 55), "1"),
			tx.Park("telegram:9", "panic", wrong), tx.Known(chat(1), wrong),
		} {
			if step != nil {
				return step
			}
		}
		_, err := tx.Seen("telegram:8", wrong)
		return err
	})
	sweepAll(t, s, now)
	for moment, want := range map[time.Time]bool{now.Add(longestSession - time.Second): true, now.Add(longestSession): false} {
		c := s.tx(context.Background())
		stored, ok, err := c.session(s.vault.chat(chat(1)))
		require.NoError(t, err)
		require.True(t, ok)
		assert.Equal(t, want, stored.Expires > moment.Unix())
	}
	assert.Equal(t, 2, number(t, s.state, "SELECT count(*) FROM followup WHERE day <= ?", now.AddDate(0, 0, 56).Format(time.DateOnly)))
	assert.Equal(t, 1, number(t, s.state, "SELECT count(*) FROM followup WHERE day = ?", now.AddDate(0, 0, 55).Format(time.DateOnly)), "and no other")
	assert.Equal(t, 1, number(t, s.state, "SELECT count(*) FROM counted WHERE period = '2026H2'"))
	assert.Equal(t, 2, number(t, s.state, "SELECT (SELECT count(*) FROM seen WHERE day <= ?) + (SELECT count(*) FROM parked)", dayNumber(now)))
	sweep(t, s, now.Add(longestSession))
	assert.Zero(t, number(t, s.state, "SELECT count(*) FROM session"))
}
