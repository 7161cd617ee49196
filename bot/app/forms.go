package app

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"digiwijzer/bot/report"
	"digiwijzer/bot/share"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/web"
	"digiwijzer/store"
	"digiwijzer/store/figures"
	"digiwijzer/store/staffdb"
)

// formAddress returns the version of the address of a form, the first one or with renew the
// next, and records that it was given out.
func (b Base) formAddress(ctx context.Context, db *staffdb.DB, who, initiative string, year int, renew bool) (version int, err error) {
	act := staff.Act{Who: who, What: "year form address given out", About: initiative, Detail: strconv.Itoa(year)}
	if renew {
		act.What = "year form address renewed"
	}
	err = b.recorded(ctx, db, act, func() error {
		forms, err := b.Settings.Place().OpenFormBook(ctx)
		if err != nil {
			return err
		}
		version, err = forms.Address(ctx, initiative, year, renew)
		return errors.Join(err, forms.Close())
	})
	return version, err
}

// formSeal signs the addresses of year forms.
func formSeal(key *store.Key) share.Seal { return share.Seal{Key: key.Derive(store.YearForms)} }

// yearForms are the forms that initiatives fill in on the site.
type yearForms struct{ *Service }

// Open implements web.YearForms. The version of the address is read per request, so that renewing it
// revokes the old one immediately.
func (y yearForms) Open(ctx context.Context, initiative, year, signature string) (form web.YearForm, open bool, err error) {
	i, known := y.content.Current().Catalogue.Initiative(initiative)
	if _, err := figures.ParseYear(year); err != nil || !known {
		return form, false, nil
	}
	form = web.YearForm{Initiative: i.ID, Name: i.Name}
	if form.Year, err = strconv.Atoi(year); err != nil {
		return form, false, err
	}
	version, err := y.store.YearFormAddress(ctx, i.ID, form.Year)
	if err != nil || !y.formSeal.OpensForm(i.ID, form.Year, version, signature) {
		return form, false, err
	}
	sent, err := y.store.YearForms(ctx, form.Year)
	if at := slices.IndexFunc(sent, func(f figures.YearForm) bool { return f.Initiative == i.ID }); at >= 0 {
		form.Sent = &sent[at]
	}
	return form, true, err
}

// Save implements web.YearForms.
func (y yearForms) Save(ctx context.Context, f report.YearForm) error {
	return y.store.SaveYearForm(ctx, f)
}

// formDesk stores the year forms of initiatives.
type formDesk struct{ *Service }

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
	return d.Settings.PublicURL + d.formSeal.FormPath(initiative, year, version), version, nil
}

// Renew implements office.Forms.
func (d formDesk) Renew(ctx context.Context, who, initiative string, year int) error {
	_, err := d.formAddress(ctx, d.staffDB, who, initiative, year, true)
	return err
}
