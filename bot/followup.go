package bot

import (
	"context"
	"errors"
	"time"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// A follow-up goes out between these hours in the Netherlands: it is news that can wait
// until people are at work.
const (
	followUpFrom  = 10
	followUpUntil = 20
)

// daytime is due at the hour that follow-ups go out.
func daytime(last, now time.Time) bool {
	moment := clockAt(now, followUpFrom)
	return moment.After(last) && !moment.After(now)
}

// clockAt is an hour of today in the Netherlands.
func clockAt(now time.Time, hour int) time.Time {
	t := now.In(referral.Netherlands)
	return time.Date(t.Year(), t.Month(), t.Day(), hour, 0, 0, 0, referral.Netherlands)
}

// askFollowUps sends the question to those whose day has come. Each is moved on and
// asked in one transaction, so that a crash asks nobody twice.
func (d *Dispatcher) askFollowUps(ctx context.Context, now time.Time) (asked int, err error) {
	if now.Before(clockAt(now, followUpFrom)) || !now.Before(clockAt(now, followUpUntil)) {
		return 0, nil
	}
	for {
		chats, err := d.Store.FollowUps(ctx, now, batch)
		if err != nil || len(chats) == 0 {
			return asked, err
		}
		for _, chat := range chats {
			err := d.commitWork(ctx, []Chat{chat}, func(tx Tx) error { return d.remind(tx, chat, now) })
			if err == nil {
				asked++
				continue
			}
			if err := d.passOver(ctx, chat, now, err); err != nil {
				return asked, err
			}
		}
	}
}

// passOver moves a chat that could not be asked on to its next time, so that it does not
// hold up everybody after it. A fault of the storage is not the chat's, and comes back.
func (d *Dispatcher) passOver(ctx context.Context, chat Chat, now time.Time, err error) error {
	if isStorage(err) || errors.Is(err, ErrClosed) || ctx.Err() != nil {
		return err
	}
	d.counts.failures.Add(1)
	d.Log.Error("a follow-up cannot be asked", "class", failureClass(err))
	return d.commitWork(ctx, []Chat{chat}, func(tx Tx) error {
		_, _, err := tx.Remind(chat, now)
		return err
	})
}

// remind asks one chat. Where the channel cannot write to people, their own calendar does:
// then this only lets the answer in.
func (d *Dispatcher) remind(tx Tx, chat Chat, now time.Time) error {
	f, ask, err := tx.Remind(chat, now)
	channel := d.channels[chat.Channel]
	if err != nil || !ask || channel == nil {
		return err
	}
	session := flows.Session{Lang: f.Lang, Channel: chat.Channel}
	turn := d.step(session, flows.Input{Kind: flows.Remind, Lang: f.Lang, Channel: chat.Channel, Today: referral.DayOf(now)})
	messages, err := channel.Compose(chat, turn, Origin{}, Surface{flows.Advice: f.Advice})
	if err != nil {
		return err
	}
	return enqueue(tx, messages, now)
}

func enqueue(tx Tx, messages []Message, now time.Time) error {
	for _, m := range messages {
		if err := tx.Enqueue(m, now); err != nil {
			return err
		}
	}
	return nil
}

// commitWork does something to the rows of these chats, or to the shared ones where there are
// none, in the next transaction and waits until it is durable.
func (d *Dispatcher) commitWork(ctx context.Context, chats []Chat, do func(Tx) error) error {
	committed := make(chan error, 1)
	d.queue.push(work{chats: chats, shared: chats == nil, do: do, done: func(err error) { committed <- err }})
	select {
	case err := <-committed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
