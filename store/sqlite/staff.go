package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	"digiwijzer/store/internal/durable"
)

// StaffFile holds the people who work with the service, what they edit and what they did.
const StaffFile = "staff.db"

const staffAdvice = "put a backup back with: digiwijzer restore FILE"

// staffReaders is how many requests of staff read at the same time.
const staffReaders = 4

// OpenStaff opens staff.db in dir; it makes and migrates what is missing or old. One pool
// writes, a transaction at a time, and one reads. Other processes may have the file open too.
func OpenStaff(ctx context.Context, dir string) (write, read *sql.DB, err error) {
	if err := durable.MakeDir(dir); err != nil {
		return nil, nil, durable.FolderError(err)
	}
	if err := closeFolder(dir); err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, StaffFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite gives its log the same mode
	if err != nil {
		return nil, nil, durable.FolderError(err)
	}
	if err := errors.Join(file.Close(), closeFile(path)); err != nil {
		return nil, nil, durable.FolderError(err)
	}
	f, err := openWritable(ctx, dir, StaffFile, staffAdvice)
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(f.Close(), durable.SyncDir(dir)); err != nil {
		return nil, nil, err
	}
	write = sql.OpenDB(newConnector(path, writing))
	write.SetMaxOpenConns(1)
	read = sql.OpenDB(newConnector(path, reading))
	read.SetMaxOpenConns(staffReaders)
	if err := errors.Join(write.PingContext(ctx), read.PingContext(ctx)); err != nil {
		return nil, nil, errors.Join(wrap("opening "+StaffFile, err), write.Close(), read.Close())
	}
	return write, read, nil
}
