package bot_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"digiwijzer/store"
	"digiwijzer/store/engine"
	"digiwijzer/store/memdir"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// database is a storage in PostgreSQL.
//
// In a bubble the network is real. Time stands still while a statement runs, because waiting for
// the network is not durably blocking: a statement takes no time, and synctest.Wait waits for its
// answer. The clock of the server, which decides about leases, is that of the bubble.
type database struct {
	world   *world
	address string
	key     *store.Key
}

// onDatabase returns how worlds are made over an empty database, which is used again for each. It
// skips the test if there is no PostgreSQL. It must be called outside of a bubble.
func onDatabase(t *testing.T) func(*world) storage {
	t.Helper()
	address := pgtest.Database(t)
	execute(t, address, virtualClock)
	pgtest.Set(t, address, "search_path = virtual, pg_catalog, public")
	return func(w *world) storage {
		d := &database{world: w, address: address}
		pgtest.Clear(w.t, address)
		execute(w.t, address, "UPDATE virtual.clock SET now = '1980-01-01'")
		files, err := freshFiles()
		require.NoError(w.t, err)
		path := filepath.Join(memdir.New(w.t), "test.key")
		require.NoError(w.t, os.WriteFile(path, files["test.key"], 0o600))
		d.key, err = store.LoadKey(path)
		require.NoError(w.t, err)
		return d
	}
}

// virtualClock makes the server read the time in a table. It differs from every other clock of a
// world.
const virtualClock = `CREATE SCHEMA IF NOT EXISTS virtual;
	CREATE TABLE IF NOT EXISTS virtual.clock (now timestamptz NOT NULL);
	DELETE FROM virtual.clock;
	INSERT INTO virtual.clock VALUES ('1980-01-01');
	CREATE OR REPLACE FUNCTION virtual.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT now FROM virtual.clock'`

// serverBegin is the time of the server when that of the bubble begins.
var serverBegin = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func execute(t testing.TB, address, statements string) {
	t.Helper()
	onServer(t, address, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statements, pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

// onServer runs do on a connection of its own.
func onServer(t testing.TB, address string, do func(context.Context, *pgx.Conn) error) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	require.NoError(t, err)
	require.NoError(t, errors.Join(do(ctx, conn), conn.Close(ctx)))
}

func (d *database) open(o store.Options) (*store.Store, error) {
	db, err := postgres.Open(context.Background(), postgres.Config{State: d.address})
	if err != nil {
		return nil, err
	}
	return store.New(context.Background(), mortalRows{db, d.world}, d.key, o)
}

// keep does nothing: mortalRows leave everything as it is at the death of the process.
func (d *database) keep() {}
func (d *database) bury() {}

func (d *database) takeover() time.Duration { return leaseTTL + 2*time.Second }

// leaseTTL is how long the server keeps a lease that is not renewed.
const leaseTTL = 10 * time.Second

func (d *database) figures() (*store.Figures, error) {
	db, err := postgres.Open(context.Background(), postgres.Config{State: d.address})
	if err != nil {
		return nil, err
	}
	return store.NewFigures(context.Background(), db, d.key)
}

// traces looks in all rows, as they are stored.
func (d *database) traces() (found []string) {
	onServer(d.world.t, d.address, func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, "SELECT schemaname::text, tablename::text FROM pg_tables WHERE schemaname IN ('state', 'figures')")
		if err != nil {
			return err
		}
		tables, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Schema, Name string }])
		if err != nil {
			return err
		}
		require.Greater(d.world.t, len(tables), 20)
		for _, table := range tables {
			var content bytes.Buffer
			if _, err := conn.PgConn().CopyTo(ctx, &content, "COPY "+pgx.Identifier{table.Schema, table.Name}.Sanitize()+" TO STDOUT (FORMAT binary)"); err != nil {
				return err
			}
			words := traces()
			if table.Schema == "state" {
				words = append(words, personal...)
			}
			for _, what := range hidden(content.Bytes(), words) {
				found = append(found, table.Schema+"."+table.Name+" holds "+what)
			}
		}
		return nil
	})
	return found
}

func (d *database) requireSound() int {
	db, err := sql.Open("pgx", d.address+"&search_path=figures")
	require.NoError(d.world.t, err)
	defer db.Close()
	return requireBatches(d.world.t, db)
}

// steal takes the leases for half of all sending over, as another program does that dies at once.
// It leaves those that a transaction is looking at, and reports whether it took any.
func (d *database) steal() (took bool) {
	onServer(d.world.t, d.address, func(ctx context.Context, conn *pgx.Conn) error {
		tag, err := conn.Exec(ctx, `UPDATE state.lease SET owner = $1, epoch = epoch + 1, until = clock_timestamp() + $2::bigint * interval '1 microsecond'
			WHERE name IN (SELECT name FROM state.lease WHERE name BETWEEN 'out/00' AND 'out/07' FOR UPDATE SKIP LOCKED)`,
			bytes.Repeat([]byte{1}, len(engine.Hash{})), leaseTTL.Microseconds())
		took = tag.RowsAffected() > 0
		return err
	})
	return took
}

// mortalRows are the rows of a process. After its death it writes nothing more.
type mortalRows struct {
	*postgres.DB
	world *world
}

var _ engine.Leases = mortalRows{}

func (r mortalRows) Update(ctx context.Context, touch engine.Touch, do func(engine.State) error) error {
	return r.DB.Update(ctx, touch, func(rows engine.State) error { return r.unlessDead(do(rows)) })
}

func (r mortalRows) UpdateStats(ctx context.Context, do func(engine.Stats) error) error {
	return r.DB.UpdateStats(ctx, func(rows engine.Stats) error { return r.unlessDead(do(rows)) })
}

// unlessDead rolls a transaction back that was not committed when the process died.
func (r mortalRows) unlessDead(err error) error {
	if r.world.isDead() {
		return errDead
	}
	return err
}

// Renew implements engine.Leases. It sets the clock of the server first.
func (r mortalRows) Renew(ctx context.Context, owner engine.Hash, decide func(int, []engine.LeaseState) (hold, release []string)) (engine.HeldLeases, error) {
	if r.world.isDead() {
		return engine.HeldLeases{}, errDead
	}
	conn, release, err := r.DB.Conn(ctx)
	if err != nil {
		return engine.HeldLeases{}, err
	}
	_, err = conn.Exec(ctx, "UPDATE virtual.clock SET now = $1", serverBegin.Add(time.Since(bubbleBegin)))
	release()
	if err != nil {
		return engine.HeldLeases{}, err
	}
	return r.DB.Renew(ctx, owner, decide)
}

// Leave implements engine.Leases.
func (r mortalRows) Leave(ctx context.Context, owner engine.Hash) error {
	if r.world.isDead() {
		return errDead
	}
	return r.DB.Leave(ctx, owner)
}
