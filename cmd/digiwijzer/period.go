package main

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// period returns the period of the flags; without any it is the last complete week and this
// week so far.
func (cmd *reportCmd) period(p *program) (figures.Period, error) {
	for _, flag := range []struct {
		name, value, bad string
		parse            func(string) (figures.Span, error)
	}{
		{"--quarter", cmd.Quarter, "cli.bad.quarter", parseQuarter},
		{"--half", cmd.Half, "cli.bad.half", figures.ParseHalf},
		{"--year", cmd.Year, "cli.bad.year", figures.ParseYear},
		{"--rolling", cmd.Rolling, "cli.bad.rolling", figures.ParseRolling},
	} {
		if flag.value == "" {
			continue
		}
		span, err := flag.parse(p.complete(flag.value))
		if err != nil {
			return figures.Period{}, p.badPeriod(err, flag.bad, "Value", strconv.Quote(flag.value))
		}
		return span.Period(), nil
	}
	return cmd.weeks(p)
}

// badPeriod returns the error for a period that figures refuses: with the text bad where it does
// not exist, and another where it has no figures in any case.
func (p *program) badPeriod(err error, bad string, pairs ...any) error {
	var outside figures.OutsideError
	if errors.As(err, &outside) {
		return p.BadInput("cli.bad.outside", "Period", outside.Period, "First", outside.First, "Last", outside.Last)
	}
	return p.BadInput(bad, pairs...)
}

func parseQuarter(text string) (figures.Span, error) {
	q, err := figures.ParseQuarter(text)
	return q.Span(), err
}

// weeks returns the period of --week, or of --from and --to.
func (cmd *reportCmd) weeks(p *program) (period figures.Period, err error) {
	now := p.Clock.Now()
	from, to := referral.LastWeek(now), referral.WeekOf(now)
	for _, flag := range []struct {
		name, value string
		into        []*string
	}{{"--week", cmd.Week, []*string{&from, &to}}, {"--from", cmd.From, []*string{&from}}, {"--to", cmd.To, []*string{&to}}} {
		if flag.value == "" {
			continue
		}
		week, err := p.week(flag.value)
		if err != nil {
			return period, p.badPeriod(err, "cli.bad.week", "Flag", flag.name, "Value", strconv.Quote(flag.value))
		}
		for _, target := range flag.into {
			*target = week
		}
	}
	weeks, err := referral.Weeks(from, to)
	if err != nil {
		return period, p.BadInput("cli.bad.weeks", "From", from, "To", to)
	}
	if len(weeks) > figures.MaxWeeks {
		return period, p.BadInput("cli.bad.too_many_weeks", "N", strconv.Itoa(len(weeks)))
	}
	return figures.ParseWeeks(from, to)
}

var (
	weekForms = regexp.MustCompile(`^(?:(\d{4})-?)?W?(\d{1,2})$`)
	yearless  = regexp.MustCompile(`^[QKH]?[1-4]$`)
)

// week returns the ISO week that is meant by "2026-W47", "2026w47", "w47" or "47": without a
// year the latest that has begun.
func (p *program) week(text string) (week string, err error) {
	parts := weekForms.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(text)))
	if parts == nil {
		return "", errors.New("no week")
	}
	number, _ := strconv.Atoi(parts[2]) // digits
	now := referral.WeekOf(p.Clock.Now())
	year := parts[1]
	if year == "" {
		year = now[:4]
	}
	week = year + "-W" + twoDigits(number)
	if parts[1] == "" && week > now {
		last, _ := strconv.Atoi(year) // digits
		week = strconv.Itoa(last-1) + "-W" + twoDigits(number)
	}
	_, err = figures.ParseWeek(week)
	return week, err
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// complete writes a quarter or half-year as the figures do: "2026q3", "2026-K3", "Q3" and "3"
// become "2026Q3". Without a year it is the latest that has begun.
func (p *program) complete(text string) string {
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
	quarter := referral.QuarterOf(p.Clock.Now())
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
