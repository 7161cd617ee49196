package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// StaffSchema contains the people who work with the service, what they edit and what they did. It is in
// the database of the figures, which is the one that is backed up.
const StaffSchema = "staff"

// staffConnections is how many requests of staff are served at the same time.
const staffConnections = 3

// Statements with which a transaction on the schema of staff begins. Only one at a time writes there, as
// with a file: what it read cannot change before it commits.
const (
	StaffPath = "SET LOCAL search_path TO " + StaffSchema
	StaffLock = "SELECT pg_advisory_xact_lock(7235421906347512933)"
)

// OpenStaff opens the schema of staff in the database at an address; it makes a missing one and
// migrates an old one.
func OpenStaff(ctx context.Context, address string) (*sql.DB, error) {
	pool, err := newPool(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := onConn(pool, func(conn *pgx.Conn) error { return migrate(ctx, conn, StaffSchema) }); err != nil {
		pool.Close()
		return nil, err
	}
	db := sql.OpenDB(staffConnector{stdlib.GetPoolConnector(pool), pool})
	db.SetMaxOpenConns(staffConnections)
	db.SetMaxIdleConns(0) // the pool keeps them
	return db, nil
}

// staffConnector returns connections of a pool, which it closes.
type staffConnector struct {
	driver.Connector
	pool *pgxpool.Pool
}

// Connect implements driver.Connector; see dialing.
func (c staffConnector) Connect(ctx context.Context) (driver.Conn, error) {
	return c.Connector.Connect(context.WithValue(ctx, dialing{}, true))
}

// Close implements io.Closer, for sql.DB.Close.
func (c staffConnector) Close() error {
	c.pool.Close()
	return nil
}
