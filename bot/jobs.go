package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"digiwijzer/referral"
)

// job runs at set times, and once at the start in case it was missed.
type job struct {
	name     string
	due      func(last, now time.Time) bool
	run      func(ctx context.Context, now time.Time) (int, error)
	last     time.Time // zero: never
	failures int       // in a row
}

// jobInterval is how often the jobs are checked. Comparing times, instead of sleeping until a
// moment, keeps them right when the clock is set.
const jobInterval = time.Minute

// jobBackoff spaces the retries of a job that failed.
var jobBackoff = Backoff{First: 5 * time.Second, Longest: jobInterval}

// jobs are the jobs of a dispatcher. mu keeps two callers from running them at once.
type jobs struct {
	mu   sync.Mutex
	list []*job
	wake chan struct{} // holds a value when they should be checked at once
}

// handOver is the job that transfers finished conversations to the figures.
const handOver = "hand-over"

func (d *Dispatcher) newJobs() []*job {
	return []*job{
		{name: "sweep", due: hourly, run: d.store.Sweep},
		{name: handOver, due: nightly, run: d.store.HandOver},
		{name: "shrink", due: d.shrinking(), run: d.shrink},
		{name: "follow-up", due: daytime, run: d.askFollowUps},
		{name: "digest", due: mondays, run: d.pushDigest},
	}
}

// shrinkInterval is how often a database server is made to free the space of deleted rows. A
// SQLite file frees it at once.
const shrinkInterval = 10 * time.Minute

func (d *Dispatcher) shrinking() func(last, now time.Time) bool {
	if !d.leases.shared() {
		return nightly
	}
	return func(last, now time.Time) bool { return now.Sub(last) >= shrinkInterval }
}

// shrink gives the space of deleted rows back. It ends when the dispatcher closes, since it can take
// longer than the grace period; the next run continues.
func (d *Dispatcher) shrink(ctx context.Context, now time.Time) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-d.queue.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	return d.store.Shrink(ctx, now)
}

// runJobs runs the jobs until the queue is closed or ctx ends.
func (d *Dispatcher) runJobs(ctx context.Context) {
	for {
		_ = d.RunJobs(ctx) // logged, shown by health and retried
		select {
		case <-d.clock.After(d.jobs.delay()):
		case <-d.jobs.wake:
		case <-d.queue.quit:
			return
		case <-ctx.Done():
			return
		}
	}
}

// RunJobs runs the jobs that are due now and returns their errors; a job that failed
// remains due. Run does this every minute. Code that sets a fake clock calls it after each
// change, while Run is running.
func (d *Dispatcher) RunJobs(ctx context.Context) error {
	d.jobs.mu.Lock()
	defer d.jobs.mu.Unlock()
	now := d.clock.Now()
	errs := []error{d.measureRoom(ctx)}
	if d.Owns(LeaseJobs) {
		for _, j := range d.jobs.list {
			errs = append(errs, d.runJob(ctx, j, now))
		}
	}
	d.queue.evict(now)
	d.tidyAdmission(now)
	return errors.Join(errs...)
}

// delay returns the time until the next check.
func (j *jobs) delay() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	delay := jobInterval
	for _, job := range j.list {
		if job.failures > 0 {
			delay = min(delay, jobBackoff.Delay(job.failures))
		}
	}
	return delay
}

// runJob runs a job if it is due.
func (d *Dispatcher) runJob(ctx context.Context, j *job, now time.Time) error {
	if now.Before(j.last) {
		j.last = now // the clock was set back
	}
	if !j.last.IsZero() && !j.due(j.last, now) {
		return nil
	}
	n, err := j.run(ctx, now)
	if errors.Is(err, ErrLeaseLost) || errors.Is(err, context.Canceled) {
		return nil // another process does it, or the next run
	}
	d.state.jobDone(j.name, err, now)
	if err != nil {
		j.failures++
		d.log.Error("job failed", "job", j.name, "error", err)
		return fmt.Errorf("%s: %w", j.name, err)
	}
	j.last, j.failures = now, 0
	d.log.Info("job finished", "job", j.name, "conversations", n)
	return nil
}

// hourly is due an hour after the last time.
func hourly(last, now time.Time) bool { return now.Sub(last) >= time.Hour }

// nightly is due at 03:10, and on Monday at 00:05 for the figures of the week that has
// just ended, in the Netherlands.
func nightly(last, now time.Time) bool {
	night, week := atDutch(now, 3, 10), mondayOf(now).Add(5*time.Minute)
	return passed(night, last, now) || passed(week, last, now)
}

// passed reports whether a moment lies after last and not after now.
func passed(moment, last, now time.Time) bool { return moment.After(last) && !moment.After(now) }

// atDutch is an hour and minute of today in the Netherlands.
func atDutch(now time.Time, hour, minute int) time.Time {
	t := now.In(referral.Netherlands)
	return time.Date(t.Year(), t.Month(), t.Day(), hour, minute, 0, 0, referral.Netherlands)
}

// mondayOf is the beginning of this week in the Netherlands.
func mondayOf(now time.Time) time.Time {
	t := now.In(referral.Netherlands)
	sinceMonday := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-sinceMonday, 0, 0, 0, 0, referral.Netherlands)
}
