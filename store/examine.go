package store

import (
	"context"

	"digiwijzer/store/sqlite"
)

// Examine reads all data in a folder and returns what is wrong with it, such as damage, a newer
// schema, or a key that is not that of the data. Another process may be writing meanwhile; nothing
// is changed. key may be nil. Where there is no data the error satisfies errors.Is(err,
// fs.ErrNotExist).
func Examine(ctx context.Context, dir string, key *Key) error {
	if err := sqlite.Examine(ctx, dir); err != nil {
		return inFolder(dir, err)
	}
	f, err := OpenFigures(ctx, dir, key)
	if err != nil {
		return err
	}
	return f.Close()
}

// InUse reports whether a program serves with the data in a folder.
func InUse(dir string) bool { return sqlite.InUse(dir) }
