package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"time"

	"digiwijzer/bot/report"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/monitor"
)

type reportCmd struct {
	Week    string `help:"${cli_help_report_week}" placeholder:"2026-W47" xor:"period,from"`
	From    string `help:"${cli_help_report_from}" placeholder:"2026-W40" xor:"from" and:"range"`
	To      string `help:"${cli_help_report_to}" placeholder:"2026-W47" and:"range"`
	Quarter string `help:"${cli_help_report_quarter}" placeholder:"2026Q4" xor:"period,from"`
	Format  string `help:"${cli_help_format}" enum:"table,json" default:"table"`
	Output  string `help:"${cli_help_output}" short:"o" placeholder:"FILE"`
}

// Run writes the weekly figures. It only reads, so it may run while serve does.
func (cmd *reportCmd) Run(ctx context.Context, p *program) error {
	period, err := cmd.period(p.clock.Now())
	if err != nil {
		return err
	}
	c, err := p.livePartners(ctx)
	if err != nil {
		return err
	}
	figures, err := openFigures(ctx, p)
	if err != nil {
		return err
	}
	defer figures.Close()
	weekly, err := figures.weekly(ctx, period, reported(c))
	if err != nil {
		return err
	}
	weekly.Running = running(period, p.clock.Now())
	return cmd.write(p, func(w io.Writer) error {
		if cmd.Format == "json" {
			return json.NewEncoder(w).Encode(weekly.Report)
		}
		nameThings(&weekly, c, p.config.terminal.lang)
		return weekly.Table(w)
	})
}

// period makes sense of the flags; without any it is the last complete week and this
// week so far.
func (cmd *reportCmd) period(now time.Time) (monitor.Period, error) {
	period := monitor.Period{From: referral.WeekOf(now.AddDate(0, 0, -7)), To: referral.WeekOf(now)}
	switch {
	case cmd.Week != "":
		period = monitor.Period{From: cmd.Week, To: cmd.Week}
	case cmd.From != "":
		period = monitor.Period{From: cmd.From, To: cmd.To}
	case cmd.Quarter != "":
		return quarter(cmd.Quarter)
	}
	weeks, err := monitor.Weeks(period.From, period.To)
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

var quarterForm = regexp.MustCompile(`^(\d{4})-?Q([1-4])$`)

// quarter gives the weeks of a quarter: those whose Thursday lies in it, as an ISO week
// belongs to the year of its Thursday.
func quarter(text string) (monitor.Period, error) {
	parts := quarterForm.FindStringSubmatch(text)
	if parts == nil {
		return monitor.Period{}, badInputf("%q is not a quarter (2026Q4)", text)
	}
	year, _ := strconv.Atoi(parts[1]) // four digits
	number, _ := strconv.Atoi(parts[2])
	first := time.Date(year, time.Month(3*number-2), 1, 12, 0, 0, 0, referral.Netherlands)
	last := first.AddDate(0, 3, -1)
	return monitor.Period{From: referral.WeekOf(onThursday(first, 1)), To: referral.WeekOf(onThursday(last, -1))}, nil
}

// onThursday goes day by day to the nearest Thursday in one direction.
func onThursday(day time.Time, step int) time.Time {
	for day.Weekday() != time.Thursday {
		day = day.AddDate(0, 0, step)
	}
	return day
}

// running is the week of the period that is not over yet.
func running(period monitor.Period, now time.Time) string {
	if week := referral.WeekOf(now); period.From <= week && week <= period.To {
		return week
	}
	return ""
}

// reported lists the initiatives that appear even when nobody was referred to them.
func reported(c *content) (ids []string) {
	for _, i := range c.catalogue.Initiatives() {
		if i.Kind != referral.KindRetired {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// figures reads the counts; without any data it knows of none.
type figures struct{ *store.Figures }

// openFigures opens the data for reading. Where there is no key, the report says that
// it does not know what waits.
func openFigures(ctx context.Context, p *program) (figures, error) {
	key, err := store.LoadKey(p.config.keyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return figures{}, err
	}
	f, err := store.OpenFigures(ctx, p.config.data, key)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(p.stderr, p.say("cli.no_figures", "Dir", p.config.data))
		return figures{}, nil
	}
	return figures{f}, err
}

func (f figures) Close() {
	if f.Figures != nil {
		f.Figures.Close() //nolint:errcheck // only read
	}
}

func (f figures) report(ctx context.Context, period monitor.Period, initiatives []string) (monitor.Report, error) {
	if f.Figures == nil {
		return monitor.NewReport(period, initiatives, monitor.Figures{Hidden: true})
	}
	return f.Weekly(ctx, period, initiatives)
}

// weekly gathers what the weekly report shows.
func (f figures) weekly(ctx context.Context, period monitor.Period, initiatives []string) (w report.Weekly, err error) {
	if w.Report, err = f.report(ctx, period, initiatives); err != nil {
		return w, err
	}
	before, err := f.report(ctx, previous(period, len(w.Report.Weeks)), initiatives)
	if err != nil {
		return w, err
	}
	year, err := f.report(ctx, monitor.Period{From: period.To[:4] + "-W01", To: period.To}, initiatives)
	w.Before, w.Year = before.Totals, year.Totals
	return w, err
}

// previous is the period of as many weeks before this one.
func previous(period monitor.Period, weeks int) monitor.Period {
	monday, err := monitor.Monday(period.From)
	if err != nil { // the period was read already
		return period
	}
	noon := func(days int) time.Time { return monday.AddDate(0, 0, days).Add(12 * time.Hour) }
	return monitor.Period{From: referral.WeekOf(noon(-7 * weeks)), To: referral.WeekOf(noon(-7))}
}

// nameThings gives the report the names to show.
func nameThings(w *report.Weekly, c *content, lang string) {
	w.Text = func(id string, pairs ...any) string { return c.texts.Text(lang, id, pairs...) }
	w.Initiative = func(id string) string {
		if i, ok := c.catalogue.Initiative(id); ok {
			return i.Name
		}
		return id
	}
	w.Question = func(id string) string {
		if c.texts.Has(lang, "topic."+id) {
			return c.texts.Text(lang, "topic."+id)
		}
		return id
	}
	w.Partner = c.partnerName
}

// write gives the output to a file, which appears whole or not at all, or to stdout.
func (cmd *reportCmd) write(p *program, to func(io.Writer) error) error {
	if cmd.Output == "" || cmd.Output == "-" {
		return to(p.stdout)
	}
	unfinished := cmd.Output + ".part"
	file, err := os.Create(unfinished)
	if err != nil {
		return badInput{err}
	}
	if err := errors.Join(to(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(unfinished))
	}
	return os.Rename(unfinished, cmd.Output)
}
