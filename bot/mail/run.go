package mail

import (
	"context"
	"errors"
	"slices"
	"time"

	"digiwijzer/bot"
)

// interval is how often Run checks whether anything is due. Comparing times, instead of sleeping until a moment,
// keeps it right when the clock is set.
const interval = time.Minute

// The pauses between retries: of a server that could not be reached, and of an address that the server deferred.
var (
	serverPauses  = bot.Backoff{First: time.Minute, Longest: time.Hour}
	addressPauses = bot.Backoff{First: 5 * time.Minute, Longest: 12 * time.Hour}
)

// Run sends what is due until ctx ends. Errors are logged, reported and retried.
func (p *Post) Run(ctx context.Context) error {
	for {
		_ = p.Round(ctx) // logged and reported
		select {
		case <-ctx.Done():
			return nil
		case <-p.o.Clock.After(interval):
		}
	}
}

// Round sends the figures that are due, once. The error is about the server, the storage or the figures; a
// problem with one address is stored with it.
func (p *Post) Round(ctx context.Context) error {
	p.sending.Lock()
	defer p.sending.Unlock()
	if !p.owns() {
		return nil
	}
	now := p.o.Clock.Now()
	if now.Before(p.pause) && p.pause.Sub(now) <= serverPauses.Longest {
		return nil
	}
	sent, err := p.round(ctx, now)
	if ctx.Err() != nil {
		return nil // the next start continues
	}
	if err != nil {
		p.failures++
		p.pause = now.Add(serverPauses.Delay(p.failures))
		p.o.Log.Error("mail failed", "error", err, "sent", sent, "again", p.pause)
	} else {
		p.failures, p.pause = 0, time.Time{}
		if sent > 0 {
			p.o.Log.Info("mail sent", "week", due(now), "sent", sent)
		}
	}
	p.o.Report(err)
	return err
}

// round sends what is due, and returns how much it sent.
func (p *Post) round(ctx context.Context, now time.Time) (sent int, err error) {
	all, err := p.o.Store.Subscriptions(ctx)
	if err != nil {
		return 0, err
	}
	if all, err = p.tidy(ctx, all, now); err != nil {
		return 0, err
	}
	week := due(now)
	all = slices.DeleteFunc(all, func(s Subscription) bool { return !s.due(week, now) })
	if len(all) == 0 {
		return 0, nil
	}
	client, err := p.server.Load().dial(ctx)
	if err != nil {
		return 0, err
	}
	defer client.Close() //nolint:errcheck // nothing is in progress
	letters := map[string]letter{}
	var served []string // mailboxes that got it in this round
	for _, s := range all {
		if slices.ContainsFunc(served, func(address string) bool { return sameMailbox(address, s.Address) }) {
			err = p.o.Store.Deliver(ctx, s.ID, Delivery{Week: week}) // the mailbox has it
		} else {
			var done bool
			done, err = p.deliver(ctx, client, s, week, letters)
			if done {
				served = append(served, s.Address)
				sent++
			}
		}
		if err != nil || ctx.Err() != nil || !p.owns() {
			return sent, err
		}
	}
	return sent, nil
}

// owns reports whether this process is the one that sends.
func (p *Post) owns() bool { return p.o.Owns == nil || p.o.Owns() }

// due reports whether the figures of a week must be sent now.
func (s Subscription) due(week string, now time.Time) bool {
	return s.Active() && s.Week < week && !now.Before(s.Next)
}

// tidy deletes expired unconfirmed subscriptions, and those of people who may no longer see figures; it returns
// the rest.
func (p *Post) tidy(ctx context.Context, all []Subscription, now time.Time) (rest []Subscription, err error) {
	var gone []string
	for _, s := range all {
		may := !s.expired(now)
		if may {
			if may, err = p.o.MayRead(ctx, s.Account); err != nil {
				return nil, err
			}
		}
		if may {
			rest = append(rest, s)
		} else {
			gone = append(gone, s.ID)
		}
	}
	if len(gone) > 0 {
		err = p.o.Store.Unsubscribe(ctx, gone)
	}
	return rest, err
}

// deliver sends the figures of a week to one address and stores the result.
func (p *Post) deliver(ctx context.Context, client *connection, s Subscription, week string, letters map[string]letter) (sent bool, err error) {
	made, ok := letters[s.Lang]
	if !ok {
		if made, err = p.weekly(ctx, week, s.Lang); err != nil {
			return false, err
		}
		letters[s.Lang] = made
	}
	m, err := p.message(s, made.to(p, s))
	if err != nil {
		return false, err
	}
	m.SetMessageIDWithValue(p.sign("message", s.ID, week) + "@" + host(p.o.From.Address))
	result := Delivery{Week: week}
	var refused refusal
	switch err := send(client, m); {
	case errors.As(err, &refused):
		result = Delivery{Week: s.Week, Tries: s.Tries + 1, Problem: refused.code, Refused: refused.final}
		if !refused.final {
			result.Next = p.o.Clock.Now().Add(addressPauses.Delay(result.Tries))
		}
		p.o.Log.Warn("mail refused", "answer", refused.code, "final", refused.final, "tries", result.Tries)
	case err != nil:
		return false, err
	}
	return result.Week == week, p.o.Store.Deliver(ctx, s.ID, result)
}
