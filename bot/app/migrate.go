package app

import (
	"context"
	"digiwijzer/store"
	"digiwijzer/store/staffdb"
	"errors"
)

// Migrate copies the data folder, which no server may be using, to the database of the settings, which must
// be empty, and compares the figures of both. progress is called with the number of rows of each table.
func (b Base) Migrate(ctx context.Context, key *store.Key, progress func(table string, rows int64)) error {
	refused, _, err := b.databaseFindings(ctx)
	if err != nil {
		return b.unreachableDatabase(err)
	}
	if err := errors.Join(refused...); err != nil {
		return err
	}
	err = b.migrateStaff(ctx, progress, func() error { return store.Migrate(ctx, b.Settings.Data, key, b.Settings.Place(), progress) })
	if errors.Is(err, store.ErrNotEmpty) || errors.Is(err, staffdb.ErrNotEmpty) {
		return b.BadInput("cli.migrate.not_empty", "Name", b.Settings.Place().String())
	}
	return err
}

// migrateStaff copies the data of staff, after everything else is copied; if the database has staff data
// already, nothing is copied.
func (b Base) migrateStaff(ctx context.Context, progress func(string, int64), rest func() error) error {
	if !staffdb.Exist(b.Settings.Data) {
		return rest()
	}
	from, err := staffdb.Open(ctx, b.Settings.Data)
	if err != nil {
		return err
	}
	into, err := b.OpenStaff(ctx)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	empty, err := into.Empty(ctx)
	if err == nil && !empty {
		err = staffdb.ErrNotEmpty
	}
	if err == nil {
		err = rest()
	}
	if err == nil {
		err = from.CopyTo(ctx, into, func(table string, rows int64) { progress("staff."+table, rows) })
	}
	return errors.Join(err, into.Close(), from.Close())
}
