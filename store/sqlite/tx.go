package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"digiwijzer/store/engine"
)

// background is the context of every statement in a transaction; see file.update.
var background = context.Background()

// tx is a transaction on one file. It implements engine.State on state.db and engine.Stats
// on stats.db.
type tx struct {
	*file
	failed error // the first failure after which nothing can be committed

	messages *int64 // the highest message id so far
}

var (
	_ engine.State = (*tx)(nil)
	_ engine.Stats = (*tx)(nil)
)

// Savepoint runs do, and rolls back only its changes if it fails or panics.
func (t *tx) Savepoint(do func() error) error {
	if t.failed != nil {
		return t.failed
	}
	if _, err := t.savepoint.ExecContext(background); err != nil {
		return t.fail("savepoint", err)
	}
	done := false
	defer func() {
		if !done && t.failed == nil {
			_ = t.exec("rolling back to a savepoint", "ROLLBACK TO work; RELEASE work") // exec records the failure
		}
	}()
	if err := do(); err != nil {
		return err
	}
	done = true
	_, err := t.release.ExecContext(background)
	return t.fail("releasing a savepoint", err)
}

// fail wraps an error of the driver, and records the first storage error, so that the transaction fails
// even if the caller ignores it.
func (t *tx) fail(where string, err error) error {
	err = wrap(where, err)
	if c := engine.ConditionOf(err); c != "" && c != engine.Faulty && t.failed == nil {
		t.failed = err
	}
	return err
}

func (t *tx) exec(where, query string, args ...any) error {
	_, err := t.affect(where, query, args...)
	return err
}

// affect runs a statement and returns how many rows it changed.
func (t *tx) affect(where, query string, args ...any) (int64, error) {
	result, err := t.conn.ExecContext(background, query, args...)
	if err != nil {
		return 0, t.fail(where, err)
	}
	return result.RowsAffected()
}

// find reads one row; ok is false when there is none.
func (t *tx) find(where, query string, args []any, into ...any) (ok bool, err error) {
	err = t.conn.QueryRowContext(background, query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, t.fail(where, err)
}

// list reads all rows of a query.
func list[T any](t *tx, where, query string, args []any, scan func(row *sql.Rows, into *T) error) (all []T, err error) {
	rows, err := t.conn.QueryContext(background, query, args...)
	if err != nil {
		return nil, t.fail(where, err)
	}
	defer rows.Close()
	for rows.Next() {
		var one T
		if err := scan(rows, &one); err != nil {
			return nil, t.fail(where, err)
		}
		all = append(all, one)
	}
	return all, t.fail(where, rows.Err())
}

// hashes reads a column of hashes.
func (t *tx) hashes(where, query string, args ...any) ([]engine.Hash, error) {
	return list(t, where, query, args, func(row *sql.Rows, h *engine.Hash) error { return row.Scan(key{h}) })
}

// blob scans a column into a slice without a copy: go-sqlite3 makes a new slice for each value.
type blob struct{ into *[]byte }

var _ sql.Scanner = blob{}

// Scan implements sql.Scanner.
func (b blob) Scan(value any) error {
	body, ok := value.([]byte)
	if !ok && value != nil {
		return errors.New("not a blob")
	}
	*b.into = body
	return nil
}

// key scans a column into a hash; NULL is the zero hash.
type key struct{ into *engine.Hash }

var _ sql.Scanner = key{}

// Scan implements sql.Scanner.
func (k key) Scan(value any) error {
	b, ok := value.([]byte)
	switch {
	case value == nil:
		*k.into = engine.Hash{}
	case !ok || len(b) != len(k.into):
		return errors.New("not a hash")
	default:
		*k.into = engine.Hash(b)
	}
	return nil
}
