package bot_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/memdir"
)

const day = 24 * time.Hour

// earliest makes every follow-up due on its first day: 42 days later.
func earliest(o *bot.Options) { o.Random = func(int) int { return 0 } }

// asked are the times at which a chat got the follow-up; the script engine replies to it
// with an empty text.
func (c *recordingChannel) asked(chat string) (at []time.Time) {
	for _, m := range c.all() {
		if m.chat == chat && m.text == "re:" {
			at = append(at, m.at)
		}
	}
	return at
}

func TestFollowUpIsSentOnItsDayAndTwiceAtMost(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t), earliest, bubbleTime)
		h.say("a", "remind")
		began := time.Now()
		h = h.restartAfter(41*day, earliest)
		pass(12 * time.Hour)
		require.Empty(t, h.channel.asked("a"), "never before its day")
		pass(day)
		at := h.channel.asked("a")
		require.Len(t, at, 1)
		require.Equal(t, 42*day-2*time.Hour, at[0].Sub(began).Round(time.Hour), "at ten in the morning")
		for range 3 {
			h = h.restartAfter(time.Minute, earliest)
			settled()
		}
		require.Len(t, h.channel.asked("a"), 1, "restarts repeat nothing")
		h = h.restartAfter(12*day, earliest)
		pass(12 * time.Hour)
		require.Len(t, h.channel.asked("a"), 1)
		pass(day)
		require.Len(t, h.channel.asked("a"), 2, "a second time after a fortnight")
		for range 3 {
			h = h.restartAfter(15*day, earliest)
			pass(day)
		}
		require.Len(t, h.channel.asked("a"), 2, "and then no more")
		h.stop()
	})
}

// restartAfter shuts down, lets time pass and starts again on the same files.
func (h *harness) restartAfter(d time.Duration, change ...func(*bot.Options)) *harness {
	h.t.Helper()
	h.stop()
	pass(d)
	samePost := func(o *bot.Options) { o.Channels = []bot.Channel{h.channel} }
	again := openHarness(h.t, h.dir, append([]func(*bot.Options){bubbleTime, samePost}, change...)...)
	again.channel, again.keys = h.channel, h.keys
	return again
}

// bubbleTime uses the time of the bubble, which continues through restarts.
func bubbleTime(o *bot.Options) { o.Clock = bubbleClock{} }

// bubbleClock shows noon when the bubble begins.
type bubbleClock struct{}

var bubbleBegin = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where synctest's time begins

func (bubbleClock) Now() time.Time                         { return noon.Add(time.Since(bubbleBegin)) }
func (bubbleClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func TestFollowUpsAreSentByDay(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t), earliest, bubbleTime)
		h.say("a", "remind")
		h = h.restartAfter(42*day + 14*time.Hour) // it was noon: now it is two at night
		settled()
		require.Empty(t, h.channel.asked("a"), "not at night")
		pass(9 * time.Hour)
		require.Len(t, h.channel.asked("a"), 1)
		h.stop()
	})
}

func TestNoFollowUpAfterLeaving(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t), earliest, bubbleTime)
		for _, chat := range []string{"stays", "erases", "blocks"} {
			h.say(chat, "remind")
		}
		h.say("erases", "erase")
		gone := h.text("blocks", "")
		gone.Gone = true
		_, err := h.Handle(context.Background(), gone)
		require.NoError(t, err)
		for range 2 {
			h = h.restartAfter(42*day, earliest)
			pass(day)
		}
		defer h.stop()
		require.Len(t, h.channel.asked("stays"), 2)
		for _, chat := range []string{"erases", "blocks"} {
			require.Empty(t, h.channel.asked(chat), chat)
		}
	})
}

