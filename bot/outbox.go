package bot

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Bounds of the delivery.
const (
	senders    = 32              // messages being sent at once, each of another chat
	maxFlying  = 128             // being sent, or sent and not yet recorded
	batch      = 64              // messages read at once, beyond those that are held back
	maxHeld    = 1024            // held back for their chat's pace before reading stops
	paceRate   = 1               // messages a second to one chat, as Telegram asks
	paceBurst  = 3               // at once, before that rate holds
	idle       = 5 * time.Second // between looks at what an earlier run put off
	retryAfter = time.Second     // after a storage fault
)

// outbox delivers the messages that were committed: in order per chat, chats in
// parallel, at the pace the channels allow. A message is sent at least once; a crash
// between the sending and its record sends it again.
//
// The fields under the blank line belong to the goroutine of run.
type outbox struct {
	desk    *Dispatcher
	wake    chan struct{} // holds a value when there may be something new
	flights chan Delivery // to the senders
	done    chan struct{} // closed when run has ended
	spoiled atomic.Bool   // a chat was emptied: what was read may be of it

	mu     sync.Mutex
	landed []landing // what became of sends, since run looked last

	buffer  []Delivery // read, not yet sent
	stale   bool       // there may be more than the buffer shows
	flying  map[Chat]bool
	pace    map[Chat]*rate.Limiter
	total   map[string]*rate.Limiter // per channel
	paused  map[string]pause         // a channel that asked for it
	retries []time.Time              // when messages put off are due again
	tidied  time.Time
}

// landing is what the outbox must know of a finished send.
type landing struct {
	chat    Chat
	channel string
	pause   time.Duration // the channel asked for
	retry   time.Time     // the message was put off until then
}

// pause is a time in which nothing is sent to a channel.
type pause struct {
	until time.Time
	long  time.Duration
}

// left is how much of a pause is left. A clock set back must not stretch it.
func (p pause) left(now time.Time) time.Duration {
	if left := p.until.Sub(now); left > 0 && left <= p.long {
		return left
	}
	return 0
}

func newOutbox(d *Dispatcher) *outbox {
	o := &outbox{
		desk: d, stale: true,
		wake: make(chan struct{}, 1), flights: make(chan Delivery, maxFlying), done: make(chan struct{}),
		flying: map[Chat]bool{}, pace: map[Chat]*rate.Limiter{},
		total: map[string]*rate.Limiter{}, paused: map[string]pause{},
	}
	limit, burst := rate.Limit(d.SendRate), max(1, int(math.Ceil(d.SendRate)))
	if d.SendRate <= 0 {
		limit = rate.Inf
	}
	for name := range d.channels {
		o.total[name] = rate.NewLimiter(limit, burst)
	}
	return o
}

// run delivers until the desk has closed and nothing more can be sent at once, or ctx
// ends.
func (o *outbox) run(ctx context.Context) {
	defer close(o.done)
	defer close(o.flights)
	for range senders {
		o.desk.running.Go(func() { o.send(ctx) })
	}
	quit := o.desk.queue.quit
	closing := false
	for {
		drained := closing && o.desk.queue.empty() // all is committed: look once more
		o.stale = o.stale || drained
		wait := o.launch(ctx)
		if drained && len(o.flying) == 0 {
			return
		}
		select {
		case <-o.wake:
			o.land()
			o.stale = true
		case <-o.desk.Clock.After(wait):
			o.stale = true
		case <-quit:
			quit, closing = nil, true
		case <-ctx.Done():
			for len(o.flying) > 0 {
				<-o.wake
				o.land()
			}
			return
		}
	}
}

// send is one of the senders.
func (o *outbox) send(ctx context.Context) {
	for m := range o.flights {
		o.desk.deliver(ctx, m)
	}
}

// launch sends whatever may be sent now, and returns how long until it is worth
// looking again without being told.
func (o *outbox) launch(ctx context.Context) time.Duration {
	now := o.desk.Clock.Now()
	o.tidy(now)
	o.retries = slices.DeleteFunc(o.retries, func(t time.Time) bool { return !t.After(now) })
	if o.spoiled.Swap(false) {
		o.buffer, o.stale = nil, true
	}
	wait := o.start(ctx, now)
	if !o.stale || len(o.flying) >= maxFlying || len(o.buffer) >= maxHeld {
		return wait
	}
	if delay := o.closed(now); delay > 0 {
		return min(wait, delay)
	}
	o.fill(ctx, now)
	return o.start(ctx, now)
}

