package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// TestWhatIsRememberedOfQueuesIsInTheFile: whatever is queued, delivered, erased, fails
// halfway or is lost with its transaction, what is remembered is what is in the file.
func TestWhatIsRememberedOfQueuesIsInTheFile(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	dice := rand.New(rand.NewPCG(1, 1))
	failed, lost := 0, 0
	for range 600 {
		var works []bot.Work
		for range 1 + dice.IntN(3) {
			works = append(works, undeclared(queueWork(t, s, dice))...)
		}
		if dice.IntN(10) == 0 {
			works = append(works, undeclared(func(tx bot.Tx) error {
				return tx.(interface{ note(error) error }).note(&Error{Condition: Unwritable, Err: errors.New("disk full")}) //nolint:errorlint // made here
			})...)
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
func queueWork(t *testing.T, s *Store, dice *rand.Rand) func(bot.Tx) error {
	who := chat(dice.IntN(4))
	given := due(t, s, noon)
	return func(tx bot.Tx) error {
		switch n := dice.IntN(10); {
		case n < 5:
			m := bot.Message{Chat: who, Slot: flows.Living, Edit: n < 2, Body: []byte("words")}
			if err := tx.Enqueue(m, noon); err != nil {
				return err
			}
			if n == 4 {
				return errors.New("after all not")
			}
		case n == 5 && len(given) > 0:
			return tx.Postpone(given[0], noon.Add(time.Duration(dice.IntN(3))*time.Minute))
		case n < 9 && len(given) > 0:
			return tx.Delivered(given[dice.IntN(len(given))], bot.Shown{})
		case n == 9 && dice.IntN(2) == 0:
			return tx.Erase(who)
		}
		return nil
	}
}

// assertQueues compares what is remembered with what a fresh look at the file gives.
func assertQueues(t *testing.T, s *Store) {
	t.Helper()
	inFile, err := s.readQueue(context.Background())
	require.NoError(t, err)
	if s.queued == nil {
		return
	}
	require.Equal(t, linesOf(inFile), linesOf(s.queued))
	require.Equal(t, inFile.count, s.queued.count)
	bytes := 0
	for _, l := range s.queued.order {
		require.Same(t, l, s.queued.lines[l.cid], "in the order, but not known")
		for _, w := range l.waiting {
			if w.whole != nil {
				bytes += len(w.whole.Body)
			}
		}
	}
	require.Equal(t, bytes, s.queued.memory)
}

// linesOf is a queue in its order, without what is remembered of the messages.
func linesOf(q *queue) (all []line) {
	for _, l := range q.order {
		plain := line{cid: l.cid, due: l.due, waiting: slices.Clone(l.waiting)}
		for i := range plain.waiting {
			plain.waiting[i].whole = nil
		}
		all = append(all, plain)
	}
	return all
}

// Beyond its bound a message is only in the file, and comes from there.
func TestTheMemoryOfTheQueueIsBounded(t *testing.T) {
	s := newWorld(t).open(t)
	text := func(n int) string { return fmt.Sprintf("%d %s", n, strings.Repeat("x", queueMemory/5)) }
	for n := range 12 {
		enqueue(t, s, chat(n), text(n), noon)
	}
	assert.LessOrEqual(t, s.queued.memory, queueMemory)
	for n, d := range due(t, s, noon) {
		assert.Equal(t, text(n), string(d.Message.Body))
		assert.Equal(t, chat(n), d.Message.Chat)
		do(t, s, func(tx bot.Tx) error { return tx.Delivered(d, bot.Shown{}) })
	}
	assert.Zero(t, s.queued.memory)
	assert.Empty(t, s.queued.order)
}

// A message on its way whose arrival could not be recorded is still on its way: its
// row must not take up a newer one, which would be deleted with it.
func TestAnEditDoesNotTakeThePlaceOfOneWhoseArrivalWasLost(t *testing.T) {
	lost := func(tx bot.Tx) error {
		return tx.(interface{ note(error) error }).note(&Error{Condition: Unwritable, Err: errors.New("disk full")}) //nolint:errorlint // made here
	}
	for name, trouble := range map[string]func(*testing.T, *Store, func(bot.Tx) error){
		"with its transaction": func(t *testing.T, s *Store, arrived func(bot.Tx) error) {
			_, err := s.Apply(context.Background(), undeclared(arrived, lost))
			require.Error(t, err)
		},
		"alone": func(t *testing.T, s *Store, arrived func(bot.Tx) error) {
			each, err := s.Apply(context.Background(), undeclared(func(tx bot.Tx) error {
				return errors.Join(arrived(tx), errors.New("after all not"))
			}))
			require.NoError(t, err)
			require.Error(t, each[0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newWorld(t).open(t)
			enqueue(t, s, chat(1), "A", noon, flows.Living)
			sent := due(t, s, noon)
			arrived := func(tx bot.Tx) error { return tx.Delivered(sent[0], bot.Shown{}) }
			trouble(t, s, arrived)
			enqueue(t, s, chat(1), "B", noon, flows.Living)
			do(t, s, arrived)
			assert.Equal(t, []string{"B"}, bodies(due(t, s, noon)))
		})
	}
}
