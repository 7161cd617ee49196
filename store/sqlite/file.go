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
)

// file is an open database with its only connection.
type file struct {
	name string
	db   *sql.DB
	conn *sql.Conn

	// Prepared, since every work runs both, and the driver otherwise parses a statement without parameters
	// each time.
	savepoint, release *sql.Stmt
}

func openFile(ctx context.Context, dir, name string, m mode) (*file, error) {
	db := sql.OpenDB(newConnector(filepath.Join(dir, name), m))
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(wrap("opening "+name, err), db.Close())
	}
	f := &file{name: name, db: db, conn: conn}
	if f.savepoint, err = conn.PrepareContext(ctx, "SAVEPOINT work"); err == nil {
		f.release, err = conn.PrepareContext(ctx, "RELEASE work")
	}
	if err != nil {
		return nil, errors.Join(wrap("opening "+name, err), f.Close())
	}
	return f, nil
}

// openWritable opens a file for writing, checks its integrity, and migrates its schema.
func openWritable(ctx context.Context, dir, name, advice string) (*file, error) {
	m := writing
	if info, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		m = m.shrinkable()
	}
	f, err := openFile(ctx, dir, name, m)
	if err != nil {
		return nil, openError(name, advice, err)
	}
	if err := f.check(ctx, advice); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := f.keepCopy(ctx, dir); err != nil {
		return nil, errors.Join(openError(name, advice, err), f.Close())
	}
	if err := f.migrate(ctx); err != nil {
		return nil, errors.Join(openError(name, advice, err), f.Close())
	}
	return f, nil
}

// openExisting opens a file of the newest schema, or a newer one, without migrating it.
func openExisting(ctx context.Context, dir, name string, m mode) (*file, error) {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no %s in %s: %w", name, dir, fs.ErrNotExist)
	}
	f, err := openFile(ctx, dir, name, m)
	if err != nil {
		return nil, err
	}
	have, err := f.usable(ctx)
	if err == nil && have < newestSchema(name) {
		err = fmt.Errorf("%s was made by an earlier version; run serve once to bring it up to date", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close closes the file; nil is allowed.
func (f *file) Close() error {
	if f == nil {
		return nil
	}
	// An open statement would keep the connection open, and its log unwritten.
	for _, stmt := range []*sql.Stmt{f.savepoint, f.release} {
		if stmt != nil {
			_ = stmt.Close()
		}
	}
	return errors.Join(f.conn.Close(), f.db.Close())
}

// check returns an error if the file is damaged; advice is what to do then.
func (f *file) check(ctx context.Context, advice string) error {
	var verdict string
	err := f.conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict)
	if err == nil && verdict == "ok" {
		return nil
	}
	if err == nil {
		err = errors.New(verdict)
	} else if c := condition(err); c == engine.Unwritable || c == engine.Busy {
		return wrap("checking "+f.name, err) // the file may be intact: it must not be discarded
	}
	return damaged(f.name, advice, err)
}

// update runs do in a transaction; an error of do, or a storage error that do ignored, rolls it back.
//
// A context is honoured before the transaction but not inside it: half a group of turns is useless, and
// the caller must know whether it was committed. Honouring it would also cost a goroutine per statement
// in the driver.
func (f *file) update(ctx context.Context, do func(*tx) error) error {
	return f.transaction(ctx, "BEGIN IMMEDIATE", do)
}

// view runs do on one snapshot.
func (f *file) view(ctx context.Context, do func(*tx) error) error {
	return f.transaction(ctx, "BEGIN", do)
}

func (f *file) transaction(ctx context.Context, begin string, do func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{file: f}
	if _, err := f.conn.ExecContext(background, begin); err != nil {
		return wrap("beginning in "+f.name, err)
	}
	committed := false
	defer func() {
		if !committed { // also after a panic; on a full disk and similar SQLite has already rolled back
			_, _ = f.conn.ExecContext(background, "ROLLBACK")
		}
	}()
	if err := do(t); err != nil && t.failed == nil {
		return err
	}
	if t.failed != nil {
		return t.failed
	}
	_, err := f.conn.ExecContext(background, "COMMIT")
	committed = err == nil
	return wrap("committing "+f.name, err)
}

// truncate writes the log into the file and empties it, so that no deleted data remains in it. done is
// false when a reader prevents it.
func (f *file) truncate(ctx context.Context) (done bool, err error) {
	var busy, pages, moved int
	err = f.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	if err != nil {
		return false, wrap("checkpoint of "+f.name, err)
	}
	return busy == 0, nil
}
