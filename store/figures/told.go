package figures

import (
	"context"
	"errors"
	"fmt"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// Told is what is released of a closed span. Everything in it is derived from its release, so it
// discloses nothing that the release does not.
type Told struct {
	disclosure.Release
	Kind  SpanKind         `json:"kind"`
	Level disclosure.Level `json:"level"`
	Weeks Period           `json:"weeks"`
	// Without are the quarters of the span without figures: there was no service, or an
	// earlier version released them by other rules.
	Without []Quarter `json:"without"`
	Facts   Facts     `json:"facts"`
	// Asked is how many businesses were asked in the span what they did, six weeks after their
	// check; exact, as Answers. 0: none, not counted yet, or not at this level.
	Asked int `json:"asked,omitempty"`
	// Transitions are how far businesses came since an earlier check: of half-years only, from ten
	// on, and not at every level.
	Transitions *Transitions `json:"transitions,omitempty"`
}

// NotClosedError is the error for a span whose figures can still change.
type NotClosedError struct {
	Span    Span          `json:"period"`
	Settles referral.Date `json:"settles"` // the day from which they no longer can
}

func (e NotClosedError) Error() string {
	return fmt.Sprintf("the figures of %s can still change; they are made from %s on", e.Span, e.Settles)
}

// ChangedError is the error for a span whose rows no longer give what was released: rows were
// changed, or lost and restored. Nothing of it is released until that is explained.
type ChangedError struct{ Period string }

func (e ChangedError) Error() string {
	return fmt.Sprintf("the figures of %s differ from what was released of it", e.Period)
}

// isUnreleased reports whether an error means that nothing is released of a span, and all else is as usual.
func isUnreleased(err error) bool {
	var open NotClosedError
	var changed ChangedError
	return errors.As(err, &open) || errors.As(err, &changed)
}

// Release returns what is released of a span, and enters it in the ledger of releases the first time,
// so that it never changes. The error is a NotClosedError while its figures can still change, and
// a ChangedError if the ledger and the rows differ.
func (s *Service) Release(ctx context.Context, of Span, l disclosure.Level) (Told, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	told, err := s.told(ctx, of, l)
	if err != nil {
		return Told{}, err
	}
	previous := of.Previous()
	before, err := s.told(ctx, previous, l)
	switch {
	case isUnreleased(err):
	case err != nil:
		return Told{}, err
	case before.Outcomes > 0 && len(before.Without) == 0:
		told.Facts.Previous = &before.Facts
	}
	return told, nil
}

func (s *Service) told(ctx context.Context, of Span, l disclosure.Level) (Told, error) {
	without := []Quarter{}
	var releases []disclosure.Release
	var with []Quarter
	for _, q := range of.Quarters() {
		r, err := s.quarter(ctx, q)
		var open NotClosedError
		if errors.As(err, &open) {
			open.Span, open.Settles = of, of.Settles()
			return Told{}, open
		}
		if err != nil {
			return Told{}, err
		}
		if r.Outcomes+r.Answers == 0 {
			without = append(without, q)
			continue
		}
		releases, with = append(releases, r), append(with, q)
	}
	if of.Kind() == OneQuarter && len(releases) == 0 {
		return s.earlier(ctx, Quarter(of), l)
	}
	r, err := s.combine(ctx, of, with, releases)
	told := NewTold(of, l, r, without, s.catalogue().Region().Figures())
	if err == nil && of.Kind() == HalfYear && l != disclosure.External {
		told.Transitions, err = s.transitions(ctx, of)
	}
	return told, err
}

// earlier returns what the first version released of a quarter to a level; the release has version
// 0. If it released nothing, there are no figures.
func (s *Service) earlier(ctx context.Context, q Quarter, l disclosure.Level) (Told, error) {
	tables, err := s.source.Earlier(ctx, q)
	if err != nil {
		return Told{}, err
	}
	level := l
	if l == disclosure.Accountable {
		level = disclosure.Internal // there were two levels
	}
	r := disclosure.Release{Period: string(q), Tables: []disclosure.Table{}}
	for _, t := range tables {
		if t.Level == level {
			r.Tables = append(r.Tables, t.Table)
		}
	}
	r.Outcomes, r.Answers = r.Table(disclosure.ByQuadrant, "").Total, r.Table(disclosure.ByTaken, "").Total
	if len(r.Tables) == 0 {
		r.Version = disclosure.Version
	}
	t := NewTold(q.Span(), disclosure.Internal, r, []Quarter{q}, s.catalogue().Region().Figures())
	t.Level = l
	return t, nil
}

// NewTold returns a release of a span as a level shows it. without are the quarters without
// figures.
func NewTold(of Span, l disclosure.Level, r disclosure.Release, without []Quarter, region referral.Figures) Told {
	t := Told{Release: r.At(l), Kind: of.Kind(), Level: l, Weeks: of.Period(), Without: without}
	t.Facts = newFacts(t.Release, region)
	return t
}

// combine returns the release of a span with figures of these quarters.
func (s *Service) combine(ctx context.Context, of Span, with []Quarter, releases []disclosure.Release) (disclosure.Release, error) {
	switch kind := of.Kind(); {
	case len(releases) == 0:
		return disclosure.Release{Version: disclosure.Version, Period: string(of), Tables: []disclosure.Table{}}, nil
	case kind == OneQuarter:
		return releases[0], nil
	case kind == OneYear:
		return s.year(ctx, of, with, releases)
	}
	return disclosure.OfQuarters(string(of), releases), nil
}

// quarter returns what is released of a quarter; nothing if there was no service, or an earlier
// version released it by other rules.
func (s *Service) quarter(ctx context.Context, q Quarter) (disclosure.Release, error) {
	if r, known := s.released[q.Span()]; known {
		return r, nil
	}
	now := s.clock.Now()
	waiting, err := s.source.Waiting(ctx, q)
	if err != nil {
		return disclosure.Release{}, err
	}
	if !q.Closed(now, waiting) {
		return disclosure.Release{}, NotClosedError{Span: q.Span(), Settles: q.Settles()}
	}
	earlier, err := s.source.Earlier(ctx, q)
	if err != nil || len(earlier) > 0 {
		return disclosure.Release{}, err
	}
	cube, err := s.source.Cube(ctx, q)
	if err != nil || cube.Outcomes()+cube.Answers() == 0 {
		return disclosure.Release{}, err
	}
	return s.enter(ctx, q.Span(), disclosure.OfQuarter(string(q), cube))
}

// year returns what is released of a year with figures of these quarters.
func (s *Service) year(ctx context.Context, of Span, with []Quarter, releases []disclosure.Release) (disclosure.Release, error) {
	if r, known := s.released[of]; known {
		return r, nil
	}
	all := disclosure.NewCube()
	for _, q := range with {
		cube, err := s.source.Cube(ctx, q)
		if err != nil {
			return disclosure.Release{}, err
		}
		all.Merge(cube)
	}
	return s.enter(ctx, of, disclosure.OfYear(string(of), all, releases))
}

// enter writes a release to the ledger, or reads the one in it.
func (s *Service) enter(ctx context.Context, of Span, r disclosure.Release) (disclosure.Release, error) {
	r, err := s.source.Enter(ctx, r, referral.WeekOf(s.clock.Now()))
	if err != nil {
		return disclosure.Release{}, err
	}
	s.released[of] = r
	return r, nil
}
