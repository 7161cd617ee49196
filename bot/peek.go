package bot

import (
	"context"
	"time"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Peek returns the turn that an input would lead to, and stores nothing: for a channel
// that shows a page anew. found tells whether there is a conversation; without one,
// and for a chat without an id, the turn is that of someone new. When ctx ends first
// its error is returned.
func (d *Dispatcher) Peek(ctx context.Context, chat Chat, in flows.Input) (turn flows.Turn, found bool, err error) {
	var c Conversation
	now := d.Clock.Now()
	if chat.ID != "" {
		if c, found, err = d.look(ctx, chat, now); err != nil {
			return flows.Turn{}, false, err
		}
	}
	in.Channel = chat.Channel
	in.TryOut = in.TryOut || d.TryOut(Update{Chat: chat, Input: in})
	in.Today = referral.DayOf(now)
	return d.step(c.Session, in), found, nil
}

// look reads a conversation in the next transaction, so that a page never lags behind
// a turn that was reported.
func (d *Dispatcher) look(ctx context.Context, chat Chat, now time.Time) (Conversation, bool, error) {
	type answer struct {
		c     Conversation
		found bool
	}
	seen := make(chan answer, 1)
	failed := make(chan error, 1)
	d.queue.push(work{
		do: func(tx Tx) error {
			c, found, err := tx.Conversation(chat, now)
			if err == nil {
				seen <- answer{c, found}
			}
			return err
		},
		done: func(err error) { failed <- err },
	})
	select {
	case err := <-failed:
		if err != nil {
			return Conversation{}, false, err
		}
		a := <-seen
		return a.c, a.found, nil
	case <-ctx.Done():
		return Conversation{}, false, ctx.Err()
	}
}

// Promise keeps the wish of a chat for the one question on a day, or withdraws it when
// due is zero: for a channel where people are reminded by their own calendar. The
// answer is taken once, from that day on.
func (d *Dispatcher) Promise(ctx context.Context, chat Chat, due time.Time) error {
	return d.commitWork(ctx, []Chat{chat}, func(tx Tx) error { return tx.FollowUp(chat, due, 0) })
}

// HalfYear returns the half-year at the desk's time, such as "2026H2": a person is
// counted once in each.
func (d *Dispatcher) HalfYear() string { return referral.HalfYearOf(d.Clock.Now()) }
