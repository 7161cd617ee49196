package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/referral"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	if slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasPrefix(arg, "-test.fuzz") }) {
		return m.Run() // it fuzzes in its own process
	}
	dir, err := os.MkdirTemp("", "digiwijzer-test-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "digiwijzer")
	build := append(append([]string{"build"}, buildFlags...), "-o", binary, ".")
	if out, err := exec.Command("go", build...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// house is a machine that the program runs on: a folder of its own and an environment.
type house struct {
	t   testing.TB
	dir string
	env []string
	ago time.Time // when its clock stood at morning
}

// morning is a Monday in the middle of a quarter: what is counted lies in 2026-W47.
var morning = time.Date(2026, time.November, 16, 9, 0, 0, 0, referral.Netherlands)

func newHouse(t testing.TB, env ...string) *house {
	t.Helper()
	return &house{t: t, dir: t.TempDir(), ago: time.Now(), env: append([]string{
		"DIGIWIJZER_LISTEN=127.0.0.1:0", "DIGIWIJZER_SEND_RATE=0",
	}, env...)}
}

// with gives the house one more setting.
func (h *house) with(env ...string) *house {
	h.env = append(h.env, env...)
	return h
}

// command prepares a command. The clock of the house runs on from one command to the
// next, as clocks do.
func (h *house) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), binary, args...)
	now := morning.Add(time.Since(h.ago)).Format(time.RFC3339Nano)
	cmd.Dir, cmd.Env = h.dir, append([]string{"DIGIWIJZER_NOW=" + now}, h.env...)
	return cmd
}

// outcome is what a command printed and its exit code.
type outcome struct {
	stdout, stderr string
	code           int
}

// run runs a command to its end.
func (h *house) run(stdin string, args ...string) outcome {
	h.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := h.command(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited { //nolint:errorlint // Run returns it bare
		require.NoError(h.t, err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// ok runs a command that must succeed and returns what it printed.
func (h *house) ok(args ...string) string {
	h.t.Helper()
	o := h.run("", args...)
	require.Zero(h.t, o.code, "%v: %s", args, o.stderr)
	return o.stdout
}

// server is a running digiwijzer serve.
type server struct {
	t       testing.TB
	cmd     *exec.Cmd
	url     string
	stderr  *syncedBuffer
	started time.Duration // until it said where it runs
	exited  chan struct{}
}

var address = regexp.MustCompile(`http://[0-9.]+:[0-9]+`)

// serve starts the server and waits until it says where it runs.
func (h *house) serve(args ...string) *server {
	h.t.Helper()
	s := &server{t: h.t, cmd: h.command(append([]string{"serve"}, args...)...), stderr: &syncedBuffer{}, exited: make(chan struct{})}
	stdout, err := s.cmd.StdoutPipe()
	require.NoError(h.t, err)
	s.cmd.Stderr = s.stderr
	began := time.Now()
	require.NoError(h.t, s.cmd.Start())
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	require.NoError(h.t, err, "serve said nothing: %s", s.stderr)
	s.started = time.Since(began)
	s.url = address.FindString(line)
	require.NotEmpty(h.t, s.url, line)
	go func() {
		defer close(s.exited)
		_, _ = io.Copy(io.Discard, lines) // until it ends
		_ = s.cmd.Wait()                  // its exit code is in ProcessState
	}()
	h.t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it may have ended
		<-s.exited
		assert.NotContains(h.t, s.stderr.String(), "DATA RACE")
		assert.NotContains(h.t, s.stderr.String(), "panic")
	})
	return s
}

// stop asks the server to end and returns its exit code.
func (s *server) stop() int {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Signal(syscall.SIGTERM))
	return s.wait()
}

// kill ends the server as a power cut would.
func (s *server) kill() {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Kill())
	s.wait()
}

func (s *server) wait() int {
	s.t.Helper()
	select {
	case <-s.exited:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(time.Minute):
		s.t.Fatalf("serve does not end: %s", s.stderr)
		return -1
	}
}

// health is the answer of /healthz.
type health struct {
	bot.Status
	Telegram *bot.Part `json:"telegram"`
}

// health asks /healthz.
func (s *server) health() (status health, code int) {
	s.t.Helper()
	response, err := http.Get(s.url + "/healthz")
	require.NoError(s.t, err)
	defer response.Body.Close()
	require.NoError(s.t, json.NewDecoder(response.Body).Decode(&status))
	return status, response.StatusCode
}

// eventually waits for a condition outside this process, which nothing announces.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, time.Minute, 20*time.Millisecond, what)
}

// syncedBuffer collects what a process says while it runs.
type syncedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// telegram is a fake Bot API, and the settings that make serve use it.
func telegramAPI(t testing.TB) (*telegramtest.Server, []string) {
	t.Helper()
	fake := telegramtest.New(telegramtest.Options{RetryUnit: 50 * time.Millisecond})
	t.Cleanup(fake.Close)
	return fake, []string{"TELEGRAM_BOT_TOKEN=" + fake.Token(), "TELEGRAM_API_URL=" + fake.URL()}
}

// freeAddress is an address of this machine that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// webhook gives the settings for a webhook on a free port of this machine.
func webhook(t testing.TB) []string {
	t.Helper()
	address := freeAddress(t)
	return []string{
		"DIGIWIJZER_LISTEN=" + address,
		"DIGIWIJZER_WEBHOOK_URL=http://" + address + "/telegram/hook",
		"DIGIWIJZER_WEBHOOK_SECRET=" + strings.Repeat("s3cret_", 6),
	}
}

// weekly is the part of the JSON report that other programs rely on.
type weekly struct {
	Period struct{ From, To string }
	Weeks  []struct {
		Week                              string
		Started, Completed, Repeat, Hasty int
		Referrals, Mentions               map[string]int
	}
	Totals struct {
		Started, Completed, Target, Repeat, Hasty int
		Referrals, Mentions                       map[string]int
		Partners, Stopped                         map[string]int
	}
	Waiting *int
}

func (h *house) report(args ...string) weekly {
	h.t.Helper()
	var r weekly
	require.NoError(h.t, json.Unmarshal([]byte(h.ok(append([]string{"report", "--format", "json"}, args...)...)), &r))
	return r
}
