package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

//go:embed schema/*.sql
var embedded embed.FS

// steps are the steps of both schemas, which have a version each. A released step never changes. Two
// versions of the program work on a schema at once while one replaces the other: so a release only
// adds (expand), the next one moves the data (migrate), and one after that removes (contract) and
// raises layout.min_reader. Tests set other steps here.
var steps fs.FS = embedded

// The schemas.
const (
	stateSchema   = "state"
	figuresSchema = "figures"
)

// newestSchema is the newest version of a schema that this program supports.
func newestSchema(schema string) int {
	all, err := fs.Glob(steps, "schema/"+schema+".*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	return len(all)
}

// usable returns the version of a schema; 0: there is none. A schema that is newer than this program
// can be used if its min_reader allows it.
func usable(ctx context.Context, conn *pgx.Conn, schema string) (have int, err error) {
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", schema+".layout").Scan(&exists); err != nil || !exists {
		return 0, wrap("looking for the schema "+schema, err)
	}
	var oldest int
	if err := conn.QueryRow(ctx, "SELECT version, min_reader FROM "+schema+".layout").Scan(&have, &oldest); err != nil {
		return 0, wrap("reading the version of "+schema, err)
	}
	if newest := newestSchema(schema); oldest > newest {
		return have, fmt.Errorf("the schema %s: %w (version %d, known %d); use that version", schema, engine.ErrNewer, have, newest)
	}
	return have, nil
}

// migrationLock is the key of the lock under which schemas are made.
const migrationLock = 0x6469676977696a7a

// layoutTable contains the version of a schema, the oldest version of the program that can work with
// it, and what distinguishes this database from any other.
const layoutTable = `CREATE SCHEMA IF NOT EXISTS %[1]s;
	CREATE TABLE %[1]s.layout (
	  version    integer NOT NULL,
	  min_reader integer NOT NULL,
	  id         uuid NOT NULL DEFAULT gen_random_uuid()
	);
	INSERT INTO %[1]s.layout (version, min_reader) VALUES (0, 1)`

// migrate brings a schema up to date, all steps in one transaction. If several processes start at once,
// one does it. A newer schema is left as it is.
func migrate(ctx context.Context, conn *pgx.Conn, schema string) error {
	have, err := usable(ctx, conn, schema)
	if err != nil || have >= newestSchema(schema) {
		return err
	}
	return wrap("bringing "+schema+" up to date", pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
			return err
		}
		have, err := usable(ctx, conn, schema)
		if err != nil {
			return err
		}
		if have == 0 {
			if _, err := tx.Exec(ctx, fmt.Sprintf(layoutTable, schema)); err != nil {
				return err
			}
		}
		for next := have + 1; next <= newestSchema(schema); next++ {
			if err := takeStep(ctx, tx, schema, next); err != nil {
				return err
			}
		}
		return nil
	}))
}

func takeStep(ctx context.Context, tx pgx.Tx, schema string, n int) error {
	text, err := fs.ReadFile(steps, "schema/"+schema+"."+strconv.Itoa(n)+".sql")
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, string(text)); err != nil {
		return fmt.Errorf("step %d: %w", n, err)
	}
	_, err = tx.Exec(ctx, "UPDATE "+schema+".layout SET version = $1", n)
	return err
}
