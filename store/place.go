package store

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"digiwijzer/bot/secret"
	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/internal/durable"
	"digiwijzer/store/postgres"
	"digiwijzer/store/sqlite"
)

// Place is where data is kept: in the folder Dir with SQLite, or in a PostgreSQL database.
type Place struct {
	Dir      string
	Database secret.Value // address of the database with the state; empty: SQLite
	Figures  secret.Value // address of the database with the figures; empty: the same database
}

// IsFolder reports whether the data is in files.
func (p Place) IsFolder() bool { return p.Database.Empty() }

// IsOneDatabase reports whether the state and the figures are in one database and thus share
// its log.
func (p Place) IsOneDatabase() bool {
	return !p.IsFolder() && (p.Figures.Empty() || p.Figures.Reveal() == p.Database.Reveal())
}

// String returns where the data is, without a secret.
func (p Place) String() string {
	if p.IsFolder() {
		return p.Dir
	}
	return postgres.Name(p.Database.Reveal())
}

// StaffDatabase returns the address of the database with the staff data: that of the figures,
// because it is backed up. Empty: the data is in a file.
func (p Place) StaffDatabase() secret.Value {
	if p.Figures.Empty() {
		return p.Database
	}
	return p.Figures
}

func (p Place) config() postgres.Config {
	return postgres.Config{State: p.Database.Reveal(), Figures: p.Figures.Reveal()}
}

// Open opens the data for serving and creates what is missing. Errors are those of the function
// Open.
func (p Place) Open(ctx context.Context, key *Key, o Options) (*Store, error) {
	if p.IsFolder() {
		return Open(ctx, p.Dir, key, o)
	}
	if err := o.validate(key); err != nil {
		return nil, err
	}
	c := p.config()
	c.Migrate, c.Committed = true, o.Committed
	rows, err := postgres.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	return New(ctx, rows, key, o)
}

// LoadOrCreateKey loads the key at path, or creates it if there are no conversations yet.
// Existing conversations were encrypted with another key.
func (p Place) LoadOrCreateKey(ctx context.Context, path string) (*Key, error) {
	key, err := LoadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	return p.CreateKey(ctx, path)
}

// CreateKey makes a new key file at path; see the function CreateKey.
func (p Place) CreateKey(ctx context.Context, path string) (*Key, error) {
	if p.IsFolder() {
		return CreateKey(path, filepath.Join(p.Dir, sqlite.StateFile))
	}
	rows, err := postgres.Open(ctx, p.config())
	if errors.Is(err, fs.ErrNotExist) {
		return CreateKey(path, "")
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var used bool
	err = rows.View(ctx, func(rows engine.State) (err error) {
		_, used, err = rows.Value(keyCheck)
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case used:
		return nil, &LostKeyError{path, p.String()}
	}
	return CreateKey(path, "")
}

// OpenFigures opens the data for reading; see the function OpenFigures.
func (p Place) OpenFigures(ctx context.Context, key *Key) (*Figures, error) {
	if p.IsFolder() {
		return OpenFigures(ctx, p.Dir, key)
	}
	rows, err := postgres.Open(ctx, p.config())
	if err != nil {
		return nil, err
	}
	return NewFigures(ctx, rows, key)
}

// openStats opens the statistics for writing.
func (p Place) openStats(ctx context.Context) (engine.Rows, error) {
	if p.IsFolder() {
		return sqlite.OpenStats(ctx, p.Dir)
	}
	c := p.config()
	c.Migrate = true
	return postgres.Open(ctx, c)
}

// readStats opens the statistics for reading.
func (p Place) readStats(ctx context.Context) (engine.Rows, error) {
	if p.IsFolder() {
		return sqlite.OpenReader(ctx, p.Dir, false)
	}
	return postgres.Open(ctx, p.config())
}

// ReadPartners reads the registered partners; without data there are none.
func (p Place) ReadPartners(ctx context.Context) (Partners, error) {
	rows, err := p.readStats(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return Partners{}, nil
	}
	if err != nil {
		return Partners{}, err
	}
	defer rows.Close() //nolint:errcheck // read only
	return partnersIn(ctx, rows)
}

// OpenPartnerBook opens the registered partners for writing.
func (p Place) OpenPartnerBook(ctx context.Context) (*PartnerBook, error) {
	rows, err := p.openStats(ctx)
	if err != nil {
		return nil, err
	}
	return NewPartnerBook(rows), nil
}

// OpenFormBook opens the addresses of year forms for writing.
func (p Place) OpenFormBook(ctx context.Context) (*FormBook, error) {
	rows, err := p.openStats(ctx)
	if err != nil {
		return nil, err
	}
	return &FormBook{rows}, nil
}

// ReadYearForms reads the forms of a year; without data there are none.
func (p Place) ReadYearForms(ctx context.Context, year int) ([]figures.YearForm, error) {
	rows, err := p.readStats(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read only
	return yearFormsIn(ctx, rows, year)
}

// RetireKey deletes an encryption key from the key file at path; see the function RetireKey.
// With PostgreSQL the serving processes re-encrypt, and it refuses until they have finished.
func (p Place) RetireKey(ctx context.Context, path string, id int) error {
	if p.IsFolder() {
		return RetireKey(ctx, p.Dir, path, id)
	}
	return retireKey(path, id, func(e *envelope) error {
		rows, err := postgres.Open(ctx, p.config())
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if err = requireUnneeded(ctx, rows, e, byte(id)); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return errors.Join(err, rows.Close())
	})
}

// PurgeConversations deletes the state and the key file at path; the figures stay. Outcomes
// waiting to be handed over are lost.
func (p Place) PurgeConversations(ctx context.Context, path string) error {
	if p.IsFolder() {
		return PurgeConversations(p.Dir, path)
	}
	return p.purge(ctx, path, postgres.PurgeState)
}

// PurgeAll deletes all data of the program, and the key file at path.
func (p Place) PurgeAll(ctx context.Context, path string) error {
	if p.IsFolder() {
		return PurgeAll(p.Dir, path)
	}
	return p.purge(ctx, path, postgres.PurgeAll)
}

func (p Place) purge(ctx context.Context, path string, purge func(context.Context, postgres.Config, func() error) error) error {
	return purge(ctx, p.config(), func() error { // the key first: without it the rest is unreadable
		return durable.Remove(filepath.Dir(path), filepath.Base(path))
	})
}

// Finding is a setting of a database server that the program must not work with, or that an
// operator should know of.
type Finding = postgres.Finding

// Inspect returns what is wrong with the settings of the databases; nothing for a folder.
func (p Place) Inspect(ctx context.Context) ([]Finding, error) {
	if p.IsFolder() {
		return nil, nil
	}
	return postgres.Inspect(ctx, p.config())
}
