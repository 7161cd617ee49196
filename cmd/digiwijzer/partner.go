package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"text/tabwriter"

	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
)

type partnerCmd struct {
	Add     partnerAddCmd     `cmd:"" help:"${cli_help_partner_add}"`
	List    partnerListCmd    `cmd:"" help:"${cli_help_partner_list}"`
	Pause   partnerPauseCmd   `cmd:"" help:"${cli_help_partner_pause}"`
	Kit     partnerKitCmd     `cmd:"" help:"${cli_help_partner_kit}"`
	Figures partnerFiguresCmd `cmd:"" help:"${cli_help_partner_figures}"`
}

// livePartners loads the content with the partners of the data folder.
func (p *program) livePartners(ctx context.Context) (*content, error) {
	kept, err := store.ReadPartners(ctx, p.config.data)
	if err != nil {
		return nil, err
	}
	return loadContentWith(p.config.content, kept)
}

type partnerAddCmd struct {
	Code         string `arg:"" help:"${cli_help_partner_code}"`
	Name         string `required:"" help:"${cli_help_partner_name}" placeholder:"NAAM"`
	Kind         string `default:"overig" help:"${cli_help_partner_kind}" placeholder:"overig"`
	Municipality string `help:"${cli_help_partner_municipality}" placeholder:"GM0344"`
	Lang         string `help:"${cli_help_lang}" placeholder:"nl"`
}

// Run adds a partner, or changes one that was added before.
func (cmd *partnerAddCmd) Run(ctx context.Context, p *program) error {
	c, err := p.livePartners(ctx)
	if err != nil {
		return err
	}
	partner := share.Partner{Code: cmd.Code, Name: strings.TrimSpace(cmd.Name), Kind: share.Kind(cmd.Kind),
		Municipality: cmd.Municipality, Lang: cmd.Lang}
	if err := partnerFaults(partner, c.checkPlace(partner)); err != nil {
		return err
	}
	old, known := c.entry(cmd.Code)
	if known && old.InFile {
		return badInputf("%s", p.say("cli.partner.in_file", "Code", cmd.Code))
	}
	book, err := store.OpenPartnerBook(ctx, p.config.data)
	if err != nil {
		return err
	}
	err = book.Put(ctx, store.Partner{Code: partner.Code, Name: partner.Name, Kind: string(partner.Kind),
		Municipality: partner.Municipality, Lang: partner.Lang})
	if err := errors.Join(err, book.Close()); err != nil {
		return err
	}
	id := "cli.partner.added"
	if known {
		id = "cli.partner.changed"
	}
	fmt.Fprintln(p.stdout, p.say(id, "Code", partner.Code, "Name", partner.Name))
	p.doubt(c, partner)
	fmt.Fprintln(p.stdout, p.say("cli.partner.next", "Code", partner.Code))
	return nil
}

// doubt tells what somebody should look at in a partner just added.
func (p *program) doubt(c *content, added share.Partner) {
	all := []share.Partner{}
	for _, e := range c.entries {
		if e.Code != added.Code {
			all = append(all, e.Partner)
		}
	}
	for _, d := range share.Doubts(append(all, added)) {
		if d.Partner.Code == added.Code {
			fmt.Fprintln(p.stderr, p.sayDoubt(d))
		}
	}
}

// tellDoubts tells what somebody should look at in all partners of the content.
func (p *program) tellDoubts(c *content) {
	var all []share.Partner
	for _, e := range c.entries {
		all = append(all, e.Partner)
	}
	for _, d := range share.Doubts(all) {
		fmt.Fprintln(p.stdout, p.sayDoubt(d))
	}
}

func (p *program) sayDoubt(d share.Doubt) string {
	return p.say("cli.partner.doubt_"+d.Why, "Code", d.Partner.Code, "Name", d.Partner.Name)
}

type partnerPauseCmd struct {
	Code string `arg:"" help:"${cli_help_partner_code}"`
	End  bool   `help:"${cli_help_partner_pause_end}"`
}

