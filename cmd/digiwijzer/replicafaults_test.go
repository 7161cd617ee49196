package main

import (
	"context"
	"flag"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/store/postgres/pgtest"
)

var (
	older = flag.String("older", "", "a program of an earlier version, with which TestRollingReplicas replaces programs of this one and back; empty: it is skipped")
	rolls = flag.Int("rolls", 8, "how often TestRollingReplicas replaces a program")
)

// needLongFaults skips a test that takes a minute or more, unless more faults than usual are
// asked for.
func needLongFaults(t *testing.T) {
	t.Helper()
	if *replicaFaults < 10 {
		t.Skip("-replicafaults is less than 10")
	}
}

// startPeople lets people do the check on programs that are being disturbed. finish lets them
// all finish and requires that the report is equal to what they were shown.
func (f *fleet) startPeople(limit time.Duration) (ctx context.Context, finish func()) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), limit)
	f.t.Cleanup(cancel)
	enough := make(chan struct{})
	wait := startParticipants(ctx, f.t, f.fake, 6, enough)
	return ctx, func() {
		close(enough)
		people := wait()
		f.t.Logf("%d people, %d updates redelivered, %d answers with an error, %d duplicate messages", len(people), f.fake.Redelivered(), f.failed, f.fake.Extra())
		requireCounted(f.t, f.h, people)
	}
}

// awaitCalls waits until the Bot API was called so many times more.
func (f *fleet) awaitCalls(ctx context.Context, more int) {
	f.t.Helper()
	calls := len(f.fake.Calls()) + more
	require.NoError(f.t, f.fake.Wait(ctx, func() bool { return len(f.fake.Calls()) >= calls }))
}

func (s *server) isReady() bool { return s.status(s.admin+"/readyz") == http.StatusOK }

// requireUnready waits until a program is not ready, and requires that it is alive.
func (s *server) requireUnready() {
	s.t.Helper()
	began := time.Now()
	eventually(s.t, "it is not ready", func() bool { return !s.isReady() })
	s.t.Logf("not ready after %s", time.Since(began).Round(100*time.Millisecond))
	assert.Equal(s.t, http.StatusOK, s.status(s.admin+"/livez"))
}

