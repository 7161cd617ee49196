package store

import (
	"context"
	"errors"
	"maps"
	"slices"

	"digiwijzer/referral"
	"digiwijzer/store/engine"
)

// unlinked is the body of a row that is handed over without an outcome, so that nothing links the
// two.
type unlinked interface {
	// counted returns the quarter in which the row is counted, and since which day it waits.
	counted() (quarter string, since referral.Date)
}

// unlinkedBatch is a group of unlinked rows of one kind that is handed over together. If stripped, they
// have waited too long for others, and lose what could identify a business.
type unlinkedBatch[T unlinked] struct {
	id       engine.Hash
	stripped bool
	rows     []waiting[T]
}

// handOverUnlinked moves the unlinked rows of one kind; enter adds a batch to the statistics.
func handOverUnlinked[T unlinked](ctx context.Context, s *Store, of batchType, today referral.Date, enter func(engine.Stats, unlinkedBatch[T]) error) error {
	if err := s.resume(ctx, of); err != nil {
		return err
	}
	kind := of.kinds[0]
	var rows []waiting[T]
	var damaged []engine.Hash
	err := s.rows.View(ctx, func(state engine.State) (err error) {
		rows, damaged, err = readWaiting[T](state, s.envelope(), kind)
		return err
	})
	if err != nil {
		return err
	}
	damage := s.dropUnreadable(ctx, kind, damaged, len(rows))
	for _, b := range unlinkedBatches(rows, today) {
		err := s.transfer(ctx, of, b.id, map[engine.Kind][]engine.Hash{kind: keys(b.rows)},
			func(stats engine.Stats) error { return enter(stats, b) })
		if err != nil {
			return errors.Join(err, damage)
		}
	}
	return damage
}

// unlinkedBatches decides which unlinked rows are handed over today.
func unlinkedBatches[T unlinked](rows []waiting[T], today referral.Date) (all []unlinkedBatch[T]) {
	quarters := map[string][]waiting[T]{}
	for _, row := range rows {
		quarter, _ := row.value.counted()
		quarters[quarter] = append(quarters[quarter], row)
	}
	old := unlinkedBatch[T]{id: random(), stripped: true}
	for _, quarter := range slices.Sorted(maps.Keys(quarters)) {
		if len(quarters[quarter]) >= minBatch {
			all = append(all, unlinkedBatch[T]{id: random(), rows: quarters[quarter]})
			continue
		}
		for _, row := range quarters[quarter] {
			if _, since := row.value.counted(); since <= today.AddDays(-waitDays) {
				old.rows = append(old.rows, row)
			}
		}
	}
	if len(old.rows) > 0 {
		all = append(all, old)
	}
	return all
}
