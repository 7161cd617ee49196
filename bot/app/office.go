package app

import (
	"context"

	"digiwijzer/bot/share"
	"digiwijzer/bot/web/frame"
	"digiwijzer/bot/web/office"
	"digiwijzer/bot/web/signin"
	"digiwijzer/store/staffdb"
)

// addOffice adds the pages of the werkgroep other than the figures.
func (s *Service) addOffice(routes *signin.Routes, site frame.Frame) {
	desk := office.New(office.Options{
		Frame:          site,
		Content:        s.content.Current,
		Figures:        s.figures,
		Clock:          s.Clock,
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

// kitPlace returns the addresses to which the links of partners lead.
func (s *Service) kitPlace() share.Place {
	return share.Place{Bot: s.botName(), PublicURL: s.Settings.PublicURL}
}

// partnerFiguresAddress returns the address of a partner's own figures.
func (s *Service) partnerFiguresAddress(ctx context.Context, code string) (address string, version int, err error) {
	kept, err := s.store.Partners(ctx)
	if version = kept.States[code].Version; err != nil || version == 0 {
		return "", version, err
	}
	return s.Settings.PublicURL + s.seal.FiguresPath(code, version), version, nil
}

// staffNames returns the names of people by the id of their account.
func (s *Service) staffNames(ctx context.Context) (names map[string]string, err error) {
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
