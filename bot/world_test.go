package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/figures"
)

// poison is a text on which the engine of a world always fails; on one that begins with
// flaky it fails the first time.
const (
	poison = "poison"
	flaky  = "flaky"
)

// realEngine is the engine with the embedded content, loaded once.
var realEngine = sync.OnceValues(func() (*flows.Engine, error) {
	questions, err := flows.BuiltIn()
	if err != nil {
		return nil, err
	}
	catalogue, err := referral.BuiltIn()
	if err != nil {
		return nil, err
	}
	texts, err := locales.BuiltIn()
	return flows.NewEngine(flows.Content{
		Questions: questions, Catalogue: catalogue, Languages: texts.Languages(), ID: "0123abcd",
		Partners: map[string]flows.Partner{"kvk-utrecht": {Name: "KVK Utrecht"}},
		Words: func(lang, id string) string {
			if !texts.Has(lang, id) {
				return ""
			}
			return texts.Text(lang, id)
		},
	}), err
})

// panickyEngine is the real engine, which panics on some texts.
type panickyEngine struct {
	*flows.Engine
	flakySeen   *sync.Map
	flakyPanics *atomic.Int64
}

func (e panickyEngine) Step(s flows.Session, in flows.Input) flows.Turn {
	if in.Text == poison {
		panic("secret of " + in.Text)
	}
	if strings.HasPrefix(in.Text, flaky) {
		if _, again := e.flakySeen.LoadOrStore(in.Text, true); !again {
			e.flakyPanics.Add(1)
			panic("secret of " + in.Text)
		}
	}
	return e.Engine.Step(s, in)
}

// fakeClock is a clock whose true time is that of the bubble, moved by the test, and which
// can be wrong.
type fakeClock struct{ shift, wrong, stuck atomic.Int64 }

func (c *fakeClock) Now() time.Time {
	if at := c.stuck.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return c.truth().Add(time.Duration(c.wrong.Load()))
}

func (c *fakeClock) truth() time.Time                          { return time.Now().Add(time.Duration(c.shift.Load())) }
func (c *fakeClock) After(wait time.Duration) <-chan time.Time { return time.After(wait) }
func (c *fakeClock) set(now time.Time)                         { c.shift.Store(int64(time.Until(now))) }

// setWrong makes the clock wrong by so much.
func (c *fakeClock) setWrong(by time.Duration) { c.wrong.Store(int64(by)) }

// elapse lets time pass in which nothing happens but readings of the clock and the hourly
// sweeps of the last day except for the last ones: without them the guarded clock takes it
// for a jump.
func (w *world) elapse(by time.Duration) {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	w.resting = true // no point counts
	w.mu.Unlock()
	const step, lastDay, last = time.Hour, 26 * time.Hour, 3 * time.Hour
	for left := by; left > 0; left -= step {
		w.clock.shift.Add(int64(min(left, step)))
		now := w.dispatcher.clock.Now()
		if left <= lastDay && left > last {
			_, err := w.store.Sweep(context.Background(), now)
			require.NoError(w.t, err)
		}
	}
	w.mu.Lock()
	w.resting = false
	w.mu.Unlock()
}

// logBuffer collects the log.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// requireNoPersonalData: no line of the log holds a chat, what was typed or answered, or
// the value of a panic.
func (b *logBuffer) requireNoPersonalData(t testing.TB) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.NotEmpty(t, b.text.String())
	require.Empty(t, hidden(b.text.Bytes(), append(traces(), personal...)))
}

// platformUpdate is an update that the platform keeps until it is acknowledged.
type platformUpdate struct {
	update bot.Update
	since  time.Time
	acked  bool
	at     time.Time // of the acknowledgement
}

// world is a dispatcher with the real engine and the real store, people with phones, and a
// platform that redelivers updates until they are acknowledged. It can crash at a point
// chosen in advance: what happens after that moment did not happen.
type world struct {
	t           testing.TB
	rows        storage
	clock       *fakeClock
	channel     *fakeChannel
	model       *model
	flakySeen   sync.Map
	flakyPanics atomic.Int64
	log         logBuffer
	faults      func(kind string) error // of the storage; may be nil

	before, after func(event int) // of the script; may be nil

	dispatcher *running
	store      *store.Store

	mu      sync.Mutex
	points  map[string]int // reached so far, by name
	dieAt   int            // which of them is the last; 0: none
	stealAt int            // at which of them another process takes leases over; 0: none
	passed  int
	diedAt  string
	dead    bool
	resting bool // time goes by: no point counts
	kept    bool // what the process left
	scan    bool // look for traces in what a crash left
	found   []string
	updates []*platformUpdate
	keys    int
	parked  int64 // updates parked by the dispatchers that have ended
	thefts  int   // of leases
}

