package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

// PurgeState deletes the rows of the state; the figures are kept. before runs first. It fails while
// another process is connected (engine.ErrInUse).
func PurgeState(ctx context.Context, c Config, before func() error) error {
	return purge(ctx, c, before, map[string][]string{c.State: {stateSchema}})
}

// PurgeAll deletes all schemas.
func PurgeAll(ctx context.Context, c Config, before func() error) error {
	if c.Figures == "" || c.Figures == c.State {
		return purge(ctx, c, before, map[string][]string{c.State: {stateSchema, figuresSchema, StaffSchema}})
	}
	return purge(ctx, c, before, map[string][]string{c.State: {stateSchema}, c.Figures: {figuresSchema, StaffSchema}})
}

func purge(ctx context.Context, c Config, before func() error, schemas map[string][]string) error {
	pool, err := newPool(ctx, c.State)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := onConn(pool, func(conn *pgx.Conn) error { return requireAlone(ctx, conn) }); err != nil {
		return err
	}
	if err := before(); err != nil {
		return err
	}
	for address, names := range schemas {
		pool, err := newPool(ctx, address)
		if err != nil {
			return err
		}
		err = onConn(pool, func(conn *pgx.Conn) error {
			for _, name := range names {
				if _, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+name+" CASCADE"); err != nil {
					return wrap("deleting the schema "+name, err)
				}
			}
			return nil
		})
		pool.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// endingFor is how long the server may take to end a connection that its program has closed.
const endingFor = 2 * time.Second

// requireAlone fails if another process of this program is connected, and remains so: a program that
// has just ended is no reason to refuse.
func requireAlone(ctx context.Context, conn *pgx.Conn) error {
	for began := time.Now(); ; time.Sleep(endingFor / 20) {
		var others int
		err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()`, applicationName).Scan(&others)
		if err != nil {
			return wrap("looking who is connected", err)
		}
		if others == 0 {
			return nil
		}
		if time.Since(began) > endingFor {
			return inUse{others}
		}
	}
}

// inUse is engine.ErrInUse, whose text is about a folder.
type inUse struct{ connections int }

func (e inUse) Error() string {
	return fmt.Sprintf("another digiwijzer is connected to this database (connections: %d); stop it first", e.connections)
}

func (e inUse) Is(target error) bool { return target == engine.ErrInUse }
