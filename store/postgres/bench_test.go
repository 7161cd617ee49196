package postgres_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/postgres"
	"digiwijzer/store/postgres/pgtest"
)

var statements = flag.Bool("statements", false, "print what the statements of BenchmarkTurns take, on the primary")

// BenchmarkTurns measures what a turn costs the servers, a primary and its synchronous standby, and what
// it costs with the delivery of its message. Two programs have two groups in flight each, as the
// dispatcher does; a round is one turn of every chat. A turn marks its update, reads and writes its
// conversation (2 kB encrypted) and enqueues one message (1 kB). A delivery is recorded in the next
// group of the program that sent it. A program sends what it committed for its own shards from memory,
// and reads the rest from the outbox every 25 ms.
//
//	go test ./store/postgres -run '^$' -bench Turns -benchtime 6x
func BenchmarkTurns(b *testing.B) {
	if pgtest.Binaries() == "" {
		b.Skip("there is no PostgreSQL on this machine")
	}
	for _, group := range []int{16, 64} {
		for _, deliver := range []bool{false, true} {
			b.Run(fmt.Sprintf("group=%d/deliver=%t", group, deliver), func(b *testing.B) { newTurns(b, group).measure(b, deliver) })
		}
	}
}

// turns are programs that apply turns, and their servers.
type turns struct {
	primary, standby *pgtest.Server
	stores           []*store.Store
	group            int // turns per transaction
	round            int
	groups, chats    atomic.Int64 // that were committed
	repeats          atomic.Int64
}

// Sizes of BenchmarkTurns.
const (
	turnPrograms  = 2
	turnsInFlight = 2 // groups of a program
	turnChats     = 4096
	lookEvery     = 25 * time.Millisecond
)

func newTurns(b *testing.B, group int) *turns {
	l := &turns{group: group}
	settings := []string{"wal_level = replica", "max_wal_senders = 5", "shared_buffers = 128MB", "wal_recycle = off", "wal_init_zero = off", "max_wal_size = 256MB"}
	if *statements {
		settings = append(settings, "shared_preload_libraries = pg_stat_statements", "pg_stat_statements.track_planning = on")
	}
	var err error
	l.primary, err = pgtest.Start(settings...)
	require.NoError(b, err)
	b.Cleanup(func() { _ = l.primary.Remove() })
	require.NoError(b, l.primary.Exec("postgres", "CREATE DATABASE bench"))
	l.standby, err = l.primary.Standby()
	require.NoError(b, err)
	b.Cleanup(func() { _ = l.standby.Remove() })
	key, err := store.CreateKey(filepath.Join(b.TempDir(), "key"), "")
	require.NoError(b, err)
	catalogue, err := referral.BuiltIn()
	require.NoError(b, err)
	for range turnPrograms {
		db, err := postgres.Open(b.Context(), postgres.Config{State: l.primary.Address("bench"), Migrate: true, Committed: l.committed})
		require.NoError(b, err)
		s, err := store.New(b.Context(), db, key, store.Options{Region: catalogue.Region()})
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, s.Close()) })
		l.stores = append(l.stores, s)
	}
	for range 2 { // the first program has all leases until it knows of the second
		for _, s := range l.stores {
			require.NoError(b, s.Renew(b.Context(), func(string) bool { return false }))
		}
	}
	return l
}

func (l *turns) committed(chats int, _ time.Duration, repeats int) {
	l.groups.Add(1)
	l.chats.Add(int64(chats))
	l.repeats.Add(int64(repeats))
}

