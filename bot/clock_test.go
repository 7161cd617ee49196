package bot_test

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/memdir"
)

// decade is a jump that an empty battery or a typing error may cause.
const decade = 10 * 365 * day

// jumps are ways in which a clock is wrong for an hour. The first two are small: they are
// followed, and harmless.
var jumps = map[string]func(d *fakeClock){
	"an hour back":  func(d *fakeClock) { d.setWrong(-time.Hour) },
	"an hour ahead": func(d *fakeClock) { d.setWrong(time.Hour) },
	"a day back":    func(d *fakeClock) { d.setWrong(-day) },
	"a day ahead":   func(d *fakeClock) { d.setWrong(day) },
	"ten years":     func(d *fakeClock) { d.setWrong(decade) },
	"1970":          func(d *fakeClock) { d.setWrong(time.Unix(0, 0).Sub(d.truth())) },
	"stuck":         func(d *fakeClock) { d.stuck.Store(d.truth().UnixNano()) },
}

// TestClockJumpsChangeNothing plays the script with a clock that is wrong for an hour, at some points of it,
// another one for each kind of jump, while people continue. The final state equals that of a run with a correct clock.
func TestClockJumpsChangeNothing(t *testing.T) {
	t.Parallel()
	straight := jumpRun(t, -1, nil)
	points := 1
	if *everyPoint {
		points = 20
	}
	for n, name := range slices.Sorted(maps.Keys(jumps)) {
		t.Run(name, func(t *testing.T) {
			for k := range points {
				events := len(referenceScript())
				at := k * events / points
				if points == 1 {
					at = n * events / len(jumps)
				}
				got := jumpRun(t, at, jumps[name])
				require.Equal(t, straight.figures, got.figures, "at event %d", at)
				require.Equal(t, straight.got, got.got, "at event %d", at)
				require.Equal(t, straight.rows, got.rows, "at event %d", at)
			}
		})
	}
}

// jumpResult is the result of a run.
type jumpResult struct {
	scriptResult
	rows map[string]int // of the figures
}

// jumpRun plays the script; from event number at the clock is wrong for an hour.
func jumpRun(t *testing.T, at int, jump func(*fakeClock)) (l jumpResult) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		for n := 2; n <= 9; n++ {
			if n != 7 {
				w.resumeAt(personID(n), "help_wanted")
			}
		}
		w.settle(time.Minute)
		events := referenceScript()
		w.before = func(i int) {
			if i == at {
				jump(w.clock)
				w.settle(30 * time.Minute)
			}
			if events[i].wait > 0 {
				w.setRight()
			}
			w.requireShortRetention()
		}
		w.after = func(i int) {
			if i > at {
				w.setRight()
			}
		}
		w.play(events)
		w.same()
		w.requireDeduplicated()
		w.requireAdviceCounted()
		require.Empty(t, w.channel.unexpected)
		l.figures, l.got = w.figures("2026-W40", "2027-W30"), map[string][]string{}
		// The duration of a run cannot be reconstructed.
		byLedger := w.model.figures()
		for _, counts := range []map[string]int{l.figures, byLedger} {
			maps.DeleteFunc(counts, func(name string, _ int) bool {
				return strings.HasSuffix(name, " hasty") || strings.Contains(name, " duration ")
			})
		}
		require.Equal(t, byLedger, l.figures)
		for who, p := range w.channel.phones {
			l.got[who] = p.got
		}
		l.rows = w.tally()
		w.end()
		w.rows.requireSound()
	})
	return l
}

// setRight corrects a wrong clock, half an hour from now.
func (w *world) setRight() {
	if w.clock.wrong.Load() == 0 && w.clock.stuck.Load() == 0 {
		return
	}
	w.settle(30 * time.Minute)
	w.clock.setWrong(0)
	w.clock.stuck.Store(0)
	w.settle(90 * time.Second)
}

// tally counts the rows of the figures.
func (w *world) tally() map[string]int {
	w.t.Helper()
	rows := map[string]int{}
	for _, table := range []string{"outcome", "outcome_referral", "followup_result"} {
		n := 0
		require.NoError(w.t, w.query("stats.db", "SELECT count(*) FROM "+table, &n))
		rows[table] = n
	}
	return rows
}

