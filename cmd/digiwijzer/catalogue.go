package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"digiwijzer/referral"
)

type catalogueCmd struct {
	Format string `help:"${cli_help_format}" enum:"table,json" default:"table"`
}

// catalogueEntry is one initiative as other programs read it.
type catalogueEntry struct {
	ID         string           `json:"id"`
	Name       string           `json:"name"`
	Kind       referral.Kind    `json:"kind"`
	Status     referral.Status  `json:"status"`
	URL        string           `json:"url"`
	VerifiedOn referral.Date    `json:"verified_on"` // empty: nobody looked yet
	NeedsCheck []referral.Check `json:"needs_check"`
}

// Run lists the initiatives and what an editor must look at today.
func (cmd *catalogueCmd) Run(p *program) error {
	c, err := loadContent(p.config.content)
	if err != nil {
		return err
	}
	today := referral.DayOf(p.clock.Now())
	entries := []catalogueEntry{}
	for _, i := range c.catalogue.Initiatives() {
		entries = append(entries, catalogueEntry{ID: i.ID, Name: i.Name, Kind: i.Kind, Status: i.Status,
			URL: i.URL(), VerifiedOn: i.VerifiedOn, NeedsCheck: append([]referral.Check{}, i.NeedsCheck(today)...)})
	}
	if cmd.Format == "json" {
		encoder := json.NewEncoder(p.stdout)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(entries)
	}
	return p.catalogueTable(entries)
}

func (p *program) catalogueTable(entries []catalogueEntry) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join([]string{"id", p.say("cli.catalogue.name"), p.say("cli.catalogue.status"),
		p.say("cli.catalogue.verified_on"), p.say("cli.catalogue.needs_check"), "url"}, "\t"))
	for _, e := range entries {
		fmt.Fprintln(w, strings.Join([]string{e.ID, e.Name, p.say("cli.status." + string(e.Status)),
			orDash(string(e.VerifiedOn)), orDash(p.checks(e.NeedsCheck)), orDash(e.URL)}, "\t"))
	}
	return w.Flush()
}

func (p *program) checks(checks []referral.Check) string {
	var words []string
	for _, check := range checks {
		words = append(words, p.say("cli.needs."+string(check)))
	}
	return strings.Join(words, ", ")
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
