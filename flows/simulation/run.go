package simulation

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Sample determines how many businesses to draw from a population, and how.
type Sample struct {
	N        int // number of businesses, at least 1
	Seed     uint64
	Today    referral.Date  // day of the advice
	Progress func(done int) // if set, called with the number finished since the last call, concurrently
}

// Run draws a sample and advises each business with the engine. The same engine,
// population and sample give the same result. It returns the context's error if
// the context ends first.
func Run(ctx context.Context, e *flows.Engine, p *Population, s Sample) (Result, error) {
	if s.N < 1 {
		return Result{}, errors.New("a simulation needs at least one business")
	}
	d := newDrawer(e, p, s)
	workers := runtime.GOMAXPROCS(0)
	parts := make([]*tallies, workers)
	errs := make([]error, workers)
	var running sync.WaitGroup
	for w := range workers {
		parts[w] = newTallies()
		running.Go(func() { errs[w] = d.run(ctx, w, workers, parts[w]) })
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return Result{}, err
	}
	all := newTallies()
	for _, part := range parts {
		all.merge(part)
	}
	return all.result(e, p, s, d.total), nil
}

// progressStep is the number of businesses between two calls of Progress by one worker.
const progressStep = 1000

// run advises every workers-th business, beginning with number first.
func (d *drawer) run(ctx context.Context, first, workers int, into *tallies) error {
	for i, done := first, 0; i < d.sample.N; i += workers {
		business, answers := d.draw(i)
		result, err := d.advise(answers, i)
		if err != nil {
			return err
		}
		into.add(business, result)
		if done++; done%progressStep == 0 {
			if d.sample.Progress != nil {
				d.sample.Progress(progressStep)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}
