package bot

import (
	"context"
	"time"

	"digiwijzer/referral"
)

// chore is something done at set times. It is also done when the desk opens, in case
// its moment passed while nobody was there.
type chore struct {
	name string
	due  func(last, now time.Time) bool
	run  func(ctx context.Context, now time.Time) (int, error)
	last time.Time // zero: never
}

// round is how often the desk looks whether a chore is due. Looking at the clock, and
// not counting down to a moment, keeps chores right when the clock is set.
const round = time.Minute

// runJobs does the chores until the desk closes.
func (d *Dispatcher) runJobs(ctx context.Context) {
	chores := []*chore{
		{name: "sweep", due: hourly, run: d.Store.Sweep},
		{name: "hand-over", due: nightly, run: d.Store.HandOver},
		{name: "follow-up", due: daytime, run: d.askFollowUps},
		{name: "digest", due: mondays, run: d.pushDigest},
	}
	for {
		now := d.Clock.Now()
		for _, c := range chores {
			d.do(ctx, c, now)
		}
		d.queue.tidy(now)
		select {
		case <-d.Clock.After(round):
		case <-d.queue.quit:
			return
		case <-ctx.Done():
			return
		}
	}
}

// do runs a chore if it is due. One that failed is due again in the next round.
func (d *Dispatcher) do(ctx context.Context, c *chore, now time.Time) {
	if now.Before(c.last) {
		c.last = now // the clock was set back
	}
	if !c.last.IsZero() && !c.due(c.last, now) {
		return
	}
	n, err := c.run(ctx, now)
	d.state.chore(c.name, err)
	if err != nil {
		d.Log.Error("a chore failed", "chore", c.name, "error", err)
		return
	}
	c.last = now
	d.Log.Info("a chore is done", "chore", c.name, "conversations", n)
}

// hourly is due an hour after the last time.
func hourly(last, now time.Time) bool { return now.Sub(last) >= time.Hour }

// nightly is due at 03:10, and on Monday at 00:05 for the figures of the week that has
// just ended, in the Netherlands.
func nightly(last, now time.Time) bool {
	t := now.In(referral.Netherlands)
	at := func(days, hour, minute int) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day()-days, hour, minute, 0, 0, referral.Netherlands)
	}
	sinceMonday := (int(t.Weekday()) + 6) % 7
	for _, moment := range []time.Time{at(0, 3, 10), at(sinceMonday, 0, 5)} {
		if moment.After(last) && !moment.After(now) {
			return true
		}
	}
	return false
}
