package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/referral"
	"digiwijzer/store/postgres/pgtest"
)

// binary is the path of the program under test.
var binary string

// programName is the name of its file. The test binary is the program if it has that name.
const programName = "digiwijzer"

// waitLimit bounds every wait: many times what any test needs on an idle machine, so that
// an overloaded one does not fail. No test asserts how long something took.
const waitLimit = 5 * time.Minute

var whole = flag.Bool("whole", false, "run the tests of the whole program at full size: with more people, posts, kills and forms, and with a program that was built without the tests")

// size is how many of something a test has: usual, or so many at full size.
func size(usual, full int) int {
	if *whole {
		return full
	}
	return usual
}

// TestMain is main if the test binary was started as the program. That spares linking the same packages
// twice, which takes as long as many tests.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == programName {
		main()
	}
	os.Exit(placeAndRun(m))
}

// placeAndRun places the program in a folder of its own and runs the tests.
func placeAndRun(m *testing.M) int {
	debug.SetGCPercent(400) // the tests run commands in this process: it saves a fifth of its processor time
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(max(atOnce, runtime.GOMAXPROCS(0)))) // testing defines it
	}
	if slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasPrefix(arg, "-test.fuzz") }) {
		return m.Run() // fuzz targets do not run the program
	}
	if os.Getenv(benchedEnv) != "" {
		return m.Run() // nor does a bot of BenchmarkTaps
	}
	dir, err := os.MkdirTemp("", "digiwijzer-test-*")
	if err == nil {
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, programName)
		err = placeProgram(binary)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return pgtest.Main(m)
}

// placeProgram places the program in a path. It is the test binary: as a link, or as a copy if the path is in
// another file system. At full size it is the program itself, which lacks what only the tests import.
func placeProgram(path string) error {
	if *whole {
		build := []string{"build", "-ldflags=-w", "-o", path} // -w: without tables for debuggers, which take long to link
		if withRaceDetector {
			build = append(build, "-race")
		}
		if out, err := exec.Command("go", append(build, ".")...).CombinedOutput(); err != nil {
			return fmt.Errorf("building the program: %w\n%s", err, out)
		}
		return nil
	}
	self, err := os.Executable()
	if err != nil || os.Link(self, path) == nil {
		return err
	}
	content, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o700)
}

// harness runs the real program in a folder of its own, with a set environment and clock.
type harness struct {
	t       testing.TB
	dir     string
	env     []string
	created time.Time // when its clock showed morning
	program string    // of another version; empty: the one under test
}

// morning is where the program's clock starts: a Monday in the middle of a quarter.
// Everything is counted in week 2026-W47.
var morning = time.Date(2026, time.November, 16, 9, 0, 0, 0, referral.Netherlands)

func newHarness(t testing.TB, env ...string) *harness {
	t.Helper()
	return &harness{t: t, dir: t.TempDir(), created: time.Now(), env: append([]string{
		"DIGIWIJZER_LISTEN=127.0.0.1:0", "DIGIWIJZER_SEND_RATE=0", "DIGIWIJZER_LOG=text", "DIGIWIJZER_ADMIN_LISTEN=" + freeAddress(t),
	}, env...)}
}

// with adds to the environment of commands that are started from now on.
func (h *harness) with(env ...string) *harness {
	h.env = append(h.env, env...)
	return h
}

// command prepares a command. Its clock continues from where that of earlier commands is.
func (h *harness) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), cmp.Or(h.program, binary), args...)
	cmd.Dir, cmd.Env = h.dir, append([]string{h.now()}, h.env...)
	return cmd
}

// now returns the setting of the clock.
func (h *harness) now() string {
	return "DIGIWIJZER_NOW=" + morning.Add(time.Since(h.created)).Format(time.RFC3339Nano)
}

// outcome is the output of a command and its exit code.
type outcome struct {
	stdout, stderr string
	code           int
}

// at returns the path of a file in the folder of the harness.
func (h *harness) at(name string) string { return filepath.Join(h.dir, name) }

// run runs a command in this process, which spares the start of another one. Files are named by
// at: this process is in the folder of the package.
func (h *harness) run(stdin string, args ...string) outcome {
	h.t.Helper()
	env := append([]string{h.now(), "DIGIWIJZER_DATA=" + h.at("data"), "DIGIWIJZER_KEY_FILE=" + h.at("digiwijzer.key")}, h.env...)
	var stdout, stderr bytes.Buffer
	code := Run(context.Background(), args, env, strings.NewReader(stdin), &stdout, &stderr)
	return outcome{stdout.String(), stderr.String(), code}
}

