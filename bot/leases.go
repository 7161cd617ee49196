package bot

import (
	"context"
	"errors"
	"time"
)

// Lease is the right of this process to do something while several work on the same data.
// The zero Lease is that of a single process; it is never taken over.
type Lease struct {
	Name  string
	Epoch int64 // raised whenever another process takes it over
}

// The leases that a Leaser grants, besides those for sending.
const (
	LeaseJobs = "jobs" // the timed jobs
	LeasePoll = "poll" // fetching updates
)

// ErrLeaseLost is the error of a work whose lease was taken over by another process.
var ErrLeaseLost = errors.New("another program has taken this over")

// ErrChatBusy is returned for work with NoWait if another process has locked one of its chats.
var ErrChatBusy = errors.New("another program works on this chat")

// Leaser is a Store that several processes may use at once. Turns need no lease: any process
// handles any update. Sending, timed jobs and polling need one.
type Leaser interface {
	// Leased reports whether there may be several processes; if not, the other methods are unused.
	Leased() bool
	// Renew extends the leases of this process, takes free ones up to its share and releases those
	// above it, unless busy reports that work under the lease is in flight.
	Renew(ctx context.Context, busy func(lease string) bool) error
	// Held returns a lease that this process holds, and how much longer it is valid.
	Held(name string) (lease Lease, left time.Duration, held bool)
	// Fresh returns, once, messages that Apply made the first of their chats, for chats whose messages this
	// process sends. Due returns them too, and those of other processes.
	Fresh() []Delivery
	// Sending returns the share of all chats whose messages this process sends, 0 to 1.
	Sending() float64
	// Leave releases all leases.
	Leave(ctx context.Context) error
}

// Bounds of leases.
const (
	renewInterval = time.Second
	leastLease    = 3 * time.Second // that must remain for a send to begin
)

// sharedPoll spaces the polls of an outbox into which other processes write: short while there
// is something to send, longer after some seconds without.
func sharedPoll(looks int) time.Duration {
	if looks < 400 {
		return 25 * time.Millisecond
	}
	return 200 * time.Millisecond
}

// leases are the leases of this process, as the dispatcher uses them.
type leases struct {
	Leaser // nil: a single process, which owns everything
}

func newLeases(s Store) leases {
	if l, ok := s.(Leaser); ok && l.Leased() {
		return leases{l}
	}
	return leases{}
}

// shared reports whether there may be other processes.
func (l leases) shared() bool { return l.Leaser != nil }

// Owns reports whether this process holds a lease, given by its name.
func (d *Dispatcher) Owns(name string) bool {
	if !d.leases.shared() {
		return true
	}
	_, _, held := d.leases.Held(name)
	return held
}

// lease returns the lease for a work; the zero one if there is a single process.
func (d *Dispatcher) lease(name string) Lease {
	if !d.leases.shared() {
		return Lease{}
	}
	l, _, held := d.leases.Held(name)
	if !held {
		return Lease{Name: name, Epoch: -1} // never held
	}
	return l
}

// left returns how long a send under a lease may take at most.
func (d *Dispatcher) left(l Lease) time.Duration {
	if l.Name == "" {
		return sendTimeout
	}
	now, left, held := d.leases.Held(l.Name)
	if !held || now != l {
		return 0
	}
	return min(left, sendTimeout)
}

// renewLeases renews the leases until the outbox has ended, which is after everything else,
// and then releases them.
func (d *Dispatcher) renewLeases(ctx context.Context) {
	if !d.leases.shared() {
		return
	}
	had := map[string]bool{}
	for {
		err := d.leases.Renew(ctx, d.outbox.busy)
		d.state.setLeases(err, d.Owns(LeaseJobs) || d.leases.Sending() > 0)
		if err != nil {
			d.log.Error("renewing leases failed", "error", err)
		}
		jobs := d.Owns(LeaseJobs)
		if jobs && !had[LeaseJobs] {
			signal(d.jobs.wake)
		}
		had[LeaseJobs] = jobs
		signal(d.outbox.wake)
		select {
		case <-d.clock.After(renewInterval):
		case <-d.outbox.done:
			if err := d.leases.Leave(ctx); err != nil {
				d.log.Warn("releasing leases failed", "error", err)
			}
			return
		}
	}
}
