// Package postgres is the storage engine for several machines: two schemas, state and figures, in one
// PostgreSQL database or in two. Any number of processes may use them at once. A transaction on the
// state first locks the chats that it declares and then reads their rows, so that it sees what the
// previous one committed.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"digiwijzer/store/engine"
)

// Config is where the rows are.
type Config struct {
	State   string // address of the database with the state: postgres://user@host/name
	Figures string // address of that with the figures; empty: the same
	// Migrate makes the schemas that are missing and brings old ones up to date. Without it, missing
	// figures give fs.ErrNotExist, and the state may be missing.
	Migrate bool
	// Committed, if set, is called with how many chats each transaction on the state locked, its
	// duration, and how often it was retried.
	Committed func(chats int, took time.Duration, repeats int)
}

// DB is an open pair of schemas.
type DB struct {
	config  Config
	state   *pgxpool.Pool
	leases  *pgxpool.Pool // of one connection to the state, for which nothing but a renewal waits
	figures *pgxpool.Pool // the same one if both are in one database

	failover *failover // of the servers with the state
	cluster  string    // identifies the state that was opened
	noState  bool      // there is none, and it was not to be made
	closed   bool
}

var (
	_ engine.Rows     = (*DB)(nil)
	_ engine.Followed = (*DB)(nil)
)

const (
	applicationName = "digiwijzer"
	connectTimeout  = 3 * time.Second
	maxConnections  = 4 // per database: two for groups of turns, one for reads, one for jobs and figures
)

// dialing marks a context in which a connection may be made.
type dialing struct{}

// errNoCancel refuses the connection over which a statement would be cancelled.
var errNoCancel = errors.New("a statement is never cancelled")

// Open connects to the databases. Errors: engine.ErrNewer if the schemas were made by a newer version
// that this one cannot work with, fs.ErrNotExist, and those of connecting.
func Open(ctx context.Context, c Config) (*DB, error) {
	db := &DB{config: c}
	if err := db.open(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context) (err error) {
	if db.state, db.failover, err = newFollowed(ctx, db.config.State); err != nil {
		return err
	}
	if db.leases, err = alone(ctx, db.state); err != nil {
		return err
	}
	db.figures = db.state
	if db.config.Figures != "" && db.config.Figures != db.config.State {
		if db.figures, err = newPool(ctx, db.config.Figures); err != nil {
			return err
		}
	}
	for pool, names := range db.schemas() {
		for _, name := range names {
			if err := db.prepareSchema(ctx, pool, name); err != nil {
				return err
			}
		}
	}
	if !db.noState {
		db.cluster, err = db.identity(ctx)
	}
	return err
}

// newPool returns a pool of connections to a database, without connecting.
func newPool(ctx context.Context, address string) (*pgxpool.Pool, error) {
	pool, _, err := newFollowed(ctx, address)
	return pool, err
}

// newFollowed is newPool; it also returns the failover of the pool.
func newFollowed(ctx context.Context, address string) (*pgxpool.Pool, *failover, error) {
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, nil, err // without the password, see pgconn.ParseConfigError
	}
	c.MaxConns = maxConnections
	c.MaxConnIdleTime = time.Minute
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = connectTimeout
	}
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = applicationName
	}
	onlyAcquired(c)
	s := follow(c)
	pool, err := pgxpool.NewWithConfig(ctx, c)
	return pool, s, err
}

// alone returns a pool of one connection to the database of another pool, and with the same failover.
func alone(ctx context.Context, beside *pgxpool.Pool) (*pgxpool.Pool, error) {
	c := beside.Config()
	c.MaxConns = 1
	return pgxpool.NewWithConfig(ctx, c)
}

// acquire returns a connection, which the caller releases.
func acquire(pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(background, dialing{}, true), 2*connectTimeout)
	defer cancel()
	conn, err := pool.Acquire(ctx)
	return conn, wrap("connecting", err)
}

// prepareSchema makes, migrates or checks a schema.
func (db *DB) prepareSchema(ctx context.Context, pool *pgxpool.Pool, schema string) error {
	return onConn(pool, func(conn *pgx.Conn) error {
		if db.config.Migrate {
			return migrate(ctx, conn, schema)
		}
		have, err := usable(ctx, conn, schema)
		switch {
		case err != nil:
			return err
		case have == 0 && schema == stateSchema:
			db.noState = true
			return nil
		case have == 0:
			return fmt.Errorf("no schema %s in the database: %w", schema, fs.ErrNotExist)
		case have < newestSchema(schema):
			return fmt.Errorf("the schema %s was made by an earlier version; run serve once to bring it up to date", schema)
		}
		return nil
	})
}

