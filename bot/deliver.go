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
	counts func()         // once recorded
}

// deliver sends one message and records what became of it.
func (d *Desk) deliver(ctx context.Context, m Delivery) landing {
	id, err := d.send(ctx, m)
	if ctx.Err() != nil {
		return landing{chat: m.Message.Chat} // stopped at once; the next run sends it (again)
	}
	f := d.fate(m, id, err)
	f.chat, f.channel = m.Message.Chat, m.Message.Chat.Channel
	if f.record != nil && d.record(ctx, f.record) && f.counts != nil {
		f.counts()
	}
	return f.landing
}

// send calls the channel. A panic there is a refusal: it would come back with the same
// message.
func (d *Desk) send(ctx context.Context, m Delivery) (id int64, err error) {
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
func (d *Desk) fate(m Delivery, id int64, err error) fate {
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

func (d *Desk) putOff(m Delivery, until time.Time) fate {
	return fate{
		landing: landing{retry: until},
		record:  func(tx Tx) error { return tx.Postpone(m, until) },
		counts:  func() { d.counts.repeated.Add(1) },
	}
}

// backOff returns the delay after a message's failure number tries+1, up to a quarter
// longer at random so that not all come back at once; ok is false when patience is at
// its end.
func (d *Desk) backOff(tries int) (delay time.Duration, ok bool) {
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

// record makes the result of a send durable. While the storage fails it tries again,
// since a result that is not recorded would send the message once more.
func (d *Desk) record(ctx context.Context, do func(Tx) error) bool {
	for {
		committed := make(chan error, 1)
		d.queue.push(work{do: do, done: func(err error) { committed <- err }})
		err := <-committed
		if err == nil {
			return true
		}
		if !isStorage(err) {
			d.Log.Error("the result of a send cannot be recorded", "error", err)
		}
		select {
		case <-d.Clock.After(retryAfter):
		case <-d.queue.quit:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
