package bot

import (
	"time"

	"digiwijzer/flows"
)

// park gives up an update that failed maxTries times: its key and the class of the
// failure are recorded, the person gets one apology, and the update counts as handled, so
// that it never blocks the chat. If even the apology fails it is left out.
func (d *Dispatcher) park(p *pendingUpdate, tx Tx, now time.Time) error {
	u := p.update
	if u.Key != "" {
		if err := tx.Park(u.Key, p.class, now); err != nil {
			return err
		}
	}
	if u.Gone || p.tries > maxTries {
		return nil
	}
	before, _, err := tx.Conversation(u.Chat, now)
	if err != nil {
		// The stored conversation is unreadable: the next update would fail as well.
		if err := tx.Drop(u.Chat); err != nil {
			return err
		}
		before = Conversation{}
	}
	v := &visit{tx: tx, now: now, update: u, before: before, turn: apology(before.Session, u.Input)}
	messages, err := d.compose(v, Origin{})
	if err != nil {
		return err
	}
	p.turn = v.turn
	return enqueue(tx, messages, now)
}

// apology is the turn that reports an internal failure.
func apology(s flows.Session, in flows.Input) flows.Turn {
	if s.Lang == "" {
		s.Lang = in.Lang
	}
	return flows.Turn{Session: s, Replies: []flows.Reply{{
		Slot:   flows.Aside,
		Fresh:  true,
		Blocks: []flows.Block{{Style: flows.Notice, Text: flows.Phrase{ID: "chat.apology"}}},
	}}}
}
