package referral

import (
	"fmt"
	"time"
)

// Date is a calendar day in the Netherlands, written YYYY-MM-DD. The zero value
// is "no date". Dates compare as strings.
type Date string

// ParseDate reads YYYY-MM-DD and refuses days that do not exist.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("%q is not a date (YYYY-MM-DD)", s)
	}
	return Date(s), nil
}

// AddDays returns the date n days later.
func (d Date) AddDays(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Date(t.AddDate(0, 0, n).Format(time.DateOnly))
}

// within tells whether d lies in from..to, both ends included; an empty end is open.
func (d Date) within(from, to Date) bool {
	return (from == "" || d >= from) && (to == "" || d <= to)
}
