package figures

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// QuietWeeks is the number of weeks without anyone after which a partner is quiet.
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
	year := Period{From: referral.WeekOf(now.AddDate(0, 0, -7*52)), To: referral.WeekOf(now)}
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

// PartnerQuarter is how many businesses did the check through a partner in a closed quarter.
type PartnerQuarter struct {
	Quarter Quarter
	N       int
	Shown   bool // whether N is large enough to be published
}

// PartnerQuarters returns what a partner may see of its own figures: the closed ones of the
// latest n quarters, the newest first, at level External, up to the oldest one in which
// anything was counted. It releases those quarters; see Release.
func (s *Service) PartnerQuarters(ctx context.Context, code string, n int) ([]PartnerQuarter, error) {
	current := QuarterOf(s.clock.Now())
	var all []PartnerQuarter
	last := 0
	for i := 1; i <= n; i++ {
		released, err := s.Release(ctx, current.Before(i), disclosure.External)
		var open NotClosedError
		if errors.As(err, &open) {
			continue
		}
		if err != nil {
			return nil, err
		}
		table := released.Table(disclosure.ByPartner, "")
		all = append(all, partnerQuarter(released.Quarter, table, code))
		if table.Total > 0 {
			last = len(all)
		}
	}
	return all[:last], nil
}

func partnerQuarter(q Quarter, table disclosure.Table, code string) PartnerQuarter {
	p := PartnerQuarter{Quarter: q}
	for i, group := range table.RowGroups {
		if len(group) == 1 && group[0] == code && !table.Cells[i][0].Hidden {
			p.N, p.Shown = table.Cells[i][0].N, true
		}
	}
	return p
}
