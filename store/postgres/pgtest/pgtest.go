// Package pgtest runs private PostgreSQL servers for tests: in a temporary folder, over a socket in it,
// independent of any server of the machine.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/postgres"
)

// Binaries returns the folder with the programs of the newest PostgreSQL on this machine; empty: there
// is none.
func Binaries() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is valid
	if len(found) == 0 {
		path, err := exec.LookPath("initdb")
		if err != nil {
			return ""
		}
		return filepath.Dir(path)
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1])
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// shared is the server of a test binary.
var shared struct {
	once   sync.Once
	server *Server
	err    error
	number atomic.Int64

	mu   sync.Mutex
	free []string // databases that a test no longer uses, which are faster to clear than to make
}

// Main runs the tests of a package and then stops the server that they shared. TestMain calls it.
func Main(m *testing.M) (code int) {
	defer func() {
		if shared.server != nil {
			shared.server.Remove()
		}
	}()
	if Binaries() == "" {
		fmt.Fprintln(os.Stderr, "NOT TESTED: there is no PostgreSQL on this machine (apt-get install postgresql); all its tests are skipped")
	}
	return m.Run()
}

// template is the database that new ones are copied from.
const template = "digiwijzer_template"

// Database returns the address of a new database with the schemas. It skips the test if there is no
// PostgreSQL. Durability is off: tests that use it do not simulate a loss of power.
func Database(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	var left string
	if n := len(shared.free); n > 0 {
		left, shared.free = shared.free[n-1], shared.free[:n-1]
	}
	shared.mu.Unlock()
	address := left
	if left == "" {
		address = newDatabase(t, template)
	} else {
		Clear(t, address)
	}
	t.Cleanup(func() {
		shared.mu.Lock()
		defer shared.mu.Unlock()
		shared.free = append(shared.free, address)
	})
	return address
}

// Shared returns the server that the tests of a package share, and the address of a new
// database with the schemas.
func Shared(t testing.TB) (*Server, string) {
	t.Helper()
	address := newDatabase(t, template)
	return shared.server, address
}

// Clear deletes all rows of a database that has the schemas, except for their versions, and frees the leases.
func Clear(t testing.TB, address string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `DO $$ DECLARE o regclass; BEGIN
		FOR o IN SELECT c.oid FROM pg_class c WHERE c.relnamespace IN ('state'::regnamespace, 'figures'::regnamespace)
			AND c.relkind = 'r' AND c.relname NOT IN ('layout', 'lease', 'fence') ORDER BY c.relname DESC LOOP EXECUTE 'DELETE FROM ' || o; END LOOP;
		UPDATE state.lease SET owner = NULL, until = '-infinity'; UPDATE figures.fence SET epoch = 0;
		END $$`, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
}

// EmptyDatabase returns the address of a new database without the schemas.
func EmptyDatabase(t testing.TB) string {
	t.Helper()
	return newDatabase(t, "template1")
}

func newDatabase(t testing.TB, from string) string {
	t.Helper()
	if Binaries() == "" {
		t.Skip("there is no PostgreSQL on this machine")
	}
	shared.once.Do(func() { shared.server, shared.err = startShared() })
	require.NoError(t, shared.err)
	name := fmt.Sprintf("test%d", shared.number.Add(1))
	require.NoError(t, shared.server.Exec("postgres", "CREATE DATABASE "+name+" TEMPLATE "+from+" STRATEGY wal_log"))
	return shared.server.Address(name)
}

func startShared() (*Server, error) {
	s, err := Start("fsync = off", "full_page_writes = off", "wal_level = minimal", "max_wal_senders = 0", "max_connections = 200",
		"wal_recycle = off", "max_wal_size = 32MB", "min_wal_size = 32MB")
	if err != nil {
		return nil, err
	}
	if err = s.Exec("postgres", "CREATE DATABASE "+template); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	db, err := postgres.Open(context.Background(), postgres.Config{State: s.Address(template), Migrate: true})
	if err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, db.Close()
}

// Set changes a setting of a database, for connections that are made later.
func Set(t testing.TB, address, setting string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "ALTER DATABASE "+conn.Config().Database+" SET "+setting)
	require.NoError(t, errors.Join(err, conn.Close(t.Context())))
}

// Server is a PostgreSQL server.
type Server struct {
	Folder  string // with the data in Folder/data and the socket
	account *syscall.Credential
	small   bool // its data are on a disk of their own
	process *os.Process
	ended   chan struct{}
}

// Start makes a server and starts it. settings are lines of its configuration.
func Start(settings ...string) (*Server, error) {
	s, err := newServer()
	if err != nil {
		return nil, err
	}
	return s, s.create(settings...)
}

// create makes the data of a server and starts it. What is left is removed when that fails.
func (s *Server) create(settings ...string) error {
	init := []string{"initdb", "-D", s.Data(), "-U", "digiwijzer", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C",
		"--locale-provider=icu", "--icu-locale=nl", "-k"} // text is not ordered by bytes, so that nothing depends on that order
	err := s.Run(init...)
	if err == nil {
		err = s.Configure(settings...)
	}
	if err == nil {
		err = s.Launch()
	}
	if err != nil {
		return errors.Join(err, s.removeFiles())
	}
	return nil
}

