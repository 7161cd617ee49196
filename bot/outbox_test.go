package bot_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// failing makes sends of a text fail with a verdict, for the first n tries.
func failing(text string, n int, verdict bot.Verdict, wait time.Duration) func(string, string, int) error {
	return func(_, got string, try int) error {
		if got == text && try <= n {
			return fmt.Errorf("calling: %w", &bot.SendError{Verdict: verdict, RetryAfter: wait, Err: errors.New("the server's words")})
		}
		return nil
	}
}

// always fails every try.
const always = 1 << 30

func TestMessagesGoOutInOrderAndAtThePaceOfTheChannel(t *testing.T) {
	within(t, func(t *testing.T) {
		h := open(t, t.TempDir())
		defer h.shut()
		var want []string
		start := time.Now()
		for i := range 8 {
			h.say("a", strconv.Itoa(i))
			want = append(want, "re:"+strconv.Itoa(i))
		}
		h.say("b", "hello")
		settled()
		require.Len(t, h.post.texts("a"), 3, "three at once")
		require.Len(t, h.post.texts("b"), 1, "another chat does not wait")
		h.say("a", "edit")
		pass(time.Minute)
		require.Equal(t, append(want, "re:edit"), h.post.texts("a"))
		for i, m := range h.post.all() {
			if m.text == "re:7" {
				require.InDelta(t, 5, m.at.Sub(start).Seconds(), 0.1, "then one a second; message %d", i)
			}
			if m.text == "re:edit" {
				require.InDelta(t, 5, m.at.Sub(start).Seconds(), 0.1, "edits are exempt")
			}
		}
	})
}

func TestTheOverallRateHoldsOverAllChats(t *testing.T) {
	for rate, want := range map[float64]time.Duration{30: 7 * time.Second, 0: 0} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			within(t, func(t *testing.T) {
				h := open(t, t.TempDir(), func(o *bot.Options) { o.SendRate = rate })
				defer h.shut()
				start := time.Now()
				for i := range 240 {
					h.say("chat"+strconv.Itoa(i), "x")
				}
				pass(time.Minute)
				sent := h.post.all()
				require.Len(t, sent, 240)
				require.InDelta(t, want.Seconds(), sent[239].at.Sub(start).Seconds(), 0.2)
			})
		})
	}
}

func TestNoMoreThanThirtyTwoSendsAtOnce(t *testing.T) {
	within(t, func(t *testing.T) {
		dir := t.TempDir()
		h := open(t, dir)
		h.post.hold = make(chan struct{})
		for i := range 100 {
			h.say("chat"+strconv.Itoa(i), "x")
		}
		h.crash()
		hold := make(chan struct{})
		h = open(t, dir, func(o *bot.Options) {
			o.SendRate = 0
			o.Channels[0].(*post).hold = hold
		})
		defer h.shut()
		settled()
		require.Equal(t, 32, h.post.calls)
		close(hold)
		settled()
		require.Len(t, h.post.all(), 100)
	})
}

func TestThrottlingStopsTheWholeChannelForAsLongAsAsked(t *testing.T) {
	within(t, func(t *testing.T) {
		h := open(t, t.TempDir())
		defer h.shut()
		h.post.fail = failing("re:one", 1, bot.Throttled, 30*time.Second)
		start := time.Now()
		h.say("a", "one")
		settled()
		h.say("a", "two")
		h.say("b", "three")
		pass(29 * time.Second)
		require.Empty(t, h.post.all())
		pass(2 * time.Second)
		require.Equal(t, []string{"re:one", "re:two"}, h.post.texts("a"))
		require.Equal(t, []string{"re:three"}, h.post.texts("b"))
		require.Equal(t, 30*time.Second, h.post.all()[0].at.Sub(start))
		require.EqualValues(t, 1, h.Counters().Throttled)
	})
}

func TestWhatARefusalMeans(t *testing.T) {
	cases := []struct {
		name    string
		fail    func(string, string, int) error
		after   time.Duration
		want    []string
		tries   int
		found   bool
		dropped int64
	}{
		{"harmless counts as sent", failing("re:one", 1, bot.Harmless, 0), time.Second, []string{"re:two"}, 1, true, 0},
		{"gone ends the conversation", failing("re:one", always, bot.Gone, 0), time.Hour, nil, 1, false, 0},
		{"refused once goes out the second time", failing("re:one", 1, bot.Refused, 0), 3 * time.Second, []string{"re:one", "re:two"}, 2, true, 0},
		{"refused twice is dropped", failing("re:one", always, bot.Refused, 0), time.Hour, []string{"re:two"}, 2, true, 1},
		{"broken comes back", failing("re:one", 5, bot.Broken, 0), time.Minute, []string{"re:one", "re:two"}, 6, true, 0},
		{"broken for a day is dropped", failing("re:one", always, bot.Broken, 0), 26 * time.Hour, []string{"re:two"}, 153, true, 1},
		{"unclassified is broken", func(_, text string, try int) error {
			if text == "re:one" && try < 3 {
				return errors.New("connection reset")
			}
			return nil
		}, 10 * time.Second, []string{"re:one", "re:two"}, 3, true, 0},
		{"a panic is a refusal", func(_, text string, _ int) error {
			if text == "re:one" {
				panic("no such picture")
			}
			return nil
		}, time.Minute, []string{"re:two"}, 2, true, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			within(t, func(t *testing.T) {
				h := open(t, t.TempDir(), func(o *bot.Options) { o.Random = func(int) int { return 0 } })
				defer h.shut()
				h.post.fail = c.fail
				h.say("a", "one")
				h.say("a", "two")
				h.say("b", "fine")
				pass(c.after)
				require.Equal(t, c.want, h.post.texts("a"))
				require.Equal(t, []string{"re:fine"}, h.post.texts("b"), "others do not notice")
				require.Equal(t, c.tries, h.post.tries["are:one"])
				require.Equal(t, c.dropped, h.Counters().Dropped)
				_, found := h.stored("a")
				require.Equal(t, c.found, found)
				_, unsent, _, err := h.store.Waiting(context.Background(), time.Now())
				require.NoError(t, err)
				require.Zero(t, unsent)
			})
		})
	}
}