// TestNoFollowUpAfterStop: with the real conversation, at any moment.
func TestNoFollowUpAfterStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		for n := 2; n <= 4; n++ {
			w.resumeAt(personID(n), "help_wanted")
			w.until(w.does(personID(n), flows.Input{Kind: flows.Show}, false))
			w.through(personID(n))
			w.until(w.does(personID(n), flows.Input{Kind: flows.Action, Action: flows.DoFollowUp}, false))
		}
		stop := flows.Input{Kind: flows.Action, Action: flows.DoStop}
		w.until(w.does(personID(3), stop, false)) // at once
		w.elapse(40 * day)
		w.settle(2 * time.Minute)
		w.until(w.does(personID(4), stop, false)) // when the conversation is long gone
		for range 3 {
			w.elapse(20 * day)
			w.settle(2 * time.Minute)
		}
		require.Len(t, w.channel.phones[personID(2)].reminds, 2)
		require.Empty(t, w.channel.phones[personID(3)].reminds)
		require.Empty(t, w.channel.phones[personID(4)].reminds)
		w.end()
	})
}

// TestFailedFollowUpBlocksNobody: the others get theirs all the same, and the failed one
// is retried the next time.
func TestFailedFollowUpBlocksNobody(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("no words for this") },
		"panic": func() error { panic("no words for this") },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				h := openHarness(t, memdir.New(t), earliest, bubbleTime)
				h.say("mute", "remind")
				var others []string
				for i := range 150 { // more than are read at once
					others = append(others, "chat"+strconv.Itoa(i))
					h.say(others[i], "remind")
				}
				failingComposer := &failingComposer{recordingChannel: h.channel, chat: "mute", fail: fail}
				failing := func(o *bot.Options) { o.Channels = []bot.Channel{failingComposer} }
				h = h.restartAfter(42*day, earliest, failing)
				pass(day)
				for _, chat := range others {
					require.Len(t, h.channel.asked(chat), 1, chat)
				}
				require.Empty(t, h.channel.asked("mute"))
				require.EqualValues(t, 1, h.Counters().Failures)
				require.True(t, h.Health(context.Background()).OK)
				failingComposer.mended.Store(true)
				h = h.restartAfter(14*day, earliest, failing)
				pass(day)
				require.Len(t, h.channel.asked("mute"), 1)
				h.stop()
			})
		})
	}
}

// failingComposer fails to compose for one chat.
type failingComposer struct {
	*recordingChannel
	chat   string
	fail   func() error
	mended atomic.Bool
}

func (c *failingComposer) Compose(chat bot.Chat, turn flows.Turn, o bot.Origin, s bot.Surface) ([]bot.Message, error) {
	if chat.ID == c.chat && !c.mended.Load() {
		return nil, c.fail()
	}
	return c.recordingChannel.Compose(chat, turn, o, s)
}

func TestTryOutHasNoFollowUp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t), earliest, bubbleTime, func(o *bot.Options) { o.TryOut = func(bot.Update) bool { return true } })
		h.say("a", "remind")
		h = h.restartAfter(60 * day)
		pass(day)
		defer h.stop()
		require.Empty(t, h.channel.asked("a"))
	})
}

// digestChannel also sends digests, except to one chat.
type digestChannel struct {
	*recordingChannel
	refuses string
}

func (c *digestChannel) Digest(s bot.Subscriber, week string) []bot.Message {
	if s.Chat.ID == c.refuses {
		return nil
	}
	return []bot.Message{{Chat: s.Chat, Body: []byte(`{"text":"digest ` + week + `"}`)}}
}

// subscribe subscribes a chat to the digest, or unsubscribes it.
func (h *harness) subscribe(chat string, wanted bool) {
	h.t.Helper()
	u := h.text(chat, "")
	u.Input.Lang = "nl"
	u.Staff = &bot.StaffAction{Messages: []bot.Message{{Chat: u.Chat, Body: []byte(`{"text":"done"}`)}}, Digest: flows.No}
	if wanted {
		u.Staff.Digest = flows.Yes
	}
	_, err := h.Handle(context.Background(), u)
	require.NoError(h.t, err)
}

