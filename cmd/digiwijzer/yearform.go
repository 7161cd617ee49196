package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot/report"
	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/web"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/staffdb"
)

type yearFormCmd struct {
	contentFlag
	ID     string `arg:"" name:"id" help:"cli.help.catalogue_form_id" placeholder:"ID"`
	Year   string `help:"cli.help.catalogue_form_year" required:"" placeholder:"2026"`
	Link   bool   `help:"cli.help.catalogue_form_link"`
	Renew  bool   `help:"cli.help.catalogue_form_renew"`
	Output string `help:"cli.help.catalogue_form_output" short:"o" placeholder:"FILE.xlsx"`
}

// Run makes the form in which an initiative says whom it helped in a year: a workbook, or the
// address of a page.
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
		return p.badInput("cli.bad.initiative", "Value", cmd.ID)
	}
	link := cmd.Link || cmd.Renew
	if !link && cmd.Output == "" {
		return p.badInput("cli.bad.form_where")
	}
	if link {
		if err := cmd.printLink(ctx, p, initiative, year); err != nil || cmd.Output == "" {
			return err
		}
	}
	return p.writeNamed(cmd.Output, func(w io.Writer) error {
		return report.WriteYearForm(w, cmd.ID, year, p.clock.Now(), staff.Words(c, p.config.terminal.lang))
	})
}

// printLink prints the address of the form; with --renew a new one.
func (cmd *yearFormCmd) printLink(ctx context.Context, p *program, of *referral.Initiative, year int) error {
	key, err := store.LoadKey(p.config.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return p.badInput("cli.partner.no_key", "File", p.config.KeyFile)
	}
	if err != nil {
		return err
	}
	db, err := p.config.openStaffData(ctx)
	if err != nil {
		return err
	}
	version, err := p.formAddress(ctx, db, staffdb.CommandLine, of.ID, year, cmd.Renew)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.catalogue.form_link", "Name", of.Name, "Year", strconv.Itoa(year),
		"Link", p.config.PublicURL+formSeal(key).FormPath(of.ID, year, version)))
	return err
}

// formAddress returns the version of the address of a form, the first one or with renew the
// next, and records that it was given out.
func (p *program) formAddress(ctx context.Context, db *staffdb.DB, who, initiative string, year int, renew bool) (version int, err error) {
	act := staff.Act{Who: who, What: "year form address given out", About: initiative, Detail: strconv.Itoa(year)}
	if renew {
		act.What = "year form address renewed"
	}
	err = p.recorded(ctx, db, act, func() error {
		forms, err := p.config.place().OpenFormBook(ctx)
		if err != nil {
			return err
		}
		version, err = forms.Address(ctx, initiative, year, renew)
		return errors.Join(err, forms.Close())
	})
	return version, err
}

func formSeal(key *store.Key) share.Seal { return share.Seal{Key: key.Derive(store.YearForms)} }

// yearForms are the forms that initiatives fill in on the site.
type yearForms struct{ *service }

// Open implements web.YearForms. The version of the address is read per request, so that
// renewing it revokes the old one at once.
func (y yearForms) Open(ctx context.Context, initiative, year, signature string) (form web.YearForm, open bool, err error) {
	i, known := y.content.Current().Catalogue.Initiative(initiative)
	if _, err := figures.ParseYear(year); err != nil || !known {
		return form, false, nil
	}
	form = web.YearForm{Initiative: i.ID, Name: i.Name}
	if form.Year, err = strconv.Atoi(year); err != nil {
		return form, false, err
	}
	version, err := y.store.YearFormAddress(ctx, i.ID, form.Year)
	if err != nil || !y.formSeal.OpensForm(i.ID, form.Year, version, signature) {
		return form, false, err
	}
	sent, err := y.store.YearForms(ctx, form.Year)
	if at := slices.IndexFunc(sent, func(f figures.YearForm) bool { return f.Initiative == i.ID }); at >= 0 {
		form.Sent = &sent[at]
	}
	return form, true, err
}

// Save implements web.YearForms.
func (y yearForms) Save(ctx context.Context, f report.YearForm) error {
	return y.store.SaveYearForm(ctx, f)
}

// besides returns the forms that were sent in, with those of files instead where there are both,
// by initiative.
func besides(sent, files []report.YearForm) []report.YearForm {
	all := slices.Clone(files)
	for _, f := range sent {
		if !slices.ContainsFunc(files, func(o report.YearForm) bool { return o.Initiative == f.Initiative }) {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b report.YearForm) int { return strings.Compare(a.Initiative, b.Initiative) })
	return all
}

// readForms reads the forms that initiatives filled in, which must be of the year of the report
// and of initiatives of the catalogue, each once.
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
	return all, nil
}