func TestARefusedTokenStopsTheIntake(t *testing.T) {
	within(t, func(t *testing.T) {
		dir := t.TempDir()
		h := open(t, dir)
		h.post.fail = failing("re:one", always, bot.Locked, 0)
		h.say("a", "one")
		settled()
		_, err := h.Handle(context.Background(), h.text("a", "two"))
		require.ErrorIs(t, err, bot.ErrLocked)
		browser := h.text("visitor", "hello")
		browser.Chat.Channel = "web"
		_, err = h.Handle(context.Background(), browser)
		require.NoError(t, err, "the other channels go on")
		status := h.Health(context.Background())
		require.False(t, status.OK)
		require.False(t, status.Telegram.OK)
		require.Equal(t, 1, status.Outbox.Waiting)
		pass(time.Hour)
		require.Equal(t, 1, h.post.tries["are:one"], "and nothing is sent")
		h.shut()

		h = open(t, dir)
		defer h.shut()
		settled()
		require.Equal(t, []string{"re:one"}, h.post.texts("a"), "with a good token it goes on")
	})
}

func TestAChannelReportsThatItsTokenIsRefused(t *testing.T) {
	within(t, func(t *testing.T) {
		h := open(t, t.TempDir())
		defer h.shut()
		h.Report("telegram", &bot.SendError{Verdict: bot.Locked, Err: errors.New("getUpdates: 401")})
		_, err := h.Handle(context.Background(), h.text("a", "one"))
		require.ErrorIs(t, err, bot.ErrLocked)
		require.False(t, h.Health(context.Background()).Telegram.OK)
	})
}

func TestACrashBetweenCommitAndSendLosesNothing(t *testing.T) {
	within(t, func(t *testing.T) {
		dir := t.TempDir()
		h := open(t, dir)
		h.post.hold = make(chan struct{})
		h.say("a", "one")
		h.say("a", "two")
		h.say("b", "three")
		settled()
		h.crash()
		require.Empty(t, h.post.all())

		h = open(t, dir)
		settled()
		require.Equal(t, []string{"re:one", "re:two"}, h.post.texts("a"))
		require.Equal(t, []string{"re:three"}, h.post.texts("b"))
		h.shut()
		h = open(t, dir)
		defer h.shut()
		pass(time.Minute)
		require.Empty(t, h.post.all(), "what was sent is not sent again")
	})
}

func TestASentMessageIsNotSentAgainWhileTheStorageFails(t *testing.T) {
	within(t, func(t *testing.T) {
		var broken atomic.Bool
		h := open(t, t.TempDir(), func(o *bot.Options) {
			o.Store = &watched{Store: o.Store, fail: func() error {
				if broken.Load() {
					return stopError{}
				}
				return nil
			}}
		})
		defer h.shut()
		h.post.hold = make(chan struct{})
		h.say("a", "one")
		settled()
		broken.Store(true)
		close(h.post.hold)
		pass(time.Minute)
		require.Equal(t, []string{"re:one"}, h.post.texts("a"))
		require.False(t, h.Health(context.Background()).OK)
		broken.Store(false)
		pass(time.Minute)
		require.Equal(t, []string{"re:one"}, h.post.texts("a"))
		status := h.Health(context.Background())
		require.True(t, status.OK)
		require.Zero(t, status.Outbox.Waiting)
	})
}

// stopError is what a store says when its disk is full.
type stopError struct{}

func (stopError) Error() string { return "disk full" }
func (stopError) Stop() bool    { return true }

