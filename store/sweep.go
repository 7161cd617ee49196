package store

import (
	"context"
	"time"

	"digiwijzer/referral"
)

// How long things are kept that nobody asks for any more.
const (
	keepSeenDays   = 3 // updates live one day at most
	keepParkedDays = 28
	keepMessages   = 48 * time.Hour // sending is tried for a day
	sweepAtOnce    = 500            // rows per transaction, so that turns need not wait long

	// Nothing is ever kept for longer than this from now; what is, was stored while the
	// clock was ahead.
	longestSession  = 7 * 24 * time.Hour
	longestFollowUp = 56 // days
)

// Sweep drops what is past its time: sessions (an unfinished run becomes a tick, a
// staged outcome freezes), marks of updates, marks of earlier half-years and messages
// that could not be sent. It reports how many sessions went. A clock that leapt since
// the last sweep is not believed for a day: until then nothing goes that would not have
// gone before the leap.
func (s *Store) Sweep(ctx context.Context, now time.Time) (int, error) {
	ctx = context.WithoutCancel(ctx)
	now, err := s.sight(ctx, now)
	if err != nil {
		return 0, err
	}
	sessions, err := s.sweepSessions(ctx, now)
	if err != nil {
		return sessions, err
	}
	if err := s.sweepMessages(ctx, now); err != nil {
		return sessions, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.sweepMarks(ctx, now); err != nil {
		return sessions, err
	}
	if err := s.bringBack(ctx, now); err != nil {
		return sessions, err
	}
	err = s.scrub(ctx)
	s.reach("sweep: scrubbed")
	return sessions, err
}

func (s *Store) sweepSessions(ctx context.Context, now time.Time) (swept int, err error) {
	after := int64(0)
	for {
		n, last, err := s.sweepSome(ctx, now, after)
		swept += n
		if err != nil || last == 0 {
			return swept, err
		}
		after = last
	}
}

// sweepSome settles expired sessions among the next ones; last is 0 after the last.
func (s *Store) sweepSome(ctx context.Context, now time.Time, after int64) (swept int, last int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, err := s.rows(ctx, "SELECT id, cid FROM session WHERE hour <= ? AND id > ? ORDER BY id LIMIT ?",
		now.Unix()/secondsPerHour, after, sweepAtOnce)
	if err != nil || len(rows) == 0 {
		return 0, 0, err
	}
	t := s.tx(ctx)
	err = s.state.within(ctx, func() error {
		for _, row := range rows {
			stored, ok, err := t.session(row.cid)
			if err != nil {
				return err
			}
			if ok && stored.Expires > now.Unix() {
				continue // later in this hour
			}
			if ok {
				err = t.settle(row.cid, stored)
			} else {
				err = t.freeze(row.cid) // it could not be read, and is dropped already
			}
			if err != nil {
				return err
			}
			swept++
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	s.reach("sweep: sessions settled")
	return swept, rows[len(rows)-1].id, nil
}

// sweepMessages drops messages that waited too long. Ids rise in order of arrival.
func (s *Store) sweepMessages(ctx context.Context, now time.Time) error {
	for {
		n, err := s.sweepSomeMessages(ctx, now.Add(-keepMessages))
		if err != nil || n < sweepAtOnce {
			return err
		}
	}
}

func (s *Store) sweepSomeMessages(ctx context.Context, before time.Time) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, err := s.rows(ctx,
		"SELECT id, cid FROM (SELECT id, cid, created FROM outbox ORDER BY id LIMIT ?) WHERE created < ?",
		sweepAtOnce, before.UnixMilli())
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	t := s.tx(ctx)
	err = s.state.within(ctx, func() error {
		for _, row := range rows {
			if err := t.settled(row.cid, row.id); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		t.landed()
		s.reach("sweep: messages dropped")
	}
	return len(rows), err
}

// sweepMarks drops the marks whose time has passed.
func (s *Store) sweepMarks(ctx context.Context, now time.Time) error {
	t := s.tx(ctx)
	err := s.state.within(ctx, func() error {
		err := t.exec("sweeping seen updates", "DELETE FROM seen WHERE day < ?", dayNumber(now)-keepSeenDays)
		if err != nil {
			return err
		}
		err = t.exec("sweeping parked updates", "DELETE FROM parked WHERE day < ?", dayNumber(now)-keepParkedDays)
		if err != nil {
			return err
		}
		return t.exec("sweeping earlier half-years", "DELETE FROM counted WHERE period < ?", referral.HalfYearOf(now))
	})
	if err == nil {
		s.reach("sweep: marks dropped")
	}
	return err
}

// bringBack corrects what was stored while the clock was ahead, and would stay for as long
// as it was. Only a clock that is believed can tell: to one that was set back everything
// lies ahead.
func (s *Store) bringBack(ctx context.Context, now time.Time) error {
	if !s.sightings.believed() {
		return nil
	}
	late := now.Add(longestSession+leap).Unix() / secondsPerHour
	rows, err := s.rows(ctx, "SELECT id, cid FROM session WHERE hour > ?", late)
	if err != nil {
		return err
	}
	t, today, half, next := s.tx(ctx), referral.DayOf(now), referral.HalfYearOf(now), referral.HalfYearOf(now.Add(leap))
	err = s.state.within(ctx, func() error {
		for _, row := range rows {
			stored, ok, err := t.session(row.cid)
			if err != nil {
				return err
			}
			if !ok {
				continue // it could not be read, and is dropped already
			}
			stored.Expires = now.Add(longestSession).Unix()
			if err := t.saveSession(row.cid, stored); err != nil {
				return err
			}
		}
		for _, do := range []struct {
			query string
			args  []any
		}{
			{"UPDATE followup SET day = ? WHERE day > ?", []any{string(today.AddDays(longestFollowUp)), string(today.AddDays(longestFollowUp + 1))}},
			{"UPDATE seen SET day = ? WHERE day > ?", []any{dayNumber(now), dayNumber(now) + 1}},
			{"UPDATE parked SET day = ? WHERE day > ?", []any{dayNumber(now), dayNumber(now) + 1}},
			{"INSERT INTO counted (cid, period) SELECT cid, ? FROM counted WHERE period > ? ON CONFLICT DO NOTHING", []any{half, next}},
			{"DELETE FROM counted WHERE period > ?", []any{next}},
		} {
			if err := t.exec("bringing back what lies too far ahead", do.query, do.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.reach("sweep: brought back")
	}
	return err
}

// row is a row to be dealt with later, when no statement is reading any more.
type row struct {
	id  int64
	cid mark
}

func (s *Store) rows(ctx context.Context, query string, args ...any) (all []row, err error) {
	found, err := s.state.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, trouble("reading what to sweep", err)
	}
	defer found.Close()
	for found.Next() {
		var r row
		var cid []byte
		if err := found.Scan(&r.id, &cid); err != nil {
			return nil, trouble("reading what to sweep", err)
		}
		r.cid = mark(cid)
		all = append(all, r)
	}
	return all, trouble("reading what to sweep", found.Err())
}
