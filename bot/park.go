package bot

import (
	"errors"
	"time"

	"digiwijzer/flows"
)

// park puts an update aside that failed maxTries times: its key and the class of the
// failure are kept, the person gets one apology, and the update counts as received, so
// that it never holds up the chat. If even the apology fails it is left out.
func (d *Dispatcher) park(j *job, tx Tx, now time.Time) error {
	u := j.update
	if u.Key != "" {
		if err := tx.Park(u.Key, j.class, now); err != nil {
			return err
		}
	}
	if u.Gone || j.tries > maxTries {
		return nil
	}
	before, _, err := tx.Conversation(u.Chat, now)
	if err != nil {
		// What is stored cannot be read: the next update would fail as well.
		if err := tx.Drop(u.Chat); err != nil {
			return err
		}
		before = Conversation{}
	}
	v := &visit{tx: tx, now: now, chat: u.Chat, before: before, turn: apology(before.Session, u.Input)}
	if err := d.reply(v, Origin{}); err != nil {
		return err
	}
	j.turn = v.turn
	return nil
}

// apology is the turn that says that something went wrong on our side.
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

// failureClass names a failure of a turn without telling what it was about.
func failureClass(err error) string {
	var p *panicError
	if errors.As(err, &p) {
		return p.Error()
	}
	return "error"
}

// isStorage tells whether an error is a fault of the storage.
func isStorage(err error) bool { return errors.Is(err, ErrStorage) }