// Run pauses a partner or ends its pause; its links work all along.
func (cmd *partnerPauseCmd) Run(ctx context.Context, p *program) error {
	e, err := p.partner(ctx, cmd.Code)
	if err != nil {
		return err
	}
	book, err := store.OpenPartnerBook(ctx, p.config.data)
	if err != nil {
		return err
	}
	err = book.Pause(ctx, cmd.Code, !cmd.End)
	if err := errors.Join(err, book.Close()); err != nil {
		return err
	}
	id := "cli.partner.paused"
	if cmd.End {
		id = "cli.partner.resumed"
	}
	_, err = fmt.Fprintln(p.stdout, p.say(id, "Code", e.Code, "Name", e.Name))
	return err
}

// partner finds a partner that somebody named.
func (p *program) partner(ctx context.Context, code string) (partnerEntry, error) {
	c, err := p.livePartners(ctx)
	if err != nil {
		return partnerEntry{}, err
	}
	e, ok := c.entry(code)
	if !ok {
		return e, badInputf("%s", p.say("cli.partner.unknown", "Code", strconv.Quote(code)))
	}
	return e, nil
}

type partnerListCmd struct {
	Format string `help:"${cli_help_format}" enum:"table,json" default:"table"`
}

// Run lists the partners and how much they are used.
func (cmd *partnerListCmd) Run(ctx context.Context, p *program) error {
	c, err := p.livePartners(ctx)
	if err != nil {
		return err
	}
	var list []staff.ListedPartner
	err = p.withFigures(ctx, c, func(f *figures.Service) (err error) {
		list, _, err = staff.ListPartners(ctx, f, c.staffContent().Partners)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.Format == "json" {
		encoder := json.NewEncoder(p.stdout)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(list)
	}
	return p.partnerTable(list)
}

func (p *program) partnerTable(list []staff.ListedPartner) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	var heads []string
	for _, id := range []string{"code", "name", "kind", "quarter", "trend", "last", "remark"} {
		heads = append(heads, p.say("cli.partner.head."+id))
	}
	fmt.Fprintln(w, strings.Join(heads, "\t"))
	for _, l := range list {
		fmt.Fprintln(w, strings.Join([]string{l.Code, orDash(l.Name), orDash(string(l.Kind)), strconv.Itoa(l.Quarter),
			l.Trend(), orDash(l.Last), orDash(p.remark(l))}, "\t"))
	}
	return w.Flush()
}

// remark returns what stands out about a partner in words.
func (p *program) remark(l staff.ListedPartner) string {
	if remark := l.Remark(); remark != staff.NoRemark {
		return p.say("cli.partner.is_"+string(remark), "N", figures.QuietWeeks)
	}
	return ""
}

type partnerFiguresCmd struct {
	Code  string `arg:"" help:"${cli_help_partner_code}"`
	Renew bool   `help:"${cli_help_partner_renew}"`
}

// Run gives the address of a partner's own figures, or a new one.
func (cmd *partnerFiguresCmd) Run(ctx context.Context, p *program) error {
	e, err := p.partner(ctx, cmd.Code)
	if err != nil {
		return err
	}
	key, err := store.LoadKey(p.config.keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return badInputf("%s", p.say("cli.partner.no_key", "File", p.config.keyFile))
	}
	if err != nil {
		return err
	}
	state := e.State
	if cmd.Renew || state.Version == 0 {
		if state, err = p.renewFigures(ctx, cmd.Code); err != nil {
			return err
		}
	}
	path := figuresSeal(key).FiguresPath(cmd.Code, state.Version)
	_, err = fmt.Fprintln(p.stdout, p.say("cli.partner.figures", "Name", e.Name, "Since", state.Since, "Link", p.config.publicURL+path))
	return err
}

func (p *program) renewFigures(ctx context.Context, code string) (store.PartnerState, error) {
	book, err := store.OpenPartnerBook(ctx, p.config.data)
	if err != nil {
		return store.PartnerState{}, err
	}
	err = book.Renew(ctx, code, referral.WeekOf(p.clock.Now()))
	kept, readErr := book.Read(ctx)
	return kept.States[code], errors.Join(err, readErr, book.Close())
}

func figuresSeal(key *store.Key) share.Seal { return share.Seal{Key: key.Derive("partner figures")} }
