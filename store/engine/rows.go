// Package engine defines what the store requires of a database: reading and writing rows. It has no
// policy and no encryption; bodies are opaque bytes, chats and updates are keyed hashes. An engine keeps
// two sets of rows that are never linked: the state, which is personal and short-lived, and the
// statistics, which hold figures and no person.
package engine

import (
	"context"
	"time"
)

// Hash identifies a chat, an update, a batch or a row: a truncated keyed hash or 16 random
// bytes.
type Hash [16]byte

// Rows is a storage engine. If it is exclusive, the store runs one transaction at a time; otherwise
// its methods must be safe for concurrent use.
type Rows interface {
	// Update runs do in one transaction on the state and commits it; it is durable when Update returns nil.
	// An error of do, or a panic, rolls everything back. touch is what do may read or write, for engines
	// that lock and read ahead. An engine may call do again to repeat a transaction. A storage error inside
	// do fails the transaction even if do ignores it. A context that has ended prevents the transaction,
	// but does not interrupt it.
	Update(ctx context.Context, touch Touch, do func(State) error) error
	// View runs do, which must not write, on one snapshot of the state. An engine opened for reading returns
	// fs.ErrNotExist if there is no state.
	View(ctx context.Context, do func(State) error) error
	// UpdateStats and ViewStats do the same for the statistics.
	UpdateStats(ctx context.Context, do func(Stats) error) error
	ViewStats(ctx context.Context, do func(Stats) error) error
	// Exclusive reports whether no other process can write the state while this engine is
	// open, so that what was committed may be cached.
	Exclusive() bool
	// Scrub removes deleted state from every log as well. done is false if a reader prevents it; the caller
	// tries again later.
	Scrub() (done bool, err error)
	// Intact returns an error if the files are no longer those that were opened.
	Intact() error
	// Usage returns the free bytes of the storage, and those that the rows take.
	Usage() (free, used uint64, err error)
	// Space returns the free space for the state and the total of which it is a part, in bytes; a size of 0
	// means unknown, and is no cause for alarm.
	Space() (free, size uint64, err error)
	// Shrink releases space of deleted state rows to the system, a little at a time; more reports whether
	// there is more to release.
	Shrink(ctx context.Context) (more bool, err error)
	// Close releases the engine.
	Close() error
}

// Copies is an engine that keeps a copy of the statistics before it changes their schema.
type Copies interface {
	// ExpireCopies deletes the copies that were made before a moment.
	ExpireCopies(before time.Time) error
}

// Followed is an engine whose database other servers copy as it changes.
type Followed interface {
	// Standbys returns how many servers copy the database of the state, and by how much the slowest is
	// behind; nil: not known.
	Standbys(ctx context.Context) (count int, lag *time.Duration, err error)
}

// Touch declares what a transaction reads and writes. Rows that are only added, and have
// random keys, need no declaration.
type Touch struct {
	Chats   []Hash  // whose rows it reads or writes
	NoWait  []Hash  // the same, unless another transaction has them locked; see State.Locked
	Updates []Hash  // which it marks as seen or parks
	Shared  bool    // it reads or writes subscribers or values
	Leases  []Lease // that it checks; see State.Holds
}

// Table is a table whose rows belong to chats.
type Table string

// The tables from which DeleteChat removes rows.
const (
	Sessions    Table = "session"
	Staged      Table = "staged"
	Counted     Table = "counted"
	FollowUps   Table = "followup"
	Subscribers Table = "subscriber"
	Outbox      Table = "outbox"
	Moves       Table = "transition"
)

// The tables of waiting rows that belong to no chat.
const (
	WaitingTicks   Table = "tick"
	WaitingAnswers Table = "answer"
)

// Encrypted lists the tables whose rows have an encrypted body.
var Encrypted = []Table{Sessions, Staged, WaitingTicks, Outbox, FollowUps, WaitingAnswers, Moves, Subscribers}

// Row identifies a row of an encrypted table: by ID in the outbox, otherwise by Key.
type Row struct {
	Key Hash
	ID  int64
}

// Body is a row with an encrypted body. Owner is the chat that it belongs to, or its key.
type Body struct {
	Row   Row
	Owner Hash
	Body  []byte
}

// Kind is a kind of rows that are handed over to the statistics.
type Kind string

// The kinds.
const (
	Outcomes Kind = "staged"
	Ticks    Kind = "tick"
	Answers  Kind = "answer"
	// Transitions belong to a chat until they are handed over.
	Transitions Kind = "transition"
)

// Waiting is a row that waits to be handed over.
type Waiting struct {
	ID     Hash
	Chat   Hash // of an outcome or a transition only
	Frozen bool // of an outcome: it can no longer change
	Batch  Hash // the batch in flight that it belongs to; zero: none
	Body   []byte
}

// FollowUp is a question to be asked later.
type FollowUp struct {
	Chat  Hash
	Day   string // it is due on, such as 2026-11-22
	Tries int    // how often it was asked
	Body  []byte
}

// Subscriber is a chat that receives the weekly figures.
type Subscriber struct {
	Chat Hash
	Body []byte
}

// Message is a message in the outbox. Times are in milliseconds since 1970.
type Message struct {
	ID      int64 // assigned by the engine, in order of insertion within a chat, never reused while the engine is open
	Chat    Hash
	Slot    string
	Edit    bool
	Created int64
	Tries   int
	Body    []byte
}

