package main

import (
	"context"
	"io"
	"strconv"

	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

type yearFormCmd struct {
	contentFlag
	ID     string `arg:"" name:"id" help:"cli.help.catalogue_form_id" placeholder:"ID"`
	Year   string `help:"cli.help.catalogue_form_year" required:"" placeholder:"2026"`
	Link   bool   `help:"cli.help.catalogue_form_link"`
	Renew  bool   `help:"cli.help.catalogue_form_renew"`
	Output string `help:"cli.help.catalogue_form_output" short:"o" placeholder:"FILE.xlsx"`
}

// Run makes the form in which an initiative reports whom it helped in a year: a workbook, or the address of
// a page.
func (cmd *yearFormCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	span, err := figures.ParseYear(cmd.Year)
	if err != nil {
		return p.badPeriod(err, "cli.bad.year", "Value", strconv.Quote(cmd.Year))
	}
	year, err := strconv.Atoi(string(span))
	if err != nil {
		return err
	}
	initiative, known := c.Catalogue.Initiative(cmd.ID)
	if !known {
		return p.BadInput("cli.bad.initiative", "Value", cmd.ID)
	}
	link := cmd.Link || cmd.Renew
	if !link && cmd.Output == "" {
		return p.BadInput("cli.bad.form_where")
	}
	if link {
		if err := cmd.printLink(ctx, p, initiative, year); err != nil || cmd.Output == "" {
			return err
		}
	}
	return p.WriteOutput(cmd.Output, p.stdout, func(w io.Writer) error {
		return report.WriteYearForm(w, cmd.ID, year, p.Clock.Now(), staff.Words(c, p.Lang))
	})
}

// printLink prints the address of the form; with --renew a new one.
func (cmd *yearFormCmd) printLink(ctx context.Context, p *program, of *referral.Initiative, year int) error {
	link, err := p.FormLink(ctx, of.ID, year, cmd.Renew)
	if err != nil {
		return err
	}
	return p.print(p.Say("cli.catalogue.form_link", "Name", of.Name, "Year", strconv.Itoa(year), "Link", link))
}
