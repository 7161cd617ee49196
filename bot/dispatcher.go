// Package bot dispatches updates: it queues them per chat, lets the conversation engine
// make a turn of each, commits turns in groups exactly once, and delivers the replies.
//
// One update takes this way: a channel decodes it and calls Submit (or Handle) → queue →
// write → commit → Store.Apply → turn → Engine.Step → Channel.Compose → outbox →
// Channel.Send. Only after Submit reports success may the channel acknowledge the update
// to its platform.
package bot

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"digiwijzer/bot/admission"
	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Engine conducts the conversation. Step must be pure: it runs inside a transaction,
// and again when that transaction is repeated.
type Engine interface {
	Step(s flows.Session, in flows.Input) flows.Turn
}

// PendingQuestioner is an Engine that names the current question of an unfinished
// conversation, so that it can be counted when the conversation expires.
type PendingQuestioner interface {
	// Pending returns the id of the question; empty when there is none.
	Pending(s flows.Session) string
}

var _ PendingQuestioner = (*flows.Engine)(nil)

// Options configure a Dispatcher. Store and Engine are required.
type Options struct {
	Store    Store
	Engine   Engine
	Channels []Channel // those that deliver through the outbox

	// TryOut selects updates that are never counted: a coordinator's own chat, a
	// demo. Nil: none. A session that began as a try-out remains one.
	TryOut func(Update) bool
	// Admission decides which conversations of a channel without accounts count, and detects
	// identical answers in any channel. Nil: all count.
	Admission *admission.Guard
	// Content is the version of the content that Engine was made from; health shows it.
	Content string
	// SendRate is the number of messages per second over all chats of a channel; 0
	// disables all pacing, per chat too.
	SendRate float64
	// Clock is the time; nil: SystemClock. See GuardClock.
	Clock Clock
	// Random returns a number in 0..n-1, for spreading follow-ups and retries; nil:
	// math/rand/v2.
	Random func(n int) int
	// Grace is how long Run goes on after its context has ended, to finish what was
	// accepted; 0: DefaultGrace.
	Grace time.Duration
	// Observe, if set, is called after each committed update with its channel and the time
	// since it was queued. It must not block.
	Observe func(channel string, sinceQueued time.Duration)
	// Log never receives a chat id or anything that a person wrote. Nil: nothing is logged.
	Log *slog.Logger
}

// DefaultGrace is how long a shutdown may take.
const DefaultGrace = 10 * time.Second

// Dispatcher accepts updates and carries out everything that follows from them. Its
// methods may be called from any goroutine.
type Dispatcher struct {
	store    Store
	channels map[string]Channel
	tryOut   func(Update) bool
	guard    *admission.Guard // nil: all conversations count
	clock    Clock
	random   func(n int) int
	grace    time.Duration
	log      *slog.Logger

	engine atomic.Pointer[Engine]
	queue  *queue
	outbox *outbox
	jobs   jobs
	room   room
	state  *state
	counts counts
	leases leases

	committing committing
	observe    func(channel string, sinceQueued time.Duration) // called after each committed update

	uncounted uncounted
}

