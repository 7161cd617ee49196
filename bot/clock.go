package bot

import "time"

// Clock is the time as the desk sees it.
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

// ClockFrom returns a clock that says start now and runs on at the usual speed, for
// rehearsals of another day.
func ClockFrom(start time.Time) Clock { return shifted{time.Until(start)} }

type shifted struct{ by time.Duration }

func (c shifted) Now() time.Time                         { return time.Now().Add(c.by) }
func (c shifted) After(d time.Duration) <-chan time.Time { return time.After(d) }
