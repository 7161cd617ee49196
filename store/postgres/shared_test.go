package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

var noon = time.Date(2026, time.November, 18, 12, 0, 0, 0, referral.Netherlands) // Wednesday of 2026-W47

// replicas are stores over one database, as programs on several machines have.
type replicas struct {
	t       *testing.T
	address string
	key     *store.Key
}

func newReplicas(t *testing.T) *replicas {
	t.Helper()
	return newReplicasAt(t, pgtest.Database(t))
}

func newReplicasAt(t *testing.T, address string) *replicas {
	t.Helper()
	key, err := store.CreateKey(filepath.Join(t.TempDir(), "key"), "")
	require.NoError(t, err)
	return &replicas{t: t, address: address, key: key}
}

// start returns another store. boundary is called at crash points.
func (r *replicas) start(address string, boundary func(string)) *store.Store {
	r.t.Helper()
	catalogue, err := referral.BuiltIn()
	require.NoError(r.t, err)
	db, err := postgres.Open(r.t.Context(), postgres.Config{State: address})
	require.NoError(r.t, err)
	s, err := store.New(r.t.Context(), db, r.key, store.Options{Region: catalogue.Region(), Boundary: boundary})
	require.NoError(r.t, err)
	r.t.Cleanup(func() { assert.NoError(r.t, s.Close()) })
	return s
}

func (r *replicas) renew(stores ...*store.Store) {
	r.t.Helper()
	for _, s := range stores {
		require.NoError(r.t, s.Renew(r.t.Context(), func(string) bool { return false }))
	}
}

// endLeases makes every lease end now in the database, as when its holder stands still.
func (r *replicas) endLeases() {
	r.t.Helper()
	conn, err := pgx.Connect(r.t.Context(), r.address)
	require.NoError(r.t, err)
	_, err = conn.Exec(r.t.Context(), "UPDATE state.lease SET until = clock_timestamp() - interval '1 second'")
	require.NoError(r.t, err)
	_, err = conn.Exec(r.t.Context(), "DELETE FROM state.member")
	require.NoError(r.t, errors.Join(err, conn.Close(r.t.Context())))
}

func person(n int) bot.Chat { return bot.Chat{Channel: "telegram", ID: fmt.Sprint(7_000_000_000 + n)} }

// tap returns the work of an update that raises the revision of a conversation.
func tap(key string, who bot.Chat) bot.Work {
	return bot.Work{Chats: []bot.Chat{who}, Updates: []string{key}, Do: func(tx bot.Tx) error {
		if seen, err := tx.Seen(key, noon); err != nil || seen {
			return err
		}
		c, _, err := tx.Conversation(who, noon)
		if err != nil {
			return err
		}
		c.Session.Rev++
		return errors.Join(tx.Save(who, c, noon.AddDate(0, 0, 7)), tx.Enqueue(bot.Message{Chat: who, Body: fmt.Append(nil, c.Session.Rev)}, noon))
	}}
}

func apply(ctx context.Context, s *store.Store, works ...bot.Work) error {
	each, err := s.Apply(ctx, works)
	return errors.Join(append(each, err)...)
}

func revision(t *testing.T, s *store.Store, who bot.Chat) (rev int) {
	t.Helper()
	require.NoError(t, apply(t.Context(), s, bot.Work{Chats: []bot.Chat{who}, Do: func(tx bot.Tx) error {
		c, _, err := tx.Conversation(who, noon)
		rev = c.Session.Rev
		return err
	}}))
	return rev
}

