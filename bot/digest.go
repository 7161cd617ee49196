package bot

import (
	"context"
	"time"

	"digiwijzer/referral"
)

// digestHour is when the figures are sent on Monday, in the Netherlands.
const digestHour = 8

// lastDigest is the moment of this week's digest.
func lastDigest(now time.Time) time.Time { return mondayOf(now).Add(digestHour * time.Hour) }

// mondays is due on Monday at the hour of the digest.
func mondays(last, now time.Time) bool { return passed(lastDigest(now), last, now) }

// hasDigester reports whether any channel sends digests.
func (d *Dispatcher) hasDigester() bool {
	for _, c := range d.channels {
		if _, ok := c.(Digester); ok {
			return true
		}
	}
	return false
}

// pushDigest sends the figures of the week that has just ended, even if all are zero. The
// week is marked in the same transaction, so that each goes out once, and late if its
// Monday was missed.
func (d *Dispatcher) pushDigest(ctx context.Context, now time.Time) (sent int, err error) {
	if now.Before(lastDigest(now)) || !d.hasDigester() {
		return 0, nil
	}
	week := referral.LastWeek(now)
	return resultOf(func(do func(Tx) error) error { return d.commitJob(ctx, nil, do) },
		func(tx Tx) (int, error) { return d.digest(tx, week, now) })
}

// digest enqueues the figures of a week for every subscriber, unless the week is marked.
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
