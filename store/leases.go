package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
)

// leaseHolder tracks the leases of this process, on an engine that several processes use at once.
type leaseHolder struct {
	engine engine.Leases // nil: a single process, which needs no leases
	owner  engine.Hash

	mu      sync.Mutex
	held    map[string]bot.Lease
	until   time.Time
	leaving map[string]bool // still held, but nothing new begins under them
}

var _ bot.Leaser = (*Store)(nil)

func newLeaseHolder(rows engine.Rows) *leaseHolder {
	leases, _ := rows.(engine.Leases)
	return &leaseHolder{engine: leases, owner: random()}
}

// sendingLease is the name of the lease for sending to a shard.
func sendingLease(shard int) string { return fmt.Sprintf("out/%02d", shard) }

// Leased implements bot.Leaser.
func (s *Store) Leased() bool { return s.leaseHolder.engine != nil }

// Renew implements bot.Leaser. Every process has an equal share of the shards; it stops using a
// lease before it releases it.
func (s *Store) Renew(ctx context.Context, busy func(lease string) bool) error {
	t := s.leaseHolder
	var leaving map[string]bool
	got, err := t.engine.Renew(ctx, t.owner, func(members int, all []engine.LeaseState) (hold, release []string) {
		hold, release, leaving = share(members, all, t.isLeaving, busy)
		return hold, release
	})
	if err != nil {
		return err // held leases stay valid until they expire
	}
	s.forgetOpened(got.Until)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held, t.until, t.leaving = map[string]bot.Lease{}, got.Until, leaving
	for _, l := range got.Leases {
		if !leaving[l.Name] {
			t.held[l.Name] = bot.Lease(l)
		}
	}
	return nil
}

func (t *leaseHolder) isLeaving(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.leaving[name]
}

// share decides which leases a process holds: its part of the shards, and all other leases that
// are free. It leaves a surplus shard first, and releases it once nothing is in flight.
func share(members int, all []engine.LeaseState, wasLeaving, busy func(string) bool) (hold, release []string, leaving map[string]bool) {
	most := (engine.Shards + max(1, members) - 1) / max(1, members)
	leaving = map[string]bool{}
	shards := 0
	for _, l := range all {
		isShard := l.Name != bot.LeaseJobs && l.Name != bot.LeasePoll
		switch {
		case !l.Mine:
		case !isShard:
			hold = append(hold, l.Name)
		case shards < most:
			shards++
			hold = append(hold, l.Name)
		case wasLeaving(l.Name) && !busy(l.Name):
			release = append(release, l.Name)
		default:
			leaving[l.Name] = true
			hold = append(hold, l.Name)
		}
	}
	for _, l := range all {
		isShard := l.Name != bot.LeaseJobs && l.Name != bot.LeasePoll
		if l.Mine || !l.Free || isShard && shards+len(leaving) >= most {
			continue
		}
		if isShard {
			shards++
		}
		hold = append(hold, l.Name)
	}
	return hold, release, leaving
}

// Held implements bot.Leaser.
func (s *Store) Held(name string) (bot.Lease, time.Duration, bool) {
	s.leaseHolder.mu.Lock()
	defer s.leaseHolder.mu.Unlock()
	l, ok := s.leaseHolder.held[name]
	left := time.Until(s.leaseHolder.until)
	return l, left, ok && left > 0
}

// Sending implements bot.Leaser.
func (s *Store) Sending() float64 {
	shards, _ := s.leaseHolder.shards()
	return float64(len(shards)) / engine.Shards
}

// minLeaseLeft is how much of a lease must remain for a message to be read for sending.
const minLeaseLeft = 4 * time.Second

// shards returns the shards whose messages this process sends, with the lease of each.
func (t *leaseHolder) shards() (shards []int, leases map[int]bot.Lease) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Until(t.until) < minLeaseLeft {
		return nil, nil
	}
	leases = map[int]bot.Lease{}
	for n := range engine.Shards {
		if l, ok := t.held[sendingLease(n)]; ok {
			shards, leases[n] = append(shards, n), l
		}
	}
	return shards, leases
}

// Leave implements bot.Leaser.
func (s *Store) Leave(ctx context.Context) error {
	t := s.leaseHolder
	t.mu.Lock()
	t.held, t.leaving = nil, nil
	t.mu.Unlock()
	return t.engine.Leave(ctx, t.owner)
}

// jobs returns the lease of the jobs, to be checked in a transaction; none for a single
// process.
func (s *Store) jobs() ([]engine.Lease, error) {
	if !s.Leased() {
		return nil, nil
	}
	l, _, held := s.Held(bot.LeaseJobs)
	if !held {
		return nil, bot.ErrLeaseLost
	}
	return []engine.Lease{engine.Lease(l)}, nil
}

// requireHeld returns an error if a lease of a transaction was taken over.
func requireHeld(rows engine.State, leases []engine.Lease) error {
	for _, l := range leases {
		held, err := rows.Holds(l)
		if err == nil && !held {
			err = bot.ErrLeaseLost
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// enter runs enter in a transaction on the statistics, unless another process now hands over.
func (s *Store) enter(ctx context.Context, leases []engine.Lease, enter func(engine.Stats) error) error {
	err := s.rows.UpdateStats(ctx, func(stats engine.Stats) error {
		for _, l := range leases {
			if err := stats.Fence(l.Epoch); err != nil {
				return err
			}
		}
		return enter(stats)
	})
	if errors.Is(err, engine.ErrFenced) {
		return bot.ErrLeaseLost
	}
	return err
}
