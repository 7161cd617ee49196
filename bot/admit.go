package bot

import (
	"maps"
	"slices"
	"sync"
	"time"

	"digiwijzer/bot/admission"
	"digiwijzer/referral"
)

// admit decides whether the run of a turn counts: once when it begins and, for a run that
// counts only at human speed, again with every answer and at its result. A run that was ruled
// out is never counted later.
func (d *Dispatcher) admit(v *visit, p *pendingUpdate) {
	session, f := &v.turn.Session, v.turn.Facts
	switch {
	case v.tryOut || session.Uncounted && !f.Started:
		return
	case f.Started:
		verdict := d.verdict(p, session.Partner, v.now)
		session.Uncounted = verdict == admission.Uncounted
		if verdict == admission.Paced {
			v.pace = admission.NewPace(v.now)
		}
	case v.before.Pace != (admission.Pace{}):
		session.Uncounted = !v.keepsPace()
	}
	if session.Uncounted {
		v.pace, p.uncounted = admission.Pace{}, append(p.uncounted, referral.WeekOf(v.now))
	}
}

// keepsPace reports whether the run is still answered at human speed, and records the answer.
func (v *visit) keepsPace() bool {
	f := v.turn.Facts
	v.pace = v.before.Pace
	if f.Ended || f.Erase { // stopping is not an answer
		return true
	}
	ok := true
	if v.answered() {
		v.pace, ok = v.pace.Answered(v.now)
	}
	return ok && (f.Outcome == nil || v.pace.Finished(v.now))
}

// verdict returns the verdict on the next run that an update begins.
func (d *Dispatcher) verdict(p *pendingUpdate, partner string, now time.Time) admission.Verdict {
	if d.guard == nil || p.update.Visit == nil {
		return admission.Counted
	}
	if p.asked == len(p.verdicts) {
		p.verdicts = append(p.verdicts, d.guard.Begin(*p.update.Visit, partner, now))
	}
	p.asked++
	return p.verdicts[p.asked-1]
}

// counted reports whether the run of this turn counts, by what is known so far.
func (v *visit) counted() bool { return !v.tryOut && !v.turn.Session.Uncounted }

// countDeferredStart counts the start of a run that was to count only at human speed, now that it is
// known to count or has ended.
func (v *visit) countDeferredStart(partner string) error {
	pace := v.before.Pace
	if pace == (admission.Pace{}) {
		return nil
	}
	return v.tx.Tick(TickStarted, partner, referral.WeekOf(pace.Start()))
}

// same reports whether the same answers led to a result within the hour before.
func (d *Dispatcher) same(v *visit, p *pendingUpdate) bool {
	if d.guard == nil {
		return false
	}
	if p.same == nil {
		same := d.guard.Same(v.turn.Session.Answers, v.now)
		p.same = &same
	}
	return *p.same
}

// flushUncounted is how long uncounted conversations are added up in memory, so that a flood
// of them writes one row and not one each. A crash loses at most that much.
const flushUncounted = 5 * time.Minute

// uncounted adds up, by week, conversations that are not counted and not yet stored.
type uncounted struct {
	mu    sync.Mutex
	weeks map[string]int
	since time.Time // of the oldest
}

func (u *uncounted) add(week string, n int, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.weeks) == 0 {
		u.weeks, u.since = map[string]int{}, now
	}
	u.weeks[week] += n
}

// take returns and clears the sums if the oldest was added before a moment, and nil otherwise.
func (u *uncounted) take(before time.Time) map[string]int {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.weeks) == 0 || u.since.After(before) {
		return nil
	}
	weeks := u.weeks
	u.weeks = nil
	return weeks
}

// uncountedTask stores the sums added before a moment; ok is false if there are none.
func (d *Dispatcher) uncountedTask(before time.Time) (t task, ok bool) {
	weeks := d.uncounted.take(before)
	if len(weeks) == 0 {
		return t, false
	}
	t.do = func(tx Tx) error {
		for _, week := range slices.Sorted(maps.Keys(weeks)) {
			if err := tx.Uncounted(weeks[week], week); err != nil {
				return err
			}
		}
		return nil
	}
	t.done = func(err error) {
		if err != nil {
			for week, n := range weeks {
				d.uncounted.add(week, n, d.clock.Now())
			}
		}
	}
	return t, true
}

// tidyAdmission stores the recent sums, and deletes from the guard what it may not keep any
// longer.
func (d *Dispatcher) tidyAdmission(now time.Time) {
	if d.guard == nil {
		return
	}
	d.guard.Forget(now)
	if t, ok := d.uncountedTask(now.Add(-flushUncounted)); ok {
		d.queue.push(t)
	}
}
