package bot

import (
	"context"
	"time"

	"digiwijzer/referral"
)

// digestHour is when the figures go out on Monday, in the Netherlands.
const digestHour = 8

// Digester is a channel that sends the figures of a week to those who asked for them.
type Digester interface {
	// Digest gives the messages with the figures of an ISO week; none for a chat that may
	// not have them any more. It is pure.
	Digest(s Subscriber, week string) []Message
}

// mondays is due on Monday at the hour of the digest.
func mondays(last, now time.Time) bool {
	moment := lastDigest(now)
	return moment.After(last) && !moment.After(now)
}

// lastDigest is the moment of this week's digest.
func lastDigest(now time.Time) time.Time {
	t := now.In(referral.Netherlands)
	sinceMonday := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-sinceMonday, digestHour, 0, 0, 0, referral.Netherlands)
}

// digests tells whether any channel sends digests.
func (d *Dispatcher) digests() bool {
	for _, c := range d.channels {
		if _, ok := c.(Digester); ok {
			return true
		}
	}
	return false
}

// pushDigest sends the figures of the week that has just ended, also when nothing
// happened in it. Which week was sent is noted with the messages, so that each goes out
// once, and one whose Monday was missed goes out late.
func (d *Dispatcher) pushDigest(ctx context.Context, now time.Time) (sent int, err error) {
	if now.Before(lastDigest(now)) || !d.digests() {
		return 0, nil
	}
	week := referral.LastWeek(now)
	err = d.commitWork(ctx, nil, func(tx Tx) (err error) {
		sent, err = d.digest(tx, week, now)
		return err
	})
	return sent, err
}

// digest puts the figures of a week in the outbox of every subscriber, unless that was
// done before.
func (d *Dispatcher) digest(tx Tx, week string, now time.Time) (sent int, err error) {
	if before, err := tx.Pushed(week); err != nil || before {
		return 0, err
	}
	subscribers, err := tx.Subscribers()
	if err != nil {
		return 0, err
	}
	for _, s := range subscribers {
		digester, ok := d.channels[s.Chat.Channel].(Digester)
		if !ok {
			continue
		}
		messages := digester.Digest(s, week)
		if len(messages) == 0 {
			err = tx.Subscribe(s, false)
		} else {
			err = enqueue(tx, messages, now)
			sent++
		}
		if err != nil {
			return 0, err
		}
	}
	return sent, nil
}
