package bot

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Bounds of the delivery.
const (
	senders      = 128             // concurrent sends, each of another chat: slow ones must not hold up others
	maxInFlight  = 256             // messages being sent, or sent and not yet recorded
	batch        = 64              // messages read at once, beyond those held back
	maxHeld      = 1024            // messages held back by their chat's pace before reading stops
	pollInterval = 5 * time.Second // between polls for a channel that is blocked
	retryAfter   = time.Second     // after a storage fault

	// severalChats is how many chats are refused one after another, with nothing sent in
	// between, before the whole channel pauses: then the limit is not that of one chat.
	severalChats = 3
)

// idlePoll spaces the polls for what an earlier run postponed. What this run postpones is in
// sending.retries, so an outbox that stays empty is read less and less often.
var idlePoll = Backoff{First: pollInterval, Longest: time.Minute}

// outbox delivers committed messages: in order per chat, chats in parallel, at the pace
// that the channels allow. Delivery is at least once: a crash between a send and its
// record repeats the send.
//
// The fields of sending belong to the goroutine of run.
type outbox struct {
	d          *Dispatcher
	wake       chan struct{} // holds a value when there may be something new
	sends      chan Delivery // to the senders
	done       chan struct{} // closed when run has ended
	invalid    atomic.Bool   // a chat was erased: the buffer may hold its messages
	background sync.WaitGroup

	mu      sync.Mutex
	results []result       // since run collected them last
	under   map[string]int // messages in flight, by name of their lease

	sending
}

// sending is the state of run.
type sending struct {
	rate     float64          // messages per second of a channel, over all processes
	buffer   []Delivery       // read, not yet sent
	stale    bool             // the store may have more than the buffer
	more     bool             // the last read returned as much as was asked for
	look     <-chan time.Time // when the store is read for what other processes wrote; nil: never
	inFlight map[Chat]int64   // ids of the messages
	pace     map[paced]*rate.Limiter
	held     map[Chat]pause           // chats that their channel throttles
	refused  map[string]map[Chat]bool // per channel, the chats refused since it sent anything
	total    map[string]*rate.Limiter // per channel
	paused   map[string]pause         // channels that throttle all chats, or rejected the token
	locks    map[string]int           // per channel, how often the token was rejected in a row
	refusals map[string]int           // per channel, how often all chats were throttled in a row
	retries  []time.Time              // when postponed messages are due
	polls    int                      // by timer, since the last message
	evicted  time.Time                // when idle limiters were last evicted
}

// result is the outcome of a send, as far as scheduling is concerned.
type result struct {
	chat     Chat
	channel  string
	lease    string // under which it was sent
	sent     bool
	pause    time.Duration // requested by the channel, for this chat
	everyone bool          // the pause is meant for all chats
	locked   bool          // the token was rejected
	retry    time.Time     // the message was postponed until then
}

// paced is the key of a limiter: the new messages or the edits of one chat.
type paced struct {
	chat Chat
	edit bool
}

func newOutbox(d *Dispatcher, sendRate float64) *outbox {
	o := &outbox{
		d: d, wake: make(chan struct{}, 1), sends: make(chan Delivery, maxInFlight), done: make(chan struct{}),
		sending: sending{
			rate: sendRate, stale: true, inFlight: map[Chat]int64{}, pace: map[paced]*rate.Limiter{}, held: map[Chat]pause{},
			refused: map[string]map[Chat]bool{}, total: map[string]*rate.Limiter{}, paused: map[string]pause{}, locks: map[string]int{}, refusals: map[string]int{},
		},
	}
	limit, burst := rate.Limit(sendRate), max(1, int(math.Ceil(sendRate)))
	if sendRate <= 0 {
		limit = rate.Inf
	}
	for name := range d.channels {
		o.total[name] = rate.NewLimiter(limit, burst)
	}
	return o
}

// run delivers until the queue is closed and nothing more can be sent at once, or ctx
// ends.
func (o *outbox) run(ctx context.Context) {
	defer close(o.done)
	defer o.background.Wait()
	defer close(o.sends)
	for range senders {
		o.background.Go(func() { o.send(ctx) })
	}
	quit, shared := o.d.queue.quit, o.d.leases.shared()
	closing := false
	for {
		drained := closing && o.d.queue.empty() // all is committed: read once more
		o.stale = o.stale || drained
		wait := o.sendDue(ctx)
		if shared && o.look == nil {
			o.look = o.d.clock.After(sharedPoll(o.polls))
		}
		if drained && len(o.inFlight) == 0 {
			return
		}
		select {
		case <-o.wake:
			o.collect()
			o.stale = o.stale || !shared || o.more
		case <-o.look:
			o.look, o.stale = nil, true
			o.polls++
		case <-o.d.clock.After(wait):
			if !shared { // otherwise the next look is soon enough
				o.stale = true
				o.polls++
			}
		case <-quit:
			quit, closing = nil, true
		case <-ctx.Done():
			for len(o.inFlight) > 0 {
				<-o.wake
				o.collect()
			}
			return
		}
	}
}

