package bot

import (
	"bytes"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot/admission"
	"digiwijzer/flows"
)

// Chat identifies a conversation: the channel and the channel's own id. Stores keep a
// keyed hash of it in clear, and the chat itself encrypted only.
type Chat struct {
	Channel string `json:"channel"` // telegram, web
	ID      string `json:"id"`
}

// MessageRef identifies a sent message within its chat. Only the channel that issued it
// interprets it. Empty: none.
type MessageRef string

// UnmarshalJSON also accepts the integers that version 1 stored; 0 is none.
func (r *MessageRef) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(r))
	}
	var n int64
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	if *r = ""; n != 0 {
		*r = MessageRef(strconv.FormatInt(n, 10))
	}
	return nil
}

// Shown is the newest message of a slot.
type Shown struct {
	Ref    MessageRef `json:"ref"`
	Closed bool       `json:"closed,omitempty"` // it has no buttons any more and is never edited again
	// Digest is that of the last message enqueued for the slot, which it shows once all are
	// delivered; empty: unknown.
	Digest string `json:"digest,omitempty"`
}

// UnmarshalJSON also accepts the integers that version 1 stored, negative for a closed
// message.
func (s *Shown) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("{")) {
		type plain Shown
		return json.Unmarshal(b, (*plain)(s))
	}
	if err := json.Unmarshal(b, &s.Ref); err != nil {
		return err
	}
	var ref string
	ref, s.Closed = strings.CutPrefix(string(s.Ref), "-")
	s.Ref = MessageRef(ref)
	return nil
}

// Open returns the reference of a message that may still be edited; empty if there is none.
func (s Shown) Open() MessageRef {
	if s.Closed {
		return ""
	}
	return s.Ref
}

// Surface is a chat's screen: the newest message per slot.
type Surface map[flows.Slot]Shown

// with returns the surface with another message in a slot. s is not changed.
func (s Surface) with(slot flows.Slot, shown Shown) Surface {
	c := make(Surface, len(s)+1)
	maps.Copy(c, s)
	c[slot] = shown
	return c
}

// Message is one native message of a channel, ready to send: Body is the channel's
// own encoding. The reference of the sent message is kept under Slot, so that a later
// message can edit it.
type Message struct {
	Chat Chat       `json:"chat"`
	Slot flows.Slot `json:"slot,omitempty"`
	Edit bool       `json:"edit,omitempty"` // superseded by a later edit of the same slot
	Body []byte     `json:"body"`

	// The following serve to enqueue it; they are not stored.

	// Replaces: it supersedes a message of the same slot right before it that is not in flight.
	Replaces bool `json:"-"`
	// Digest identifies what people see of it. An edit with the digest of its slot is left out.
	// Empty: never.
	Digest string `json:"-"`
}

// Delivery is a message in the outbox, with the chat's screen.
type Delivery struct {
	ID      int64
	Message Message
	Surface Surface
	Tries   int // failed so far
	Lease   Lease
}

// Conversation is the stored state of a chat between turns.
type Conversation struct {
	Session flows.Session `json:"session"`
	Surface Surface       `json:"surface,omitempty"`
	Week    string        `json:"week,omitempty"`   // ISO week of the last answer
	Pending string        `json:"stands,omitempty"` // current question of an unfinished run
	// Began is the time of the first answer of the run, or before that of its start, in seconds
	// since 1970, kept until its result; 0: unknown. The duration of the run is computed from it,
	// and whether its answers were faster than anyone can read.
	Began int64 `json:"began,omitempty"`
	// Pace tracks, until its result, a run that counts only at human speed. Such a run is
	// counted as started once it is known to count, or has ended without a result.
	Pace admission.Pace `json:"pace,omitzero"`
	// Until is when it expires. Only an answer extends it, so that a week's count of
	// unfinished runs is final once the retention period has passed.
	Until time.Time `json:"until,omitzero"`
}

// FollowUp is a question that a person asked to be sent later.
type FollowUp struct {
	Advice MessageRef // the message it replies to; empty: unknown
	Lang   string     // may be empty
}

// Subscriber is a chat subscribed to the Monday figures.
type Subscriber struct {
	Chat Chat   `json:"chat"`
	Lang string `json:"lang"`
}

// TickKind is the kind of an event that is counted without reference to a person.
type TickKind string

// The ticks.
const (
	TickStarted TickKind = "started" // a conversation began; detail: the partner, or empty
	TickStopped TickKind = "stopped" // an unfinished run ended; detail: its pending question
	TickPartner TickKind = "learnt"  // a run begun without a partner named one; detail: the partner
	TickHasty   TickKind = "hasty"   // a run was finished faster than anyone can read; no detail
	TickSame    TickKind = "same"    // a run was finished with the same answers as one within the hour before; not if hasty; no detail
	TickAsked   TickKind = "asked"   // the question after six weeks was asked for the first time; no detail
	TickOpened  TickKind = "opened"  // an adviser opened an advice code; no detail
)

