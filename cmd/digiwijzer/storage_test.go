package main

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
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

// fillDisk puts the data folder on a small disk of its own, to be called before serve; the
// function it returns fills it up.
func fillDisk(t *testing.T, h *house) (fill func() (end func())) {
	t.Helper()
	dir := filepath.Join(h.dir, "data")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m,mode=0700"); err != nil {
		t.Skipf("no disk of its own can be mounted here: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return func() func() {
		filler := filepath.Join(dir, "filler")
		file, err := os.Create(filler)
		require.NoError(t, err)
		defer file.Close()
		for err == nil {
			_, err = file.Write(make([]byte, 4096))
		}
		require.ErrorIs(t, err, syscall.ENOSPC)
		return func() { assert.NoError(t, os.Remove(filler)) }
	}
}

// troubles are ways in which nothing can be written, and what health says of each.
var troubles = map[string]struct {
	before func(t *testing.T, h *house) (begin func() (end func())) // serve; may be nil
	begin  func(t *testing.T, h *house, s *server) (end func())
	says   string
}{
	"file as large as it may be": {nil, func(t *testing.T, h *house, s *server) func() {
		limitFiles(t, s.cmd.Process.Pid, 0)
		return func() { limitFiles(t, s.cmd.Process.Pid, ^uint64(0)) }
	}, "storage unwritable"},
	"held by another": {nil, func(_ *testing.T, h *house, _ *server) func() { return h.holdFile("state.db") }, "storage busy"},
	"full disk":       {fillDisk, nil, "storage unwritable"},
}

// TestStorageTroubleOnlyDelays: while nothing can be written, health is red and nobody's
// tap is acknowledged; when it is over everyone goes on, and nothing was lost.
func TestStorageTroubleOnlyDelays(t *testing.T) {
	for name, c := range troubles {
		for intake, setting := range map[string]func(testing.TB) []string{
			"polling": func(testing.TB) []string { return nil }, "webhook": webhook,
		} {
			t.Run(name+", "+intake, func(t *testing.T) {
				t.Parallel() // they mostly wait
				fake, env := telegramAPI(t)
				h := newHouse(t, env...).with(setting(t)...)
				begin := func() func() { return nil }
				if c.before != nil {
					begin = c.before(t, h)
				}
				s := h.serve()
				if c.begin != nil {
					begin = func() func() { return c.begin(t, h, s) }
				}
				delayOnly(t, fake, h, s, begin, c.says, intake == "webhook")
			})
		}
	}
}

// delayOnly lets people do the check, with a while of trouble in the middle of it.
func delayOnly(t *testing.T, fake *telegramtest.Server, h *house, s *server, begin func() (end func()), says string, hooked bool) {
	people := 6
	done := make(chan []*telegramtest.Person, 1)
	go func(people int) {
		all, _ := crowd(t, fake, people, func(int) string { return "" })
		done <- all
	}(people)
	answer := openSite(t, s.url)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, fake.Wait(ctx, func() bool { return fake.Count("editMessageText") >= 20 }))
	end := begin()
	eventually(t, "health tells of it", func() bool {
		status, code := s.health()
		return code == http.StatusServiceUnavailable && !status.Storage.OK && strings.Contains(status.Storage.Problem, says)
	})
	var both sync.WaitGroup // a storage that is held makes everyone wait for seconds
	both.Go(func() { requireBusyPage(t, answer) })
	if hooked {
		both.Go(func() {
			assert.Equal(t, http.StatusServiceUnavailable, postUpdate(t, s), "not durable, so not acknowledged")
		})
	}
	both.Wait()
	end()
	all := <-done
	eventually(t, "health is well again", func() bool {
		status, code := s.health()
		return code == http.StatusOK && status.OK
	})
	status, _, page := answer()
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "In welke branche", "the same form is taken now")
	people++ // who came by browser
	if hooked {
		people++
		for range 2 { // once is enough, twice does no harm
			assert.Equal(t, http.StatusOK, postUpdate(t, s))
		}
	}
	r := h.report("--week", "2026-W47")
	assert.Equal(t, people, r.Totals.Started)
	assert.Equal(t, len(all), r.Totals.Completed)
	assert.Equal(t, stepsSeen(t, all, h.names()), nonzero(r.Totals.Referrals))
	assert.Zero(t, s.stop(), s.stderr)
}

// requireBusyPage: whoever comes by browser reads that it does not work now, and when to
// try again.
func requireBusyPage(t *testing.T, answer func() (int, http.Header, string)) {
	t.Helper()
	status, header, page := answer()
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.NotEmpty(t, header.Get("Retry-After"))
	assert.Contains(t, page, "Even wachten")
	assert.NotContains(t, page, "[web.")
}

