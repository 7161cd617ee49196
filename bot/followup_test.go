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
)

const day = 24 * time.Hour

// earliest lets every follow-up fall on its first day: 42 days later.
func earliest(o *bot.Options) { o.Random = func(int) int { return 0 } }

// asked are the moments at which a chat got the follow-up; the script answers it with
// empty words.
func (p *post) asked(chat string) (at []time.Time) {
	for _, m := range p.all() {
		if m.chat == chat && m.text == "re:" {
			at = append(at, m.at)
		}
	}
	return at
}

func TestTheFollowUpGoesOutOnItsDayAndTwiceAtMost(t *testing.T) {
	within(t, func(t *testing.T) {
		h := open(t, t.TempDir(), earliest, atTheSameTime)
		h.say("a", "remind")
		began := time.Now()
		h = h.away(41*day, earliest)
		pass(12 * time.Hour)
		require.Empty(t, h.post.asked("a"), "never before its day")
		pass(day)
		at := h.post.asked("a")
		require.Len(t, at, 1)
		require.Equal(t, 42*day-2*time.Hour, at[0].Sub(began).Round(time.Hour), "at ten in the morning")
		for range 3 {
			h = h.away(time.Minute, earliest)
			settled()
		}
		require.Len(t, h.post.asked("a"), 1, "restarts ask nobody again")
		h = h.away(12*day, earliest)
		pass(12 * time.Hour)
		require.Len(t, h.post.asked("a"), 1)
		pass(day)
		require.Len(t, h.post.asked("a"), 2, "a second time after a fortnight")
		for range 3 {
			h = h.away(15*day, earliest)
			pass(day)
		}
		require.Len(t, h.post.asked("a"), 2, "and then no more")
		h.shut()
	})
}

// away closes the desk, lets time go by and opens it again on the same files.
func (h *house) away(d time.Duration, change ...func(*bot.Options)) *house {
	h.t.Helper()
	h.shut()
	pass(d)
	samePost := func(o *bot.Options) { o.Channels = []bot.Channel{h.post} }
	again := open(h.t, h.dir, append([]func(*bot.Options){atTheSameTime, samePost}, change...)...)
	again.post, again.keys = h.post, h.keys
	return again
}

// atTheSameTime is the time of the bubble, which has run on: a desk opened later.
func atTheSameTime(o *bot.Options) { o.Clock = bubbleClock{} }

// bubbleClock says noon when the bubble begins, and runs on with it through restarts.
type bubbleClock struct{}

var bubbleBegin = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where synctest's time begins

func (bubbleClock) Now() time.Time                         { return noon.Add(time.Since(bubbleBegin)) }
func (bubbleClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func TestFollowUpsWaitForTheMorning(t *testing.T) {
	within(t, func(t *testing.T) {
		h := open(t, t.TempDir(), earliest, atTheSameTime)
		h.say("a", "remind")
		h = h.away(42*day + 14*time.Hour) // it was noon: now it is two at night
		settled()
		require.Empty(t, h.post.asked("a"), "nobody is woken")
		pass(9 * time.Hour)
		require.Len(t, h.post.asked("a"), 1)
		h.shut()
	})
}

func TestNobodyIsAskedWhoLeft(t *testing.T) {
	within(t, func(t *testing.T) {
		h := open(t, t.TempDir(), earliest, atTheSameTime)
		for _, chat := range []string{"stays", "erases", "blocks"} {
			h.say(chat, "remind")
		}
		h.say("erases", "erase")
		gone := h.text("blocks", "")
		gone.Gone = true
		_, err := h.Handle(context.Background(), gone)
		require.NoError(t, err)
		for range 2 {
			h = h.away(42*day, earliest)
			pass(day)
		}
		defer h.shut()
		require.Len(t, h.post.asked("stays"), 2)
		for _, chat := range []string{"erases", "blocks"} {
			require.Empty(t, h.post.asked(chat), chat)
		}
	})
}

// TestNobodyIsAskedAfterStop: with the real conversation, whenever they stop.
func TestNobodyIsAskedAfterStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 0)
		for n := 2; n <= 4; n++ {
			w.nearlyThere(person(n), "help_wanted")
			w.until(w.does(person(n), flows.Input{Kind: flows.Show}, false))
			w.through(person(n))
			w.until(w.does(person(n), flows.Input{Kind: flows.Action, Action: flows.DoFollowUp}, false))
		}
		stop := flows.Input{Kind: flows.Action, Action: flows.DoStop}
		w.until(w.does(person(3), stop, false)) // at once
		w.elapse(40 * day)
		w.settle(2 * time.Minute)
		w.until(w.does(person(4), stop, false)) // when the conversation is long gone
		for range 3 {
			w.elapse(20 * day)
			w.settle(2 * time.Minute)
		}
		require.Len(t, w.exchange.phones[person(2)].reminds, 2)
		require.Empty(t, w.exchange.phones[person(3)].reminds)
		require.Empty(t, w.exchange.phones[person(4)].reminds)
		w.end()
	})
}

