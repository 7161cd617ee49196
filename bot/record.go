package bot

import (
	"time"

	"digiwijzer/flows"
)

// Chat names a conversation: the channel and the channel's own id of it. Only a
// keyed hash of it is stored in the clear.
type Chat struct {
	Channel string `json:"channel"` // telegram, web
	ID      string `json:"id"`
}

// Surface is what a chat's screen holds: the id of the newest message per slot.
type Surface map[flows.Slot]int64

// Message is one native message of a channel, ready to send: Body is the channel's
// own encoding. The id of the sent message is kept under Slot, so that a later
// message can edit it.
type Message struct {
	Chat Chat       `json:"chat"`
	Slot flows.Slot `json:"slot,omitempty"`
	Edit bool       `json:"edit,omitempty"` // may be dropped when a later edit of the same slot waits
	Body []byte     `json:"body"`
}

// Delivery is a message in the outbox, with the screen it is meant for.
type Delivery struct {
	ID      int64
	Message Message
	Surface Surface
	Tries   int // failed so far
}

// Conversation is what is stored of a chat between turns.
type Conversation struct {
	Session flows.Session `json:"session"`
	Surface Surface       `json:"surface,omitempty"`
	Week    string        `json:"week,omitempty"`   // ISO week of the last answer
	Stands  string        `json:"stands,omitempty"` // question the run stands at; empty once there is a result
	// Began is the second (since 1970) in which the run began, kept until its result; 0 where
	// it is not known. It serves to see who answers faster than anyone can read.
	Began int64 `json:"began,omitempty"`
	// Until is when it expires. Only an answer moves it on, so that no week's count of
	// unfinished runs changes once the week is past its term.
	Until time.Time `json:"until,omitzero"`
}

// FollowUp is a question that a person asked to be sent later.
type FollowUp struct {
	Advice int64  // the message it replies to; 0: not known
	Lang   string // may be empty
}

// Subscriber is a chat that asked for the figures every Monday.
type Subscriber struct {
	Chat Chat   `json:"chat"`
	Lang string `json:"lang"`
}

// TickKind is the kind of an event that is counted without a person.
type TickKind string

// The ticks.
const (
	TickStarted TickKind = "started" // a conversation began; detail: the partner, or empty
	TickStopped TickKind = "stopped" // an unfinished run ended; detail: the question it stood at
	TickLearnt  TickKind = "learnt"  // one that began without a partner told which; detail: the partner
	TickHasty   TickKind = "hasty"   // a run came to its result faster than anyone can read; no detail
)

// Tx is what one turn may do to the stored conversations, inside the transaction
// that makes it durable.
type Tx interface {
	// Seen marks an update and tells whether it was marked before.
	Seen(key string, now time.Time) (bool, error)
	// Conversation loads what is stored of a chat; ok is false when there is nothing or
	// it has expired.
	Conversation(chat Chat, now time.Time) (c Conversation, ok bool, err error)
	Save(chat Chat, c Conversation, expires time.Time) error
	// Drop deletes the session, not what is staged or counted.
	Drop(chat Chat) error
	// Stage keeps the outcome of a conversation. One that is staged and not frozen is
	// replaced, and keeps its week and whether it is a repeat.
	Stage(chat Chat, o flows.Outcome, now time.Time) error
	// Known marks a chat as counted in this half-year already, before its first outcome
	// is staged: that is then a repeat.
	Known(chat Chat, now time.Time) error
	// Freeze makes the staged outcome of a chat final; only final ones are handed over.
	Freeze(chat Chat) error
	Tick(kind TickKind, detail, week string) error
	Enqueue(m Message, now time.Time) error
	// Delivered takes a message out of the outbox and keeps its id (0: keep the old one).
	Delivered(d Delivery, id int64) error
	// Postpone keeps a message for another try.
	Postpone(d Delivery, until time.Time) error
	// Discard drops a message that cannot be sent.
	Discard(d Delivery) error
	// Forget removes session, outbox and follow-up of someone who blocked the bot or
	// left; an unfinished run becomes a tick, a staged outcome is frozen and stays.
	Forget(chat Chat) error
	// Erase removes every trace of a chat: staged and counted too.
	Erase(chat Chat) error
	// FollowUp keeps (due set) or withdraws (due zero) the wish for one question later,
	// in the language of the conversation. advice is the id of the message it will reply to.
	FollowUp(chat Chat, due time.Time, advice int64) error
	// Waits tells whether a follow-up is kept of a chat.
	Waits(chat Chat) (bool, error)
	// Remind moves a follow-up that is due on to its next day. ask tells whether the
	// question goes out now; otherwise it was withdrawn, answered or asked often enough.
	Remind(chat Chat, now time.Time) (f FollowUp, ask bool, err error)
	// Followed takes the answer of a chat that was asked; of one that was not, or has
	// answered, nothing is kept.
	Followed(chat Chat, answer flows.Followed, now time.Time) error
	// Subscribe keeps or ends the wish of a chat for the figures every Monday.
	Subscribe(s Subscriber, wanted bool) error
	Subscribers() ([]Subscriber, error)
	// Pushed marks an ISO week as sent to the subscribers, and tells whether it, or a
	// later one, was marked before.
	Pushed(week string) (before bool, err error)
	// Park remembers that an update could not be handled: key and error class, no content.
	Park(key, class string, now time.Time) error
}

// Work is one unit of a group commit. It declares what it touches, so that a store can
// lock and read ahead for the whole group at once; Do gets an error for anything else.
type Work struct {
	Chats   []Chat   // whose rows Do may read or write
	Updates []string // the update keys it marks or parks
	// Shared allows rows that belong to no chat of the work: subscribers and pushed weeks.
	Shared bool
	// Do may run again when its transaction is repeated, so it must keep nothing but what
	// its last run found.
	Do func(Tx) error
}