// TestPartitionedReplica takes one of two programs off the network for a minute while people do
// the check: it is alive and not ready, tells visitors to wait, and the other one does
// everything. Afterwards they share the work again.
func TestPartitionedReplica(t *testing.T) {
	needLongFaults(t)
	t.Parallel()
	address := pgtest.EmptyDatabase(t)
	proxy := pgtest.NewProxy(t, address)
	f := newFleet(t, 1, address)
	cut := f.start("DIGIWIJZER_DATABASE=" + proxy.Address)
	f.programs = append(f.programs, cut)
	f.requireShared()
	answer := openSite(t, cut.url)
	ctx, finish := f.startPeople(5 * time.Minute)
	f.awaitCalls(ctx, 100)
	proxy.Partition()
	began := time.Now()
	var passed time.Duration
	var others sync.WaitGroup
	others.Go(func() { // while the visitor waits, so that the time is that of the leases
		for passed == 0 && ctx.Err() == nil {
			if s, _ := f.programs[0].health(); s.Leases != nil && s.Leases.Sending == 1 {
				passed = time.Since(began)
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	status, _, _ := answer() // which is not counted, as it is the second
	assert.Equal(t, http.StatusServiceUnavailable, status)
	cut.requireUnready()
	others.Wait()
	require.NotZero(t, passed, "the leases do not pass")
	t.Logf("the leases passed after %s", passed.Round(100*time.Millisecond))
	for range 20 {
		f.awaitCalls(ctx, 20)
		assert.True(t, f.programs[0].isReady())
		assert.False(t, cut.isReady())
	}
	proxy.Heal()
	eventually(t, "it is ready again", cut.isReady)
	f.requireShared()
	finish()
	f.stop()
}

// TestReplicasWithoutDisk fills the disk of the server while people do the check: the programs
// are alive and not ready, and go on by themselves once there is space.
func TestReplicasWithoutDisk(t *testing.T) {
	needLongFaults(t)
	t.Parallel()
	database := pgtest.StartSmall(t, 160, "wal_recycle = off", "max_wal_size = 32MB", "min_wal_size = 32MB")
	require.NoError(t, database.Exec("postgres", "CREATE DATABASE digiwijzer"))
	f := newFleet(t, 2, database.Address("digiwijzer"))
	ctx, finish := f.startPeople(10 * time.Minute)
	f.awaitCalls(ctx, 100)
	require.NoError(t, database.Fill())
	for _, s := range f.programs {
		s.requireUnready()
	}
	t.Logf("the server ended: %t", !database.Running())
	for range 20 {
		time.Sleep(time.Second)
		for _, s := range f.programs {
			assert.Equal(t, http.StatusOK, s.status(s.admin+"/livez"))
		}
	}
	require.NoError(t, database.Free())
	for _, s := range f.programs {
		eventually(t, "it is ready again", s.isReady)
	}
	f.awaitCalls(ctx, 100)
	finish()
	f.stop()
}

// TestRollingReplicas replaces two programs one after another, by another version with other
// content and back, while people do the check: everybody gets an advice and is counted once.
func TestRollingReplicas(t *testing.T) {
	if *older == "" {
		t.Skip("-older names no program")
	}
	t.Parallel()
	before, err := filepath.Abs(*older)
	require.NoError(t, err)
	original := embeddedQuestions(t)
	dir := folder(t, "locales/extra.nl.toml", extraWords, "locales/extra.en.toml", extraWords, "flows/questions.toml", withOneMoreAndOneLess(t, original))
	f := newFleet(t, 0, pgtest.EmptyDatabase(t))
	f.h.passed(dir)
	start := func(n int) *server {
		if n%4 < 2 {
			return f.startVersion(before)
		}
		return f.start("DIGIWIJZER_CONTENT=" + dir)
	}
	f.programs = []*server{start(0), start(1)}
	ctx, cancel := context.WithTimeout(t.Context(), max(waitLimit, time.Duration(*rolls)*time.Minute))
	t.Cleanup(cancel)
	crowd := startRolling(ctx, t, f.fake, 8)
	for roll := range *rolls {
		f.awaitCalls(ctx, 200)
		added := start(roll + 2)
		eventually(t, "it is ready", added.isReady)
		removed := f.replace(roll%2, added)
		assert.Zero(t, removed.stop(), removed.stderr)
	}
	f.awaitCalls(ctx, 200)
	people := crowd.finish()
	for _, p := range people {
		assert.NotEmpty(t, advice(p), p.Screen())
	}
	r := f.h.report("--week", "2026-W47")
	t.Logf("%d programs replaced, %d people sent, %d counted as started and %d as completed; %d updates redelivered, %d answers with an error, %d duplicate messages",
		*rolls, len(people), r.Totals.Started, r.Totals.Completed, f.fake.Redelivered(), f.failed, f.fake.Extra())
	assert.Equal(t, []int{len(people), len(people), 0}, []int{r.Totals.Started, r.Totals.Completed, r.Totals.Repeat})
	assert.Equal(t, stepsSeen(t, people, initiativeNames(t)), nonzero(r.Totals.Referrals), "as reported and as shown")
	assert.NotZero(t, crowd.askedMore.Load(), "nobody was asked the question that was added")
	assert.Empty(t, f.fake.BadRequests())
	f.stop()
}

// rollingCrowd does the check again and again, each time as somebody else.
type rollingCrowd struct {
	persistentCrowd
	mu     sync.Mutex
	number atomic.Int64
	enough chan struct{}
}

func startRolling(ctx context.Context, t *testing.T, fake *telegramtest.Server, together int) *rollingCrowd {
	c := &rollingCrowd{enough: make(chan struct{})}
	for range together {
		c.running.Go(func() {
			for {
				i := 2*int(c.number.Add(1)) + 1 // odd: who never pauses
				p := fake.Person(int64(9000+i), "nl")
				c.mu.Lock()
				c.people = append(c.people, p)
				c.mu.Unlock()
				p.Start("")
				if !assert.NoError(t, c.persist(ctx, p, i), p.Screen()) {
					return
				}
				select {
				case <-c.enough:
					return
				default:
				}
			}
		})
	}
	return c
}

// finish lets everybody finish who has started, and returns them.
func (c *rollingCrowd) finish() []*telegramtest.Person {
	close(c.enough)
	c.running.Wait()
	return c.people
}

// TestEditionReachesReplicas publishes an edition at the command line while people do the check:
// every program finds it by itself.
func TestEditionReachesReplicas(t *testing.T) {
	needLongFaults(t)
	t.Parallel()
	f := newFleet(t, 2, pgtest.EmptyDatabase(t))
	version := func(s *server) string { status, _ := s.health(); return status.Content.Version }
	before := version(f.programs[0])
	require.Equal(t, before, version(f.programs[1]))
	ctx, finish := f.startPeople(6 * time.Minute)
	f.awaitCalls(ctx, 50)
	f.h.with("LANG=nl")
	dir := folder(t, "locales/chat.nl.toml", `"chat.menu" = "Keuze"`+"\n")
	f.h.ok("content", "draft", "--from", dir)
	f.h.ok("content", "publish", "--note", "Korter.")
	began := time.Now()
	for n, s := range f.programs {
		eventually(t, "the new edition is in use", func() bool { return version(s) != before })
		t.Logf("in use on program %d after %s", n, time.Since(began).Round(100*time.Millisecond))
	}
	assert.Equal(t, version(f.programs[0]), version(f.programs[1]))
	f.awaitCalls(ctx, 50)
	finish()
	f.stop()
}
