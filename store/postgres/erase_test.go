package postgres_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

// filesWith returns the files of a server that contain one of these words, with the name of the word.
func filesWith(t *testing.T, s *pgtest.Server, words map[string][]byte) (found []string) {
	t.Helper()
	require.NoError(t, s.EachFile(func(path string, text []byte) {
		for name, word := range words {
			if bytes.Contains(text, word) {
				found = append(found, path+": "+name)
			}
		}
	}))
	return found
}

// TestErasedIsGone looks for what was erased in every file of the server: it is gone once the
// tables are vacuumed and the log of before is not needed any more. An older transaction, in
// another database, is open when the vacuuming begins.
func TestErasedIsGone(t *testing.T) {
	t.Parallel()
	server, address := pgtest.Shared(t)
	requireErased(t, address, server)
}

// TestErasedIsGoneOnStandby: the same in the files of a server that follows.
func TestErasedIsGoneOnStandby(t *testing.T) {
	p := newPair(t)
	requireErased(t, p.primary.Address(database), p.primary, p.standby)
}

func requireErased(t *testing.T, address string, primary *pgtest.Server, standbys ...*pgtest.Server) {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{State: address})
	require.NoError(t, err)
	defer db.Close()
	for what, limit := range map[string]int64{"small tables": 64 << 20, "large tables": 0} {
		requireErasedBy(t, what, db, limit, append([]*pgtest.Server{primary}, standbys...))
	}
}

// requireErasedBy requires that somebody who is erased is gone from all files, where tables of more
// than limit bytes count as large.
func requireErasedBy(t *testing.T, what string, db *postgres.DB, limit int64, servers []*pgtest.Server) {
	t.Helper()
	primary, standbys := servers[0], servers[1:]
	chat, body := engine.Hash{}, make([]byte, 3000)
	rand.Read(chat[:])
	rand.Read(body)
	words := map[string][]byte{"chat": chat[:], "body": body[:200], "end of the body": body[2800:]}
	touch := engine.Touch{Chats: []engine.Hash{chat}}
	save := func(s engine.State) error {
		return errors.Join(s.AddMessage(engine.Message{Chat: chat, Slot: "living", Created: 1, Body: body}), s.SaveSession(chat, 1, true, body))
	}
	for range 20 { // many versions of its row
		require.NoError(t, db.Update(t.Context(), touch, save))
	}
	for n := range 200 { // who stays, so that no table becomes empty
		other := engine.Hash{byte(n), 1, 2, 3}
		require.NoError(t, db.Update(t.Context(), engine.Touch{Chats: []engine.Hash{other}}, func(s engine.State) error {
			return errors.Join(s.AddMessage(engine.Message{Chat: other, Slot: "living", Created: 1, Body: []byte{2}}), s.SaveSession(other, 1, true, []byte{1}))
		}))
	}
	checkpoint := func() {
		require.NoError(t, primary.Exec("postgres", "SELECT pg_switch_wal()"))
		require.NoError(t, primary.Exec("postgres", "CHECKPOINT"))
		require.NoError(t, primary.Exec("postgres", "BEGIN; SET LOCAL synchronous_commit = remote_apply; SELECT pg_logical_emit_message(true, 'x', 'y'); COMMIT"))
		for _, s := range standbys {
			require.NoError(t, s.Exec("postgres", "CHECKPOINT"))
		}
	}
	checkpoint()
	for _, s := range servers {
		found := filesWith(t, s, words)
		for name := range words {
			require.True(t, slices.ContainsFunc(found, func(hit string) bool { return strings.HasSuffix(hit, ": "+name) }), "the test looks in the wrong place for %s: %s", name, what)
		}
	}
	older, err := pgx.Connect(t.Context(), primary.Address("postgres"))
	require.NoError(t, err)
	_, err = older.Exec(t.Context(), "BEGIN; SELECT pg_current_xact_id()")
	require.NoError(t, err)
	require.NoError(t, db.Update(t.Context(), touch, func(s engine.State) error {
		return s.DeleteChat(chat, engine.Sessions, engine.Outbox)
	}))
	ended := make(chan error, 1)
	time.AfterFunc(300*time.Millisecond, func() { ended <- older.Close(context.Background()) })
	require.NoError(t, db.VacuumOver(t.Context(), limit))
	require.NoError(t, <-ended)
	for range 3 { // the log before the last checkpoint but one is deleted
		checkpoint()
	}
	for _, s := range servers {
		assert.Empty(t, filesWith(t, s, words), what)
	}
}
