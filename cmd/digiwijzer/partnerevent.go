package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"digiwijzer/bot/staff"
	"digiwijzer/referral"
	"digiwijzer/store/staffdb"
)

type partnerEventCmd struct {
	contentFlag
	Code   string `arg:"" help:"cli.help.partner_code"`
	Date   string `required:"" help:"cli.help.partner_event_date" placeholder:"2026-12-03"`
	Expect int    `required:"" help:"cli.help.partner_event_expect" placeholder:"200"`
}

// Run announces a day on which many people start through a partner's link from one place, so that they all
// count; with an expected number of 0 it cancels one.
func (cmd *partnerEventCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	partner, err := p.PartnerDesk(c).SetEvent(ctx, staffdb.CommandLine, cmd.Code, cmd.Date, cmd.Expect)
	var fault staff.EventFault
	switch {
	case errors.As(err, &fault):
		value := strconv.Quote(cmd.Date)
		if fault == staff.EventExpect {
			value = strconv.Itoa(cmd.Expect)
		}
		return p.BadInput("cli.bad.event_"+string(fault), "Value", value, "Date", cmd.Date, "Max", strconv.Itoa(staff.MaxExpected))
	case err != nil:
		return p.PartnerRefused(err, cmd.Code)
	}
	book, err := p.Settings.Place().OpenPartnerBook(ctx)
	if err != nil {
		return err
	}
	planned, err := book.Events(ctx, referral.DayOf(p.Clock.Now()))
	if err = errors.Join(err, book.Close()); err != nil {
		return err
	}
	id := "cli.partner.event"
	if cmd.Expect == 0 {
		id = "cli.partner.event_cancelled"
	}
	_, err = fmt.Fprintln(p.stdout, p.Say(id, "Name", partner.Name, "Date", cmd.Date, "N", strconv.Itoa(cmd.Expect)))
	for _, e := range planned {
		_, failed := fmt.Fprintln(p.stdout, p.Say("cli.partner.event_planned", "Date", string(e.Day), "Code", e.Partner, "N", strconv.Itoa(e.Expect)))
		err = errors.Join(err, failed)
	}
	return err
}
