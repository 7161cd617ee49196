package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"digiwijzer/bot/app"
	"digiwijzer/bot/share"
	"digiwijzer/flows/content"
)

type partnerKitCmd struct {
	contentFlag
	Code         string `arg:"" help:"cli.help.partner_code"`
	Output       string `short:"o" required:"" help:"cli.help.partner_output" placeholder:"DIR"`
	Lang         string `help:"cli.help.lang" placeholder:"nl"`
	Municipality string `help:"cli.help.partner_kit_municipality" placeholder:"GM0344"`
	Bot          string `help:"cli.help.partner_bot" placeholder:"NAAM"`
	Logo         string `help:"cli.help.partner_logo" placeholder:"FILE"`
}

// Run writes a partner's kit.
func (cmd *partnerKitCmd) Run(ctx context.Context, p *program) error {
	c, err := cmd.loadWithPartners(ctx, p)
	if err != nil {
		return err
	}
	partner, ok := c.Partner(cmd.Code)
	if !ok {
		return p.BadInput("cli.partner.unknown", "Code", strconv.Quote(cmd.Code))
	}
	if cmd.Municipality != "" && !c.HasMunicipality(cmd.Municipality) {
		return p.BadInput("cli.bad.municipality", "Value", strconv.Quote(cmd.Municipality))
	}
	order := share.Order{Partner: partner.Partner, Lang: cmd.Lang, Municipality: cmd.Municipality, Made: p.Clock.Now(),
		Place: share.Place{Bot: strings.TrimPrefix(cmd.Bot, "@"), PublicURL: p.Settings.PublicURL}}
	if cmd.Logo == "" {
		if order.Logo, err = p.KeptLogo(ctx, partner); err != nil {
			return err
		}
	} else if order.Logo, err = os.ReadFile(cmd.Logo); err != nil {
		return app.BadInput{Err: err}
	}
	if order.Place.Bot == "" {
		if order.Place.Bot, err = p.BotName(ctx); err != nil {
			return err
		}
	}
	if order.Place == (share.Place{}) {
		return p.BadInput("cli.partner.nowhere")
	}
	files, err := share.Kit(c.Texts, order)
	var fault share.LogoFault
	if errors.As(err, &fault) {
		return p.PartnerRefused(err, cmd.Code)
	}
	if err != nil {
		return app.BadInput{Err: err}
	}
	if err := writeKit(cmd.Output, files); err != nil {
		return err
	}
	return p.printKit(c, order, cmd.Output, files)
}

func (p *program) printKit(c *content.Edition, order share.Order, dir string, files []share.File) error {
	links, err := share.LinksOf(c.Texts, order)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, p.Say("cli.partner.kit", "Name", order.Partner.Name, "Dir", dir))
	for _, f := range files {
		fmt.Fprintln(p.stdout, "  "+f.Name)
	}
	return p.print(p.Say("cli.partner.link", "Link", links.Main))
}

// writeKit writes the files into a folder, each atomically.
func writeKit(dir string, files []share.File) error {
	for _, f := range files {
		if err := content.WriteFile(filepath.Join(dir, f.Name), f.Data); err != nil {
			return app.BadInput{Err: err}
		}
	}
	return nil
}
