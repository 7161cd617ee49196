package figures

import (
	"context"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// History returns what is released of the closed quarters with figures among the n that end with
// the last of a span, the oldest first. It enters them in the ledger; see Told.
func (s *Service) History(ctx context.Context, until Span, l disclosure.Level, n int) (all []Told, err error) {
	quarters := until.Quarters()
	last := quarters[len(quarters)-1]
	for i := n - 1; i >= 0; i-- {
		t, err := s.Release(ctx, last.Before(i).Span(), l)
		switch {
		case isUnreleased(err):
		case err != nil:
			return nil, err
		case t.Outcomes > 0:
			all = append(all, t)
		}
	}
	return all, nil
}

// firstYear is before anything can have been counted.
const firstYear = 2020

// FirstWeek returns the first ISO week in which anything was counted; empty: nothing was.
func (s *Service) FirstWeek(ctx context.Context) (week string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first != "" {
		return s.first, nil
	}
	snapshot, err := s.source.Snapshot(ctx, Period{From: join(firstYear, 1), To: referral.WeekOf(s.clock.Now())})
	if err != nil {
		return "", err
	}
	for _, counts := range [][]Count{snapshot.Counted, snapshot.Waiting} {
		for _, c := range counts {
			if c.N > 0 && (week == "" || c.Week < week) {
				week = c.Week
			}
		}
	}
	s.first = week // nothing is added to an earlier week later
	return week, nil
}
