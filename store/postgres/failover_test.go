package postgres_test

import (
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

var failovers = flag.Int("failovers", 0, "how often TestFailover kills a primary and promotes its standby; the tests with a standby need at least 1")

// pair is a primary with a standby for which every COMMIT waits.
type pair struct{ primary, standby *pgtest.Server }

const database = "failover"

func newPair(t *testing.T) pair {
	t.Helper()
	if *failovers == 0 {
		t.Skip("-failovers is 0")
	}
	if pgtest.Binaries() == "" {
		t.Skip("there is no PostgreSQL on this machine")
	}
	primary, err := pgtest.Start("wal_level = replica", "max_wal_senders = 5", "client_connection_check_interval = 1s",
		"wal_recycle = off", "max_wal_size = 32MB", "min_wal_size = 32MB", "wal_keep_size = 0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, primary.Remove()) })
	require.NoError(t, primary.Exec("postgres", "CREATE DATABASE "+database))
	db, err := postgres.Open(t.Context(), postgres.Config{State: primary.Address(database), Migrate: true})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	standby, err := primary.Standby()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, standby.Remove()) })
	return pair{primary, standby}
}

// crowd sends updates without a pause, each again until it is acknowledged, as Telegram does.
type crowd struct {
	sent    atomic.Int64
	refused atomic.Int64
	mu      sync.Mutex
	last    time.Time
	silence time.Duration // the longest between two acknowledgements
	stop    chan struct{}
	all     sync.WaitGroup
}

const crowdChats = 8

func startCrowd(t *testing.T, stores ...*store.Store) *crowd {
	t.Helper()
	c := &crowd{last: time.Now(), stop: make(chan struct{})}
	for n, s := range stores {
		c.all.Go(func() {
			for i := 0; ; i++ {
				var works []bot.Work
				for p := range crowdChats {
					works = append(works, tap(fmt.Sprint(n, " ", p, " ", i), person(p)))
				}
				for apply(t.Context(), s, works...) != nil {
					c.refused.Add(1)
				}
				c.acknowledged()
				select {
				case <-c.stop:
					return
				default:
				}
			}
		})
	}
	return c
}

func (c *crowd) acknowledged() {
	c.sent.Add(crowdChats)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silence, c.last = max(c.silence, time.Since(c.last)), time.Now()
}

// await waits until so many more updates are acknowledged.
func (c *crowd) await(t *testing.T, more int64) {
	t.Helper()
	for want := c.sent.Load() + more; c.sent.Load() < want; {
		select {
		case <-t.Context().Done():
			require.Fail(t, "no acknowledgements")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// requireExact ends the crowd and requires that every update had its effect once.
func (c *crowd) requireExact(t *testing.T, s *store.Store) {
	t.Helper()
	close(c.stop)
	c.all.Wait()
	counted := 0
	for p := range crowdChats {
		counted += revision(t, s, person(p))
	}
	t.Logf("%d updates sent, %d counted; %d groups refused; longest silence %s", c.sent.Load(), counted, c.refused.Load(), c.silence.Round(10*time.Millisecond))
	require.EqualValues(t, c.sent.Load(), counted)
}

// TestFailover kills the primary under load and promotes its standby: every update that was
// acknowledged had its effect, once.
func TestFailover(t *testing.T) {
	for range *failovers {
		p := newPair(t)
		r := newReplicasAt(t, pgtest.Either(p.primary, p.standby, database))
		stores := []*store.Store{r.start(r.address, nil), r.start(r.address, nil)}
		c := startCrowd(t, stores...)
		c.await(t, 400)
		require.NoError(t, p.primary.Signal(syscall.SIGKILL))
		began := time.Now()
		require.NoError(t, p.standby.Promote())
		t.Logf("promotion took %s", time.Since(began).Round(10*time.Millisecond))
		c.await(t, 400)
		c.requireExact(t, stores[0])
	}
	if *failovers == 0 {
		t.Skip("-failovers is 0")
	}
}

// TestStandbyGone stops the standby: nothing is acknowledged meanwhile, and nothing is lost.
func TestStandbyGone(t *testing.T) {
	p := newPair(t)
	r := newReplicasAt(t, p.primary.Address(database))
	s := r.start(r.address, nil)
	c := startCrowd(t, s)
	c.await(t, 100)
	require.NoError(t, p.standby.Signal(syscall.SIGKILL))
	time.Sleep(3 * time.Second) // what was on its way
	before := c.sent.Load()
	time.Sleep(3 * time.Second)
	assert.Equal(t, before, c.sent.Load(), "acknowledged without the standby")
	require.NoError(t, p.standby.Launch())
	c.await(t, 100)
	c.requireExact(t, s)
}

// TestSplitBrain lets the old primary go on after its standby was promoted: it acknowledges
// nothing, because nobody confirms its commits.
func TestSplitBrain(t *testing.T) {
	p := newPair(t)
	r := newReplicasAt(t, p.primary.Address(database))
	old := r.start(r.address, nil)
	require.NoError(t, apply(t.Context(), old, tap("before", person(1))))
	require.NoError(t, p.primary.Signal(syscall.SIGSTOP))
	require.NoError(t, p.standby.Promote())
	require.NoError(t, p.primary.Signal(syscall.SIGCONT))
	r.address = p.standby.Address(database)
	now := r.start(r.address, nil)
	require.NoError(t, apply(t.Context(), now, tap("after", person(1))))
	require.Error(t, apply(t.Context(), old, tap("lost", person(1))))
	assert.Equal(t, 2, revision(t, now, person(1)))
}
