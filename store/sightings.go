package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// A clock that leapt must not empty the files: what is dropped by date would be gone when
// the clock is right again. So the sweep notes what the clock said, and believes it when
// it comes from a time it believed before, or has said so for a day.
const (
	leap  = 6 * time.Hour  // more between two sweeps, which come every hour, is doubted
	trial = 24 * time.Hour // a doubted time is believed after so long
)

// sightings are what the clock said at the sweeps, in seconds since 1970.
type sightings struct {
	Sure  int64 `json:"sure"`            // the latest time that is believed
	Since int64 `json:"since,omitempty"` // the clock says something else since then; 0: it does not
	Last  int64 `json:"last,omitempty"`  // and went on until then without a leap
}

func near(a, b int64) bool { return a-b <= int64(leap/time.Second) && b-a <= int64(leap/time.Second) }

// look is what is known after the clock has said now.
func (s sightings) look(now int64) sightings {
	now = max(now, 1) // 0 is none
	enough := now-s.Since >= int64(trial/time.Second)
	switch {
	case s.Sure != 0 && near(now, s.Sure):
		return sightings{Sure: now}
	case s.Since == 0 || now < s.Since: // it leapt, or went back: what it said is withdrawn
		return sightings{Sure: s.Sure, Since: now, Last: now}
	case near(now, s.Last) && enough:
		return sightings{Sure: now}
	case near(now, s.Last):
		return sightings{Sure: s.Sure, Since: s.Since, Last: now}
	case enough: // it leapt again, or nobody looked: what it said before is seen twice
		return sightings{Sure: s.Last, Since: now, Last: now}
	}
	return s
}

// believed tells whether the clock is right for all we know.
func (s sightings) believed() bool { return s.Since == 0 }

// until is the latest time, at now, up to which something may be over: a little beyond
// the last sweep whose time was believed. A store that was never swept takes it as it is.
func (s sightings) until(now time.Time) time.Time {
	if bound := time.Unix(s.Sure, 0).Add(leap); s != (sightings{}) && bound.Before(now) {
		return bound
	}
	return now
}

// over tells whether a conversation has expired. One that was saved since the clock is
// doubted goes by that clock: on a device that others use next it must not wait for a day.
func (s sightings) over(stored storedSession, now time.Time) bool {
	if s.Since != 0 && stored.Saved >= s.Since {
		return stored.Expires <= now.Unix()
	}
	return stored.Expires <= s.until(now).Unix()
}

// sight notes what the clock says at a sweep, and gives the time by which to sweep.
func (s *Store) sight(ctx context.Context, now time.Time) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.sightings.look(now.Unix())
	text, err := json.Marshal(next)
	if err != nil {
		return now, err
	}
	t := s.tx(ctx)
	err = s.state.within(ctx, func() error {
		return t.exec("noting the time",
			"INSERT INTO meta (name, value) VALUES ('clock', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", text)
	})
	if err != nil {
		return now, err
	}
	s.sightings = next
	s.reach("sweep: time noted")
	if next.believed() {
		return now, nil
	}
	return time.Unix(min(next.Sure, now.Unix()), 0), nil
}

// readSightings reads what an earlier run noted. What cannot be understood is as good as
// nothing: then the sweep waits for a day.
func (s *Store) readSightings(ctx context.Context) error {
	var text []byte
	err := s.state.conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'clock'").Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil && json.Unmarshal(text, &s.sightings) != nil {
		s.sightings = sightings{}
	}
	return trouble("reading the time of the last sweep", err)
}
