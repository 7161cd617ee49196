package bot_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/memdir"
)

// hastyHarness records everything that is counted.
type hastyHarness struct {
	*harness
	clock    *fakeClock
	recorded *recorder
	idle     time.Duration
}

func newHastyHarness(t *testing.T, dir string) *hastyHarness {
	w := &hastyHarness{clock: &fakeClock{}, recorded: &recorder{}}
	w.clock.set(noon)
	w.harness = openHarness(t, dir, w.recorded.listen, func(o *bot.Options) {
		o.Clock = w.clock
		o.TryOut = func(u bot.Update) bool { return u.Chat.ID == "coordinator" }
	})
	return w
}

// does handles one text after another; a duration advances the clock, a negative one sets
// it back.
func (h *hastyHarness) does(chat string, things ...any) {
	h.t.Helper()
	for _, thing := range things {
		if by, ok := thing.(time.Duration); ok {
			h.clock.shift.Add(int64(by))
			continue
		}
		u := h.text(chat, thing.(string))
		u.Idle = h.idle
		_, err := h.Handle(context.Background(), u)
		require.NoError(h.t, err)
	}
}

// hasty is the number of hasty ticks since the last time.
func (h *hastyHarness) hasty() (n int) {
	for _, note := range h.recorded.take() {
		if note == "hasty  2026-W48" {
			n++
		}
	}
	return n
}

// TestBeginningKeptByTheChannel: it is carried out with the next update and dates from when
// it was given, counts once, and begins nothing when the conversation has ended since.
func TestBeginningKeptByTheChannel(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := newHastyHarness(t, memdir.New(t))
		defer h.stop()
		first := h.text("1", "one")
		second := func(text string) (u bot.Update) {
			u = h.text("1", text)
			u.Beginning = &bot.Beginning{Key: first.Key, Input: first.Input, At: noon}
			return u
		}
		ctx := context.Background()
		turn, found, err := h.Peek(ctx, second("two"))
		require.NoError(t, err)
		require.True(t, found)
		require.Len(t, turn.Session.Answers, 2)
		require.Empty(t, h.recorded.take())

		h.clock.shift.Add(int64(19 * time.Second))
		turn, err = h.Handle(ctx, second("finish"))
		require.NoError(t, err)
		require.Equal(t, map[string]string{"000": "one", "001": "finish"}, turn.Session.Answers)
		notes := h.recorded.take()
		require.Contains(t, notes, "started  2026-W48")
		require.Contains(t, notes, "hasty  2026-W48")

		begun := h.text("2", "one")
		slow := h.text("2", "finish")
		slow.Beginning = &bot.Beginning{Key: begun.Key, Input: begun.Input, At: noon.Add(-time.Second)} // 20 s ago
		_, err = h.Handle(ctx, slow)
		require.NoError(t, err)
		notes = h.recorded.take()
		require.Contains(t, notes, "started  2026-W48")
		require.NotContains(t, notes, "hasty  2026-W48", "its beginning is not the second update")

		turn, err = h.Handle(ctx, second("three"))
		require.NoError(t, err)
		require.Len(t, turn.Session.Answers, 3)
		require.NotContains(t, h.recorded.take(), "started  2026-W48")

		h.does("1", "stop")
		h.recorded.take()
		turn, err = h.Handle(ctx, second("four"))
		require.NoError(t, err)
		require.Empty(t, turn.Replies)
		require.Empty(t, h.recorded.take())
	})
}