// subscribers are the chats that get the digest.
func (h *harness) subscribers() (chats []string) {
	h.t.Helper()
	_, err := h.store.Apply(context.Background(), []bot.Work{{Shared: true, Do: func(tx bot.Tx) error {
		all, err := tx.Subscribers()
		for _, s := range all {
			chats = append(chats, s.Chat.ID)
		}
		return err
	}}})
	require.NoError(h.t, err)
	slices.Sort(chats)
	return chats
}

func TestDigestIsSentOnMondayAtEight(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		dir := memdir.New(t)
		sent := &recordingChannel{}
		reopen := func() *harness {
			return openHarness(t, dir, bubbleTime, func(o *bot.Options) {
				o.Channels = []bot.Channel{&digestChannel{sent, "removed"}}
			})
		}
		h := reopen() // on a Monday at noon
		settled()
		for _, chat := range []string{"a", "b", "removed"} {
			h.subscribe(chat, true)
		}
		settled()
		require.Equal(t, []string{"done"}, sent.texts("a"), "the action is answered; last week's digest was due before the subscription")
		h.stop()
		pass(6 * day)
		h = reopen()
		pass(day - 4*time.Hour - time.Minute)
		require.Equal(t, []string{"done"}, sent.texts("a"), "it is just before eight")
		pass(2 * time.Minute)
		require.Equal(t, []string{"done", "digest 2026-W48"}, sent.texts("a"))
		for range 3 {
			h.stop()
			h = reopen()
			pass(time.Minute)
		}
		require.Equal(t, []string{"done", "digest 2026-W48"}, sent.texts("a"), "once, whatever is restarted")
		require.Equal(t, []string{"done", "digest 2026-W48"}, sent.texts("b"))
		require.Equal(t, []string{"done"}, sent.texts("removed"))
		require.Equal(t, []string{"a", "b"}, h.subscribers(), "who may not have it is struck off")
		for _, m := range sent.all()[3:] {
			at := noon.Add(m.at.Sub(bubbleBegin)).In(referral.Netherlands)
			require.Equal(t, time.Monday, at.Weekday())
			require.Equal(t, 8, at.Hour())
		}
		h.keys = 10 // the first ones were seen
		h.subscribe("b", false)
		h.stop()
		pass(8 * day) // not running the next Monday
		h = reopen()
		settled()
		require.Equal(t, []string{"done", "digest 2026-W48", "digest 2026-W49"}, sent.texts("a"), "late is better than never")
		require.Equal(t, []string{"done", "digest 2026-W48", "done"}, sent.texts("b"))
		h.stop()
	})
}

func TestStaffActionIsDoneOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		u := h.text("a", "")
		u.Staff = &bot.StaffAction{Messages: []bot.Message{{Chat: u.Chat, Body: []byte(`{"text":"figures"}`)}}}
		for range 3 {
			_, err := h.Handle(context.Background(), u)
			require.NoError(t, err)
		}
		settled()
		require.Equal(t, []string{"figures"}, h.channel.texts("a"))
		_, found := h.stored("a")
		require.False(t, found, "a staff action begins no conversation")
	})
}

// TestStaffActionDependsOnSubscription: Subscribed replaces Messages for a subscribed chat.
func TestStaffActionDependsOnSubscription(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		message := func(chat bot.Chat, text string) []bot.Message {
			return []bot.Message{{Chat: chat, Body: []byte(`{"text":"` + text + `"}`)}}
		}
		ask := func() {
			u := h.text("a", "")
			u.Staff = &bot.StaffAction{Messages: message(u.Chat, "off"), Subscribed: message(u.Chat, "on")}
			_, err := h.Handle(context.Background(), u)
			require.NoError(t, err)
		}
		ask()
		h.subscribe("a", true)
		ask()
		h.subscribe("a", false)
		ask()
		pass(time.Minute)
		require.Equal(t, []string{"off", "done", "on", "done", "off"}, h.channel.texts("a"))
	})
}
