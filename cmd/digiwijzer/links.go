package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/referral"
)

type linksCmd struct {
	Content string        `help:"${cli_help_check_content}" placeholder:"DIR"`
	Shown   bool          `help:"${cli_help_links_shown}"`
	Tries   int           `help:"${cli_help_links_tries}" default:"3"`
	Timeout time.Duration `help:"${cli_help_links_timeout}" default:"10s"`
	Pause   time.Duration `help:"${cli_help_links_pause}" default:"1s"`
	Private bool          `help:"${cli_help_links_private}"`
	Format  string        `help:"${cli_help_format}" enum:"table,json" default:"table"`
}

// linkReport is one address with the records that use it.
type linkReport struct {
	linkResult
	IDs []string `json:"ids"` // initiatives and rules
}

// Run looks whether every web address in the catalogue and the rules answers.
func (cmd *linksCmd) Run(ctx context.Context, p *program) error {
	if cmd.Tries < 1 || cmd.Timeout <= 0 || cmd.Pause < 0 {
		return badInputf("--tries is 1 or more, --timeout more than 0, --pause not negative")
	}
	overlay := cmd.Content
	if overlay == "" {
		overlay = p.config.content
	}
	c, err := loadContent(overlay)
	if err != nil {
		return err
	}
	addresses, users := linksOf(c.catalogue, !cmd.Shown)
	checker := newLinkChecker(cmd.Timeout, cmd.Pause, cmd.Tries, cmd.Private)
	results := checker.check(ctx, addresses, func(r linkResult) {
		if cmd.Format == "table" && r.State != linkFine {
			fmt.Fprintln(p.stdout, p.linkLine(linkReport{r, users[r.URL]}))
		}
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	reports, bad := make([]linkReport, len(results)), 0
	for i, r := range results {
		reports[i] = linkReport{r, users[r.URL]}
		if r.bad() {
			bad++
		}
	}
	if cmd.Format == "json" {
		err = p.json(reports)
	} else {
		_, err = fmt.Fprintln(p.stdout, p.say("cli.links.done", "All", strconv.Itoa(len(results)), "Bad", strconv.Itoa(bad)))
	}
	if err == nil && bad > 0 {
		return errFound
	}
	return err
}

// linkLine is one address that is not as it was, in a line.
func (p *program) linkLine(r linkReport) string {
	detail := r.Error
	if r.To != "" && r.State == linkMoved {
		detail = "→ " + r.To
	} else if detail == "" {
		detail = strconv.Itoa(r.Code)
	}
	return fmt.Sprintf("%s: %s: %s (%s)", strings.Join(r.IDs, ", "), r.URL, p.say("cli.links."+string(r.State)), detail)
}

// linksOf are the web addresses of the catalogue, each once, with who uses it: those
// that people are shown and, if asked for, the sources of what is said.
func linksOf(c *referral.Catalogue, sources bool) (addresses []string, users map[string][]string) {
	users = map[string][]string{}
	add := func(address, id string) {
		if address == "" {
			return
		}
		if users[address] == nil {
			addresses = append(addresses, address)
		}
		if !slices.Contains(users[address], id) {
			users[address] = append(users[address], id)
		}
	}
	for _, i := range c.Initiatives() {
		for _, contact := range i.Contact {
			if contact.Type == "web" {
				add(contact.Value, i.ID)
			}
		}
		for _, e := range i.Evidence {
			if sources {
				add(e.URL, i.ID)
			}
		}
	}
	for _, r := range c.Rules() {
		for _, address := range r.Evidence {
			if sources && strings.HasPrefix(address, "http") {
				add(address, r.ID)
			}
		}
	}
	return addresses, users
}
