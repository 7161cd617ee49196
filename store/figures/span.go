package figures

import (
	"fmt"
	"regexp"

	"digiwijzer/referral"
)

// Span is a range of whole quarters whose figures with attributes are released once it is over: a
// quarter "2026Q3", a half-year "2026H1", a year "2026", or four quarters across two years
// "2025Q4-2026Q3". The parse functions make valid ones.
type Span string

// SpanKind is a kind of Span.
type SpanKind string

// The kinds.
const (
	OneQuarter SpanKind = "quarter"
	HalfYear   SpanKind = "half_year"
	OneYear    SpanKind = "year"
	Rolling    SpanKind = "rolling_year"
)

var (
	yearForm = regexp.MustCompile(`^\d{4}$`)
	halfForm = regexp.MustCompile(`^(\d{4})-?H([12])$`)
)

// ParseYear parses a year such as "2026".
func ParseYear(text string) (Span, error) {
	if !yearForm.MatchString(text) {
		return "", fmt.Errorf("%q is not a year (2026)", text)
	}
	return Span(text), within(text)
}

// ParseHalf parses a half-year such as "2026H1".
func ParseHalf(text string) (Span, error) {
	parts := halfForm.FindStringSubmatch(text)
	if parts == nil {
		return "", fmt.Errorf("%q is not a half-year (2026H1)", text)
	}
	return Span(parts[1] + "H" + parts[2]), within(parts[1])
}

// ParseRolling parses a quarter such as "2026Q3" and returns the four quarters that end with
// it; those of one year are that year.
func ParseRolling(text string) (Span, error) {
	last, err := ParseQuarter(text)
	if err != nil {
		return "", err
	}
	if last.number() == 4 {
		return ParseYear(string(last[:4]))
	}
	return Span(last.Before(3) + "-" + last), nil
}

// Kind returns the kind of the span.
func (s Span) Kind() SpanKind {
	switch {
	case len(s) == len("2026"):
		return OneYear
	case len(s) > len("2026Q1"):
		return Rolling
	case s[4] == 'H':
		return HalfYear
	}
	return OneQuarter
}

// Quarters returns the quarters of the span, the first one first.
func (s Span) Quarters() (all []Quarter) {
	first, n := Quarter(s), 1
	switch s.Kind() {
	case OneYear:
		first, n = Quarter(s+"Q1"), 4
	case HalfYear:
		first, n = Quarter(fmt.Sprintf("%sQ%d", s[:4], 2*digits(string(s[5:]))-1)), 2
	case Rolling:
		first, n = Quarter(s[:6]), 4
	}
	for i := range n {
		all = append(all, first.Before(-i))
	}
	return all
}

// Previous returns the preceding span of the same kind; for four quarters in a row the four before
// them.
func (s Span) Previous() Span {
	quarters := s.Quarters()
	first, last := quarters[0].Before(len(quarters)), quarters[0].Before(1)
	switch s.Kind() {
	case OneYear:
		return Span(last[:4])
	case HalfYear:
		return Span(fmt.Sprintf("%sH%d", last[:4], last.number()/2))
	case Rolling:
		return Span(first + "-" + last)
	}
	return Span(last)
}

// Period returns the span with its ISO weeks.
func (s Span) Period() Period {
	quarters := s.Quarters()
	from, _ := quarters[0].weeks()
	_, to := quarters[len(quarters)-1].weeks()
	return Period{From: from, To: to, Span: s}
}

// Settles returns the first day on which the figures can no longer change.
func (s Span) Settles() referral.Date {
	quarters := s.Quarters()
	return quarters[len(quarters)-1].Settles()
}
