package bot

import "sync/atomic"

// Counters are what the desk did since it was opened.
type Counters struct {
	Updates    int64 // turns committed
	Duplicates int64 // updates that were seen before
	Refused    int64 // updates not taken: flooded, closing, storage at fault
	Failures   int64 // tries of a turn that failed
	Parked     int64 // updates put aside after three failures
	Commits    int64 // transactions
	Faults     int64 // transactions that the storage refused
	Sent       int64 // messages delivered, or as good as
	Throttled  int64 // times a channel told us to slow down
	Repeated   int64 // sends put off for another try
	Dropped    int64 // messages given up
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
