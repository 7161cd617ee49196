package engine

import (
	"context"
	"errors"
	"time"
)

// Shards is the number of parts into which the chats are divided for sending.
const Shards = 16

// Shard returns the shard of a chat: the first four bits of its hash.
func Shard(chat Hash) int { return int(chat[0] >> 4) }

// Lease is the right of one process to do something, among several that use the same rows. Taking it
// over raises its epoch. The zero lease is that of an engine with a single process.
type Lease struct {
	Name  string
	Epoch int64
}

// LeaseState is the state of a lease in the engine.
type LeaseState struct {
	Lease
	Mine bool // held by the calling process, and not expired
	Free bool // not held
}

// HeldLeases are the leases that a process holds.
type HeldLeases struct {
	Leases []Lease
	// Until is how long the leases are valid without renewal: shorter than the engine keeps them, and
	// measured from before the request.
	Until   time.Time
	Members int // running processes, including this one
}

// Leases is an engine that several processes write to. Only its own clock decides.
type Leases interface {
	// Renew reports that the process owner is running, keeps, takes and releases leases as decided by
	// decide, and returns those it then holds.
	Renew(ctx context.Context, owner Hash, decide func(members int, all []LeaseState) (hold, release []string)) (HeldLeases, error)
	// Leave releases all leases of owner.
	Leave(ctx context.Context, owner Hash) error
}

// ErrFenced is returned for a write of a process whose lease was taken over.
var ErrFenced = errors.New("the lease was taken over by another program")
