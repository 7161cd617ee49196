package main

import (
	"database/sql"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
)

// limitFiles makes every write of a process to a file fail beyond so many bytes, as on a
// full disk.
func limitFiles(t *testing.T, pid int, bytes uint64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	require.Zero(t, errno, errno.Error())
}

// lockFile holds the write lock of a database as another process would.
func (h *harness) lockFile(name string) (unlock func()) {
	h.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(h.dir, "data", name)+"?_txlock=immediate")
	require.NoError(h.t, err)
	lock, err := db.Begin()
	require.NoError(h.t, err)
	return func() {
		assert.NoError(h.t, lock.Rollback())
		assert.NoError(h.t, db.Close())
	}
}

// fillDisk mounts a small file system on the data folder, before serve is started. The
// returned function fills it.
func fillDisk(t *testing.T, h *harness) (fill func() (end func())) {
	t.Helper()
	dir := filepath.Join(h.dir, "data")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m,mode=0700"); err != nil {
		t.Skipf("a file system cannot be mounted here: %v", err)
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

// storageFault is a condition in which nothing can be written.
type storageFault struct {
	before func(t *testing.T, h *harness) (begin func() (end func())) // serve; may be nil
	begin  func(t *testing.T, h *harness, s *server) (end func())
	says   string // what health reports
	intake string // with which it is tried; at full size with both
}

var (
	storageFaults = map[string]storageFault{
		"file size limit": {nil, func(t *testing.T, _ *harness, s *server) func() {
			limitFiles(t, s.cmd.Process.Pid, 0)
			return func() { limitFiles(t, s.cmd.Process.Pid, ^uint64(0)) }
		}, "storage unwritable", "polling"},
		"full disk": {fillDisk, nil, "storage unwritable", "webhook"},
	}
	lockedStorage = storageFault{nil, func(_ *testing.T, h *harness, _ *server) func() { return h.lockFile("state.db") }, "storage busy", "webhook"}
)

// TestStorageFaultsOnlyDelay: while nothing can be written, health reports it and no update
// is acknowledged. Afterwards everybody can finish, and nothing was lost.
func TestStorageFaultsOnlyDelay(t *testing.T) {
	t.Parallel()
	for name, fault := range storageFaults {
		for _, intake := range []string{"polling", "webhook"} {
			if intake == fault.intake || *whole {
				t.Run(name+", "+intake, func(t *testing.T) {
					t.Parallel()
					beginFault(t, fault, intake).onlyDelays(t)
				})
			}
		}
	}
}

// TestLockedStorageOnlyDelays is the same for a database that another process has locked. The
// program waits for the lock for half a minute in all, so it begins before the parallel tests.
func TestLockedStorageOnlyDelays(t *testing.T) {
	locked := beginFault(t, lockedStorage, lockedStorage.intake)
	t.Parallel()
	locked.onlyDelays(t)
	if *whole {
		beginFault(t, lockedStorage, "polling").onlyDelays(t)
	}
}

// faultyRun is a program with people in the middle of the check when a fault begins.
type faultyRun struct {
	fault  storageFault
	hooked bool
	h      *harness
	s      *server
	fake   *telegramtest.Server
	people []*telegramtest.Person
	rest   *sync.WaitGroup                   // those people, who go on
	answer func() (int, http.Header, string) // by somebody in a browser
	end    func()                            // of the fault
}

// beginFault lets people begin the check, and then a fault.
func beginFault(t *testing.T, fault storageFault, intake string) *faultyRun {
	t.Helper()
	fake, env := telegramAPI(t)
	r := &faultyRun{fault: fault, hooked: intake == "webhook", h: newHarness(t, env...), fake: fake}
	if r.hooked {
		r.h = r.h.with(webhook(t)...)
	}
	var begin func() func()
	if fault.before != nil {
		begin = fault.before(t, r.h)
	}
	r.s = r.h.serve()
	for i := range size(3, 6) {
		r.people = append(r.people, fake.Person(int64(5000+i), "nl"))
		r.people[i].Start("")
	}
	ctx := waitContext(t)
	r.together(t, func(i int, p *telegramtest.Person) error {
		_, err := answerUntil(ctx, p, i, func(now asked) bool { return now.rev >= 4 })
		return err
	}).Wait()
	r.answer = openSite(t, r.s.url)
	if begin != nil {
		r.end = begin()
	} else {
		r.end = fault.begin(t, r.h, r.s)
	}
	r.rest = r.together(t, func(i int, p *telegramtest.Person) error {
		_, err := answerAll(ctx, p, i)
		return err
	})
	return r
}

// together lets everybody do something at the same time.
func (r *faultyRun) together(t *testing.T, do func(i int, p *telegramtest.Person) error) *sync.WaitGroup {
	everyone := &sync.WaitGroup{}
	for i, p := range r.people {
		everyone.Go(func() { assert.NoError(t, do(i, p)) })
	}
	return everyone
}

// onlyDelays requires that the fault is reported, ends it, and requires that nothing was lost.
func (r *faultyRun) onlyDelays(t *testing.T) {
	t.Helper()
	eventually(t, "health reports the fault", func() bool {
		status, code := r.s.health()
		return code == http.StatusServiceUnavailable && !status.Storage.OK && strings.Contains(status.Storage.Problem, r.fault.says)
	})
	var both sync.WaitGroup // a locked database makes each wait for seconds
	both.Go(func() { requireUnavailablePage(t, r.answer) })
	if r.hooked {
		both.Go(func() {
			assert.Equal(t, http.StatusServiceUnavailable, postUpdate(t, r.s), "not durable, so not acknowledged")
		})
	}
	both.Wait()
	r.end()
	r.rest.Wait()
	eventually(t, "health is OK", func() bool {
		status, code := r.s.health()
		return code == http.StatusOK && status.OK
	})
	status, _, page := r.answer()
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "In welke gemeente", "the same form is accepted now")
	people := len(r.people) + 1 // one in a browser
	if r.hooked {
		people++
		for range 2 { // the second has no effect
			assert.Equal(t, http.StatusOK, postUpdate(t, r.s))
		}
	}
	report := r.h.report("--week", "2026-W47")
	assert.Equal(t, people, report.Totals.Started)
	assert.Equal(t, len(r.people), report.Totals.Completed)
	assert.Equal(t, stepsSeen(t, r.people, initiativeNames(t)), nonzero(report.Totals.Referrals))
	assert.Zero(t, r.s.stop(), r.s.stderr)
}