// NewDispatcher returns a dispatcher that accepts updates; Run handles them.
func NewDispatcher(o Options) *Dispatcher {
	d := &Dispatcher{
		store: o.Store, channels: map[string]Channel{}, tryOut: o.TryOut, guard: o.Admission, clock: cmp.Or[Clock](o.Clock, SystemClock{}),
		random: o.Random, grace: cmp.Or(o.Grace, DefaultGrace), log: o.Log, state: newState(o.Content, cmp.Or[Clock](o.Clock, SystemClock{}).Now()),
	}
	if d.observe = o.Observe; d.observe == nil {
		d.observe = func(string, time.Duration) {}
	}
	if d.random == nil {
		d.random = rand.IntN
	}
	if d.tryOut == nil {
		d.tryOut = func(Update) bool { return false }
	}
	if d.log == nil {
		d.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	for _, c := range o.Channels {
		d.channels[c.Name()] = c
	}
	d.engine.Store(&o.Engine)
	d.leases = newLeases(o.Store)
	d.queue = newQueue(d.clock)
	if d.leases.shared() {
		d.queue.busy = map[Chat]bool{}
	}
	d.outbox = newOutbox(d, o.SendRate)
	d.jobs.list, d.jobs.wake = d.newJobs(), make(chan struct{}, 1)
	return d
}

// Run handles updates, delivers messages (also those that an earlier run left in the
// outbox) and runs the timed jobs until ctx ends. Then it refuses new updates, finishes
// the accepted ones, sends what can be sent at once and returns. After the grace period it
// stops with an error; nothing is lost then either: what was not committed was not
// acknowledged, and what was not sent is in the outbox. It may be called once.
func (d *Dispatcher) Run(ctx context.Context) error {
	work, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	var group errgroup.Group
	group.Go(func() error { d.write(work); return nil })
	group.Go(func() error { d.outbox.run(work); return nil })
	group.Go(func() error { d.runJobs(work); return nil })
	group.Go(func() error { d.watch(work); return nil })
	group.Go(func() error { d.renewLeases(work); return nil })
	drained := make(chan error, 1)
	go func() { drained <- group.Wait() }()

	<-ctx.Done()
	d.queue.close()
	grace, cancel := context.WithTimeout(work, d.grace)
	defer cancel()
	select {
	case err := <-drained:
		return err
	case <-grace.Done():
		abort()
		<-drained
		return fmt.Errorf("drain dispatcher: %w", grace.Err())
	}
}

// Handle submits one update and waits until its turn is durable. It returns the turn,
// for a channel that shows the replies itself; channels with an outbox ignore it.
//
// The turn has no replies when the update is a duplicate or the person is gone. An update
// that fails three times is parked and answered with an apology: that too is success.
// When ctx ends first its error is returned and the update may still be handled;
// delivering it again is safe.
func (d *Dispatcher) Handle(ctx context.Context, u Update) (flows.Turn, error) {
	type result struct {
		turn flows.Turn
		err  error
	}
	ready := make(chan result, 1)
	d.Submit(u, func(t flows.Turn, err error) { ready <- result{t, err} })
	select {
	case r := <-ready:
		return r.turn, r.err
	case <-ctx.Done():
		return flows.Turn{}, ctx.Err()
	}
}

// Submit is Handle without waiting: it appends the update to its chat's queue and
// returns. done is called once, when the turn is durable or refused (possibly before
// Submit returns), and must not block.
func (d *Dispatcher) Submit(u Update, done func(flows.Turn, error)) {
	now := d.clock.Now()
	err := d.state.refusal(now)
	if err == nil {
		err = d.queue.add(&pendingUpdate{update: u, done: done, queued: now})
	}
	if err != nil {
		d.counts.refused.Add(1)
		done(flows.Turn{}, err)
	}
}

// SetEngine swaps the content: turns from now on are made with e. version is shown
// by health.
func (d *Dispatcher) SetEngine(e Engine, version string) {
	d.engine.Store(&e)
	d.state.setContent(version, nil, d.clock.Now())
}

// ReportContent makes health show that newer content was refused; nil clears it.
func (d *Dispatcher) ReportContent(problem error) { d.state.setContent("", problem, d.clock.Now()) }

// ReportChecking makes health show that newer content is being checked, until SetEngine or
// ReportContent.
func (d *Dispatcher) ReportChecking() { d.state.setChecking() }

// Report makes health show how a part of a channel is, such as its intake: nil when it works,
// and otherwise the problem, which must hold no secret. Health turns red when a problem has
// lasted for two minutes.
func (d *Dispatcher) Report(channel, part string, problem error) {
	d.state.report(channel, part, problem, d.clock.Now())
}

// HalfYear returns the current half-year, such as "2026H2": a person is counted once in
// each.
func (d *Dispatcher) HalfYear() string { return referral.HalfYearOf(d.clock.Now()) }

// step lets the engine make a turn. A channel with an outbox states what it allows; the
// others say so in the input.
func (d *Dispatcher) step(s flows.Session, chat Chat, in flows.Input) flows.Turn {
	in.Channel = chat.Channel
	if c := d.channels[chat.Channel]; c != nil {
		in.Can = c.Traits().can()
	}
	return (*d.engine.Load()).Step(s, in)
}

// pending returns the current question of an unfinished conversation; empty when the
// engine does not say.
func (d *Dispatcher) pending(s flows.Session) string {
	if e, ok := (*d.engine.Load()).(PendingQuestioner); ok {
		return e.Pending(s)
	}
	return ""
}
