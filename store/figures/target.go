package figures

import (
	"context"
	"math"
	"strconv"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// YearTarget is how far the year target has been reached, as far as that may be released: the number of
// completed checks exactly and at any time, how many of them were in the target group only once the year
// is closed; until then that is estimated.
type YearTarget struct {
	Year      int  `json:"year"`
	Goal      int  `json:"goal"`
	Completed int  `json:"completed"` // in the year so far, in the target group or not; exact
	Told      *int `json:"told"`      // of the closed year, in the target group; nil: not closed, or not released
	// Reached is Told, or else Completed times the share of the target group in the last closed
	// year; nil: that share is not released of any year.
	Reached   *int `json:"reached"`
	Estimated bool `json:"estimated"` // Reached is an estimate
	WeeksLeft int  `json:"weeks_left"`
	Expected  int  `json:"expected"` // by now, at an even pace
	// Needed is how many per week are needed from now on, rounded up to tenths; nil: unknown.
	Needed *float64 `json:"needed"`
}

// target returns the progress in a year; weeks are its weeks so far.
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
	for _, week := range weeks {
		t.Completed += week.Completed
	}
	if t.Completed == 0 {
		t.reach(0)
		return t, nil
	}
	for _, y := range []int{year, year - 1, year - 2} {
		n, of, err := s.inTarget(ctx, y)
		switch {
		case err != nil:
			return YearTarget{}, err
		case of == 0:
			continue
		case y == year:
			t.Told = &n
		default:
			t.Estimated = true
			n = (t.Completed*n + of/2) / of
		}
		t.reach(n)
		break
	}
	return t, nil
}

// reach fills Reached and Needed.
func (t *YearTarget) reach(n int) {
	needed := 0.0
	if missing := t.Goal - n; missing > 0 && t.WeeksLeft > 0 {
		needed = math.Ceil(float64(missing)/float64(t.WeeksLeft)*10) / 10
	}
	t.Reached, t.Needed = &n, &needed
}

// inTarget returns how many businesses of a closed year were in the target group, of how many; of
// is 0 if that is not released.
func (s *Service) inTarget(ctx context.Context, year int) (n, of int, err error) {
	told, err := s.Release(ctx, Span(strconv.Itoa(year)), disclosure.Internal)
	if isUnreleased(err) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	n, known := told.InTarget().N()
	if !known {
		return 0, 0, nil
	}
	return n, told.Outcomes, nil
}
