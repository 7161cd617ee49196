package bot

import (
	"log/slog"
	"sync"
	"time"
)

// How a clock that is set is told from time that goes by. The desk looks at the clock
// every minute at least.
const (
	bigLeap   = 90 * time.Minute // more than this between two looks is doubted
	disbelief = 24 * time.Hour   // a clock that has run on for so long is followed all the same
	settling  = 15 * time.Minute // so long after the start it is followed: machines set it then
)

// steady is the time the desk goes by. When the clock leaps, it goes on from where it was
// for a day: a clock that is wrong for a while then counts nobody in a week that has not
// come, ends no conversation and asks no question before its day.
type steady struct {
	Clock
	log   *slog.Logger
	mu    sync.Mutex
	start time.Time     // when it was looked at first
	last  time.Time     // what it said at the last look
	since time.Time     // what it said after it leapt
	ahead time.Duration // how far it is ahead of the time gone by
}

func newSteady(c Clock, log *slog.Logger) *steady { return &steady{Clock: c, log: log} }

// Now is the time without the leaps of the last day.
func (s *steady) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now().Round(0) // the part that somebody can set
	if s.last.IsZero() {
		s.start, s.last = now, now
	}
	if gap := now.Sub(s.last); gap.Abs() > bigLeap {
		s.leapt(gap, now)
	}
	if s.ahead.Abs() <= bigLeap || now.Sub(s.since) >= disbelief {
		s.ahead = 0 // it is right again, or it stays like this
	}
	s.last = now
	return now.Add(-s.ahead)
}

func (s *steady) leapt(gap time.Duration, now time.Time) {
	if s.last.Add(-s.ahead).Sub(s.start) < settling {
		s.start = s.start.Add(gap)
		return
	}
	s.ahead += gap
	s.since = now
	s.log.Warn("the clock was set, or the machine slept; the old time goes on for a day", "by", gap.Round(time.Second).String())
}