// postUpdate posts the same /start to the webhook every time, as Telegram would.
func postUpdate(t *testing.T, s *server) int {
	t.Helper()
	body := `{"update_id":777000001,"message":{"message_id":1,"date":1,"chat":{"id":4242777,"type":"private","first_name":"Canary"},` +
		`"from":{"id":4242777,"is_bot":false,"first_name":"Canary","language_code":"nl"},"text":"/start"}}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/telegram/hook", strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Telegram-Bot-Api-Secret-Token", strings.Repeat("s3cret_", 6))
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.StatusCode
}

// TestFiguresThatCannotBeWrittenShow: conversations go on without stats.db, so nobody
// would notice; health is red until a hand-over has succeeded.
func TestFiguresThatCannotBeWrittenShow(t *testing.T) {
	t.Parallel() // it waits for the retry of a hand-over
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
		require.NoError(t, p.Wait(ctx, func(p *telegramtest.Person) bool { return len(p.Messages()) > before+1 }))
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

// stranger is a user of this machine without any right; only root can start something as
// another.
const stranger = 65533

// TestServeRefusesBadFolders: each with one line that says what is wrong and what to do.
func TestServeRefusesBadFolders(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, dir string) (data string)
		says    string
		root    bool // only root can prepare it
	}{
		"read-only": {func(t *testing.T, dir string) string {
			return makeFolder(t, dir, "data", 0o500)
		}, "permission denied", false},
		"its files are read-only": {func(t *testing.T, dir string) string {
			data := makeFolder(t, dir, "data", 0o700)
			makeFile(t, filepath.Join(data, "lock"), 0o400)
			return data
		}, "permission denied", false},
		"a file": {func(t *testing.T, dir string) string {
			makeFile(t, filepath.Join(dir, "data"), 0o600)
			return filepath.Join(dir, "data")
		}, "not a directory", false},
		"under a file": {func(t *testing.T, dir string) string {
			makeFile(t, filepath.Join(dir, "data"), 0o600)
			return filepath.Join(dir, "data", "deeper")
		}, "not a directory", false},
		"on a path that cannot be made": {func(t *testing.T, dir string) string {
			return filepath.Join(makeFolder(t, dir, "nowhere", 0o500), "deep", "data")
		}, "permission denied", false},
		"of another user": {func(t *testing.T, dir string) string {
			data := makeFolder(t, dir, "data", 0o700)
			require.NoError(t, os.Chown(data, stranger+1, stranger+1))
			return data
		}, "permission denied", true},
	} {
		t.Run(name, func(t *testing.T) {
			if os.Geteuid() != 0 && c.root {
				t.Skip("only root can give a folder away")
			}
			o := serveIn(t, c.prepare)
			assert.Equal(t, 1, o.code)
			assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
			assert.Contains(t, o.stderr, c.says)
			assert.Contains(t, o.stderr, "DIGIWIJZER_DATA")
		})
	}
}

// serveIn starts serve in a folder that prepare makes, as somebody without rights.
func serveIn(t *testing.T, prepare func(t *testing.T, dir string) (data string)) outcome {
	t.Helper()
	dir, err := os.MkdirTemp("", "digiwijzer-*")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	home := makeFolder(t, dir, "home", 0o700)
	h := newHouse(t, "DIGIWIJZER_KEY_FILE="+filepath.Join(home, "key"))
	h.with("DIGIWIJZER_DATA=" + prepare(t, dir))
	if os.Geteuid() != 0 {
		return h.run("", "serve")
	}
	for _, path := range []string{dir, filepath.Dir(binary)} { // the stranger must come through
		require.NoError(t, os.Chmod(path, 0o755))
	}
	cmd := h.command("serve")
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	require.Error(t, cmd.Run())
	return outcome{stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}
}

// makeFolder makes a folder of whoever runs the program.
func makeFolder(t *testing.T, dir, name string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.Mkdir(path, 0o700))
	giveTo(t, path, mode)
	return path
}

func makeFile(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	giveTo(t, path, mode)
}

func giveTo(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.Chmod(path, mode))
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(path, stranger, stranger))
	}
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
		"conversations garbage": {"state.db", garbage, "move state.db* away"},
		"figures garbage":       {"stats.db", garbage, "digiwijzer restore FILE"},
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

// garbage puts something in the place of a file that was never one of ours.
func garbage(t *testing.T, path string) {
	t.Helper()
	junk := make([]byte, 50_000)
	dice := rand.New(rand.NewPCG(1, 1))
	for i := range junk {
		junk[i] = byte(dice.IntN(256))
	}
	require.NoError(t, os.WriteFile(path, junk, 0o600))
}

func makeNewer(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	_, err = db.Exec("PRAGMA user_version = 99")
	require.NoError(t, err)
	require.NoError(t, db.Close())
}
