package figures

import (
	"strconv"
	"time"

	"digiwijzer/referral"
)

// Quarter is a calendar quarter, such as "2026Q4". ParseQuarter and QuarterOf make valid
// ones.
type Quarter string

// ParseQuarter parses "2026Q4" or "2026-Q4".
func ParseQuarter(text string) (Quarter, error) {
	q, err := referral.ParseQuarter(text)
	return Quarter(q), err
}

// QuarterOf returns the quarter at t.
func QuarterOf(t time.Time) Quarter { return Quarter(referral.QuarterOf(t)) }

// first returns noon of the first day in the Netherlands.
func (q Quarter) first() time.Time {
	year, _ := strconv.Atoi(string(q[:4]))
	number, _ := strconv.Atoi(string(q[5:]))
	return time.Date(year, time.Month(3*number-2), 1, 12, 0, 0, 0, referral.Netherlands)
}

// Before returns the quarter n quarters earlier.
func (q Quarter) Before(n int) Quarter {
	return QuarterOf(q.first().AddDate(0, -3*n, 0))
}

// Period returns the quarter with its ISO weeks: those whose Thursday is in it, as an ISO
// week belongs to the year of its Thursday.
func (q Quarter) Period() Period {
	first := q.first()
	last := first.AddDate(0, 3, -1)
	return Period{From: referral.WeekOf(onThursday(first, 1)), To: referral.WeekOf(onThursday(last, -1)), Quarter: q}
}

// onThursday returns the nearest Thursday in the direction of step, 1 or -1.
func onThursday(day time.Time, step int) time.Time {
	for day.Weekday() != time.Thursday {
		day = day.AddDate(0, 0, step)
	}
	return day
}

// settleDays is the number of days after its end in which a quarter can still gain rows: an
// outcome of its last day waits at most four weeks to be handed over, plus one night.
const settleDays = 29

// Settles returns the first day on which the figures of the quarter can no longer change.
func (q Quarter) Settles() referral.Date {
	return referral.DayOf(q.first().AddDate(0, 3, settleDays))
}

// Closed reports whether the quarter is over and can gain no more rows: no row of it is
// waiting (nil: unknown), or Settles has passed.
func (q Quarter) Closed(now time.Time, waiting *int) bool {
	if QuarterOf(now) <= q {
		return false
	}
	return referral.DayOf(now) >= q.Settles() || (waiting != nil && *waiting == 0)
}
