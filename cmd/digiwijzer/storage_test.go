package main

import (
	"context"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/fakeapi"
)

// limitFiles makes every write of a process to a file fail beyond so many bytes: what a
// full disk does to it.
func limitFiles(t *testing.T, pid int, bytes uint64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	require.Zero(t, errno, errno.Error())
}

// holdFile locks a file of the data as another process would, until it is let go.
func (h *house) holdFile(name string) (letGo func()) {
	h.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(h.dir, "data", name)+"?_txlock=immediate")
	require.NoError(h.t, err)
	held, err := db.Begin()
	require.NoError(h.t, err)
	return func() {
		assert.NoError(h.t, held.Rollback())
		assert.NoError(h.t, db.Close())
	}
}

// TestStorageTroubleOnlyDelays: while nothing can be written, health is red and nobody's
// tap is acknowledged; when it is over everyone goes on, and nothing was lost.
func TestStorageTroubleOnlyDelays(t *testing.T) {
	for name, c := range map[string]struct {
		begin func(h *house, s *server) (end func())
		says  string
	}{
		"full disk": {func(h *house, s *server) func() {
			limitFiles(t, s.cmd.Process.Pid, 0)
			return func() { limitFiles(t, s.cmd.Process.Pid, ^uint64(0)) }
		}, "storage unwritable"},
		"held by another": {func(h *house, _ *server) func() { return h.holdFile("state.db") }, "storage busy"},
	} {
		t.Run(name, func(t *testing.T) {
			fake, env := telegramAPI(t)
			h := newHouse(t, env...)
			s := h.serve()
			const people = 6
			done := make(chan []*fakeapi.Person, 1)
			go func() {
				all, _ := crowd(t, fake, people, func(int) string { return "" })
				done <- all
			}()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			require.NoError(t, fake.Wait(ctx, func() bool { return fake.Count("editMessageText") >= 20 }))
			end := c.begin(h, s)
			eventually(t, "health tells of it", func() bool {
				status, code := s.health()
				return code == http.StatusServiceUnavailable && !status.Storage.OK && strings.Contains(status.Storage.Problem, c.says)
			})
			end()
			all := <-done
			eventually(t, "health is well again", func() bool {
				status, code := s.health()
				return code == http.StatusOK && status.OK
			})
			r := h.report("--week", "2026-W47")
			assert.Equal(t, people, r.Totals.Started)
			assert.Equal(t, people, r.Totals.Completed)
			assert.Equal(t, stepsSeen(t, all, h.names()), nonzero(r.Totals.Referrals))
			assert.Zero(t, s.stop(), s.stderr)
		})
	}
}

// TestFiguresThatCannotBeWrittenShow: conversations go on without stats.db, so nobody
// would notice; health is red until a hand-over has succeeded.
func TestFiguresThatCannotBeWrittenShow(t *testing.T) {
	if testing.Short() {
		t.Skip("a hand-over that failed is tried again after a minute")
	}
	fake, env := telegramAPI(t)
	h := newHouse(t, env...)
	s := h.serve()
	const people = 6
	all, _ := crowd(t, fake, people, func(int) string { return "" })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, p := range all { // so that the results are final, and go over at the start
		before := len(p.Messages())
		p.Say("/stop")
		require.NoError(t, p.Wait(ctx, func(p *fakeapi.Person) bool { return len(p.Messages()) > before+1 }))
	}
	require.Zero(t, s.stop(), s.stderr)

	letGo := h.holdFile("stats.db")
	s = h.serve()
	eventually(t, "health tells of it", func() bool {
		status, code := s.health()
		return code == http.StatusServiceUnavailable && strings.HasPrefix(status.Storage.Problem, "hand-over: storage busy")
	})
	letGo()
	require.Eventually(t, func() bool {
		status, code := s.health()
		return code == http.StatusOK && status.OK && status.Staged == 0
	}, 2*time.Minute, 100*time.Millisecond, "health is well again")
	assert.Zero(t, s.stop(), s.stderr)
	assert.Equal(t, people, h.report("--week", "2026-W47").Totals.Completed)
}

// TestServeRefusesBadFiles: each with one line that says what to do, and the file is kept.
func TestServeRefusesBadFiles(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		damage func(t *testing.T, path string)
		says   string
	}{
		"conversations damaged": {"state.db", scribble, "move state.db* away"},
		"figures damaged":       {"stats.db", scribble, "digiwijzer restore FILE"},
		"conversations newer":   {"state.db", makeNewer, "newer version"},
		"figures newer":         {"stats.db", makeNewer, "newer version"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			require.Zero(t, h.serve().stop())
			path := filepath.Join(h.dir, "data", c.file)
			c.damage(t, path)
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			o := h.run("", "serve")
			assert.Equal(t, 1, o.code)
			assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
			assert.Contains(t, o.stderr, c.says)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, before, after)
		})
	}
}

func scribble(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range content[:4096] {
		content[i] ^= 0x55
	}
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

func makeNewer(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	_, err = db.Exec("PRAGMA user_version = 99")
	require.NoError(t, err)
	require.NoError(t, db.Close())
}
