package store

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store/engine"
)

// turn returns the work of a turn: deduplicate by key, increment the revision, enqueue a
// reply.
func turn(who bot.Chat, key string) bot.Work {
	return bot.Work{Chats: []bot.Chat{who}, Updates: []string{key}, Do: func(tx bot.Tx) error {
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
	}}
}

func revision(t *testing.T, s *Store, who bot.Chat) (rev int) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error {
		c, _, err := tx.Conversation(who, noon)
		rev = c.Session.Rev
		return err
	}, who)
	return rev
}

func TestDuplicateUpdateHasNoEffect(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for range 3 {
		doWork(t, s, turn(chat(1), "telegram:1"))
	}
	// In one group, and after a restart.
	_, err := s.Apply(context.Background(), []bot.Work{turn(chat(1), "telegram:2"), turn(chat(1), "telegram:2")})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s = h.open(t)
	doWork(t, s, turn(chat(1), "telegram:2"))

	assert.Equal(t, 2, revision(t, s, chat(1)))
	assert.Equal(t, 2, rowCount(t, state(s), "outbox"))

	doWork(t, s, turn(chat(1), "")) // without a key nothing is deduplicated
	doWork(t, s, turn(chat(1), ""))
	assert.Equal(t, 4, revision(t, s, chat(1)))
}

func TestUpdateHashesDiffer(t *testing.T) {
	v := newEnvelope(newHarness(t).key)
	hashes := map[engine.Hash]string{}
	for _, key := range []string{"a", "b", "aa", "aaa", "baa", "telegram:1", "telegram:01", "telegram:101", "web:101"} {
		m := v.update(key)
		assert.Empty(t, hashes[m], key)
		hashes[m] = key
	}
	assert.NotEqual(t, v.chat(bot.Chat{Channel: "ab", ID: "c"}), v.chat(bot.Chat{Channel: "a", ID: "bc"}))
}

func TestFailedWorkIsRolledBackAlone(t *testing.T) {
	s := newHarness(t).open(t)
	doWork(t, s, turn(chat(2), "telegram:0")) // so that the failing work changes an existing session
	broken := errors.New("broken")
	after := func(then func()) bot.Work {
		w := turn(chat(2), "telegram:2")
		original := w.Do
		w.Do = func(tx bot.Tx) error {
			if err := original(tx); err != nil {
				return err
			}
			then()
			return broken
		}
		return w
	}
	each, err := s.Apply(context.Background(), []bot.Work{
		turn(chat(1), "telegram:1"),
		after(func() {}),
		after(func() { panic("what somebody typed") }),
		after(func() { _ = []int{}[len(broken.Error())] }),
		turn(chat(3), "telegram:3"),
	})
	require.NoError(t, err)
	require.Len(t, each, 5)
	assert.NoError(t, each[0])
	assert.ErrorIs(t, each[1], broken)
	var panicked *PanicError
	require.ErrorAs(t, each[2], &panicked)
	assert.NotContains(t, each[2].Error(), "typed")
	assert.ErrorContains(t, each[3], "runtime.boundsError")
	assert.NoError(t, each[4])

	assert.Equal(t, []int{1, 1, 1}, []int{revision(t, s, chat(1)), revision(t, s, chat(2)), revision(t, s, chat(3))})
	assert.Equal(t, 3, rowCount(t, state(s), "seen"))
	doWork(t, s, turn(chat(2), "telegram:2")) // its update was not marked as seen, so that it can be retried
	assert.Equal(t, 2, revision(t, s, chat(2)))
}

// What another work of the group did to the same chat remains.
func TestFailedWorkKeepsEarlierWorksOfItsGroup(t *testing.T) {
	s := newHarness(t).open(t)
	doWork(t, s, turn(chat(1), "telegram:1"))
	failing := turn(chat(1), "telegram:3")
	original := failing.Do
	failing.Do = func(tx bot.Tx) error { return errors.Join(original(tx), errors.New("broken")) }
	each, err := s.Apply(context.Background(), []bot.Work{turn(chat(1), "telegram:2"), failing})
	require.NoError(t, err)
	require.NoError(t, each[0])
	require.Error(t, each[1])
	assert.Equal(t, 2, revision(t, s, chat(1)))
	doWork(t, s, turn(chat(1), "telegram:3"))
	assert.Equal(t, 3, revision(t, s, chat(1)))
}