var errDead = errors.New("the process is gone")

// storage is what a world keeps its rows in. It outlives a process.
type storage interface {
	// open opens the store for a new process.
	open(o store.Options) (*store.Store, error)
	// keep keeps what is there at the moment in which the process dies. At a boundary of a
	// commit nothing else writes.
	keep()
	// bury is called when the process has ended.
	bury()
	// takeover is how long another process waits for the leases of one that died.
	takeover() time.Duration
	figures() (*store.Figures, error)
	// traces looks for personal data, in what keep kept if a process has just died.
	traces() []string
	// requireSound checks the rows by other means, and returns the number of batches with rows.
	requireSound() int
}

// newWorld returns a world over SQLite files.
func newWorld(t testing.TB, seed uint64) *world { return newWorldOn(t, seed, newFolders) }

// newWorldOn returns a world over any storage.
func newWorldOn(t testing.TB, seed uint64, storageOf func(*world) storage) *world {
	t.Helper()
	engine, err := realEngine()
	require.NoError(t, err)
	w := &world{t: t, clock: &fakeClock{}, channel: newFakeChannel(seed), model: newModel(engine), points: map[string]int{}}
	w.clock.set(noon)
	w.channel.reach, w.channel.now = w.reach, w.clock.truth
	w.rows = storageOf(w)
	w.openStore()
	t.Cleanup(func() { // of a test that failed
		_ = w.dispatcher.shutDown()
		_ = w.store.Close()
	})
	synctest.Wait() // the first jobs are done
	return w
}

