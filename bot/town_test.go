package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
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
)

// poison is a text on which the engine of a town fails, always; on one that begins with
// stumble it fails the first time.
const (
	poison  = "poison"
	stumble = "stumble"
)

// whole is everything that a conversation is made of, loaded once.
var whole = sync.OnceValues(func() (*flows.Engine, error) {
	questions, err := flows.Load(flows.Embedded())
	if err != nil {
		return nil, err
	}
	catalogue, err := referral.Load(referral.Embedded())
	if err != nil {
		return nil, err
	}
	texts, err := locales.Load(locales.Embedded())
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

// brittle is the real engine, which panics on some texts.
type brittle struct {
	*flows.Engine
	stumbled *sync.Map
	stumbles *atomic.Int64
}

func (b brittle) Step(s flows.Session, in flows.Input) flows.Turn {
	if in.Text == poison {
		panic("secret of " + in.Text)
	}
	if strings.HasPrefix(in.Text, stumble) {
		if _, again := b.stumbled.LoadOrStore(in.Text, true); !again {
			b.stumbles.Add(1)
			panic("secret of " + in.Text)
		}
	}
	return b.Engine.Step(s, in)
}

// dial is a clock: the true time is that of the bubble, moved as the test likes, and it
// shows it with an error.
type dial struct{ shift, wrong, stuck atomic.Int64 }

func (d *dial) Now() time.Time {
	if at := d.stuck.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return d.truth().Add(time.Duration(d.wrong.Load()))
}

func (d *dial) truth() time.Time                          { return time.Now().Add(time.Duration(d.shift.Load())) }
func (d *dial) After(wait time.Duration) <-chan time.Time { return time.After(wait) }
func (d *dial) set(now time.Time)                         { d.shift.Store(int64(time.Until(now))) }

// misset lets the clock be wrong by so much from now on.
func (d *dial) misset(by time.Duration) { d.wrong.Store(int64(by)) }

// elapse lets time go by in which nothing happens, but that the desk looks at the clock,
// and the hourly sweeps of the last day but for the very last: without them the store
// takes it for a leap.
func (w *town) elapse(by time.Duration) {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	w.resting = true // it dies of something else
	w.mu.Unlock()
	const step, lastDay, last = time.Hour, 26 * time.Hour, 3 * time.Hour
	for left := by; left > 0; left -= step {
		w.clock.shift.Add(int64(min(left, step)))
		now := w.desk.Clock.Now()
		if left <= lastDay && left > last {
			_, err := w.store.Sweep(context.Background(), now)
			require.NoError(w.t, err)
		}
	}
	w.mu.Lock()
	w.resting = false
	w.mu.Unlock()
}

// said is everything that was logged.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// requireDiscreet: no line of the log tells of a chat, of what was typed or answered, or
// what a panic was about.
func (s *said) requireDiscreet(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotEmpty(t, s.text.String())
	require.Empty(t, hidden(s.text.Bytes(), append(traces(), personal...)))
}

// held is an update that the platform keeps until it is acknowledged.
type held struct {
	update bot.Update
	since  time.Time
	acked  bool
	at     time.Time // of the acknowledgement
}

// town is the desk with the real engine and the real store, people with telephones, and
// a platform that delivers what they do until it is acknowledged. It dies at a point
// chosen in advance: what happens after that moment did not happen.
type town struct {
	t        testing.TB
	root     string
	clock    *dial
	exchange *exchange
	ledger   *ledger
	stumbled sync.Map
	stumbles atomic.Int64
	log      said
	faults   func(kind string) error // of the storage; may be nil

	before, after func(event int) // of the script; may be nil

	desk  *bot.Dispatcher
	store *store.Store
	key   *store.Key
	image int // number of the data folder

	mu      sync.Mutex
	points  map[string]int // reached so far, by name
	dieAt   int            // which of them is the last; 0: none
	passed  int
	diedAt  string
	dead    bool
	resting bool // time goes by: no point counts
	copied  bool
	scan    func(dir string) []string // looks at the files as the crash left them; may be nil
	found   []string                  // what it found
	held    []*held
	keys    int
	parked  int64 // updates put aside, by the desks that are gone
}

var errDead = errors.New("the process is gone")

func newTown(t testing.TB, seed uint64) *town {
	t.Helper()
	engine, err := whole()
	require.NoError(t, err)
	w := &town{t: t, root: swiftDir(t), clock: &dial{}, exchange: newExchange(seed), ledger: newLedger(engine), points: map[string]int{}}
	w.clock.set(noon)
	w.exchange.reach, w.exchange.now = w.reach, w.clock.truth
	w.settleIn()
	w.open()
	t.Cleanup(func() { // of a test that failed
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = w.desk.Close(ctx)
		_ = w.store.Close()
	})
	synctest.Wait() // the first jobs are done
	return w
}

// founded are the files of a town in which nobody has done anything, made once.
var founded = sync.OnceValues(func() (files map[string][]byte, err error) {
	root, err := os.MkdirTemp("", "digiwijzer-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	key, err := store.CreateKey(filepath.Join(root, "test.key"), filepath.Join(root, "data0", "state.db"))
	if err != nil {
		return nil, err
	}
	engine, err := whole()
	if err != nil {
		return nil, err
	}
	s, err := store.Open(context.Background(), filepath.Join(root, "data0"), key, store.Options{Region: engine.Catalogue.Region()})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	for _, name := range []string{"test.key", "data0/state.db", "data0/stats.db"} {
		if files[name], err = os.ReadFile(filepath.Join(root, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

// settleIn puts the files of a new town in its folder.
func (w *town) settleIn() {
	w.t.Helper()
	files, err := founded()
	require.NoError(w.t, err)
	require.NoError(w.t, os.MkdirAll(w.dir(), 0o700))
	for name, content := range files {
		require.NoError(w.t, os.WriteFile(filepath.Join(w.root, name), content, 0o600))
	}
	w.key, err = store.LoadKey(filepath.Join(w.root, "test.key"))
	require.NoError(w.t, err)
}

// swiftDir is a folder in memory where there is such a thing: these tests are about what
// is written and when, not about the disk.
func swiftDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "digiwijzer-*")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (w *town) dir() string { return filepath.Join(w.root, "data"+strconv.Itoa(w.image)) }

func (w *town) open() {
	w.t.Helper()
	var err error
	w.store, err = store.Open(context.Background(), w.dir(), w.key, store.Options{
		Region: w.ledger.engine.Catalogue.Region(), Boundary: func(point string) { _ = w.at(point, true) },
	})
	require.NoError(w.t, err)
	w.probe()
	w.desk = bot.NewDispatcher(bot.Options{
		Store: shaky{w.store, w}, Engine: brittle{w.ledger.engine, &w.stumbled, &w.stumbles}, Channels: []bot.Channel{w.exchange},
		Clock: w.clock, Random: func(n int) int { return n / 2 },
		Log: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	w.desk.Clock.Now()
	w.elapse(16 * time.Minute) // in the first ones a leap of the clock is followed
}

func (w *town) reach(point string) error { return w.at(point, false) }

// at passes a point; the error says that the process is gone. At a boundary of a commit
// nothing else writes, so the files are taken there and then.
func (w *town) at(point string, boundary bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	if w.resting {
		return nil
	}
	w.points[point]++
	if w.passed++; w.passed != w.dieAt {
		return nil
	}
	w.dead, w.diedAt, w.copied = true, point, boundary
	if boundary {
		w.copyFiles()
	}
	return errDead
}

// copyFiles takes the data folder as it is.
func (w *town) copyFiles() {
	to := filepath.Join(w.root, "data"+strconv.Itoa(w.image+1))
	require.NoError(w.t, os.MkdirAll(to, 0o700))
	defer func() { // only looked at: another process makes its own
		for _, name := range []string{"state.db-shm", "stats.db-shm"} {
			require.NoError(w.t, os.RemoveAll(filepath.Join(to, name)))
		}
	}()
	for _, name := range []string{"state.db", "state.db-wal", "state.db-shm", "stats.db", "stats.db-wal", "stats.db-shm"} {
		content, err := os.ReadFile(filepath.Join(w.dir(), name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(w.t, err)
		require.NoError(w.t, os.WriteFile(filepath.Join(to, name), content, 0o600))
	}
	if w.scan != nil {
		w.found = append(w.found, w.scan(to)...)
	}
}

// die ends the process where it stands, if it has not died yet, and starts another from
// the files it left. What was committed and not acknowledged is noted in the ledger.
func (w *town) die() {
	w.t.Helper()
	w.mu.Lock()
	w.dead, w.dieAt = true, 0
	w.mu.Unlock()
	synctest.Wait() // whatever was being written is written, or was refused
	if !w.copied {
		w.copyFiles()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = w.desk.Close(ctx)
	w.parked += w.desk.Counters().Parked
	w.clock.misset(0) // a new process cannot know that it is wrong
	require.NoError(w.t, w.store.Close())
	require.NoError(w.t, os.RemoveAll(w.dir()))
	w.image++
	w.mu.Lock()
	w.dead, w.copied = false, false
	faults := w.faults
	w.faults = nil // until the jobs that were cut off are done
	w.mu.Unlock()
	w.open()
	synctest.Wait()
	w.mu.Lock()
	w.faults = faults
	w.mu.Unlock()
}

// probe notes the updates that are durable although nobody was told.
func (w *town) probe() {
	nothing := errors.New("only looking")
	for _, h := range w.held {
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

// note enters an update into the ledger that is durable now.
func (w *town) note(h *held) {
	h.acked, h.at = true, w.clock.truth()
	w.ledger.apply(h.update, h.at)
	w.exchange.mu.Lock()
	defer w.exchange.mu.Unlock()
	w.exchange.phone(h.update.Chat.ID).lost = false
}

// end closes everything in good order.
func (w *town) end() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(w.t, w.desk.Close(ctx))
	require.NoError(w.t, w.store.Close())
}

// does lets someone do something: the platform has a new update.
func (w *town) does(chat string, in flows.Input, gone bool) *held {
	w.keys++
	in.Lang = "nl"
	h := &held{since: w.clock.truth(), update: bot.Update{
		Chat: bot.Chat{Channel: "telegram", ID: chat}, Key: "telegram:" + strconv.Itoa(w.keys), Input: in, Gone: gone,
		Origin: bot.Origin{Tap: in.Kind == flows.Answer || in.Kind == flows.Action},
	}}
	w.held = append(w.held, h)
	return h
}

// deliver hands an update to the desk; only what is acknowledged while the process lives
// is.
func (w *town) deliver(h *held) {
	w.exchange.mu.Lock()
	w.exchange.phone(h.update.Chat.ID).quiet = false
	w.exchange.mu.Unlock()
	w.desk.Submit(h.update, func(_ flows.Turn, err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.dead || err != nil || h.acked {
			return
		}
		w.note(h)
	})
}

// figures are the counts that a report shows now.
func (w *town) figures(from, to string) map[string]int {
	w.t.Helper()
	f, err := store.OpenFigures(context.Background(), w.dir(), w.key)
	require.NoError(w.t, err)
	defer f.Close()
	r, err := f.Weekly(context.Background(), period(from, to), nil)
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
		add(week.Week+" hasty", week.Hasty)
		for what, counts := range map[string]map[string]int{"stopped": week.Stopped, "partner": week.Partners, "referral": week.Referrals, "repeat referral": week.RepeatReferrals} {
			for id, n := range counts {
				add(fmt.Sprintf("%s %s %s", week.Week, what, id), n)
			}
		}
	}
	return all
}

// same compares what is stored of everyone with the ledger.
func (w *town) same() {
	w.t.Helper()
	for chat, a := range w.ledger.accounts {
		var c bot.Conversation
		var found bool
		_, err := w.store.Apply(context.Background(), []bot.Work{{Chats: []bot.Chat{chat}, Do: func(tx bot.Tx) (err error) {
			c, found, err = tx.Conversation(chat, w.clock.truth())
			return err
		}}})
		require.NoError(w.t, err)
		w.ledger.expire(a, w.clock.truth())
		require.Equal(w.t, a.found, found, "session of %s", chat.ID)
		if found {
			require.Equal(w.t, a.session.Rev, c.Session.Rev, "changes of %s", chat.ID)
			require.True(w.t, maps.Equal(a.session.Answers, c.Session.Answers), "answers of %s: %v, not %v", chat.ID, c.Session.Answers, a.session.Answers)
			require.Equal(w.t, a.session.Phase, c.Session.Phase, "phase of %s", chat.ID)
		}
	}
}
