package bot_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/memdir"
)

// failing fails sends of a text with a verdict, for the first n tries.
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

func TestMessagesAreSentInOrderAndPaced(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		var want []string
		start := time.Now()
		for i := range 8 {
			h.say("a", strconv.Itoa(i))
			want = append(want, "re:"+strconv.Itoa(i))
		}
		h.say("b", "hello")
		settled()
		require.Len(t, h.channel.texts("a"), 3, "three at once")
		require.Len(t, h.channel.texts("b"), 1, "another chat does not wait")
		h.say("a", "edit")
		pass(time.Minute)
		require.Equal(t, append(want, "re:edit"), h.channel.texts("a"))
		for i, m := range h.channel.all() {
			if m.text == "re:7" {
				require.InDelta(t, 5, m.at.Sub(start).Seconds(), 0.1, "then one a second; message %d", i)
			}
			if m.text == "re:edit" {
				require.InDelta(t, 5, m.at.Sub(start).Seconds(), 0.1, "edits have a pace of their own")
			}
		}
	})
}

func TestSendRateHoldsOverAllChats(t *testing.T) {
	t.Parallel()
	for rate, want := range map[float64]time.Duration{30: 7 * time.Second, 0: 0} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				h := openHarness(t, memdir.New(t), func(o *bot.Options) { o.SendRate = rate })
				defer h.stop()
				start := time.Now()
				for i := range 240 {
					h.say("chat"+strconv.Itoa(i), "x")
				}
				pass(time.Minute)
				sent := h.channel.all()
				require.Len(t, sent, 240)
				require.InDelta(t, want.Seconds(), sent[239].at.Sub(start).Seconds(), 0.2)
			})
		})
	}
}

func TestConcurrentSendsAreBounded(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		dir := memdir.New(t)
		h := openHarness(t, dir)
		h.channel.hold = make(chan struct{})
		for i := range 200 {
			h.say("chat"+strconv.Itoa(i), "x")
		}
		h.crash()
		hold := make(chan struct{})
		h = openHarness(t, dir, func(o *bot.Options) {
			o.SendRate = 0
			o.Channels[0].(*recordingChannel).hold = hold
		})
		defer h.stop()
		h.keys = 1000      // the first ones were seen
		for i := range 4 { // each commit lets the outbox be read again
			h.say("another"+strconv.Itoa(i), "x")
			settled()
		}
		require.Equal(t, 128, h.channel.calls)
		close(hold)
		settled()
		require.Len(t, h.channel.all(), 204)
	})
}

// Telegram limits single chats: the twenty-first quick edit is refused.
// https://github.com/python-telegram-bot/python-telegram-bot/issues/939
// https://github.com/m1guelpf/chatgpt-telegram/issues/63
func TestThrottlingHoldsTheChat(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		h.channel.fail = failing("re:one", 1, bot.Throttled, 30*time.Second)
		start := time.Now()
		h.say("a", "one")
		settled()
		h.say("a", "two")
		h.say("b", "three")
		settled()
		require.Equal(t, []string{"re:three"}, h.channel.texts("b"), "another person waits for nothing")
		pass(29 * time.Second)
		require.Empty(t, h.channel.texts("a"))
		pass(2 * time.Second)
		require.Equal(t, []string{"re:one", "re:two"}, h.channel.texts("a"))
		require.Equal(t, 30*time.Second, h.channel.all()[1].at.Sub(start))
		require.EqualValues(t, 1, h.Counters().Throttled)
	})
}

func TestThrottlingOfSeveralChatsPausesTheChannel(t *testing.T) {
	t.Parallel()
	throttled := &bot.SendError{Verdict: bot.Throttled, RetryAfter: 30 * time.Second, Err: errors.New("429")}
	everyone := &bot.SendError{Verdict: bot.Throttled, RetryAfter: 30 * time.Second, Everyone: true, Err: errors.New("429")}
	for _, c := range []struct {
		name    string
		refused map[string]error // the first try of these chats
		between string           // a chat that is served before the last of them
		waits   bool             // whether one more chat has to wait
	}{
		{"two chats", map[string]error{"a": throttled, "b": throttled}, "", false},
		{"three chats in a row", map[string]error{"a": throttled, "b": throttled, "c": throttled}, "", true},
		{"three chats, with a success in between", map[string]error{"a": throttled, "b": throttled, "c": throttled}, "d", false},
		{"one chat, but the server means all", map[string]error{"a": everyone}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				h := openHarness(t, memdir.New(t))
				defer h.stop()
				h.channel.fail = func(chat, _ string, try int) error {
					if try == 1 {
						return c.refused[chat]
					}
					return nil
				}
				chats := slices.Sorted(maps.Keys(c.refused))
				for i, chat := range chats {
					if i == len(chats)-1 && c.between != "" {
						h.say(c.between, "x")
						settled()
					}
					h.say(chat, "x")
					settled()
				}
				h.say("z", "x")
				settled()
				require.Equal(t, c.waits, len(h.channel.texts("z")) == 0)
				pass(31 * time.Second)
				for _, chat := range append(chats, "z") {
					require.Equal(t, []string{"re:x"}, h.channel.texts(chat))
				}
			})
		})
	}
}

