package postgres_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store"
)

// say returns the work of a turn that says something to a person.
func say(who bot.Chat, edit bool, texts ...string) bot.Work {
	return bot.Work{Chats: []bot.Chat{who}, Do: func(tx bot.Tx) error {
		c, _, err := tx.Conversation(who, noon)
		if err != nil {
			return err
		}
		c.Surface = bot.Surface{flows.Living: {Ref: "7"}}
		err = tx.Save(who, c, noon.AddDate(0, 0, 7))
		for _, text := range texts {
			err = errors.Join(err, tx.Enqueue(bot.Message{Chat: who, Slot: flows.Living, Edit: edit, Body: []byte(text)}, noon))
		}
		return err
	}}
}

// delivered returns the work of recording a delivery.
func delivered(d bot.Delivery) bot.Work {
	return bot.Work{Chats: []bot.Chat{d.Message.Chat}, Lease: d.Lease, Do: func(tx bot.Tx) error { return tx.Delivered(d, bot.Shown{}) }}
}

// requireFresh requires that a store has these texts to send, of what it committed itself.
func requireFresh(t *testing.T, s *store.Store, want ...string) (all []bot.Delivery) {
	t.Helper()
	var texts []string
	for _, d := range s.Fresh() {
		texts, all = append(texts, string(d.Message.Body)), append(all, d)
	}
	require.ElementsMatch(t, want, texts)
	return all
}

// TestFresh compares what a store has to send of its own with what Due reads: the same, once,
// and only what is the first of its chat, and in its shards.
func TestFresh(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	a, b := r.start(r.address, nil), r.start(r.address, nil)
	r.renew(a)
	who := person(1)
	require.NoError(t, apply(t.Context(), a, say(who, false, "one", "two")))
	require.NoError(t, apply(t.Context(), b, say(person(2), false, "of a program that sends nothing")))
	requireFresh(t, b)
	got := requireFresh(t, a, "one")
	requireFresh(t, a)
	due, err := a.Due(t.Context(), noon, 10, nil)
	require.NoError(t, err)
	require.Len(t, due, 2)
	require.Contains(t, due, got[0], "with the id, the screen and the lease")
	require.NoError(t, apply(t.Context(), a, say(who, false, "three")))
	requireFresh(t, a)
	require.NoError(t, apply(t.Context(), a, delivered(got[0])))
	requireFresh(t, a)
	due, err = a.Due(t.Context(), noon, 10, nil)
	require.NoError(t, err)
	require.Len(t, due, 2)
	assert.ElementsMatch(t, []string{"two", "of a program that sends nothing"}, []string{string(due[0].Message.Body), string(due[1].Message.Body)})
}