// requireUnavailablePage requires a page that asks to try again later.
func requireUnavailablePage(t *testing.T, answer func() (int, http.Header, string)) {
	t.Helper()
	status, header, page := answer()
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.NotEmpty(t, header.Get("Retry-After"))
	assert.Contains(t, page, "Even wachten")
	assert.NotContains(t, page, "[web.")
}

// postUpdate posts the same /start to the webhook every time.
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

// TestFailedHandOverIsReported: conversations continue without stats.db, so health reports a
// failed hand-over until one has succeeded.
func TestFailedHandOverIsReported(t *testing.T) {
	t.Parallel()
	fake, env := telegramAPI(t)
	h := newHarness(t, env...)
	s := h.serve()
	const people = 6
	all, _ := crowd(t, fake, people, func(int) string { return "" })
	ctx := waitContext(t)
	for _, p := range all { // after /stop an outcome is handed over at the next start
		before := len(p.Messages())
		p.Say("/stop")
		require.NoError(t, p.Wait(ctx, func(p *telegramtest.Person) bool { return len(p.Messages()) > before+1 }))
	}
	require.Zero(t, s.stop(), s.stderr)

	unlock := h.lockFile("stats.db")
	s = h.serve()
	eventually(t, "health reports the failed hand-over", func() bool {
		status, code := s.health()
		return code == http.StatusServiceUnavailable && strings.HasPrefix(status.Storage.Problem, "hand-over: storage busy")
	})
	unlock()
	eventually(t, "health is OK", func() bool {
		status, code := s.health()
		return code == http.StatusOK && status.OK && status.Staged == 0
	})
	assert.Zero(t, s.stop(), s.stderr)
	assert.Equal(t, people, h.report("--week", "2026-W47").Totals.Completed)
}

// otherUser is the id of a user without rights. Only root can start a process as another.
const otherUser = 65533

// TestServeRefusesBadFolders: each with one line that names the fault and the remedy.
func TestServeRefusesBadFolders(t *testing.T) {
	t.Parallel()
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
		"on a path that cannot be created": {func(t *testing.T, dir string) string {
			return filepath.Join(makeFolder(t, dir, "nowhere", 0o500), "deep", "data")
		}, "permission denied", false},
		"of another user": {func(t *testing.T, dir string) string {
			data := makeFolder(t, dir, "data", 0o700)
			require.NoError(t, os.Chown(data, otherUser+1, otherUser+1))
			return data
		}, "permission denied", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
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

// serveIn starts serve on a folder that prepare creates, as a user without rights.
func serveIn(t *testing.T, prepare func(t *testing.T, dir string) (data string)) outcome {
	t.Helper()
	dir, err := os.MkdirTemp("", "digiwijzer-*")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	home := makeFolder(t, dir, "home", 0o700)
	h := newHarness(t, "DIGIWIJZER_KEY_FILE="+filepath.Join(home, "key"))
	h.with("DIGIWIJZER_DATA=" + prepare(t, dir))
	if os.Geteuid() != 0 {
		return h.run("", "serve")
	}
	for _, path := range []string{dir, filepath.Dir(binary)} { // the other user must be able to read them
		require.NoError(t, os.Chmod(path, 0o755))
	}
	cmd := h.command("serve")
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: otherUser, Gid: otherUser}}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	require.Error(t, cmd.Run())
	return outcome{stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}
}

// makeFolder creates a folder that belongs to the user of serveIn.
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
		require.NoError(t, os.Chown(path, otherUser, otherUser))
	}
}

// TestServeRefusesBadFiles: each with one line that names the remedy, and the file is kept.
func TestServeRefusesBadFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file  string
		spoil func(t *testing.T, path string)
		says  string
	}{
		"conversations damaged": {"state.db", damage, "die met state.db beginnen"},
		"figures damaged":       {"stats.db", damage, "digiwijzer restore BESTAND"},
		"conversations garbage": {"state.db", garbage, "die met state.db beginnen"},
		"figures garbage":       {"stats.db", garbage, "digiwijzer restore BESTAND"},
		"conversations newer":   {"state.db", makeNewer, "nieuwere versie"},
		"figures newer":         {"stats.db", makeNewer, "nieuwere versie"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.makeData()
			path := filepath.Join(h.dir, "data", c.file)
			c.spoil(t, path)
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

func damage(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range content[:4096] {
		content[i] ^= 0x55
	}
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

// garbage replaces a file by random bytes.
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
	_, err = db.Exec("PRAGMA user_version = 99; UPDATE compatibility SET min_reader = 99")
	require.NoError(t, err)
	require.NoError(t, db.Close())
}
