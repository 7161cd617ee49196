package figures

import (
	"fmt"
	"regexp"
	"time"
)

var weekForm = regexp.MustCompile(`^(\d{4})-W(\d{2})$`)

// Monday reads an ISO week such as "2026-W47" and returns its Monday, midnight
// UTC: a label to reckon with, not a moment. A week that does not exist is an error.
func Monday(week string) (time.Time, error) {
	if !weekForm.MatchString(week) {
		return time.Time{}, fmt.Errorf("%q is not a week (2026-W47)", week)
	}
	var year, number int
	if _, err := fmt.Sscanf(week, "%d-W%d", &year, &number); err != nil {
		return time.Time{}, fmt.Errorf("%q is not a week (2026-W47)", week)
	}
	// 4 January always lies in week 1.
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	first := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	monday := first.AddDate(0, 0, 7*(number-1))
	if label(monday) != week {
		return time.Time{}, fmt.Errorf("there is no week %s", week)
	}
	return monday, nil
}

// Weeks lists the ISO weeks from..to, both included. It is an error when from
// comes after to.
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
		weeks = append(weeks, label(day))
	}
	return weeks, nil
}

func label(day time.Time) string {
	year, week := day.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}
