package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"digiwijzer/bot/share"
	"digiwijzer/flows/content"
	"digiwijzer/store/staffdb"
)

type partnerLogoCmd struct {
	contentFlag
	Code   string `arg:"" help:"cli.help.partner_code"`
	File   string `arg:"" optional:"" help:"cli.help.partner_logo"`
	Remove bool   `help:"cli.help.partner_logo_remove"`
}

// Run gives a partner a logo, of the data folder or of a file, or takes it away. It stands on
// the partner's page and in a kit.
func (cmd *partnerLogoCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	if (cmd.File == "") != cmd.Remove {
		return p.badInput("cli.partner.logo_or_remove")
	}
	id, logo := "cli.partner.logo_removed", []byte(nil)
	if !cmd.Remove {
		id = "cli.partner.logo_added"
		if logo, err = os.ReadFile(cmd.File); err != nil {
			return badInput{err}
		}
	}
	partner, err := p.partnerDesk(c).SetLogo(ctx, staffdb.CommandLine, cmd.Code, logo)
	if err != nil {
		return p.partnerError(err, cmd.Code)
	}
	_, err = fmt.Fprintln(p.stdout, p.say(id, "Name", partner.Name, "Code", partner.Code))
	return err
}

// keptLogo returns the logo of a partner in the data folder; nil: there is none.
func (p *program) keptLogo(ctx context.Context, partner content.ListedPartner) (logo []byte, err error) {
	if partner.Logo == "" {
		return nil, nil
	}
	book, err := p.config.place().OpenPartnerBook(ctx)
	if err != nil {
		return nil, err
	}
	logo, err = book.Logo(ctx, partner.Code)
	return logo, errors.Join(err, book.Close())
}

// logoVersion returns what differs for every logo of a partner; empty: it has none.
func (s *service) logoVersion(code string) string {
	partner, _ := s.content.Current().Partner(code)
	return partner.Logo
}

// partnerLogo returns the logo of a partner, small enough for a page.
func (s *service) partnerLogo(ctx context.Context, code string) ([]byte, error) {
	stored, err := s.store.PartnerLogo(ctx, code)
	if err != nil {
		return nil, err
	}
	return share.LogoForScreen(stored)
}
