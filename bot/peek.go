package bot

import (
	"context"
	"time"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Peek returns the turn that an input would lead to, and stores nothing: for a channel
// that renders a page again. found reports whether there is a conversation; without one,
// and for a chat without an id, the turn is that of someone new. When ctx ends first
// its error is returned.
func (d *Dispatcher) Peek(ctx context.Context, chat Chat, in flows.Input) (turn flows.Turn, found bool, err error) {
	var c Conversation
	now := d.clock.Now()
	if chat.ID != "" {
		if c, found, err = d.load(ctx, chat, now); err != nil {
			return flows.Turn{}, false, err
		}
	}
	in.Channel = chat.Channel
	in.TryOut = in.TryOut || d.tryOut(Update{Chat: chat, Input: in})
	in.Today = referral.DayOf(now)
	return d.step(c.Session, chat, in), found, nil
}

// load reads a conversation in the next transaction, so that a page never shows less than
// the turn before it.
func (d *Dispatcher) load(ctx context.Context, chat Chat, now time.Time) (Conversation, bool, error) {
	type answer struct {
		c     Conversation
		found bool
	}
	read := make(chan answer, 1)
	err := d.commitTask(ctx, []Chat{chat}, func(tx Tx) error {
		c, found, err := tx.Conversation(chat, now)
		if err == nil {
			select {
			case <-read: // of an earlier run of this work
			default:
			}
			read <- answer{c, found}
		}
		return err
	})
	if err != nil {
		return Conversation{}, false, err
	}
	a := <-read
	return a.c, a.found, nil
}
