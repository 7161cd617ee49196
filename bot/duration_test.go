package bot_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store/memdir"
)

// durations records how long each staged outcome took; those that replace another have none.
type durations struct {
	bot.Tx
	taken *[]string
}

func (d durations) Stage(chat bot.Chat, o flows.Outcome, now time.Time) error {
	*d.taken = append(*d.taken, o.Duration)
	return d.Tx.Stage(chat, o, now)
}

// durationStore lets a test read what is staged.
type durationStore struct {
	bot.Store
	taken []string
}

func (s *durationStore) Apply(ctx context.Context, works []bot.Work) ([]error, error) {
	for i, work := range works {
		works[i].Do = func(tx bot.Tx) error { return work.Do(durations{tx, &s.taken}) }
	}
	return s.Store.Apply(ctx, works)
}

// newDurationHarness counts with a clock that the test advances.
func newDurationHarness(t *testing.T, dir string, clock *fakeClock) (*hastyHarness, *durationStore) {
	store := &durationStore{}
	w := &hastyHarness{clock: clock, recorded: &recorder{}}
	w.harness = openHarness(t, dir, w.recorded.listen, func(o *bot.Options) {
		o.Clock = clock
		store.Store, o.Store = o.Store, store
	})
	return w, store
}

func TestDurations(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	for name, c := range map[string]struct {
		things []any
		want   []string // of each time that an outcome was staged
	}{
		"at once":                              {[]any{"one", "finish"}, []string{"0-3min"}},
		"a second less than four minutes":      {[]any{"one", 4*m - time.Second, "finish"}, []string{"0-3min"}},
		"four minutes":                         {[]any{"one", m, "two", 3 * m, "finish"}, []string{"4-7min"}},
		"eight minutes":                        {[]any{"one", 8 * m, "finish"}, []string{"8-14min"}},
		"a quarter of an hour":                 {[]any{"one", 15 * m, "finish"}, []string{"15+min"}},
		"nearly a day":                         {[]any{"one", 24*time.Hour - time.Second, "finish"}, []string{"15+min"}},
		"a night in between, then quickly":     {[]any{"one", 24 * time.Hour, "two", "finish"}, []string{"day"}},
		"looking around is no answer":          {[]any{"look", time.Hour, "one", m, "finish"}, []string{"0-3min"}},
		"from the first answer, not the start": {[]any{"begin", time.Hour, "first", 5 * m, "finish"}, []string{"4-7min"}},
		"an answer changed after the result":   {[]any{"one", 5 * m, "finish", time.Hour, "finish"}, []string{"4-7min", ""}},
		"begun again":                          {[]any{"one", time.Hour, "restart", 2 * m, "two", 5 * m, "finish"}, []string{"4-7min"}},
		"begun again after the result":         {[]any{"one", 9 * m, "finish", time.Hour, "restart", "one", m, "finish"}, []string{"8-14min", "0-3min"}},
		"the clock set back":                   {[]any{"one", 5 * m, "two", -3 * m, "finish"}, []string{""}},
		"set back to before it began":          {[]any{"one", -time.Hour, "finish"}, []string{""}},
		"set back, and right again":            {[]any{"one", 5 * m, "two", -3 * m, "three", 3 * m, "finish"}, []string{""}},
		"another machine is a second behind":   {[]any{"one", 5 * m, "two", -time.Second, "finish"}, []string{"4-7min"}},
		"a second behind right after it began": {[]any{"one", -time.Second, "finish"}, []string{"0-3min"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				clock := &fakeClock{}
				clock.set(noon)
				w, store := newDurationHarness(t, memdir.New(t), clock)
				defer w.stop()
				w.does("a", c.things...)
				require.Equal(t, c.want, store.taken)
			})
		})
	}
}

// TestDurationThroughARestart: it counts from the first answer, whichever program took it.
func TestDurationThroughARestart(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		dir, clock := memdir.New(t), &fakeClock{}
		clock.set(noon)
		w, _ := newDurationHarness(t, dir, clock)
		w.does("a", "one", 6*time.Minute)
		w.stop()
		w, store := newDurationHarness(t, dir, clock)
		defer w.stop()
		w.keys = 100
		w.does("a", "two", 3*time.Minute, "finish")
		require.Equal(t, []string{"8-14min"}, store.taken)
	})
}

// TestDurationThroughAClockJump: a clock that is wrong for some hours in the middle of a run
// changes nothing.
func TestDurationThroughAClockJump(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{decade, -decade, day, 3 * time.Hour, -3 * time.Hour} {
		for _, after := range []int{0, 1, 2} { // answers before it
			t.Run(fmt.Sprintf("%s after %d", jump, after), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					truth := &fakeClock{}
					truth.set(noon)
					w, store := newDurationHarness(t, memdir.New(t), truth)
					defer w.stop()
					w.harness.clock.Now()
					truth.shift.Add(int64(30 * time.Minute)) // long after the start, at which jumps are followed
					w.harness.clock.Now()
					for i, text := range []string{"one", "two", "three"} {
						if i == after {
							truth.setWrong(jump)
						}
						w.does("a", text, 2*time.Minute)
					}
					truth.setWrong(0)
					w.does("a", "finish")
					require.Equal(t, []string{"4-7min"}, store.taken)
				})
			})
		}
	}
}
