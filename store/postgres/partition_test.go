package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/postgres/pgtest"
)

// partitionFor is longer than a lease, and than a server waits for a program in the middle of a
// transaction.
const partitionFor = 20 * time.Second

// TestPartition takes one of two programs off the network, in the middle of its transactions: it
// acknowledges nothing, the other one takes over its leases and goes on, and what arrives late
// has no second effect.
func TestPartition(t *testing.T) {
	needFailovers(t)
	t.Parallel()
	r := newReplicas(t)
	proxy := pgtest.NewProxy(t, r.address)
	a, b := r.start(proxy.Address, nil), r.start(r.address, nil)
	r.renew(a, b)
	require.Positive(t, a.Sending())
	c := startCrowd(t, a, b)
	c.await(t, 100)
	proxy.Partition()
	c.senders[0].requireSilent(t, func() {
		began := time.Now()
		for b.Sending() < 1 {
			require.Less(t, time.Since(began), time.Minute, "the leases do not pass")
			time.Sleep(time.Second)
			r.renew(b)
		}
		assert.Zero(t, a.Sending(), "two programs send to the same people")
		c.senders[1].await(t, 100)
		time.Sleep(partitionFor - settle - time.Since(began))
	})
	proxy.Heal()
	c.await(t, 100)
	r.renew(a)
	c.requireExact(t, b)
}

// TestPartitionOfStandby takes the standby off the network: nothing is acknowledged meanwhile,
// and nothing is lost.
func TestPartitionOfStandby(t *testing.T) {
	t.Parallel()
	primary := newPrimary(t)
	require.NoError(t, primary.Configure("wal_sender_timeout = 2s", "wal_receiver_timeout = 2s", "wal_retrieve_retry_interval = 200ms"))
	require.NoError(t, primary.Exec("postgres", "SELECT pg_reload_conf()"))
	proxy := pgtest.NewProxy(t, primary.Address(database))
	standby, err := primary.StandbyThrough(proxy)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, standby.Remove()) })
	r := newReplicasAt(t, primary.Address(database))
	s := r.start(r.address, nil)
	c := startCrowd(t, s)
	c.await(t, 100)
	proxy.Partition()
	c.senders[0].requireSilent(t, func() { time.Sleep(2 * settle) })
	proxy.Heal()
	c.await(t, 100)
	c.requireExact(t, s)
}

// TestDiskFull fills the disk of the server under load: nothing is acknowledged that is not kept,
// and everything goes on once there is space.
func TestDiskFull(t *testing.T) {
	needFailovers(t)
	t.Parallel()
	server := pgtest.StartSmall(t, 160, "wal_recycle = off", "wal_init_zero = off", "max_wal_size = 32MB", "min_wal_size = 32MB")
	newState(t, server)
	r := newReplicasAt(t, server.Address(database))
	a, b := r.start(r.address, nil), r.start(r.address, nil)
	c := startCrowd(t, a, b)
	c.await(t, 100)
	require.NoError(t, server.Fill())
	for before := int64(-1); before != c.senders[0].sent.Load(); time.Sleep(settle) { // until the log is full
		before = c.senders[0].sent.Load()
	}
	c.senders[1].requireSilent(t, func() { time.Sleep(settle) })
	t.Logf("the server ended: %t", !server.Running())
	require.NoError(t, server.Free())
	c.await(t, 100)
	c.requireExact(t, a)
}
