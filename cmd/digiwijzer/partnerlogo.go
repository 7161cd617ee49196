package main

import (
	"context"
	"os"

	"digiwijzer/bot/app"
	"digiwijzer/store/staffdb"
)

type partnerLogoCmd struct {
	contentFlag
	Code   string `arg:"" help:"cli.help.partner_code"`
	File   string `arg:"" optional:"" help:"cli.help.partner_logo"`
	Remove bool   `help:"cli.help.partner_logo_remove"`
}

// Run sets the logo of a partner, from the data folder or a file, or removes it. It is shown on the partner's
// page and in a kit.
func (cmd *partnerLogoCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	if (cmd.File == "") != cmd.Remove {
		return p.BadInput("cli.partner.logo_or_remove")
	}
	id, logo := "cli.partner.logo_removed", []byte(nil)
	if !cmd.Remove {
		id = "cli.partner.logo_added"
		if logo, err = os.ReadFile(cmd.File); err != nil {
			return app.BadInput{Err: err}
		}
	}
	partner, err := p.PartnerDesk(c).SetLogo(ctx, staffdb.CommandLine, cmd.Code, logo)
	if err != nil {
		return p.PartnerRefused(err, cmd.Code)
	}
	return p.print(p.Say(id, "Name", partner.Name, "Code", partner.Code))
}
