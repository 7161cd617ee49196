package bot_test

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store"
	"digiwijzer/store/memdir"
)

// stopError is the error of a store whose disk is full.
type stopError struct{}

func (stopError) Error() string { return "disk full" }
func (stopError) Stop() bool    { return true }

func TestStorageFaultHaltsTheIntake(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var faults, asked atomic.Int64 // faults to come, transactions asked for
		h := openHarness(t, memdir.New(t), func(o *bot.Options) {
			o.Store = &observedStore{Store: o.Store, fail: func() error {
				asked.Add(1)
				if faults.Add(-1) >= 0 {
					return stopError{}
				}
				return nil
			}}
		})
		defer h.stop()
		h.say("a", "one")
		settled()
		before := asked.Load()
		faults.Store(1)
		lost := h.text("a", "two")
		done := make(chan error, 2)
		h.Submit(lost, func(_ flows.Turn, err error) { done <- err })
		h.Submit(h.text("a", "three"), func(_ flows.Turn, err error) { done <- err })
		settled()
		require.Len(t, done, 2, "everybody is called back")
		var fault *bot.StorageError
		require.ErrorAs(t, <-done, &fault)
		require.True(t, fault.Halt)
		require.ErrorIs(t, <-done, bot.ErrStorage, "nothing overtakes what failed")
		_, err := h.Handle(context.Background(), lost)
		require.ErrorIs(t, err, bot.ErrStorage)
		require.Equal(t, before+1, asked.Load(), "refused without asking the storage again")
		require.False(t, h.Health(context.Background()).Storage.OK)
		pass(6 * time.Second)
		_, err = h.Handle(context.Background(), lost)
		require.NoError(t, err, "the update is delivered again and handled")
		require.Equal(t, []string{"one", "two"}, h.answers("a"))
		require.True(t, h.Health(context.Background()).OK)
		require.Zero(t, h.Counters().Failures, "it is no fault of the update")
	})
}

func TestJobsRunOnTime(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		jobs := &recordedJobs{}
		h := openHarness(t, memdir.New(t), func(o *bot.Options) {
			jobs.Store, jobs.clock = o.Store, o.Clock
			o.Store = jobs
			o.Clock = bot.ClockFrom(time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC)) // Friday 22:00 in the Netherlands
			jobs.clock = o.Clock
		})
		defer h.stop()
		pass(72 * time.Hour)
		require.Equal(t, []string{
			"Fri 22:00", "Sat 03:10", "Sun 03:10", "Mon 00:05", "Mon 03:10",
		}, jobs.handedOver)
		require.Len(t, jobs.swept, 73, "every hour, and at the start")
	})
}

func TestClockSetBackStopsNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		clock := &setClock{Clock: bot.ClockFrom(noon)}
		jobs := &recordedJobs{clock: clock}
		faults := atomic.Int64{}
		h := openHarness(t, memdir.New(t), func(o *bot.Options) {
			jobs.Store, o.Clock = o.Store, clock
			o.Store = &observedStore{Store: jobs, fail: func() error {
				if faults.Add(-1) >= 0 {
					return stopError{}
				}
				return nil
			}}
		})
		defer h.stop()
		pass(time.Hour)
		clock.by.Store(int64(-30 * 24 * time.Hour))
		pass(48 * time.Hour)
		require.Equal(t, []string{"Mon 12:00", "Tue 03:10", "Mon 00:05", "Mon 03:10"}, jobs.handedOver,
			"for a day as if nothing had happened, then by the new time")

		faults.Store(1)
		_, err := h.Handle(context.Background(), h.text("a", "one"))
		require.ErrorIs(t, err, bot.ErrStorage)
		clock.by.Store(int64(-40 * 24 * time.Hour))
		h.say("a", "one") // and the pause after a fault is not stretched
	})
}

// setClock is a clock that a test sets.
type setClock struct {
	bot.Clock
	by atomic.Int64
}

func (c *setClock) Now() time.Time { return c.Clock.Now().Add(time.Duration(c.by.Load())) }

func TestFailedJobIsRetried(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		jobs := &recordedJobs{failures: 3}
		h := openHarness(t, memdir.New(t), func(o *bot.Options) {
			jobs.Store, jobs.clock = o.Store, o.Clock
			o.Store = jobs
		})
		defer h.stop()
		pass(10 * time.Minute)
		require.Len(t, jobs.moments, 1)
		require.Equal(t, 35*time.Second, jobs.moments[0].Sub(noon), "after 5, 10 and 20 seconds")
	})
}

