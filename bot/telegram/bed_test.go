package telegram

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
)

const testSecret = "a-webhook-secret-of-more-than-32-characters"

var testTexts = sync.OnceValues(func() (*locales.Texts, error) { return locales.Load(locales.Embedded()) })

func embeddedTexts(t testing.TB) *locales.Texts {
	t.Helper()
	texts, err := testTexts()
	require.NoError(t, err)
	return texts
}

// syncBuffer collects the log.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// fastClock is the real time, in which waiting takes no time; it keeps what was waited.
type fastClock struct {
	mu     sync.Mutex
	waited []time.Duration
}

func (c *fastClock) Now() time.Time { return time.Now() }

func (c *fastClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited = append(c.waited, d)
	done := make(chan time.Time, 1)
	done <- time.Now()
	return done
}

func (c *fastClock) pauses() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.waited)
}

// bed is a channel with the fake Bot API on one side.
type bed struct {
	t       testing.TB
	fake    *telegramtest.Server
	channel *Channel
	log     *syncBuffer
	clock   *fastClock
}

func region(t testing.TB) *referral.Region {
	t.Helper()
	catalogue, err := referral.Load(referral.Embedded())
	require.NoError(t, err)
	return catalogue.Region()
}

func newBed(t testing.TB, opts telegramtest.Options, change func(*Config)) *bed {
	t.Helper()
	b := &bed{t: t, fake: telegramtest.New(opts), log: &syncBuffer{}, clock: &fastClock{}}
	t.Cleanup(b.fake.Close)
	token, err := NewToken(b.fake.Token())
	require.NoError(t, err)
	texts := embeddedTexts(t)
	known := flows.Known{Partners: map[string]flows.Partner{"kvk-utrecht": {}}, Region: region(t), Languages: texts.Languages()}
	c := Config{
		Token: token, BaseURL: b.fake.URL(), CallbackKey: []byte("0123456789abcdef0123456789abcdef"),
		Texts: func() *locales.Texts { return texts },
		Link: func(parameter string) flows.Link {
			link, _ := known.Read(parameter)
			return link
		},
		Clock: b.clock,
		Log:   slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&c)
	}
	b.channel, err = New(c)
	require.NoError(t, err)
	return b
}

// run runs the channel until the test ends or stop is called.
func (b *bed) run(desk Desk) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.channel.Run(ctx, desk) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	b.t.Cleanup(func() { _ = stop() })
	return stop
}

func (b *bed) soon() context.Context {
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	b.t.Cleanup(stop)
	return ctx
}

// listen serves the webhook of the channel and gives its address.
func (b *bed) listen(desk Desk) string {
	server := httptest.NewServer(b.channel.Handler(desk))
	b.t.Cleanup(server.Close)
	return server.URL
}

// testEngine is the conversation as it is embedded.
func testEngine(t testing.TB) *flows.Engine {
	t.Helper()
	questions, err := flows.Load(flows.Embedded())
	require.NoError(t, err)
	catalogue, err := referral.Load(referral.Embedded())
	require.NoError(t, err)
	texts := embeddedTexts(t)
	return flows.NewEngine(flows.Content{
		Questions: questions, Catalogue: catalogue, Languages: texts.Languages(), ID: "test",
		Partners: map[string]flows.Partner{"kvk-utrecht": {Name: "KVK Utrecht"}},
		Words: func(lang, id string) string {
			if !texts.Has(lang, id) {
				return ""
			}
			return texts.Text(lang, id)
		},
	})
}

// realDesk is the whole program behind the channel: engine, desk and store.
func (b *bed) realDesk() *bot.Dispatcher {
	dir := b.t.TempDir()
	key, err := store.CreateKey(filepath.Join(dir, "digiwijzer.key"), filepath.Join(dir, "data", "state.db"))
	require.NoError(b.t, err)
	return b.deskOn(filepath.Join(dir, "data"), key, func(*bot.Options) {})
}

// deskOn is a desk on the files in a folder; change alters its options.
func (b *bed) deskOn(dir string, key *store.Key, change func(*bot.Options)) *bot.Dispatcher {
	t := b.t
	catalogue, err := referral.Load(referral.Embedded())
	require.NoError(t, err)
	stored, err := store.Open(context.Background(), dir, key, store.Options{Region: catalogue.Region()})
	require.NoError(t, err)
	o := bot.Options{
		Store: stored, Channels: []bot.Channel{b.channel}, Engine: testEngine(t),
		Log: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	change(&o)
	desk := bot.NewDispatcher(o)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- desk.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, errors.Join(<-ended, stored.Close()))
	})
	return desk
}

var answerData = regexp.MustCompile(`^([0-9]+)l\.[a-z_]+\.`)

// rev is the revision of an answer button of a question; -1 for other buttons.
func rev(b telegramtest.Button) int {
	m := answerData.FindStringSubmatch(b.Data)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// question is the newest revision of answer buttons on the screen, and those buttons.
func question(p *telegramtest.Person) (newest int, buttons []telegramtest.Button) {
	newest = -1
	for _, m := range p.Messages() {
		for _, row := range m.Keyboard {
			for _, b := range row {
				if n := rev(b); n > newest {
					newest, buttons = n, nil
				}
				if rev(b) == newest && newest >= 0 {
					buttons = append(buttons, b)
				}
			}
		}
	}
	return newest, buttons
}

// hasAdvice tells whether the advice with its buttons is on the screen.
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