// Tx is what a work may do to the stored data, inside the transaction that makes it
// durable.
type Tx interface {
	Updates
	Sessions
	Outcomes
	Outbox
	FollowUps
	Subscriptions
}

// Updates deduplicates updates.
type Updates interface {
	// Seen records an update key and reports whether it was recorded before.
	Seen(key string, now time.Time) (bool, error)
	// Park records the key and error class of an update that could not be handled.
	Park(key, class string, now time.Time) error
}

// Sessions keeps conversations.
type Sessions interface {
	// Conversation loads the conversation of a chat; ok is false when there is none or
	// it has expired.
	Conversation(chat Chat, now time.Time) (c Conversation, ok bool, err error)
	Save(chat Chat, c Conversation, expires time.Time) error
	// Drop deletes the session, not what is staged or counted.
	Drop(chat Chat) error
	// Forget removes session, outbox and follow-up of someone who blocked the bot or
	// left; an unfinished run becomes a tick, a staged outcome is frozen and stays.
	Forget(chat Chat) error
	// Erase removes every trace of a chat: staged and counted too.
	Erase(chat Chat) error
}

// Outcomes keeps what is counted.
type Outcomes interface {
	// Stage keeps the outcome of a conversation. A staged outcome that is not frozen is
	// replaced, and keeps its week, whether it is a repeat, and how long it took.
	Stage(chat Chat, o flows.Outcome, now time.Time) error
	// Known marks a chat as already counted in this half-year, so that its first outcome
	// is a repeat.
	Known(chat Chat, now time.Time) error
	// Freeze makes the staged outcome of a chat final; only final ones are handed over.
	Freeze(chat Chat) error
	Tick(kind TickKind, detail, week string) error
	// Uncounted adds n conversations that were served in a week and are not counted.
	Uncounted(n int, week string) error
	// Transition stores how far a business came since the check of a code: once per staged
	// outcome that is neither frozen nor a repeat, and only since an earlier half-year.
	Transition(chat Chat, moved flows.Transition, now time.Time) error
}

// Outbox keeps messages until they are delivered.
type Outbox interface {
	Enqueue(m Message, now time.Time) error
	// Delivered removes a message and records what its slot shows now; an empty Ref keeps
	// what it showed before.
	Delivered(d Delivery, shown Shown) error
	// Postpone keeps a message for a retry at until.
	Postpone(d Delivery, until time.Time) error
	// Discard drops a message that cannot be sent.
	Discard(d Delivery) error
}

// FollowUps keeps the questions to be asked weeks after an advice.
type FollowUps interface {
	// FollowUp schedules the question for the day of due, in the language of the
	// conversation, as a reply to the message advice; a zero due withdraws it.
	FollowUp(chat Chat, due time.Time, advice MessageRef) error
	// FollowUpScheduled reports whether a follow-up of a chat is scheduled.
	FollowUpScheduled(chat Chat) (bool, error)
	// Remind moves a due follow-up to its next day. ask reports whether the question is sent
	// now; otherwise it was withdrawn, answered or asked often enough.
	Remind(chat Chat, now time.Time) (f FollowUp, ask bool, err error)
	// Followed records the answer of a chat that was asked; any other answer is ignored.
	Followed(chat Chat, answer flows.Followed, now time.Time) error
}

// Subscriptions keeps who gets the Monday figures.
type Subscriptions interface {
	Subscribe(s Subscriber, wanted bool) error
	Subscribers() ([]Subscriber, error)
	// Pushed marks an ISO week as sent to the subscribers, and reports whether it, or a
	// later one, was marked before.
	Pushed(week string) (before bool, err error)
}

// Work is one unit of a group commit. It declares what it touches, so that a store can
// lock and read ahead for the whole group at once; Do gets an error for anything else.
type Work struct {
	Chats   []Chat   // whose rows Do may read or write
	Updates []string // the update keys it marks or parks
	// Shared allows rows that belong to no chat of the work: subscribers and pushed weeks.
	Shared bool
	// NoWait: if another process has locked one of the chats, Do does not run, and the work fails
	// with ErrChatBusy. Otherwise it waits, and delays its whole transaction.
	NoWait bool
	// Lease, if it is not zero, must still be held; otherwise Do does not run, and the work
	// fails with ErrLeaseLost.
	Lease Lease
	// Do may run again when its transaction is repeated, so it must keep nothing but the
	// results of its last run.
	Do func(Tx) error
}
