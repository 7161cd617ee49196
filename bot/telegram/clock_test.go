package telegram

import (
	"slices"
	"sync"
	"time"

	"digiwijzer/referral"
)

// instantClock is the real time, but After never waits. It records the delays.
type instantClock struct {
	mu     sync.Mutex
	delays []time.Duration
}

func (c *instantClock) Now() time.Time { return time.Now() }

func (c *instantClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delays = append(c.delays, d)
	done := make(chan time.Time, 1)
	done <- time.Now()
	return done
}

func (c *instantClock) pauses() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.delays)
}

// fakeClock is a clock that a test advances.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[chan time.Time]time.Time
}

func newFakeClock(now time.Time) *fakeClock {
	return &fakeClock{now: now, timers: map[chan time.Time]time.Time{}}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	done := make(chan time.Time, 1)
	if d <= 0 {
		done <- c.now
	} else {
		c.timers[done] = c.now.Add(d)
	}
	return done
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for done, at := range c.timers {
		if !at.After(c.now) {
			done <- c.now
			delete(c.timers, done)
		}
	}
}

// mondayAfternoon is in week 48 of 2026.
var mondayAfternoon = time.Date(2026, 11, 23, 14, 0, 0, 0, referral.Netherlands)