// fill reads anew what may be sent.
func (o *outbox) fill(ctx context.Context, now time.Time) {
	o.stale = false
	due, err := o.desk.Store.Due(ctx, now, batch+len(o.flying)+len(o.buffer))
	if err != nil {
		o.desk.Log.Error("the outbox cannot be read", "error", err)
		o.retries = append(o.retries, now.Add(retryAfter))
		return
	}
	o.buffer = o.buffer[:0]
	for _, d := range due {
		if !o.flying[d.Message.Chat] && o.total[d.Message.Chat.Channel] != nil {
			o.buffer = append(o.buffer, d)
		}
	}
}

// start sends those in the buffer that may go now and holds back the others.
func (o *outbox) start(ctx context.Context, now time.Time) time.Duration {
	wait := idle
	if len(o.retries) > 0 {
		wait = min(wait, slices.MinFunc(o.retries, time.Time.Compare).Sub(now))
	}
	held := o.buffer[:0]
	for _, d := range o.buffer {
		if len(o.flying) >= maxFlying {
			held = append(held, d)
			continue
		}
		if delay := o.delay(d.Message, now); delay > 0 {
			held = append(held, d)
			wait = min(wait, delay)
			continue
		}
		o.flying[d.Message.Chat] = true
		o.flights <- d // there is room for all that may fly
	}
	clear(o.buffer[len(held):])
	o.buffer = held
	return wait
}

// delay tells how long a message has to wait for the pace of its channel and its chat;
// zero: it may go, and is counted.
func (o *outbox) delay(m Message, now time.Time) time.Duration {
	if delay := o.shut(m.Chat.Channel, now); delay > 0 {
		return delay
	}
	total := o.total[m.Chat.Channel]
	if total.Limit() != rate.Inf && !m.Edit {
		pace := o.pace[m.Chat]
		if pace == nil {
			pace = rate.NewLimiter(paceRate, paceBurst)
			o.pace[m.Chat] = pace
		}
		if delay := untilToken(pace, now); delay > 0 {
			return delay
		}
		pace.AllowN(now, 1)
	}
	total.AllowN(now, 1)
	return 0
}

// shut tells how long nothing at all may be sent to a channel.
func (o *outbox) shut(channel string, now time.Time) time.Duration {
	if o.desk.state.isLocked(channel) {
		return idle
	}
	return max(o.paused[channel].left(now), untilToken(o.total[channel], now))
}

// closed tells how long nothing may be sent to any channel, so that reading is no use.
func (o *outbox) closed(now time.Time) time.Duration {
	delay := idle
	for channel := range o.total {
		delay = min(delay, o.shut(channel, now))
	}
	return delay
}

// untilToken tells how long until a limiter allows one more, without taking it.
func untilToken(l *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - l.TokensAt(now)
	if l.Limit() == rate.Inf || missing <= 0 {
		return 0
	}
	return max(time.Millisecond, time.Duration(missing/float64(l.Limit())*float64(time.Second)))
}

// report tells what became of a send. It never blocks.
func (o *outbox) report(l landing) {
	o.mu.Lock()
	o.landed = append(o.landed, l)
	o.mu.Unlock()
	signal(o.wake)
}

// land takes note of finished sends; the next message of each chat may go.
func (o *outbox) land() {
	o.mu.Lock()
	landed := o.landed
	o.landed = nil
	o.mu.Unlock()
	for _, l := range landed {
		delete(o.flying, l.chat)
		if l.pause > 0 {
			o.paused[l.channel] = pause{o.desk.Clock.Now().Add(l.pause), l.pause}
		}
		if !l.retry.IsZero() {
			o.retries = append(o.retries, l.retry)
		}
	}
}

// tidy frees the paces of chats that have been quiet.
func (o *outbox) tidy(now time.Time) {
	if since := now.Sub(o.tidied); since >= 0 && since < time.Minute {
		return
	}
	o.tidied = now
	for chat, l := range o.pace {
		if l.TokensAt(now) >= paceBurst {
			delete(o.pace, chat)
		}
	}
}
