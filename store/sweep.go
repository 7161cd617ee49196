package store

import (
	"context"
	"errors"
	"time"

	"digiwijzer/bot"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
)

// Retention of rows that are no longer needed.
const (
	keepSeenDays   = 3 // updates are redelivered for one day at most
	keepParkedDays = 28
	keepMessages   = 2 * bot.SendRetention
	keepCopyDays   = 7   // a copy made before a migration
	sweepChunk     = 500 // rows per transaction, so that turns do not wait long
)

// Sweep drops what has expired: sessions (an unfinished run becomes a tick, a staged
// outcome freezes), seen updates, chats counted in earlier half-years and messages that could
// not be sent. It returns how many sessions expired.
func (s *Store) Sweep(ctx context.Context, now time.Time) (int, error) {
	sessions, err := s.sweepSessions(ctx, now)
	if err != nil {
		return sessions, err
	}
	if err := s.sweepMessages(ctx, now.Add(-keepMessages)); err != nil {
		return sessions, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.update(ctx, engine.Touch{}, func(t *tx) error {
		return t.rows.Expire(engine.Retention{
			Seen: dayNumber(now) - keepSeenDays, Parked: dayNumber(now) - keepParkedDays, Counted: referral.HalfYearOf(now),
		})
	})
	if err != nil {
		return sessions, err
	}
	s.crashPoint("sweep: marks dropped")
	err = s.scrub()
	s.crashPoint("sweep: scrubbed")
	if kept, ok := s.rows.(engine.Copies); ok {
		err = errors.Join(err, kept.ExpireCopies(now.AddDate(0, 0, -keepCopyDays)))
	}
	return sessions, err
}

func (s *Store) sweepSessions(ctx context.Context, now time.Time) (swept int, err error) {
	var after engine.Hash
	for {
		n, last, err := s.sweepSomeSessions(ctx, now, after)
		swept += n
		if err != nil || last == (engine.Hash{}) {
			return swept, err
		}
		after = last
	}
}

// sweepSomeSessions closes the expired ones among the next sessions; last is zero at the end.
func (s *Store) sweepSomeSessions(ctx context.Context, now time.Time, after engine.Hash) (swept int, last engine.Hash, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var chats []engine.Hash
	err = s.rows.View(ctx, func(rows engine.State) (err error) {
		chats, err = rows.ExpiringSessions(now.Unix()/secondsPerHour, after, sweepChunk)
		return err
	})
	if err != nil || len(chats) == 0 {
		return 0, last, err
	}
	err = s.update(ctx, engine.Touch{Chats: chats}, func(t *tx) error {
		swept = 0
		for _, cid := range chats {
			closed, err := t.expire(cid, now)
			if err != nil {
				return err
			}
			if closed {
				swept++
			}
		}
		return nil
	})
	if err != nil {
		return 0, last, err
	}
	s.crashPoint("sweep: sessions settled")
	return swept, chats[len(chats)-1], nil
}

// expire closes a session that has expired; it may not have, since its row shows the hour only.
func (t *tx) expire(cid engine.Hash, now time.Time) (closed bool, err error) {
	stored, ok, err := t.session(cid)
	if err != nil {
		return false, err
	}
	if !ok { // unreadable, and already dropped
		return true, t.rows.FreezeOutcome(cid)
	}
	if stored.Expires > now.Unix() {
		return false, nil
	}
	return true, t.closeSession(cid, stored)
}

func (s *Store) sweepMessages(ctx context.Context, before time.Time) error {
	for {
		n, err := s.sweepSomeMessages(ctx, before)
		if err != nil || n < sweepChunk {
			return err
		}
	}
}

func (s *Store) sweepSomeMessages(ctx context.Context, before time.Time) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var messages []engine.Message
	err := s.rows.View(ctx, func(rows engine.State) (err error) {
		messages, err = rows.OldMessages(before.UnixMilli(), sweepChunk)
		return err
	})
	if err != nil || len(messages) == 0 {
		return 0, err
	}
	err = s.update(ctx, touching(messages), func(t *tx) error { return t.removeMessages(messages) })
	if err == nil {
		s.crashPoint("sweep: messages dropped")
	}
	return len(messages), err
}
