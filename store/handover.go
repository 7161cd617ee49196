package store

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"digiwijzer/referral"
)

const (
	atLeast  = 5  // conversations in a batch: one of so many cannot be told from the others
	waitDays = 28 // after so many days a conversation goes over as counts only
)

// batch is what goes over together. In a stripped one every conversation counts in
// the weeks and leaves no row.
type batch struct {
	id       mark
	quarter  string
	stripped bool
	outcomes []waitingOutcome
	ticks    []waitingTick
}

// rows are the outcomes that leave a row: the first of a chat in the half-year. A
// repeat would make one business weigh twice; it is in the counts only.
func (b batch) rows() []waitingOutcome {
	if b.stripped {
		return nil
	}
	return firsts(b.outcomes)
}

// size is the n of the batch table.
func (b batch) size() int {
	if b.stripped {
		return len(b.outcomes)
	}
	return len(b.rows())
}

func firsts(outcomes []waitingOutcome) []waitingOutcome {
	return slices.DeleteFunc(slices.Clone(outcomes), func(o waitingOutcome) bool { return o.Repeat })
}

// HandOver moves frozen outcomes and ticks from the personal file to the figures, in
// batches of at least five of one quarter; what has waited for 28 days goes over as
// counts only. It first finishes what a crash interrupted, and drops what cannot be read
// (see Unreadable). It reports how many conversations went. Nothing else is applied meanwhile, so that nobody can be erased
// from one file while on the way to the other.
func (s *Store) HandOver(ctx context.Context, now time.Time) (int, error) {
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.resume(ctx); err != nil {
		return 0, err
	}
	outcomes, damaged, err := outcomesIn(ctx, s.state.conn, s.vault)
	if err != nil {
		return 0, err
	}
	ticks, damagedTicks, err := ticksIn(ctx, s.state.conn, s.vault)
	if err != nil {
		return 0, err
	}
	kept := errors.Join(s.dropUnreadable(ctx, tableStaged, damaged, len(outcomes)), s.dropUnreadable(ctx, tableTick, damagedTicks, len(ticks)))
	went := 0
	today := referral.DayOf(s.sightings.until(now))
	for _, b := range batches(outcomes, ticks, today) {
		if err := s.carry(ctx, b); err != nil {
			return went, err
		}
		went += len(b.outcomes)
	}
	kept = errors.Join(kept, s.handOverAnswers(ctx, today))
	if err := s.scrub(ctx); err != nil {
		return went, errors.Join(kept, err)
	}
	s.reach("hand-over: scrubbed")
	return went, kept
}

// batches decides what goes over today.
func batches(outcomes []waitingOutcome, ticks []waitingTick, today referral.Date) []batch {
	quarters := map[string][]waitingOutcome{}
	for _, o := range outcomes {
		if o.frozen {
			quarters[o.Quarter] = append(quarters[o.Quarter], o)
		}
	}
	var all []batch
	oldest := today.AddDays(-waitDays)
	old := batch{id: random(), stripped: true}
	for _, quarter := range slices.Sorted(maps.Keys(quarters)) {
		waiting := quarters[quarter]
		if len(firsts(waiting)) >= atLeast {
			all = append(all, batch{id: random(), quarter: quarter, outcomes: waiting})
			continue
		}
		for _, o := range waiting {
			if o.Day <= oldest {
				old.outcomes = append(old.outcomes, o)
			}
		}
	}
	if len(all) > 0 {
		all[0].ticks = ticks // they ride along
	} else {
		old.ticks = overdue(ticks, oldest)
	}
	if len(old.outcomes)+len(old.ticks) > 0 {
		all = append(all, old)
	}
	return all
}

// overdue are the ticks of weeks that ended before the day.
func overdue(ticks []waitingTick, day referral.Date) (old []waitingTick) {
	for _, t := range ticks {
		monday, err := referral.Monday(t.Week)
		if err != nil || referral.Date(monday.AddDate(0, 0, 7).Format(time.DateOnly)) <= day {
			old = append(old, t)
		}
	}
	return old
}

// carry takes a batch over in three steps; SQLite cannot commit two files as one.
// Whatever is interrupted, resume finishes: the id of the batch tells whether the
// second step was taken.
func (s *Store) carry(ctx context.Context, b batch) error {
	if err := s.stamp(ctx, b); err != nil {
		return err
	}
	s.reach("hand-over: stamped")
	if err := s.stats.within(ctx, func() error { return s.enter(ctx, b) }); err != nil {
		return err
	}
	s.reach("hand-over: entered")
	if err := s.clear(ctx, b.id); err != nil {
		return err
	}
	s.reach("hand-over: cleared")
	return nil
}