// Backlog is the waiting rows.
type Backlog struct {
	Staged int   // outcomes not handed over
	Unsent int   // messages in the outbox
	Oldest int64 // creation of the oldest of these; 0: none
}

// Retention determines which rows Expire deletes.
type Retention struct {
	Seen, Parked int64  // delete marks of days before these
	Counted      string // delete marks of chats counted in earlier periods
}

// State is a transaction on the personal rows.
type State interface {
	// Holds reports whether a declared lease is still held by its owner: nobody has taken it over. An
	// exclusive engine always returns true.
	Holds(l Lease) (bool, error)

	// Locked reports whether this transaction may touch a chat that it declared; false: the chat
	// was declared under NoWait only, and another transaction has it. An exclusive engine always
	// returns true.
	Locked(chat Hash) bool

	// Savepoint runs do; if it fails or panics, only its writes are rolled back.
	Savepoint(do func() error) error

	// MarkSeen records an update, and reports whether it was not recorded before.
	MarkSeen(update Hash, day int64) (fresh bool, err error)
	// Park records an update that could not be handled, once.
	Park(update Hash, class string, day int64) error

	Session(chat Hash) (body []byte, ok bool, err error)
	// Sessions reads the sessions of chats, which are few; one without a session is left out.
	Sessions(chats []Hash) (bodies map[Hash][]byte, err error)
	// SaveSession inserts or replaces a session; hour is that of its expiry. browser marks it as counted by
	// BrowserSessions.
	SaveSession(chat Hash, hour int64, browser bool, body []byte) error
	// BrowserSessions returns how many sessions are in browsers.
	BrowserSessions() (int, error)
	// OldBrowserSessions returns the chats of browser sessions, by hour, after skipping some.
	OldBrowserSessions(skip, limit int) ([]Hash, error)
	// ExpiringSessions returns the chats after the given one, in order, whose session
	// expires in this hour or before.
	ExpiringSessions(hour int64, after Hash, limit int) ([]Hash, error)
	// DeleteChat deletes the rows of a chat from tables.
	DeleteChat(chat Hash, tables ...Table) error

	// CountSessions returns how many sessions there are.
	CountSessions() (int, error)

	// OpenOutcome returns the outcome of a chat that is not frozen; there is at most one.
	OpenOutcome(chat Hash) (outcome Waiting, ok bool, err error)
	// SaveOutcome inserts an outcome that is not frozen, or replaces its body.
	SaveOutcome(id, chat Hash, body []byte) error
	FreezeOutcome(chat Hash) error
	// Count records that a chat was counted in a period, and reports whether it was not
	// recorded before.
	Count(chat Hash, period string) (first bool, err error)

	FollowUp(chat Hash) (f FollowUp, ok bool, err error)
	// SaveFollowUp inserts or replaces.
	SaveFollowUp(f FollowUp) error
	// DueFollowUps returns those due on the day or before, by day.
	DueFollowUps(day string, limit int) ([]FollowUp, error)

	Subscribers() ([]Subscriber, error)
	// SaveSubscriber inserts or replaces.
	SaveSubscriber(s Subscriber) error
	Value(name string) (value []byte, ok bool, err error)
	SetValue(name string, value []byte) error

	// AddMessage appends a message to the queue of its chat.
	AddMessage(m Message) error
	// LastMessage returns the newest message of a chat, without its body.
	LastMessage(chat Hash) (m Message, ok bool, err error)
	// ReplaceMessage gives the last message of a chat another body and resets its tries. An engine that is
	// not exclusive gives it a new id as well, so that a process that is sending the old body does not
	// remove the new one.
	ReplaceMessage(id int64, body []byte) error
	// PostponeMessage keeps a message that is the first of its chat until due, and counts
	// the try.
	PostponeMessage(id, due int64) error
	// RemoveMessage deletes a message; the next one of the chat becomes the first.
	RemoveMessage(chat Hash, id int64) error
	// DueMessages returns first messages of their chats that are due by now, or due later than ahead,
	// earliest first, without those whose ids are in except. An engine that is not exclusive returns only
	// those of the given shards, and of those only chats that are not busy: with a message in flight.
	DueMessages(now, ahead int64, limit int, shards []int, except []int64, busy []Hash) ([]Message, error)
	// OldMessages returns messages created before a moment, oldest first, without bodies.
	OldMessages(before int64, limit int) ([]Message, error)
	Backlog() (Backlog, error)

	// AddWaiting inserts a tick or an answer.
	AddWaiting(kind Kind, id Hash, body []byte) error
	// AddTransition inserts a transition.
	AddTransition(id, chat Hash, body []byte) error
	// Waiting returns all rows of a kind, by key.
	Waiting(kind Kind) ([]Waiting, error)
	DeleteWaiting(kind Kind, ids []Hash) error
	// Stamp puts rows in a batch.
	Stamp(kind Kind, ids []Hash, batch Hash) error
	// Stamped returns the batches that contain rows of a kind.
	Stamped(kind Kind) ([]Hash, error)
	// Unstamp removes all rows of a kind from a batch; ClearBatch deletes them.
	Unstamp(kind Kind, batch Hash) error
	ClearBatch(kind Kind, batch Hash) error

	// Bodies returns rows of an encrypted table after the given one, in the order of their
	// keys.
	Bodies(table Table, after Row, limit int) ([]Body, error)
	// ReplaceBody gives a row another body; DeleteRow deletes it.
	ReplaceBody(table Table, row Row, body []byte) error
	DeleteRow(table Table, row Row) error

	Expire(r Retention) error
}
