package figures

import (
	"strconv"
	"time"

	"digiwijzer/referral"
)

// Quarter is a calendar quarter of whole ISO weeks, such as "2026Q4": the weeks whose
// Thursday is in it. ParseQuarter and QuarterOf make valid ones.
type Quarter string

// ParseQuarter parses "2026Q4" or "2026-Q4".
func ParseQuarter(text string) (Quarter, error) {
	q, err := referral.ParseQuarter(text)
	if err != nil {
		return "", err
	}
	return Quarter(q), within(q)
}

// QuarterOf returns the quarter of the ISO week at t.
func QuarterOf(t time.Time) Quarter { return Quarter(referral.QuarterOf(t)) }

// year and number return the parts of the quarter.
func (q Quarter) year() int   { return digits(string(q[:4])) }
func (q Quarter) number() int { return digits(string(q[5:])) }

// digits parses a text that consists of digits.
func digits(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// first returns noon of the first day of the calendar quarter in the Netherlands.
func (q Quarter) first() time.Time {
	return time.Date(q.year(), time.Month(3*q.number()-2), 1, 12, 0, 0, 0, referral.Netherlands)
}

// Before returns the quarter n quarters earlier; a negative n is later.
func (q Quarter) Before(n int) Quarter {
	middle := q.first().AddDate(0, 1-3*n, 0)
	return QuarterOf(middle)
}

// Span returns the quarter as a span.
func (q Quarter) Span() Span { return Span(q) }

// Period returns the quarter with its ISO weeks.
func (q Quarter) Period() Period { return q.Span().Period() }

// weeks returns the first and the last ISO week.
func (q Quarter) weeks() (first, last string) {
	begin := q.first()
	end := begin.AddDate(0, 3, -1)
	return referral.WeekOf(onThursday(begin, 1)), referral.WeekOf(onThursday(end, -1))
}

// onThursday returns the nearest Thursday in the direction of step, 1 or -1.
func onThursday(day time.Time, step int) time.Time {
	for day.Weekday() != time.Thursday {
		day = day.AddDate(0, 0, step)
	}
	return day
}

// settleDays is the number of days after its end in which a quarter can still gain rows: an outcome
// of its last day waits at most four weeks to be handed over, plus one night.
const settleDays = 29

// Settles returns the first day on which the figures of the quarter can no longer change.
func (q Quarter) Settles() referral.Date {
	_, last := q.weeks()
	monday, err := referral.Monday(last)
	if err != nil {
		return ""
	}
	sunday := referral.Date(monday.AddDate(0, 0, 6).Format(time.DateOnly))
	return sunday.AddDays(settleDays)
}

// Closed reports whether the quarter is over and can gain no more rows: no row of it is waiting,
// or, if that is unknown (nil), Settles has passed.
func (q Quarter) Closed(now time.Time, waiting *int) bool {
	switch {
	case QuarterOf(now) <= q:
		return false
	case waiting != nil:
		return *waiting == 0
	}
	return referral.DayOf(now) >= q.Settles()
}
