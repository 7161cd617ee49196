package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"digiwijzer/bot/app"
	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

type reportCmd struct {
	contentFlag
	Week    string           `help:"cli.help.report_week" placeholder:"2026-W47" xor:"period,from"`
	From    string           `help:"cli.help.report_from" placeholder:"2026-W40" xor:"from" and:"range"`
	To      string           `help:"cli.help.report_to" placeholder:"2026-W47" and:"range"`
	Quarter string           `help:"cli.help.report_quarter" placeholder:"2026Q4" xor:"period,from"`
	Half    string           `help:"cli.help.report_half" placeholder:"2026H2" xor:"period,from"`
	Year    string           `help:"cli.help.report_year" placeholder:"2026" xor:"period,from"`
	Rolling string           `help:"cli.help.report_rolling" placeholder:"2026Q4" xor:"period,from"`
	By      string           `help:"cli.help.report_by" placeholder:"DIM[,DIM]"`
	Level   disclosure.Level `help:"cli.help.report_level" enum:",beheer,intern,extern" default:""`
	With    []string         `help:"cli.help.report_with" placeholder:"FILE" sep:"none"`
	Form    []string         `help:"cli.help.report_form" placeholder:"FILE.xlsx" sep:"none"`
	Format  report.Format    `help:"cli.help.report_format" enum:",table,csv,csv-nl,xlsx,json,html,png,svg,pdf" default:""`
	Output  string           `help:"cli.help.output" short:"o" placeholder:"FILE"`
}

// Run writes the figures. It can run while serve does: it only reads the counts. What is released of a closed
// quarter is entered in the ledger of releases.
func (cmd *reportCmd) Run(ctx context.Context, p *program) error {
	if err := cmd.chooseFormat(p); err != nil {
		return err
	}
	period, err := cmd.period(p)
	if err != nil {
		return err
	}
	if begin := referral.WeekOf(p.Clock.Now()); period.From > begin {
		return p.BadInput("cli.bad.not_begun", "Period", periodName(period), "Week", begin)
	}
	level, err := cmd.level(p, period)
	if err != nil {
		return err
	}
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	others, err := p.ReadForeign(cmd.With, staff.Words(c, p.Lang), p.stderr)
	if err != nil {
		return err
	}
	forms, err := p.ReadForms(c, cmd.Form, cmd.Year)
	if err != nil {
		return err
	}
	var made report.Rendering
	err = p.withFigures(ctx, c, cmd.Format == report.JSON, func(f *figures.Service) (err error) {
		if err = p.somethingCounted(ctx, f, period, cmd.Format); err != nil {
			return err
		}
		made, err = p.Pages(c, f).Report(ctx, period, level, p.Lang)
		return err
	})
	var open figures.NotClosedError
	var changed figures.ChangedError
	switch {
	case errors.As(err, &open):
		return p.BadInput("cli.bad.not_closed", "Period", string(open.Span), "Day", string(open.Settles))
	case errors.As(err, &changed):
		return p.BadInput("cli.bad.changed", "Period", changed.Period)
	case err != nil:
		return err
	}
	made.Foreign, made.Forms = others, app.MergeYearForms(made.Forms, forms)
	write := p.WriteOutput
	if level == disclosure.Accountable {
		write = p.WriteConfidential
	}
	return write(cmd.Output, p.stdout, func(w io.Writer) error { return made.Write(w, cmd.Format) })
}

// chooseFormat takes the format from the name of the file if no flag sets it, and refuses to write binary
// formats to a terminal.
func (cmd *reportCmd) chooseFormat(p *program) error {
	toFile := cmd.Output != "" && cmd.Output != "-"
	if info, err := os.Stat(cmd.Output); toFile && err == nil && info.IsDir() {
		return p.BadInput("cli.bad.is_folder", "File", cmd.Output)
	}
	if cmd.Format == "" && toFile {
		extension := strings.ToLower(strings.TrimPrefix(filepath.Ext(cmd.Output), "."))
		format, known := report.FormatOf(extension)
		if !known {
			return p.BadInput("cli.bad.extension", "File", cmd.Output, "Known", report.Extensions())
		}
		cmd.Format = format
	}
	if cmd.Format == "" {
		cmd.Format = report.Text
	}
	if _, screen := terminalOf(p.stdout); screen && !toFile && cmd.Format.Binary() {
		return p.BadInput("cli.bad.screen", "Format", string(cmd.Format))
	}
	return nil
}

// periodName returns a period in the notation of the flags.
func periodName(period figures.Period) string {
	switch {
	case period.Span != "":
		return string(period.Span)
	case period.From == period.To:
		return period.From
	}
	return period.From + " – " + period.To
}

// somethingCounted refuses a report on a period before anything was counted. As JSON it is a report of zeros,
// for programs that request a fixed period.
func (p *program) somethingCounted(ctx context.Context, f *figures.Service, period figures.Period, format report.Format) error {
	if format == report.JSON {
		return nil
	}
	first, err := f.FirstWeek(ctx)
	switch {
	case err != nil:
		return err
	case first == "":
		return p.BadInput("cli.bad.nothing_counted")
	case period.To < first:
		return p.BadInput("cli.bad.before", "Period", periodName(period), "Week", first)
	}
	return nil
}

// level returns the requested level: by default that of whoever is accountable for single weeks, and that of
// the working group for what is released of a quarter or longer.
func (cmd *reportCmd) level(p *program, period figures.Period) (disclosure.Level, error) {
	if cmd.By != "" {
		return "", p.BadInput("cli.bad.by", "Told", p.ToldTables())
	}
	switch {
	case cmd.Level == disclosure.External && period.Span == "":
		return "", p.BadInput("cli.bad.level_quarter", "Example", "2026Q3")
	case cmd.Level != "":
		return cmd.Level, nil
	case period.Span != "":
		return disclosure.Internal, nil
	}
	return disclosure.Accountable, nil
}
