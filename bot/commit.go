package bot

import (
	"context"
	"errors"
	"time"

	"digiwijzer/flows"
)

// write commits one group after another: whatever was queued during a commit goes into the
// next, so that an idle dispatcher adds no delay and a busy one shares the cost of an
// fsync. Where the store locks chats by itself, some groups are in flight at the same time. It
// ends after the outbox, which still records what it delivered.
func (d *Dispatcher) write(ctx context.Context) {
	ended, inFlight := make(chan struct{}, groupsInFlight), 0
	for {
		tasks, heads, wait := d.queue.take(inFlight)
		switch {
		case len(tasks)+len(heads) == 0:
		case !d.leases.shared():
			d.commit(ctx, tasks, heads)
			continue
		default:
			go func() {
				d.commit(ctx, tasks, heads)
				d.queue.free(tasks, heads)
				ended <- struct{}{}
			}()
			if inFlight++; inFlight == groupsInFlight {
				<-ended
				inFlight--
			}
			continue
		}
		var ready <-chan time.Time // nil: no chat is throttled
		if wait > 0 {
			ready = d.clock.After(wait)
		}
		select {
		case <-d.queue.wake:
		case <-ready:
		case <-ended:
			inFlight--
		case <-d.outbox.done:
			for ; inFlight > 0; inFlight-- {
				<-ended
			}
			if t, ok := d.uncountedTask(d.clock.Now()); ok {
				d.commit(ctx, []task{t}, nil)
			}
			d.abandon()
			return
		}
	}
}

// abandon rejects what is still queued.
func (d *Dispatcher) abandon() {
	tasks, updates := d.queue.abandon()
	for _, t := range tasks {
		t.done(ErrClosed)
	}
	for _, p := range updates {
		p.done(flows.Turn{}, ErrClosed)
	}
}

// commit applies one group in one transaction, and then calls the done functions.
func (d *Dispatcher) commit(ctx context.Context, tasks []task, heads []head) {
	works := make([]Work, 0, len(tasks)+len(heads))
	for _, t := range tasks {
		works = append(works, Work{Chats: t.chats, Shared: t.shared, Lease: t.lease, NoWait: t.busy < maxPostponed, Do: t.do})
	}
	for _, h := range heads {
		u := h.pending.update
		works = append(works, Work{Chats: []Chat{u.Chat}, Updates: u.keys(), Shared: u.Staff.shared(), NoWait: h.pending.busy < maxPostponed, Do: d.try(h.pending)})
	}
	ended := d.committing.begin(d.clock.Now())
	each, err := d.store.Apply(ctx, works)
	ended()
	errs := d.perWork(each, err, len(works))
	for i, t := range tasks {
		if errors.Is(errs[i], ErrChatBusy) {
			t.busy++
			d.queue.push(t)
			continue
		}
		d.logPanic("", errs[i])
		t.done(errs[i])
	}
	for i, h := range heads {
		d.logPanic(h.pending.update.Key, errs[len(tasks)+i])
		d.complete(h, errs[len(tasks)+i])
	}
	signal(d.outbox.wake)
}

// perWork returns one error per work and updates health. If the transaction as a whole
// failed, each work gets the same *StorageError.
func (d *Dispatcher) perWork(each []error, err error, n int) []error {
	d.counts.commits.Add(1)
	if err == nil {
		d.state.committed(nil, d.clock.Now())
		return each
	}
	fault := newStorageError(err)
	d.counts.faults.Add(1)
	d.log.Error("storage failed", "error", err)
	d.state.committed(fault, d.clock.Now())
	each = make([]error, n)
	for i := range each {
		each[i] = fault
	}
	return each
}

// logPanic logs where a work panicked. The store has recovered it.
func (d *Dispatcher) logPanic(key string, err error) {
	var p Panicked
	if errors.As(err, &p) {
		d.log.Error("turn panicked", "update", key, "kind", p.Kind(), "stack", p.Stack())
	}
}

// complete ends a turn after its transaction, or lets it be retried.
func (d *Dispatcher) complete(h head, err error) {
	p := h.pending
	if err == nil {
		if p.update.Gone || p.turn.Facts.Erase {
			d.outbox.invalid.Store(true)
		}
		d.queue.finish(h.queue)
		d.count(p)
		d.observe(p.update.Chat.Channel, max(0, d.clock.Now().Sub(p.queued)))
		p.done(p.turn, nil)
		return
	}
	if errors.Is(err, ErrChatBusy) {
		p.busy++
		d.queue.retry(h.queue)
		return
	}
	if errors.Is(err, ErrFull) { // nothing was stored, so that the same update can come again
		d.queue.finish(h.queue)
		p.done(flows.Turn{}, err)
		return
	}
	if p.tries++; !isStorage(err) && p.tries < giveUpAfter {
		d.counts.failures.Add(1)
		p.class = failureClass(err)
		d.queue.retry(h.queue)
		return
	}
	for _, waiting := range d.queue.fail(h.queue) {
		waiting.done(flows.Turn{}, err)
	}
}

// count updates the counters after a commit.
func (d *Dispatcher) count(p *pendingUpdate) {
	switch {
	case p.duplicate:
		d.counts.duplicates.Add(1)
	case p.tries >= maxTries:
		d.counts.parked.Add(1)
		d.log.Error("update parked", "update", p.update.Key, "class", p.class)
	case p.update.Gone:
		d.counts.gone.Add(1)
	default:
		d.counts.updates.Add(1)
		for _, week := range p.uncounted {
			d.uncounted.add(week, 1, d.clock.Now())
		}
	}
}

// commitTask runs do on the rows of these chats, or on the shared rows if there are none,
// in the next transaction and waits until it is durable.
func (d *Dispatcher) commitTask(ctx context.Context, chats []Chat, do func(Tx) error) error {
	return d.commitUnder(ctx, Lease{}, chats, do)
}

// commitJob does the same for a job, if this process holds the lease for jobs.
func (d *Dispatcher) commitJob(ctx context.Context, chats []Chat, do func(Tx) error) error {
	return d.commitUnder(ctx, d.lease(LeaseJobs), chats, do)
}

// resultOf runs do with commit, and returns the result of the run that was committed. A transaction can be
// run again, and still be running when commit returns because its context ended.
func resultOf[T any](commit func(do func(Tx) error) error, do func(Tx) (T, error)) (result T, err error) {
	results := make(chan T, 1)
	err = commit(func(tx Tx) error {
		r, err := do(tx)
		if err == nil {
			select {
			case <-results: // of an earlier run
			default:
			}
			results <- r
		}
		return err
	})
	if err != nil {
		return result, err
	}
	return <-results, nil
}

func (d *Dispatcher) commitUnder(ctx context.Context, lease Lease, chats []Chat, do func(Tx) error) error {
	committed := make(chan error, 1)
	d.queue.push(task{chats: chats, shared: chats == nil, lease: lease, do: do, done: func(err error) { committed <- err }})
	select {
	case err := <-committed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func enqueue(tx Outbox, messages []Message, now time.Time) error {
	for _, m := range messages {
		if err := tx.Enqueue(m, now); err != nil {
			return err
		}
	}
	return nil
}
