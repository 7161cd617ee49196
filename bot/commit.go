package bot

import (
	"context"
	"fmt"

	"digiwijzer/flows"
)

// write commits group after group: whatever waits when the last commit is done goes
// into the next, so that a quiet desk adds no delay and a busy one shares the cost of
// making things durable. It ends when the outbox has ended, since that still records
// what it delivered.
func (d *Dispatcher) write(ctx context.Context) {
	for {
		d.queue.gather()
		works, turns := d.queue.take()
		if len(works)+len(turns) > 0 {
			d.commit(ctx, works, turns)
			continue
		}
		select {
		case <-d.queue.wake:
		case <-d.outbox.done:
			d.abandon()
			return
		}
	}
}

// abandon tells everyone who still waits that the desk has closed.
func (d *Dispatcher) abandon() {
	works, jobs := d.queue.abandon()
	for _, w := range works {
		w.done(ErrClosed)
	}
	for _, j := range jobs {
		j.done(flows.Turn{}, ErrClosed)
	}
}

// commit makes one group durable and then tells each caller.
func (d *Dispatcher) commit(ctx context.Context, works []work, turns []turn) {
	group := make([]Work, 0, len(works)+len(turns))
	for _, w := range works {
		group = append(group, Work{Chats: w.chats, Shared: w.shared, Do: d.guard("", w.do)})
	}
	for _, t := range turns {
		u := t.job.update
		group = append(group, Work{Chats: []Chat{u.Chat}, Updates: []string{u.Key}, Shared: u.Errand != nil, Do: d.guard(u.Key, d.try(t.job))})
	}
	each, err := d.Store.Apply(ctx, group)
	errs := d.judge(each, err, len(group))
	for i, w := range works {
		w.done(errs[i])
	}
	for i, t := range turns {
		d.settle(t, errs[len(works)+i])
	}
	signal(d.outbox.wake)
}

// judge gives one error per work, and notes how the storage is doing. When the
// transaction as a whole failed, each work gets the same *StorageError; otherwise an
// error is a failure of that work alone.
func (d *Dispatcher) judge(each []error, err error, n int) []error {
	d.counts.commits.Add(1)
	if err == nil {
		d.state.committed(nil, d.Clock.Now())
		return each
	}
	fault := newStorageError(err)
	d.counts.faults.Add(1)
	d.Log.Error("the storage failed", "error", err)
	d.state.committed(fault, d.Clock.Now())
	each = make([]error, n)
	for i := range each {
		each[i] = fault
	}
	return each
}

// settle deals with a turn after its transaction.
func (d *Dispatcher) settle(t turn, err error) {
	j := t.job
	if err == nil {
		if j.update.Gone || j.turn.Facts.Erase {
			d.outbox.spoiled.Store(true)
		}
		d.queue.finish(t.line)
		d.count(j)
		j.done(j.turn, nil)
		return
	}
	if j.tries++; !isStorage(err) && j.tries < giveUp {
		d.counts.failures.Add(1)
		j.class = failureClass(err)
		d.queue.again(t.line)
		return
	}
	for _, waiting := range d.queue.fail(t.line) {
		waiting.done(flows.Turn{}, err)
	}
}

// panicError is a panic caught in a work. Only its type is kept: its text might hold
// what a person typed.
type panicError struct{ kind string }

func (e *panicError) Error() string { return "panic " + e.kind }

// guard keeps a panic inside the work, whose savepoint then rolls back.
func (d *Dispatcher) guard(key string, do func(Tx) error) func(Tx) error {
	return func(tx Tx) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = &panicError{fmt.Sprintf("%T", p)}
				d.Log.Error("a turn failed", "update", key, "error", err, "stack", stack())
			}
		}()
		return do(tx)
	}
}
