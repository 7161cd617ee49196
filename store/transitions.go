package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
)

// storedTransition is the body of a transition that waits to be handed over.
type storedTransition struct {
	flows.Transition
	Quarter string        `json:"quarter"` // of the second check
	Day     referral.Date `json:"day"`     // on which the code of the first one was given
}

// Transition stores how far a business came: once per outcome that is the first of its chat in
// the half-year and can still change, and only since an earlier half-year.
func (t *tx) Transition(chat bot.Chat, moved flows.Transition, now time.Time) error {
	cid, err := t.chat(chat)
	if err != nil {
		return err
	}
	sid, stored, err := t.openOutcome(cid)
	if err != nil || sid == (engine.Hash{}) || stored.Repeat || stored.Moved || moved.Since >= referral.HalfYear(stored.Day) {
		return err
	}
	stored.Moved = true
	body, err := t.s.envelope.seal(tableStaged, cid, padStaged, stored)
	if err != nil {
		return err
	}
	if err := t.rows.SaveOutcome(sid, cid, body); err != nil {
		return err
	}
	id := random()
	body, err = t.s.envelope.seal(tableTransition, id, padSmall,
		storedTransition{Transition: moved, Quarter: stored.Quarter, Day: referral.DayOf(now)})
	if err != nil {
		return err
	}
	return t.rows.AddTransition(id, cid, body)
}

// handOverTransitions moves the transitions, which belong to no outcome. One that has waited too
// long leaves no row.
func (s *Store) handOverTransitions(ctx context.Context, today referral.Date) error {
	if err := s.resume(ctx, moveBatches); err != nil {
		return err
	}
	var moves []waiting[storedTransition]
	var damaged []engine.Hash
	err := s.rows.View(ctx, func(rows engine.State) (err error) {
		moves, damaged, err = readWaiting[storedTransition](rows, s.envelope, engine.Transitions)
		return err
	})
	if err != nil {
		return err
	}
	damage := s.dropUnreadable(ctx, engine.Transitions, damaged, len(moves))
	for _, b := range batchesOfMoves(moves, today) {
		err := s.transfer(ctx, moveBatches, b.id, map[engine.Kind][]engine.Hash{engine.Transitions: keys(b.moves)}, b.enter)
		if err != nil {
			return errors.Join(err, damage)
		}
	}
	return damage
}

// moveBatch is a group of transitions that is handed over together.
type moveBatch struct {
	id       engine.Hash
	stripped bool // it leaves no row
	moves    []waiting[storedTransition]
}

func batchesOfMoves(moves []waiting[storedTransition], today referral.Date) (all []moveBatch) {
	quarters := map[string][]waiting[storedTransition]{}
	for _, m := range moves {
		quarters[m.value.Quarter] = append(quarters[m.value.Quarter], m)
	}
	old := moveBatch{id: random(), stripped: true}
	for _, quarter := range slices.Sorted(maps.Keys(quarters)) {
		if len(quarters[quarter]) >= minBatch {
			all = append(all, moveBatch{id: random(), moves: quarters[quarter]})
			continue
		}
		for _, m := range quarters[quarter] {
			if m.value.Day <= today.AddDays(-waitDays) {
				old.moves = append(old.moves, m)
			}
		}
	}
	if len(old.moves) > 0 {
		all = append(all, old)
	}
	return all
}

// enter adds a batch to the statistics in random order under new random keys.
func (b moveBatch) enter(stats engine.Stats) error {
	if err := stats.AddTransitionBatch(engine.Batch{ID: b.id, N: len(b.moves), Stripped: b.stripped}); err != nil || b.stripped {
		return err
	}
	var rows []engine.Transition
	for _, m := range b.moves {
		id := random()
		rows = append(rows, engine.Transition{ID: id, Key: engine.RecordKey(id), Quarter: m.value.Quarter,
			Then: m.value.Then, Now: m.value.Now, Up: m.value.Up, Down: m.value.Down})
	}
	shuffle(rows)
	return stats.AddTransitions(rows)
}