// requireShortRetention: no conversation is kept for longer than eight days from now.
func (w *world) requireShortRetention() {
	w.t.Helper()
	last := int64(0)
	require.NoError(w.t, w.query("state.db", "SELECT coalesce(max(hour), 0) FROM session", &last))
	require.LessOrEqual(w.t, time.Duration(last)*time.Hour, time.Duration(w.clock.truth().Add(8*day).UnixNano()))
}

// TestJobsOnDaysOfDST: each job runs at its hour in the Netherlands, once, on the days
// around the night in which an hour comes twice or not at all.
func TestJobsOnDaysOfDST(t *testing.T) {
	t.Parallel()
	for saturday, digest := range map[string]string{"2026-10-24": "2026-W43", "2027-03-27": "2027-W12"} {
		inBubble(t, func(t *testing.T) {
			at, err := time.Parse(time.DateOnly, saturday)
			require.NoError(t, err)
			sent, jobs := &recordingChannel{}, &recordedJobs{}
			h := openHarness(t, memdir.New(t), func(o *bot.Options) {
				o.Clock = bot.ClockFrom(at.Add(20 * time.Hour))
				jobs.Store = o.Store
				o.Store, o.Channels = jobs, []bot.Channel{&digestChannel{sent, ""}}
			})
			defer h.stop()
			settled()
			h.subscribe("a", true)
			pass(3 * day)
			var nights []string
			for _, moment := range jobs.moments {
				nights = append(nights, moment.In(nl(t)).Format("Mon 15:04"))
			}
			require.Equal(t, []string{"Sun 03:10", "Mon 00:05", "Mon 03:10", "Tue 03:10"}, nights[1:], "after the one at the start")
			require.Equal(t, []string{"done", "digest " + digest}, sent.texts("a"))
			for _, m := range sent.all()[1:] {
				came := at.Add(20 * time.Hour).Add(m.at.Sub(bubbleBegin)).In(nl(t))
				require.Equal(t, "Mon 08:00", came.Truncate(time.Minute).Format("Mon 15:04"))
			}
		})
	}
}

func nl(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	return zone
}

// TestClockJumpIsFollowedAfterADay, and at once where it is small, is reverted, or comes
// shortly after the start.
func TestClockJumpIsFollowedAfterADay(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		clock := &fakeClock{}
		clock.set(noon)
		h := openHarness(t, memdir.New(t), func(o *bot.Options) { o.Clock = clock })
		defer h.stop()
		off := func() time.Duration { return h.clock.Now().Sub(clock.truth()).Round(10 * time.Minute) } // looks are a minute apart
		clock.setWrong(decade)
		pass(time.Minute)
		require.Equal(t, decade, off(), "machines set their clock when they begin")
		clock.setWrong(0)
		pass(20 * time.Minute)
		require.Zero(t, off())
		for _, by := range []time.Duration{-day, decade, 2 * time.Hour} {
			clock.setWrong(by)
			pass(5 * time.Minute)
			clock.setWrong(0)
			pass(5 * time.Minute)
			require.Zero(t, off())
			clock.setWrong(by)
			pass(23 * time.Hour)
			require.Zero(t, off())
			clock.setWrong(0)
			pass(time.Minute)
			require.Zero(t, off(), "right again")
		}
		clock.setWrong(time.Hour)
		pass(time.Minute)
		require.Equal(t, time.Hour, off())
		clock.setWrong(0)
		pass(time.Minute)
		clock.setWrong(-30 * day)
		pass(25 * time.Hour)
		require.Equal(t, -30*day, off(), "it stays like this")
	})
}

// manualClock shows the time that a test sets.
type manualClock struct {
	bot.SystemClock
	now time.Time
}

func (c *manualClock) Now() time.Time { return c.now }

// TestCorrectedClockIsFollowedExactly: the time that passed between two readings is not
// mistaken for a part of the jump.
func TestCorrectedClockIsFollowedExactly(t *testing.T) {
	t.Parallel()
	clock := &manualClock{now: noon}
	guard := bot.GuardClock(clock, slog.New(slog.DiscardHandler))
	guard.Now()
	clock.now = noon.Add(time.Hour)
	guard.Now()
	clock.now = noon.Add(day + 61*time.Minute)
	require.Equal(t, noon.Add(time.Hour), guard.Now())
	clock.now = noon.Add(62 * time.Minute)
	require.Equal(t, clock.now, guard.Now())
}
