package main

import (
	"context"
	"digiwijzer/bot/app"
	"digiwijzer/bot/settings"
	"errors"
	"net/url"
	"strconv"
)

type doctorCmd struct {
	contentFlag
	URL     string `arg:"" optional:"" help:"cli.help.doctor_url"`
	Live    bool   `help:"cli.help.doctor_live"`
	Offline bool   `help:"cli.help.doctor_offline"`
	Format  string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// Run examines the settings, the machine, the data and, with an address, the site as visitors reach it. It
// fails if anything is wrong, and changes nothing.
func (cmd *doctorCmd) Run(ctx context.Context, p *program) error {
	if cmd.Live {
		return p.live(ctx)
	}
	of := app.ExamineOptions{Faults: p.faults, Folder: cmd.folder(p), Offline: cmd.Offline}
	host := ""
	if cmd.URL != "" {
		text, err := settings.ParseAddress(cmd.URL)
		if err != nil {
			return p.BadInput("cli.bad.address", "Value", strconv.Quote(cmd.URL))
		}
		if of.Site, err = url.Parse(text); err != nil {
			return err
		}
		host = of.Site.Hostname()
	}
	findings, err := p.Examine(ctx, of)
	if err != nil {
		return err
	}
	report := findings.Report(host, p.Say)
	if cmd.Format == "json" {
		err = p.json(report)
	} else {
		err = report.Write(p.stdout, p.Say)
	}
	if err == nil && !report.OK {
		err = errFound
	}
	return err
}

// live fails if the program on this machine is not alive.
func (p *program) live(ctx context.Context) error {
	if p.faults != nil {
		return app.BadInput{Err: p.faults}
	}
	if err := p.Alive(ctx); err != nil {
		return errors.New(p.Say("doctor.live.dead", "Problem", err.Error()))
	}
	return nil
}
