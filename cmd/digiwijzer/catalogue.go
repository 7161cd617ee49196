package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/flows/content"
	"digiwijzer/referral"
)

type catalogueCmd struct {
	List   catalogueListCmd `cmd:"" default:"withargs" help:"cli.help.catalogue_list"`
	Verify verifyCmd        `cmd:"" help:"cli.help.catalogue_verify"`
	Links  linksCmd         `cmd:"" help:"cli.help.catalogue_links"`
	Form   yearFormCmd      `cmd:"" help:"cli.help.catalogue_form"`
}

type catalogueListCmd struct {
	contentFlag
	Stale  bool   `help:"cli.help.catalogue_stale"`
	Days   int    `help:"cli.help.catalogue_days" default:"90" placeholder:"90"`
	Format string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// Run lists the initiatives and what an editor must check today; with --stale only those that need a check
// within --days, the most urgent first.
func (cmd *catalogueListCmd) Run(p *program) error {
	if cmd.Days < 0 {
		return p.BadInput("cli.bad.days", "Value", cmd.Days)
	}
	e, err := cmd.load(p)
	if err != nil {
		return err
	}
	today := referral.DayOf(p.Clock.Now())
	entries := e.CatalogueEntries(today)
	if cmd.Stale {
		entries = e.DueEntries(today, cmd.Days)
	}
	if cmd.Format == "json" {
		return p.json(entries)
	}
	return content.WriteCatalogue(p.stdout, entries, cmd.Stale, p.Say)
}

// json prints a value as indented JSON.
func (p *program) json(value any) error {
	encoder := json.NewEncoder(p.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

type verifyCmd struct {
	contentFlag
	ID   string `arg:"" help:"cli.help.catalogue_id"`
	By   string `required:"" help:"cli.help.catalogue_by" placeholder:"NAME"`
	Date string `help:"cli.help.date" placeholder:"YYYY-MM-DD"`
	Yes  bool   `help:"cli.help.catalogue_yes"`
}

// confirm shows what the editor vouches for and requests confirmation.
func (cmd *verifyCmd) confirm(p *program, by string) error {
	e, err := cmd.load(p)
	if err != nil {
		return err
	}
	i, known := e.Catalogue.Initiative(cmd.ID)
	if !known {
		return p.BadInput("cli.verify.unknown", "ID", cmd.ID)
	}
	fmt.Fprintln(p.stdout, p.Say("cli.verify.shows", "Name", i.Name, "Status", p.Say("cli.status."+string(i.Status))))
	for _, contact := range i.Contact {
		fmt.Fprintln(p.stdout, "  "+contact.Value)
	}
	if cmd.Yes {
		return nil
	}
	fmt.Fprint(p.stdout, p.Say("cli.verify.ask", "By", by)+" ")
	answer, _ := bufio.NewReader(p.stdin).ReadString('\n') // the end of the input means no
	if !slices.Contains([]string{"j", "ja", "y", "yes"}, strings.ToLower(strings.TrimSpace(answer))) {
		return p.BadInput("cli.verify.not_confirmed")
	}
	return nil
}

// Run records in the content folder that a person verified an initiative.
func (cmd *verifyCmd) Run(p *program) error {
	if cmd.folder(p) == "" {
		return p.BadInput("cli.verify.no_folder")
	}
	on, err := p.today(cmd.Date)
	if err != nil {
		return err
	}
	by := strings.TrimSpace(cmd.By)
	if err := cmd.confirm(p, by); err != nil {
		return err
	}
	file, err := content.Verify(cmd.folder(p), cmd.ID, by, on)
	switch {
	case errors.Is(err, content.ErrEditorName):
		return badInputf("--by: %s", p.Say("cli.verify.bad_name", "Max", strconv.Itoa(content.MaxEditorName)))
	case errors.Is(err, content.ErrUnknownInitiative):
		return p.BadInput("cli.verify.unknown", "ID", cmd.ID)
	case err != nil:
		return err
	}
	return p.print(p.Say("cli.verified", "File", file, "By", by, "Day", string(on)))
}
