package app

import (
	"context"
	"digiwijzer/store"
	"digiwijzer/store/staffdb"
	"errors"
)

// Migrate copies the data folder, which nobody serves, to the database of the settings, which must
// be empty, and compares the figures of both. told is told how many rows each table has.
func (b Base) Migrate(ctx context.Context, key *store.Key, told func(table string, rows int64)) error {
	refused, _, err := b.databaseFindings(ctx)
	if err != nil {
		return b.unreachableDatabase(err)
	}
	if err := errors.Join(refused...); err != nil {
		return err
	}
	err = b.migrateStaff(ctx, told, func() error { return store.Migrate(ctx, b.Settings.Data, key, b.Settings.Place(), told) })
	if errors.Is(err, store.ErrNotEmpty) || errors.Is(err, staffdb.ErrNotEmpty) {
		return b.BadInput("cli.migrate.not_empty", "Name", b.Settings.Place().String())
	}
	return err
}

// migrateStaff copies the data of staff, once all else is copied; where some are in the database
// already, nothing is.
func (b Base) migrateStaff(ctx context.Context, told func(string, int64), rest func() error) error {
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
		err = from.CopyTo(ctx, into, func(table string, rows int64) { told("staff."+table, rows) })
	}
	return errors.Join(err, into.Close(), from.Close())
}