func TestApplyCommitsOnce(t *testing.T) {
	h := newHarness(t)
	commits := 0
	s := h.open(t, func(point string) {
		if point == "apply: before commit" {
			commits++
			// No part of the group is visible.
			assert.Zero(t, queryInt(t, state(h.copyOf(t).open(t)), "SELECT count(*) FROM seen"))
		}
	})
	_, err := s.Apply(context.Background(), []bot.Work{
		turn(chat(1), "telegram:1"), turn(chat(2), "telegram:2"), turn(chat(3), "telegram:3")})
	require.NoError(t, err)
	assert.Equal(t, 1, commits)
	// What Apply acknowledged is in the files, without closing the store.
	assert.Equal(t, 3, queryInt(t, state(h.copyOf(t).open(t)), "SELECT count(*) FROM seen"))
}

func TestFailedTransactionHasNoEffect(t *testing.T) {
	s := newHarness(t).open(t)
	doWork(t, s, turn(chat(1), "telegram:1"))
	full := queryInt(t, state(s), "PRAGMA page_count") + 3
	require.Equal(t, full, queryInt(t, state(s), "PRAGMA max_page_count = "+itoa(full)))

	works := []bot.Work{turn(chat(1), "telegram:2")}
	for i := range 50 { // more than three pages can hold
		works = append(works, turn(chat(10+i), "telegram:"+itoa(10+i)))
	}
	ignoring := turn(chat(99), "telegram:99")
	original := ignoring.Do
	ignoring.Do = func(tx bot.Tx) error {
		_ = original(tx) // ignores the failure
		return nil
	}
	works = append(works, ignoring)
	each, err := s.Apply(context.Background(), works)
	require.Error(t, err)
	assert.Equal(t, Unwritable, ConditionOf(err))
	var stop interface{ Stop() bool }
	require.ErrorAs(t, err, &stop)
	assert.True(t, stop.Stop())
	for _, one := range each {
		assert.NoError(t, one)
	}
	assert.Equal(t, 1, revision(t, s, chat(1)))
	// Likewise where a work ignores the failure and no later one fails.
	_, err = s.Apply(context.Background(), []bot.Work{turn(chat(1), "telegram:2"), work(func(tx bot.Tx) error {
		return ignoreError(tx.Enqueue(bot.Message{Chat: chat(1), Body: make([]byte, 64*kibi)}, noon))
	}, chat(1))})
	assert.Equal(t, Unwritable, ConditionOf(err))
	queryInt(t, state(s), "PRAGMA max_page_count = 1000000")
	assert.Equal(t, 1, revision(t, s, chat(1)))
	assert.Equal(t, 1, rowCount(t, state(s), "seen"))
	doWork(t, s, turn(chat(1), "telegram:2"))
	assert.Equal(t, 2, revision(t, s, chat(1)))
}

func ignoreError(error) error { return nil }

func TestCanceledContextHasNoEffect(t *testing.T) {
	s := newHarness(t).open(t)
	ctx, cancel := context.WithCancel(context.Background())
	first := turn(chat(1), "telegram:1")
	original := first.Do
	first.Do = func(tx bot.Tx) error {
		cancel()
		return original(tx)
	}
	each, err := s.Apply(ctx, []bot.Work{first})
	require.NoError(t, err)
	require.NoError(t, each[0])
	_, err = s.Apply(ctx, []bot.Work{turn(chat(1), "telegram:2")})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, revision(t, s, chat(1)))
}