// TestHealthShowsFailedJob: figures that cannot be written show until they can, whatever
// else succeeds meanwhile, and without their content.
func TestHealthShowsFailedJob(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		says string
	}{
		{&store.Error{Where: "entering a batch", Condition: store.Unwritable, Err: errors.New("disk full")}, "hand-over: storage unwritable: entering a batch: disk full"},
		{errors.Join(stopError{}, stopError{}), "hand-over: disk full; disk full"},
		{errors.New("of chat 4711"), "hand-over: failed; see the log"},
	} {
		inBubble(t, func(t *testing.T) {
			jobs := &recordedJobs{failures: 3, err: c.err}
			h := openHarness(t, memdir.New(t), func(o *bot.Options) {
				jobs.Store, jobs.clock = o.Store, o.Clock
				o.Store = jobs
			})
			defer h.stop()
			for _, retry := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second} {
				settled()
				h.say("a", "one")
				status := h.Health(context.Background())
				require.False(t, status.OK)
				require.Equal(t, bot.Part{Problem: c.says}, status.Storage)
				pass(retry)
			}
			require.True(t, h.Health(context.Background()).OK)
		})
	}
}

// recordedJobs records when jobs run.
type recordedJobs struct {
	bot.Store
	clock             bot.Clock
	handedOver, swept []string
	moments           []time.Time // of handedOver
	failures          int
	err               error // of these; nil: any
}

func (j *recordedJobs) HandOver(ctx context.Context, now time.Time) (int, error) {
	if j.failures > 0 {
		j.failures--
		return 0, cmp.Or(j.err, errors.New("not now"))
	}
	j.handedOver = append(j.handedOver, now.In(amsterdam).Format("Mon 15:04"))
	j.moments = append(j.moments, now)
	return j.Store.HandOver(ctx, now)
}

func (j *recordedJobs) Sweep(ctx context.Context, now time.Time) (int, error) {
	j.swept = append(j.swept, now.In(amsterdam).Format("Mon 15:04"))
	return j.Store.Sweep(ctx, now)
}

var amsterdam = time.FixedZone("winter time", 3600)

func TestHealth(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		ask := func() (int, string) {
			status := h.Health(context.Background())
			text, err := json.Marshal(status)
			require.NoError(t, err)
			if status.OK {
				return http.StatusOK, string(text)
			}
			return http.StatusServiceUnavailable, string(text)
		}
		h.say("a", "one")
		h.say("a", "finish")
		settled()
		code, body := ask()
		require.Equal(t, http.StatusOK, code)
		var got map[string]any
		require.NoError(t, json.Unmarshal([]byte(body), &got))
		require.Positive(t, got["free_bytes"])
		require.Positive(t, got["database_bytes"])
		delete(got, "free_bytes")
		delete(got, "database_bytes")
		require.Equal(t, map[string]any{"ok": true, "ready": true, "content": map[string]any{"version": "c1", "since": "2026-11-23T11:00:00Z", "ok": true}, "storage": map[string]any{"ok": true},
			"telegram": map[string]any{"ok": true}, "outbox": map[string]any{"waiting": 0.0, "oldest_seconds": 0.0}, "staged": 1.0, "open": 1.0, "handed_over": "2026-11-23T11:00:00Z"}, got)

		h.ReportContent(errors.New("kvk.toml: no url"))
		code, body = ask()
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Contains(t, body, `"ok":false,"problem":"kvk.toml: no url"}`)
		require.NoError(t, h.Ready(), "an editor's mistake takes no visitors away")
		h.ReportContent(nil)

		h.Report("telegram", "intake", errors.New("getUpdates: connection reset"))
		pass(time.Minute)
		code, _ = ask()
		require.Equal(t, http.StatusOK, code, "one broken poll is no alarm: https://github.com/chenhg5/cc-connect/issues/738")
		h.Report("telegram", "intake", errors.New("getUpdates: conflict"))
		h.Report("telegram", "profile", nil)
		pass(time.Minute)
		code, body = ask()
		require.Equal(t, http.StatusServiceUnavailable, code, "two minutes without a success are")
		require.Contains(t, body, "conflict")
		require.NoError(t, h.Alive(), "nothing that a restart would mend")
		require.NoError(t, h.Ready(), "the site works")
		h.Report("telegram", "intake", nil)

		h.channel.fail = func(string, string, int) error { return errors.New("no route") }
		h.say("a", "two")
		pass(150 * time.Second)
		code, body = ask()
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Contains(t, body, `"outbox":{"waiting":1,"oldest_seconds":150}`)
		h.channel.mu.Lock()
		h.channel.fail = nil
		h.channel.mu.Unlock()
		pass(10 * time.Minute)
		code, _ = ask()
		require.Equal(t, http.StatusOK, code)
	})
}

