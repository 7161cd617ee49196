package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// state is the model: the expected sessions and queues by chat.
type state struct {
	sessions map[bot.Chat]int // revision
	queues   map[bot.Chat][]message
	inFlight map[bot.Chat]int64 // message id
}

type message struct {
	text         string
	edit         bool
	created, due time.Time
}

func (s state) clone() state {
	c := state{sessions: map[bot.Chat]int{}, queues: map[bot.Chat][]message{}, inFlight: map[bot.Chat]int64{}}
	for who, rev := range s.sessions {
		c.sessions[who] = rev
	}
	for who, q := range s.queues {
		c.queues[who] = slices.Clone(q)
	}
	for who, id := range s.inFlight {
		c.inFlight[who] = id
	}
	return c
}

// operation is a work and its effect on the model.
type operation struct {
	work  bot.Work
	model func(state)
	fails bool
}

// modelSteps is how many groups of works the model test applies.
const modelSteps = 300

// model applies random groups of works, some of which fail, sometimes reopens, and compares sessions and
// outbox with the model.
func model(t *testing.T, h *harness) {
	random, now := rand.New(rand.NewPCG(11, 11)), noon
	want := state{}.clone()
	for step := range modelSteps {
		due, err := h.Due(t.Context(), now, 100, nil)
		require.NoError(t, err)
		want.requireDue(t, due, now)
		var works []bot.Work
		var operations []operation
		used := map[bot.Chat]bool{}
		for range 1 + random.IntN(4) {
			who := chat(random.IntN(5))
			if used[who] {
				continue
			}
			used[who] = true
			o := draw(random, who, due, fmt.Sprint(step, " ", len(works)), now)
			works, operations = append(works, o.work), append(operations, o)
		}
		each, err := h.Apply(t.Context(), works)
		require.NoError(t, err)
		for i, o := range operations {
			require.Equal(t, o.fails, each[i] != nil, "%v", each[i])
			if !o.fails {
				o.model(want)
			}
		}
		if random.IntN(10) == 0 {
			h.reopen()
			clear(want.inFlight)
		}
		now = now.Add(time.Duration(random.IntN(3)) * time.Minute)
		want.requireSessions(t, h)
	}
}

// draw returns a random operation on a chat.
func draw(random *rand.Rand, who bot.Chat, due []bot.Delivery, text string, now time.Time) operation {
	at := slices.IndexFunc(due, func(d bot.Delivery) bool { return d.Message.Chat == who })
	switch n := random.IntN(12); {
	case n < 2:
		return operation{work: work(who, func(tx bot.Tx) error { return errors.Join(tx.Erase(who), errors.New("rolled back")) }), fails: true}
	case n == 2:
		return operation{work: work(who, func(tx bot.Tx) error { return tx.Erase(who) }), model: func(s state) {
			delete(s.sessions, who)
			delete(s.queues, who)
			delete(s.inFlight, who)
		}}
	case n < 5 && at >= 0:
		return operation{work: work(who, func(tx bot.Tx) error { return tx.Delivered(due[at], bot.Shown{}) }), model: func(s state) { s.remove(who) }}
	case n == 5 && at >= 0:
		until := now.Add(time.Duration(1+random.IntN(5)) * time.Minute)
		return operation{work: work(who, func(tx bot.Tx) error { return tx.Postpone(due[at], until) }), model: func(s state) {
			s.queues[who][0].due = until
			delete(s.inFlight, who)
		}}
	case n < 8:
		return operation{
			work: work(who, func(tx bot.Tx) error {
				c, _, err := tx.Conversation(who, now)
				if err != nil {
					return err
				}
				c.Session.Rev++
				return tx.Save(who, c, now.AddDate(0, 0, 7))
			}),
			model: func(s state) { s.sessions[who]++ },
		}
	default:
		m := bot.Message{Chat: who, Slot: flows.Living, Edit: n > 9, Body: []byte(text)}
		return operation{work: work(who, func(tx bot.Tx) error { return tx.Enqueue(m, now) }), model: func(s state) { s.enqueue(who, m, now) }}
	}
}

func (s state) enqueue(who bot.Chat, m bot.Message, now time.Time) {
	q := s.queues[who]
	added := message{text: string(m.Body), edit: m.Edit, created: now, due: now}
	last := len(q) - 1
	// Only the first of a queue can be in flight.
	if m.Edit && last >= 0 && q[last].edit && (last > 0 || s.inFlight[who] == 0) {
		q[last].text, q[last].due = added.text, q[last].created
		return
	}
	s.queues[who] = append(q, added)
}

func (s state) remove(who bot.Chat) {
	delete(s.inFlight, who)
	if s.queues[who] = s.queues[who][1:]; len(s.queues[who]) == 0 {
		delete(s.queues, who)
	}
}

// requireDue compares what is due with the heads of the queues, and marks these as in flight.
func (s state) requireDue(t *testing.T, due []bot.Delivery, now time.Time) {
	t.Helper()
	want, got := map[bot.Chat]string{}, map[bot.Chat]string{}
	for who, q := range s.queues {
		if !q[0].due.After(now) {
			want[who] = q[0].text
		}
	}
	for _, d := range due {
		require.Empty(t, got[d.Message.Chat], "at most one message of a chat is due")
		got[d.Message.Chat] = string(d.Message.Body)
		s.inFlight[d.Message.Chat] = d.ID
	}
	require.Equal(t, want, got)
}

func (s state) requireSessions(t *testing.T, h *harness) {
	t.Helper()
	for n := range 5 {
		require.Equal(t, s.sessions[chat(n)], h.revision(chat(n)))
	}
	unsent := 0
	for _, q := range s.queues {
		unsent += len(q)
	}
	_, got, _, err := h.Waiting(t.Context(), noon)
	require.NoError(t, err)
	require.Equal(t, unsent, got)
}
