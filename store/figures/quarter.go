package figures

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"digiwijzer/referral"
)

var quarterForm = regexp.MustCompile(`^(\d{4})-?Q([1-4])$`)

// Quarter is three months of the calendar, such as "2026Q4".
type Quarter string

// ParseQuarter reads "2026Q4" or "2026-Q4".
func ParseQuarter(text string) (Quarter, error) {
	parts := quarterForm.FindStringSubmatch(text)
	if parts == nil {
		return "", fmt.Errorf("%q is not a quarter (2026Q4)", text)
	}
	return Quarter(parts[1] + "Q" + parts[2]), nil
}

// first is noon of the first day in the Netherlands. A Quarter comes from ParseQuarter
// or from referral.QuarterOf, so it has the form.
func (q Quarter) first() time.Time {
	year, _ := strconv.Atoi(string(q[:4]))
	number, _ := strconv.Atoi(string(q[5:]))
	return time.Date(year, time.Month(3*number-2), 1, 12, 0, 0, 0, referral.Netherlands)
}

// Before is the quarter n quarters earlier.
func (q Quarter) Before(n int) Quarter {
	return Quarter(referral.QuarterOf(q.first().AddDate(0, -3*n, 0)))
}

// Weeks are the ISO weeks of the quarter: those whose Thursday lies in it, as an ISO
// week belongs to the year of its Thursday.
func (q Quarter) Weeks() Period {
	first := q.first()
	last := first.AddDate(0, 3, -1)
	return Period{From: referral.WeekOf(onThursday(first, 1)), To: referral.WeekOf(onThursday(last, -1))}
}

// onThursday goes day by day to the nearest Thursday in one direction.
func onThursday(day time.Time, step int) time.Time {
	for day.Weekday() != time.Thursday {
		day = day.AddDate(0, 0, step)
	}
	return day
}

// settleDays is how long after its end a quarter can still gain rows: what was finished
// on its last day may wait four weeks to be handed over, and a night more.
const settleDays = 29

// Settles is the day from which the figures of a quarter no longer change.
func (q Quarter) Settles() referral.Date {
	return referral.DayOf(q.first().AddDate(0, 3, settleDays))
}

// Closed tells whether a quarter is over and nothing can be added to it any more:
// nothing of it waits (waiting nil: unknown), or the term for waiting is past.
func (q Quarter) Closed(now time.Time, waiting *int) bool {
	if referral.QuarterOf(now) <= string(q) {
		return false
	}
	return referral.DayOf(now) >= q.Settles() || (waiting != nil && *waiting == 0)
}
