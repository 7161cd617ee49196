package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	"digiwijzer/bot"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
)

const (
	minBatch = 5                        // conversations in a batch, so that none is recognisable
	waitDays = bot.OutcomeRetentionDays // after this many days a conversation is handed over as counts only
)

// HandOver moves frozen outcomes, ticks, follow-up answers and transitions from the state to the
// statistics, in batches of at least five of one quarter. After 28 days an outcome is handed over as
// counts only, an answer without its reason, and a transition leaves no row. It first completes what
// a crash interrupted, and drops unreadable rows (see Unreadable). It returns how many conversations
// were handed over. On an exclusive engine no other transaction runs meanwhile, so that nobody can be
// erased from the state while in flight to the statistics; on another engine turns go on.
func (s *Store) HandOver(ctx context.Context, now time.Time) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	leases, err := s.jobs()
	if err != nil {
		return 0, err
	}
	s.leases = leases
	defer func() { s.leases = nil }()
	if len(leases) > 0 { // from here on, no earlier holder of the lease can enter anything
		if err := s.enter(ctx, leases, func(engine.Stats) error { return nil }); err != nil {
			return 0, err
		}
	}
	today := referral.DayOf(now)
	n, damage, err := s.handOverOutcomes(ctx, today)
	if err != nil {
		return n, err
	}
	err = errors.Join(handOverUnlinked(ctx, s, answerBatches, today, enterAnswers), handOverUnlinked(ctx, s, moveBatches, today, enterTransitions))
	if failed := s.scrub(); failed != nil {
		return n, errors.Join(damage, err, failed)
	}
	s.crashPoint("hand-over: scrubbed")
	return n, errors.Join(damage, err)
}

// handOverOutcomes returns how many conversations were handed over. damage reports unreadable
// rows that were kept; the others are handed over.
func (s *Store) handOverOutcomes(ctx context.Context, today referral.Date) (n int, damage, err error) {
	if err := s.resume(ctx, outcomeBatches); err != nil {
		return 0, nil, err
	}
	var outcomes []waiting[storedOutcome]
	var ticks []waiting[storedTick]
	var damaged, damagedTicks []engine.Hash
	err = s.rows.View(ctx, func(rows engine.State) (err error) {
		if outcomes, damaged, err = readWaiting[storedOutcome](rows, s.envelope(), engine.Outcomes); err != nil {
			return err
		}
		ticks, damagedTicks, err = readWaiting[storedTick](rows, s.envelope(), engine.Ticks)
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	damage = errors.Join(s.dropUnreadable(ctx, engine.Outcomes, damaged, len(outcomes)),
		s.dropUnreadable(ctx, engine.Ticks, damagedTicks, len(ticks)))
	for _, b := range batches(outcomes, ticks, today) {
		if err := s.transfer(ctx, outcomeBatches, b.id, b.rows(), b.enter); err != nil {
			return n, damage, err
		}
		n += len(b.outcomes)
	}
	return n, damage, nil
}

// batch is a group of outcomes and ticks that is handed over together. If stripped, its
// conversations count in the weeks and leave no rows.
type batch struct {
	id       engine.Hash
	quarter  string
	stripped bool
	outcomes []waiting[storedOutcome]
	ticks    []waiting[storedTick]
}

// batches decides what is handed over today.
func batches(outcomes []waiting[storedOutcome], ticks []waiting[storedTick], today referral.Date) []batch {
	quarters := map[string][]waiting[storedOutcome]{}
	for _, o := range outcomes {
		if o.frozen {
			quarters[o.value.Quarter] = append(quarters[o.value.Quarter], o)
		}
	}
	var all []batch
	oldest := today.AddDays(-waitDays)
	old := batch{id: random(), stripped: true}
	for _, quarter := range slices.Sorted(maps.Keys(quarters)) {
		frozen := quarters[quarter]
		if len(firsts(frozen)) >= minBatch {
			all = append(all, batch{id: random(), quarter: quarter, outcomes: frozen})
			continue
		}
		for _, o := range frozen {
			if o.value.Day <= oldest {
				old.outcomes = append(old.outcomes, o)
			}
		}
	}
	if len(all) > 0 {
		all[0].ticks = ticks // which batch does not matter
	} else {
		old.ticks = overdue(ticks, oldest)
	}
	if len(old.outcomes)+len(old.ticks) > 0 {
		all = append(all, old)
	}
	return all
}

// firsts returns the outcomes that leave a row: the first of a chat in the half-year. A repeat
// would give one business double weight; it is in the counts only.
func firsts(outcomes []waiting[storedOutcome]) []waiting[storedOutcome] {
	return slices.DeleteFunc(slices.Clone(outcomes), func(o waiting[storedOutcome]) bool { return o.value.Repeat })
}

// overdue returns the ticks of weeks that ended before the day.
func overdue(ticks []waiting[storedTick], day referral.Date) (old []waiting[storedTick]) {
	for _, t := range ticks {
		monday, err := referral.Monday(t.value.Week)
		if err != nil || referral.Date(monday.AddDate(0, 0, 7).Format(time.DateOnly)) <= day {
			old = append(old, t)
		}
	}
	return old
}

// rows returns the keys of the rows in the state.
func (b batch) rows() map[engine.Kind][]engine.Hash {
	return map[engine.Kind][]engine.Hash{engine.Outcomes: keys(b.outcomes), engine.Ticks: keys(b.ticks)}
}

// enter adds a batch to the statistics: counts added up, rows in random order under new
// random keys.
func (b batch) enter(stats engine.Stats) error {
	record := engine.Batch{ID: b.id, Quarter: b.quarter, N: len(b.outcomes), Stripped: b.stripped}
	counts := keyedCounts{}
	var rows []engine.Outcome
	for _, o := range b.outcomes {
		row := o.value.row()
		counts.add(o.value.finished().Counts(), row.Key)
		if !b.stripped && !o.value.Repeat {
			rows = append(rows, row)
		}
	}
	for _, t := range b.ticks {
		counts.add(t.value.counts(), engine.RecordKey(random()))
	}
	if !b.stripped {
		shuffle(rows)
		record.N = len(rows)
	}
	if err := stats.AddBatch(record); err != nil {
		return err
	}
	if err := stats.AddCounts(counts.rows()); err != nil {
		return err
	}
	return stats.AddOutcomes(rows)
}

// keyedCounts adds up counts with the keys of what was counted. A conversation that leaves a
// row counts with the key of the row, so that the same businesses are always rounded the same way.
type keyedCounts map[[3]string]engine.Count

func (k keyedCounts) add(counts []figures.Count, key int64) {
	for _, c := range counts {
		at := [3]string{c.Week, string(c.Kind), c.Key}
		sum := k[at]
		k[at] = engine.Count{Week: c.Week, Kind: string(c.Kind), Key: c.Key, N: sum.N + c.N, K: sum.K + key}
	}
}

// rows returns the counts by week, kind and key.
func (k keyedCounts) rows() []engine.Count {
	return slices.SortedFunc(maps.Values(k), func(a, b engine.Count) int {
		return cmp.Or(strings.Compare(a.Week, b.Week), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Key, b.Key))
	})
}

// shuffle puts rows in an unpredictable order.
func shuffle[T any](rows []T) {
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // never fails
	order := mathrand.New(mathrand.NewChaCha8(seed))
	order.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
}
