package referral

import (
	"fmt"
	"time"
	_ "time/tzdata" // weeks are Dutch weeks on any machine
)

// Netherlands is the zone in which days, weeks and half-years begin.
var Netherlands = mustZone("Europe/Amsterdam")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic("the zone data embedded in the program lacks " + name)
	}
	return zone
}

// DayOf returns the day in the Netherlands at t.
func DayOf(t time.Time) Date { return Date(t.In(Netherlands).Format(time.DateOnly)) }

// WeekOf returns the ISO week in the Netherlands at t, such as "2026-W47". Weeks
// sort as strings.
func WeekOf(t time.Time) string {
	year, week := t.In(Netherlands).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// QuarterOf returns the quarter in the Netherlands at t, such as "2026Q4".
func QuarterOf(t time.Time) string {
	t = t.In(Netherlands)
	return fmt.Sprintf("%04dQ%d", t.Year(), (int(t.Month())+2)/3)
}

// HalfYearOf returns the half-year in the Netherlands at t, such as "2026H2". A
// person is counted once in each.
func HalfYearOf(t time.Time) string {
	t = t.In(Netherlands)
	return fmt.Sprintf("%04dH%d", t.Year(), (int(t.Month())+5)/6)
}