// TestReplicasTogether lets several programs handle the same people at once, every update by
// two of them: each has its effect once, and the messages of a person are in order.
func TestReplicasTogether(t *testing.T) {
	t.Parallel()
	const people, taps, programs = 3, 20, 3
	r := newReplicas(t)
	stores := make([]*store.Store, programs)
	for i := range stores {
		stores[i] = r.start(r.address, nil)
	}
	var all sync.WaitGroup
	for n := range programs {
		all.Go(func() {
			for i := range taps {
				var works []bot.Work
				for p := range people {
					works = append(works, tap(fmt.Sprint(p, " ", i), person(p)), tap(fmt.Sprint(p, " ", n, " ", i), person(p)))
				}
				if !assert.NoError(t, apply(t.Context(), stores[n], works...)) {
					return
				}
			}
		})
	}
	all.Wait()
	for p := range people {
		assert.Equal(t, taps*(programs+1), revision(t, stores[0], person(p)))
	}
	r.renew(stores[0])
	require.NoError(t, stores[0].Leave(t.Context()))
	r.renew(stores[1])
	for i := range taps * (programs + 1) {
		due, err := stores[1].Due(t.Context(), noon, 100, nil)
		require.NoError(t, err)
		require.Len(t, due, people)
		for _, d := range due {
			require.Equal(t, fmt.Sprint(i+1), string(d.Message.Body))
			require.NoError(t, apply(t.Context(), stores[1], bot.Work{Chats: []bot.Chat{d.Message.Chat}, Lease: d.Lease, Do: func(tx bot.Tx) error { return tx.Delivered(d, bot.Shown{}) }}))
		}
		if i%20 == 0 {
			r.renew(stores[1])
		}
	}
}

// TestBusyChats holds a chat in the middle of a transaction: in the same program as in another,
// works on other chats are committed meanwhile, and one on this chat can be told not to wait.
func TestBusyChats(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	var holds atomic.Bool
	held, released := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	defer release() // also where a store waits for the chat, and the test fails
	a := r.start(r.address, func(point string) {
		if point == "apply: before commit" && holds.CompareAndSwap(true, false) {
			close(held)
			<-released
		}
	})
	stores := []*store.Store{a, r.start(r.address, nil)}
	holds.Store(true)
	var all errgroup.Group
	all.Go(func() error { return apply(t.Context(), a, tap("first", person(1))) })
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // nothing here waits
	defer cancel()
	for i, s := range stores {
		works := []bot.Work{tap(fmt.Sprint("busy ", i), person(1)), tap(fmt.Sprint("other ", i), person(2))}
		works[0].NoWait, works[1].NoWait = true, true
		each, err := s.Apply(ctx, works)
		require.NoError(t, err)
		require.ErrorIs(t, each[0], bot.ErrChatBusy)
		require.NoError(t, each[1])
	}
	release()
	require.NoError(t, all.Wait())
	for i, s := range stores {
		again := tap(fmt.Sprint("busy ", i), person(1))
		again.NoWait = true
		require.NoError(t, apply(t.Context(), s, again))
	}
	assert.Equal(t, []int{3, 2}, []int{revision(t, a, person(1)), revision(t, a, person(2))})
}

// TestClocksDiffer lets a program whose clock is behind send what one with a clock ahead of it
// added: at once, and not when its own clock gets there.
func TestClocksDiffer(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	ahead, behind := r.start(r.address, nil), r.start(r.address, nil)
	r.renew(behind)
	require.NoError(t, apply(t.Context(), ahead, tap("a", person(1))))
	due, err := behind.Due(t.Context(), noon.Add(-time.Minute), 10, nil)
	require.NoError(t, err)
	require.Len(t, due, 1)
	later := bot.Work{Chats: []bot.Chat{person(1)}, Lease: due[0].Lease, Do: func(tx bot.Tx) error { return tx.Postpone(due[0], noon) }}
	require.NoError(t, apply(t.Context(), behind, later))
	due, err = behind.Due(t.Context(), noon.Add(-time.Minute), 10, nil)
	require.NoError(t, err)
	require.Empty(t, due, "what was postponed waits")
}