func (w *world) openStore() {
	w.t.Helper()
	var err error
	w.store, err = w.rows.open(store.Options{
		Region: w.model.engine.Catalogue.Region(), Boundary: func(point string) { _ = w.at(point, true) },
	})
	require.NoError(w.t, err)
	w.findCommitted()
	w.dispatcher = run(bot.Options{
		Store: faultyStore{w.store, w}, Engine: panickyEngine{w.model.engine, &w.flakySeen, &w.flakyPanics}, Channels: []bot.Channel{w.channel},
		Clock: w.clock, Random: func(n int) int { return n / 2 },
		Log: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	w.dispatcher.clock.Now()
	w.elapse(16 * time.Minute) // in the first ones a leap of the clock is followed
}

func (w *world) reach(point string) error { return w.at(point, false) }

// at passes a point; the error means that the process is gone.
func (w *world) at(point string, boundary bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	if w.resting {
		return nil
	}
	w.points[point]++
	if shared, ok := w.rows.(*database); ok && w.passed+1 == w.stealAt && shared.steal() {
		w.thefts++
	}
	if w.passed++; w.passed != w.dieAt {
		return nil
	}
	w.dead, w.diedAt = true, point
	if boundary {
		w.keep()
	}
	return errDead
}

// keep keeps what the process leaves, once; w.mu is held.
func (w *world) keep() {
	if w.kept {
		return
	}
	w.kept = true
	w.rows.keep()
	if w.scan {
		w.found = append(w.found, w.rows.traces()...)
	}
}

// isDead reports whether the process is gone.
func (w *world) isDead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}

// crash ends the process, if it is not dead yet, and starts another with what it left. What
// was committed and not acknowledged enters the model.
func (w *world) crash() {
	w.t.Helper()
	w.mu.Lock()
	w.dead, w.dieAt = true, 0
	w.mu.Unlock()
	synctest.Wait() // whatever was being written is written, or was refused
	w.mu.Lock()
	w.keep()
	w.mu.Unlock()
	_ = w.dispatcher.shutDown()
	w.parked += w.dispatcher.Counters().Parked
	w.clock.setWrong(0) // a new process cannot know that it is wrong
	require.NoError(w.t, w.store.Close())
	w.rows.bury()
	w.mu.Lock()
	w.dead, w.kept = false, false
	faults := w.faults
	w.faults = nil // until the jobs that were cut off are done
	w.mu.Unlock()
	w.openStore()
	pass(w.rows.takeover())
	w.mu.Lock()
	w.faults = faults
	w.mu.Unlock()
}

// findCommitted finds the updates that are committed although they were not acknowledged.
func (w *world) findCommitted() {
	nothing := errors.New("only looking")
	for _, h := range w.updates {
		if h.acked {
			continue
		}
		seen := false
		_, err := w.store.Apply(context.Background(), []bot.Work{{Updates: []string{h.update.Key}, Do: func(tx bot.Tx) (err error) {
			if seen, err = tx.Seen(h.update.Key, w.clock.truth()); err != nil {
				return err
			}
			return nothing
		}}})
		require.NoError(w.t, err)
		if seen {
			w.note(h)
		}
	}
}

// note applies an update to the model that is committed now.
func (w *world) note(h *platformUpdate) {
	h.acked, h.at = true, w.clock.truth()
	w.model.apply(h.update, h.at)
	w.channel.mu.Lock()
	defer w.channel.mu.Unlock()
	w.channel.phone(h.update.Chat.ID).lost = false
}

// end shuts everything down in order.
func (w *world) end() {
	require.NoError(w.t, w.dispatcher.shutDown())
	require.NoError(w.t, w.store.Close())
}

// does makes a new update of a person.
func (w *world) does(chat string, in flows.Input, gone bool) *platformUpdate {
	w.keys++
	in.Lang = "nl"
	h := &platformUpdate{since: w.clock.truth(), update: bot.Update{
		Chat: bot.Chat{Channel: "telegram", ID: chat}, Key: "telegram:" + strconv.Itoa(w.keys), Input: in, Gone: gone,
		Origin: bot.Origin{Tap: in.Kind == flows.Answer || in.Kind == flows.Action},
	}}
	w.updates = append(w.updates, h)
	return h
}

// deliver submits an update; only an acknowledgement while the process lives counts.
func (w *world) deliver(h *platformUpdate) {
	w.channel.mu.Lock()
	w.channel.phone(h.update.Chat.ID).quiet = false
	w.channel.mu.Unlock()
	w.dispatcher.Submit(h.update, func(_ flows.Turn, err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.dead || err != nil || h.acked {
			return
		}
		w.note(h)
	})
}

// figures are the counts that a report shows now.
func (w *world) figures(from, to string) map[string]int {
	w.t.Helper()
	f, err := w.rows.figures()
	require.NoError(w.t, err)
	defer f.Close()
	s, err := f.Snapshot(context.Background(), period(from, to))
	require.NoError(w.t, err)
	r, err := figures.NewWeekly(period(from, to), nil, s)
	require.NoError(w.t, err)
	all := map[string]int{}
	add := func(key string, n int) {
		if n > 0 {
			all[key] += n
		}
	}
	for _, week := range r.Weeks {
		add(week.Week+" started", week.Started)
		add(week.Week+" completed", week.Completed)
		add(week.Week+" repeat", week.Repeat)
		add(week.Week+" hasty", week.Fast)
		for what, counts := range map[string]map[string]int{"stopped": week.Stopped, "partner": week.Partners, "duration": week.Durations, "referral": week.Referrals, "repeat referral": week.RepeatReferrals} {
			for id, n := range counts {
				add(fmt.Sprintf("%s %s %s", week.Week, what, id), n)
			}
		}
	}
	return all
}

// same compares the stored conversations with the model.
func (w *world) same() {
	w.t.Helper()
	for chat, a := range w.model.accounts {
		var c bot.Conversation
		var found bool
		_, err := w.store.Apply(context.Background(), []bot.Work{{Chats: []bot.Chat{chat}, Do: func(tx bot.Tx) (err error) {
			c, found, err = tx.Conversation(chat, w.clock.truth())
			return err
		}}})
		require.NoError(w.t, err)
		w.model.expire(a, w.clock.truth())
		require.Equal(w.t, a.found, found, "session of %s", chat.ID)
		if found {
			require.Equal(w.t, a.session.Rev, c.Session.Rev, "changes of %s", chat.ID)
			require.True(w.t, maps.Equal(a.session.Answers, c.Session.Answers), "answers of %s: %v, not %v", chat.ID, c.Session.Answers, a.session.Answers)
			require.Equal(w.t, a.session.Phase, c.Session.Phase, "phase of %s", chat.ID)
		}
	}
}
