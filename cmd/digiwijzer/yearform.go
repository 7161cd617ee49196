package main

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot/report"
	"digiwijzer/bot/staff"
	"digiwijzer/flows/content"
)

type yearFormCmd struct {
	contentFlag
	ID     string `arg:"" name:"id" help:"${cli_help_catalogue_form_id}" placeholder:"ID"`
	Year   string `help:"${cli_help_catalogue_form_year}" required:"" placeholder:"2026"`
	Output string `help:"${cli_help_output}" short:"o" required:"" placeholder:"FILE.xlsx"`
}

// Run writes the form in which an initiative says whom it helped in a year.
func (cmd *yearFormCmd) Run(p *program) error {
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	year, err := strconv.Atoi(cmd.Year)
	if err != nil || len(cmd.Year) != len("2026") {
		return p.badInput("cli.bad.year", "Value", cmd.Year)
	}
	if _, known := c.Catalogue.Initiative(cmd.ID); !known {
		return p.badInput("cli.bad.initiative", "Value", cmd.ID)
	}
	return p.writeNamed(cmd.Output, func(w io.Writer) error {
		return report.WriteYearForm(w, cmd.ID, year, p.clock.Now(), staff.Words(c, p.config.terminal.lang))
	})
}

// readForms reads the forms that initiatives filled in, which must be of the year of the report
// and of initiatives of the catalogue, each once. They are ordered by initiative.
func (cmd *reportCmd) readForms(p *program, c *content.Edition) (all []report.YearForm, err error) {
	if len(cmd.Form) > 0 && cmd.Year == "" {
		return nil, p.badInput("cli.bad.form_without_year")
	}
	for _, name := range cmd.Form {
		file, err := p.readNamed(name)
		if err != nil {
			return nil, err
		}
		f, err := report.ReadYearForm(file, staff.Words(c, p.config.terminal.lang))
		if err != nil {
			return nil, badInputf("%s: %v", name, err)
		}
		_, known := c.Catalogue.Initiative(f.Initiative)
		switch {
		case strconv.Itoa(f.Year) != cmd.Year:
			return nil, p.badInput("cli.bad.form_year", "File", name, "Year", f.Year, "Wanted", cmd.Year)
		case !known:
			return nil, p.badInput("cli.bad.initiative", "Value", f.Initiative)
		case slices.ContainsFunc(all, func(o report.YearForm) bool { return o.Initiative == f.Initiative }):
			return nil, p.badInput("cli.bad.form_twice", "File", name, "Initiative", f.Initiative)
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b report.YearForm) int { return strings.Compare(a.Initiative, b.Initiative) })
	return all, nil
}
