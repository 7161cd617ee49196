// Package sqlite is the storage engine of one machine: two SQLite files in a folder,
// state.db and stats.db, with a log each. Only one process at a time may have the folder
// open for writing; others may read, and change partners.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

// The files of the data folder.
const (
	StateFile = "state.db"
	StatsFile = "stats.db"
	lockFile  = "lock"
)

// Advice for a damaged file.
const (
	stateAdvice = "conversations under way are lost: move state.db* away and start again"
	statsAdvice = "put a backup back with: digiwijzer restore FILE"
)

// DB is an open data folder.
type DB struct {
	dir      string
	lock     *folderLock // nil if the folder is not locked
	state    *file       // nil if it is missing, or not needed
	stats    *file
	reading  bool  // opened by OpenReader
	messages int64 // the highest message id so far
	opened   identities
}

var (
	_ engine.Rows   = (*DB)(nil)
	_ engine.Copies = (*DB)(nil)
)

// Open locks the folder dir and opens its files for writing; it creates and migrates them as needed.
// Errors: engine.ErrInUse, engine.ErrNewer, and engine.Corrupt for a damaged file, which is not
// changed.
func Open(ctx context.Context, dir string) (*DB, error) {
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	db := &DB{dir: dir, lock: lock}
	if err := db.open(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context) (err error) {
	if db.state, err = openWritable(ctx, db.dir, StateFile, stateAdvice); err != nil {
		return err
	}
	if err = db.state.makeShrinkable(ctx); err != nil {
		return err
	}
	if db.stats, err = openWritable(ctx, db.dir, StatsFile, statsAdvice); err != nil {
		return err
	}
	if err := durable.SyncDir(db.dir); err != nil {
		return durable.FolderError(err)
	}
	row := db.state.conn.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM outbox")
	if err := row.Scan(&db.messages); err != nil {
		return wrap("reading the outbox", err)
	}
	db.opened.record(db.dir, StateFile, StatsFile) // locked: no other process replaces them meanwhile
	return nil
}

// OpenReader opens the folder for reading, while another process may be writing. Without withState
// only the statistics can be read. The error satisfies errors.Is(err, fs.ErrNotExist) if there are
// no statistics; the state may be missing.
func OpenReader(ctx context.Context, dir string, withState bool) (*DB, error) {
	stats, err := openExisting(ctx, dir, StatsFile, reading)
	if err != nil {
		return nil, err
	}
	db := &DB{dir: dir, stats: stats, reading: true}
	if !withState {
		return db, nil
	}
	db.state, err = openExisting(ctx, dir, StateFile, reading)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// OpenStats opens only the statistics for writing, while another process may have the folder open. It
// locks the folder if the file has to be created or migrated.
func OpenStats(ctx context.Context, dir string) (*DB, error) {
	db := &DB{dir: dir}
	ready, err := isReady(ctx, dir)
	if err != nil {
		return nil, err
	}
	if !ready {
		if db.lock, err = lockFolder(dir); err != nil {
			return nil, err
		}
	}
	if db.stats, err = openWritable(ctx, dir, StatsFile, statsAdvice); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// isReady reports whether the statistics exist and need no migration.
func isReady(ctx context.Context, dir string) (bool, error) {
	if _, err := os.Stat(filepath.Join(dir, StatsFile)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	f, err := openFile(ctx, dir, StatsFile, copying)
	if err != nil {
		return false, err
	}
	defer f.Close()
	have, err := f.usable(ctx)
	return have >= newestSchema(StatsFile), err
}

// Update implements engine.Rows. There is a single writer, so what touch declares need not be locked,
// and a read costs microseconds, so nothing is read ahead.
func (db *DB) Update(ctx context.Context, _ engine.Touch, do func(engine.State) error) error {
	if db.state == nil || db.reading {
		return errors.New("the state is not open for writing")
	}
	return db.state.update(ctx, func(t *tx) error {
		t.messages = &db.messages
		return do(t)
	})
}

// View implements engine.Rows.
func (db *DB) View(ctx context.Context, do func(engine.State) error) error {
	if db.state == nil {
		return fmt.Errorf("no %s in %s: %w", StateFile, db.dir, fs.ErrNotExist)
	}
	return db.state.view(ctx, func(t *tx) error { return do(t) })
}

// UpdateStats implements engine.Rows. A reader opens the file for writing for this only.
func (db *DB) UpdateStats(ctx context.Context, do func(engine.Stats) error) (err error) {
	stats := db.stats
	if db.reading {
		if stats, err = openFile(ctx, db.dir, StatsFile, writing); err != nil {
			return err
		}
		defer stats.Close() //nolint:errcheck // the writes are committed
	}
	return stats.update(ctx, func(t *tx) error { return do(t) })
}

// ViewStats implements engine.Rows.
func (db *DB) ViewStats(ctx context.Context, do func(engine.Stats) error) error {
	return db.stats.view(ctx, func(t *tx) error { return do(t) })
}

// Exclusive implements engine.Rows: Open locks the folder.
func (db *DB) Exclusive() bool { return db.lock != nil && db.state != nil }

// Scrub implements engine.Rows.
func (db *DB) Scrub() (done bool, err error) { return db.state.truncate(background) }

// Close writes the logs into the files, closes them and releases the folder.
func (db *DB) Close() error {
	err := errors.Join(db.state.Close(), db.stats.Close())
	if db.lock != nil {
		err = errors.Join(err, db.lock.Close())
	}
	return err
}

// Conn returns the connection of a file, for tests that inspect it or make it fail.
func (db *DB) Conn(name string) *sql.Conn {
	for _, f := range []*file{db.state, db.stats} {
		if f != nil && f.name == name {
			return f.conn
		}
	}
	return nil
}
