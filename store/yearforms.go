package store

import (
	"context"

	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
)

// FormBook keeps the addresses of year forms, while another process may have the store
// open.
type FormBook struct{ rows engine.Rows }

// OpenFormBook opens the statistics in dir with SQLite, creating them if needed.
func OpenFormBook(ctx context.Context, dir string) (*FormBook, error) {
	return Place{Dir: dir}.OpenFormBook(ctx)
}

// Close closes the engine.
func (b *FormBook) Close() error { return b.rows.Close() }

// Address returns the version of the address of a form: the first, or with renew the next, which
// invalidates all earlier ones.
func (b *FormBook) Address(ctx context.Context, initiative string, year int, renew bool) (version int, err error) {
	err = b.rows.UpdateStats(ctx, func(stats engine.Stats) error {
		if version, err = stats.YearFormAddress(year, initiative); err != nil || version > 0 && !renew {
			return err
		}
		version++
		return stats.RenewYearForm(year, initiative)
	})
	return version, err
}

// YearFormAddress returns the version of the address of a form; 0: there is none.
func (s *Store) YearFormAddress(ctx context.Context, initiative string, year int) (version int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.rows.ViewStats(ctx, func(stats engine.Stats) error {
		version, err = stats.YearFormAddress(year, initiative)
		return err
	})
	return version, err
}

// SaveYearForm stores an initiative's figures of a year and replaces earlier ones.
func (s *Store) SaveYearForm(ctx context.Context, f figures.YearForm) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows.UpdateStats(ctx, func(stats engine.Stats) error { return stats.SaveYearForm(engine.YearForm(f)) })
}

// YearForms returns the forms of a year, by initiative.
func (s *Store) YearForms(ctx context.Context, year int) ([]figures.YearForm, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return yearFormsIn(ctx, s.rows, year)
}

// ReadYearForms reads the forms of a year in dir, while another process may be writing. Without
// data, there are none.
func ReadYearForms(ctx context.Context, dir string, year int) ([]figures.YearForm, error) {
	return Place{Dir: dir}.ReadYearForms(ctx, year)
}

func yearFormsIn(ctx context.Context, rows engine.Rows, year int) (all []figures.YearForm, err error) {
	err = rows.ViewStats(ctx, func(stats engine.Stats) error {
		forms, err := stats.YearForms(year)
		for _, f := range forms {
			all = append(all, figures.YearForm(f))
		}
		return err
	})
	return all, err
}
