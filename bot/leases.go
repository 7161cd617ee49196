package bot

import (
	"context"
	"errors"
	"time"
)

// Lease is the right of this program to do something, while several work on the same data.
// The zero Lease is that of the only program, which nobody takes over.
type Lease struct {
	Name  string
	Epoch int64 // raised whenever another program takes it over
}

// The leases that a Leaser grants, besides those for sending.
const (
	LeaseJobs = "jobs" // the timed jobs
	LeasePoll = "poll" // fetching updates
)

// ErrLeaseLost is a work whose lease was taken over by another program.
var ErrLeaseLost = errors.New("another program has taken this over")

// Leaser is a Store that several programs may work on at once. Turns need no owner: any
// program takes any update. Sending, timed jobs and polling have one.
type Leaser interface {
	// Leased reports whether there may be several programs; otherwise the others are not called.
	Leased() bool
	// Renew keeps what this program holds, takes what is free of its share and gives back what
	// is more, unless busy says that it is still at work under that lease.
	Renew(ctx context.Context, busy func(lease string) bool) error
	// Held returns a lease that this program holds, and how much longer it may rely on that.
	Held(name string) (lease Lease, left time.Duration, held bool)
	// Sending returns the part of all chats whose messages this program sends, 0 to 1.
	Sending() float64
	// Leave gives back everything.
	Leave(ctx context.Context) error
}

// Bounds of leases.
const (
	renewInterval = time.Second
	leastLease    = 3 * time.Second // that must be left for a send to begin
)

// sharedPoll spaces the looks at an outbox into which other programs write: short while there
// is something to send, and longer when nothing has come for some seconds.
func sharedPoll(looks int) time.Duration {
	if looks < 200 {
		return 50 * time.Millisecond
	}
	return 200 * time.Millisecond
}

// leases are what this program holds, as far as the dispatcher needs it.
type leases struct {
	Leaser // nil: there is one program, which owns everything
}

func newLeases(s Store) leases {
	if l, ok := s.(Leaser); ok && l.Leased() {
		return leases{l}
	}
	return leases{}
}

// shared reports whether there may be other programs.
func (l leases) shared() bool { return l.Leaser != nil }

// Owns reports whether this program is the one that does something: one of the leases.
func (d *Dispatcher) Owns(name string) bool {
	if !d.leases.shared() {
		return true
	}
	_, _, held := d.leases.Held(name)
	return held
}

// lease returns a lease for a work; the zero one where nobody can take it over.
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

// renewLeases renews until the outbox has ended, which is after everything else, and then
// gives all back.
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
				d.log.Warn("giving back leases failed", "error", err)
			}
			return
		}
	}
}
