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
	Level   disclosure.Level `help:"${cli_help_report_level}" enum:",beheer,intern,extern" default:""`
	With    []string         `help:"${cli_help_report_with}" placeholder:"FILE" sep:"none"`
	Format  report.Format    `help:"${cli_help_report_format}" enum:"table,csv,xlsx,json,html,png,svg" default:"table"`
	Output  string           `help:"${cli_help_output}" short:"o" placeholder:"FILE"`
}

// Run writes the figures. It can run while serve does: it only reads the counts. What is told
// of a closed quarter is entered in the ledger of releases.
func (cmd *reportCmd) Run(ctx context.Context, p *program) error {
	period, err := cmd.period(p)
	if err != nil {
		return err
	}
	level, err := cmd.level(p, period)
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
		r.Report, err = f.Report(ctx, period, level)
		return err
	})
	var open figures.NotClosedError
	var changed figures.ChangedError
	switch {
	case errors.As(err, &open):
		return p.badInput("cli.bad.not_closed", "Period", string(open.Span), "Day", string(open.Settles))
	case errors.As(err, &changed):
		return p.badInput("cli.bad.changed", "Period", changed.Period)
	case err != nil:
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

// level returns the level asked for: without --level that of the one who is accountable for
// single weeks, and that of the working group for what is told of a quarter or longer.
func (cmd *reportCmd) level(p *program, period figures.Period) (disclosure.Level, error) {
	if cmd.By != "" {
		return "", p.badInput("cli.bad.by", "Told", p.toldTables())
	}
	switch {
	case cmd.Level == disclosure.External && period.Span == "":
		return "", p.badInput("cli.bad.level_quarter", "Example", "2026Q3")
	case cmd.Level != "":
		return cmd.Level, nil
	case period.Span != "":
		return disclosure.Internal, nil
	}
	return disclosure.Accountable, nil
}

// toldTables lists what is told of a quarter and of a year, for people.
func (p *program) toldTables() string {
	name := func(d disclosure.Dimension) string { return strings.ToLower(p.say("report.dimension." + string(d))) }
	var names []string
	lines, crossings := disclosure.YearList()
	for _, l := range lines {
		names = append(names, name(l.Of))
	}
	for _, x := range crossings {
		names = append(names, name(x.A)+" × "+name(x.B))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
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
