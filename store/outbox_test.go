package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store/engine"
)

func enqueue(t *testing.T, s *Store, who bot.Chat, body string, at time.Time, edit ...flows.Slot) {
	t.Helper()
	m := bot.Message{Chat: who, Slot: flows.Aside, Body: []byte(body)}
	if len(edit) > 0 {
		m.Slot, m.Edit = edit[0], true
	}
	do(t, s, func(tx bot.Tx) error { return tx.Enqueue(m, at) }, who)
}

func due(t *testing.T, s *Store, now time.Time) []bot.Delivery {
	t.Helper()
	all, err := s.Due(context.Background(), now, 100, nil)
	require.NoError(t, err)
	return all
}

func bodies(deliveries []bot.Delivery) (all []string) {
	for _, d := range deliveries {
		all = append(all, string(d.Message.Body))
	}
	return all
}

func TestMessagesAreSentInOrder(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	enqueue(t, s, chat(1), "1a", noon)
	enqueue(t, s, chat(1), "1b", noon)
	enqueue(t, s, chat(2), "2a", noon.Add(time.Second))
	enqueue(t, s, chat(1), "1c", noon)

	now := noon.Add(time.Minute)
	assert.Empty(t, due(t, s, noon.Add(-time.Second)))
	first := due(t, s, now)
	assert.Equal(t, []string{"1a", "2a"}, bodies(first))
	assert.Equal(t, []string{"1a", "2a"}, bodies(due(t, s, now)), "due until it is settled")

	postpone(t, s, first[0], now.Add(longestPostponement))
	assert.Equal(t, []string{"2a"}, bodies(due(t, s, now)), "later messages wait for a postponed one")
	require.NoError(t, s.Close())
	s = h.open(t)
	later := due(t, s, now.Add(longestPostponement))
	assert.Equal(t, []string{"2a", "1a"}, bodies(later))
	assert.Equal(t, 1, later[1].Tries)

	markDelivered(t, s, later[1], bot.Shown{})
	markDelivered(t, s, later[1], bot.Shown{}) // idempotent
	next := due(t, s, now)
	assert.Equal(t, []string{"1b", "2a"}, bodies(next))
	assert.Zero(t, next[0].Tries)
	do(t, s, func(tx bot.Tx) error { return tx.Discard(next[0]) }, next[0].Message.Chat)
	assert.Equal(t, []string{"1c", "2a"}, bodies(due(t, s, now)))

	one, err := s.Due(context.Background(), now, 1, nil)
	require.NoError(t, err)
	assert.Len(t, one, 1)
}

// Messages that were enqueued or postponed while the clock was ahead are due once it is
// right again.
func TestClockAheadDelaysNoMessage(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	ahead := noon.AddDate(10, 0, 0)
	enqueue(t, s, chat(1), "postponed", noon)
	d := due(t, s, noon)
	postpone(t, s, d[0], ahead)
	enqueue(t, s, chat(1), "behind it", ahead)
	enqueue(t, s, chat(2), "created ahead", ahead)
	enqueue(t, s, chat(3), "created now", noon)
	for range 2 {
		assert.Equal(t, []string{"created now", "postponed", "created ahead"}, bodies(due(t, s, noon)))
		one, err := s.Due(context.Background(), noon, 2, nil)
		require.NoError(t, err)
		assert.Equal(t, []string{"created now", "postponed"}, bodies(one))
		require.NoError(t, s.Close())
		s = h.open(t)
	}
}

func TestDeliveredUpdatesSurface(t *testing.T) {
	s := newHarness(t).open(t)
	c := conversation()
	c.Surface = bot.Surface{flows.Living: {Ref: "10"}, flows.Advice: {Ref: "20"}}
	save(t, s, chat(1), c, noon.Add(time.Hour))
	enqueue(t, s, chat(1), "new", noon)
	d := due(t, s, noon)[0]
	assert.Equal(t, c.Surface, d.Surface)
	d.Message.Slot = flows.Living
	markDelivered(t, s, d, bot.Shown{Ref: "11"})
	c.Surface = bot.Surface{flows.Living: {Ref: "11"}, flows.Advice: {Ref: "20"}}
	back, ok := load(t, s, chat(1), noon.Add(time.Hour-time.Second))
	assert.True(t, ok)
	assert.Equal(t, c, back)
	_, ok = load(t, s, chat(1), noon.Add(time.Hour))
	assert.False(t, ok, "a delivery does not extend a session")
	markDelivered(t, s, d, bot.Shown{Ref: "12"})
	assert.Zero(t, rowCount(t, state(s), "session"), "nor create one")
}

func TestEditReplacesPendingEdit(t *testing.T) {
	s := newHarness(t).open(t)
	all := func() (seen []string) {
		for {
			now := due(t, s, noon)
			if len(now) == 0 {
				return seen
			}
			seen = append(seen, bodies(now)...)
			for _, d := range now {
				markDelivered(t, s, d, bot.Shown{})
			}
		}
	}
	enqueue(t, s, chat(1), "question 1", noon, flows.Living)
	enqueue(t, s, chat(2), "of another chat", noon, flows.Living)
	enqueue(t, s, chat(1), "question 2", noon, flows.Living)
	enqueue(t, s, chat(1), "question 3", noon, flows.Living)
	enqueue(t, s, chat(1), "picture", noon, flows.Picture)
	enqueue(t, s, chat(1), "question 4", noon, flows.Living)
	do(t, s, func(tx bot.Tx) error {
		return tx.Enqueue(bot.Message{Chat: chat(1), Slot: flows.Living, Body: []byte("new message")}, noon)
	}, chat(1))
	enqueue(t, s, chat(1), "question 5", noon, flows.Living)
	enqueue(t, s, chat(1), "question 6", noon, flows.Living)
	assert.Equal(t, []string{
		"question 3", "of another chat", "picture", "question 4", "new message", "question 6",
	}, all())

	// A message in flight is not replaced: its delivery must not remove the newer one.
	enqueue(t, s, chat(1), "question 7", noon, flows.Living)
	sending := due(t, s, noon)
	enqueue(t, s, chat(1), "question 8", noon, flows.Living)
	enqueue(t, s, chat(1), "question 9", noon, flows.Living)
	assert.Equal(t, []string{"question 7"}, bodies(due(t, s, noon)))
	markDelivered(t, s, sending[0], bot.Shown{})
	assert.Equal(t, []string{"question 9"}, all())
}

