package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
	"digiwijzer/store/sqlite"
)

// work returns a work that touches these chats.
func work(do func(bot.Tx) error, chats ...bot.Chat) bot.Work { return bot.Work{Chats: chats, Do: do} }

// do applies one work that touches these chats.
func do(t testing.TB, s *Store, f func(bot.Tx) error, chats ...bot.Chat) {
	t.Helper()
	doWork(t, s, work(f, chats...))
}

func doWork(t testing.TB, s *Store, w bot.Work) {
	t.Helper()
	require.NoError(t, apply(s, w))
}

// apply applies one work and returns its error, or that of the transaction.
func apply(s *Store, w bot.Work) error {
	each, err := s.Apply(context.Background(), []bot.Work{w})
	return errors.Join(append(each, err)...)
}

func tick(t testing.TB, s *Store, kind bot.TickKind, detail, week string) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.Tick(kind, detail, week) })
}

func markDelivered(t testing.TB, s *Store, d bot.Delivery, shown bot.Shown) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.Delivered(d, shown) }, d.Message.Chat)
}

func postpone(t testing.TB, s *Store, d bot.Delivery, until time.Time) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.Postpone(d, until) }, d.Message.Chat)
}

// file is a connection to one of the files of the store.
type file struct {
	name string
	conn *sql.Conn
}

func fileOf(rows engine.Rows, name string) *file {
	return &file{name: name, conn: rows.(*sqlite.DB).Conn(name)}
}

// init registers SQLite with the function that a migration calls.
func init() {
	sql.Register("sqlite3_with_keys", &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		return c.RegisterFunc("record_key", func(id []byte) int64 { return engine.RecordKey(engine.Hash(id)) }, true)
	}})
}

// openFile opens another connection to a file.
func openFile(t testing.TB, path, options string) *file {
	t.Helper()
	db, err := sql.Open("sqlite3_with_keys", (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String()+"?"+options)
	require.NoError(t, err)
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(); db.Close() })
	return &file{name: filepath.Base(path), conn: conn}
}

// requireBackup makes a backup, with what waits where there is a key.
func requireBackup(t testing.TB, h *harness, path string, key *Key) Backed {
	t.Helper()
	b, err := Backup(context.Background(), h.dir, path, key)
	require.NoError(t, err)
	return b
}

func state(s *Store) *file { return fileOf(s.rows, sqlite.StateFile) }
func stats(s *Store) *file { return fileOf(s.rows, sqlite.StatsFile) }

// queryInt returns the one number that a query selects.
func queryInt(t testing.TB, f *file, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, f.conn.QueryRowContext(context.Background(), query, args...).Scan(&n))
	return n
}

func rowCount(t testing.TB, f *file, table string) int {
	t.Helper()
	return queryInt(t, f, "SELECT count(*) FROM "+table)
}

func execSQL(t testing.TB, f *file, query string, args ...any) {
	t.Helper()
	_, err := f.conn.ExecContext(context.Background(), query, args...)
	require.NoError(t, err)
}

func setPragma(t testing.TB, f *file, pragma string) {
	t.Helper()
	execSQL(t, f, "PRAGMA "+pragma)
}

// hashesIn reads a column of hashes.
func hashesIn(t testing.TB, f *file, query string, args ...any) (all []engine.Hash) {
	t.Helper()
	rows, err := f.conn.QueryContext(context.Background(), query, args...)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var id []byte
		require.NoError(t, rows.Scan(&id))
		all = append(all, engine.Hash(id))
	}
	require.NoError(t, rows.Err())
	return all
}

// waitingIn decrypts the rows pending hand-over; all must be readable.
func waitingIn[T any](t testing.TB, s *Store, kind engine.Kind) (all []waiting[T]) {
	t.Helper()
	require.NoError(t, s.rows.View(context.Background(), func(rows engine.State) error {
		readable, damaged, err := readWaiting[T](rows, s.envelope(), kind)
		require.Empty(t, damaged)
		all = readable
		return err
	}))
	return all
}
