package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// VacuumOver is Vacuum, where tables of more than limit bytes count as large.
func (db *DB) VacuumOver(ctx context.Context, limit int64) error { return db.vacuum(ctx, limit) }

// MaxConnections is maxConnections.
const MaxConnections = maxConnections

// ErrMove is errMove.
var ErrMove = errMove

// StartMove begins to write a table anew, up to where the new one takes its place, which swap does.
func (db *DB) StartMove(ctx context.Context, conn *pgx.Conn, table string) (swap func() error, err error) {
	m := &move{conn: conn, name: table}
	if err = m.begin(ctx); err == nil {
		err = m.copyAll(ctx)
	}
	if err == nil {
		err = m.verify(ctx)
	}
	return func() error { return m.swap(ctx) }, err
}