func TestHastyRuns(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, c := range map[string]struct {
		things []any
		want   int
	}{
		"at once":                              {[]any{"one", "two", "finish"}, 1},
		"in 19 seconds":                        {[]any{"one", 10 * s, "two", 9 * s, "finish"}, 1},
		"in 20 seconds":                        {[]any{"one", 10 * s, "two", 10 * s, "finish"}, 0},
		"looking around does not begin anew":   {[]any{"one", 15 * s, "look", 5 * s, "finish"}, 0},
		"a day later":                          {[]any{"one", 24 * time.Hour, "two", "finish"}, 0},
		"an answer changed afterwards":         {[]any{"one", 19 * s, "finish", s, "finish", "finish"}, 1},
		"changed soon after a slow one":        {[]any{"one", 60 * s, "finish", s, "finish"}, 0},
		"a fast run after a slow one":          {[]any{"one", 60 * s, "finish", "restart", 5 * s, "finish"}, 1},
		"a fast run begun after a slow part":   {[]any{"one", 60 * s, "restart", 19 * s, "finish"}, 1},
		"a slow run after a fast one":          {[]any{"one", "finish", "restart", 20 * s, "finish"}, 1},
		"each run by itself":                   {[]any{"one", "finish", "restart", "two", "finish", "restart", "finish"}, 3},
		"stopped, and begun again":             {[]any{"one", 60 * s, "stop", "one", 3 * s, "finish"}, 1},
		"not finished":                         {[]any{"one", "two", "stop"}, 0},
		"the test partner":                     {[]any{"from the test partner", "finish"}, 0},
		"the clock set back before it began":   {[]any{"one", -30 * s, "finish"}, 0},
		"the clock set back to just after it":  {[]any{"one", 60 * s, "two", -50 * s, "three", "finish"}, 0},
		"set back between the last two":        {[]any{"one", 60 * s, "two", -50 * s, "finish"}, 0},
		"set back, and begun again after that": {[]any{"one", 60 * s, "two", -50 * s, "restart", 5 * s, "finish"}, 1},
		"set back by an hour":                  {[]any{"one", 60 * s, "two", -time.Hour, "three", time.Hour, "finish"}, 0},
		"the clock set forward":                {[]any{"one", time.Hour, "finish"}, 0},
	} {
		for _, idle := range []time.Duration{0, 10 * time.Minute} { // the second on a shared device
			if idle > 0 && slices.ContainsFunc(c.things, func(thing any) bool { by, _ := thing.(time.Duration); return by >= idle }) {
				continue // the conversation is gone before it is finished
			}
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newHastyHarness(t, memdir.New(t))
					defer w.stop()
					w.idle = idle
					w.does("a", c.things...)
					require.Equal(t, c.want, w.hasty())
					w.does("coordinator", c.things...)
					require.Zero(t, w.hasty(), "a try-out")
					kept, _ := w.stored("coordinator")
					require.Zero(t, kept.Began, "of a try-out nothing is kept of it")
				})
			})
		}
	}
}

// TestBeginIsKeptUntilTheResult: in the session, through a restart, and no longer.
func TestBeginIsKeptUntilTheResult(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		dir := memdir.New(t)
		w := newHastyHarness(t, dir)
		w.does("a", "one", 5*time.Second, "two")
		kept, _ := w.stored("a")
		require.Equal(t, noon.Unix(), kept.Began)
		w.stop()
		w = newHastyHarness(t, dir)
		defer w.stop()
		w.keys = 100
		w.does("a", 10*time.Second, "finish")
		require.Equal(t, 1, w.hasty())
		kept, _ = w.stored("a")
		require.Zero(t, kept.Began, "the result is there, so nothing needs it")
	})
}

// TestOlderSessionIsNeverHasty: a run of an earlier version has no begin.
func TestOlderSessionIsNeverHasty(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newHastyHarness(t, memdir.New(t))
		defer w.stop()
		w.does("a", "one")
		kept, _ := w.stored("a")
		kept.Began = 0
		_, err := w.store.Apply(context.Background(), []bot.Work{{Chats: []bot.Chat{{Channel: "telegram", ID: "a"}}, Do: func(tx bot.Tx) error {
			return tx.Save(bot.Chat{Channel: "telegram", ID: "a"}, kept, kept.Until)
		}}})
		require.NoError(t, err)
		w.does("a", "two", "finish")
		require.Zero(t, w.hasty())
		w.does("a", "restart", "finish")
		require.Equal(t, 1, w.hasty(), "the next run has one")
	})
}