// send is one of the senders.
func (o *outbox) send(ctx context.Context) {
	for m := range o.sends {
		o.d.deliver(ctx, m)
	}
}

// sendDue sends whatever may be sent now, and returns the delay until the next poll.
func (o *outbox) sendDue(ctx context.Context) time.Duration {
	now := o.d.clock.Now()
	o.evict(now)
	o.takeShare(now)
	o.retries = slices.DeleteFunc(o.retries, func(t time.Time) bool { return !t.After(now) })
	if o.invalid.Swap(false) {
		o.buffer, o.stale = nil, true
	}
	o.sendFresh(now)
	wait := o.sendBuffer(now)
	if !o.stale || len(o.inFlight) >= maxInFlight || len(o.buffer) >= maxHeld {
		return wait
	}
	if delay := o.allBlocked(now); delay > 0 {
		return min(wait, delay)
	}
	o.fill(ctx, now)
	return o.sendBuffer(now)
}

// sendFresh sends what was just committed, without reading it from the store. What may not go
// now is read when it may: by then it can be replaced or removed. Nothing overtakes what waits
// for the pace of its channel.
func (o *outbox) sendFresh(now time.Time) {
	if !o.d.leases.shared() {
		return
	}
	for _, d := range o.d.leases.Fresh() {
		o.polls = 0
		if len(o.buffer) == 0 && !o.more && len(o.inFlight) < maxInFlight && o.sendable(d.Message.Chat, now) && o.delay(d.Message, now) == 0 {
			o.launch(d)
		}
	}
}

// sendable reports whether nothing is in flight to a chat and its channel does not throttle it.
func (o *outbox) sendable(chat Chat, now time.Time) bool {
	_, busy := o.inFlight[chat]
	return !busy && o.held[chat].left(now) == 0 && o.total[chat.Channel] != nil
}

// launch gives a message to the senders.
func (o *outbox) launch(d Delivery) {
	o.inFlight[d.Message.Chat] = d.ID
	o.begin(d.Lease.Name)
	o.sends <- d // never blocks: its capacity is maxInFlight
}

// fill replaces the buffer by what is due in the store.
func (o *outbox) fill(ctx context.Context, now time.Time) {
	o.stale = false
	limit := batch + len(o.buffer) + len(o.held)
	due, err := o.d.store.Due(ctx, now, limit, slices.Collect(maps.Values(o.inFlight)))
	if err != nil {
		o.d.log.Error("reading the outbox failed", "error", err)
		o.retries = append(o.retries, now.Add(retryAfter))
		return
	}
	if len(due) > 0 {
		o.polls = 0
	}
	o.more = len(due) >= limit
	o.buffer = o.buffer[:0]
	for _, d := range due {
		// A chat can still be in flight with the message before this one. A held message is read
		// again when it may go: it can be replaced or removed by then.
		if o.sendable(d.Message.Chat, now) {
			o.buffer = append(o.buffer, d)
		}
	}
}

// sendBuffer sends the messages of the buffer that may go now and holds back the others.
func (o *outbox) sendBuffer(now time.Time) time.Duration {
	wait := idlePoll.Delay(o.polls + 1)
	if len(o.retries) > 0 {
		wait = min(wait, slices.MinFunc(o.retries, time.Time.Compare).Sub(now))
	}
	for _, p := range o.held {
		if left := p.left(now); left > 0 {
			wait = min(wait, left)
		}
	}
	held := o.buffer[:0]
	for _, d := range o.buffer {
		if len(o.inFlight) >= maxInFlight {
			held = append(held, d)
			continue
		}
		if delay := o.delay(d.Message, now); delay > 0 {
			held = append(held, d)
			wait = min(wait, delay)
			continue
		}
		o.launch(d)
	}
	clear(o.buffer[len(held):])
	o.buffer = held
	return wait
}

// delay returns how long a message has to wait for the pace of its channel and its chat;
// 0: it may go, and its tokens are taken.
func (o *outbox) delay(m Message, now time.Time) time.Duration {
	if delay := o.blocked(m.Chat.Channel, now); delay > 0 {
		return delay
	}
	total := o.total[m.Chat.Channel]
	if total.Limit() != rate.Inf {
		if pace := o.paceOf(paced{m.Chat, m.Edit}); pace != nil {
			if delay := untilToken(pace, now); delay > 0 {
				return delay
			}
			pace.AllowN(now, 1)
		}
	}
	total.AllowN(now, 1)
	return 0
}

