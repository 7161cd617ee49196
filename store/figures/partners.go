package figures

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// QuietWeeks is the number of weeks without any start after which a partner is quiet.
const QuietWeeks = 8

// Activity is how many conversations started through a partner.
type Activity struct {
	Code    string `json:"code"`
	Quarter int    `json:"quarter"` // in this quarter so far
	Before  int    `json:"before"`  // in the same number of weeks of the quarter before
	Last    string `json:"last"`    // ISO week of the last one in a year; empty: none
	Quiet   bool   `json:"quiet"`   // none in QuietWeeks
}

// Trend compares this quarter with the same number of weeks of the one before: "+3".
func (a Activity) Trend() string {
	switch {
	case a.Quarter == 0 && a.Before == 0:
		return "–"
	case a.Quarter == a.Before:
		return "="
	}
	return fmt.Sprintf("%+d", a.Quarter-a.Before)
}

// Activities is the use of the partners' links.
type Activities struct {
	Partners []Activity
	Started  int // conversations started in this quarter so far
	Without  int // of those, without a known partner
}

// Activities returns the activity of the given partners, in that order, followed by that of
// other partners with counts in the past year.
func (s *Service) Activities(ctx context.Context, codes []string) (Activities, error) {
	now := s.clock.Now()
	year := Period{From: referral.WeekBefore(now, 52), To: referral.WeekOf(now)}
	snapshot, err := s.source.Snapshot(ctx, year)
	if err != nil {
		return Activities{}, err
	}
	w, err := NewWeekly(year, nil, snapshot)
	if err != nil {
		return Activities{}, err
	}
	var all Activities
	for _, code := range slices.Sorted(maps.Keys(w.Totals.Partners)) {
		if !slices.Contains(codes, code) {
			codes = append(slices.Clip(codes), code)
		}
	}
	quarter := QuarterOf(now)
	for _, code := range codes {
		all.Partners = append(all.Partners, newActivity(code, w.Weeks, quarter))
	}
	for _, week := range w.Weeks {
		if week.Week >= quarter.Period().From {
			all.Started += week.Started
			all.Without += week.Started
			for _, n := range week.Partners {
				all.Without -= n
			}
		}
	}
	all.Without = max(0, all.Without) // a partner can be named in a later week than that of the start
	return all, nil
}

func newActivity(code string, weeks []Week, quarter Quarter) Activity {
	current, before := quarter.Period(), quarter.Before(1).Period()
	elapsed := 0
	for _, w := range weeks {
		if current.Contains(w.Week) {
			elapsed++
		}
	}
	a := Activity{Code: code, Quiet: true}
	compared := 0 // weeks of the quarter before
	for i, w := range weeks {
		n := w.Partners[code]
		if before.Contains(w.Week) {
			if compared++; compared <= elapsed {
				a.Before += n
			}
		}
		if current.Contains(w.Week) {
			a.Quarter += n
		}
		if n > 0 {
			a.Last = w.Week
			a.Quiet = a.Quiet && i < len(weeks)-QuietWeeks
		}
	}
	return a
}

// PublicFloor is disclosure.PublicFloor, for pages with figures of one partner.
const PublicFloor = disclosure.PublicFloor

// PartnerWeek is how many conversations started through a partner in an ISO week.
type PartnerWeek struct {
	Week    string
	Started int
}

// PartnerYear is how many businesses did the check through a partner in a closed year.
type PartnerYear struct {
	Year      int
	Completed disclosure.Figure // at level External
}

// Few reports whether Completed is only known to be below PublicFloor.
func (y PartnerYear) Few() bool {
	_, below := y.Completed.Below()
	return below
}

// PartnerFigures is what a partner may see of its own figures.
type PartnerFigures struct {
	Weeks []PartnerWeek // the newest first, up to the oldest one with anything
	Years []PartnerYear // the closed ones with figures, the newest first
}

// PartnerFigures returns what a partner may see of its own figures: how many conversations started
// through it in each of the latest weeks, exactly, and how many businesses completed the check
// through it in each of the latest closed years, at level External. weeks is the number of weeks,
// the current one included; years is the number of years before this one.
func (s *Service) PartnerFigures(ctx context.Context, code string, weeks, years int) (f PartnerFigures, err error) {
	now := s.clock.Now()
	p := Period{From: addWeeks(referral.WeekOf(now), 1-weeks), To: referral.WeekOf(now)}
	snapshot, err := s.source.Snapshot(ctx, p)
	if err != nil {
		return f, err
	}
	w, err := NewWeekly(p, nil, snapshot)
	if err != nil {
		return f, err
	}
	for _, week := range w.Weeks {
		if n := week.Partners[code]; n > 0 || len(f.Weeks) > 0 {
			f.Weeks = append(f.Weeks, PartnerWeek{week.Week, n})
		}
	}
	slices.Reverse(f.Weeks)
	this, _ := split(referral.WeekOf(now))
	for year := this - 1; year >= this-years; year-- {
		told, err := s.Release(ctx, Span(strconv.Itoa(year)), disclosure.External)
		var open NotClosedError
		if errors.As(err, &open) {
			continue
		}
		if err != nil {
			return f, err
		}
		if told.Outcomes > 0 {
			f.Years = append(f.Years, PartnerYear{year, told.PartnerCompleted(code)})
		}
	}
	return f, nil
}

// PartnerCompleted returns how many businesses completed the check through a partner; zero for a
// partner that is not in the table. Only a year has this figure.
func (t Told) PartnerCompleted(code string) disclosure.Figure {
	return t.Table(disclosure.ByPartner, "").Figure(code)
}
