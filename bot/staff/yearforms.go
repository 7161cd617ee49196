package staff

import (
	"context"
	"slices"
	"strconv"

	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

// yearForms returns the initiatives' own figures of a year.
func (p *Pages) yearForms(ctx context.Context, year int) ([]figures.YearForm, error) {
	if p.options.YearForms == nil {
		return nil, nil
	}
	return p.options.YearForms(ctx, year)
}

// forms makes the page about which initiatives sent the form of last year. It is empty if nobody was
// referred in that year and no form was sent.
func (p *Pages) forms(ctx context.Context, c *content.Edition) (page Page, err error) {
	year := p.options.Clock.Now().In(referral.Netherlands).Year() - 1
	sent, err := p.yearForms(ctx, year)
	if err != nil {
		return page, err
	}
	first, err := p.options.Figures.FirstWeek(ctx)
	if err != nil {
		return page, err
	}
	name := strconv.Itoa(year)
	if len(sent) == 0 && (first == "" || first[:len(name)] > name) {
		return page, nil
	}
	in, out := Part{say("forms_in", "Year", name)}, Part{say("forms_out", "Year", name)}
	for _, i := range c.Catalogue.Initiatives() {
		switch {
		case slices.ContainsFunc(sent, func(f figures.YearForm) bool { return f.Initiative == i.ID }):
			in = append(in, item("forms_line", "Name", i.Name))
		case i.Kind != referral.KindRetired:
			out = append(out, item("forms_line", "Name", i.Name))
		}
	}
	for _, part := range []Part{in, out} {
		if len(part) > 1 {
			page.Parts = append(page.Parts, part)
		}
	}
	return page, nil
}
