package staff

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"fmt"

	"digiwijzer/bot/share"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/store/figures"
)

// ListedPartner is a partner with the use of its link.
type ListedPartner struct {
	figures.Activity
	Name   string            `json:"name"`
	Kind   flows.PartnerKind `json:"kind"`
	Paused bool              `json:"paused"`
	Gone   bool              `json:"gone"` // counted in the past year, no longer configured
	// Since is the ISO week from which the address of its figures works, if the caller knows it; empty: never.
	Since string `json:"since"`
}

// Remark is something noteworthy about a partner. It is part of text ids.
type Remark string

// The remarks.
const (
	NoRemark Remark = ""
	Gone     Remark = "gone"
	Paused   Remark = "paused"
	Unused   Remark = "unused" // nobody started through it in a year
	Quiet    Remark = "quiet"  // nobody started through it in figures.QuietWeeks
)

// Remark returns what is noteworthy about the partner.
func (p ListedPartner) Remark() Remark {
	switch {
	case p.Gone:
		return Gone
	case p.Paused:
		return Paused
	case p.Last == "":
		return Unused
	case p.Quiet:
		return Quiet
	}
	return NoRemark
}

// ListPartners returns the configured partners and former ones that were counted in the past year, with the
// total use of this quarter.
func ListPartners(ctx context.Context, f Figures, known []content.ListedPartner) ([]ListedPartner, figures.Activities, error) {
	byCode := map[string]content.ListedPartner{}
	var codes []string
	for _, p := range known {
		byCode[p.Code] = p
		if p.Code != flows.TestPartner { // never counted
			codes = append(codes, p.Code)
		}
	}
	use, err := f.Activities(ctx, codes)
	if err != nil {
		return nil, use, err
	}
	list := []ListedPartner{}
	for _, a := range use.Partners {
		p, ok := byCode[a.Code]
		list = append(list, ListedPartner{Activity: a, Name: p.Name, Kind: p.Kind, Paused: p.Paused, Gone: !ok})
	}
	return list, use, nil
}

// partners makes the page with all partners.
func (p *Pages) partners(ctx context.Context, c *content.Edition, r Request) (Page, error) {
	list, use, err := ListPartners(ctx, p.options.Figures, c.Partners)
	if err != nil {
		return Page{}, err
	}
	if len(list) == 0 {
		return sentence(say("no_partners")), nil
	}
	lines := Part{say("partners")}
	for _, l := range list {
		lines = append(lines, flows.Block{Style: Item, Text: flows.Name(partnerLine(c, l, r.Lang))})
	}
	lines = append(lines, item("no_partner_line", "N", use.Without, "Of", use.Started))
	return Page{Parts: []Part{lines, {say("partner_how")}}}, nil
}

// partnerLine returns the line about one partner, with its remark at the end.
func partnerLine(c *content.Edition, l ListedPartner, lang string) string {
	id := "partner_line"
	if l.Last == "" {
		id = "partner_idle"
	}
	line := Render(c.Texts, lang, phrase(id, "Code", l.Code, "Name", cmp.Or(l.Name, "–"), "N", l.Quarter, "Trend", l.Trend(), "Last", l.Last))
	if remark := l.Remark(); remark != NoRemark {
		line += " · " + Render(c.Texts, lang, phrase("partner_is."+string(remark), "N", figures.QuietWeeks))
	}
	return line
}

// partner makes the page with the kit of one partner.
func (p *Pages) partner(ctx context.Context, c *content.Edition, r Request) (Page, error) {
	known, _ := c.Partner(r.About)
	order, err := p.order(ctx, known, r.Lang)
	if err != nil {
		return Page{}, err
	}
	links, err := share.LinksOf(c.Texts, order)
	if err != nil {
		return sentence(say("kit_fails", "Name", order.Partner.Name, "Why", err.Error())), nil
	}
	page := sentence(say("kit", "Name", order.Partner.Name, "Link", links.Main))
	page.Files = []File{{Name: kitName(r.About), Make: func() ([]byte, error) {
		files, err := share.Kit(c.Texts, order)
		if err != nil {
			return nil, nil
		}
		return zipped(files)
	}}}
	return page, nil
}

// order returns what the kit of a partner is made from; a paused one has none.
func (p *Pages) order(ctx context.Context, of content.ListedPartner, lang string) (order share.Order, err error) {
	order = share.Order{Lang: lang, Made: p.options.Clock.Now(), Place: p.options.Place()}
	if of.Paused {
		return order, nil
	}
	order.Partner = of.Partner
	if of.Logo != "" && p.options.Logo != nil {
		order.Logo, err = p.options.Logo(ctx, of.Code)
	}
	return order, err
}

// Kit makes the kit of a partner, as a ZIP with the name of its file.
func (p *Pages) Kit(ctx context.Context, of content.ListedPartner, lang string) (name string, zip []byte, err error) {
	order, err := p.order(ctx, of, lang)
	if err != nil {
		return "", nil, err
	}
	files, err := share.Kit(p.options.Content().Texts, order)
	if err != nil {
		return "", nil, err
	}
	zip, err = zipped(files)
	return kitName(of.Code), zip, err
}

func kitName(code string) string { return fmt.Sprintf("digiwijzer-%s.zip", code) }

func zipped(files []share.File) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.Name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Data); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}