func TestEditsArePacedPerChat(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		start := time.Now()
		for i := range 12 {
			h.say("a", "edit "+strconv.Itoa(i))
			settled()
		}
		h.say("b", "edit")
		settled()
		require.Equal(t, []string{"re:edit"}, h.channel.texts("b"), "another person does not wait")
		require.Len(t, h.channel.texts("a"), 10)
		pass(time.Minute)
		all := h.channel.all()
		require.Len(t, all, 13)
		require.Equal(t, 500*time.Millisecond, all[11].at.Sub(start))
		require.Equal(t, time.Second, all[12].at.Sub(start))
	})
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
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
			inBubble(t, func(t *testing.T) {
				h := openHarness(t, memdir.New(t), func(o *bot.Options) { o.Random = func(int) int { return 0 } })
				defer h.stop()
				h.channel.fail, h.channel.hold = c.fail, make(chan struct{})
				h.say("a", "one")
				h.say("a", "two")
				h.say("b", "fine")
				close(h.channel.hold)
				pass(c.after)
				require.Equal(t, c.want, h.channel.texts("a"))
				require.Equal(t, []string{"re:fine"}, h.channel.texts("b"), "others do not notice")
				require.Equal(t, c.tries, h.channel.tries["are:one"])
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

// Telegram has refused valid tokens.
// https://github.com/Naltox/telegram-node-bot/issues/92
// https://github.com/tdlib/telegram-bot-api/issues/77
func TestRefusedTokenIsTriedForEver(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		refused := atomic.Bool{}
		refused.Store(true)
		h.channel.fail = func(string, string, int) error {
			if refused.Load() {
				return &bot.SendError{Verdict: bot.Locked, Err: errors.New("401")}
			}
			return nil
		}
		h.say("a", "one")
		pass(time.Minute)
		require.True(t, h.Health(context.Background()).OK, "it may be over soon")
		_, err := h.Handle(context.Background(), h.text("a", "two"))
		require.NoError(t, err, "what people say is kept")
		pass(23 * time.Hour)
		status := h.Health(context.Background())
		require.Equal(t, bot.Part{Problem: "channel token refused"}, status.Channels["telegram"])
		require.Equal(t, 2, status.Outbox.Waiting)
		h.channel.mu.Lock()
		tries := h.channel.tries["are:one"]
		h.channel.mu.Unlock()
		require.Greater(t, tries, 23*60/5)
		require.Less(t, tries, 23*60/5+20, "once in five minutes")
		refused.Store(false)
		pass(6 * time.Minute)
		require.Equal(t, []string{"re:one", "re:two"}, h.channel.texts("a"))
		require.True(t, h.Health(context.Background()).OK)
	})
}

func TestCrashBetweenCommitAndSendLosesNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		dir := memdir.New(t)
		h := openHarness(t, dir)
		h.channel.hold = make(chan struct{})
		h.say("a", "one")
		h.say("a", "two")
		h.say("b", "three")
		settled()
		h.crash()
		require.Empty(t, h.channel.all())

		h = openHarness(t, dir)
		settled()
		require.Equal(t, []string{"re:one", "re:two"}, h.channel.texts("a"))
		require.Equal(t, []string{"re:three"}, h.channel.texts("b"))
		h.stop()
		h = openHarness(t, dir)
		defer h.stop()
		pass(time.Minute)
		require.Empty(t, h.channel.all(), "what was sent is not sent again")
	})
}

func TestStorageFaultRepeatsNoSend(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var broken atomic.Bool
		h := openHarness(t, memdir.New(t), func(o *bot.Options) {
			o.Store = &observedStore{Store: o.Store, fail: func() error {
				if broken.Load() {
					return stopError{}
				}
				return nil
			}}
		})
		defer h.stop()
		h.channel.hold = make(chan struct{})
		h.say("a", "one")
		settled()
		broken.Store(true)
		close(h.channel.hold)
		pass(time.Minute)
		require.Equal(t, []string{"re:one"}, h.channel.texts("a"))
		require.False(t, h.Health(context.Background()).OK)
		broken.Store(false)
		pass(time.Minute)
		require.Equal(t, []string{"re:one"}, h.channel.texts("a"))
		status := h.Health(context.Background())
		require.True(t, status.OK)
		require.Zero(t, status.Outbox.Waiting)
	})
}

// A pause or retry scheduled while the clock was ahead is not stretched once the clock is
// right again.
func TestClockThatWasAheadStretchesNoPause(t *testing.T) {
	t.Parallel()
	for _, verdict := range []bot.Verdict{bot.Throttled, bot.Broken, bot.Refused} {
		for _, ahead := range []time.Duration{time.Hour, 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
			t.Run(fmt.Sprint(verdict, " ", ahead), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					clock := &setClock{Clock: bot.ClockFrom(noon)}
					h := openHarness(t, memdir.New(t), func(o *bot.Options) { o.Clock = clock })
					defer h.stop()
					clock.by.Store(int64(ahead))
					h.channel.fail = failing("re:one", 1, verdict, 3*time.Second)
					h.say("a", "one")
					settled()
					clock.by.Store(0)
					h.say("a", "two")
					h.say("b", "three")
					pass(time.Minute)
					require.Equal(t, []string{"re:one", "re:two"}, h.channel.texts("a"))
					require.Equal(t, []string{"re:three"}, h.channel.texts("b"))
				})
			})
		}
	}
}
