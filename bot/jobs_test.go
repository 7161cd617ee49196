package bot_test

import (
	"context"
	"testing"
	"time"

	"digiwijzer/bot"
	"digiwijzer/store/memdir"
)

// slowShrink is a store with tables so large that shrinking never ends by itself.
type slowShrink struct {
	bot.Store
	began chan struct{}
}

func (s slowShrink) Shrink(ctx context.Context, _ time.Time) (int, error) {
	close(s.began)
	<-ctx.Done()
	return 0, ctx.Err()
}

// TestShrinkingEndsWithTheDispatcher: a stop waits for no large table.
func TestShrinkingEndsWithTheDispatcher(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		began := make(chan struct{})
		h := openHarness(t, memdir.New(t), func(o *bot.Options) { o.Store = slowShrink{o.Store, began} })
		<-began
		h.stop() // fails after the grace period if Shrink does not end
	})
}
