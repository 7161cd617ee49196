package sqlite

import (
	"database/sql"

	"digiwijzer/store/engine"
)

func (t *tx) YearForms(year int) ([]engine.YearForm, error) {
	return list(t, "reading year forms",
		"SELECT year, initiative, helped, from_us, not_from_us, waited, remarks FROM year_form WHERE year = ? ORDER BY initiative", []any{year},
		func(row *sql.Rows, f *engine.YearForm) error {
			return row.Scan(&f.Year, &f.Initiative, &f.Helped, &f.FromUs, &f.NotFromUs, &f.WaitDays, &f.Remarks)
		})
}

func (t *tx) SaveYearForm(f engine.YearForm) error {
	return t.exec("saving a year form",
		"INSERT OR REPLACE INTO year_form (year, initiative, helped, from_us, not_from_us, waited, remarks) VALUES (?, ?, ?, ?, ?, ?, ?)",
		f.Year, f.Initiative, f.Helped, f.FromUs, f.NotFromUs, f.WaitDays, f.Remarks)
}

func (t *tx) YearFormAddress(year int, initiative string) (version int, err error) {
	_, err = t.find("reading the address of a year form",
		"SELECT version FROM year_form_address WHERE year = ? AND initiative = ?", []any{year, initiative}, &version)
	return version, err
}

func (t *tx) RenewYearForm(year int, initiative string) error {
	return t.exec("renewing the address of a year form",
		`INSERT INTO year_form_address (year, initiative, version) VALUES (?, ?, 1)
		ON CONFLICT (year, initiative) DO UPDATE SET version = version + 1`, year, initiative)
}
