package main

import (
	"context"
	"errors"
	"strconv"

	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/flows/content"
	"digiwijzer/store/staffdb"
)

// partnerDesk changes the partners of the data folder for the command line, while a server may
// be running.
func (p *program) partnerDesk(c *content.Edition) staff.PartnerDesk {
	return staff.PartnerDesk{
		Content: func() *content.Edition { return c },
		Change: func(ctx context.Context, act staff.Act, change func(staff.PartnerBook) error) error {
			db, err := p.config.openStaffData(ctx)
			if err != nil {
				return err
			}
			return errors.Join(p.changePartners(ctx, db, act, change), db.Close())
		},
		Clock: p.clock,
	}
}

// partnerDesk changes the partners from the browser. The content has a change at once.
func (s *service) partnerDesk() staff.PartnerDesk {
	return staff.PartnerDesk{
		Content: s.content.Current,
		Change: func(ctx context.Context, act staff.Act, change func(staff.PartnerBook) error) error {
			err := s.changePartners(ctx, s.staffDB, act, change)
			if err == nil {
				s.content.Reload(ctx)
			}
			return err
		},
		Clock: s.clock,
	}
}

// changePartners makes one change and records it. The two are in different files: a crash
// between their commits leaves a change that is not recorded, and never the other way round.
func (p *program) changePartners(ctx context.Context, db *staffdb.DB, act staff.Act, change func(staff.PartnerBook) error) error {
	return p.recorded(ctx, db, act, func() error {
		book, err := p.config.place().OpenPartnerBook(ctx)
		if err != nil {
			return err
		}
		return errors.Join(change(book), book.Close())
	})
}

// recorded does something and records it in the audit trail, which has no entry for what
// failed.
func (p *program) recorded(ctx context.Context, db *staffdb.DB, act staff.Act, do func() error) error {
	return db.Update(ctx, func(tx *staffdb.Tx) error {
		err := tx.Record(staffdb.Entry{When: p.clock.Now(), Who: act.Who, What: act.What, About: act.About, Detail: act.Detail})
		if err != nil {
			return err
		}
		return do()
	})
}

// partnerError says on the command line what the desk refuses.
func (p *program) partnerError(err error, code string) error {
	var faults staff.PartnerFaults
	var logo share.LogoFault
	switch {
	case errors.As(err, &faults):
		return p.partnerFaults(faults)
	case errors.As(err, &logo):
		return p.badInput("office.logo."+logo.ID, logo.Pairs...)
	case errors.Is(err, staff.ErrPartnerInFile):
		return p.badInput("cli.partner.in_file", "Code", code)
	case errors.Is(err, staff.ErrNoPartner):
		return p.badInput("cli.partner.unknown", "Code", strconv.Quote(code))
	}
	return err
}
