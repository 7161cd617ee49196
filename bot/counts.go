package bot

import "sync/atomic"

// Counters count what the dispatcher did since its start.
type Counters struct {
	Updates    int64 // turns committed
	Duplicates int64 // updates delivered again
	Refused    int64 // updates refused: flooded, shutting down, storage failed
	Failures   int64 // failed tries of turns
	Parked     int64 // updates given up after three failures
	Commits    int64 // transactions
	Faults     int64 // transactions that failed
	Sent       int64 // messages delivered, or that needed no delivery
	Throttled  int64 // sends that a channel throttled
	Repeated   int64 // sends postponed for a retry
	Dropped    int64 // messages dropped
	Gone       int64 // people who blocked the bot or left
}

// counts are the live Counters.
type counts struct {
	updates, duplicates, refused, failures, parked, commits, faults,
	sent, throttled, repeated, dropped, gone atomic.Int64
}

// Counters returns the counters as they are now.
func (d *Dispatcher) Counters() Counters {
	c := &d.counts
	return Counters{
		Updates: c.updates.Load(), Duplicates: c.duplicates.Load(), Refused: c.refused.Load(),
		Failures: c.failures.Load(), Parked: c.parked.Load(), Commits: c.commits.Load(),
		Faults: c.faults.Load(), Sent: c.sent.Load(), Throttled: c.throttled.Load(),
		Repeated: c.repeated.Load(), Dropped: c.dropped.Load(), Gone: c.gone.Load(),
	}
}