// paceOf returns the limiter of a chat; nil if its channel has no pace.
func (o *outbox) paceOf(p paced) *rate.Limiter {
	limiter := o.pace[p]
	if limiter == nil {
		traits := o.d.channels[p.chat.Channel].Traits()
		pace := traits.Pace
		if p.edit {
			pace = traits.EditPace
		}
		if pace.Rate == 0 {
			return nil
		}
		limiter = rate.NewLimiter(rate.Limit(pace.Rate), pace.Burst)
		o.pace[p] = limiter
	}
	return limiter
}

// blocked returns how long nothing may be sent to a channel.
func (o *outbox) blocked(channel string, now time.Time) time.Duration {
	return max(o.paused[channel].left(now), untilToken(o.total[channel], now))
}

// allBlocked returns how long nothing may be sent to any channel; until then reading the
// store is useless.
func (o *outbox) allBlocked(now time.Time) time.Duration {
	delay := pollInterval
	for channel := range o.total {
		delay = min(delay, o.blocked(channel, now))
	}
	return delay
}

// untilToken returns the time until a limiter allows one more event, without taking a token.
func untilToken(l *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - l.TokensAt(now)
	if l.Limit() == rate.Inf || missing <= 0 {
		return 0
	}
	if l.Limit() <= 0 { // other processes send everything
		return time.Second
	}
	return max(time.Millisecond, time.Duration(missing/float64(l.Limit())*float64(time.Second)))
}

// report passes the result of a send to run. It never blocks.
func (o *outbox) report(r result) {
	o.mu.Lock()
	o.results = append(o.results, r)
	o.mu.Unlock()
	signal(o.wake)
}

// collect takes the results of finished sends; the next message of each chat may go.
func (o *outbox) collect() {
	o.mu.Lock()
	results := o.results
	o.results = nil
	for _, r := range results {
		if r.lease != "" {
			o.under[r.lease]--
		}
	}
	o.mu.Unlock()
	for _, r := range results {
		delete(o.inFlight, r.chat)
		o.obey(r, o.d.clock.Now())
		if !r.retry.IsZero() {
			o.retries = append(o.retries, r.retry)
		}
	}
}

// begin counts a message that is sent under a lease.
func (o *outbox) begin(lease string) {
	if lease == "" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.under == nil {
		o.under = map[string]int{}
	}
	o.under[lease]++
}

// busy reports whether messages are in flight under a lease.
func (o *outbox) busy(lease string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.under[lease] > 0
}

// takeShare sets the rate of this process to its share of the messages per second, which is its
// share of the chats.
func (o *outbox) takeShare(now time.Time) {
	if !o.d.leases.shared() || o.rate <= 0 {
		return
	}
	limit := rate.Limit(o.rate * o.d.leases.Sending())
	for _, total := range o.total {
		if total.Limit() != limit {
			total.SetLimitAt(now, limit)
		}
	}
}

// obey applies the pauses that a channel requested.
func (o *outbox) obey(r result, now time.Time) {
	switch {
	case r.sent:
		delete(o.refused, r.channel)
		delete(o.locks, r.channel)
		delete(o.refusals, r.channel)
	case r.locked:
		if o.paused[r.channel].left(now) == 0 {
			o.locks[r.channel]++
			o.paused[r.channel] = newPause(now, lockBackoff.Delay(o.locks[r.channel]))
		}
	case r.pause > 0:
		o.held[r.chat] = newPause(now, r.pause)
		chats := o.refused[r.channel]
		if chats == nil {
			chats = map[Chat]bool{}
			o.refused[r.channel] = chats
		}
		// Throttled sends that were in flight together count once.
		if chats[r.chat] = true; (r.everyone || len(chats) >= severalChats) && o.paused[r.channel].left(now) == 0 {
			o.refusals[r.channel]++
			o.paused[r.channel] = newPause(now, max(r.pause, throttleBackoff.Delay(o.refusals[r.channel])))
		}
	}
}

// evict frees the limiters of idle chats, once a minute.
func (o *outbox) evict(now time.Time) {
	if since := now.Sub(o.evicted); since >= 0 && since < time.Minute {
		return
	}
	o.evicted = now
	for p, l := range o.pace {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(o.pace, p)
		}
	}
	for chat, p := range o.held {
		if p.left(now) == 0 {
			delete(o.held, chat)
		}
	}
}
