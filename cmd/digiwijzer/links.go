package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"digiwijzer/flows/content/linkcheck"
)

type linksCmd struct {
	contentFlag
	Shown   bool          `help:"cli.help.links_shown"`
	Tries   int           `help:"cli.help.links_tries" default:"3"`
	Timeout time.Duration `help:"cli.help.links_timeout" default:"10s"`
	Pause   time.Duration `help:"cli.help.links_pause" default:"1s"`
	Private bool          `help:"cli.help.links_private"`
	Format  string        `help:"cli.help.format" enum:"table,json" default:"table"`
}

// linkReport is the result for one address and what uses it.
type linkReport struct {
	linkcheck.Result
	IDs []string `json:"ids"` // initiatives and rules
}

// Run checks whether every web address in the catalogue and the rules answers.
func (cmd *linksCmd) Run(ctx context.Context, p *program) error {
	if cmd.Tries < 1 || cmd.Timeout <= 0 || cmd.Pause < 0 {
		return p.BadInput("cli.bad.links")
	}
	e, err := cmd.load(p)
	if err != nil {
		return err
	}
	var urls []string
	users := map[string][]string{}
	for _, a := range e.Addresses(!cmd.Shown) {
		urls = append(urls, a.URL)
		users[a.URL] = a.UsedBy
	}
	checker := linkcheck.New(linkcheck.Options{Timeout: cmd.Timeout, Pause: cmd.Pause, Tries: cmd.Tries, Private: cmd.Private})
	results := checker.Check(ctx, urls, func(r linkcheck.Result) {
		if cmd.Format == "table" && r.State != linkcheck.Fine {
			fmt.Fprintln(p.stdout, p.linkLine(linkReport{r, users[r.URL]}))
		}
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	reports, bad := make([]linkReport, len(results)), 0
	for i, r := range results {
		reports[i] = linkReport{r, users[r.URL]}
		if r.Bad() {
			bad++
		}
	}
	if cmd.Format == "json" {
		err = p.json(reports)
	} else {
		_, err = fmt.Fprintln(p.stdout, p.Say("cli.links.done", "All", strconv.Itoa(len(results)), "Bad", strconv.Itoa(bad)))
	}
	if err == nil && bad > 0 {
		return errFound
	}
	return err
}

// linkLine describes an address that is not fine.
func (p *program) linkLine(r linkReport) string {
	detail := r.Error
	if r.To != "" && r.State == linkcheck.Moved {
		detail = "→ " + r.To
	} else if detail == "" {
		detail = strconv.Itoa(r.Code)
	}
	return fmt.Sprintf("%s: %s: %s (%s)", strings.Join(r.IDs, ", "), r.URL, p.Say("cli.links."+string(r.State)), detail)
}
