package engine

import (
	"context"
	"errors"
	"time"
)

// Shards is into how many parts the chats are divided for sending.
const Shards = 16

// Shard returns the shard of a chat: the first four bits of its hash.
func Shard(chat Hash) int { return int(chat[0] >> 4) }

// Lease is the right of one program to do something, among several that work on the same
// rows. Whoever takes it over raises its epoch. The zero lease is that of an engine with one
// program.
type Lease struct {
	Name  string
	Epoch int64
}

// LeaseState is a lease as the engine has it.
type LeaseState struct {
	Lease
	Mine bool // it is that of the program that asks, and has not ended
	Free bool // nobody holds it
}

// Tenure is what a program holds.
type Tenure struct {
	Leases []Lease
	// Until is how long they may be trusted without asking: less than the engine keeps them
	// for this program, measured from before it was asked.
	Until   time.Time
	Members int // programs at work, this one included
}

// Leases is an engine that several programs write to. Its clock decides, and nobody else's.
type Leases interface {
	// Renew tells that the program owner is at work, keeps, takes and gives back leases as
	// decide says of all of them, and returns those that it holds then.
	Renew(ctx context.Context, owner Hash, decide func(members int, all []LeaseState) (hold, release []string)) (Tenure, error)
	// Leave gives back everything that owner holds.
	Leave(ctx context.Context, owner Hash) error
}

// ErrFenced is a write of a program whose lease was taken over.
var ErrFenced = errors.New("the lease was taken over by another program")
