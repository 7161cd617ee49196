package figures

import (
	"digiwijzer/referral"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	weekForms = regexp.MustCompile(`^(?:(\d{4})-?)?W?(\d{1,2})$`)
	yearless  = regexp.MustCompile(`^[QKH]?[1-4]$`)
)

// TypedWeek returns the ISO week for "2026-W47", "2026w47", "w47" or "47": without a year the latest
// that has begun.
func TypedWeek(text string, now time.Time) (week string, err error) {
	parts := weekForms.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(text)))
	if parts == nil {
		return "", errors.New("no week")
	}
	number, _ := strconv.Atoi(parts[2]) // digits
	current := referral.WeekOf(now)
	year := parts[1]
	if year == "" {
		year = current[:4]
	}
	week = year + "-W" + twoDigits(number)
	if parts[1] == "" && week > current {
		last, _ := strconv.Atoi(year) // digits
		week = strconv.Itoa(last-1) + "-W" + twoDigits(number)
	}
	_, err = ParseWeek(week)
	return week, err
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// TypedSpan returns a quarter or half-year in the notation of the figures: "2026q3", "2026-K3", "Q3"
// and "3" become "2026Q3". Without a year it is the latest that has begun.
func TypedSpan(text string, now time.Time) string {
	text = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(text), " ", ""))
	text = strings.Replace(text, "K", "Q", 1) // kwartaal
	if !yearless.MatchString(text) {
		return text
	}
	letter := "Q"
	if text[0] == 'H' {
		letter = "H"
	}
	number := text[len(text)-1:]
	quarter := referral.QuarterOf(now)
	year, current := quarter[:4], quarter[5:]
	if letter == "H" {
		current = map[string]string{"1": "1", "2": "1", "3": "2", "4": "2"}[current]
	}
	if number > current {
		before, _ := strconv.Atoi(year) // digits
		year = strconv.Itoa(before - 1)
	}
	return year + letter + number
}
