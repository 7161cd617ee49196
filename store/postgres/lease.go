package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

const (
	leaseTTL    = 10 * time.Second
	leaseMargin = time.Second // how long before the end of its lease a process stops
	leaveLimit  = 2 * time.Second
)

// beginRenewal starts a renewal. It locks the leases of everybody, so a process that stalls in the middle of it
// loses its transaction long before its leases end.
const beginRenewal = "SELECT set_config('lock_timeout', '5s', true), set_config('idle_in_transaction_session_timeout', '2s', true)"

var _ engine.Leases = (*DB)(nil)

// Renew implements engine.Leases. The rows of all leases are locked meanwhile, so that two processes
// never decide at once.
func (db *DB) Renew(ctx context.Context, owner engine.Hash, decide func(int, []engine.LeaseState) (hold, release []string)) (t engine.HeldLeases, err error) {
	db.failover.poll(ctx)
	asked := time.Now()
	err = onConn(db.leases, func(conn *pgx.Conn) error {
		ctx, cancel := context.WithTimeout(ctx, leaseTTL-leaseMargin)
		defer cancel()
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			t, err = renew(ctx, tx, owner, decide)
			return err
		})
	})
	t.Until = asked.Add(leaseTTL - leaseMargin)
	if err != nil {
		t = engine.HeldLeases{}
	}
	return t, wrap("renewing leases", err)
}

func renew(ctx context.Context, tx pgx.Tx, owner engine.Hash, decide func(int, []engine.LeaseState) (hold, release []string)) (t engine.HeldLeases, err error) {
	if _, err = tx.Exec(ctx, beginRenewal); err != nil {
		return t, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO state.member (owner, until) VALUES ($1, clock_timestamp() + $2::bigint * interval '1 microsecond')
		ON CONFLICT (owner) DO UPDATE SET until = excluded.until`, owner[:], leaseTTL.Microseconds())
	if err != nil {
		return t, err
	}
	rows, err := tx.Query(ctx, "SELECT name, epoch, owner IS NOT DISTINCT FROM $1 AND until > clock_timestamp(), until <= clock_timestamp() FROM state.lease ORDER BY name FOR UPDATE", owner[:])
	if err != nil {
		return t, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l engine.LeaseState, err error) {
		err = row.Scan(&l.Name, &l.Epoch, &l.Mine, &l.Free)
		return l, err
	})
	if err != nil {
		return t, err
	}
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM state.member WHERE until > clock_timestamp()").Scan(&t.Members); err != nil {
		return t, err
	}
	hold, release := decide(t.Members, all)
	_, err = tx.Exec(ctx, "UPDATE state.lease SET owner = NULL, until = '-infinity' WHERE name = ANY($1::text[]) AND owner = $2", release, owner[:])
	if err != nil {
		return t, err
	}
	rows, err = tx.Query(ctx, `UPDATE state.lease SET owner = $1, until = clock_timestamp() + $2::bigint * interval '1 microsecond',
			epoch = epoch + CASE WHEN owner IS NOT DISTINCT FROM $1 AND until > clock_timestamp() THEN 0 ELSE 1 END
		WHERE name = ANY($3::text[]) AND (owner IS NOT DISTINCT FROM $1 OR until <= clock_timestamp()) RETURNING name, epoch`, owner[:], leaseTTL.Microseconds(), hold)
	if err != nil {
		return t, err
	}
	t.Leases, err = pgx.CollectRows(rows, pgx.RowToStructByPos[engine.Lease])
	return t, err
}

// Leave implements engine.Leases.
func (db *DB) Leave(ctx context.Context, owner engine.Hash) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveLimit)
	defer cancel()
	return onConn(db.leases, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `WITH gone AS (DELETE FROM state.member WHERE owner = $1 OR until < clock_timestamp() - interval '1 hour')
			UPDATE state.lease SET owner = NULL, until = '-infinity' WHERE owner = $1`, owner[:])
		return wrap("giving back leases", err)
	})
}

// Holds implements engine.State. It is read after the chats are locked: a process that has taken the
// lease over since writes to them later.
func (t *tx) Holds(l engine.Lease) (bool, error) {
	epoch, declared := t.epochs[l.Name]
	if !declared && t.updating {
		return false, t.undeclared()
	}
	return epoch == l.Epoch, t.failed
}

// Fence implements engine.Stats.
func (t *tx) Fence(epoch int64) error {
	var kept int64
	ok, err := t.find("looking at the fence", "UPDATE figures.fence SET epoch = $1 WHERE epoch <= $1 RETURNING epoch", []any{epoch}, &kept)
	if err == nil && !ok {
		err = engine.ErrFenced
	}
	return err
}