func TestAStorageFaultStopsTheIntakeUntilItIsOver(t *testing.T) {
	within(t, func(t *testing.T) {
		var faults, asked atomic.Int64 // faults to come, transactions asked for
		h := open(t, t.TempDir(), func(o *bot.Options) {
			o.Store = &watched{Store: o.Store, fail: func() error {
				asked.Add(1)
				if faults.Add(-1) >= 0 {
					return stopError{}
				}
				return nil
			}}
		})
		defer h.shut()
		h.say("a", "one")
		settled()
		before := asked.Load()
		faults.Store(1)
		lost := h.text("a", "two")
		done := make(chan error, 2)
		h.Submit(lost, func(_ flows.Turn, err error) { done <- err })
		h.Submit(h.text("a", "three"), func(_ flows.Turn, err error) { done <- err })
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

func TestTheTimedJobs(t *testing.T) {
	within(t, func(t *testing.T) {
		jobs := &timed{}
		h := open(t, t.TempDir(), func(o *bot.Options) {
			jobs.Store, jobs.clock = o.Store, o.Clock
			o.Store = jobs
			o.Clock = bot.ClockFrom(time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC)) // Friday 22:00 in the Netherlands
			jobs.clock = o.Clock
		})
		defer h.shut()
		pass(72 * time.Hour)
		require.Equal(t, []string{
			"Fri 22:00", "Sat 03:10", "Sun 03:10", "Mon 00:05", "Mon 03:10",
		}, jobs.handedOver)
		require.Len(t, jobs.swept, 73, "every hour, and at the start")
	})
}

func TestAClockThatIsSetBackStopsNothing(t *testing.T) {
	within(t, func(t *testing.T) {
		clock := &setClock{Clock: bot.ClockFrom(noon)}
		jobs := &timed{clock: clock}
		faults := atomic.Int64{}
		h := open(t, t.TempDir(), func(o *bot.Options) {
			jobs.Store, o.Clock = o.Store, clock
			o.Store = &watched{Store: jobs, fail: func() error {
				if faults.Add(-1) >= 0 {
					return stopError{}
				}
				return nil
			}}
		})
		defer h.shut()
		pass(time.Hour)
		clock.by.Store(int64(-30 * 24 * time.Hour))
		pass(24 * time.Hour)
		require.Equal(t, []string{"Mon 12:00", "Sun 03:10"}, jobs.handedOver)

		faults.Store(1)
		_, err := h.Handle(context.Background(), h.text("a", "one"))
		require.ErrorIs(t, err, bot.ErrStorage)
		clock.by.Store(int64(-40 * 24 * time.Hour))
		h.say("a", "one") // and the pause after a fault is not stretched
	})
}

// setClock is a clock that somebody sets.
type setClock struct {
	bot.Clock
	by atomic.Int64
}

func (c *setClock) Now() time.Time { return c.Clock.Now().Add(time.Duration(c.by.Load())) }

func TestAJobThatFailsIsDoneAgain(t *testing.T) {
	within(t, func(t *testing.T) {
		jobs := &timed{failures: 3}
		h := open(t, t.TempDir(), func(o *bot.Options) {
			jobs.Store, jobs.clock = o.Store, o.Clock
			o.Store = jobs
		})
		defer h.shut()
		pass(10 * time.Minute)
		require.Equal(t, []string{"Mon 12:03"}, jobs.handedOver)
	})
}

// timed notes when jobs are done.
type timed struct {
	bot.Store
	clock             bot.Clock
	handedOver, swept []string
	failures          int
}

func (j *timed) HandOver(ctx context.Context, now time.Time) (int, error) {
	if j.failures > 0 {
		j.failures--
		return 0, errors.New("not now")
	}
	j.handedOver = append(j.handedOver, now.In(amsterdam).Format("Mon 15:04"))
	return j.Store.HandOver(ctx, now)
}

func (j *timed) Sweep(ctx context.Context, now time.Time) (int, error) {
	j.swept = append(j.swept, now.In(amsterdam).Format("Mon 15:04"))
	return j.Store.Sweep(ctx, now)
}

var amsterdam = time.FixedZone("winter time", 3600)

func TestHealth(t *testing.T) {
	within(t, func(t *testing.T) {
		h := open(t, t.TempDir())
		defer h.shut()
		ask := func() (int, string) {
			w := httptest.NewRecorder()
			h.HealthHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			return w.Code, w.Body.String()
		}
		h.say("a", "one")
		h.say("a", "finish")
		settled()
		code, body := ask()
		require.Equal(t, http.StatusOK, code)
		require.JSONEq(t, `{"ok":true,"content":{"version":"c1","ok":true},"storage":{"ok":true},
			"telegram":{"ok":true},"outbox":{"waiting":0,"oldest_seconds":0},"staged":1}`, body)

		h.ReportContent(errors.New("kvk.toml: no url"))
		code, body = ask()
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Contains(t, body, `"content":{"version":"c1","ok":false,"problem":"kvk.toml: no url"}`)
		h.ReportContent(nil)

		h.Report("telegram", errors.New("getUpdates: conflict"))
		code, body = ask()
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Contains(t, body, "conflict")
		h.Report("telegram", nil)

		h.post.fail = func(string, string, int) error { return errors.New("no route") }
		h.say("a", "two")
		pass(90 * time.Second)
		code, body = ask()
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Contains(t, body, `"outbox":{"waiting":1,"oldest_seconds":90}`)
		h.post.mu.Lock()
		h.post.fail = nil
		h.post.mu.Unlock()
		pass(10 * time.Minute)
		code, _ = ask()
		require.Equal(t, http.StatusOK, code)
	})
}
