package postgres_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store"
	"digiwijzer/store/postgres/pgtest"
)

// TestReplacedPrimary promotes the standby of a primary that goes on and waits for nobody, which
// comes first in the address and takes writes. Whatever a program has done before, it works with
// the new one.
func TestReplacedPrimary(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	forget := func() { // nobody waits for the standby
		require.NoError(t, p.primary.Exec("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''"))
		require.NoError(t, p.primary.Exec("postgres", "SELECT pg_reload_conf()"))
	}
	r := newReplicasAt(t, pgtest.Either(p.primary, p.standby, database))
	who, taps := person(1), 0
	requireNew := func(s *store.Store, what string) {
		t.Helper()
		require.NoError(t, apply(t.Context(), s, tap(what, who)))
		taps++
		require.Equal(t, taps, revision(t, r.start(p.standby.Address(database), nil), who), what)
	}
	connected := r.start(r.address, nil) // to what is replaced, all the time
	require.NoError(t, apply(t.Context(), connected, tap("before", who)))
	taps++
	require.NoError(t, p.standby.Promote())
	forget()
	time.Sleep(settle)
	r.renew(connected) // as every program does each second
	requireNew(connected, "connected")
	requireNew(r.start(r.address, nil), "started later")

	require.NoError(t, p.primary.Signal(syscall.SIGKILL))
	requireNew(connected, "while it is gone")
	require.NoError(t, p.primary.Launch())
	for n := range 3 {
		require.NoError(t, p.standby.Exec("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+database+"'"))
		requireNew(connected, fmt.Sprint("came back ", n))
	}
	require.NoError(t, p.standby.Signal(syscall.SIGKILL))
	require.Error(t, apply(t.Context(), connected, tap("lost", who)), "only the old one is there")
	require.NoError(t, p.standby.Launch())
	requireNew(connected, "both are back")
	assert.Equal(t, 1, revision(t, r.start(p.primary.Address(database), nil), who), "the old one got nothing")
}
