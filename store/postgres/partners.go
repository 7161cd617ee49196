package postgres

import (
	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

func (t *tx) Partners() ([]engine.Partner, error) {
	return ask(t, "reading partners", "SELECT code, label, kind, place, lang FROM figures.partner ORDER BY code", nil,
		func(row pgx.Rows, p *engine.Partner) error {
			return row.Scan(&p.Code, &p.Name, &p.Kind, &p.Municipality, &p.Lang)
		})
}

func (t *tx) PartnerStates() ([]engine.PartnerState, error) {
	return ask(t, "reading partners", "SELECT code, paused, version, since FROM figures.partner_state ORDER BY code", nil,
		func(row pgx.Rows, s *engine.PartnerState) error {
			return row.Scan(&s.Code, &s.Paused, &s.Version, &s.Since)
		})
}

func (t *tx) SavePartner(p engine.Partner) error {
	return t.write("saving a partner", `INSERT INTO figures.partner (code, label, kind, place, lang) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (code) DO UPDATE SET label = excluded.label, kind = excluded.kind, place = excluded.place, lang = excluded.lang`,
		p.Code, p.Name, p.Kind, p.Municipality, p.Lang)
}

func (t *tx) PartnerLogos() ([]engine.PartnerLogo, error) {
	return ask(t, "reading logos", "SELECT code, version FROM figures.partner_logo ORDER BY code", nil,
		func(row pgx.Rows, l *engine.PartnerLogo) error { return row.Scan(&l.Code, &l.Version) })
}

func (t *tx) PartnerLogo(code string) (png []byte, err error) {
	_, err = t.find("reading a logo", "SELECT png FROM figures.partner_logo WHERE code = $1", []any{code}, &png)
	return png, err
}

func (t *tx) SavePartnerLogo(l engine.PartnerLogo, png []byte) error {
	return t.write("saving a logo", `INSERT INTO figures.partner_logo (code, version, png) VALUES ($1, $2, $3)
		ON CONFLICT (code) DO UPDATE SET version = excluded.version, png = excluded.png`, l.Code, l.Version, png)
}

func (t *tx) RemovePartnerLogo(code string) error {
	return t.write("removing a logo", "DELETE FROM figures.partner_logo WHERE code = $1", code)
}

func (t *tx) PausePartner(code string, paused bool) error {
	return t.write("pausing a partner", `INSERT INTO figures.partner_state (code, paused) VALUES ($1, $2)
		ON CONFLICT (code) DO UPDATE SET paused = excluded.paused`, code, paused)
}

func (t *tx) Events(from string) ([]engine.Event, error) {
	return ask(t, "reading events", "SELECT code, held, expect FROM figures.event WHERE held >= $1 ORDER BY held, code", []any{from},
		func(row pgx.Rows, e *engine.Event) error { return row.Scan(&e.Code, &e.Day, &e.Expect) })
}

func (t *tx) SaveEvent(e engine.Event) error {
	if e.Expect == 0 {
		return t.write("deleting an event", "DELETE FROM figures.event WHERE code = $1 AND held = $2", e.Code, e.Day)
	}
	return t.write("saving an event", `INSERT INTO figures.event (code, held, expect) VALUES ($1, $2, $3)
		ON CONFLICT (code, held) DO UPDATE SET expect = excluded.expect`, e.Code, e.Day, e.Expect)
}

func (t *tx) RenewPartner(code, week string) error {
	return t.write("renewing a partner", `INSERT INTO figures.partner_state AS s (code, version, since) VALUES ($1, 1, $2)
		ON CONFLICT (code) DO UPDATE SET version = s.version + 1, since = excluded.since`, code, week)
}

func (t *tx) YearForms(year int) ([]engine.YearForm, error) {
	return ask(t, "reading year forms",
		"SELECT year, initiative, helped, from_us, not_from_us, waited, remarks FROM figures.year_form WHERE year = $1 ORDER BY initiative", []any{year},
		func(row pgx.Rows, f *engine.YearForm) error {
			return row.Scan(&f.Year, &f.Initiative, &f.Helped, &f.FromUs, &f.NotFromUs, &f.WaitDays, &f.Remarks)
		})
}

func (t *tx) SaveYearForm(f engine.YearForm) error {
	return t.write("saving a year form", `INSERT INTO figures.year_form (year, initiative, helped, from_us, not_from_us, waited, remarks)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (year, initiative) DO UPDATE SET helped = excluded.helped, from_us = excluded.from_us,
		not_from_us = excluded.not_from_us, waited = excluded.waited, remarks = excluded.remarks`,
		f.Year, f.Initiative, f.Helped, f.FromUs, f.NotFromUs, f.WaitDays, f.Remarks)
}

func (t *tx) YearFormAddress(year int, initiative string) (version int, err error) {
	_, err = t.find("reading the address of a year form",
		"SELECT version FROM figures.year_form_address WHERE year = $1 AND initiative = $2", []any{year, initiative}, &version)
	return version, err
}

func (t *tx) RenewYearForm(year int, initiative string) error {
	return t.write("renewing the address of a year form", `INSERT INTO figures.year_form_address AS a (year, initiative, version) VALUES ($1, $2, 1)
		ON CONFLICT (year, initiative) DO UPDATE SET version = a.version + 1`, year, initiative)
}
