package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
)

// withFigures calls do with the figures of the data folder. Without the key reports leave out
// what is not handed over yet. Without data it is an error, or all counts are zero where
// zeros are wanted.
func (p *program) withFigures(ctx context.Context, c *content.Edition, zeros bool, do func(*figures.Service) error) error {
	key, err := store.LoadKey(p.config.KeyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	catalogue := func() *referral.Catalogue { return c.Catalogue }
	reader, err := p.config.place().OpenFigures(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		if !zeros {
			return p.badInput("cli.no_figures", "Dir", p.config.place().String())
		}
		fmt.Fprintln(p.stderr, p.say("cli.no_figures", "Dir", p.config.place().String()))
		return do(figures.NewService(figures.Empty{}, catalogue, p.clock))
	}
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // only read
	return do(figures.NewService(reader, catalogue, p.clock))
}

// openFigures opens the figures and wires the staff pages that show them.
func (s *service) openFigures(ctx context.Context, key *store.Key) (err error) {
	if s.reader, err = s.config.place().OpenFigures(ctx, key); err != nil {
		return err
	}
	s.figures = figures.NewService(s.reader, func() *referral.Catalogue { return s.content.Current().Catalogue }, s.clock)
	s.staff = staff.New(staff.Options{
		Figures:  s.figures,
		Content:  s.content.Current,
		Place:    s.kitPlace,
		Logo:     s.store.PartnerLogo,
		Clock:    s.clock,
		Invented: s.demo, WhiteSpots: whiteSpots, YearForms: s.store.YearForms,
	})
	return nil
}

// partnerFigures returns the handler of the signed page with a partner's own figures.
func (s *service) partnerFigures() share.PartnerFigures {
	return share.PartnerFigures{Seal: s.seal, Texts: s.texts, Owner: s.figuresOwner, Figures: s.figures.PartnerFigures, Log: s.log}
}

// figuresOwner returns a partner with the state of its address. It is read per request, so
// that renewing an address revokes the old one at once.
func (s *service) figuresOwner(ctx context.Context, code string) (owner share.FiguresOwner, known bool, err error) {
	e, known := s.content.Current().Partner(code)
	kept, err := s.store.Partners(ctx)
	state := kept.States[e.Code]
	return share.FiguresOwner{Partner: e.Partner, Version: state.Version, Since: state.Since}, known, err
}
