package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Bouncer returns the address of a database through PgBouncer, which uses any connection for each
// transaction. It skips the test if that is not installed.
func Bouncer(t testing.TB, address string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("there is no PgBouncer on this machine")
	}
	c, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	s, err := newServer()
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(s.Folder) })
	file := filepath.Join(s.Folder, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `[databases]
* = host=%s port=5432 user=%s
[pgbouncer]
listen_port = 5432
unix_socket_dir = %s
auth_type = any
pool_mode = transaction
default_pool_size = 5
`, c.Host, c.User, s.Folder), 0o644))
	cmd := exec.Command(program, "-q", file)
	cmd.Dir, cmd.SysProcAttr = s.Folder, &syscall.SysProcAttr{Credential: s.account}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	through := "postgres:///" + c.Database + "?" + url.Values{"host": {s.Folder}, "user": {c.User}, "default_query_exec_mode": {"exec"}}.Encode()
	for range 200 {
		conn, err := pgx.Connect(context.Background(), through)
		if err == nil {
			require.NoError(t, conn.Close(context.Background()))
			return through
		}
		time.Sleep(50 * time.Millisecond)
	}
	require.Fail(t, "PgBouncer does not start")
	return ""
}
