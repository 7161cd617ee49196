package main

import (
	"context"

	"digiwijzer/bot/share"
	"digiwijzer/bot/web/frame"
	"digiwijzer/bot/web/office"
	"digiwijzer/bot/web/signin"
	"digiwijzer/store/figures"
	"digiwijzer/store/staffdb"
)

// addOffice adds the pages of the werkgroep beside its figures.
func (s *service) addOffice(routes *signin.Routes, site frame.Frame) {
	desk := office.New(office.Options{
		Frame:          site,
		Content:        s.content.Current,
		Figures:        s.figures,
		Clock:          s.clock,
		Kit:            s.staff.Kit,
		Place:          s.kitPlace,
		Partners:       s.partnerDesk(),
		PartnerFigures: s.partnerFiguresAddress,
		Events:         s.store.Events,
		Forms:          formDesk{s},
		Post:           s.post,
		Names:          s.staffNames,
	})
	desk.Register(routes)
	s.dashboard.Sections = desk.Links
}

// kitPlace returns where the links of partners lead.
func (s *service) kitPlace() share.Place {
	return share.Place{Bot: s.botName(), PublicURL: s.config.PublicURL}
}

// partnerFiguresAddress returns the address of a partner's own figures.
func (s *service) partnerFiguresAddress(ctx context.Context, code string) (address string, version int, err error) {
	kept, err := s.store.Partners(ctx)
	if version = kept.States[code].Version; err != nil || version == 0 {
		return "", version, err
	}
	return s.config.PublicURL + s.seal.FiguresPath(code, version), version, nil
}

// staffNames returns the names of people by the id of their account.
func (s *service) staffNames(ctx context.Context) (names map[string]string, err error) {
	names = map[string]string{}
	err = s.staffDB.View(ctx, func(tx *staffdb.Tx) error {
		accounts, err := tx.Accounts()
		for _, a := range accounts {
			names[a.ID] = a.Name
		}
		return err
	})
	return names, err
}

// formDesk keeps the year forms of initiatives.
type formDesk struct{ *service }

// Sent implements office.Forms.
func (d formDesk) Sent(ctx context.Context, year int) ([]figures.YearForm, error) {
	return d.store.YearForms(ctx, year)
}

// Address implements office.Forms.
func (d formDesk) Address(ctx context.Context, initiative string, year int) (address string, version int, err error) {
	version, err = d.store.YearFormAddress(ctx, initiative, year)
	if err != nil || version == 0 {
		return "", version, err
	}
	return d.config.PublicURL + d.formSeal.FormPath(initiative, year, version), version, nil
}

// Renew implements office.Forms.
func (d formDesk) Renew(ctx context.Context, who, initiative string, year int) error {
	_, err := d.formAddress(ctx, d.staffDB, who, initiative, year, true)
	return err
}
