package store

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
	"digiwijzer/store/sqlite"
)

// work is a work that touches these chats.
func work(do func(bot.Tx) error, chats ...bot.Chat) bot.Work { return bot.Work{Chats: chats, Do: do} }

// do applies one work that touches these chats and must succeed.
func do(t testing.TB, s *Store, f func(bot.Tx) error, chats ...bot.Chat) {
	t.Helper()
	doWork(t, s, work(f, chats...))
}

func doWork(t testing.TB, s *Store, w bot.Work) {
	t.Helper()
	each, err := s.Apply(context.Background(), []bot.Work{w})
	require.NoError(t, err)
	require.NoError(t, each[0])
}

// file is the connection of the store to one of its files.
type file struct {
	name string
	conn *sql.Conn
}

func fileOf(rows engine.Rows, name string) *file {
	return &file{name: name, conn: rows.(*sqlite.DB).Conn(name)}
}

// openFile opens another connection to a file.
func openFile(t testing.TB, path, options string) *file {
	t.Helper()
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String()+"?"+options)
	require.NoError(t, err)
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(); db.Close() })
	return &file{name: filepath.Base(path), conn: conn}
}

func state(s *Store) *file { return fileOf(s.rows, sqlite.StateFile) }
func stats(s *Store) *file { return fileOf(s.rows, sqlite.StatsFile) }

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

// waitingIn decrypts what waits to be handed over, all of which must be readable.
func waitingIn[T any](t testing.TB, s *Store, kind engine.Kind) (all []waiting[T]) {
	t.Helper()
	require.NoError(t, s.rows.View(context.Background(), func(rows engine.State) error {
		readable, damaged, err := readWaiting[T](rows, s.envelope, kind)
		require.Empty(t, damaged)
		all = readable
		return err
	}))
	return all
}
