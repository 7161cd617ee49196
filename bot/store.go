package bot

import (
	"context"
	"time"
)

// Store keeps conversations and what is counted of them. One Apply is one transaction,
// durable when it returns. The dispatcher is the only writer, unless the store is a Leaser.
type Store interface {
	// Apply runs the works in one transaction and commits once; one that fails has no effect.
	// It returns one error per work (nil: committed) and a second error when the
	// transaction as a whole failed, in which case nothing was written. A work that panics
	// fails with an error that is Panicked.
	Apply(ctx context.Context, works []Work) (each []error, err error)
	// Due returns the messages that may be sent at now, oldest first, at most one per
	// chat and at most limit, without those whose ids are in except.
	Due(ctx context.Context, now time.Time, limit int, except []int64) ([]Delivery, error)
	// FollowUps lists chats whose follow-up is due at now, at most limit.
	FollowUps(ctx context.Context, now time.Time, limit int) ([]Chat, error)
	// HandOver moves frozen outcomes and ticks from the personal file to the figures,
	// in batches; it completes what a crash interrupted. It returns the number of outcomes.
	HandOver(ctx context.Context, now time.Time) (int, error)
	// Sweep deletes what has expired: sessions (their unfinished runs become ticks,
	// their outcomes freeze), update keys, repeat marks of earlier half-years, old
	// messages. It returns the number of sessions.
	Sweep(ctx context.Context, now time.Time) (int, error)
	// Room returns what is left for new conversations.
	Room(ctx context.Context) (Room, error)
	// Thin closes conversations in browsers that have few answers, the oldest first and none
	// that is active, until at most keep are left. It returns how many it closed.
	Thin(ctx context.Context, now time.Time, keep int) (int, error)
	// Shrink returns the space of deleted rows to the system. The number is always 0.
	Shrink(ctx context.Context, now time.Time) (int, error)
	// Waiting returns the number of staged outcomes, the number of unsent messages and the
	// age of the oldest of these.
	Waiting(ctx context.Context, now time.Time) (staged, unsent int, oldest time.Duration, err error)
	// Intact returns an error if the storage is no longer the one that was opened.
	Intact() error
	// Probe writes a row, and returns nil when that is durable.
	Probe(ctx context.Context) error
	// Usage returns what the storage holds and how much space it uses.
	Usage(ctx context.Context) (Usage, error)
}

// Usage is what a storage holds and how much space it uses.
type Usage struct {
	Open       int    // conversations
	Free, Used uint64 // bytes: free on its disk, and used by it
}

// DamageReporter is a Store that counts stored conversations it could not decode.
type DamageReporter interface {
	Unreadable() int
}

// Halting is an error of a Store that states whether the intake should pause: the disk is
// full, the file read-only or damaged. Otherwise the store was merely busy.
type Halting interface {
	error
	Stop() bool
}

// Panicked is an error of a Store for a work that panicked. Its text never contains the
// panic value, which could hold personal data.
type Panicked interface {
	error
	// Kind is the Go type of the panic value.
	Kind() string
	// Stack lists the functions, innermost first, without arguments.
	Stack() string
}