// TestFreshChanges changes a message before it is sent: what was sent, erased, postponed or undone
// is not sent from memory, and what was replaced is sent as it is then.
func TestFreshChanges(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	a := r.start(r.address, nil)
	r.renew(a)
	edit := func(text string) bot.Work { return say(person(1), true, text) }
	on := func(do func(bot.Tx) error) bot.Work { return bot.Work{Chats: []bot.Chat{person(1)}, Do: do} }
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		after []bot.Work // groups of one
		same  []bot.Work // in one group with the message
		want  []string
	}{
		"nothing":                    {nil, nil, []string{"old"}},
		"replaced":                   {[]bot.Work{edit("new")}, nil, []string{"new"}},
		"replaced in the same group": {nil, []bot.Work{edit("new")}, []string{"new"}},
		"erased":                     {[]bot.Work{on(func(tx bot.Tx) error { return tx.Erase(person(1)) })}, nil, nil},
		"erased in the same group":   {nil, []bot.Work{on(func(tx bot.Tx) error { return tx.Erase(person(1)) })}, nil},
		"gone":                       {[]bot.Work{on(func(tx bot.Tx) error { return tx.Forget(person(1)) })}, nil, nil},
		"said after an erasure":      {[]bot.Work{on(func(tx bot.Tx) error { return tx.Erase(person(1)) }), edit("new")}, nil, []string{"new"}},
		"undone":                     {nil, []bot.Work{on(func(tx bot.Tx) error { return errors.Join(edit("new").Do(tx), failed) }), say(person(1), true)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Apply(t.Context(), append([]bot.Work{edit("old")}, c.same...))
			require.NoError(t, err)
			for _, w := range c.after {
				require.NoError(t, apply(t.Context(), a, w))
			}
			got := requireFresh(t, a, c.want...)
			due, err := a.Due(t.Context(), noon, 10, nil)
			require.NoError(t, err)
			if len(got) > 0 {
				require.Equal(t, due, got)
			}
			for _, d := range due {
				require.NoError(t, apply(t.Context(), a, delivered(d)))
			}
		})
	}
	for name, end := range map[string]func(tx bot.Tx, d bot.Delivery) error{
		"sent":      func(tx bot.Tx, d bot.Delivery) error { return tx.Delivered(d, bot.Shown{}) },
		"postponed": func(tx bot.Tx, d bot.Delivery) error { return tx.Postpone(d, noon.AddDate(0, 0, -1)) },
		"dropped":   func(tx bot.Tx, d bot.Delivery) error { return tx.Discard(d) },
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, apply(t.Context(), a, edit("old")))
			due, err := a.Due(t.Context(), noon, 10, nil)
			require.NoError(t, err)
			require.Len(t, due, 1)
			require.NoError(t, apply(t.Context(), a, on(func(tx bot.Tx) error { return end(tx, due[0]) })))
			requireFresh(t, a)
			require.NoError(t, apply(t.Context(), a, delivered(due[0])))
		})
	}
}

// TestFreshOfAnEarlierLease lets another program send a message while the one that committed it
// stands still, and lets that one have the shard back: it does not send the message again.
func TestFreshOfAnEarlierLease(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	a, b := r.start(r.address, nil), r.start(r.address, nil)
	r.renew(a)
	require.NoError(t, apply(t.Context(), a, say(person(1), false, "once")))
	r.endLeases()
	r.renew(b)
	due, err := b.Due(t.Context(), noon, 10, nil)
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.NoError(t, apply(t.Context(), b, delivered(due[0])))
	r.endLeases()
	r.renew(a)
	requireFresh(t, a)
}

// TestBusyChatIsNotRead replaces a message in flight: the new one is not read before the old one
// is recorded.
func TestBusyChatIsNotRead(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	a, b := r.start(r.address, nil), r.start(r.address, nil)
	r.renew(a)
	require.NoError(t, apply(t.Context(), a, say(person(1), true, "old")))
	sent := requireFresh(t, a, "old")[0]
	require.NoError(t, apply(t.Context(), b, say(person(1), true, "new")))
	for range 2 {
		due, err := a.Due(t.Context(), noon, 10, []int64{sent.ID})
		require.NoError(t, err)
		require.Empty(t, due)
	}
	require.NoError(t, apply(t.Context(), a, delivered(sent)))
	due, err := a.Due(t.Context(), noon, 10, nil)
	require.NoError(t, err)
	require.Len(t, due, 1)
	assert.Equal(t, "new", string(due[0].Message.Body))
}

// TestMarkOfAnotherProgram lets another program handle an update between the moments at which
// this one reads its mark and writes it: it has its effect once.
func TestMarkOfAnotherProgram(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	a, b := r.start(r.address, nil), r.start(r.address, nil)
	slow, tries := tap("one", person(1)), 0
	do := slow.Do
	slow.Do = func(tx bot.Tx) error {
		if tries++; tries == 1 {
			if err := apply(t.Context(), b, tap("one", person(2))); err != nil { // the same update, of a chat that is not locked
				return err
			}
		}
		return do(tx)
	}
	require.NoError(t, apply(t.Context(), a, slow))
	require.Equal(t, 2, tries)
	assert.Zero(t, revision(t, a, person(1)))
	assert.Equal(t, 1, revision(t, a, person(2)))
}
