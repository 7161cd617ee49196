package staffdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrNotEmpty reports that the staff data to copy to is not empty.
var ErrNotEmpty = errors.New("there is staff data already")

// copied lists the tables and their columns, each after those that it refers to.
var copied = []struct{ table, columns string }{
	{"account", "id, name, handle, created, seen, deleted"},
	{"account_role", "account, role"},
	{"identity", "issuer, subject, account"},
	{"passkey", "id, account, name, credential, created, used"},
	{"invitation", "token, account, expires"},
	{"session", "token, id, account, way, device, hint, began, used"},
	{"spent", "challenge, expires"},
	{"audit", "seq, at, who, what, about, detail, hash"},
	{"mail", "account, id, address, lang, asked, confirmed, week, tries, next, problem, refused"},
	{"edition", "id, hash, program, scoring, at, by_id, drafted, note, rolled"},
	{"edition_file", "edition, path, data"},
	{"draft", "owner, began, touched, base, submitted, note"},
	{"draft_file", "owner, path, base, data"},
	{"draft_step", "owner, seq, at, file, path"},
	{"draft_step_file", "owner, seq, path, before, after"},
}

// Empty reports whether nothing was ever recorded.
func (db *DB) Empty(ctx context.Context) (empty bool, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		var rows int
		for _, of := range copied {
			n := 0
			if _, err := tx.find("SELECT count(*) FROM "+of.table, nil, &n); err != nil {
				return err
			}
			rows += n
		}
		empty = rows == 0
		return nil
	})
	return empty, err
}

// Contents is what a copy of the data must have in common with the original.
type Contents struct {
	Accounts, Passkeys, Editions int
	Audit                        Chain
}

// Contents counts what a backup keeps, and verifies the audit trail.
func (db *DB) Contents(ctx context.Context) (c Contents, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		_, err := tx.find("SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM passkey), (SELECT count(*) FROM edition)",
			nil, &c.Accounts, &c.Passkeys, &c.Editions)
		if err != nil {
			return err
		}
		c.Audit, err = tx.VerifyAudit()
		return err
	})
	return c, err
}

// CopyTo copies everything, atomically, to empty staff data (ErrNotEmpty), and calls progress with the resulting
// number of rows of each table.
func (db *DB) CopyTo(ctx context.Context, to *DB, progress func(table string, rows int64)) error {
	empty, err := to.Empty(ctx)
	if err != nil {
		return err
	}
	if !empty {
		return ErrNotEmpty
	}
	return db.View(ctx, func(from *Tx) error {
		return to.Update(ctx, func(into *Tx) error {
			for _, of := range copied {
				n, err := copyTable(from, into, of.table, of.columns)
				if err != nil {
					return err
				}
				progress(of.table, n)
			}
			_, err := into.VerifyAudit()
			return err
		})
	})
}

// copyTable copies the rows of a table, and counts the resulting rows.
func copyTable(from, into *Tx, table, columns string) (read int64, err error) {
	width := strings.Count(columns, ",") + 1
	marks := make([]string, width)
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	insert := "INSERT INTO " + table + " (" + columns + ") VALUES (" + strings.Join(marks, ", ") + ")"
	rows, err := from.tx.QueryContext(from.ctx, "SELECT "+columns+" FROM "+table)
	if err != nil {
		return 0, fmt.Errorf("copying %s: %w", table, err)
	}
	defer rows.Close()
	values, targets := make([]any, width), make([]any, width)
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return read, fmt.Errorf("copying %s: %w", table, err)
		}
		if err := into.run(insert, values...); err != nil {
			return read, fmt.Errorf("copying %s: %w", table, err)
		}
		read++
	}
	if err := rows.Err(); err != nil {
		return read, fmt.Errorf("copying %s: %w", table, err)
	}
	var there int64
	if _, err := into.find("SELECT count(*) FROM "+table, nil, &there); err != nil {
		return read, err
	}
	if there != read {
		return read, fmt.Errorf("copying %s: %d rows were read, but the table has %d", table, read, there)
	}
	return read, nil
}