// TestOneWhoCannotBeAskedHoldsUpNobody: what is due to others goes out all the same, and
// the one is asked the next time.
func TestOneWhoCannotBeAskedHoldsUpNobody(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("no words for this") },
		"panic": func() error { panic("no words for this") },
	} {
		t.Run(name, func(t *testing.T) {
			within(t, func(t *testing.T) {
				h := open(t, t.TempDir(), earliest, atTheSameTime)
				h.say("mute", "remind")
				var others []string
				for i := range 150 { // more than are read at once
					others = append(others, "chat"+strconv.Itoa(i))
					h.say(others[i], "remind")
				}
				wordless := &wordless{post: h.post, chat: "mute", fail: fail}
				h = h.away(42*day, earliest, func(o *bot.Options) { o.Channels = []bot.Channel{wordless} })
				pass(day)
				for _, chat := range others {
					require.Len(t, h.post.asked(chat), 1, chat)
				}
				require.Empty(t, h.post.asked("mute"))
				require.EqualValues(t, 1, h.Counters().Failures)
				require.True(t, h.Health(context.Background()).OK)
				wordless.mended.Store(true)
				pass(15 * day)
				require.Len(t, h.post.asked("mute"), 1)
				h.shut()
			})
		})
	}
}

// wordless is a channel that fails to compose for one chat.
type wordless struct {
	*post
	chat   string
	fail   func() error
	mended atomic.Bool
}

func (w *wordless) Compose(chat bot.Chat, turn flows.Turn, o bot.Origin, s bot.Surface) ([]bot.Message, error) {
	if chat.ID == w.chat && !w.mended.Load() {
		return nil, w.fail()
	}
	return w.post.Compose(chat, turn, o, s)
}

func TestATryOutIsNotFollowedUp(t *testing.T) {
	within(t, func(t *testing.T) {
		h := open(t, t.TempDir(), earliest, atTheSameTime, func(o *bot.Options) { o.TryOut = func(bot.Update) bool { return true } })
		h.say("a", "remind")
		h = h.away(60 * day)
		pass(day)
		defer h.shut()
		require.Empty(t, h.post.asked("a"))
	})
}

// digests is a post that also sends digests, to everyone but those it was told to leave out.
type digests struct {
	*post
	refuses string
}

func (d *digests) Digest(s bot.Subscriber, week string) []bot.Message {
	if s.Chat.ID == d.refuses {
		return nil
	}
	return []bot.Message{{Chat: s.Chat, Body: []byte(`{"text":"digest ` + week + `"}`)}}
}

// subscribe lets a chat ask for the digest, by an errand.
func (h *house) subscribe(chat string, wanted bool) {
	h.t.Helper()
	u := h.text(chat, "")
	u.Errand = func(tx bot.Tx, _ time.Time) ([]bot.Message, error) {
		return []bot.Message{{Chat: u.Chat, Body: []byte(`{"text":"done"}`)}}, tx.Subscribe(bot.Subscriber{Chat: u.Chat, Lang: "nl"}, wanted)
	}
	_, err := h.Handle(context.Background(), u)
	require.NoError(h.t, err)
}

// subscribers are the chats that get the digest.
func (h *house) subscribers() (chats []string) {
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

func TestTheDigestComesEveryMondayAtEight(t *testing.T) {
	within(t, func(t *testing.T) {
		dir := t.TempDir()
		sent := &post{}
		reopen := func() *house {
			return open(t, dir, atTheSameTime, func(o *bot.Options) {
				o.Channels = []bot.Channel{&digests{sent, "removed"}}
			})
		}
		h := reopen() // on a Monday at noon
		settled()
		for _, chat := range []string{"a", "b", "removed"} {
			h.subscribe(chat, true)
		}
		settled()
		require.Equal(t, []string{"done"}, sent.texts("a"), "an errand is answered, and last week's digest was due before anybody asked")
		h.shut()
		pass(6 * day)
		h = reopen()
		pass(day - 4*time.Hour - time.Minute)
		require.Equal(t, []string{"done"}, sent.texts("a"), "it is just before eight")
		pass(2 * time.Minute)
		require.Equal(t, []string{"done", "digest 2026-W48"}, sent.texts("a"))
		for range 3 {
			h.shut()
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
		h.shut()
		pass(8 * day) // nobody is there the next Monday
		h = reopen()
		settled()
		require.Equal(t, []string{"done", "digest 2026-W48", "digest 2026-W49"}, sent.texts("a"), "late is better than never")
		require.Equal(t, []string{"done", "digest 2026-W48", "done"}, sent.texts("b"))
		h.shut()
	})
}

func TestAnErrandIsDoneOnce(t *testing.T) {
	within(t, func(t *testing.T) {
		h := open(t, t.TempDir())
		defer h.shut()
		u := h.text("a", "")
		u.Errand = func(bot.Tx, time.Time) ([]bot.Message, error) {
			return []bot.Message{{Chat: u.Chat, Body: []byte(`{"text":"figures"}`)}}, nil
		}
		for range 3 {
			_, err := h.Handle(context.Background(), u)
			require.NoError(t, err)
		}
		settled()
		require.Equal(t, []string{"figures"}, h.post.texts("a"))
		_, found := h.stored("a")
		require.False(t, found, "an errand begins no conversation")
	})
}

func TestLastWeekAndQuarter(t *testing.T) {
	for moment, want := range map[string][2]string{
		"2026-11-22T22:30:00Z": {"2026-W46", "2026Q3"}, // Sunday night
		"2026-11-22T23:30:00Z": {"2026-W47", "2026Q3"}, // Monday in the Netherlands
		"2027-01-01T11:00:00Z": {"2026-W52", "2026Q4"},
		"2026-12-31T23:30:00Z": {"2026-W52", "2026Q4"},
		"2026-03-31T21:59:00Z": {"2026-W13", "2025Q4"},
	} {
		now, err := time.Parse(time.RFC3339, moment)
		require.NoError(t, err)
		require.Equal(t, want, [2]string{bot.LastWeek(now), bot.LastQuarter(now)}, moment)
	}
}
