package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
)

var allShards = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// everything declares chats and the shared rows.
func everything(chats ...engine.Hash) engine.Touch { return engine.Touch{Chats: chats, Shared: true} }

func (h *harness) updateRows(touch engine.Touch, do func(engine.State) error) {
	h.t.Helper()
	require.NoError(h.t, h.rows.Update(h.t.Context(), touch, do))
}

func (h *harness) viewRows(do func(engine.State) error) {
	h.t.Helper()
	require.NoError(h.t, h.rows.View(h.t.Context(), do))
}

// fill inserts a row of a chat in every table with encrypted bodies.
func fill(s engine.State, n int) error {
	chat, body := engine.Hash{9, byte(n)}, fmt.Appendf(nil, "body %d", n)
	id := engine.Hash{1, byte(n)}
	for _, err := range []error{
		s.SaveSession(chat, 1, n%2 == 0, body), s.SaveOutcome(id, chat, body), s.AddWaiting(engine.Ticks, id, body),
		s.AddMessage(engine.Message{Chat: chat, Slot: "living", Created: int64(n), Body: body}),
		s.SaveFollowUp(engine.FollowUp{Chat: chat, Day: "2026-11-22", Body: body}), s.AddWaiting(engine.Answers, id, body),
		s.AddTransition(id, chat, body), s.SaveSubscriber(engine.Subscriber{Chat: chat, Body: body}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// bodies reads every encrypted table page by page, replaces a body and deletes a row.
func bodies(t *testing.T, h *harness) {
	const n = 5
	var chats []engine.Hash
	for i := range n {
		chats = append(chats, engine.Hash{9, byte(i)})
	}
	h.updateRows(everything(chats...), func(s engine.State) error {
		for i := range n {
			if err := fill(s, i); err != nil {
				return err
			}
		}
		return nil
	})
	all := func(s engine.State, table engine.Table) (found []engine.Body) {
		var after engine.Row
		for {
			page, err := s.Bodies(table, after, 2)
			require.NoError(t, err)
			if len(page) == 0 {
				return found
			}
			found, after = append(found, page...), page[len(page)-1].Row
		}
	}
	for _, table := range engine.Encrypted {
		var before []engine.Body
		h.updateRows(everything(), func(s engine.State) error {
			before = all(s, table)
			require.Len(t, before, n, table)
			if err := s.ReplaceBody(table, before[1].Row, []byte("replaced")); err != nil {
				return err
			}
			return s.DeleteRow(table, before[3].Row)
		})
		h.reopen()
		h.viewRows(func(s engine.State) error {
			after := all(s, table)
			want := slices.Delete(slices.Clone(before), 3, 4)
			want[1].Body = []byte("replaced")
			assert.Equal(t, want, after, table)
			return nil
		})
		owner := chats[0]
		if slices.Contains([]engine.Table{engine.WaitingTicks, engine.WaitingAnswers, engine.Moves}, table) {
			owner = engine.Hash{1}
		}
		assert.Equal(t, owner, before[0].Owner, table)
	}
}

// messages checks the queue of a chat, one step per transaction and all in one.
func messages(t *testing.T, h *harness) {
	for _, together := range []bool{false, true} {
		chat, other := engine.Hash{1}, engine.Hash{2}
		if together {
			chat, other = engine.Hash{3}, engine.Hash{4}
		}
		var s engine.State
		step := func(do func()) {
			if together {
				do()
				return
			}
			h.updateRows(everything(chat, other), func(rows engine.State) error { s = rows; do(); return nil })
		}
		ok := func(err error) { t.Helper(); require.NoError(t, err) }
		last := func(of engine.Hash) engine.Message {
			m, _, err := s.LastMessage(of)
			ok(err)
			return m
		}
		due := func(now int64) (text []string) {
			found, err := s.DueMessages(now, 1000, 10, allShards, nil, nil)
			ok(err)
			for _, m := range found {
				if m.Chat == chat || m.Chat == other {
					text = append(text, fmt.Sprintf("%s %d", m.Body, m.Tries))
				}
			}
			return text
		}
		add := func(to engine.Hash, at int64, text string) {
			ok(s.AddMessage(engine.Message{Chat: to, Slot: "living", Edit: true, Created: at, Body: []byte(text)}))
		}
		run := func() {
			var first, second int64
			step(func() { add(chat, 10, "a"); first = last(chat).ID })
			step(func() { add(chat, 20, "b"); add(chat, 30, "c"); add(other, 5, "z") })
			step(func() { assert.Equal(t, []string{"z 0", "a 0"}, due(50)) })
			step(func() { ok(s.ReplaceMessage(last(chat).ID, []byte("C"))) })
			step(func() { ok(s.PostponeMessage(first, 60)) })
			step(func() { assert.Equal(t, []string{"z 0"}, due(50)) })
			step(func() { assert.Equal(t, []string{"z 0", "a 1"}, due(60)) })
			step(func() { ok(s.PostponeMessage(first, 2000)) })
			step(func() { assert.Equal(t, []string{"z 0", "a 2"}, due(50), "later than anybody postpones") })
			step(func() { ok(s.RemoveMessage(chat, first)) })
			step(func() { assert.Equal(t, []string{"z 0", "b 0"}, due(50)) })
			step(func() {
				found, err := s.DueMessages(50, 1000, 10, allShards, nil, nil)
				ok(err)
				for _, m := range found {
					if m.Chat == chat {
						second = m.ID
						assert.Equal(t, int64(20), m.Created)
					}
				}
				assert.Less(t, first, second)
			})
			step(func() { ok(s.PostponeMessage(last(chat).ID, 90)) })
			step(func() { assert.Equal(t, []string{"z 0", "b 0"}, due(50), "only the first can be postponed") })
			step(func() { ok(s.RemoveMessage(chat, second)) })
			step(func() { ok(s.ReplaceMessage(last(chat).ID, []byte("C2"))) })
			step(func() { assert.Equal(t, []string{"z 0", "C2 0"}, due(50)) })
			step(func() { ok(s.RemoveMessage(chat, last(chat).ID)) })
			step(func() {
				_, found, err := s.LastMessage(chat)
				ok(err)
				assert.False(t, found)
			})
			step(func() {
				add(chat, 40, "d")
				add(chat, 41, "e")
				ok(s.DeleteChat(chat, engine.Outbox))
				add(chat, 42, "f")
			})
			step(func() { assert.Equal(t, []string{"z 0", "f 0"}, due(50)) })
			step(func() {
				found, err := s.DueMessages(50, 1000, 10, allShards, []int64{last(chat).ID}, nil)
				ok(err)
				assert.False(t, slices.ContainsFunc(found, func(m engine.Message) bool { return m.Chat == chat }))
			})
			step(func() {
				old, err := s.OldMessages(6, 10)
				ok(err)
				assert.True(t, slices.ContainsFunc(old, func(m engine.Message) bool { return m.Chat == other }))
				assert.False(t, slices.ContainsFunc(old, func(m engine.Message) bool { return m.Chat == chat }))
			})
		}
		if !together {
			run()
			continue
		}
		h.updateRows(everything(chat, other), func(rows engine.State) error { s = rows; run(); return nil })
	}
}

// transitions checks the waiting rows that belong to a chat, and their figures.
func transitions(t *testing.T, h *harness) {
	chat, batch := engine.Hash{7}, engine.Hash{8}
	ids := []engine.Hash{{1}, {2}, {3}}
	h.updateRows(everything(), func(s engine.State) error {
		for i, id := range ids {
			if err := s.AddTransition(id, engine.Hash{7, byte(i / 2)}, []byte{byte(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	waiting := func() (all []engine.Waiting) {
		h.viewRows(func(s engine.State) (err error) { all, err = s.Waiting(engine.Transitions); return err })
		return all
	}
	row := func(i int, batch engine.Hash) engine.Waiting {
		return engine.Waiting{ID: ids[i], Chat: engine.Hash{7, byte(i / 2)}, Frozen: true, Batch: batch, Body: []byte{byte(i)}}
	}
	require.Equal(t, []engine.Waiting{row(0, engine.Hash{}), row(1, engine.Hash{}), row(2, engine.Hash{})}, waiting())
	h.updateRows(engine.Touch{}, func(s engine.State) error { return s.Stamp(engine.Transitions, ids[:2], batch) })
	h.viewRows(func(s engine.State) error {
		stamped, err := s.Stamped(engine.Transitions)
		assert.Equal(t, []engine.Hash{batch}, stamped)
		return err
	})
	h.updateRows(engine.Touch{}, func(s engine.State) error { return s.Unstamp(engine.Transitions, batch) })
	h.updateRows(everything(chat), func(s engine.State) error { return s.DeleteChat(chat, engine.Moves) })
	require.Equal(t, []engine.Waiting{row(2, engine.Hash{})}, waiting())
	h.updateRows(engine.Touch{}, func(s engine.State) error { return s.Stamp(engine.Transitions, ids[2:], batch) })
	h.updateRows(engine.Touch{}, func(s engine.State) error { return s.ClearBatch(engine.Transitions, batch) })
	require.Empty(t, waiting())

	rows := []engine.Transition{
		{ID: ids[1], Key: 2, Quarter: "2026Q3", Then: "vulnerable", Now: "leading", Up: 3},
		{ID: ids[0], Key: 1, Quarter: "2026Q3", Then: "leading", Now: "leading", Up: 1, Down: 8},
		{ID: ids[2], Key: 4, Quarter: "2026Q4", Then: "leading", Now: "in_order"},
	}
	require.NoError(t, h.rows.UpdateStats(t.Context(), func(s engine.Stats) error {
		if err := s.AddTransitionBatch(engine.Batch{ID: batch, N: 5}); err != nil {
			return err
		}
		return s.AddTransitions(rows)
	}))
	h.reopen()
	require.NoError(t, h.rows.ViewStats(t.Context(), func(s engine.Stats) error {
		found, err := s.Transitions("2026Q3")
		require.NoError(t, err)
		assert.Equal(t, []engine.Transition{rows[1], rows[0]}, found)
		for kind, want := range map[engine.Kind]bool{engine.Transitions: true, engine.Outcomes: false, engine.Answers: false} {
			has, err := s.HasBatch(kind, batch)
			require.NoError(t, err)
			assert.Equal(t, want, has, kind)
		}
		n, err := s.Batches()
		assert.Equal(t, 1, n)
		return err
	}))
}

// keptFigures writes and reads data of partners, events and year forms.
func keptFigures(t *testing.T, h *harness) {
	days := 4
	logo := bytes.Repeat([]byte{0, 1, 255}, 100)
	form := engine.YearForm{Initiative: "kvk", Year: 2026, Helped: 3, FromUs: 2, NotFromUs: 1, WaitDays: &days, Remarks: "é 'x'"}
	require.NoError(t, h.rows.UpdateStats(t.Context(), func(s engine.Stats) error {
		for _, err := range []error{
			s.SavePartner(engine.Partner{Code: "b", Name: "B", Kind: "kvk", Municipality: "GM0344", Lang: "nl"}),
			s.SavePartner(engine.Partner{Code: "a-Z", Name: "É"}), s.SavePartner(engine.Partner{Code: "a", Name: "old"}), s.SavePartner(engine.Partner{Code: "a", Name: "A"}),
			s.PausePartner("b", true), s.RenewPartner("a", "2026-W47"), s.RenewPartner("a", "2026-W48"), s.PausePartner("b", false), s.PausePartner("b", true),
			s.SavePartnerLogo(engine.PartnerLogo{Code: "a", Version: "1"}, []byte("x")), s.SavePartnerLogo(engine.PartnerLogo{Code: "a", Version: "2"}, logo),
			s.SavePartnerLogo(engine.PartnerLogo{Code: "b", Version: "1"}, []byte("x")), s.RemovePartnerLogo("b"),
			s.SaveEvent(engine.Event{Code: "b", Day: "2026-12-03", Expect: 40}), s.SaveEvent(engine.Event{Code: "a", Day: "2026-12-03", Expect: 4}),
			s.SaveEvent(engine.Event{Code: "a", Day: "2026-12-01", Expect: 9}), s.SaveEvent(engine.Event{Code: "a", Day: "2026-12-05", Expect: 9}), s.SaveEvent(engine.Event{Code: "a", Day: "2026-12-05"}),
			s.SaveYearForm(engine.YearForm{Initiative: "kvk", Year: 2026}), s.SaveYearForm(form), s.SaveYearForm(engine.YearForm{Initiative: "kvk", Year: 2025}),
			s.RenewYearForm(2026, "kvk"), s.RenewYearForm(2026, "kvk"),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}))
	h.reopen()
	require.NoError(t, h.rows.ViewStats(t.Context(), func(s engine.Stats) error {
		partners, err := s.Partners()
		require.NoError(t, err)
		assert.Equal(t, []engine.Partner{{Code: "a", Name: "A"}, {Code: "a-Z", Name: "É"}, {Code: "b", Name: "B", Kind: "kvk", Municipality: "GM0344", Lang: "nl"}}, partners)
		states, err := s.PartnerStates()
		require.NoError(t, err)
		assert.Equal(t, []engine.PartnerState{{Code: "a", Version: 2, Since: "2026-W48"}, {Code: "b", Paused: true}}, states)
		logos, err := s.PartnerLogos()
		require.NoError(t, err)
		assert.Equal(t, []engine.PartnerLogo{{Code: "a", Version: "2"}}, logos)
		png, err := s.PartnerLogo("a")
		require.NoError(t, err)
		assert.Equal(t, logo, png)
		none, err := s.PartnerLogo("b")
		require.NoError(t, err)
		assert.Nil(t, none)
		events, err := s.Events("2026-12-02")
		require.NoError(t, err)
		assert.Equal(t, []engine.Event{{Code: "a", Day: "2026-12-03", Expect: 4}, {Code: "b", Day: "2026-12-03", Expect: 40}}, events)
		forms, err := s.YearForms(2026)
		require.NoError(t, err)
		assert.Equal(t, []engine.YearForm{form}, forms)
		version, err := s.YearFormAddress(2026, "kvk")
		assert.Equal(t, 2, version)
		return err
	}))
}
