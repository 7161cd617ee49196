package bot

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Retries of messages that cannot be sent.
const (
	sendTimeout   = 35 * time.Second // for one call to a channel
	refusedTries  = 2                // of a message that the server rejects
	refusedDelay  = 2 * time.Second  // between them
	leastThrottle = time.Second      // when the server does not say how long
)

var (
	// sendBackoff spaces the retries of a message that failed with Broken.
	sendBackoff = Backoff{First: time.Second, Longest: 10 * time.Minute}
	// lockBackoff spaces the retries of a channel whose token was rejected.
	lockBackoff = Backoff{First: time.Second, Longest: 5 * time.Minute}
	// throttleBackoff is the minimum pause of a channel that repeatedly throttles all chats.
	throttleBackoff = Backoff{First: time.Second, Longest: 30 * time.Second}
)

// disposition is how to proceed with a message after a try.
type disposition struct {
	result
	record func(Tx) error // nil: the message stays as it is
	under  Lease
	count  func() // once recorded; goes with record
}

// deliver sends one message and records the result. The outbox gets the result after that.
func (d *Dispatcher) deliver(ctx context.Context, m Delivery) {
	if d.left(m.Lease) < leastLease {
		d.outbox.report(result{chat: m.Message.Chat, lease: m.Lease.Name}) // the holder of the lease sends it
		return
	}
	shown, err := d.send(ctx, m)
	if ctx.Err() != nil {
		d.outbox.report(result{chat: m.Message.Chat, lease: m.Lease.Name}) // aborted: the next run sends it (again)
		return
	}
	p := d.disposition(m, shown, err)
	p.chat, p.channel, p.lease, p.under = m.Message.Chat, m.Message.Chat.Channel, m.Lease.Name, m.Lease
	if p.record == nil {
		d.outbox.report(p.result)
		return
	}
	d.record(ctx, p)
}

// send calls the channel. A panic counts as Refused: it would recur with the same message.
func (d *Dispatcher) send(ctx context.Context, m Delivery) (shown Shown, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.left(m.Lease))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &SendError{Verdict: Refused, Err: fmt.Errorf("panic %T", p)}
			d.log.Error("send panicked", "kind", fmt.Sprintf("%T", p), "stack", Stack())
		}
	}()
	return d.channels[m.Message.Chat.Channel].Send(ctx, m.Message, m.Surface)
}

// classify returns the classification of an error of a channel. An unclassified one is
// retried; a nil error has the empty verdict.
func classify(err error) SendError {
	var send *SendError
	switch {
	case err == nil:
		return SendError{}
	case errors.As(err, &send):
		return *send
	}
	return SendError{Verdict: Broken, Err: err}
}

// disposition decides how to proceed with a message after a try.
func (d *Dispatcher) disposition(m Delivery, shown Shown, err error) disposition {
	failure, now := classify(err), d.clock.Now()
	d.state.sent(m.Message.Chat.Channel, failure.Verdict, now)
	switch failure.Verdict {
	case "", Harmless:
		return disposition{
			result: result{sent: true},
			record: func(tx Tx) error { return tx.Delivered(m, shown) },
			count:  func() { d.counts.sent.Add(1) },
		}
	case Gone:
		return disposition{
			record: func(tx Tx) error { return tx.Forget(m.Message.Chat) },
			count:  func() { d.counts.gone.Add(1) },
		}
	case Throttled:
		d.counts.throttled.Add(1)
		return disposition{result: result{pause: max(leastThrottle, failure.RetryAfter), everyone: failure.Everyone}}
	case Locked:
		d.log.Error("channel token refused", "channel", m.Message.Chat.Channel)
		return disposition{result: result{locked: true}}
	case Refused:
		if m.Tries+1 < refusedTries {
			return d.postpone(m, now.Add(refusedDelay))
		}
	default:
		if delay, ok := d.retryDelay(m.Tries + 1); ok {
			return d.postpone(m, now.Add(delay))
		}
	}
	d.log.Warn("message dropped", "verdict", string(failure.Verdict), "tries", m.Tries+1)
	return disposition{
		record: func(tx Tx) error { return tx.Discard(m) },
		count:  func() { d.counts.dropped.Add(1) },
	}
}

func (d *Dispatcher) postpone(m Delivery, until time.Time) disposition {
	return disposition{
		result: result{retry: until},
		record: func(tx Tx) error { return tx.Postpone(m, until) },
		count:  func() { d.counts.repeated.Add(1) },
	}
}

// retryDelay returns the delay after so many failures of a message, with up to a quarter
// of jitter; ok is false when it has been retried for SendRetention.
func (d *Dispatcher) retryDelay(failures int) (delay time.Duration, ok bool) {
	var waited time.Duration
	for n := range failures {
		delay = sendBackoff.Delay(n + 1)
		waited += delay
	}
	if waited > SendRetention {
		return 0, false
	}
	return delay + delay*time.Duration(d.random(256))/1024, true
}

// record makes the result of a send durable, with the next transaction. The sender
// does not wait for that.
func (d *Dispatcher) record(ctx context.Context, p disposition) {
	d.queue.push(task{chats: []Chat{p.chat}, lease: p.under, do: p.record, done: func(err error) {
		if errors.Is(err, ErrLeaseLost) { // the new holder sends the message, perhaps again
			d.outbox.report(p.result)
			return
		}
		if err != nil {
			d.outbox.background.Go(func() { d.recordAgain(ctx, p, err) })
			return
		}
		p.count()
		d.outbox.report(p.result)
	}})
}

// recordAgain retries later: an unrecorded result would repeat the send.
func (d *Dispatcher) recordAgain(ctx context.Context, p disposition, err error) {
	if !isStorage(err) {
		d.log.Error("recording a send failed", "error", err)
	}
	select {
	case <-d.clock.After(retryAfter):
		d.record(ctx, p)
		return
	case <-d.queue.quit:
	case <-ctx.Done():
	}
	d.outbox.report(p.result)
}