// onConn runs do on one connection. Connecting takes at most twice connectTimeout.
func onConn(pool *pgxpool.Pool, do func(*pgx.Conn) error) error {
	conn, err := acquire(pool)
	if err != nil {
		return err
	}
	defer conn.Release()
	return do(conn.Conn())
}

// identity returns what tells this state from any other. Error: engine.ErrNewer, see usable.
func (db *DB) identity(ctx context.Context) (id string, err error) {
	err = onConn(db.state, func(conn *pgx.Conn) error {
		if _, err := usable(ctx, conn, stateSchema); err != nil {
			return err
		}
		return conn.QueryRow(ctx, "SELECT id::text FROM state.layout").Scan(&id)
	})
	return id, wrap("reading the identity of the state", err)
}

// Exclusive implements engine.Rows: any number of processes write.
func (db *DB) Exclusive() bool { return false }

// Scrub implements engine.Rows. Nothing can be removed from the log of PostgreSQL immediately; see
// Vacuum.
func (db *DB) Scrub() (done bool, err error) { return true, nil }

// Intact implements engine.Rows: it fails where the address leads to another state than the
// one that was opened, or to one that a newer version has changed so that this one cannot work
// with it any more. A database that cannot be reached may be the same.
func (db *DB) Intact() error {
	ctx, cancel := context.WithTimeout(background, connectTimeout)
	defer cancel()
	id, err := db.identity(ctx)
	if c := engine.ConditionOf(err); c == engine.Busy || c == engine.Unwritable {
		return nil
	}
	if err == nil && id != db.cluster {
		err = errors.New("the database is another one than at the start: stop the program")
	}
	return wrap("looking at the database", err)
}

// Usage implements engine.Rows. Clients cannot know how much is free on the disk of a server.
func (db *DB) Usage() (free, used uint64, err error) {
	ctx, cancel := context.WithTimeout(background, connectTimeout)
	defer cancel()
	for pool, schemas := range db.schemas() {
		var size int64
		err := onConn(pool, func(conn *pgx.Conn) error {
			return conn.QueryRow(ctx, `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
				JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($1) AND c.relkind = 'r'`, schemas).Scan(&size)
		})
		if err != nil {
			return 0, 0, wrap("measuring the tables", err)
		}
		used += uint64(size)
	}
	return math.MaxInt64, used, nil
}

// schemas returns which schemas are in which database.
func (db *DB) schemas() map[*pgxpool.Pool][]string {
	if db.state == db.figures {
		return map[*pgxpool.Pool][]string{db.state: {stateSchema, figuresSchema}}
	}
	return map[*pgxpool.Pool][]string{db.state: {stateSchema}, db.figures: {figuresSchema}}
}

// Space implements engine.Rows: unknown, see Usage.
func (db *DB) Space() (free, size uint64, err error) { return math.MaxInt64, 0, nil }

// Shrink implements engine.Rows; see Vacuum.
func (db *DB) Shrink(ctx context.Context) (more bool, err error) { return false, db.Vacuum(ctx) }

// Standbys returns how many servers follow that of the state, and how far the slowest is behind; nil: no
// commit waits for it now, or the user does not have the role pg_monitor.
func (db *DB) Standbys(ctx context.Context) (count int, lag *time.Duration, err error) {
	var micros *int64
	err = onConn(db.state, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT count(*), (extract(epoch FROM max(replay_lag)) * 1000000)::bigint FROM pg_stat_replication").Scan(&count, &micros)
	})
	if micros != nil {
		behind := time.Duration(*micros) * time.Microsecond
		lag = &behind
	}
	return count, lag, wrap("looking at the standbys", err)
}

// Close implements engine.Rows.
func (db *DB) Close() error {
	if db.closed {
		return nil
	}
	db.closed = true
	if db.figures != nil && db.figures != db.state {
		db.figures.Close()
	}
	if db.leases != nil {
		db.leases.Close()
	}
	if db.state != nil {
		db.state.Close()
	}
	return nil
}

// Conn returns a connection to the database of the state for tests that inspect it or make it fail.
// release returns it to the pool.
func (db *DB) Conn(ctx context.Context) (conn *pgx.Conn, release func(), err error) {
	c, err := acquire(db.state)
	if err != nil {
		return nil, nil, err
	}
	return c.Conn(), c.Release, nil
}

// isClosed reports whether a connection cannot be used any more.
func isClosed(conn *pgxpool.Conn) bool { return conn.Conn().IsClosed() }

// serverError returns the error that the server sent; nil: it sent none.
func serverError(err error) *pgconn.PgError {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e
	}
	return nil
}
