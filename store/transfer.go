package store

import (
	"context"
	"fmt"
	"slices"

	"digiwijzer/store/engine"
)

// batchType is a type of batch: which rows are in it, and the prefix of its crash points.
type batchType struct {
	point string
	kinds []engine.Kind
}

var (
	outcomeBatches = batchType{"hand-over", []engine.Kind{engine.Outcomes, engine.Ticks}}
	answerBatches  = batchType{"answers", []engine.Kind{engine.Answers}}
	moveBatches    = batchType{"transitions", []engine.Kind{engine.Transitions}}
)

// waiting is a decrypted row that waits to be handed over.
type waiting[T any] struct {
	id     engine.Hash
	frozen bool
	batch  engine.Hash // set between the first and the last step of its transfer
	value  T
}

// keys returns the keys of rows.
func keys[T any](rows []waiting[T]) (ids []engine.Hash) {
	for _, row := range rows {
		ids = append(ids, row.id)
	}
	return ids
}

// readWaiting reads the rows of a kind. It leaves out those that cannot be decrypted, and
// returns their keys as damaged.
func readWaiting[T any](rows engine.State, e *envelope, kind engine.Kind) (all []waiting[T], damaged []engine.Hash, err error) {
	stored, err := rows.Waiting(kind)
	if err != nil {
		return nil, nil, err
	}
	return openWaiting[T](e, kind, stored)
}

// openWaiting decrypts rows of a kind. A row that is encrypted with a key that only another machine has
// read so far is not damaged: the error is Busy then.
func openWaiting[T any](e *envelope, kind engine.Kind, rows []engine.Waiting) (all []waiting[T], damaged []engine.Hash, err error) {
	for _, row := range rows {
		owner := row.ID
		if kind == engine.Outcomes {
			owner = row.Chat
		}
		w := waiting[T]{id: row.ID, frozen: row.Frozen, batch: row.Batch}
		if _, err := e.open(string(kind), owner, row.Body, &w.value); isMissingKey(err) {
			return nil, nil, newerKeyNeeded(err)
		} else if err != nil {
			damaged = append(damaged, row.ID)
			continue
		}
		all = append(all, w)
	}
	return all, damaged, nil
}

// transfer moves a batch from the state to the statistics in three transactions, since an engine
// need not commit both as one: it stamps the rows with the batch, enters the batch, and clears
// the rows. If a crash interrupts it, resume completes it: whether the batch is in the
// statistics shows whether the second transaction was committed.
func (s *Store) transfer(ctx context.Context, of batchType, batch engine.Hash, rows map[engine.Kind][]engine.Hash, enter func(engine.Stats) error) error {
	err := s.update(ctx, engine.Touch{Leases: s.leases}, func(t *tx) error {
		if err := requireHeld(t.rows, s.leases); err != nil {
			return err
		}
		for _, kind := range of.kinds {
			if err := t.rows.Stamp(kind, rows[kind], batch); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.crashPoint(of.point + ": stamped")
	if err := s.enter(ctx, s.leases, enter); err != nil {
		return err
	}
	s.crashPoint(of.point + ": entered")
	if err := s.endBatch(ctx, of, batch, engine.State.ClearBatch); err != nil {
		return err
	}
	s.crashPoint(of.point + ": cleared")
	return nil
}

// resume completes interrupted transfers: a batch that reached the statistics is cleared; one
// that did not is unstamped and made again, without those who were erased in the meantime.
func (s *Store) resume(ctx context.Context, of batchType) error {
	var stamped []engine.Hash
	err := s.rows.View(ctx, func(rows engine.State) error {
		for _, kind := range of.kinds {
			ids, err := rows.Stamped(kind)
			if err != nil {
				return err
			}
			stamped = append(stamped, ids...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(stamped, func(a, b engine.Hash) int { return slices.Compare(a[:], b[:]) })
	for _, batch := range slices.Compact(stamped) {
		if err := s.resumeBatch(ctx, of, batch); err != nil {
			return err
		}
		s.crashPoint(of.point + ": resumed")
	}
	return nil
}

func (s *Store) resumeBatch(ctx context.Context, of batchType, batch engine.Hash) error {
	var entered bool
	err := s.rows.ViewStats(ctx, func(stats engine.Stats) (err error) {
		entered, err = stats.HasBatch(of.kinds[0], batch)
		return err
	})
	if err != nil {
		return err
	}
	if entered {
		return s.endBatch(ctx, of, batch, engine.State.ClearBatch)
	}
	return s.endBatch(ctx, of, batch, engine.State.Unstamp)
}

// endBatch clears or unstamps all rows of a batch.
func (s *Store) endBatch(ctx context.Context, of batchType, batch engine.Hash, end func(engine.State, engine.Kind, engine.Hash) error) error {
	return s.update(ctx, engine.Touch{Leases: s.leases}, func(t *tx) error {
		if err := requireHeld(t.rows, s.leases); err != nil {
			return err
		}
		for _, kind := range of.kinds {
			if err := end(t.rows, kind, batch); err != nil {
				return err
			}
		}
		return nil
	})
}

// massDamage is how many rows of a kind may be unreadable at once, whatever their share,
// before the whole table is considered damaged.
const massDamage = 10

// dropUnreadable deletes rows that cannot be decrypted, and counts them: they never will be
// readable, and one of them must not block every report. The key is not the cause, since Open
// has verified it. If it is most of the rows, and many, something else is wrong: then they are
// kept, and the error reports it.
func (s *Store) dropUnreadable(ctx context.Context, kind engine.Kind, damaged []engine.Hash, readable int) error {
	if len(damaged) > massDamage && len(damaged) > readable {
		where := fmt.Sprintf("%d of %d rows of %s, too many to drop", len(damaged), len(damaged)+readable, kind)
		return &Error{Where: where, Condition: Corrupt, Err: errUnreadable}
	}
	if len(damaged) == 0 {
		return nil
	}
	err := s.update(ctx, engine.Touch{}, func(t *tx) error {
		t.unreadable = len(damaged)
		return t.rows.DeleteWaiting(kind, damaged)
	})
	if err == nil {
		s.crashPoint("hand-over: damaged dropped")
	}
	return err
}
