package main

import (
	"fmt"
	"strings"
)

type checkCmd struct {
	Content string `help:"${cli_help_check_content}" placeholder:"DIR"`
	Date    string `help:"${cli_help_date}" placeholder:"YYYY-MM-DD"`
	Days    int    `help:"${cli_help_check_days}" default:"90" placeholder:"90"`
}

// Run is the content gate: it lists every fault and fails if there is any.
func (cmd *checkCmd) Run(p *program) error {
	overlay := cmd.Content
	if overlay == "" {
		overlay = p.config.content
	}
	if _, err := p.today(cmd.Date); err != nil {
		return err
	}
	if cmd.Days < 0 {
		return badInputf("--days: %d days from now lie in the past", cmd.Days)
	}
	c, err := loadContent(overlay)
	if err != nil {
		return p.faults(strings.Split(err.Error(), "\n"))
	}
	var faults []string
	for _, fault := range c.texts.Faults() {
		faults = append(faults, fault.Error())
	}
	if len(faults) > 0 {
		return p.faults(faults)
	}
	if err := p.warnOutdated(overlay); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.check.ok", "Content", c.id))
	return err
}

// faults lists what is wrong, a line each, and how many there are.
func (p *program) faults(list []string) error {
	for _, fault := range list {
		fmt.Fprintln(p.stdout, strings.TrimSpace(fault))
	}
	fmt.Fprintln(p.stdout, p.say("cli.check.faults", "Count", len(list)))
	return errFound
}

// warnOutdated names the files of the overlay that hide a newer version.
func (p *program) warnOutdated(overlay string) error {
	if overlay == "" {
		return nil
	}
	names, err := outdated(overlay)
	for _, name := range names {
		fmt.Fprintln(p.stdout, p.say("cli.check.outdated", "File", name))
	}
	return err
}
