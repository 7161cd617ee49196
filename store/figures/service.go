package figures

import (
	"context"
	"errors"
	"time"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// Clock is the current time.
type Clock interface{ Now() time.Time }

// Service answers every question about what was counted. Its methods may be called
// concurrently.
type Service struct {
	source    Source
	catalogue func() *referral.Catalogue
	clock     Clock
}

// NewService returns a service over a source. catalogue returns the catalogue in use, for
// the initiatives to list and the reference numbers of the region.
func NewService(source Source, catalogue func() *referral.Catalogue, clock Clock) *Service {
	return &Service{source: source, catalogue: catalogue, clock: clock}
}

// Report is what was counted in a period, as far as a level may see it.
type Report struct {
	*Trend                  // the exact weeks; nil at disclosure.External
	Quarter *Quarterly      `json:"quarter,omitempty"` // nil unless the period is a closed quarter
	Pending *NotClosedError `json:"pending,omitempty"` // the period is a quarter that is not closed yet
}

// Report returns the figures of a valid period. Coordinators and the working group
// (disclosure.Internal) get the exact weeks; of a quarter both levels get the tables once it
// is closed, through Release, which enters them in the ledger. by replaces the standard
// tables of the quarter.
//
// Of a quarter that is not closed the error is a NotClosedError; at the internal level with
// the standard tables it is in the report instead, with the weeks.
func (s *Service) Report(ctx context.Context, p Period, l disclosure.Level, by ...disclosure.Crossing) (Report, error) {
	var r Report
	if p.Quarter != "" {
		q, err := s.Release(ctx, p.Quarter, l, by...)
		var open NotClosedError
		switch {
		case errors.As(err, &open) && l == disclosure.Internal && len(by) == 0:
			r.Pending = &open
		case err != nil:
			return r, err
		default:
			r.Quarter = &q
		}
	}
	if l != disclosure.Internal {
		return r, nil
	}
	var err error
	r.Trend, err = s.trend(ctx, p)
	return r, err
}

// trend reads the counts once for the period and all periods it is compared with.
func (s *Service) trend(ctx context.Context, p Period) (*Trend, error) {
	catalogue := s.catalogue()
	periods := []Period{p, p.Previous(), p.yearBefore(), p.yearToDate()}
	snapshot, err := s.source.Snapshot(ctx, span(p, periods...))
	if err != nil {
		return nil, err
	}
	weekly := make([]Weekly, len(periods))
	for i, period := range periods {
		if weekly[i], err = NewWeekly(period, listed(catalogue), snapshot); err != nil {
			return nil, err
		}
	}
	t := &Trend{Weekly: weekly[0], Before: weekly[1].Totals, LastYear: weekly[2].Totals}
	if week := referral.WeekOf(s.clock.Now()); p.Contains(week) {
		t.Running = week
	}
	t.Progress, err = NewProgress(p.To, catalogue.Region().Figures().YearTarget, weekly[3].Totals.Target)
	return t, err
}

// listed returns the initiatives that a report lists even when nobody was referred to them.
func listed(c *referral.Catalogue) (ids []string) {
	for _, i := range c.Initiatives() {
		if i.Kind != referral.KindRetired {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// Release settles a quarter: it computes the tables of a closed quarter, protects them
// (package disclosure) and writes them to the ledger of releases. A table that the ledger
// holds already is returned as it was released then, so a quarter is published only once.
// The quarter before it, if it is closed, is released as well, to compare the facts with.
//
// by replaces the standard tables; only disclosure.Internal may choose. The error is a
// NotClosedError while the figures of the quarter can still change.
func (s *Service) Release(ctx context.Context, q Quarter, l disclosure.Level, by ...disclosure.Crossing) (Quarterly, error) {
	now := s.clock.Now()
	waiting, err := s.source.Waiting(ctx, q)
	if err != nil {
		return Quarterly{}, err
	}
	if !q.Closed(now, waiting) {
		return Quarterly{}, NotClosedError{Quarter: q, Settles: q.Settles()}
	}
	r, err := s.release(ctx, q, l, now, by)
	if err != nil {
		return Quarterly{}, err
	}
	last := q.Before(1)
	if !last.Closed(now, nil) {
		return r, nil
	}
	before, err := s.release(ctx, last, l, now, by)
	if before.Outcomes > 0 {
		r.Facts.Previous = &before.Facts
	}
	return r, err
}

func (s *Service) release(ctx context.Context, q Quarter, l disclosure.Level, now time.Time, by []disclosure.Crossing) (Quarterly, error) {
	if len(by) == 0 {
		by = disclosure.Standard()
	}
	cube, err := s.source.Cube(ctx, q)
	if err != nil {
		return Quarterly{}, err
	}
	tables, err := s.source.Enter(ctx, q, l, disclosure.Release(cube, l, by), referral.WeekOf(now))
	if err != nil {
		return Quarterly{}, err
	}
	return NewQuarterly(q, l, tables, s.catalogue().Region().Figures()), nil
}

// ClosedQuarters returns which of the latest n quarters are closed and have something
// counted in them, the newest first.
func (s *Service) ClosedQuarters(ctx context.Context, n int) (closed []Quarter, err error) {
	now := s.clock.Now()
	current := QuarterOf(now)
	all := span(current.Before(1).Period(), current.Before(n).Period())
	snapshot, err := s.source.Snapshot(ctx, all)
	if err != nil {
		return nil, err
	}
	for i := 1; i <= n; i++ {
		q := current.Before(i)
		w, err := NewWeekly(q.Period(), nil, snapshot)
		if err != nil {
			return nil, err
		}
		if q.Closed(now, w.Waiting) && w.Totals.Started+w.Totals.Completed > 0 {
			closed = append(closed, q)
		}
	}
	return closed, nil
}
