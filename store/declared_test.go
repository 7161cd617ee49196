package store

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// TestSubscribersBesideOtherChats: a work that reads the subscribers changes no chat of the works that follow in the
// same transaction, however many chats come before it.
func TestSubscribersBesideOtherChats(t *testing.T) {
	const subscriber = 99
	for before := range 20 {
		s := newHarness(t).open(t, nil)
		save := func(n int) bot.Work {
			return bot.Work{Chats: []bot.Chat{chat(n)}, Do: func(tx bot.Tx) error {
				return tx.Save(chat(n), bot.Conversation{Session: flows.Session{Rev: n}}, noon.AddDate(0, 0, 1))
			}}
		}
		_, err := s.Apply(t.Context(), []bot.Work{{Chats: []bot.Chat{chat(subscriber)}, Shared: true, Do: func(tx bot.Tx) error {
			return tx.Subscribe(bot.Subscriber{Chat: chat(subscriber)}, true)
		}}})
		require.NoError(t, err)
		var works []bot.Work
		for n := range before {
			works = append(works, save(n))
		}
		works = append(works, bot.Work{Shared: true, Do: func(tx bot.Tx) error {
			all, err := tx.Subscribers()
			assert.Len(t, all, 1)
			return err
		}}, save(before), save(before+1))
		each, err := s.Apply(t.Context(), works)
		require.NoError(t, err)
		for _, err := range each {
			require.NoError(t, err)
		}
		do(t, s, func(tx bot.Tx) error {
			for n := range before + 2 {
				c, _, err := tx.Conversation(chat(n), noon)
				require.NoError(t, err)
				assert.Equal(t, n, c.Session.Rev, "after %d chats", before)
			}
			c, _, err := tx.Conversation(chat(subscriber), noon)
			assert.Zero(t, c.Session.Rev, "after %d chats: of the subscriber", before)
			return err
		}, append(chats(before+2), chat(subscriber))...)
	}
}

// chats returns the first n chats.
func chats(n int) (all []bot.Chat) {
	for i := range n {
		all = append(all, chat(i))
	}
	return all
}
