package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// activity is how often people began through a partner.
type activity struct {
	Code    string `json:"code"`
	Quarter int    `json:"quarter"` // in this quarter so far
	Before  int    `json:"before"`  // in as many weeks of the quarter before
	Last    string `json:"last"`    // ISO week of the last one in a year; empty: none
	Quiet   bool   `json:"quiet"`   // none in eight weeks
}

// quietWeeks without anyone make a partner stand out.
const quietWeeks = 8

// activities tells of every partner given, and of those that are gone but were counted.
func (f statsReader) activities(ctx context.Context, codes []string, now time.Time) ([]activity, error) {
	from := referral.WeekOf(now.AddDate(0, 0, -7*52))
	report, err := f.report(ctx, figures.Period{From: from, To: referral.WeekOf(now)}, nil)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, code := range codes {
		known[code] = true
	}
	for _, code := range slices.Sorted(maps.Keys(report.Totals.Partners)) {
		if !known[code] {
			codes = append(codes, code)
		}
	}
	var all []activity
	for _, code := range codes {
		a, err := activityOf(code, report.Weeks, now)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func activityOf(code string, weeks []figures.Week, now time.Time) (activity, error) {
	quarter, err := figures.ParseQuarter(referral.QuarterOf(now))
	if err != nil {
		return activity{}, err
	}
	this, before := quarter.Weeks(), quarter.Before(1).Weeks()
	elapsed := 0
	for _, w := range weeks {
		if this.From <= w.Week && w.Week <= this.To {
			elapsed++
		}
	}
	a := activity{Code: code, Quiet: true}
	of := 0 // weeks of the quarter before looked at
	for i, w := range weeks {
		n := w.Partners[code]
		if before.From <= w.Week && w.Week <= before.To {
			if of++; of <= elapsed {
				a.Before += n
			}
		}
		if this.From <= w.Week && w.Week <= this.To {
			a.Quarter += n
		}
		if n > 0 {
			a.Last = w.Week
			a.Quiet = a.Quiet && i < len(weeks)-quietWeeks
		}
	}
	return a, nil
}

// trend compares this quarter with as many weeks of the one before: "+3".
func (a activity) trend() string {
	switch {
	case a.Quarter == 0 && a.Before == 0:
		return "–"
	case a.Quarter == a.Before:
		return "="
	}
	return fmt.Sprintf("%+d", a.Quarter-a.Before)
}
