package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
	"digiwijzer/store"
)

// TestKilledWhileEncryptingAnew kills the serving program at three moments between the first
// and the last row that the new key encrypts. Every conversation is there afterwards.
func TestKilledWhileEncryptingAnew(t *testing.T) {
	t.Parallel()
	const people = 1500
	h := newHarness(t)
	chatOf := func(i int) bot.Chat { return bot.Chat{Channel: "telegram", ID: fmt.Sprint(8_000_000 + i)} }
	h.withStore(func(ctx context.Context, s *store.Store) {
		var works []bot.Work
		for i := range people {
			works = append(works, bot.Work{Chats: []bot.Chat{chatOf(i)}, Do: func(tx bot.Tx) error {
				c := bot.Conversation{Week: "2026-W47", Session: flows.Session{Lang: "nl", Rev: i, Answers: map[string]string{"size": "2"}}}
				return tx.Save(chatOf(i), c, morning.AddDate(0, 0, 7))
			}})
		}
		_, err := s.Apply(ctx, works)
		require.NoError(t, err)
	})
	s := h.serve()
	release := h.holdBack(people * 4 / 5)
	h.ok("key", "add")
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	interrupted := 0
	for kill := 1; kill <= 3; kill++ {
		eventually(t, "some rows are encrypted anew", func() bool { return h.encryptedAnew() >= kill*people/5 })
		s.kill()
		done := h.encryptedAnew()
		t.Logf("kill %d: %d of %d", kill, done, people)
		if done < people {
			interrupted++
		}
		if kill == 3 {
			release()
		}
		s = h.serve()
	}
	require.Equal(t, 3, interrupted, "each kill is before the last row")
	eventually(t, "the old key is retired", func() bool { return h.run("", "key", "retire", "1").code == 0 })
	assert.Contains(t, h.ok("key", "list"), "versleutelt")
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	assert.Zero(t, s.stop(), s.stderr)
	h.withStore(func(ctx context.Context, s *store.Store) {
		read, lost := 0, 0
		var works []bot.Work
		for i := range people {
			works = append(works, bot.Work{Chats: []bot.Chat{chatOf(i)}, Do: func(tx bot.Tx) error {
				c, ok, err := tx.Conversation(chatOf(i), morning)
				read++
				if !ok || c.Session.Rev != i {
					lost++
				}
				return err
			}})
		}
		errs, err := s.Apply(ctx, works)
		require.NoError(t, errors.Join(append(errs, err)...))
		assert.Equal(t, people, read)
		assert.Zero(t, lost)
		assert.Zero(t, s.Unreadable())
	})
}

// holdBack makes the encryption of conversations with another key than the first fail once most of them have one,
// until release is called: however slow this test is, the last row is not encrypted anew before that.
func (h *harness) holdBack(most int) (release func()) {
	h.t.Helper()
	do := func(statement string) {
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(h.dir, "data", "state.db")+"?_busy_timeout=5000")
		require.NoError(h.t, err)
		defer db.Close()
		_, err = db.Exec(statement)
		require.NoError(h.t, err)
	}
	do(fmt.Sprintf(`CREATE TRIGGER hold_back BEFORE UPDATE OF body ON session
		WHEN (SELECT count(*) FROM session WHERE length(body) %% 256 = 30) >= %d BEGIN SELECT RAISE(ABORT, 'held back'); END`, most))
	return func() { do("DROP TRIGGER hold_back") }
}

// encryptedAnew returns how many conversations are encrypted with another key than the first:
// those have two bytes more.
func (h *harness) encryptedAnew() (n int) {
	h.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(h.dir, "data", "state.db")+"?mode=ro&_busy_timeout=5000")
	require.NoError(h.t, err)
	defer db.Close()
	require.NoError(h.t, db.QueryRow("SELECT count(*) FROM session WHERE length(body) % 256 = 30").Scan(&n))
	return n
}

// Secrets in files are read again on SIGHUP. A bad file leaves what is in use, and health
// says so.
func TestSecretsAreReadAgain(t *testing.T) {
	t.Parallel()
	fake := telegramtest.New(telegramtest.Options{})
	t.Cleanup(fake.Close)
	h := newHarness(t, "TELEGRAM_API_URL="+fake.URL(), "TELEGRAM_BOT_TOKEN_FILE=token", "DIGIWIJZER_DASHBOARD_TOKEN_FILE=dashboard")
	write := func(name, text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o600))
	}
	number, _, _ := strings.Cut(fake.Token(), ":")
	write("token", number+":a-token-that-was-revoked-meanwhile")
	write("dashboard", "an-old-token-0123456789abcdef")
	s := h.serve()
	hangUp := func() { require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP)) }
	write("token", fake.Token())
	hangUp()
	ctx := waitContext(t)
	person := fake.Person(4711, "nl")
	person.Start("")
	require.NoError(t, person.Wait(ctx, func(p *telegramtest.Person) bool { return len(written(p)) > 0 }), "the new token is in use")

	for _, bad := range []string{"no token", "", "1" + fake.Token()} {
		write("token", bad)
		hangUp()
		eventually(t, "health says so", func() bool {
			status, _ := s.health()
			return strings.Contains(status.Settings.Problem, "TELEGRAM_BOT_TOKEN_FILE")
		})
		person.Say("/help")
		before := len(written(person))
		require.NoError(t, person.Wait(ctx, func(p *telegramtest.Person) bool { return len(written(p)) > before }))
		write("token", fake.Token())
		hangUp()
		eventually(t, "health is well again", func() bool {
			status, _ := s.health()
			return status.Settings.Problem == ""
		})
	}
	assert.NotContains(t, s.stderr.String(), fake.Token())

	older, err := os.ReadFile(filepath.Join(h.dir, "digiwijzer.key"))
	require.NoError(t, err)
	h.ok("key", "add")
	hangUp()
	eventually(t, "the new key is in use", func() bool { return strings.Contains(s.stderr.String(), "key file read") })
	newer, err := os.ReadFile(filepath.Join(h.dir, "digiwijzer.key"))
	require.NoError(t, err)
	for _, bad := range [][]byte{older, []byte("nonsense")} {
		require.NoError(t, os.WriteFile(filepath.Join(h.dir, "digiwijzer.key"), bad, 0o600))
		hangUp()
		eventually(t, "health says so", func() bool {
			status, _ := s.health()
			return status.Settings.Problem != ""
		})
		require.NoError(t, os.WriteFile(filepath.Join(h.dir, "digiwijzer.key"), newer, 0o600))
		hangUp()
		eventually(t, "health is well again", func() bool {
			status, _ := s.health()
			return status.Settings.Problem == ""
		})
	}
	assert.Zero(t, s.stop(), s.stderr)
}

// A purpose that is not listed would be derived from another base once the key was rotated,
// and what it signed before would be worth nothing.
func TestDerivedKeysHaveAListedPurpose(t *testing.T) {
	t.Parallel()
	derived := 0
	for _, s := range sources(t) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || calledName(call) == "" || !strings.HasSuffix(calledName(call), "key.Derive") {
				return true
			}
			derived++
			purpose, ok := call.Args[0].(*ast.SelectorExpr)
			assert.True(t, ok && types.ExprString(purpose.X) == "store", "%s: %s is no constant of package store", s.file, types.ExprString(call.Args[0]))
			return true
		})
	}
	assert.GreaterOrEqual(t, derived, 3)
}