// An edit that replaces a postponed one is due at once with zero tries, since the new body was
// never refused.
func TestReplacingEditResetsTries(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	enqueue(t, s, chat(1), "refused", noon, flows.Living)
	refused := due(t, s, noon)
	postpone(t, s, refused[0], noon.Add(longestPostponement))
	enqueue(t, s, chat(2), "of another chat", noon)
	assert.Equal(t, []string{"of another chat"}, bodies(due(t, s, noon)))
	enqueue(t, s, chat(1), "new", noon, flows.Living)
	for range 2 {
		now := due(t, s, noon)
		assert.Equal(t, []string{"new", "of another chat"}, bodies(now))
		assert.Zero(t, now[0].Tries)
		require.NoError(t, s.Close())
		s = h.open(t)
	}
	refused = due(t, s, noon)
	postpone(t, s, refused[0], noon.Add(longestPostponement))
	assert.Equal(t, []string{"of another chat"}, bodies(due(t, s, noon)))
	assert.Equal(t, 1, due(t, s, noon.Add(longestPostponement))[1].Tries)
}

// A late delivery must not remove a message that was enqueued after an erasure.
func TestMessageIDsAreNotReused(t *testing.T) {
	s := newHarness(t).open(t)
	enqueue(t, s, chat(1), "old", noon)
	old := due(t, s, noon)
	do(t, s, func(tx bot.Tx) error { return tx.Erase(chat(1)) }, chat(1))
	enqueue(t, s, chat(1), "new", noon)
	markDelivered(t, s, old[0], bot.Shown{Ref: "5"})
	assert.Equal(t, []string{"new"}, bodies(due(t, s, noon)))
}

func TestLargeBodies(t *testing.T) {
	s := newHarness(t).open(t)
	body := strings.Repeat("groß \x00\xff", 2000)
	enqueue(t, s, chat(1), body, noon)
	assert.Equal(t, []string{body}, bodies(due(t, s, noon)))
}

func TestWaiting(t *testing.T) {
	s := newHarness(t).open(t)
	staged, unsent, oldest, err := s.Waiting(context.Background(), noon)
	require.NoError(t, err)
	assert.Zero(t, staged)
	assert.Zero(t, unsent)
	assert.Zero(t, oldest)
	finish(t, s, chat(1), noon, "kvk")
	do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(2), outcome("kvk"), noon) }, chat(2))
	enqueue(t, s, chat(1), "a", noon)
	enqueue(t, s, chat(2), "b", noon.Add(time.Minute))
	staged, unsent, oldest, err = s.Waiting(context.Background(), noon.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, 2, staged)
	assert.Equal(t, 2, unsent)
	assert.Equal(t, time.Hour, oldest)
}

// lossyEngine fails commits as a full disk does.
type lossyEngine struct {
	engine.Rows
	failCommits bool
}

func (l *lossyEngine) Update(ctx context.Context, touch engine.Touch, do func(engine.State) error) error {
	return l.Rows.Update(ctx, touch, func(rows engine.State) error {
		if err := do(rows); err != nil || !l.failCommits {
			return err
		}
		return &Error{Condition: Unwritable, Err: errors.New("disk full")}
	})
}

// A message whose delivery could not be recorded is still in flight: a newer edit must not
// replace its row, which the next delivery record deletes.
func TestEditDoesNotReplaceMessageInFlight(t *testing.T) {
	for name, fail := range map[string]func(*testing.T, *Store, *lossyEngine, bot.Work){
		"failed transaction": func(t *testing.T, s *Store, rows *lossyEngine, delivered bot.Work) {
			rows.failCommits = true
			_, err := s.Apply(context.Background(), []bot.Work{delivered})
			require.Error(t, err)
			rows.failCommits = false
		},
		"failed work": func(t *testing.T, s *Store, _ *lossyEngine, delivered bot.Work) {
			each, err := s.Apply(context.Background(), []bot.Work{work(func(tx bot.Tx) error {
				return errors.Join(delivered.Do(tx), errors.New("rolled back"))
			}, chat(1))})
			require.NoError(t, err)
			require.Error(t, each[0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHarness(t).open(t)
			rows := &lossyEngine{Rows: s.rows}
			s.rows = rows
			enqueue(t, s, chat(1), "A", noon, flows.Living)
			sent := due(t, s, noon)
			delivered := work(func(tx bot.Tx) error { return tx.Delivered(sent[0], bot.Shown{}) }, chat(1))
			fail(t, s, rows, delivered)
			enqueue(t, s, chat(1), "B", noon, flows.Living)
			doWork(t, s, delivered)
			assert.Equal(t, []string{"B"}, bodies(due(t, s, noon)))
		})
	}
}