// TestLostAcknowledgement cuts the connection at the answer to every COMMIT: the group is
// repeated, recognises its marks and has its effect once.
func TestLostAcknowledgement(t *testing.T) {
	t.Parallel()
	const taps = 10
	r := newReplicas(t)
	proxy := pgtest.NewProxy(t, r.address)
	s := r.start(proxy.Address, nil)
	for i := range taps {
		proxy.CutCommits(1)
		require.NoError(t, apply(t.Context(), s, tap(fmt.Sprint(i), person(1)), tap(fmt.Sprint("other ", i), person(2))))
	}
	assert.Equal(t, taps, proxy.Cuts())
	assert.Equal(t, []int{taps, taps}, []int{revision(t, s, person(1)), revision(t, s, person(2))})
	_, unsent, _, err := s.Waiting(t.Context(), noon)
	require.NoError(t, err)
	assert.Equal(t, 2*taps, unsent)
}

// TestContextsDoNotInterrupt ends the context in the middle of a transaction: it is committed
// all the same.
func TestContextsDoNotInterrupt(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := r.start(r.address, func(point string) {
		if point == "apply: before commit" {
			cancel()
		}
	})
	require.NoError(t, apply(ctx, s, tap("a", person(1))))
	require.ErrorIs(t, apply(ctx, s, tap("b", person(1))), context.Canceled)
	assert.Equal(t, 1, revision(t, r.start(r.address, nil), person(1)))
}

// TestShares divides sending over the programs at work; what one leaves another takes.
func TestShares(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	a, b := r.start(r.address, nil), r.start(r.address, nil)
	r.renew(a)
	assert.InDelta(t, 1, a.Sending(), 0)
	require.NoError(t, a.Renew(t.Context(), func(string) bool { return true }))
	r.renew(b) // all is taken
	assert.Zero(t, b.Sending())
	busy := true
	for range 3 { // a leaves half of it, but gives none back while it is still sending
		require.NoError(t, a.Renew(t.Context(), func(string) bool { return busy }))
		r.renew(b)
		assert.InDelta(t, 0.5, a.Sending(), 0)
		assert.Zero(t, b.Sending())
	}
	busy = false
	require.NoError(t, a.Renew(t.Context(), func(string) bool { return busy }))
	r.renew(b)
	assert.InDelta(t, 0.5, a.Sending(), 0)
	assert.InDelta(t, 0.5, b.Sending(), 0)
	_, _, jobs := b.Held(bot.LeaseJobs)
	assert.False(t, jobs)
	require.NoError(t, a.Leave(t.Context()))
	assert.Zero(t, a.Sending())
	r.renew(b)
	assert.InDelta(t, 1, b.Sending(), 0)
	_, _, jobs = b.Held(bot.LeaseJobs)
	assert.True(t, jobs)
}

// TestReplacedInFlight replaces a message while another program sends it: the new one is sent
// after it.
func TestReplacedInFlight(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	a, b := r.start(r.address, nil), r.start(r.address, nil)
	r.renew(a)
	edit := func(s *store.Store, text string) {
		require.NoError(t, apply(t.Context(), s, bot.Work{Chats: []bot.Chat{person(1)}, Do: func(tx bot.Tx) error {
			return tx.Enqueue(bot.Message{Chat: person(1), Slot: flows.Living, Edit: true, Body: []byte(text)}, noon)
		}}))
	}
	send := func(want string) {
		due, err := a.Due(t.Context(), noon, 10, nil)
		require.NoError(t, err)
		require.Len(t, due, 1)
		require.Equal(t, want, string(due[0].Message.Body))
		if want == "old" {
			edit(b, "new")
		}
		require.NoError(t, apply(t.Context(), a, bot.Work{Chats: []bot.Chat{person(1)}, Lease: due[0].Lease, Do: func(tx bot.Tx) error { return tx.Delivered(due[0], bot.Shown{}) }}))
	}
	edit(a, "old")
	send("old")
	send("new")
	_, unsent, _, err := a.Waiting(t.Context(), noon)
	require.NoError(t, err)
	assert.Zero(t, unsent)
}

