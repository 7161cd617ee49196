package bot

import (
	"context"
	"time"

	"digiwijzer/flows"
)

// Peek returns the turn that an update would lead to and stores nothing; it serves a channel
// that renders a page again. found reports whether there is a conversation, stored or begun by
// the update's Beginning; otherwise, and for a chat without an id, the turn is that of a new
// person. When ctx ends first its error is returned.
func (d *Dispatcher) Peek(ctx context.Context, u Update) (turn flows.Turn, found bool, err error) {
	var c Conversation
	now := d.clock.Now()
	if u.Chat.ID != "" {
		if c, found, err = d.load(ctx, u.Chat, now); err != nil {
			return flows.Turn{}, false, err
		}
	}
	if !found && u.Beginning != nil {
		c.Session = d.step(flows.Session{}, u.Chat, d.complement(u, u.Beginning.Input, now)).Session
		found = true
	}
	return d.step(c.Session, u.Chat, d.complement(u, u.Input, now)), found, nil
}

// load reads a conversation in the next transaction, so that a page never shows less than
// the turn before it.
func (d *Dispatcher) load(ctx context.Context, chat Chat, now time.Time) (Conversation, bool, error) {
	type answer struct {
		c     Conversation
		found bool
	}
	a, err := resultOf(func(do func(Tx) error) error { return d.commitTask(ctx, []Chat{chat}, do) },
		func(tx Tx) (a answer, err error) {
			a.c, a.found, err = tx.Conversation(chat, now)
			return a, err
		})
	return a.c, a.found, err
}