// A work that touches what it did not declare gets an error and is rolled back, even if it
// ignores the error.
func TestUndeclaredRowsAreRefused(t *testing.T) {
	s := newHarness(t).open(t)
	m := bot.Message{Chat: chat(2), Slot: flows.Living, Body: []byte("x")}
	d := bot.Delivery{ID: 1, Message: m}
	who := bot.Subscriber{Chat: chat(1), Lang: "nl"}
	for name, touch := range map[string]func(bot.Tx) error{
		"seen":         func(tx bot.Tx) error { _, err := tx.Seen("telegram:2", noon); return err },
		"park":         func(tx bot.Tx) error { return tx.Park("telegram:2", "panic", noon) },
		"conversation": func(tx bot.Tx) error { _, _, err := tx.Conversation(chat(2), noon); return err },
		"save":         func(tx bot.Tx) error { return tx.Save(chat(2), conversation(), noon) },
		"drop":         func(tx bot.Tx) error { return tx.Drop(chat(2)) },
		"stage":        func(tx bot.Tx) error { return tx.Stage(chat(2), outcome("kvk"), noon) },
		"known":        func(tx bot.Tx) error { return tx.Known(chat(2), noon) },
		"freeze":       func(tx bot.Tx) error { return tx.Freeze(chat(2)) },
		"enqueue":      func(tx bot.Tx) error { return tx.Enqueue(m, noon) },
		"delivered":    func(tx bot.Tx) error { return tx.Delivered(d, bot.Shown{}) },
		"postpone":     func(tx bot.Tx) error { return tx.Postpone(d, noon) },
		"discard":      func(tx bot.Tx) error { return tx.Discard(d) },
		"forget":       func(tx bot.Tx) error { return tx.Forget(chat(2)) },
		"erase":        func(tx bot.Tx) error { return tx.Erase(chat(2)) },
		"follow-up":    func(tx bot.Tx) error { return tx.FollowUp(chat(2), noon, "1") },
		"scheduled":    func(tx bot.Tx) error { _, err := tx.FollowUpScheduled(chat(2)); return err },
		"remind":       func(tx bot.Tx) error { _, _, err := tx.Remind(chat(2), noon); return err },
		"followed":     func(tx bot.Tx) error { return tx.Followed(chat(2), flows.Followed{Initiative: "kvk"}, noon) },
		"subscribe":    func(tx bot.Tx) error { return tx.Subscribe(who, true) },
		"subscribers":  func(tx bot.Tx) error { _, err := tx.Subscribers(); return err },
		"pushed":       func(tx bot.Tx) error { _, err := tx.Pushed("2026-W47"); return err },
	} {
		var got error
		w := turn(chat(1), "telegram:1")
		original := w.Do
		w.Do = func(tx bot.Tx) error {
			got = touch(tx)
			return original(tx)
		}
		each, err := s.Apply(context.Background(), []bot.Work{w, turn(chat(3), "telegram:3")})
		require.NoError(t, err, name)
		var undeclared *UndeclaredError
		assert.ErrorAs(t, got, &undeclared, name)
		assert.ErrorAs(t, each[0], &undeclared, name)
		assert.NoError(t, each[1], name)
	}
	assert.Equal(t, 1, rowCount(t, state(s), "seen"), "only that of the work without undeclared rows")
	shared := bot.Work{Shared: true, Do: func(tx bot.Tx) error { return tx.Subscribe(who, true) }}
	each, err := s.Apply(context.Background(), []bot.Work{shared})
	require.NoError(t, err)
	assert.ErrorContains(t, each[0], "a chat", "Shared does not cover the rows of a chat")
}

// A digest reads in its transaction which chats it writes to.
func TestReadingSubscribersDeclaresThem(t *testing.T) {
	s := newHarness(t).open(t)
	who := bot.Subscriber{Chat: chat(1), Lang: "nl"}
	doWork(t, s, bot.Work{Chats: []bot.Chat{who.Chat}, Shared: true, Do: func(tx bot.Tx) error { return tx.Subscribe(who, true) }})
	doWork(t, s, bot.Work{Shared: true, Do: func(tx bot.Tx) error {
		all, err := tx.Subscribers()
		require.Len(t, all, 1)
		return errors.Join(err, tx.Enqueue(bot.Message{Chat: all[0].Chat, Body: []byte("figures")}, noon))
	}})
	assert.Equal(t, []string{"figures"}, bodies(due(t, s, noon)))
}
