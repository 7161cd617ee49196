// Package demo fills a store with the conversations of invented people, so that there are figures to look at before anyone has
// used the bot. The people come from the synthetic population; their inputs go through a separate dispatcher, on a clock that
// runs from half a year ago until now, so that they are counted exactly as real people are.
package demo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/flows/simulation"
	"digiwijzer/referral"
)

// The size of a demo.
const (
	People = 280 // conversations
	weeks  = 26  // enough to contain a closed quarter at nearly any date
	seed   = 1

	// All people of a week come on one day, so that their taps share transactions, at this
	// hour in the Netherlands, at which follow-ups may be sent.
	hour = 12
)

// answerAfter is when the follow-up is answered: by then it has been asked, and not yet withdrawn.
const answerAfter = bot.FollowUpDays + bot.FollowUpSpreadDays + 1

// Options configure a demo. All but Partners and Progress are required.
type Options struct {
	Store      bot.Store // empty
	Engine     *flows.Engine
	Population *simulation.Population
	Partners   []string  // codes of the partners through which people come
	Now        time.Time // the end of the demo
	// Progress is called from time to time with the number of conversations so far; may be nil.
	Progress func(done int)
}

// Fill runs the conversations of the invented people. It returns the context's error if ctx ends first. The same options give
// the same figures.
func Fill(ctx context.Context, o Options) error {
	visitors, err := drawVisitors(o)
	if err != nil {
		return err
	}
	clock := &clock{now: dayOf(o.Now, 0)}
	f := &filler{options: o, clock: clock, visitors: visitors}
	f.dispatcher = bot.NewDispatcher(bot.Options{Store: o.Store, Engine: o.Engine, Clock: clock})
	running, stop := context.WithCancel(ctx)
	defer stop()
	var dispatching errgroup.Group
	dispatching.Go(func() error { return f.dispatcher.Run(running) })
	err = f.fill(ctx)
	stop()
	return errors.Join(err, dispatching.Wait())
}

// filler is a demo being filled.
type filler struct {
	options    Options
	dispatcher *bot.Dispatcher
	clock      *clock
	visitors   []*visitor // in the order in which they come
	promised   []followUp // not answered yet
}

// followUp is an answer that will be given.
type followUp struct {
	visitor *visitor
	after   time.Time
}

// fill goes through the weeks, and ends now.
func (f *filler) fill(ctx context.Context) error {
	done := 0
	for week := range weeks {
		next := comeBy(week + 1)
		f.clock.set(dayOf(f.options.Now, week))
		if err := f.week(ctx, f.visitors[done:next]); err != nil {
			return err
		}
		if done = next; f.options.Progress != nil && (week%9 == 8 || week == weeks-1) {
			f.options.Progress(done)
		}
	}
	f.clock.set(f.options.Now)
	return f.dispatcher.RunJobs(ctx)
}

// comeBy returns the number of people who came in weeksPassed weeks: slowly more each week.
func comeBy(weeksPassed int) int { return int(People * math.Pow(float64(weeksPassed)/weeks, 1.3)) }

// dayOf returns the time at which the people of a week come; that of the last week is the latest one at least an hour before
// now, by when all of them have finished.
func dayOf(now time.Time, week int) time.Time {
	last := now.Add(-time.Hour).In(referral.Netherlands)
	if last.Hour() < hour {
		last = last.AddDate(0, 0, -1)
	}
	return time.Date(last.Year(), last.Month(), last.Day()-7*(weeks-1-week), hour, 0, 0, 0, referral.Netherlands)
}

// week starts the conversations of the visitors of a week, runs the jobs, and then concurrently the rest of the conversations
// and the answers to earlier follow-ups.
func (f *filler) week(ctx context.Context, visitors []*visitor) error {
	today := f.clock.Now()
	for _, took := range slices.Backward(durations) {
		f.clock.set(today.Add(-took))
		if err := f.begin(ctx, visitors, took); err != nil {
			return fmt.Errorf("conversations of %s: %w", today.Format(time.DateOnly), err)
		}
	}
	f.clock.set(today)
	if err := f.dispatcher.RunJobs(ctx); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, v := range visitors {
		group.Go(func() error { return v.visit(ctx, f.dispatcher, f.options.Engine, today) })
	}
	f.promised = slices.DeleteFunc(f.promised, func(p followUp) bool {
		if today.Before(p.after) {
			return false
		}
		group.Go(func() error { return p.visitor.answerFollowUp(ctx, f.dispatcher) })
		return true
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("conversations of %s: %w", today.Format(time.DateOnly), err)
	}
	for _, v := range visitors {
		if v.promised && v.answersFollowUp {
			f.promised = append(f.promised, followUp{v, today.AddDate(0, 0, answerAfter)})
		}
	}
	return nil
}

// begin starts the conversations of the visitors that take this long.
func (f *filler) begin(ctx context.Context, visitors []*visitor, took time.Duration) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, v := range visitors {
		if v.took == took {
			group.Go(func() error { return v.begin(ctx, f.dispatcher, f.options.Engine) })
		}
	}
	return group.Wait()
}

// drawVisitors draws the people of a demo, in random order.
func drawVisitors(o Options) ([]*visitor, error) {
	drawn, err := simulation.Draw(o.Engine, o.Population, simulation.Sample{N: People, Seed: seed, Today: referral.DayOf(o.Now)})
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(seed, People))
	random.Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	visitors := make([]*visitor, len(drawn))
	for i, answers := range drawn {
		visitors[i] = newVisitor(i, answers, o.Partners)
	}
	return visitors, nil
}

// clock is a fake clock.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

var _ bot.Clock = (*clock)(nil)

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After never sends: the demo runs the jobs itself, and nothing is sent.
func (c *clock) After(time.Duration) <-chan time.Time { return nil }

func (c *clock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}
