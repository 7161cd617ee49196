package main

import (
	"context"
	"fmt"
	"strconv"

	"digiwijzer/flows/audit"
)

type checkCmd struct {
	Content string `help:"${cli_help_check_content}" placeholder:"DIR"`
	Date    string `help:"${cli_help_date}" placeholder:"YYYY-MM-DD"`
	Days    int    `help:"${cli_help_check_days}" default:"90" placeholder:"90"`
}

// Run is the content gate: it walks every path, lists every fault and fails if there
// is any.
func (cmd *checkCmd) Run(ctx context.Context, p *program) error {
	overlay := cmd.Content
	if overlay == "" {
		overlay = p.config.content
	}
	from, err := p.today(cmd.Date)
	if err != nil {
		return err
	}
	if cmd.Days < 0 {
		return badInputf("--days: %d days from now lie in the past", cmd.Days)
	}
	lang := p.config.terminal.lang
	c, err := loadContent(overlay)
	if err != nil {
		return p.faults(audit.Refused(err, p.words, lang))
	}
	if err := p.tellOutdated(overlay); err != nil {
		return err
	}
	p.tellDoubts(c)
	report := audit.Check(ctx, audit.Content{Questions: c.questions, Catalogue: c.catalogue, Texts: c.texts, Engine: c.engine},
		audit.Options{From: from, Days: ahead(cmd.Days), Lang: lang})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, notice := range report.Notices {
		fmt.Fprintln(p.stdout, notice)
	}
	for _, event := range report.Upcoming {
		fmt.Fprintln(p.stdout, event.What)
	}
	fmt.Fprintln(p.stdout, p.coverage(report.Coverage))
	if len(report.Faults) > 0 {
		return p.faults(report.Faults)
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.check.ok", "Content", c.id))
	return err
}

// coverage says in one line how much was looked at.
func (p *program) coverage(c audit.Coverage) string {
	return p.say("cli.check.coverage",
		"States", strconv.Itoa(c.States), "Paths", c.Paths, "Outcomes", strconv.Itoa(c.Outcomes), "Days", strconv.Itoa(c.Days),
		"Combinations", strconv.Itoa(c.Combinations), "Messages", strconv.Itoa(c.Messages),
		"Seconds", strconv.FormatFloat(c.Duration.Seconds(), 'f', 1, 64))
}

// ahead turns the flag into what audit takes, where 0 means "the usual".
func ahead(days int) int {
	if days == 0 {
		return -1
	}
	return days
}

// faults lists what is wrong, a line each, and how many there are.
func (p *program) faults(list []audit.Fault) error {
	for _, fault := range list {
		fmt.Fprintln(p.stdout, fault)
	}
	fmt.Fprintln(p.stdout, p.say("cli.check.faults", "Count", len(list)))
	return errFound
}

// tellOutdated names the files of the overlay that hide a newer version.
func (p *program) tellOutdated(overlay string) error {
	if overlay == "" {
		return nil
	}
	names, err := outdated(overlay)
	for _, name := range names {
		fmt.Fprintln(p.stdout, p.say("cli.check.outdated", "File", name))
	}
	return err
}
