package figures

import (
	"context"
	"errors"
	"sync"
	"time"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// Clock is the current time.
type Clock interface{ Now() time.Time }

// Service computes all figures. Its methods may be called concurrently.
type Service struct {
	source    Source
	catalogue func() *referral.Catalogue
	clock     Clock

	mu       sync.Mutex
	released map[Span]disclosure.Release // read from the ledger and compared with the rows
	first    string                      // see FirstWeek; empty: not known yet
}

// NewService returns a service over a source. catalogue returns the catalogue in use, for
// the initiatives to list and the reference numbers of the region.
func NewService(source Source, catalogue func() *referral.Catalogue, clock Clock) *Service {
	return &Service{source: source, catalogue: catalogue, clock: clock, released: map[Span]disclosure.Release{}}
}

// Report returns the figures of a valid period as a level may see them:
//
//   - disclosure.Accountable: all weekly counts, exactly, with what waits to be handed over;
//   - disclosure.Internal: of the weeks only what reveals nothing about a business, see Use;
//   - disclosure.External: no weeks.
//
// Of a closed span all levels also get what is released of it, through Told. For a span that is
// not closed the error is a NotClosedError at level External; at the others it is in the report
// instead, with the weeks.
func (s *Service) Report(ctx context.Context, p Period, l disclosure.Level) (Report, error) {
	r := Report{Level: l}
	if p.Span != "" {
		told, err := s.Release(ctx, p.Span, l)
		var open NotClosedError
		switch {
		case errors.As(err, &open) && l != disclosure.External:
			r.Pending = &open
		case err != nil:
			return r, err
		default:
			r.Told = &told
		}
	}
	if l == disclosure.External {
		return r, nil
	}
	trend, target, err := s.trend(ctx, p)
	if err != nil {
		return r, err
	}
	if r.Told != nil {
		r.Told.Asked = trend.Totals.asked
	}
	if l == disclosure.Accountable {
		r.Trend = trend
		return r, nil
	}
	r.Use = trend.Use(target)
	return r, nil
}

// trend reads the counts once for the period and all periods it is compared with.
func (s *Service) trend(ctx context.Context, p Period) (*Trend, YearTarget, error) {
	catalogue := s.catalogue()
	now := referral.WeekOf(s.clock.Now())
	year := p.year(now)
	compared := p.ended(now)
	periods := []Period{p, compared.Previous(), compared.yearBefore(), year, withUsual(p)}
	snapshot, err := s.source.Snapshot(ctx, span(p, periods...))
	if err != nil {
		return nil, YearTarget{}, err
	}
	weekly := make([]Weekly, len(periods))
	for i, period := range periods {
		if weekly[i], err = NewWeekly(period, listed(catalogue), snapshot); err != nil {
			return nil, YearTarget{}, err
		}
	}
	t := &Trend{Weekly: weekly[0], Before: weekly[1].Totals, LastYear: weekly[2].Totals, Surges: surgesIn(weekly[4].Weeks, p)}
	if p.Contains(now) {
		t.Running = now
	}
	t.Progress, err = NewProgress(year.To, catalogue.Region().Figures().YearTarget, weekly[3].Totals.Target)
	if err != nil {
		return nil, YearTarget{}, err
	}
	target, err := s.target(ctx, t.Progress.Year, weekly[3].Weeks)
	return t, target, err
}

// listed returns the initiatives that a report lists even if nobody was referred to them.
func listed(c *referral.Catalogue) (ids []string) {
	for _, i := range c.Initiatives() {
		if i.Kind != referral.KindRetired {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// ClosedQuarters returns which of the latest n quarters are closed and have counts, the newest
// first.
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
		if w.Totals.Started+w.Totals.Completed == 0 {
			continue
		}
		waiting, err := s.source.Waiting(ctx, q) // more than outcomes
		if err != nil {
			return nil, err
		}
		if q.Closed(now, waiting) {
			closed = append(closed, q)
		}
	}
	return closed, nil
}
