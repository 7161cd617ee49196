package store

import (
	"context"

	"digiwijzer/store/sqlite"
)

// Examine reads all data in a folder and returns what is wrong with it, such as damage, a newer
// schema, or a key other than that of the data. Another process may be writing meanwhile; nothing
// is changed. key may be nil. If there is no data the error satisfies errors.Is(err,
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

// InUse reports whether a process serves the data in a folder.
func InUse(dir string) bool { return sqlite.InUse(dir) }
