package figures

import (
	"context"
	"errors"
	"math"
	"time"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// YearTarget is how far the year target has been reached, as far as it may be told: completed
// checks exactly and at once, how many of those were in the target group from closed
// quarters. What follows is estimated.
type YearTarget struct {
	Year      int `json:"year"`
	Goal      int `json:"goal"`
	Completed int `json:"completed"` // in the year so far, in the target group or not; exact
	// Told is how many of the closed quarters were in the target group; nil: no quarter of
	// the year is closed, or none has the figure.
	Told *int `json:"told"`
	// Reached is Told with an estimate for the weeks after the closed quarters, at the share
	// of the target group in the last four closed quarters; nil: that share is unknown.
	Reached   *int `json:"reached"`
	Estimated bool `json:"estimated"` // part of Reached is an estimate
	WeeksLeft int  `json:"weeks_left"`
	Expected  int  `json:"expected"` // by now, at an even pace
	// Needed is how many a week it takes from now on, rounded up to tenths; nil: unknown.
	Needed *float64 `json:"needed"`
}

// target returns the progress in a year, of which weeks holds those so far.
func (s *Service) target(ctx context.Context, year int, weeks []Week) (YearTarget, error) {
	now := s.clock.Now()
	last := join(year, referral.WeeksIn(year))
	if week := referral.WeekOf(now); week < last {
		last = week
	}
	goal := s.catalogue().Region().Figures().YearTarget
	p, err := NewProgress(max(last, join(year, 1)), goal, 0)
	if err != nil {
		return YearTarget{}, err
	}
	t := YearTarget{Year: year, Goal: goal, WeeksLeft: p.WeeksLeft, Expected: p.Expected}
	share, err := s.targetShare(ctx, year, now)
	if err != nil {
		return YearTarget{}, err
	}
	after := 0 // completed after the closed quarters
	for _, week := range weeks {
		t.Completed += week.Completed
		if week.Week > share.until {
			after += week.Completed
		}
	}
	t.Told = share.told
	t.estimate(share, after)
	return t, nil
}

// estimate fills Reached and Needed.
func (t *YearTarget) estimate(share targetShare, after int) {
	reached := 0
	if t.Told != nil {
		reached = *t.Told
	}
	switch {
	case after > 0 && share.of == 0:
		return
	case after > 0:
		t.Estimated = true
		reached += (after*share.n + share.of/2) / share.of
	}
	needed := 0.0
	if missing := t.Goal - reached; missing > 0 && t.WeeksLeft > 0 {
		needed = math.Ceil(float64(missing)/float64(t.WeeksLeft)*10) / 10
	}
	t.Reached, t.Needed = &reached, &needed
}

// targetShare is what closed quarters tell of the target group.
type targetShare struct {
	told  *int   // in the year
	until string // the last ISO week of the closed quarters of the year; empty: none
	n, of int    // in the target group, of all businesses, in the last four closed quarters
}

// targetShare reads the closed quarters of a year, and those before it as far as they are
// among the last four.
func (s *Service) targetShare(ctx context.Context, year int, now time.Time) (share targetShare, err error) {
	last := Quarter(join(year, 1)[:4] + "Q4")
	if current := QuarterOf(now).Before(1); current < last {
		last = current
	}
	told := 0
	for i := range 4 {
		q := last.Before(i)
		released, err := s.Told(ctx, q.Span(), disclosure.Internal)
		var open NotClosedError
		if errors.As(err, &open) {
			continue
		}
		if err != nil {
			return share, err
		}
		n, known := released.Table(disclosure.ByTarget, "").Figure(disclosure.Yes).N()
		if q.year() == year && (known || released.Outcomes == 0) {
			_, until := q.weeks()
			share.until = max(share.until, until)
			told += n
			share.told = &told
		}
		if known {
			share.n, share.of = share.n+n, share.of+released.Outcomes
		}
	}
	return share, nil
}
