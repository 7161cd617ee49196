package app

import (
	"context"
	"digiwijzer/flows/content"
	"digiwijzer/store"
	"digiwijzer/store/staffdb"
	"errors"
	"io/fs"
)

// signingKey loads the key that signs addresses, which must be there.
func (b Base) signingKey() (*store.Key, error) {
	key, err := store.LoadKey(b.Settings.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, b.BadInput("cli.partner.no_key", "File", b.Settings.KeyFile)
	}
	return key, err
}

// FiguresLink returns the address of a partner's own figures and the ISO week since which it works:
// the first one, or with renew a new one.
func (b Base) FiguresLink(ctx context.Context, c *content.Edition, code string, renew bool) (link, since string, err error) {
	key, err := b.signingKey()
	if err != nil {
		return "", "", err
	}
	kept, err := b.Settings.Place().ReadPartners(ctx)
	if err != nil {
		return "", "", err
	}
	if renew || kept.States[code].Version == 0 {
		if _, err = b.PartnerDesk(c).RenewFigures(ctx, staffdb.CommandLine, code); err != nil {
			return "", "", err
		}
		if kept, err = b.Settings.Place().ReadPartners(ctx); err != nil {
			return "", "", err
		}
	}
	state := kept.States[code]
	return b.Settings.PublicURL + figuresSeal(key).FiguresPath(code, state.Version), state.Since, nil
}

// FormLink returns the address of the year form of an initiative: the first one, or with renew a
// new one.
func (b Base) FormLink(ctx context.Context, initiative string, year int, renew bool) (string, error) {
	key, err := b.signingKey()
	if err != nil {
		return "", err
	}
	db, err := b.OpenStaff(ctx)
	if err != nil {
		return "", err
	}
	version, err := b.formAddress(ctx, db, staffdb.CommandLine, initiative, year, renew)
	if err = errors.Join(err, db.Close()); err != nil {
		return "", err
	}
	return b.Settings.PublicURL + formSeal(key).FormPath(initiative, year, version), nil
}
