package bot

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What is done with messages that cannot be sent.
const (
	refusedTries  = 2                // tries of a message that the server refuses
	refusedDelay  = 2 * time.Second  // between them
	firstDelay    = time.Second      // back-off after the first broken try; doubles
	longestDelay  = 10 * time.Minute // and never exceeds this
	patience      = 24 * time.Hour   // then the message is given up
	leastThrottle = time.Second      // when the server does not say how long
)

// fate is what a send's result means for the message.
type fate struct {
	landing
	record func(Tx) error // nil: the message stays as it is
	counts func()         // once recorded; goes with record
}

// deliver sends one message, and has it recorded what became of it. The outbox hears
// of the landing when that is done.
func (d *Dispatcher) deliver(ctx context.Context, m Delivery) {
	id, err := d.send(ctx, m)
	if ctx.Err() != nil {
		d.outbox.report(landing{chat: m.Message.Chat}) // stopped at once; the next run sends it (again)
		return
	}
	f := d.fate(m, id, err)
	f.chat, f.channel = m.Message.Chat, m.Message.Chat.Channel
	if f.record == nil {
		d.outbox.report(f.landing)
		return
	}
	d.record(ctx, f)
}

// send calls the channel. A panic there is a refusal: it would come back with the same
// message.
func (d *Dispatcher) send(ctx context.Context, m Delivery) (id int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &SendError{Verdict: Refused, Err: fmt.Errorf("panic %T", p)}
		}
	}()
	return d.channels[m.Message.Chat.Channel].Send(ctx, m.Message, m.Surface)
}

// verdictOf returns what an error of a channel means. What it did not classify is
// tried again.
func verdictOf(err error) (Verdict, time.Duration) {
	var send *SendError
	switch {
	case err == nil:
		return "", 0
	case errors.As(err, &send):
		return send.Verdict, send.RetryAfter
	}
	return Broken, 0
}

// fate decides what happens with a message after a try.
func (d *Dispatcher) fate(m Delivery, id int64, err error) fate {
	verdict, retryAfter := verdictOf(err)
	d.state.sent(m.Message.Chat.Channel, verdict)
	now := d.Clock.Now()
	switch verdict {
	case "", Harmless:
		return fate{
			record: func(tx Tx) error { return tx.Delivered(m, id) },
			counts: func() { d.counts.sent.Add(1) },
		}
	case Gone:
		return fate{
			record: func(tx Tx) error { return tx.Forget(m.Message.Chat) },
			counts: func() { d.counts.gone.Add(1) },
		}
	case Throttled:
		d.counts.throttled.Add(1)
		return fate{landing: landing{pause: max(leastThrottle, retryAfter)}}
	case Locked:
		d.Log.Error("the channel's token is refused; its intake stops", "channel", m.Message.Chat.Channel)
		return fate{}
	case Refused:
		if m.Tries+1 < refusedTries {
			return d.putOff(m, now.Add(refusedDelay))
		}
	default:
		if delay, ok := d.backOff(m.Tries); ok {
			return d.putOff(m, now.Add(delay))
		}
	}
	d.Log.Warn("a message is given up", "verdict", string(verdict), "tries", m.Tries+1)
	return fate{
		record: func(tx Tx) error { return tx.Discard(m) },
		counts: func() { d.counts.dropped.Add(1) },
	}
}

func (d *Dispatcher) putOff(m Delivery, until time.Time) fate {
	return fate{
		landing: landing{retry: until},
		record:  func(tx Tx) error { return tx.Postpone(m, until) },
		counts:  func() { d.counts.repeated.Add(1) },
	}
}

// backOff returns the delay after a message's failure number tries+1, up to a quarter
// longer at random so that not all come back at once; ok is false when patience is at
// its end.
func (d *Dispatcher) backOff(tries int) (delay time.Duration, ok bool) {
	delay = firstDelay
	var waited time.Duration
	for range tries {
		waited += delay
		delay = min(2*delay, longestDelay)
	}
	if waited+delay > patience {
		return 0, false
	}
	return delay + delay*time.Duration(d.Random(256))/1024, true
}

// record makes the result of a send durable, with the next transaction. The sender
// need not wait for that.
func (d *Dispatcher) record(ctx context.Context, f fate) {
	d.queue.push(work{chats: []Chat{f.chat}, do: f.record, done: func(err error) {
		if err != nil {
			d.running.Go(func() { d.recordAgain(ctx, f, err) })
			return
		}
		f.counts()
		d.outbox.report(f.landing)
	}})
}

// recordAgain tries once more after a while: a result that is not recorded would send
// the message another time.
func (d *Dispatcher) recordAgain(ctx context.Context, f fate, err error) {
	if !isStorage(err) {
		d.Log.Error("the result of a send cannot be recorded", "error", err)
	}
	select {
	case <-d.Clock.After(retryAfter):
		d.record(ctx, f)
		return
	case <-d.queue.quit:
	case <-ctx.Done():
	}
	d.outbox.report(f.landing)
}
