package bot_test

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"sync"

	"digiwijzer/bot"
)

// running is a dispatcher that runs on a guarded clock, as serve does it.
type running struct {
	*bot.Dispatcher
	clock    bot.Clock
	shutDown func() error // ends it and returns what Run returned
}

// run starts a dispatcher.
func run(o bot.Options) *running {
	log := o.Log
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	o.Clock = bot.GuardClock(cmp.Or[bot.Clock](o.Clock, bot.SystemClock{}), log)
	r := &running{Dispatcher: bot.NewDispatcher(o), clock: o.Clock}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	r.shutDown = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	return r
}
