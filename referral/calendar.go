package referral

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zone must exist on any machine
)

// Netherlands is the time zone of all days, weeks, quarters and half-years.
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
func WeekOf(t time.Time) string { return formatWeek(t.In(Netherlands).ISOWeek()) }

// LastWeek returns the latest ISO week that has ended at now.
func LastWeek(now time.Time) string { return WeekBefore(now, 1) }

// WeekBefore returns the ISO week n weeks before that of now. Its days are those of the Netherlands: in
// another zone a day less is 23 or 25 hours less there once or twice a year.
func WeekBefore(now time.Time, n int) string { return WeekOf(now.In(Netherlands).AddDate(0, 0, -7*n)) }

// QuarterOf returns the quarter of the ISO week in the Netherlands at t, such as "2026Q4": a
// week belongs to the quarter of its Thursday, so that weeks and quarters count the same.
func QuarterOf(t time.Time) string {
	t = t.In(Netherlands)
	thursday := t.AddDate(0, 0, 3-(int(t.Weekday())+6)%7)
	return fmt.Sprintf("%04dQ%d", thursday.Year(), (int(thursday.Month())+2)/3)
}

// LastQuarter returns the latest quarter that has ended at now.
func LastQuarter(now time.Time) string {
	quarter := QuarterOf(now)
	year, _ := strconv.Atoi(quarter[:4])   // digits
	number, _ := strconv.Atoi(quarter[5:]) // a digit
	if number == 1 {
		return fmt.Sprintf("%04dQ4", year-1)
	}
	return fmt.Sprintf("%04dQ%d", year, number-1)
}

// HalfYearOf returns the half-year in the Netherlands at t, such as "2026H2". A
// person is counted once in each.
func HalfYearOf(t time.Time) string {
	t = t.In(Netherlands)
	return fmt.Sprintf("%04dH%d", t.Year(), (int(t.Month())+5)/6)
}

// HalfYearStart returns the first day of a half-year such as "2026H2"; "" for any other text.
func HalfYearStart(halfYear string) Date {
	year, half, _ := strings.Cut(halfYear, "H")
	month, ok := map[string]string{"1": "01", "2": "07"}[half]
	start, err := ParseDate(year + "-" + month + "-01")
	if !ok || err != nil {
		return ""
	}
	return start
}

// HalfYear returns the half-year of a date, such as "2026H2"; "" for no date.
func HalfYear(d Date) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%04dH%d", t.Year(), (int(t.Month())+5)/6)
}

var weekForm = regexp.MustCompile(`^(\d{4})-W(\d{2})$`)

// Monday parses an ISO week such as "2026-W47" and returns its Monday at midnight UTC, for
// arithmetic with weeks; it is not that moment in the Netherlands. It returns an error for a week
// that does not exist.
func Monday(week string) (time.Time, error) {
	parts := weekForm.FindStringSubmatch(week)
	if parts == nil {
		return time.Time{}, fmt.Errorf("%q is not a week (2026-W47)", week)
	}
	year, _ := strconv.Atoi(parts[1])   // digits
	number, _ := strconv.Atoi(parts[2]) // digits
	// ISO 8601: 4 January is always in week 1.
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(number-1))
	if formatWeek(monday.ISOWeek()) != week {
		return time.Time{}, fmt.Errorf("there is no week %s", week)
	}
	return monday, nil
}

// Weeks returns the ISO weeks from..to, both included. It returns an error when either does
// not exist or from comes after to.
func Weeks(from, to string) ([]string, error) {
	first, err := Monday(from)
	if err != nil {
		return nil, err
	}
	last, err := Monday(to)
	if err != nil {
		return nil, err
	}
	if last.Before(first) {
		return nil, fmt.Errorf("week %s comes after week %s", from, to)
	}
	var weeks []string
	for day := first; !day.After(last); day = day.AddDate(0, 0, 7) {
		weeks = append(weeks, formatWeek(day.ISOWeek()))
	}
	return weeks, nil
}

// WeeksIn returns the number of ISO weeks in a year, 52 or 53.
func WeeksIn(year int) int {
	_, weeks := time.Date(year, time.December, 28, 0, 0, 0, 0, time.UTC).ISOWeek()
	return weeks
}

func formatWeek(year, week int) string { return fmt.Sprintf("%04d-W%02d", year, week) }

var quarterForm = regexp.MustCompile(`^(\d{4})-?Q([1-4])$`)

// ParseQuarter parses "2026Q4" or "2026-Q4" and returns the form of QuarterOf.
func ParseQuarter(text string) (string, error) {
	parts := quarterForm.FindStringSubmatch(text)
	if parts == nil {
		return "", fmt.Errorf("%q is not a quarter (2026Q4)", text)
	}
	return parts[1] + "Q" + parts[2], nil
}
