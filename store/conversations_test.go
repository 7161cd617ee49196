package store

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// TestCountingBesideTurns: counting conversations neither fails nor makes turns fail.
func TestCountingBesideTurns(t *testing.T) {
	s := newHarness(t).open(t, nil)
	const chats, turns = 20, 200
	save := func(n int) func(bot.Tx) error {
		return func(tx bot.Tx) error { return tx.Save(chat(n), bot.Conversation{Session: flows.Session{Rev: 1}}, noon) }
	}
	for n := range chats {
		do(t, s, save(n), chat(n))
	}
	var tapping sync.WaitGroup
	tapping.Go(func() {
		for n := range turns {
			each, err := s.Apply(t.Context(), []bot.Work{{Chats: []bot.Chat{chat(n % chats)}, Do: save(n % chats)}})
			assert.NoError(t, err)
			assert.NoError(t, each[0])
		}
	})
	for range turns {
		n, all, err := s.CountConversations(t.Context(), func(session flows.Session) bool { return session.Rev == 1 })
		require.NoError(t, err)
		require.Equal(t, chats, n)
		require.Equal(t, chats, all)
	}
	tapping.Wait()
}
