package figures

import (
	"errors"
	"fmt"

	"digiwijzer/referral"
)

// Period is a range of ISO weeks, both ends included: a week, several weeks, or the weeks of
// a span. ParseWeek, ParseWeeks and Span.Period make valid ones.
type Period struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Span is set if a span was requested; From and To are then its weeks.
	Span Span `json:"-"`
}

// ParseWeek parses one ISO week such as "2026-W47".
func ParseWeek(week string) (Period, error) { return ParseWeeks(week, week) }

// MaxWeeks is the longest range of weeks: ten ISO years are 521 or 522 weeks.
const MaxWeeks = 530

// The years for which figures can be requested. Periods are compared with earlier ones, which
// must exist in the calendar too.
const (
	earliestYear = "2000"
	latestYear   = "2099"
)

// OutsideError is the error for a period outside the years for which figures can be requested.
type OutsideError struct {
	Period      string
	First, Last string // of these years
}

func (e OutsideError) Error() string { return "there are no figures of " + e.Period }

// within returns an OutsideError for a period outside the years for which figures can be
// requested; text begins with a year of four digits.
func within(text string) error {
	if year := text[:4]; year < earliestYear || year > latestYear {
		return OutsideError{Period: text, First: earliestYear, Last: latestYear}
	}
	return nil
}

// ParseWeeks parses a range of ISO weeks. It returns an error when either week does not
// exist, from comes after to, or there are more than MaxWeeks.
func ParseWeeks(from, to string) (Period, error) {
	weeks, err := referral.Weeks(from, to)
	if err != nil {
		return Period{}, err
	}
	if len(weeks) > MaxWeeks {
		return Period{}, fmt.Errorf("%s to %s are %d weeks, more than %d", from, to, len(weeks), MaxWeeks)
	}
	return Period{From: from, To: to}, errors.Join(within(from), within(to))
}

// Previous returns the period of the same number of weeks right before p, which must be
// valid.
func (p Period) Previous() Period {
	weeks, err := referral.Weeks(p.From, p.To)
	if err != nil {
		return p
	}
	return Period{From: addWeeks(p.From, -len(weeks)), To: addWeeks(p.From, -1)}
}

// yearBefore returns the same weeks a year earlier. A week 53 that the earlier year does not have
// becomes its week 52.
func (p Period) yearBefore() Period { return Period{From: yearBefore(p.From), To: yearBefore(p.To)} }

// Contains reports whether a week is in the period.
func (p Period) Contains(week string) bool { return p.From <= week && week <= p.To }

// year returns the weeks of the ISO year of p.To that have begun in the week now.
func (p Period) year(now string) Period {
	year, _ := split(p.To)
	first, last := join(year, 1), join(year, referral.WeeksIn(year))
	return Period{From: first, To: max(first, min(last, now))}
}

// ended returns the period without the week now, if that is its last and not its only one, so that
// periods of complete weeks are compared.
func (p Period) ended(now string) Period {
	if p.To == now && p.From < p.To {
		p.To = addWeeks(p.To, -1)
	}
	return p
}

// span returns the shortest period that contains all the given ones.
func span(first Period, others ...Period) Period {
	all := Period{From: first.From, To: first.To}
	for _, p := range others {
		all.From, all.To = min(all.From, p.From), max(all.To, p.To)
	}
	return all
}

func yearBefore(week string) string {
	year, number := split(week)
	return join(year-1, min(number, referral.WeeksIn(year-1)))
}

func addWeeks(week string, n int) string {
	monday, err := referral.Monday(week)
	if err != nil {
		return week
	}
	return join(monday.AddDate(0, 0, 7*n).ISOWeek())
}

// split returns the ISO year and the number of a valid week.
func split(week string) (year, number int) {
	monday, err := referral.Monday(week)
	if err != nil {
		return 0, 0
	}
	return monday.ISOWeek()
}

func join(year, number int) string { return fmt.Sprintf("%04d-W%02d", year, number) }
