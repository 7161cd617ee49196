package store

import (
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
	body, err := t.s.envelope().seal(tableStaged, cid, padStaged, stored)
	if err != nil {
		return err
	}
	if err := t.rows.SaveOutcome(sid, cid, body); err != nil {
		return err
	}
	id := random()
	body, err = t.s.envelope().seal(tableTransition, id, padSmall,
		storedTransition{Transition: moved, Quarter: stored.Quarter, Day: referral.DayOf(now)})
	if err != nil {
		return err
	}
	return t.rows.AddTransition(id, cid, body)
}

func (t storedTransition) counted() (quarter string, since referral.Date) { return t.Quarter, t.Day }

// enterTransitions adds a batch to the statistics in random order under new random keys. A
// transition that has waited too long leaves no row.
func enterTransitions(stats engine.Stats, b unlinkedBatch[storedTransition]) error {
	if err := stats.AddTransitionBatch(engine.Batch{ID: b.id, N: len(b.rows), Stripped: b.stripped}); err != nil || b.stripped {
		return err
	}
	var rows []engine.Transition
	for _, row := range b.rows {
		id, moved := random(), row.value
		rows = append(rows, engine.Transition{ID: id, Key: engine.RecordKey(id), Quarter: moved.Quarter,
			Then: moved.Then, Now: moved.Now, Up: moved.Up, Down: moved.Down})
	}
	shuffle(rows)
	return stats.AddTransitions(rows)
}
