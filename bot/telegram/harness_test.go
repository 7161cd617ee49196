package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/memdir"
	"digiwijzer/store/sqlite/sqlitetest"
)

const testSecret = "a-webhook-secret-of-more-than-32-characters"

var testTexts = sync.OnceValues(func() (*locales.Texts, error) { return locales.BuiltIn() })

func embeddedTexts(t testing.TB) *locales.Texts {
	t.Helper()
	texts, err := testTexts()
	require.NoError(t, err)
	return texts
}

// logBuffer collects the log.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// harness is a channel with a fake Bot API. newWebhookHarness and newStaffHarness add a
// dispatcher on a real store.
type harness struct {
	t       testing.TB
	fake    *telegramtest.Server
	channel *Channel
	log     *logBuffer
	backoff *instantClock // of the channel

	dispatcher *bot.Dispatcher
	stored     *store.Store

	handler http.Handler // of newWebhookHarness
	updates atomic.Int64 // the last update id used

	clock        *fakeClock // of the dispatcher, in newStaffHarness
	coordinators *atomic.Pointer[[]int64]
}

func region(t testing.TB) *referral.Region {
	t.Helper()
	catalogue, err := referral.BuiltIn()
	require.NoError(t, err)
	return catalogue.Region()
}

func newHarness(t testing.TB, opts telegramtest.Options, change func(*Config)) *harness {
	t.Helper()
	h := &harness{t: t, fake: telegramtest.New(opts), log: &logBuffer{}, backoff: &instantClock{}}
	t.Cleanup(h.fake.Close)
	token, err := NewToken(h.fake.Token())
	require.NoError(t, err)
	texts := embeddedTexts(t)
	known := flows.Known{Partners: map[string]flows.Partner{"kvk-utrecht": {}}, Region: region(t), Languages: texts.Languages()}
	c := Config{
		Token: token, BaseURL: h.fake.URL(), CallbackKey: []byte("0123456789abcdef0123456789abcdef"),
		Texts: func() *locales.Texts { return texts },
		Link: func(parameter string) flows.Link {
			link, _ := known.Read(parameter)
			return link
		},
		Clock: h.backoff,
		Log:   slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&c)
	}
	h.channel, err = New(c)
	require.NoError(t, err)
	return h
}

// newWebhookHarness returns a harness with a dispatcher that gets its updates from post;
// change alters the options of the dispatcher.
func newWebhookHarness(t *testing.T, change func(*bot.Options)) *harness {
	t.Helper()
	h := newHarness(t, telegramtest.Options{}, nil)
	h.startDispatcher(change)
	h.handler = h.hook(h.dispatcher)
	h.updates.Store(1_000_000)
	return h
}

// newStaffHarness returns a running harness with coordinators, on a fake clock; change
// alters the configuration of the channel.
func newStaffHarness(t *testing.T, change ...func(*Config)) *harness {
	t.Helper()
	dir := t.TempDir()
	key := createKey(t, dir)
	clock := newFakeClock(mondayAfternoon)
	var coordinators atomic.Pointer[[]int64]
	coordinators.Store(&[]int64{coordinatorID, formerID})
	h := newHarness(t, telegramtest.Options{}, func(c *Config) {
		c.Coordinators = func() []int64 { return *coordinators.Load() }
		c.Staff = countingStaff{filepath.Join(dir, "data"), key, clock}
		for _, f := range change {
			f(c)
		}
	})
	h.clock, h.coordinators = clock, &coordinators
	h.startDispatcherOn(dir, key, func(o *bot.Options) {
		o.Clock = clock
		o.Random = func(int) int { return 0 }
		o.TryOut = func(u bot.Update) bool { return u.Chat.ID == fmt.Sprint(coordinatorID) }
	})
	h.run(h.dispatcher)
	return h
}

// run runs the channel until the test ends or stop is called.
func (h *harness) run(d Dispatcher) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.channel.Run(ctx, d) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	h.t.Cleanup(func() { _ = stop() })
	return stop
}

// waitLimit is when a wait fails: far beyond what any takes on an overloaded machine.
const waitLimit = 2 * time.Minute

// timeout returns a context that ends after waitLimit.
func (h *harness) timeout() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	h.t.Cleanup(cancel)
	return ctx
}

