package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// TestWhatIsRememberedOfQueuesIsInTheFile: whatever is queued, delivered, erased, fails
// halfway or is lost with its transaction, every chat with messages has exactly one
// that may go, its oldest, and what is remembered of the numbers is what is in the file.
func TestWhatIsRememberedOfQueuesIsInTheFile(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	dice := rand.New(rand.NewPCG(1, 1))
	failed, lost := 0, 0
	for range 600 {
		var works []func(flows.Tx) error
		for range 1 + dice.IntN(3) {
			works = append(works, queueWork(t, s, dice))
		}
		if dice.IntN(10) == 0 {
			works = append(works, func(tx flows.Tx) error {
				return tx.(interface{ note(error) error }).note(&Error{Condition: Unwritable, Err: errors.New("disk full")}) //nolint:errorlint // made here
			})
		}
		each, err := s.Apply(context.Background(), works)
		if err != nil {
			lost++
		}
		if errors.Join(each...) != nil {
			failed++
		}
		assertQueues(t, s)
	}
	assert.Positive(t, failed, "no work failed")
	assert.Positive(t, lost, "no transaction was lost")
	require.NoError(t, s.Close())
	assertQueues(t, w.open(t))
}

// queueWork is one thing that may happen to the queue of a chat.
func queueWork(t *testing.T, s *Store, dice *rand.Rand) func(flows.Tx) error {
	who := chat(dice.IntN(4))
	given := due(t, s, noon)
	return func(tx flows.Tx) error {
		switch n := dice.IntN(10); {
		case n < 5:
			m := flows.Message{Chat: who, Slot: flows.Living, Edit: n < 2, Body: []byte("words")}
			if err := tx.Enqueue(m, noon); err != nil {
				return err
			}
			if n == 4 {
				return errors.New("after all not")
			}
		case n < 9 && len(given) > 0:
			return tx.Delivered(given[dice.IntN(len(given))], 0)
		case n == 9 && dice.IntN(2) == 0:
			return tx.Erase(who)
		}
		return nil
	}
}

func assertQueues(t *testing.T, s *Store) {
	t.Helper()
	require.Zero(t, number(t, s.state, `SELECT count(*) FROM (SELECT 1 FROM outbox GROUP BY cid
		HAVING count(head) <> 1 OR min(id) <> min(CASE WHEN head IS NOT NULL THEN id END))`), "a queue without its head")
	for n := range 4 {
		cid := s.vault.chat(chat(n))
		if s.queued != nil {
			require.Equal(t, number(t, s.state, "SELECT count(*) FROM outbox WHERE cid = ?", cid[:]), s.queued[cid])
		}
	}
}
