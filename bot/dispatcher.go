// Package bot is the desk between the channels and the conversation. It takes what
// people do in any channel, gives each chat its turn in order, makes every turn
// durable exactly once, and delivers the replies.
//
// A channel decodes its own events into an Update and calls Handle or Submit; only
// when that reports success may it tell its platform that the update was received.
package bot

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"digiwijzer/flows"
)

// Engine leads the conversation. Step must be pure: it runs inside a transaction,
// and again when that transaction is repeated.
//
// An engine that also has the method Stands(flows.Session) string tells at which
// question an unfinished run stands, so that it can be counted when it expires.
type Engine interface {
	Step(s flows.Session, in flows.Input) flows.Turn
}

// Options are what a desk works with. Store and Engine are required.
type Options struct {
	Store    Store
	Engine   Engine
	Channels []Channel // those that deliver through the outbox; others show the turn themselves

	// TryOut tells of updates that are never counted: a coordinator's own chat, a
	// demo. Nil: none. Sessions begun as a try-out stay one.
	TryOut func(Update) bool
	// Content is the version of the content that Engine was made from; health shows it.
	Content string
	// SendRate is the number of messages a second over all chats of a channel; 0 is no
	// pacing at all, per chat neither.
	SendRate float64
	// Clock is the time; nil: SystemClock.
	Clock Clock
	// Random returns a number in 0..n-1, for spreading follow-ups and repeated tries;
	// nil: math/rand/v2.
	Random func(n int) int
	// Log receives what an operator should know: never a person, a text or an id of a
	// chat. Nil: nothing is logged.
	Log *slog.Logger
}

// The reasons why an update is not taken. A channel answers each of them so that
// its platform delivers the update again.
var (
	ErrClosed  = errors.New("the desk is closing")
	ErrFlooded = errors.New("too many updates are waiting")
	ErrLocked  = errors.New("the channel's token is refused")
	ErrStorage = errors.New("the storage does not accept anything") // see StorageError
)

// Dispatcher takes updates and sees to everything that follows from them. Its methods may
// be called from any goroutine.
type Dispatcher struct {
	Options
	engine   atomic.Pointer[Engine]
	channels map[string]Channel
	queue    *queue
	outbox   *outbox
	state    *state
	counts   counts

	stop    context.CancelFunc // ends everything, at once
	running sync.WaitGroup
}

// NewDispatcher opens a desk: from now on it takes updates, delivers what an earlier run
// left in the outbox, and runs the timed jobs, until Close.
func NewDispatcher(o Options) *Dispatcher {
	if o.Random == nil {
		o.Random = rand.IntN
	}
	if o.TryOut == nil {
		o.TryOut = func(Update) bool { return false }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	o.Clock = newSteady(cmp.Or[Clock](o.Clock, SystemClock{}), o.Log)
	d := &Dispatcher{Options: o, channels: map[string]Channel{}}
	for _, c := range o.Channels {
		d.channels[c.Name()] = c
	}
	d.engine.Store(&o.Engine)
	d.state = newState(o.Content)
	d.queue = newQueue(o.Clock)
	d.outbox = newOutbox(d)

	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	d.running.Go(func() { d.write(ctx) })
	d.running.Go(func() { d.outbox.run(ctx) })
	d.running.Go(func() { d.runJobs(ctx) })
	return d
}

// Handle takes one update and waits until its turn is durable. It returns the turn,
// for a channel that shows the replies itself; channels with an outbox ignore it.
//
// The turn has no replies when the update was seen before or the person is gone.
// An update that cannot be handled at all is put aside after three tries and
// answered with an apology: that too is success. When ctx ends first its error is
// returned and the update may still be handled; delivering it again does no harm.
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

// Submit is Handle without the waiting: it puts the update in its chat's queue, in
// the order of the calls, and returns. done is called once, when the turn is durable
// or refused (possibly before Submit returns), and must not block.
func (d *Dispatcher) Submit(u Update, done func(flows.Turn, error)) {
	err := d.state.refusal(u.Chat.Channel, d.Clock.Now())
	if err == nil {
		err = d.queue.add(&job{update: u, done: done})
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
	d.state.setContent(version, nil)
}

// ReportContent tells health that new content was refused and the running content
// stays; nil: that is over.
func (d *Dispatcher) ReportContent(problem error) { d.state.setContent("", problem) }

// Report tells health how a channel's own intake is doing: nil when it works, and
// otherwise why not. The error must hold no secret. A *SendError with the verdict
// Locked stops the channel's intake for good.
func (d *Dispatcher) Report(channel string, problem error) { d.state.report(channel, problem) }

// Close refuses new updates, finishes those that wait, sends what can be sent at
// once and stops. When ctx ends first it returns ctx's error; nothing is lost then
// either: what was not committed was not acknowledged, and what was not sent is
// in the outbox.
func (d *Dispatcher) Close(ctx context.Context) error {
	d.queue.close()
	done := make(chan struct{})
	go func() {
		d.running.Wait()
		close(done)
	}()
	defer d.stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		d.stop()
		<-done
		return ctx.Err()
	}
}

// step lets the engine make a turn.
func (d *Dispatcher) step(s flows.Session, in flows.Input) flows.Turn {
	return (*d.engine.Load()).Step(s, in)
}

// stands asks the engine where an unfinished run stands; empty when it cannot tell.
func (d *Dispatcher) stands(s flows.Session) string {
	if e, ok := (*d.engine.Load()).(interface{ Stands(flows.Session) string }); ok {
		return e.Stands(s)
	}
	return ""
}

// sendTimeout bounds one call to a channel. Telegram answers well within it.
const sendTimeout = 35 * time.Second
