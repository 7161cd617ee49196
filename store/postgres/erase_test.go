package postgres_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

// filesWith returns the files of a server that contain a word.
func filesWith(t *testing.T, s *pgtest.Server, word []byte) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(s.Data(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // it may be gone by now
		}
		if text, err := os.ReadFile(path); err == nil && bytes.Contains(text, word) {
			found = append(found, path)
		}
		return nil
	}))
	return found
}

// TestErasedIsGone looks for what was erased in every file of the server: it is gone once the
// tables are vacuumed and the log of before is not needed any more.
func TestErasedIsGone(t *testing.T) {
	t.Parallel()
	server, address := pgtest.Shared(t)
	db, err := postgres.Open(t.Context(), postgres.Config{State: address})
	require.NoError(t, err)
	defer db.Close()
	chat, body := engine.Hash{}, make([]byte, 1500)
	rand.Read(chat[:])
	rand.Read(body)
	touch := engine.Touch{Chats: []engine.Hash{chat}}
	require.NoError(t, db.Update(t.Context(), touch, func(s engine.State) error {
		if err := s.AddMessage(engine.Message{Chat: chat, Slot: "living", Created: 1, Body: body}); err != nil {
			return err
		}
		return s.SaveSession(chat, 1, true, body)
	}))
	for n := range 200 { // who stays, so that no table becomes empty
		other := engine.Hash{byte(n), 1, 2, 3}
		require.NoError(t, db.Update(t.Context(), engine.Touch{Chats: []engine.Hash{other}}, func(s engine.State) error {
			return errors.Join(s.AddMessage(engine.Message{Chat: other, Slot: "living", Created: 1, Body: body[700:800]}), s.SaveSession(other, 1, true, []byte{1}))
		}))
	}
	require.NoError(t, server.Exec("postgres", "CHECKPOINT"))
	require.NotEmpty(t, filesWith(t, server, chat[:]), "the test looks in the wrong place")
	require.NoError(t, db.Update(t.Context(), touch, func(s engine.State) error {
		return s.DeleteChat(chat, engine.Sessions, engine.Outbox)
	}))
	require.NoError(t, db.Vacuum(t.Context()))
	for range 2 { // the log before the last checkpoint but one is deleted
		require.NoError(t, server.Exec("postgres", "SELECT pg_switch_wal()"))
		require.NoError(t, server.Exec("postgres", "CHECKPOINT"))
	}
	for name, word := range map[string][]byte{"chat": chat[:], "body": body[:200], "end of the body": body[1300:]} {
		assert.Empty(t, filesWith(t, server, word), name)
	}
	if t.Failed() {
		_, used, err := db.Usage()
		t.Log(used, err)
	}
}