// TestZombieSends lets a program record what it sent after another one has taken over: what
// the person sees by then is not overwritten.
func TestZombieSends(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	a, b := r.start(r.address, nil), r.start(r.address, nil)
	r.renew(a)
	require.NoError(t, apply(t.Context(), a, bot.Work{Chats: []bot.Chat{person(1)}, Do: func(tx bot.Tx) error {
		return errors.Join(tx.Save(person(1), bot.Conversation{}, noon.AddDate(0, 0, 7)), tx.Enqueue(bot.Message{Chat: person(1), Slot: flows.Living, Body: []byte("question")}, noon))
	}}))
	record := func(s *store.Store, d bot.Delivery, ref bot.MessageRef) error {
		return apply(t.Context(), s, bot.Work{Chats: []bot.Chat{person(1)}, Lease: d.Lease, Do: func(tx bot.Tx) error { return tx.Delivered(d, bot.Shown{Ref: ref}) }})
	}
	first, err := a.Due(t.Context(), noon, 10, nil)
	require.NoError(t, err)
	r.endLeases() // a stands still
	r.renew(b)
	second, err := b.Due(t.Context(), noon, 10, nil)
	require.NoError(t, err)
	require.Len(t, second, 1)
	require.NoError(t, record(b, second[0], "2"))
	require.ErrorIs(t, record(a, first[0], "1"), bot.ErrLeaseLost)
	require.NoError(t, apply(t.Context(), b, bot.Work{Chats: []bot.Chat{person(1)}, Do: func(tx bot.Tx) error {
		c, _, err := tx.Conversation(person(1), noon)
		assert.Equal(t, bot.MessageRef("2"), c.Surface[flows.Living].Ref)
		return err
	}}))
}

// finished returns the work of a whole conversation.
func finished(n int) bot.Work { return finishedWith(n, "b") }

// TestZombieHandsOver lets a program stand still at every step of a hand-over while another
// one takes over and hands over: every conversation is counted once.
func TestZombieHandsOver(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"hand-over: stamped", "hand-over: entered", "hand-over: cleared"} {
		r := newReplicas(t)
		var b *store.Store
		stopped := false
		a := r.start(r.address, func(at string) {
			if at != point || stopped {
				return
			}
			stopped = true
			r.endLeases()
			r.renew(b)
			_, err := b.HandOver(t.Context(), noon)
			assert.NoError(t, err)
		})
		b = r.start(r.address, nil)
		r.renew(a)
		for n := range 7 {
			require.NoError(t, apply(t.Context(), a, finished(n)))
		}
		if _, err := a.HandOver(t.Context(), noon); err != nil {
			require.ErrorIs(t, err, bot.ErrLeaseLost)
		}
		require.True(t, stopped)
		_, err := a.HandOver(t.Context(), noon)
		require.ErrorIs(t, err, bot.ErrLeaseLost)
		_, err = b.HandOver(t.Context(), noon)
		require.NoError(t, err)

		db, err := postgres.Open(t.Context(), postgres.Config{State: r.address})
		require.NoError(t, err)
		f, err := store.NewFigures(t.Context(), db, r.key)
		require.NoError(t, err)
		period := figures.Period{From: "2026-W40", To: "2026-W53"}
		s, err := f.Snapshot(t.Context(), period)
		require.NoError(t, err)
		w, err := figures.NewWeekly(period, []string{"kvk"}, s)
		require.NoError(t, err)
		assert.Equal(t, []int{7, 7}, []int{w.Totals.Started, w.Totals.Completed}, point)
		require.NoError(t, f.Close())
	}
}