// measure runs a round of turns per iteration, after one that inserts the conversations.
func (l *turns) measure(b *testing.B, deliver bool) {
	require.NoError(b, l.run(b, deliver))
	if *statements {
		require.NoError(b, l.primary.Exec("bench", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()"))
	}
	var primary, standby float64
	rounds := 0
	l.groups.Store(0)
	l.chats.Store(0)
	l.repeats.Store(0)
	for b.Loop() {
		b.StopTimer()
		require.NoError(b, l.primary.Exec("bench", "TRUNCATE state.outbox"))
		for _, s := range l.stores {
			s.Fresh() // of messages that are gone
			require.NoError(b, s.Renew(b.Context(), func(string) bool { return true }))
		}
		first, err := l.primary.Processor()
		second, err2 := l.standby.Processor()
		require.NoError(b, errors.Join(err, err2))
		b.StartTimer()
		require.NoError(b, l.run(b, deliver))
		b.StopTimer()
		onPrimary, err := l.primary.Processor()
		onStandby, err2 := l.standby.Processor()
		require.NoError(b, errors.Join(err, err2))
		of, byPrimary := onPrimary.Since(first, turnChats)
		beside, byStandby := onStandby.Since(second, turnChats)
		b.Logf("primary %.0f µs: %s | standby %.0f µs: %s", of, byPrimary, beside, byStandby)
		primary, standby = primary+of, standby+beside
		rounds++
		b.StartTimer()
	}
	n := float64(rounds)
	b.ReportMetric(n*turnChats/b.Elapsed().Seconds(), "turns/s")
	b.ReportMetric(float64(l.chats.Load())/float64(l.groups.Load()), "works/group")
	b.ReportMetric(float64(l.repeats.Load()), "repeats")
	b.ReportMetric(primary/n, "primary-cpu-µs")
	b.ReportMetric(standby/n, "standby-cpu-µs")
	b.ReportMetric((primary+standby)/n, "server-cpu-µs")
	b.ReportMetric(0, "ns/op")
	if *statements {
		require.NoError(b, pgtest.PrintStatements(b.Context(), l.primary.Address("bench"), n*turnChats))
	}
}

// run applies a turn of every chat, and delivers the messages if so told.
func (l *turns) run(b *testing.B, deliver bool) error {
	l.round++
	var begun atomic.Int64 // turns
	all := errgroup.Group{}
	for _, s := range l.stores {
		p := &turnProgram{turns: l, store: s, inFlight: map[int64]bool{}, deliver: deliver}
		for range turnsInFlight {
			all.Go(func() error {
				for {
					end := int(begun.Add(int64(l.group)))
					if end > turnChats {
						return p.drain(b.Context())
					}
					if err := p.commit(b.Context(), end-l.group, end); err != nil {
						return err
					}
				}
			})
		}
	}
	return all.Wait()
}

// turnProgram is one of the programs during a round.
type turnProgram struct {
	*turns
	store   *store.Store
	deliver bool

	mu       sync.Mutex
	sent     []bot.Delivery // to record in the next group
	inFlight map[int64]bool
	looked   time.Time // when the outbox was read
}

// commit applies a group: the turns of some chats, and what was sent since the group before.
func (p *turnProgram) commit(ctx context.Context, from, to int) error {
	p.mu.Lock()
	sent := p.sent
	p.sent = nil
	p.mu.Unlock()
	works := make([]bot.Work, 0, len(sent)+to-from)
	for _, d := range sent {
		w := delivered(d)
		w.NoWait = true
		works = append(works, w)
	}
	for n := from; n < to; n++ {
		works = append(works, p.turn(n))
	}
	if len(works) == 0 {
		return nil
	}
	each, err := p.store.Apply(ctx, works)
	if err != nil || !p.deliver {
		return errors.Join(append(each, err)...)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, d := range sent {
		if errors.Is(each[i], bot.ErrChatBusy) { // it was read before the commit that added it has ended
			p.sent = append(p.sent, d)
			each[i] = nil
			continue
		}
		delete(p.inFlight, d.ID)
	}
	return errors.Join(errors.Join(each...), p.send(ctx))
}

// send takes what may be sent after a commit.
func (p *turnProgram) send(ctx context.Context) error {
	p.take(p.store.Fresh())
	if time.Since(p.looked) < lookEvery {
		return nil
	}
	p.looked = time.Now()
	return p.look(ctx)
}

func (p *turnProgram) look(ctx context.Context) error {
	due, err := p.store.Due(ctx, noon, turnChats, slices.Collect(maps.Keys(p.inFlight)))
	p.take(due)
	return err
}

func (p *turnProgram) take(due []bot.Delivery) {
	for _, d := range due {
		p.inFlight[d.ID] = true
	}
	p.sent = append(p.sent, due...)
}

// drain delivers what is left.
func (p *turnProgram) drain(ctx context.Context) error {
	for p.deliver {
		p.mu.Lock()
		err := p.look(ctx)
		left := len(p.sent)
		p.mu.Unlock()
		if err != nil || left == 0 {
			return err
		}
		if err := p.commit(ctx, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// turn returns the work of a turn.
func (l *turns) turn(n int) bot.Work {
	who, key := person(n), fmt.Sprint("telegram:", l.round, " ", n)
	return bot.Work{Chats: []bot.Chat{who}, Updates: []string{key}, NoWait: true, Do: func(tx bot.Tx) error {
		if seen, err := tx.Seen(key, noon); err != nil || seen {
			return fmt.Errorf("seen %t: %w", seen, err)
		}
		c, _, err := tx.Conversation(who, noon)
		if err != nil {
			return err
		}
		c.Session.Rev++
		c.Surface = bot.Surface{flows.Living: {Ref: "7"}}
		m := bot.Message{Chat: who, Slot: flows.Living, Edit: true, Body: turnMessage}
		return errors.Join(tx.Save(who, c, noon.AddDate(0, 0, 7)), tx.Enqueue(m, noon))
	}}
}

var turnMessage = make([]byte, 600)
