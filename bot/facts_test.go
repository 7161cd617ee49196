package bot_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/memdir"
)

func TestSessionExpires(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		expired := func(chat string) bool {
			u := h.text(chat, "tap")
			u.Input.Kind = flows.Answer
			turn, err := h.Handle(context.Background(), u)
			require.NoError(t, err)
			return len(turn.Replies) == 2
		}
		h.say("run", "one")
		h.say("looks", "one")
		h.say("done", "one")
		h.say("done", "finish")
		pass(day - time.Minute)
		require.False(t, expired("done"), "the result is there for 24 hours")
		pass(day + time.Minute)
		require.True(t, expired("done"), "and no longer")
		pass(4 * day)
		h.say("looks", "look")
		require.False(t, expired("run"), "an unfinished run is there for a week")
		pass(day + time.Minute)
		require.False(t, expired("run"), "counted from the last answer")
		require.True(t, expired("looks"), "and looking is no answer")
	})
}

func TestOnlyButtonsReportExpiry(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h := openHarness(t, memdir.New(t))
		defer h.stop()
		require.Len(t, h.say("text", "hello").Replies, 1)
		command := h.text("command", "x")
		command.Input.Kind = flows.Action
		turn, err := h.Handle(context.Background(), command)
		require.NoError(t, err)
		require.Len(t, turn.Replies, 1)
		button := h.text("button", "x")
		button.Input.Kind, button.Origin.Tap = flows.Action, true
		turn, err = h.Handle(context.Background(), button)
		require.NoError(t, err)
		require.Len(t, turn.Replies, 2)
	})
}

func TestAllFactsReachTheStore(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		recorded := &recorder{}
		h := openHarness(t, memdir.New(t), recorded.listen, func(o *bot.Options) { o.Random = func(n int) int { return n - 1 } })
		defer h.stop()
		h.say("a", "one")
		pass(8 * 24 * time.Hour)
		require.Equal(t, []string{"started  2026-W48"}, recorded.take())
		h.say("b", "one")
		recorded.take()
		pass(6 * 24 * time.Hour) // into the week of 7 December
		h.say("b", "stop")
		require.Equal(t, []string{"stopped sector 2026-W49", "drop"}, recorded.take(), "in the week of the last answer")
		tap := h.text("c", "one")
		tap.Origin = bot.Origin{Slot: flows.Advice, Message: "m77", Tap: true}
		_, err := h.Handle(context.Background(), tap)
		require.NoError(t, err)
		h.say("c", "finish")
		h.say("c", "remind")
		h.say("c", "stop")
		require.Equal(t, []string{
			"started  2026-W50", "stage horeca", "hasty  2026-W50", "follow-up 2027-01-31 m77", "freeze", "drop",
		}, recorded.take())
		h.say("d", "finish")
		h.say("d", "restart")
		require.Equal(t, []string{
			"started  2026-W50", "stage horeca", "hasty  2026-W50", "freeze", "started  2026-W50",
		}, recorded.take(), "the old run is closed before the new one begins")
		h.say("c", "erase")
		require.Equal(t, []string{"erase", "follow-up never"}, recorded.take())
	})
}

func TestTryOutIsNeverCounted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		recorded := &recorder{}
		h := openHarness(t, memdir.New(t), recorded.listen, func(o *bot.Options) {
			o.TryOut = func(u bot.Update) bool { return u.Chat.ID == "coordinator" }
		})
		defer h.stop()
		for _, text := range []string{"one", "finish", "stop", "one", "stop", "one"} {
			h.say("coordinator", text)
		}
		for _, text := range []string{"from the test partner", "finish", "stop", "from the test partner", "stop"} {
			h.say("person", text)
		}
		pass(8 * 24 * time.Hour)
		recorded.take()
		require.Empty(t, slices.DeleteFunc(recorded.everything(), func(s string) bool {
			return s == "drop" || s == "freeze"
		}))
		staged, _, _, err := h.store.Waiting(context.Background(), time.Now())
		require.NoError(t, err)
		require.Zero(t, staged)
	})
}

// TestConversationFromCodeIsNeverCounted: a conversation from a code is not counted, but the one it replaces
// is.
func TestConversationFromCodeIsNeverCounted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		recorded := &recorder{}
		h := openHarness(t, memdir.New(t), recorded.listen)
		defer h.stop()
		week := referral.WeekOf(noon)
		h.say("a", "one")
		recorded.take()
		h.say("a", "from a code")
		require.Equal(t, []string{"stopped sector " + week}, recorded.take(), "the run before it was counted")
		for _, text := range []string{"one", "finish", "older code", "remind"} {
			h.say("a", text)
		}
		require.Empty(t, recorded.take())
		h.say("a", "restart")
		require.Contains(t, recorded.take(), "started  "+week, "another conversation is")
		h.say("a", "finish")
		h.say("a", "older code")
		require.Contains(t, recorded.take(), "transition vulnerable leading")
	})
}

// recorder records the calls of turns that concern figures, and passes them on.
type recorder struct {
	mu   sync.Mutex
	news []string
	past []string
}

func (r *recorder) listen(o *bot.Options) { o.Store = &recordingStore{Store: o.Store, recorder: r} }

func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.news = append(r.news, fmt.Sprintf(format, args...))
}

// take returns what was recorded since the last time.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	news := r.news
	r.past, r.news = append(r.past, news...), nil
	return news
}

func (r *recorder) everything() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(slices.Clone(r.past), r.news...)
}

type recordingStore struct {
	bot.Store
	*recorder
}

func (s *recordingStore) Apply(ctx context.Context, works []bot.Work) ([]error, error) {
	for i, work := range works {
		works[i].Do = func(tx bot.Tx) error { return work.Do(&recordingTx{tx, s.recorder}) }
	}
	return s.Store.Apply(ctx, works)
}

type recordingTx struct {
	bot.Tx
	*recorder
}

func (t *recordingTx) Tick(kind bot.TickKind, detail, week string) error {
	t.note("%s %s %s", kind, detail, week)
	return t.Tx.Tick(kind, detail, week)
}

func (t *recordingTx) Uncounted(n int, week string) error {
	t.note("uncounted %d %s", n, week)
	return t.Tx.Uncounted(n, week)
}

func (t *recordingTx) Stage(chat bot.Chat, o flows.Outcome, now time.Time) error {
	t.note("stage %s", o.Sector)
	return t.Tx.Stage(chat, o, now)
}

func (t *recordingTx) Transition(chat bot.Chat, moved flows.Transition, now time.Time) error {
	t.note("transition %s %s", moved.Then, moved.Now)
	return t.Tx.Transition(chat, moved, now)
}

func (t *recordingTx) Freeze(chat bot.Chat) error {
	t.note("freeze")
	return t.Tx.Freeze(chat)
}

func (t *recordingTx) Drop(chat bot.Chat) error {
	t.note("drop")
	return t.Tx.Drop(chat)
}

func (t *recordingTx) Erase(chat bot.Chat) error {
	t.note("erase")
	return t.Tx.Erase(chat)
}

func (t *recordingTx) FollowUp(chat bot.Chat, due time.Time, advice bot.MessageRef) error {
	if due.IsZero() {
		t.note("follow-up never")
	} else {
		t.note("follow-up %s %s", due.Format(time.DateOnly), advice)
	}
	return t.Tx.FollowUp(chat, due, advice)
}
