package bot

import (
	"context"
	"time"

	"digiwijzer/flows"
)

// Channel composes the messages of a turn and sends them. A channel that shows the
// turn itself (web, terminal) does not implement it.
type Channel interface {
	Name() string
	Traits() Traits
	// Compose returns the messages of a turn, in order. It is pure: no network, no clock.
	Compose(chat Chat, turn flows.Turn, origin Origin, surface Surface) ([]Message, error)
	// Send delivers one message and returns what its slot shows afterwards; an empty Ref
	// means that the slot keeps what it had. surface is the chat's screen at this moment.
	// Errors are *SendError where the channel can classify them.
	Send(ctx context.Context, m Message, surface Surface) (Shown, error)
}

// Traits states what a channel can do. The zero value can do nothing and has no limits.
type Traits struct {
	Edit  bool // sent messages can be changed
	Push  bool // messages can be sent without an update to reply to
	Quote bool // a message can show the earlier message it replies to
	Copy  bool // a button can copy a text
	// PushWindow is how long after a person's last update messages can be pushed; 0: always.
	PushWindow time.Duration
	Buttons    int  // at most, per message; 0: no limit
	LabelRunes int  // longest label of a button; 0: no limit
	Pace       Pace // of new messages to one chat
	EditPace   Pace // of edits in one chat
}

// Pace is a token bucket: Burst messages at once, then Rate per second. A zero Rate is
// no limit.
type Pace struct {
	Rate  float64
	Burst int
}

// can returns the traits that matter to the conversation.
func (t Traits) can() flows.Can { return flows.Can{Push: t.Push, Quote: t.Quote, Copy: t.Copy} }

// MessageOrderer is a Channel whose message references have an order, so that a press on
// an old message is not mistaken for the newest message of its slot.
type MessageOrderer interface {
	// Newer reports whether a was sent after b. Both may be empty or malformed.
	Newer(a, b MessageRef) bool
}

// Digester is a Channel that sends the weekly figures to those who subscribed.
type Digester interface {
	// Digest returns the messages with the figures of an ISO week; none for a chat that is
	// no longer entitled to them. It is pure.
	Digest(s Subscriber, week string) []Message
}

// SendError classifies a failed delivery.
type SendError struct {
	Verdict    Verdict
	RetryAfter time.Duration // Throttled: as requested by the server
	Everyone   bool          // Throttled: the server means all chats, not this one
	Err        error
}

func (e *SendError) Error() string { return e.Err.Error() }
func (e *SendError) Unwrap() error { return e.Err }

// Verdict is how to proceed with a message that could not be sent.
type Verdict string

// The verdicts.
const (
	Harmless  Verdict = "harmless"  // counts as sent: "message is not modified"
	Throttled Verdict = "throttled" // hold the chat for RetryAfter
	Gone      Verdict = "gone"      // blocked or deleted: end the conversation quietly
	Refused   Verdict = "refused"   // another 4xx: one retry, then drop and count
	Broken    Verdict = "broken"    // 5xx or network: back off, for a day at most
	Locked    Verdict = "locked"    // 401: the token was rejected; pause the channel
)
