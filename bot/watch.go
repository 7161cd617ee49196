package bot

import (
	"context"
	"errors"
	"sync"
	"time"
)

// watchInterval is how often the storage is checked.
const watchInterval = 10 * time.Second

// stuckAfter is how long one transaction may take before the process counts as stuck: far
// longer than SQLite waits for a lock.
const stuckAfter = 2 * time.Minute

// watch checks the storage until the queue is closed or ctx ends.
func (d *Dispatcher) watch(ctx context.Context) {
	for {
		select {
		case <-d.clock.After(watchInterval):
			d.checkStorage(ctx)
		case <-d.queue.quit:
			return
		case <-ctx.Done():
			return
		}
	}
}

// checkStorage detects that the files were deleted or replaced, and writes a probe as long as
// the last transaction failed: a proxy sends no visitors to a service that is not ready, so
// nothing else would show that the disk has space again.
func (d *Dispatcher) checkStorage(ctx context.Context) {
	var fault *StorageError
	if err := d.store.Intact(); err != nil {
		fault = newStorageError(err)
	}
	if d.state.lost(fault) {
		d.log.Error("storage is not the one that was opened", "error", fault)
	}
	if fault != nil || d.state.fault() == nil {
		return
	}
	if err := d.store.Probe(ctx); err != nil {
		d.state.committed(newStorageError(err), d.clock.Now())
		return
	}
	d.state.committed(nil, d.clock.Now())
	d.log.Info("storage takes writes again")
}

// Ready returns why a proxy should send no visitors here now; nil: the storage takes a write.
// Refused content or a problem with a channel is no reason.
func (d *Dispatcher) Ready() error {
	if fault := d.state.fault(); fault != nil {
		return fault
	}
	return nil
}

// errStuck is an error that only a restart can clear.
var errStuck = errors.New("a transaction does not end")

// Alive returns why the process should be restarted; nil: the commit loop is running.
func (d *Dispatcher) Alive() error {
	if d.committing.since(d.clock.Now()) > stuckAfter {
		return errStuck
	}
	return nil
}

// committing are the groups in flight.
type committing struct {
	mu    sync.Mutex
	last  int
	began map[int]time.Time
}

// begin registers a group as in flight, until ended is called.
func (c *committing) begin(now time.Time) (ended func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began == nil {
		c.began = map[int]time.Time{}
	}
	c.last++
	id := c.last
	c.began[id] = now
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.began, id)
	}
}

// since returns for how long the oldest group has been in flight; 0: there is none.
func (c *committing) since(now time.Time) (longest time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, began := range c.began {
		longest = max(longest, now.Sub(began))
	}
	return longest
}
