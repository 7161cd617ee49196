package postgres_test

import (
	"flag"
	"fmt"
	"os"
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

var failovers = flag.Int("failovers", 0, "how often TestFailover kills a primary and promotes its standby; tests with a standby, a partition or a full disk need at least 1")

// pair is a primary with a standby for which every COMMIT waits.
type pair struct{ primary, standby *pgtest.Server }

const database = "failover"

func newPair(t *testing.T) pair {
	t.Helper()
	primary := newPrimary(t)
	standby, err := primary.Standby()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, standby.Remove()) })
	return pair{primary, standby}
}

// newPrimary starts a server that a standby can follow, with a database.
func newPrimary(t *testing.T) *pgtest.Server {
	t.Helper()
	needFailovers(t)
	primary, err := pgtest.Start("wal_level = replica", "max_wal_senders = 5", "client_connection_check_interval = 1s",
		"wal_recycle = off", "max_wal_size = 32MB", "min_wal_size = 32MB", "wal_keep_size = 0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, primary.Remove()) })
	newState(t, primary)
	return primary
}

// newState makes the database of a server.
func newState(t *testing.T, s *pgtest.Server) {
	t.Helper()
	require.NoError(t, s.Exec("postgres", "CREATE DATABASE "+database))
	db, err := postgres.Open(t.Context(), postgres.Config{State: s.Address(database), Migrate: true})
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// needFailovers skips a test that takes long, or needs a server of its own, unless it is asked for.
func needFailovers(t *testing.T) {
	t.Helper()
	if *failovers == 0 && os.Getenv("MUTANT") == "" {
		t.Skip("-failovers is 0")
	}
	if pgtest.Binaries() == "" {
		t.Skip("there is no PostgreSQL on this machine")
	}
}

// crowd sends updates to several programs without a pause, each again until it is acknowledged,
// as Telegram does.
type crowd struct {
	senders []*sender // one for each program
	stop    chan struct{}
	all     sync.WaitGroup
}

// sender is the part of a crowd that sends to one program.
type sender struct {
	sent    atomic.Int64 // and acknowledged
	refused atomic.Int64 // groups
	mu      sync.Mutex
	last    time.Time
	silence time.Duration // the longest between two acknowledgements
}

const crowdChats = 8

func startCrowd(t *testing.T, stores ...*store.Store) *crowd {
	t.Helper()
	c := &crowd{stop: make(chan struct{})}
	for n, program := range stores {
		s := &sender{last: time.Now()}
		c.senders = append(c.senders, s)
		c.all.Go(func() {
			for i := 0; ; i++ {
				var works []bot.Work
				for p := range crowdChats {
					works = append(works, tap(fmt.Sprint(n, " ", p, " ", i), person(p)))
				}
				for apply(t.Context(), program, works...) != nil {
					s.refused.Add(1)
				}
				s.acknowledged()
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

func (s *sender) acknowledged() {
	s.sent.Add(crowdChats)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silence, s.last = max(s.silence, time.Since(s.last)), time.Now()
}

// await waits until every sender has so many more updates acknowledged.
func (c *crowd) await(t *testing.T, more int64) {
	t.Helper()
	for _, s := range c.senders {
		s.await(t, more)
	}
}

func (s *sender) await(t *testing.T, more int64) {
	t.Helper()
	limit := time.After(2 * time.Minute)
	for want := s.sent.Load() + more; s.sent.Load() < want; {
		select {
		case <-limit:
			require.Fail(t, "no acknowledgements")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// settle gives a fault the time to reach whatever was on its way.
const settle = 3 * time.Second

// requireSilent requires that a sender gets nothing acknowledged while do runs, apart from what
// was on its way.
func (s *sender) requireSilent(t *testing.T, do func()) {
	t.Helper()
	time.Sleep(settle)
	before := s.sent.Load()
	do()
	assert.Equal(t, before, s.sent.Load(), "acknowledged")
}

// requireExact ends the crowd and requires that every update had its effect once.
func (c *crowd) requireExact(t *testing.T, s *store.Store) {
	t.Helper()
	close(c.stop)
	c.all.Wait()
	var counted, sent int64
	for p := range crowdChats {
		counted += int64(revision(t, s, person(p)))
	}
	for n, s := range c.senders {
		sent += s.sent.Load()
		t.Logf("program %d: %d acknowledged, %d groups refused, longest silence %s", n, s.sent.Load(), s.refused.Load(), s.silence.Round(10*time.Millisecond))
	}
	t.Logf("%d sent, %d counted, %d lost, %d doubled", sent, counted, max(0, sent-counted), max(0, counted-sent))
	require.Equal(t, sent, counted)
}

// TestFailover kills the primary under load and promotes its standby: every update that was
// acknowledged had its effect, once.
func TestFailover(t *testing.T) {
	needFailovers(t)
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
}

// TestStandbyGone stops the standby: nothing is acknowledged meanwhile, and nothing is lost.
func TestStandbyGone(t *testing.T) {
	p := newPair(t)
	r := newReplicasAt(t, p.primary.Address(database))
	s := r.start(r.address, nil)
	c := startCrowd(t, s)
	c.await(t, 100)
	require.NoError(t, p.standby.Signal(syscall.SIGKILL))
	c.senders[0].requireSilent(t, func() { time.Sleep(settle) })
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
