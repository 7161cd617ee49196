package app

import (
	"context"
	"errors"
	"strconv"

	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/staffdb"
)

// PartnerDesk changes the partners of the data folder for a command, also while a server is running.
func (b Base) PartnerDesk(c *content.Edition) staff.PartnerDesk {
	return staff.PartnerDesk{
		Content: func() *content.Edition { return c },
		Change: func(ctx context.Context, act staff.Act, change func(staff.PartnerBook) error) error {
			db, err := b.OpenStaff(ctx)
			if err != nil {
				return err
			}
			return errors.Join(b.changePartners(ctx, db, act, change), db.Close())
		},
		Clock: b.Clock,
	}
}

// partnerDesk changes the partners from the browser. The content has a change immediately.
func (s *Service) partnerDesk() staff.PartnerDesk {
	return staff.PartnerDesk{
		Content: s.content.Current,
		Change: func(ctx context.Context, act staff.Act, change func(staff.PartnerBook) error) error {
			err := s.changePartners(ctx, s.staffDB, act, change)
			if err == nil {
				s.content.Reload(ctx)
			}
			return err
		},
		Clock: s.Clock,
	}
}

// changePartners makes one change and records it. The two are in different files: a crash between their
// commits leaves a change that is not recorded, never the reverse.
func (b Base) changePartners(ctx context.Context, db *staffdb.DB, act staff.Act, change func(staff.PartnerBook) error) error {
	return b.recorded(ctx, db, act, func() error {
		book, err := b.Settings.Place().OpenPartnerBook(ctx)
		if err != nil {
			return err
		}
		return errors.Join(change(book), book.Close())
	})
}

// recorded does something and records it in the audit trail, which has no entry for what failed. The transaction
// outlives ctx: do commits in another file, and its entry must not be lost when a client disconnects right after.
func (b Base) recorded(ctx context.Context, db *staffdb.DB, act staff.Act, do func() error) error {
	return db.Update(context.WithoutCancel(ctx), func(tx *staffdb.Tx) error {
		err := tx.Record(staffdb.Entry{When: b.Clock.Now(), Who: act.Who, What: act.What, About: act.About, Detail: act.Detail})
		if err != nil {
			return err
		}
		return do()
	})
}

// registered returns the partners of the data folder in the form that the content uses.
func registered(kept store.Partners) content.Registered {
	r := content.Registered{Partners: kept.List, Paused: map[string]bool{}, Logos: kept.Logos}
	for code, state := range kept.States {
		r.Paused[code] = state.Paused
	}
	return r
}

// registeredPartners returns the partners of the data folder, for the content source, and loads
// their events: commands may change both while serve runs.
func (s *Service) registeredPartners(ctx context.Context) (content.Registered, error) {
	kept, err := s.store.Partners(ctx)
	if err != nil {
		return content.Registered{}, err
	}
	events, err := s.store.Events(ctx, referral.DayOf(s.Clock.Now()))
	if err == nil {
		s.guard.SetEvents(events)
	}
	return registered(kept), err
}

// partnerLink parses the part of an address after /p/.
func (s *Service) partnerLink(code string) (flows.Link, flows.Partner, bool) {
	e := s.content.Current()
	link, _ := e.Link(code)
	partner, ok := e.Engine.Partners[link.Partner]
	return link, partner, ok
}

// KeptLogo returns the logo of a partner in the data folder; nil: there is none.
func (b Base) KeptLogo(ctx context.Context, partner content.ListedPartner) (logo []byte, err error) {
	if partner.Logo == "" {
		return nil, nil
	}
	book, err := b.Settings.Place().OpenPartnerBook(ctx)
	if err != nil {
		return nil, err
	}
	logo, err = book.Logo(ctx, partner.Code)
	return logo, errors.Join(err, book.Close())
}

// logoVersion returns a value that differs for every logo of a partner; empty: it has none.
func (s *Service) logoVersion(code string) string {
	partner, _ := s.content.Current().Partner(code)
	return partner.Logo
}

// partnerLogo returns the logo of a partner, small enough for a page.
func (s *Service) partnerLogo(ctx context.Context, code string) ([]byte, error) {
	stored, err := s.store.PartnerLogo(ctx, code)
	if err != nil {
		return nil, err
	}
	return share.LogoForScreen(stored)
}

// partnerFaults returns the faults of a partner in the language of the terminal, or nil.
func (b Base) partnerFaults(faults []flows.PartnerFault) error {
	var all []error
	for _, f := range faults {
		all = append(all, b.BadInput("cli.bad.partner_"+f.ID, "Code", strconv.Quote(f.Code), "Value", strconv.Quote(f.Value)))
	}
	return errors.Join(all...)
}

// PartnerRefused returns in the language of the operator why the desk refuses.
func (b Base) PartnerRefused(err error, code string) error {
	var faults staff.PartnerFaults
	var logo share.LogoFault
	switch {
	case errors.As(err, &faults):
		return b.partnerFaults(faults)
	case errors.As(err, &logo):
		return b.BadInput("office.logo."+logo.ID, logo.Pairs...)
	case errors.Is(err, staff.ErrPartnerInFile):
		return b.BadInput("cli.partner.in_file", "Code", code)
	case errors.Is(err, staff.ErrNoPartner):
		return b.BadInput("cli.partner.unknown", "Code", strconv.Quote(code))
	}
	return err
}

// WithPartners loads the content of a folder and adds the partners registered in the data folder.
func (b Base) WithPartners(ctx context.Context, folder string) (*content.Edition, error) {
	kept, err := b.Settings.Place().ReadPartners(ctx)
	if err != nil {
		return nil, err
	}
	e, err := content.Load(folder)
	if err != nil {
		return nil, err
	}
	return e.WithRegistered(registered(kept)), nil
}
