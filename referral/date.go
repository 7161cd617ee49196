package referral

import (
	"fmt"
	"time"
)

// Date is a calendar day in the Netherlands, written YYYY-MM-DD. The zero value
// is "no date". Dates compare as strings.
type Date string

// MaxDate is later than any date in the data: on it every announced change has taken effect, such
// as a merger of municipalities.
const MaxDate Date = "9999-12-31"

// ParseDate parses YYYY-MM-DD; any other form or a day that does not exist is an error.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("%q is not a date (YYYY-MM-DD)", s)
	}
	return Date(s), nil
}

// UnmarshalTOML implements toml.Unmarshaler; quotes around a date are optional.
func (d *Date) UnmarshalTOML(value any) error {
	switch v := value.(type) {
	case string:
		*d = Date(v)
	case time.Time:
		*d = Date(v.Format(time.DateOnly))
	default:
		return fmt.Errorf("%v is not a date (YYYY-MM-DD)", value)
	}
	return nil
}

// AddDays returns the date n days later. No date, or one that does not parse, is returned unchanged.
func (d Date) AddDays(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Date(t.AddDate(0, 0, n).Format(time.DateOnly))
}

// within reports whether d lies in from..to, both ends included; an empty end is open.
func (d Date) within(from, to Date) bool {
	return (from == "" || d >= from) && (to == "" || d <= to)
}
