package main

import (
	"errors"
	"strconv"

	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// period returns the period of the flags; by default the last complete week and this week so far.
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
		span, err := flag.parse(figures.TypedSpan(flag.value, p.Clock.Now()))
		if err != nil {
			return figures.Period{}, p.badPeriod(err, flag.bad, "Value", strconv.Quote(flag.value))
		}
		return span.Period(), nil
	}
	return cmd.weeks(p)
}

// badPeriod returns the error for a period that figures refuses: with the text bad if it does not exist, and
// another if there are no figures that early or late.
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
		week, err := figures.TypedWeek(flag.value, now)
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