// exec runs a command as a process in the folder of the harness, until it exits.
func (h *harness) exec(stdin string, args ...string) outcome {
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

// setting returns a setting of the environment.
func (h *harness) setting(name string) (value string) {
	for _, pair := range h.env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

// ok runs a command that must succeed and returns its standard output.
func (h *harness) ok(args ...string) string {
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
	admin   string        // address of what is for the operator
	stdout  *syncedBuffer // after its address
	stderr  *syncedBuffer
	started time.Duration // until it printed its address
	exited  chan struct{}
}

var address = regexp.MustCompile(`http://[0-9.]+:[0-9]+`)

// serve starts the server and waits until it prints its address.
func (h *harness) serve(args ...string) *server {
	h.t.Helper()
	s := &server{t: h.t, cmd: h.command(append([]string{"serve"}, args...)...), admin: "http://" + h.setting("DIGIWIJZER_ADMIN_LISTEN"), stdout: &syncedBuffer{}, stderr: &syncedBuffer{}, exited: make(chan struct{})}
	stdout, err := s.cmd.StdoutPipe()
	require.NoError(h.t, err)
	s.cmd.Stderr = s.stderr
	began := time.Now()
	require.NoError(h.t, s.cmd.Start())
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	require.NoError(h.t, err, "serve printed nothing: %s", s.stderr)
	s.started = time.Since(began)
	s.url = address.FindString(line)
	if s.url == "" { // it prints the public address
		s.url = "http://" + h.setting("DIGIWIJZER_LISTEN")
	}
	require.NotEmpty(h.t, s.url, line)
	go func() {
		defer close(s.exited)
		_, _ = io.Copy(s.stdout, lines) // until it exits
		_ = s.cmd.Wait()                // the exit code is in ProcessState
	}()
	h.t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it may have exited
		<-s.exited
		logged, _, _ := strings.Cut(s.stderr.String(), "SIGQUIT: quit") // stacks follow, with functions about panics
		assert.NotContains(h.t, logged, "DATA RACE")
		assert.NotContains(h.t, logged, "panic")
	})
	return s
}

// stop terminates the server gracefully and returns its exit code.
func (s *server) stop() int {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Signal(syscall.SIGTERM))
	return s.wait()
}

// kill kills the server without any chance to clean up.
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
	case <-time.After(waitLimit):
		s.t.Fatalf("serve does not exit: %s", s.stderr)
		return -1
	}
}

// health is the detailed response of /healthz.
type health struct {
	bot.Status
	Telegram *bot.Part `json:"telegram"`
}

// health requests /healthz.
func (s *server) health() (status health, code int) {
	s.t.Helper()
	response, err := http.Get(s.admin + "/healthz")
	require.NoError(s.t, err)
	defer response.Body.Close()
	require.NoError(s.t, json.NewDecoder(response.Body).Decode(&status))
	return status, response.StatusCode
}

// waitContext returns a context for waiting on the fake Bot API.
func waitContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	t.Cleanup(cancel)
	return ctx
}

// eventually polls until a condition outside this process holds, such as a state of
// /healthz.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	limit := time.After(waitLimit)
	for pause := 10 * time.Millisecond; !holds(); pause = min(2*pause, 200*time.Millisecond) {
		select {
		case <-time.After(pause):
		case <-limit:
			require.Fail(t, "never happened", what)
		}
	}
}

// syncedBuffer collects the output of a process while it runs.
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

// telegramAPI starts a fake Bot API and returns it with the settings that make serve use it.
func telegramAPI(t testing.TB) (*telegramtest.Server, []string) {
	t.Helper()
	fake := telegramtest.New(telegramtest.Options{RetryUnit: 50 * time.Millisecond})
	t.Cleanup(fake.Close)
	return fake, []string{"TELEGRAM_BOT_TOKEN=" + fake.Token(), "TELEGRAM_API_URL=" + fake.URL()}
}

// lastPort counts the ports that freeAddress has tried.
var lastPort atomic.Int64

// freeAddress returns a loopback address that nothing listens on. Its port is outside the
// range of ephemeral ports (RFC 6335: 49152 and up; Linux: 32768 and up), so that no test
// that runs at the same time is given it before the program listens, or between two starts.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 10_000 {
		port := 20_000 + (int64(os.Getpid())*89+lastPort.Add(1))%10_000
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			require.NoError(t, listener.Close())
			return listener.Addr().String()
		}
	}
	require.Fail(t, "no free port")
	return ""
}

// webhook returns the settings for a webhook on a free port.
func webhook(t testing.TB) []string {
	t.Helper()
	address := freeAddress(t)
	return []string{
		"DIGIWIJZER_LISTEN=" + address,
		"DIGIWIJZER_WEBHOOK_URL=http://" + address + "/telegram/hook",
		"DIGIWIJZER_WEBHOOK_SECRET=" + strings.Repeat("s3cret_", 6),
	}
}

// weekly is the documented part of the JSON report.
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

func (h *harness) report(args ...string) weekly {
	h.t.Helper()
	var r weekly
	require.NoError(h.t, json.Unmarshal([]byte(h.ok(append([]string{"report", "--format", "json"}, args...)...)), &r))
	return r
}
