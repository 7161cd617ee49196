package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

type reportCmd struct {
	contentFlag
	Week    string           `help:"${cli_help_report_week}" placeholder:"2026-W47" xor:"period,from"`
	From    string           `help:"${cli_help_report_from}" placeholder:"2026-W40" xor:"from" and:"range"`
	To      string           `help:"${cli_help_report_to}" placeholder:"2026-W47" and:"range"`
	Quarter string           `help:"${cli_help_report_quarter}" placeholder:"2026Q4" xor:"period,from"`
	By      string           `help:"${cli_help_report_by}" placeholder:"DIM[,DIM]"`
	Level   disclosure.Level `help:"${cli_help_report_level}" enum:"intern,extern" default:"intern"`
	With    []string         `help:"${cli_help_report_with}" placeholder:"FILE" sep:"none"`
	Format  report.Format    `help:"${cli_help_report_format}" enum:"table,csv,xlsx,json,html,png,svg" default:"table"`
	Output  string           `help:"${cli_help_output}" short:"o" placeholder:"FILE"`
}

// Run writes the figures. It can run while serve does: it only reads the counts. The tables
// of a closed quarter are entered in the ledger of releases.
func (cmd *reportCmd) Run(ctx context.Context, p *program) error {
	period, err := cmd.period(p)
	if err != nil {
		return err
	}
	by, err := cmd.crossings(p)
	if err != nil {
		return err
	}
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	r := report.Rendering{Words: staff.Words(c, p.config.terminal.lang)}
	if r.Foreign, err = readForeign(cmd.With); err != nil {
		return err
	}
	err = p.withFigures(ctx, c, func(f *figures.Service) (err error) {
		r.Report, err = f.Report(ctx, period, cmd.Level, by...)
		return err
	})
	if errors.As(err, &figures.NotClosedError{}) {
		return badInput{err}
	}
	if err != nil {
		return err
	}
	return cmd.write(p, func(w io.Writer) error { return r.Write(w, cmd.Format) })
}

// period returns the period of the flags; without any it is the last complete week and this
// week so far.
func (cmd *reportCmd) period(p *program) (figures.Period, error) {
	if cmd.Quarter != "" {
		q, err := figures.ParseQuarter(cmd.Quarter)
		if err != nil {
			return figures.Period{}, p.badInput("cli.bad.quarter", "Value", strconv.Quote(cmd.Quarter))
		}
		return q.Period(), nil
	}
	for _, flag := range []struct{ name, week string }{{"--week", cmd.Week}, {"--from", cmd.From}, {"--to", cmd.To}} {
		if _, err := referral.Monday(flag.week); flag.week != "" && err != nil {
			return figures.Period{}, p.badInput("cli.bad.week", "Flag", flag.name, "Value", strconv.Quote(flag.week))
		}
	}
	now := p.clock.Now()
	from, to := referral.LastWeek(now), referral.WeekOf(now)
	switch {
	case cmd.Week != "":
		from, to = cmd.Week, cmd.Week
	case cmd.From != "":
		from, to = cmd.From, cmd.To
	}
	weeks, err := referral.Weeks(from, to)
	if err != nil {
		return figures.Period{}, p.badInput("cli.bad.weeks", "From", from, "To", to)
	}
	if len(weeks) > maxWeeks {
		return figures.Period{}, p.badInput("cli.bad.too_many_weeks", "N", strconv.Itoa(len(weeks)), "Max", strconv.Itoa(maxWeeks))
	}
	return figures.Period{From: from, To: to}, nil
}

// maxWeeks is the longest period of a report: ten years.
const maxWeeks = 520

// crossings returns the tables of --by; nil means the standard ones.
func (cmd *reportCmd) crossings(p *program) ([]disclosure.Crossing, error) {
	const example = "2026Q3"
	switch {
	case cmd.Level == disclosure.External && cmd.Quarter == "":
		return nil, p.badInput("cli.bad.level_quarter", "Example", example)
	case cmd.By == "":
		return nil, nil
	case cmd.Quarter == "":
		return nil, p.badInput("cli.bad.by_quarter", "Example", example)
	case cmd.Level == disclosure.External:
		return nil, p.badInput("cli.bad.level_by")
	}
	names := strings.Split(cmd.By, ",")
	if len(names) > 2 {
		return nil, p.badInput("cli.bad.by_many")
	}
	known := disclosure.Dimensions()
	for i, name := range names {
		if names[i] = strings.TrimSpace(name); !slices.Contains(known, disclosure.Dimension(names[i])) {
			return nil, p.badInput("cli.bad.by_unknown", "Value", strconv.Quote(names[i]), "Known", dimensionNames(known))
		}
	}
	x := disclosure.Crossing{A: disclosure.Dimension(names[0])}
	if len(names) == 2 {
		if x.B = disclosure.Dimension(names[1]); x.A == x.B {
			return nil, p.badInput("cli.bad.by_same")
		}
	}
	return []disclosure.Crossing{x}, nil
}

func dimensionNames(dimensions []disclosure.Dimension) string {
	names := make([]string, len(dimensions))
	for i, d := range dimensions {
		names[i] = string(d)
	}
	return strings.Join(names, ", ")
}

// readForeign reads the figures of other initiatives, each named after its file.
func readForeign(files []string) (all []report.Foreign, err error) {
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, badInput{err}
		}
		title := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		foreign, err := report.ReadForeign(file, title)
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, badInputf("%s: %v", name, err)
		}
		all = append(all, foreign)
	}
	return all, nil
}

// write writes the output to a file, atomically, or to stdout.
func (cmd *reportCmd) write(p *program, to func(io.Writer) error) error {
	if cmd.Output == "" || cmd.Output == "-" {
		return to(p.stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(cmd.Output), "."+filepath.Base(cmd.Output)+".*")
	if err != nil {
		return badInput{err}
	}
	err = errors.Join(to(file), file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), cmd.Output)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
