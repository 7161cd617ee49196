package store

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// turn does once per key what a turn does: mark, count the visit, answer.
func turn(who bot.Chat, key string) func(bot.Tx) error {
	return func(tx bot.Tx) error {
		seen, err := tx.Seen(key, noon)
		if err != nil || seen {
			return err
		}
		c, _, err := tx.Conversation(who, noon)
		if err != nil {
			return err
		}
		c.Session.Rev++
		if err := tx.Save(who, c, noon.AddDate(0, 0, 7)); err != nil {
			return err
		}
		return tx.Enqueue(bot.Message{Chat: who, Slot: flows.Living, Body: []byte(key)}, noon)
	}
}

func rev(t *testing.T, s *Store, who bot.Chat) (rev int) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error {
		c, _, err := tx.Conversation(who, noon)
		rev = c.Session.Rev
		return err
	})
	return rev
}

func TestAnUpdateDeliveredAgainHasNoEffect(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	for range 3 {
		do(t, s, turn(chat(1), "telegram:1"))
	}
	// Twice within one group, and after a restart.
	_, err := s.Apply(context.Background(), undeclared(turn(chat(1), "telegram:2"), turn(chat(1), "telegram:2")))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s = w.open(t)
	do(t, s, turn(chat(1), "telegram:2"))

	assert.Equal(t, 2, rev(t, s, chat(1)))
	assert.Equal(t, 2, number(t, s.state, "SELECT count(*) FROM outbox"))

	do(t, s, turn(chat(1), "")) // without a key nothing is remembered
	do(t, s, turn(chat(1), ""))
	assert.Equal(t, 4, rev(t, s, chat(1)))
}

func TestMarksOfUpdatesDiffer(t *testing.T) {
	v := newVault(newWorld(t).key)
	marks := map[mark]string{}
	for _, key := range []string{"a", "b", "aa", "aaa", "baa", "telegram:1", "telegram:01", "telegram:101", "web:101"} {
		m := v.update(key)
		assert.Empty(t, marks[m], key)
		marks[m] = key
	}
	assert.NotEqual(t, v.chat(bot.Chat{Channel: "ab", ID: "c"}), v.chat(bot.Chat{Channel: "a", ID: "bc"}))
}

func TestAWorkThatFailsIsUndoneAlone(t *testing.T) {
	s := newWorld(t).open(t)
	do(t, s, turn(chat(2), "telegram:0")) // so that the one that fails changes a session in use
	broken := errors.New("broken")
	after := func(then func()) func(bot.Tx) error {
		return func(tx bot.Tx) error {
			if err := turn(chat(2), "telegram:2")(tx); err != nil {
				return err
			}
			then()
			return broken
		}
	}
	each, err := s.Apply(context.Background(), undeclared(
		turn(chat(1), "telegram:1"),
		after(func() {}),
		after(func() { panic("what somebody typed") }),
		after(func() { _ = []int{}[len(broken.Error())] }),
		turn(chat(3), "telegram:3"),
	))
	require.NoError(t, err)
	require.Len(t, each, 5)
	assert.NoError(t, each[0])
	assert.ErrorIs(t, each[1], broken)
	var panicked *PanicError
	require.ErrorAs(t, each[2], &panicked)
	assert.NotContains(t, each[2].Error(), "typed")
	assert.ErrorContains(t, each[3], "index out of range")
	assert.NoError(t, each[4])

	assert.Equal(t, []int{1, 1, 1}, []int{rev(t, s, chat(1)), rev(t, s, chat(2)), rev(t, s, chat(3))})
	assert.Equal(t, 3, number(t, s.state, "SELECT count(*) FROM seen"))
	do(t, s, turn(chat(2), "telegram:2")) // its update was not marked: it may come again
	assert.Equal(t, 2, rev(t, s, chat(2)))
}

func TestAGroupIsOneTransaction(t *testing.T) {
	w := newWorld(t)
	commits := 0
	s := w.open(t, func(point string) {
		if point == "apply: before commit" {
			commits++
			// Nobody sees a part of the group.
			assert.Zero(t, number(t, w.copyOf(t).open(t).state, "SELECT count(*) FROM seen"))
		}
	})
	_, err := s.Apply(context.Background(), undeclared(
		turn(chat(1), "telegram:1"), turn(chat(2), "telegram:2"), turn(chat(3), "telegram:3")))
	require.NoError(t, err)
	assert.Equal(t, 1, commits)
	// What Apply acknowledged is in the files, without a proper end.
	assert.Equal(t, 3, number(t, w.copyOf(t).open(t).state, "SELECT count(*) FROM seen"))
}

func TestWhenTheTransactionIsLostNothingHappened(t *testing.T) {
	s := newWorld(t).open(t)
	do(t, s, turn(chat(1), "telegram:1"))
	full := number(t, s.state, "PRAGMA page_count") + 3
	require.Equal(t, full, number(t, s.state, "PRAGMA max_page_count = "+itoa(full)))

	works := undeclared(turn(chat(1), "telegram:2"))
	for i := range 50 { // more than three pages can hold
		works = append(works, undeclared(turn(chat(10+i), "telegram:"+itoa(10+i)))...)
	}
	works = append(works, undeclared(func(tx bot.Tx) error {
		_ = turn(chat(99), "telegram:99")(tx) // a work that does not mind
		return nil
	})...)
	each, err := s.Apply(context.Background(), works)
	require.Error(t, err)
	assert.Equal(t, Unwritable, ConditionOf(err))
	var stop interface{ Stop() bool }
	require.ErrorAs(t, err, &stop)
	assert.True(t, stop.Stop())
	for _, one := range each {
		assert.NoError(t, one)
	}
	// Likewise where a work hides the failure, and nobody else notices.
	_, err = s.Apply(context.Background(), undeclared(turn(chat(1), "telegram:2"), func(tx bot.Tx) error {
		return hide(tx.Enqueue(bot.Message{Chat: chat(1), Body: make([]byte, 64*kibi)}, noon))
	}))
	assert.Equal(t, Unwritable, ConditionOf(err))
	number(t, s.state, "PRAGMA max_page_count = 1000000")
	assert.Equal(t, 1, rev(t, s, chat(1)))
	assert.Equal(t, 1, number(t, s.state, "SELECT count(*) FROM seen"))
	do(t, s, turn(chat(1), "telegram:2"))
	assert.Equal(t, 2, rev(t, s, chat(1)))
}

func hide(error) error { return nil }

func TestAnEndedContextChangesNothing(t *testing.T) {
	s := newWorld(t).open(t)
	ctx, cancel := context.WithCancel(context.Background())
	each, err := s.Apply(ctx, undeclared(func(tx bot.Tx) error {
		cancel()
		return turn(chat(1), "telegram:1")(tx)
	}))
	require.NoError(t, err)
	require.NoError(t, each[0])
	_, err = s.Apply(ctx, undeclared(turn(chat(1), "telegram:2")))
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, rev(t, s, chat(1)))
}
