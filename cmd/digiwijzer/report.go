package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"digiwijzer/bot/report"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

type reportCmd struct {
	contentFlag
	Week    string        `help:"${cli_help_report_week}" placeholder:"2026-W47" xor:"period,from"`
	From    string        `help:"${cli_help_report_from}" placeholder:"2026-W40" xor:"from" and:"range"`
	To      string        `help:"${cli_help_report_to}" placeholder:"2026-W47" and:"range"`
	Quarter string        `help:"${cli_help_report_quarter}" placeholder:"2026Q4" xor:"period,from"`
	By      string        `help:"${cli_help_report_by}" placeholder:"DIM[,DIM]"`
	Level   figures.Level `help:"${cli_help_report_level}" enum:"intern,extern" default:"intern"`
	With    []string      `help:"${cli_help_report_with}" placeholder:"FILE" sep:"none"`
	Format  report.Format `help:"${cli_help_report_format}" enum:"table,csv,xlsx,json,html,png,svg" default:"table"`
	Output  string        `help:"${cli_help_output}" short:"o" placeholder:"FILE"`
}

// Run writes the figures. Of the counts it only reads, so it may run while serve does; the
// tables of a quarter it also enters in the ledger of releases.
func (cmd *reportCmd) Run(ctx context.Context, p *program) error {
	now := p.clock.Now()
	period, err := cmd.period(now)
	if err != nil {
		return err
	}
	crossings, err := cmd.crossings()
	if err != nil {
		return err
	}
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	stats, err := openFigures(ctx, p)
	if err != nil {
		return err
	}
	defer stats.Close()
	r := report.Report{Words: reportWords(c, p.config.terminal.lang)}
	if r.Others, err = readOthers(cmd.With); err != nil {
		return err
	}
	if cmd.Level == figures.Internal {
		if r.Weekly, err = stats.weekly(ctx, period, reported(c), c.Catalogue.Region().Figures().YearTarget); err != nil {
			return err
		}
		r.Weekly.Running = running(period, now)
	}
	if cmd.Quarter != "" {
		if err := cmd.addQuarter(ctx, &r, stats, crossings, c.Catalogue.Region().Figures(), now); err != nil {
			return err
		}
	}
	return cmd.write(p, func(w io.Writer) error { return r.Write(w, cmd.Format) })
}

// addQuarter adds the tables of the quarter, or says when they come.
func (cmd *reportCmd) addQuarter(ctx context.Context, r *report.Report, f statsReader, crossings []figures.Crossing, region referral.Figures, now time.Time) error {
	q, err := figures.ParseQuarter(cmd.Quarter)
	if err != nil {
		return badInput{err}
	}
	quarterly, err := f.quarterly(ctx, q, cmd.Level, crossings, region, now)
	var open figures.Open
	switch {
	case errors.As(err, &open) && (cmd.By != "" || cmd.Level == figures.External):
		return badInput{err}
	case errors.As(err, &open):
		r.Pending = &open
		return nil
	case err != nil:
		return err
	}
	r.Quarter = &quarterly
	return nil
}

// period makes sense of the flags; without any it is the last complete week and this
// week so far.
func (cmd *reportCmd) period(now time.Time) (figures.Period, error) {
	period := figures.Period{From: referral.WeekOf(now.AddDate(0, 0, -7)), To: referral.WeekOf(now)}
	switch {
	case cmd.Week != "":
		period = figures.Period{From: cmd.Week, To: cmd.Week}
	case cmd.From != "":
		period = figures.Period{From: cmd.From, To: cmd.To}
	case cmd.Quarter != "":
		q, err := figures.ParseQuarter(cmd.Quarter)
		if err != nil {
			return period, badInput{err}
		}
		return q.Weeks(), nil
	}
	weeks, err := figures.Weeks(period.From, period.To)
	if err != nil {
		return period, badInput{err}
	}
	if len(weeks) > longest {
		return period, badInputf("%d weeks are too many for one report; at most %d", len(weeks), longest)
	}
	return period, nil
}

// longest is ten years.
const longest = 520

// crossings are the tables asked for; the standard ones when nothing is.
func (cmd *reportCmd) crossings() ([]figures.Crossing, error) {
	const last = "2026Q3"
	switch {
	case cmd.Level == figures.External && cmd.Quarter == "":
		return nil, badInputf("--level extern is for a closed quarter: add --quarter, such as %s", last)
	case cmd.By == "":
		return figures.Standard(), nil
	case cmd.Quarter == "":
		return nil, badInputf("--by counts per quarter, so that nobody is recognisable: add --quarter, such as %s", last)
	case cmd.Level == figures.External:
		return nil, badInputf("--level extern has a fixed set of tables, so that none can be played off against another: leave out --by")
	}
	names := strings.Split(cmd.By, ",")
	if len(names) > 2 {
		return nil, badInputf("--by takes one or two attributes, never three: then too few businesses share a cell")
	}
	known := figures.Dimensions()
	for i, name := range names {
		if names[i] = strings.TrimSpace(name); !slices.Contains(known, figures.Dimension(names[i])) {
			return nil, badInputf("--by does not know %q; choose from %s", names[i], dimensionNames(known))
		}
	}
	x := figures.Crossing{A: figures.Dimension(names[0])}
	if len(names) == 2 {
		if x.B = figures.Dimension(names[1]); x.A == x.B {
			return nil, badInputf("--by needs two different attributes")
		}
	}
	return []figures.Crossing{x}, nil
}

func dimensionNames(dimensions []figures.Dimension) string {
	names := make([]string, len(dimensions))
	for i, d := range dimensions {
		names[i] = string(d)
	}
	return strings.Join(names, ", ")
}

// running is the week of the period that is not over yet.
func running(period figures.Period, now time.Time) string {
	if week := referral.WeekOf(now); period.From <= week && week <= period.To {
		return week
	}
	return ""
}

// readOthers reads what other initiatives delivered; each is named after its file.
func readOthers(files []string) (others []report.Other, err error) {
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, badInput{err}
		}
		title := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		other, err := report.ReadOther(file, title)
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, badInputf("%s: %v", name, err)
		}
		others = append(others, other)
	}
	return others, nil
}

// write gives the output to a file, which appears whole or not at all, or to stdout.
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