// eventually waits until cond holds.
func (h *harness) eventually(cond func() bool) {
	h.t.Helper()
	require.Eventually(h.t, cond, waitLimit, 2*time.Millisecond)
}

// hook returns the webhook handler, with testSecret.
func (h *harness) hook(d Dispatcher) http.Handler {
	secret, _ := NewSecret(testSecret)
	h.channel.secrets.Store(&webhookSecrets{now: secret})
	return h.channel.Handler(d)
}

// listen serves the webhook and returns its address.
func (h *harness) listen(d Dispatcher) string {
	server := httptest.NewServer(h.channel.Handler(d))
	h.t.Cleanup(server.Close)
	return server.URL
}

// embeddedEngine is an engine with the embedded content, made once: it never changes.
var embeddedEngine = sync.OnceValues(func() (*flows.Engine, error) {
	questions, err1 := flows.BuiltIn()
	catalogue, err2 := referral.BuiltIn()
	texts, err3 := locales.BuiltIn()
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	return flows.NewEngine(flows.Content{
		Questions: questions, Catalogue: catalogue, Languages: texts.Languages(), ID: "test",
		Partners: map[string]flows.Partner{"kvk-utrecht": {Name: "KVK Utrecht"}},
		Words: func(lang, id string) string {
			if !texts.Has(lang, id) {
				return ""
			}
			return texts.Text(lang, id)
		},
	}), nil
})

func testEngine(t testing.TB) *flows.Engine {
	t.Helper()
	e, err := embeddedEngine()
	require.NoError(t, err)
	return e
}

func createKey(t testing.TB, dir string) *store.Key {
	t.Helper()
	key, err := store.CreateKey(filepath.Join(dir, "key"), filepath.Join(dir, "data", "state.db"))
	require.NoError(t, err)
	return key
}

// undisturbed is a store whose files nobody touches: it is asked every few seconds of virtual time.
type undisturbed struct{ *store.Store }

func (undisturbed) Intact() error { return nil }

// startDispatcher runs a dispatcher with engine and store until the test ends; change
// alters its options.
func (h *harness) startDispatcher(change func(*bot.Options)) {
	dir := memdir.New(h.t)
	key := createKey(h.t, dir)
	sqlitetest.Folder(h.t, filepath.Join(dir, "data"))
	h.startDispatcherOn(dir, key, change)
}

func (h *harness) startDispatcherOn(dir string, key *store.Key, change func(*bot.Options)) {
	var err error
	h.stored, err = store.Open(context.Background(), filepath.Join(dir, "data"), key, store.Options{Region: region(h.t)})
	require.NoError(h.t, err)
	o := bot.Options{
		Store: h.stored, Channels: []bot.Channel{h.channel}, Engine: testEngine(h.t),
		Log: slog.New(slog.NewTextHandler(h.log, nil)),
	}
	change(&o)
	if o.Store == bot.Store(h.stored) {
		o.Store = undisturbed{h.stored}
	}
	h.dispatcher = bot.NewDispatcher(o)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.dispatcher.Run(ctx) }()
	h.t.Cleanup(func() {
		cancel()
		require.NoError(h.t, errors.Join(<-ended, h.stored.Close()))
	})
}

// defaults leaves the options of a dispatcher as they are.
func defaults(*bot.Options) {}

var answerData = regexp.MustCompile(`^([0-9]+)l\.[a-z_]+\.`)

// revision returns the revision of an answer button; -1 for other buttons.
func revision(b telegramtest.Button) int {
	m := answerData.FindStringSubmatch(b.Data)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// question returns the newest revision of answer buttons on the screen, and those buttons.
func question(p *telegramtest.Person) (newest int, buttons []telegramtest.Button) {
	newest = -1
	for _, m := range p.Messages() {
		for _, row := range m.Keyboard {
			for _, b := range row {
				if n := revision(b); n > newest {
					newest, buttons = n, nil
				}
				if revision(b) == newest && newest >= 0 {
					buttons = append(buttons, b)
				}
			}
		}
	}
	return newest, buttons
}

// hasAdvice reports whether the advice with its buttons is on the screen.
func hasAdvice(p *telegramtest.Person) bool {
	for _, row := range p.Last().Keyboard {
		for _, b := range row {
			if strings.HasPrefix(b.Data, "0a.") {
				return true
			}
		}
	}
	return false
}
