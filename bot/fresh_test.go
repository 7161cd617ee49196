package bot_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store"
	"digiwijzer/store/memdir"
)

// leasedStore is a store of several processes, of which this one sends everything. Fresh returns what
// a test puts in fresh.
type leasedStore struct {
	*store.Store
	mu     sync.Mutex
	fresh  []bot.Delivery
	hidden bool // Due finds nothing
}

func (s *leasedStore) Leased() bool                                   { return true }
func (s *leasedStore) Renew(context.Context, func(string) bool) error { return nil }
func (s *leasedStore) Held(string) (bot.Lease, time.Duration, bool) {
	return bot.Lease{}, time.Minute, true
}
func (s *leasedStore) Sending() float64            { return 1 }
func (s *leasedStore) Leave(context.Context) error { return nil }

func (s *leasedStore) Fresh() (all []bot.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, s.fresh = s.fresh, nil
	return all
}

func (s *leasedStore) Due(ctx context.Context, now time.Time, limit int, except []int64) ([]bot.Delivery, error) {
	s.mu.Lock()
	hidden := s.hidden
	s.mu.Unlock()
	if hidden {
		return nil, nil
	}
	return s.Store.Due(ctx, now, limit, except)
}

// offer stores messages and offers the first of each chat as fresh, or only stores them.
func (s *leasedStore) offer(t *testing.T, texts map[string]string, offered bool) {
	t.Helper()
	for chat, text := range texts {
		who := bot.Chat{Channel: "telegram", ID: chat}
		each, err := s.Store.Apply(t.Context(), []bot.Work{{Chats: []bot.Chat{who}, Do: func(tx bot.Tx) error {
			return tx.Enqueue(bot.Message{Chat: who, Body: []byte(`{"text":"` + text + `"}`)}, noon)
		}}})
		require.NoError(t, errors.Join(append(each, err)...))
	}
	if !offered {
		return
	}
	due, err := s.Store.Due(t.Context(), noon, 1000, nil)
	require.NoError(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh = nil
	for _, d := range due {
		if texts[d.Message.Chat.ID] != "" {
			s.fresh = append(s.fresh, d)
		}
	}
}

// openLeased starts a dispatcher on a leasedStore.
func openLeased(t *testing.T) (*harness, *leasedStore) {
	t.Helper()
	var s *leasedStore
	h := openHarness(t, memdir.New(t), func(o *bot.Options) {
		s = &leasedStore{Store: o.Store.(undisturbed).Store}
		o.Store = s
	})
	return h, s
}

func TestFreshMessagesAreSentUnread(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h, s := openLeased(t)
		defer h.stop()
		settled()
		s.mu.Lock()
		s.hidden = true
		s.mu.Unlock()
		s.offer(t, map[string]string{"a": "one"}, true)
		h.say("b", "x") // a commit, after which the outbox looks
		settled()
		require.Equal(t, []string{"one"}, h.channel.texts("a"))
		_, unsent, _, err := h.store.Waiting(t.Context(), noon)
		require.NoError(t, err)
		require.Equal(t, 1, unsent, "the answer to b")
		s.mu.Lock()
		s.hidden = false
		s.mu.Unlock()
		pass(time.Second)
		require.Equal(t, []string{"re:x"}, h.channel.texts("b"), "what another process committed is read")
	})
}

// What may not be sent at once waits in the store, and is read when it may.
func TestFreshMessagesKeepOrderAndPauses(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h, s := openLeased(t)
		defer h.stop()
		h.channel.fail = failing("one", 1, bot.Throttled, 30*time.Second)
		s.offer(t, map[string]string{"a": "one"}, true)
		h.say("b", "x")
		pass(time.Second)
		s.offer(t, map[string]string{"a": "two"}, false)
		s.offer(t, map[string]string{"a": "three"}, true) // a's first message is still "one"
		h.say("b", "y")
		pass(time.Second)
		require.Empty(t, h.channel.texts("a"), "the chat is held")
		pass(time.Minute)
		require.Equal(t, []string{"one", "two", "three"}, h.channel.texts("a"))
	})
}

func TestFreshMessagesOfAChatInFlight(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h, s := openLeased(t)
		defer h.stop()
		h.channel.hold = make(chan struct{})
		s.offer(t, map[string]string{"a": "one"}, true)
		h.say("b", "x")
		pass(time.Second)
		require.Equal(t, 2, h.channel.calls)
		s.offer(t, map[string]string{"a": "two"}, true) // the store offers the first of the chat again
		h.say("c", "y")
		pass(time.Second)
		require.Equal(t, 3, h.channel.calls, "c, and nothing more of a")
		close(h.channel.hold)
		pass(time.Second)
		require.Equal(t, []string{"one", "two"}, h.channel.texts("a"))
	})
}

// Nothing overtakes what waits for the pace of the channel.
func TestFreshMessagesOvertakeNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		h, s := openLeased(t)
		defer h.stop()
		for i := range 60 { // twice as many as may go at once
			s.offer(t, map[string]string{"chat" + string(rune('A'+i)): "x"}, false)
		}
		pass(500 * time.Millisecond)
		s.offer(t, map[string]string{"late": "last"}, true)
		h.say("later", "later")
		pass(time.Minute)
		all := h.channel.all()
		require.Len(t, all, 62)
		require.Equal(t, "last", all[60].text)
	})
}
