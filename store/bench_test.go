package store

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// BenchmarkTurns applies small turns of 500 chats, n per commit: each deduplicates, loads and
// saves a session and enqueues one message. The messages are delivered outside the timer.
func BenchmarkTurns(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("group=%d", n), func(b *testing.B) {
			s := newHarness(b).open(b)
			message := make([]byte, 700)
			done := 0
			for b.Loop() {
				works := make([]bot.Work, n)
				for i := range works {
					at := done
					works[i] = smallTurn(at, message)
					done++
				}
				each, err := s.Apply(context.Background(), works)
				require.NoError(b, err)
				require.NoError(b, each[0])
				if done%(64*8) == 0 {
					b.StopTimer()
					drain(b, s)
					b.StartTimer()
				}
			}
			b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "turns/s")
		})
	}
}

// smallTurn returns the storage work of a turn.
func smallTurn(n int, message []byte) bot.Work {
	who, key := chat(n%500), fmt.Sprint("telegram:", n)
	return bot.Work{Chats: []bot.Chat{who}, Updates: []string{key}, Do: func(tx bot.Tx) error {
		if seen, err := tx.Seen(key, noon); seen || err != nil {
			return fmt.Errorf("seen %t: %w", seen, err)
		}
		c, ok, err := tx.Conversation(who, noon)
		if err != nil {
			return err
		}
		if !ok {
			c = conversation()
		}
		c.Session.Rev++
		if err := tx.Save(who, c, noon.AddDate(0, 0, 7)); err != nil {
			return err
		}
		return tx.Enqueue(bot.Message{Chat: who, Slot: flows.Living, Body: message}, noon)
	}}
}

func drain(b *testing.B, s *Store) {
	for {
		due, err := s.Due(context.Background(), noon, 500, nil)
		require.NoError(b, err)
		if len(due) == 0 {
			return
		}
		works := make([]bot.Work, len(due))
		for i, d := range due {
			works[i] = work(func(tx bot.Tx) error { return tx.Delivered(d, bot.Shown{}) }, d.Message.Chat)
		}
		_, err = s.Apply(context.Background(), works)
		require.NoError(b, err)
	}
}