// TestErasedDuringHandOver erases somebody on another machine between the steps of a
// hand-over: whoever is in the batch then is not, or was handed over before.
func TestErasedDuringHandOver(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	var b *store.Store
	a := r.start(r.address, func(at string) {
		if at == "hand-over: stamped" {
			assert.NoError(t, apply(t.Context(), b, bot.Work{Chats: []bot.Chat{person(0)}, Do: func(tx bot.Tx) error { return tx.Erase(person(0)) }}))
		}
	})
	b = r.start(r.address, nil)
	r.renew(a)
	for n := range 6 {
		require.NoError(t, apply(t.Context(), a, finished(n)))
	}
	n, err := a.HandOver(t.Context(), noon)
	require.NoError(t, err)
	assert.Equal(t, 6, n, "the batch was made before")
	staged, _, _, err := b.Waiting(t.Context(), noon)
	require.NoError(t, err)
	assert.Zero(t, staged)
}

// TestUndeclared reads a chat that a transaction did not declare: the engine refuses by itself.
func TestUndeclared(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(t.Context(), postgres.Config{State: pgtest.Database(t)})
	require.NoError(t, err)
	defer db.Close()
	err = db.Update(t.Context(), engine.Touch{Chats: []engine.Hash{{1}}}, func(s engine.State) error {
		_, _, err := s.Session(engine.Hash{2})
		assert.Error(t, err)
		return nil // ignores it
	})
	assert.ErrorContains(t, err, "did not declare")
}

// hooked is an engine that calls after once, when it has first written to the figures.
type hooked struct {
	*postgres.DB
	once  sync.Once
	after func()
}

func (h *hooked) UpdateStats(ctx context.Context, do func(engine.Stats) error) error {
	err := h.DB.UpdateStats(ctx, do)
	h.once.Do(h.after)
	return err
}

// TestZombieUndoesNothing lets a program stand still as its hand-over begins, while another
// one takes over and gets as far as stamping a batch: the first one leaves that batch alone.
func TestZombieUndoesNothing(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	stamped, goOn, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once sync.Once
	b := r.start(r.address, func(at string) {
		if at == "hand-over: stamped" {
			once.Do(func() { close(stamped) })
			<-goOn
		}
	})
	db, err := postgres.Open(t.Context(), postgres.Config{State: r.address})
	require.NoError(t, err)
	catalogue, err := referral.BuiltIn()
	require.NoError(t, err)
	a, err := store.New(t.Context(), &hooked{DB: db, after: func() {
		r.endLeases()
		r.renew(b)
		go func() {
			_, err := b.HandOver(t.Context(), noon)
			done <- err
		}()
		<-stamped
	}}, r.key, store.Options{Region: catalogue.Region()})
	require.NoError(t, err)
	defer a.Close()
	r.renew(a)
	for n := range 6 {
		require.NoError(t, apply(t.Context(), a, finished(n)))
	}
	_, err = a.HandOver(t.Context(), noon)
	require.ErrorIs(t, err, bot.ErrLeaseLost)
	close(goOn)
	require.NoError(t, <-done)
	staged, _, _, err := b.Waiting(t.Context(), noon)
	require.NoError(t, err)
	assert.Zero(t, staged)
}

// TestBouncer works through PgBouncer in transaction mode, where no session stays with a
// program.
func TestBouncer(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	address := pgtest.Bouncer(t, r.address)
	a, b := r.start(address, nil), r.start(address, nil)
	r.renew(a)
	var all sync.WaitGroup
	for _, s := range []*store.Store{a, b} {
		all.Go(func() {
			for i := range 20 {
				assert.NoError(t, apply(t.Context(), s, tap(fmt.Sprint(i), person(1)), tap(fmt.Sprint("other ", i), person(2))))
			}
		})
	}
	all.Wait()
	assert.Equal(t, []int{20, 20}, []int{revision(t, a, person(1)), revision(t, b, person(2))})
	for n := range 6 {
		require.NoError(t, apply(t.Context(), a, finished(10+n)))
	}
	n, err := a.HandOver(t.Context(), noon)
	require.NoError(t, err)
	assert.Equal(t, 6, n)
	_, err = a.Shrink(t.Context(), noon)
	require.NoError(t, err)
}
