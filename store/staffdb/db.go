// Package staffdb stores staff accounts, drafts, editions and the audit trail, in staff.db or in the schema
// staff of a PostgreSQL database. It stores rows without policy: its callers decide what a role may do, and
// how long a session lasts.
//
// Its SQL works on both SQLite and PostgreSQL: parameters $1, $2 in the order of their first use, times as
// whole milliseconds since 1970, and no engine-specific functions. Each subject has its own file.
package staffdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"digiwijzer/store/postgres"
	"digiwijzer/store/sqlite"
)

// DB is open staff data. Its methods may be called concurrently, also while other processes
// have it open.
type DB struct {
	write, read *sql.DB
	recorded    func(Entry)

	// With PostgreSQL: the first statements of every transaction, and of one that writes.
	begin, lock string
	reading     *sql.TxOptions
}

// OnRecord sets a function that is called with every entry of the audit trail, once it is durable. It must be
// set before anything is recorded.
func (db *DB) OnRecord(notify func(Entry)) { db.recorded = notify }

// Open opens the staff data in a folder, and creates or migrates it as needed.
func Open(ctx context.Context, dir string) (*DB, error) {
	write, read, err := sqlite.OpenStaff(ctx, dir)
	if err != nil {
		return nil, err
	}
	return &DB{write: write, read: read, recorded: func(Entry) {}}, nil
}

// OpenDatabase opens the staff data in the PostgreSQL database at an address, which several
// machines share.
func OpenDatabase(ctx context.Context, address string) (*DB, error) {
	pool, err := postgres.OpenStaff(ctx, address)
	if err != nil {
		return nil, err
	}
	return &DB{
		write: pool, read: pool, recorded: func(Entry) {}, begin: postgres.StaffPath, lock: postgres.StaffLock,
		reading: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	}, nil
}

// Exist reports whether a folder has staff data.
func Exist(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, sqlite.StaffFile))
	return !errors.Is(err, fs.ErrNotExist)
}

// Close closes the data; nil is allowed.
func (db *DB) Close() error {
	if db == nil {
		return nil
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// Update runs do in a transaction that an error of do rolls back. Only one runs at a time.
func (db *DB) Update(ctx context.Context, do func(*Tx) error) error {
	entries, err := transact(ctx, db.write, nil, []string{db.begin, db.lock}, do)
	if err == nil {
		for _, e := range entries {
			db.recorded(e)
		}
	}
	return err
}

// View runs do on one snapshot; do must change nothing.
func (db *DB) View(ctx context.Context, do func(*Tx) error) error {
	_, err := transact(ctx, db.read, db.reading, []string{db.begin}, do)
	return err
}

// transact runs do in a transaction, after the statements first, and returns the audit entries it recorded.
func transact(ctx context.Context, pool *sql.DB, o *sql.TxOptions, first []string, do func(*Tx) error) ([]Entry, error) {
	tx, err := pool.BeginTx(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sqlite.StaffFile, err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	t := &Tx{ctx: ctx, tx: tx}
	for _, statement := range first {
		if statement == "" {
			continue
		}
		if err := t.run(statement); err != nil {
			return nil, err
		}
	}
	if err := do(t); err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("%s: %w", sqlite.StaffFile, err)
	}
	return t.recorded, nil
}

// Tx is a transaction. It is valid until the function that received it returns.
type Tx struct {
	ctx      context.Context // of the transaction, as in sql.Tx; it ends with it
	tx       *sql.Tx
	recorded []Entry
}

// exec runs a statement and returns how many rows it changed.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	result, err := tx.tx.ExecContext(tx.ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", sqlite.StaffFile, err)
	}
	return result.RowsAffected()
}

// run runs a statement.
func (tx *Tx) run(query string, args ...any) error {
	_, err := tx.exec(query, args...)
	return err
}

// find reads one row; ok is false when there is none.
func (tx *Tx) find(query string, args []any, into ...any) (ok bool, err error) {
	err = tx.tx.QueryRowContext(tx.ctx, query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", sqlite.StaffFile, err)
	}
	return true, nil
}

// list reads all rows of a query.
func list[T any](tx *Tx, query string, args []any, scan func(row *sql.Rows, into *T) error) (all []T, err error) {
	rows, err := tx.tx.QueryContext(tx.ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sqlite.StaffFile, err)
	}
	defer rows.Close()
	for rows.Next() {
		var one T
		if err := scan(rows, &one); err != nil {
			return nil, fmt.Errorf("%s: %w", sqlite.StaffFile, err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// moment returns a time in stored form: the zero time is 0.
func moment(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// stamp scans a stored time.
type stamp struct{ into *time.Time }

// Scan implements sql.Scanner.
func (s stamp) Scan(value any) error {
	ms, ok := value.(int64)
	switch {
	case !ok:
		return fmt.Errorf("%T is no time", value)
	case ms == 0:
		*s.into = time.Time{}
	default:
		*s.into = time.UnixMilli(ms).UTC()
	}
	return nil
}
