package main

import (
	"context"
	"fmt"
	"strings"

	"digiwijzer/bot/staff"
	"digiwijzer/flows"
	"digiwijzer/store/figures"
	"digiwijzer/store/staffdb"
)

type partnerCmd struct {
	Add     partnerAddCmd     `cmd:"" help:"cli.help.partner_add"`
	List    partnerListCmd    `cmd:"" help:"cli.help.partner_list"`
	Pause   partnerPauseCmd   `cmd:"" help:"cli.help.partner_pause"`
	Logo    partnerLogoCmd    `cmd:"" help:"cli.help.partner_logo_command"`
	Kit     partnerKitCmd     `cmd:"" help:"cli.help.partner_kit"`
	Figures partnerFiguresCmd `cmd:"" help:"cli.help.partner_figures"`
	Event   partnerEventCmd   `cmd:"" help:"cli.help.partner_event"`
}

type partnerAddCmd struct {
	contentFlag
	Code         string `arg:"" help:"cli.help.partner_code"`
	Name         string `required:"" help:"cli.help.partner_name" placeholder:"NAAM"`
	Kind         string `default:"overig" help:"cli.help.partner_kind" placeholder:"overig"`
	Municipality string `help:"cli.help.partner_municipality" placeholder:"GM0344"`
	Lang         string `help:"cli.help.lang" placeholder:"nl"`
}

// Run adds a partner, or changes one that was added earlier.
func (cmd *partnerAddCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	partner := flows.Partner{Code: cmd.Code, Name: cmd.Name, Kind: flows.PartnerKind(cmd.Kind), Municipality: cmd.Municipality, Lang: cmd.Lang}
	doubts, err := p.PartnerDesk(c).Put(ctx, staffdb.CommandLine, partner)
	if err != nil {
		return p.PartnerRefused(err, cmd.Code)
	}
	id := "cli.partner.added"
	if _, known := c.Partner(cmd.Code); known {
		id = "cli.partner.changed"
	}
	fmt.Fprintln(p.stdout, p.Say(id, "Code", partner.Code, "Name", strings.TrimSpace(partner.Name)))
	for _, remark := range doubts {
		fmt.Fprintln(p.stderr, p.remarkLine(remark))
	}
	fmt.Fprintln(p.stdout, p.Say("cli.partner.next", "Code", partner.Code))
	return nil
}

// remarkLine describes a partner that needs a check.
func (p *program) remarkLine(r flows.PartnerRemark) string {
	return p.Say("cli.partner.doubt_"+r.Why, "Code", r.Partner.Code, "Name", r.Partner.Name)
}

type partnerPauseCmd struct {
	contentFlag
	Code string `arg:"" help:"cli.help.partner_code"`
	End  bool   `help:"cli.help.partner_pause_end"`
}

// Run pauses a partner or ends its pause. Its links keep working.
func (cmd *partnerPauseCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	e, err := p.PartnerDesk(c).Pause(ctx, staffdb.CommandLine, cmd.Code, !cmd.End)
	if err != nil {
		return p.PartnerRefused(err, cmd.Code)
	}
	id := "cli.partner.paused"
	if cmd.End {
		id = "cli.partner.resumed"
	}
	return p.print(p.Say(id, "Code", e.Code, "Name", e.Name))
}

type partnerListCmd struct {
	contentFlag
	Format string `help:"cli.help.format" enum:"table,json" default:"table"`
}

// Run lists the partners and how often their links are used.
func (cmd *partnerListCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	var list []staff.ListedPartner
	err = p.withFigures(ctx, c, true, func(f *figures.Service) (err error) {
		list, _, err = staff.ListPartners(ctx, f, c.Partners)
		return err
	})
	if err != nil {
		return err
	}
	kept, err := p.Settings.Place().ReadPartners(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Since = kept.States[list[i].Code].Since
	}
	if cmd.Format == "json" {
		return p.json(list)
	}
	return staff.WritePartners(p.stdout, list, p.Say)
}

type partnerFiguresCmd struct {
	contentFlag
	Code  string `arg:"" help:"cli.help.partner_code"`
	Renew bool   `help:"cli.help.partner_renew"`
}

// Run prints the address of a partner's own figures; with --renew a new one.
func (cmd *partnerFiguresCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	e, known := c.Partner(cmd.Code)
	if !known {
		return p.PartnerRefused(staff.ErrNoPartner, cmd.Code)
	}
	link, since, err := p.FiguresLink(ctx, c, cmd.Code, cmd.Renew)
	if err != nil {
		return err
	}
	return p.print(p.Say("cli.partner.figures", "Name", e.Name, "Since", since, "Link", link))
}
