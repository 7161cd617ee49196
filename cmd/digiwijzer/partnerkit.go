package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"digiwijzer/bot/share"
	"digiwijzer/bot/telegram"
)

type partnerKitCmd struct {
	Code         string `arg:"" help:"${cli_help_partner_code}"`
	Output       string `short:"o" required:"" help:"${cli_help_partner_output}" placeholder:"DIR"`
	Lang         string `help:"${cli_help_lang}" placeholder:"nl"`
	Municipality string `help:"${cli_help_partner_kit_municipality}" placeholder:"GM0344"`
	Bot          string `help:"${cli_help_partner_bot}" placeholder:"NAAM"`
	Logo         string `help:"${cli_help_partner_logo}" placeholder:"FILE"`
}

// Run makes a partner's kit.
func (cmd *partnerKitCmd) Run(ctx context.Context, p *program) error {
	c, err := p.livePartners(ctx)
	if err != nil {
		return err
	}
	e, ok := c.entry(cmd.Code)
	if !ok {
		return badInputf("%s", p.say("cli.partner.unknown", "Code", strconv.Quote(cmd.Code)))
	}
	if cmd.Municipality != "" && !c.hasMunicipality(cmd.Municipality) {
		return badInputf("--municipality: there is no municipality %q in the region", cmd.Municipality)
	}
	order := share.Order{Partner: e.Partner, Lang: cmd.Lang, Municipality: cmd.Municipality, Made: p.clock.Now(),
		Place: share.Place{Bot: strings.TrimPrefix(cmd.Bot, "@"), PublicURL: p.config.publicURL}}
	if cmd.Logo != "" {
		if order.Logo, err = os.ReadFile(cmd.Logo); err != nil {
			return badInput{err}
		}
	}
	if order.Place.Bot == "" {
		if order.Place.Bot, err = p.botName(ctx); err != nil {
			return err
		}
	}
	if order.Place == (share.Place{}) {
		return badInputf("%s", p.say("cli.partner.nowhere"))
	}
	files, err := share.Kit(c.texts, order)
	if err != nil {
		return badInput{err}
	}
	if err := writeKit(cmd.Output, files); err != nil {
		return err
	}
	return p.tellKit(c, order, cmd.Output, files)
}

// botName asks Telegram what the bot is called; empty without a token.
func (p *program) botName(ctx context.Context) (string, error) {
	secret, err := p.config.token.read()
	if err != nil || secret.empty() {
		return "", err
	}
	token, err := telegram.NewToken(secret.reveal())
	if err != nil {
		return "", fmt.Errorf("TELEGRAM_BOT_TOKEN: %w", err)
	}
	name, err := telegram.AskUsername(ctx, p.config.apiURL, token)
	if err != nil {
		return "", fmt.Errorf("%s (%w)", p.say("cli.partner.no_bot_name"), err)
	}
	return name, nil
}

func (p *program) tellKit(c *content, order share.Order, dir string, files []share.File) error {
	links, err := share.LinksOf(c.texts, order)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, p.say("cli.partner.kit", "Name", order.Partner.Name, "Dir", dir))
	for _, f := range files {
		fmt.Fprintln(p.stdout, "  "+f.Name)
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.partner.link", "Link", links.Main))
	return err
}

// writeKit puts the files in a folder. Each appears whole or not at all.
func writeKit(dir string, files []share.File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return badInput{err}
	}
	for _, f := range files {
		if err := writeWhole(filepath.Join(dir, f.Name), f.Data); err != nil {
			return err
		}
	}
	return nil
}

func writeWhole(path string, data []byte) error {
	unfinished, err := os.CreateTemp(filepath.Dir(path), ".kit-*")
	if err != nil {
		return badInput{err}
	}
	_, err = unfinished.Write(data)
	err = errors.Join(err, unfinished.Chmod(0o644), unfinished.Close())
	if err == nil {
		err = os.Rename(unfinished.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(unfinished.Name()))
	}
	return nil
}
