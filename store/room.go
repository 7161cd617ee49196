package store

import (
	"context"
	"time"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// Room returns what is left for new conversations.
func (s *Store) Room(ctx context.Context) (r bot.Room, err error) {
	defer s.serialize()()
	if r.Free, r.Size, err = s.rows.Space(); err != nil {
		return r, err
	}
	err = s.rows.View(ctx, func(rows engine.State) (err error) {
		r.Browsers, err = rows.BrowserSessions()
		return err
	})
	return r, err
}

// Shrink returns the space of deleted rows to the system, a little at a time, so that turns do
// not wait for it.
func (s *Store) Shrink(ctx context.Context, _ time.Time) (int, error) {
	for {
		more, err := s.shrink(ctx)
		if err != nil || !more {
			return 0, err
		}
	}
}

func (s *Store) shrink(ctx context.Context) (more bool, err error) {
	defer s.serialize()()
	if more, err = s.rows.Shrink(ctx); err == nil && !more {
		err = s.scrub() // the file shrinks when the log is checkpointed into it
	}
	return more, err
}

// Conversations that Thin spares.
const (
	fewAnswers  = 4                // one with more is worth keeping
	activeFor   = 30 * time.Minute // after the last answer, somebody may still be there
	expiresSoon = 15 * time.Minute // expires soon anyway, such as on a kiosk
)

// Thin closes conversations in browsers, as if they had expired, until at most keep are left:
// those with few answers, oldest first, and none that was just answered. It returns how many it
// closed.
func (s *Store) Thin(ctx context.Context, now time.Time, keep int) (closed int, err error) {
	for skip := 0; ; {
		n, spared, err := s.thin(ctx, now, keep, skip)
		closed, skip = closed+n, skip+spared
		if err != nil || n+spared == 0 {
			return closed, err
		}
	}
}

// thin examines the next conversations after those that were spared.
func (s *Store) thin(ctx context.Context, now time.Time, keep, skip int) (closed, spared int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var chats []engine.Hash
	err = s.rows.View(ctx, func(rows engine.State) error {
		n, err := rows.BrowserSessions()
		if err == nil && n > keep {
			chats, err = rows.OldBrowserSessions(skip, min(sweepChunk, n-keep))
		}
		return err
	})
	if err != nil || len(chats) == 0 {
		return 0, 0, err
	}
	err = s.update(ctx, engine.Touch{Chats: chats}, func(t *tx) error {
		closed, spared = 0, 0
		for _, cid := range chats {
			stored, ok, err := t.session(cid)
			switch {
			case err != nil:
				return err
			case ok && !stored.idle(now):
				spared++
				continue
			case ok:
				err = t.closeSession(cid, stored)
			}
			if err != nil {
				return err
			}
			closed++
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	s.crashPoint("thin: sessions settled")
	return closed, spared, nil
}

// idle reports whether Thin may close a session: it has no result and few answers, none of them
// recent, and does not expire soon anyway.
func (s storedSession) idle(now time.Time) bool {
	expires := time.Unix(s.Expires, 0)
	answered := expires.Add(-bot.RunRetention)
	return !s.Session.Outcome && len(s.Session.Answers) <= fewAnswers &&
		now.Sub(answered) >= activeFor && expires.Sub(now) >= expiresSoon
}
