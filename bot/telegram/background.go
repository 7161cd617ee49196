package telegram

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// maxBackground is how many calls are in flight at most, and how many more are queued.
	maxBackground = 1024
	// backgroundTimeout bounds one call: Telegram accepts answers to presses for a few
	// seconds only.
	backgroundTimeout = 10 * time.Second
)

// background is a bounded pool for calls that no turn waits for: answers to presses,
// leaving groups, menus. Calls beyond its bound are dropped.
type background struct{ queue chan func(context.Context) }

func newBackground() background {
	return background{make(chan func(context.Context), maxBackground)}
}

// try enqueues a call. It returns false, and drops the call, when the queue is full.
func (b background) try(call func(context.Context)) bool {
	select {
	case b.queue <- call:
		return true
	default:
		return false
	}
}

// run makes the calls until ctx ends, and returns when the last one has ended.
func (b background) run(ctx context.Context) error {
	var calls errgroup.Group
	calls.SetLimit(maxBackground)
	for {
		select {
		case call := <-b.queue:
			calls.Go(func() error {
				ctx, cancel := context.WithTimeout(ctx, backgroundTimeout)
				defer cancel()
				call(ctx)
				return nil
			})
		case <-ctx.Done():
			return calls.Wait()
		}
	}
}
