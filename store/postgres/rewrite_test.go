package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

// columnsOf returns what describes a table and its indexes.
func columnsOf(t *testing.T, conn *pgx.Conn, table string) (all []string) {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT pg_get_indexdef(indexrelid) || ' ' || indisprimary::text FROM pg_index WHERE indrelid = $1::regclass
		UNION ALL SELECT attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull::text || ' ' || attstorage::text || ' ' || attcollation::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
		UNION ALL SELECT reloptions::text || ' ' || (SELECT count(*)::text FROM pg_trigger WHERE tgrelid = $1::regclass) FROM pg_class WHERE oid = $1::regclass ORDER BY 1`, table)
	require.NoError(t, err)
	all, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}

// TestTablesAreWrittenAnewUnderLoad writes all tables anew again and again while programs save and
// delete: no row is lost, none comes back, and the tables are as they were.
func TestTablesAreWrittenAnewUnderLoad(t *testing.T) {
	t.Parallel()
	const workers, chats = 3, 150
	rounds := 2
	if *everyCrash == 1 {
		rounds = 4
	}
	address := pgtest.Database(t)
	db, err := postgres.Open(t.Context(), postgres.Config{State: address})
	require.NoError(t, err)
	defer db.Close()
	other, err := postgres.Open(t.Context(), postgres.Config{State: address})
	require.NoError(t, err)
	defer other.Close()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	before := columnsOf(t, conn, "state.session")

	var all sync.WaitGroup
	stop := make(chan struct{})
	kept := make([]map[engine.Hash][]byte, workers)
	for n := range workers {
		kept[n] = map[engine.Hash][]byte{}
		all.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(n), 1))
			for i := 0; ; i++ {
				chat := engine.Hash{byte(n), byte(i % chats), 7}
				body := make([]byte, 2000+dice.IntN(1000))
				for at := 0; at < len(body); at += 8 {
					body[at] = byte(dice.Uint32())
				}
				erases := i >= chats && dice.IntN(3) == 0
				err := other.Update(t.Context(), engine.Touch{Chats: []engine.Hash{chat}}, func(s engine.State) error {
					if erases {
						return s.DeleteChat(chat, engine.Sessions, engine.Outbox, engine.Counted)
					}
					_, err := s.Count(chat, "2026-2")
					return errors.Join(err, s.SaveSession(chat, int64(i), false, body), s.AddMessage(engine.Message{Chat: chat, Slot: "living", Created: 1, Body: body[:9]}))
				})
				if !assert.NoError(t, err) {
					return
				}
				kept[n][chat] = body
				if erases {
					delete(kept[n], chat)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for done, tries := 0, 0; done < rounds; tries++ {
		require.Less(t, tries, 10*rounds)
		if err := db.VacuumOver(t.Context(), 0); err != nil {
			require.ErrorIs(t, err, postgres.ErrMove)
			require.NotContains(t, err.Error(), "they differ")
			continue
		}
		done++
	}
	close(stop)
	all.Wait()
	assert.Equal(t, before, columnsOf(t, conn, "state.session"))
	require.NoError(t, conn.Close(t.Context()))
	stored := 0
	require.NoError(t, db.View(t.Context(), func(s engine.State) error {
		var err error
		stored, err = s.CountSessions()
		for _, of := range kept {
			for chat, body := range of {
				got, _, failed := s.Session(chat)
				assert.True(t, string(got) == string(body), "another body")
				err = errors.Join(err, failed)
			}
		}
		return err
	}))
	want := 0
	for _, of := range kept {
		want += len(of)
	}
	assert.Equal(t, want, stored)
}

// TestMovesDoNotMix lets a program stand still in the middle of writing a table anew, while
// another one does the same: the first one changes nothing any more.
func TestMovesDoNotMix(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(t.Context(), postgres.Config{State: pgtest.Database(t)})
	require.NoError(t, err)
	defer db.Close()
	save := func(n int) {
		chat := engine.Hash{byte(n)}
		require.NoError(t, db.Update(t.Context(), engine.Touch{Chats: []engine.Hash{chat}}, func(s engine.State) error { return s.SaveSession(chat, 1, false, fmt.Append(nil, n)) }))
	}
	save(1)
	conn, release, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer release()
	swap, err := db.StartMove(t.Context(), conn, "session")
	require.NoError(t, err)
	save(2) // in both tables
	another, release2, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer release2()
	second, err := db.StartMove(t.Context(), another, "session")
	require.NoError(t, err)
	require.ErrorIs(t, swap(), postgres.ErrMove)
	save(3)
	require.NoError(t, second())
	require.ErrorIs(t, swap(), postgres.ErrMove)
	save(4)
	require.NoError(t, db.View(t.Context(), func(s engine.State) error {
		n, err := s.CountSessions()
		assert.Equal(t, 4, n)
		return err
	}))
}

// TestMoveCopiesWhatWasBeingWritten begins to write a table anew while a transaction adds pages to
// it: their rows are in the new one too.
func TestMoveCopiesWhatWasBeingWritten(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	db, err := postgres.Open(t.Context(), postgres.Config{State: address})
	require.NoError(t, err)
	defer db.Close()
	connect := func() *pgx.Conn {
		conn, err := pgx.Connect(t.Context(), address)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		return conn
	}
	writer, watcher := connect(), connect()
	tx, err := writer.Begin(t.Context())
	require.NoError(t, err)
	// A lock as an INSERT takes it.
	_, err = tx.Exec(t.Context(), "LOCK TABLE state.session IN ROW EXCLUSIVE MODE")
	require.NoError(t, err)

	conn, release, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer release()
	var swap func() error
	started := make(chan error, 1)
	go func() {
		var err error
		swap, err = db.StartMove(t.Context(), conn, "session")
		started <- err
	}()
	for waits := false; !waits; {
		require.NoError(t, watcher.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'state.session'::regclass)").Scan(&waits))
	}
	_, err = tx.Exec(t.Context(), `INSERT INTO state.session (cid, hour, browser, body)
		SELECT sha256(n::text::bytea), 1, false, sha256(n::text::bytea) FROM generate_series(1, 500) n`)
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
	require.NoError(t, <-started)
	require.NoError(t, swap())
	require.NoError(t, db.View(t.Context(), func(s engine.State) error {
		n, err := s.CountSessions()
		assert.Equal(t, 500, n)
		return err
	}))
}
