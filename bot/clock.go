package bot

import (
	"log/slog"
	"sync"
	"time"
)

// Clock is the time as the dispatcher and its channels see it.
type Clock interface {
	Now() time.Time
	// After sends once, when d has passed.
	After(d time.Duration) <-chan time.Time
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now is time.Now.
func (SystemClock) Now() time.Time { return time.Now() }

// After is time.After.
func (SystemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// ClockFrom returns a clock that shows start now and runs at the usual speed, to try out
// another day.
func ClockFrom(start time.Time) Clock { return shiftedClock{SystemClock{}, time.Until(start)} }

type shiftedClock struct {
	SystemClock
	by time.Duration
}

func (c shiftedClock) Now() time.Time { return time.Now().Add(c.by) }

// How a clock that is set is distinguished from time that passes.
const (
	maxStep     = 90 * time.Minute // a larger step between two readings is a jump
	ignoreJump  = 24 * time.Hour   // a jump is ignored for this long
	trustAtBoot = 15 * time.Minute // machines set their clock shortly after the start: jumps are followed
)

// guardedClock ignores jumps of a clock for a day.
type guardedClock struct {
	Clock
	log   *slog.Logger
	mu    sync.Mutex
	start time.Time     // the first reading
	last  time.Time     // the last reading
	since time.Time     // the first reading after a jump
	ahead time.Duration // sum of the jumps
}

// GuardClock returns a clock that ignores a jump of c for 24 h, so that a wrong clock
// cannot expire sessions, misdate counts or send follow-ups early. It must be read at
// least every 90 minutes, and everything that dates data must use the same one.
func GuardClock(c Clock, log *slog.Logger) Clock { return &guardedClock{Clock: c, log: log} }

// Now returns the time without the jumps of the last day.
func (g *guardedClock) Now() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.Clock.Now().Round(0) // the wall clock
	if g.last.IsZero() {
		g.start, g.last = now, now
	}
	if step := now.Sub(g.last); step.Abs() > maxStep {
		g.jumped(step, now)
	}
	if g.ahead.Abs() <= maxStep || now.Sub(g.since) >= ignoreJump {
		g.ahead = 0 // corrected since, or permanent
	}
	g.last = now
	return now.Add(-g.ahead)
}

func (g *guardedClock) jumped(step time.Duration, now time.Time) {
	if g.last.Add(-g.ahead).Sub(g.start) < trustAtBoot {
		g.start = g.start.Add(step)
		return
	}
	g.ahead += step
	g.since = now
	g.log.Warn("clock jump ignored", "by", step.Round(time.Second).String())
}

// pause is a period that a clock set back cannot stretch.
type pause struct {
	until  time.Time
	length time.Duration
}

func newPause(now time.Time, length time.Duration) pause { return pause{now.Add(length), length} }

// left returns how much of a pause is left.
func (p pause) left(now time.Time) time.Duration {
	if left := p.until.Sub(now); left > 0 && left <= p.length {
		return left
	}
	return 0
}