// stamp marks in the personal file what is on its way.
func (s *Store) stamp(ctx context.Context, b batch) error {
	t := s.tx(ctx)
	return s.state.within(ctx, func() error {
		for _, o := range b.outcomes {
			if err := t.exec("stamping", "UPDATE staged SET batch = ? WHERE sid = ?", b.id[:], o.sid[:]); err != nil {
				return err
			}
		}
		for _, k := range b.ticks {
			if err := t.exec("stamping", "UPDATE tick SET batch = ? WHERE id = ?", b.id[:], k.id[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// enter writes a batch into the figures: counts added up, rows in random order under
// new random keys.
func (s *Store) enter(ctx context.Context, b batch) error {
	_, err := s.stats.conn.ExecContext(ctx,
		"INSERT INTO batch (id, quarter, n, stripped) VALUES (?, ?, ?, ?)", b.id[:], b.quarter, b.size(), b.stripped)
	if err != nil {
		return trouble("entering a batch", err)
	}
	for _, c := range countsOf(b.outcomes, b.ticks) {
		_, err := s.stats.conn.ExecContext(ctx,
			`INSERT INTO counter (week, kind, key, n) VALUES (?, ?, ?, ?)
			ON CONFLICT (week, kind, key) DO UPDATE SET n = n + excluded.n`, c.Week, string(c.Kind), c.Key, c.N)
		if err != nil {
			return trouble("counting", err)
		}
	}
	for _, o := range shuffled(b.rows()) {
		if err := s.enterOutcome(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) enterOutcome(ctx context.Context, w waitingOutcome) error {
	id, o := random(), w.Outcome
	_, err := s.stats.conn.ExecContext(ctx,
		`INSERT INTO outcome (id, quarter, sector, region, size, self_image, readiness_band, impact_band, dii_basis,
			quadrant, border, extra, indicative, cyber, phase, obstacle, help_wanted, satisfaction, partner, channel,
			lang, question_set, scoring, content)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id[:], w.Quarter, o.Sector, o.Region, o.Size, o.SelfImage, o.ReadinessBand, o.ImpactBand, o.DIIBasis,
		o.Quadrant, o.Border, o.Extra, o.Indicative, o.Cyber, o.Phase, o.Obstacle, o.HelpWanted, o.Satisfaction,
		o.Partner, o.Channel, o.Lang, o.QuestionSet, o.Scoring, o.Content)
	if err != nil {
		return trouble("entering an outcome", err)
	}
	for _, initiative := range o.Referrals {
		_, err := s.stats.conn.ExecContext(ctx,
			"INSERT INTO outcome_referral (outcome, initiative) VALUES (?, ?) ON CONFLICT DO NOTHING", id[:], initiative)
		if err != nil {
			return trouble("entering a referral", err)
		}
	}
	return nil
}

// clear deletes from the personal file what is in the figures now.
func (s *Store) clear(ctx context.Context, id mark) error {
	t := s.tx(ctx)
	return s.state.within(ctx, func() error {
		if err := t.exec("clearing", "DELETE FROM staged WHERE batch = ?", id[:]); err != nil {
			return err
		}
		return t.exec("clearing", "DELETE FROM tick WHERE batch = ?", id[:])
	})
}

// resume finishes hand-overs that were interrupted: a batch that reached the figures
// is cleared, one that did not loses its stamp and is made anew, without those who
// were erased in the meantime.
func (s *Store) resume(ctx context.Context) error {
	stamped, err := marksIn(ctx, s.state.conn,
		"SELECT batch FROM staged WHERE batch IS NOT NULL UNION SELECT batch FROM tick WHERE batch IS NOT NULL")
	if err != nil {
		return err
	}
	for _, id := range stamped {
		entered, err := marksIn(ctx, s.stats.conn, "SELECT id FROM batch WHERE id = ?", id[:])
		if err != nil {
			return err
		}
		if len(entered) > 0 {
			err = s.clear(ctx, id)
		} else {
			err = s.unstamp(ctx, id)
		}
		if err != nil {
			return err
		}
		s.reach("hand-over: resumed")
	}
	return nil
}

func (s *Store) unstamp(ctx context.Context, id mark) error {
	t := s.tx(ctx)
	return s.state.within(ctx, func() error {
		if err := t.exec("unstamping", "UPDATE staged SET batch = NULL WHERE batch = ?", id[:]); err != nil {
			return err
		}
		return t.exec("unstamping", "UPDATE tick SET batch = NULL WHERE batch = ?", id[:])
	})
}

// marksIn reads a column of random keys.
func marksIn(ctx context.Context, q querier, query string, args ...any) (all []mark, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, trouble("reading batches", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			return nil, trouble("reading batches", err)
		}
		all = append(all, mark(id))
	}
	return all, trouble("reading batches", rows.Err())
}

// shuffled puts outcomes in an order nobody can predict.
func shuffled(outcomes []waitingOutcome) []waitingOutcome {
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // never fails
	order := mathrand.New(mathrand.NewChaCha8(seed))
	order.Shuffle(len(outcomes), func(i, j int) { outcomes[i], outcomes[j] = outcomes[j], outcomes[i] })
	return outcomes
}
