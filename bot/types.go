package bot

import (
	"context"
	"time"

	"digiwijzer/flows"
)

// Update is one input as it comes from a channel. Key makes it recognisable when
// it is delivered again ("telegram:123"); an empty Key is never remembered.
type Update struct {
	Chat   Chat
	Key    string
	Input  flows.Input
	Origin Origin
	Gone   bool // the person blocked the bot or left: session, outbox and follow-up go
	// Errand is done instead of a turn of the conversation, in the same transaction, and
	// gives the messages to send: what a channel does for those who run the service. It
	// may be called again, so it keeps nothing.
	Errand func(tx Tx, now time.Time) ([]Message, error)
	// Counted says that the channel knows this person was counted in this half-year
	// under another chat: a browser whose conversation was erased or has expired.
	Counted bool
	// Idle is how long the conversation is kept without an update, on a device that
	// others use next; 0: as long as any other.
	Idle time.Duration
}

// Origin is what the channel needs to answer an update; zero where it has none.
type Origin struct {
	Slot      flows.Slot // the slot of the message whose button was pressed
	MessageID int64      // that message
	Tap       bool
}

// Channel puts turns into messages and sends them. A channel that answers at once
// (web, terminal) does not need one.
type Channel interface {
	Name() string
	// Compose puts a turn into messages, in order. It is pure: no network, no clock.
	Compose(chat Chat, turn flows.Turn, origin Origin, surface Surface) ([]Message, error)
	// Send delivers one message and reports the id it got (0: none or unchanged).
	// surface is what the chat's screen holds now. Errors are *SendError where the
	// channel knows what to do about them.
	Send(ctx context.Context, m Message, surface Surface) (id int64, err error)
}

// SendError says what a failed delivery means.
type SendError struct {
	Verdict    Verdict
	RetryAfter time.Duration // Throttled: the server's own word
	Err        error
}

func (e *SendError) Error() string { return e.Err.Error() }
func (e *SendError) Unwrap() error { return e.Err }

// Verdict is what to do with a message that could not be sent.
type Verdict string

// The verdicts.
const (
	Harmless  Verdict = "harmless"  // as good as sent: "message is not modified"
	Throttled Verdict = "throttled" // wait RetryAfter, whole channel
	Gone      Verdict = "gone"      // blocked or deleted: end the conversation quietly
	Refused   Verdict = "refused"   // another 4xx: one more try, then drop and count
	Broken    Verdict = "broken"    // 5xx or network: back off, up to a day
	Locked    Verdict = "locked"    // 401: our token is no good; stop the intake
)

// Store keeps conversations and what they lead to. One Apply is one transaction,
// durable when it returns; the desk is its only writer.
type Store interface {
	// Apply runs every work in its own savepoint of one transaction and commits once.
	// It returns one error per work (nil: committed) and a second error when the
	// transaction as a whole failed, in which case nothing happened.
	Apply(ctx context.Context, works []Work) (each []error, err error)
	// Due returns the messages that may be sent at now, oldest first, at most one per
	// chat and at most limit.
	Due(ctx context.Context, now time.Time, limit int) ([]Delivery, error)
	// FollowUps lists chats whose follow-up is due at now, at most limit.
	FollowUps(ctx context.Context, now time.Time, limit int) ([]Chat, error)
	// HandOver moves frozen outcomes and ticks from the personal file to the figures,
	// in batches; it finishes what a crash interrupted. It reports how many outcomes went.
	HandOver(ctx context.Context, now time.Time) (int, error)
	// Sweep drops what is past its time: sessions (their unfinished runs become ticks,
	// their outcomes freeze), seen marks, counted marks of earlier half-years, old
	// messages. It reports how many sessions went.
	Sweep(ctx context.Context, now time.Time) (int, error)
	// Waiting tells how many outcomes are staged, how many messages are unsent and how
	// old the oldest of them is.
	Waiting(ctx context.Context, now time.Time) (staged, unsent int, oldest time.Duration, err error)
}