// TestHealthShowsDamage: an unreadable conversation is dropped, so that the person can continue, and health is
// red.
func TestHealthShowsDamage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		dir := memdir.New(t)
		h := openHarness(t, dir)
		h.say("a", "one")
		pass(time.Minute)
		h.stop()
		db, err := sql.Open("sqlite3", filepath.Join(dir, "data", "state.db"))
		require.NoError(t, err)
		_, err = db.Exec("UPDATE session SET body = zeroblob(length(body))")
		require.NoError(t, err)
		require.NoError(t, db.Close())

		h = openHarness(t, dir)
		defer h.stop()
		require.True(t, h.Health(context.Background()).OK)
		h.keys = 10 // the first ones were seen
		h.say("a", "two")
		require.Equal(t, []string{"two"}, h.answers("a"))
		status := h.Health(context.Background())
		require.False(t, status.Storage.OK)
		require.Contains(t, status.Storage.Problem, "1 stored conversations")
	})
}

// watchedStore fails as a disk does, and moves its files as a mistake would.
type watchedStore struct {
	bot.Store
	moved, full atomic.Bool
	hangs       chan struct{} // Apply waits for it; nil: it does not
	probes      atomic.Int64
}

func (s *watchedStore) Intact() error {
	if s.moved.Load() {
		return stopError{}
	}
	return s.Store.Intact()
}

func (s *watchedStore) Probe(ctx context.Context) error {
	s.probes.Add(1)
	if s.full.Load() {
		return stopError{}
	}
	return s.Store.Probe(ctx)
}

func (s *watchedStore) Apply(ctx context.Context, works []bot.Work) ([]error, error) {
	if s.full.Load() {
		return nil, stopError{}
	}
	if s.hangs != nil {
		<-s.hangs
	}
	return s.Store.Apply(ctx, works)
}

func watched(t *testing.T, s *watchedStore) *harness {
	return openHarness(t, memdir.New(t), func(o *bot.Options) { s.Store, o.Store = o.Store, s })
}

// TestReadyByItself: a disk that was full and has room again is written to without a visitor,
// whom a proxy would not send.
func TestReadyByItself(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		s := &watchedStore{}
		h := watched(t, s)
		defer h.stop()
		pass(time.Minute)
		require.Zero(t, s.probes.Load(), "while all is well nothing is written")
		s.full.Store(true)
		_, err := h.Handle(context.Background(), h.text("a", "one"))
		require.ErrorIs(t, err, bot.ErrStorage)
		require.ErrorIs(t, h.Ready(), bot.ErrStorage)
		pass(time.Minute)
		require.ErrorIs(t, h.Ready(), bot.ErrStorage)
		require.Equal(t, int64(6), s.probes.Load(), "every ten seconds")
		s.full.Store(false)
		pass(10 * time.Second)
		require.NoError(t, h.Ready())
		require.True(t, h.Health(context.Background()).OK)
		require.NoError(t, h.Alive())
	})
}

// TestLostFilesRefuseUpdates: what would be written to a deleted file is left with the
// platform, which delivers it again, however well other transactions go.
func TestLostFilesRefuseUpdates(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		s := &watchedStore{}
		h := watched(t, s)
		defer h.stop()
		h.say("a", "one")
		s.moved.Store(true)
		pass(10 * time.Second)
		require.Error(t, h.Ready())
		require.Equal(t, bot.Part{Problem: "disk full"}, h.Health(context.Background()).Storage)
		for range 3 {
			_, err := h.Handle(context.Background(), h.text("a", "two"))
			require.ErrorIs(t, err, bot.ErrStorage)
			pass(time.Minute)
		}
		require.Zero(t, s.probes.Load(), "a write would prove nothing")
		s.moved.Store(false)
		pass(10 * time.Second)
		require.NoError(t, h.Ready())
		h.say("a", "two")
		require.Equal(t, []string{"one", "two"}, h.answers("a"))
	})
}

// TestStuckTransactionIsNotAlive: only when a restart may help.
func TestStuckTransactionIsNotAlive(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		s := &watchedStore{hangs: make(chan struct{})}
		h := watched(t, s)
		defer h.stop()
		h.Submit(h.text("a", "one"), func(flows.Turn, error) {})
		pass(2 * time.Minute)
		require.NoError(t, h.Alive())
		pass(time.Second)
		require.Error(t, h.Alive())
		close(s.hangs)
		settled()
		require.NoError(t, h.Alive())
	})
}
