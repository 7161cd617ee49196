package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"digiwijzer/bot/admission"
	"digiwijzer/referral"
	"digiwijzer/store"
)

// maxExpected bounds what an event lets count, so that a mistyped number opens no door.
const maxExpected = 5000

type partnerEventCmd struct {
	contentFlag
	Code   string `arg:"" help:"cli.help.partner_code"`
	Date   string `required:"" help:"cli.help.partner_event_date" placeholder:"2026-12-03"`
	Expect int    `required:"" help:"cli.help.partner_event_expect" placeholder:"200"`
}

// Run announces a day on which many people begin through a partner's link from one place, so
// that they all count; with nobody expected it cancels one.
func (cmd *partnerEventCmd) Run(ctx context.Context, p *program) error {
	partner, err := cmd.partner(ctx, p, cmd.Code)
	if err != nil {
		return err
	}
	today := referral.DayOf(p.clock.Now())
	if _, err := time.Parse(time.DateOnly, cmd.Date); err != nil {
		return p.badInput("cli.bad.event_date", "Value", strconv.Quote(cmd.Date))
	}
	if cmd.Expect < 0 || cmd.Expect > maxExpected {
		return p.badInput("cli.bad.event_expect", "Value", strconv.Itoa(cmd.Expect), "Max", strconv.Itoa(maxExpected))
	}
	event := admission.Event{Partner: cmd.Code, Day: referral.Date(cmd.Date), Expect: cmd.Expect}
	if event.Day < today {
		return p.badInput("cli.bad.event_past", "Date", cmd.Date)
	}
	var planned []admission.Event
	err = p.changePartners(ctx, func(book *store.PartnerBook) error {
		err := book.PutEvent(ctx, event)
		if err != nil {
			return err
		}
		planned, err = book.Events(ctx, today)
		return err
	})
	if err != nil {
		return err
	}
	id := "cli.partner.event"
	if event.Expect == 0 {
		id = "cli.partner.event_cancelled"
	}
	_, err = fmt.Fprintln(p.stdout, p.say(id, "Name", partner.Name, "Date", cmd.Date, "N", strconv.Itoa(cmd.Expect)))
	for _, e := range planned {
		_, failed := fmt.Fprintln(p.stdout, p.say("cli.partner.event_planned", "Date", string(e.Day), "Code", e.Partner, "N", strconv.Itoa(e.Expect)))
		err = errors.Join(err, failed)
	}
	return err
}