// newServer makes the folder of a server, owned by the account that it runs as: PostgreSQL refuses to
// run as root.
func newServer() (*Server, error) {
	folder, err := os.MkdirTemp("", "dwpg")
	if err != nil {
		return nil, err
	}
	s := &Server{Folder: folder}
	if os.Getuid() == 0 {
		if s.account, err = unprivileged(); err == nil {
			err = os.Chown(folder, int(s.account.Uid), int(s.account.Gid))
		}
	}
	return s, err
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.Atoi(u.Gid)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no account postgres or nobody")
}

// Data returns the data folder.
func (s *Server) Data() string { return filepath.Join(s.Folder, "data") }

// Configure adds lines to the configuration.
func (s *Server) Configure(settings ...string) error {
	lines := append([]string{
		"listen_addresses = ''", "unix_socket_directories = '" + s.Folder + "'", "shared_buffers = 16MB", "log_min_messages = fatal",
		"log_error_verbosity = terse",
		"jit = off", // the library takes longer to load than any query of a test
	}, settings...)
	file, err := os.OpenFile(filepath.Join(s.Data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, file.Close())
}

// command returns a command of PostgreSQL that runs as the account of the server.
func (s *Server) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(Binaries(), args[0]), args[1:]...)
	cmd.Dir = s.Folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	return cmd
}

// Run runs a program of PostgreSQL to its end.
func (s *Server) Run(args ...string) error {
	if out, err := s.command(args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", args[0], err, out)
	}
	return nil
}

// Launch starts the server, and returns when it accepts connections. It ends with this process.
func (s *Server) Launch() error {
	cmd := s.command("postgres", "-D", s.Data())
	log, err := os.OpenFile(filepath.Join(s.Folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	s.ended = make(chan struct{})
	started := make(chan error, 1)
	go func() { // the signal is sent when the thread that started the process ends
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(s.ended)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.process = cmd.Process
	return s.await()
}

// await waits until the server accepts connections.
func (s *Server) await() error {
	var err error
	for range 1200 {
		select {
		case <-s.ended:
			text, _ := os.ReadFile(filepath.Join(s.Folder, "log"))
			return fmt.Errorf("the server has ended:\n%s", text)
		case <-time.After(50 * time.Millisecond):
		}
		if err = s.Exec("postgres", "SELECT 1"); err == nil {
			return nil
		}
	}
	return err
}

// Address returns the address of a database.
func (s *Server) Address(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {s.Folder}, "user": {"digiwijzer"}}.Encode()
}

// Exec runs a statement in a database.
func (s *Server) Exec(database, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.Address(database))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol)
	return errors.Join(err, conn.Close(ctx))
}

// Signal sends a signal to the server and waits until it has ended, if the signal ends it.
func (s *Server) Signal(signal syscall.Signal) error {
	if err := s.process.Signal(signal); err != nil {
		return err
	}
	switch signal {
	case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGKILL:
		<-s.ended
	}
	return nil
}

// Remove stops the server and deletes its folder.
func (s *Server) Remove() error {
	if s.Running() {
		if err := s.Signal(syscall.SIGQUIT); err != nil {
			return err
		}
	}
	return s.removeFiles()
}

func (s *Server) removeFiles() error {
	if s.small {
		if err := unmount(s.Data()); err != nil {
			return err
		}
	}
	return os.RemoveAll(s.Folder)
}

// Standby makes a server that follows this one, and starts it. From then on every COMMIT of this one
// waits for it.
func (s *Server) Standby() (*Server, error) { return s.standby(s.Folder) }

// StandbyThrough is Standby, with everything between the two through a proxy.
func (s *Server) StandbyThrough(p *Proxy) (*Server, error) { return s.standby(p.folder) }

// standby makes a standby that reaches this server at a socket in a folder.
func (s *Server) standby(at string) (*Server, error) {
	standby, err := newServer()
	if err != nil {
		return nil, err
	}
	if err := standby.Run("pg_basebackup", "-D", standby.Data(), "-h", at, "-U", "digiwijzer", "-R", "-X", "stream", "-c", "fast", "--no-sync"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(standby.Folder))
	}
	if err := standby.Configure("hot_standby = on"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(standby.Folder))
	}
	if err := standby.Launch(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(standby.Folder))
	}
	if err := s.Exec("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'"); err != nil {
		return nil, errors.Join(err, standby.Remove())
	}
	return standby, s.Exec("postgres", "SELECT pg_reload_conf()")
}

// Running reports whether the server has not ended.
func (s *Server) Running() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// Promote makes a standby the primary, without a standby of its own.
func (s *Server) Promote() error {
	if err := s.Run("pg_ctl", "promote", "-D", s.Data(), "-t", "120"); err != nil {
		return err
	}
	if err := s.Exec("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''"); err != nil {
		return err
	}
	return s.Exec("postgres", "SELECT pg_reload_conf()")
}

// Either returns the address of a database on whichever server accepts writes.
func Either(a, b *Server, database string) string {
	return "postgres:///" + database + "?" + url.Values{
		"host": {a.Folder + "," + b.Folder}, "port": {"5432,5432"}, "user": {"digiwijzer"}, "target_session_attrs": {"read-write"},
	}.Encode()
}
