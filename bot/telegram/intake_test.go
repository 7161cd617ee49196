package telegram

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

// fakeDispatcher records updates. It can hold or refuse them.
type fakeDispatcher struct {
	mu      sync.Mutex
	changed chan struct{}
	got     []bot.Update
	waiting []func(flows.Turn, error)
	refuse  map[string]int // by key: how often
	hold    bool
	reports []error
}

func newFakeDispatcher() *fakeDispatcher {
	return &fakeDispatcher{changed: make(chan struct{}), refuse: map[string]int{}}
}

func (d *fakeDispatcher) Submit(u bot.Update, done func(flows.Turn, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.got = append(d.got, u)
	close(d.changed)
	d.changed = make(chan struct{})
	switch {
	case d.refuse[u.Key] > 0:
		d.refuse[u.Key]--
		done(flows.Turn{}, bot.ErrFlooded)
	case d.hold:
		d.waiting = append(d.waiting, done)
	default:
		done(flows.Turn{}, nil)
	}
}

// Owns reports true: there is one program.
func (*fakeDispatcher) Owns(string) bool { return true }

func (d *fakeDispatcher) Report(_, part string, err error) {
	if part != partIntake {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reports = append(d.reports, err)
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *fakeDispatcher) keys() (keys []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.got {
		keys = append(keys, u.Key)
	}
	return keys
}

func (d *fakeDispatcher) until(ctx context.Context, cond func(*fakeDispatcher) bool) error {
	for {
		d.mu.Lock()
		ok, next := cond(d), d.changed
		d.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return fmt.Errorf("%w; got %v", ctx.Err(), d.keys())
		}
	}
}

func TestUpdatesAreAcknowledgedAfterCommit(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	dispatcher := newFakeDispatcher()
	dispatcher.hold = true
	stop := h.run(dispatcher)
	h.fake.Person(1, "nl").Start("")
	h.fake.Person(2, "nl").Start("")
	require.NoError(t, dispatcher.until(h.timeout(), func(d *fakeDispatcher) bool { return len(d.got) >= 1 }))
	require.NoError(t, stop(), "stopped with turns in flight")
	assert.Equal(t, 2, h.fake.Pending())

	again := newFakeDispatcher()
	h.run(again)
	require.NoError(t, again.until(h.timeout(), func(d *fakeDispatcher) bool { return len(d.got) == 2 }))
	require.NoError(t, h.fake.Wait(h.timeout(), func() bool { return h.fake.Pending() == 0 }))
	assert.Equal(t, []string{"telegram:1", "telegram:2"}, again.keys())
}

func TestRefusedUpdatesAreRedelivered(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	dispatcher := newFakeDispatcher()
	dispatcher.refuse["telegram:2"] = 3
	for id := range 4 {
		h.fake.Person(int64(id+1), "nl").Start("")
	}
	h.run(dispatcher)
	require.NoError(t, h.fake.Wait(h.timeout(), func() bool { return h.fake.Pending() == 0 }))
	times := map[string]int{}
	for _, key := range dispatcher.keys() {
		times[key]++
	}
	assert.Equal(t, 1, times["telegram:1"], "updates before the refused one are acknowledged")
	assert.Equal(t, 4, times["telegram:2"])
	assert.Contains(t, h.backoff.pauses(), time.Second)
	assert.Contains(t, h.backoff.pauses(), 4*time.Second)
}

func TestIrrelevantUpdatesAreAcknowledged(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	dispatcher := newFakeDispatcher()
	h.run(dispatcher)
	h.fake.Inject("message", "of an unknown form")
	h.fake.Inject("callback_query", map[string]any{"id": "q", "from": map[string]any{"id": 3}, "data": "x"})
	h.fake.Person(1, "nl").Start("")
	require.NoError(t, h.fake.Wait(h.timeout(), func() bool { return h.fake.Pending() == 0 }))
	assert.Equal(t, []string{"telegram:3"}, dispatcher.keys())
}

func TestRefusedTokenIsTriedAgain(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	good := h.channel.client
	token, err := NewToken("4242:another-token-than-the-server-expects")
	require.NoError(t, err)
	h.channel.client = newClient(good.server, token)
	dispatcher := newFakeDispatcher()
	in := &intake{Channel: h.channel, dispatcher: dispatcher}
	for range 12 {
		in.failed(t.Context(), h.channel.client.call(t.Context(), "getUpdates", struct{}{}, nil))
	}
	pauses := h.backoff.pauses()
	assert.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, pauses[:3])
	assert.Equal(t, 5*time.Minute, pauses[11])
	assert.Equal(t, bot.Locked, verdictOf(dispatcher.reports[11]))
	assert.Contains(t, h.log.String(), "bot token refused")

	h.channel.client = good
	h.fake.Person(1, "nl").Start("")
	h.run(dispatcher)
	require.NoError(t, dispatcher.until(h.timeout(), func(d *fakeDispatcher) bool { return len(d.got) == 1 }))
}

func TestConflictIsReportedAndRetried(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	dispatcher := newFakeDispatcher()
	h.run(dispatcher)
	require.NoError(t, h.fake.Wait(h.timeout(), func() bool { return h.fake.Count("getUpdates") > 0 || h.fake.Count("deleteWebhook") > 0 }))
	resp, err := http.Get(h.fake.URL() + "/bot" + h.fake.Token() + "/setWebhook?url=https://127.0.0.1/x")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, dispatcher.until(h.timeout(), func(d *fakeDispatcher) bool { return slices.ContainsFunc(d.reports, isConflict) }))
	h.fake.Person(1, "nl").Start("") // also ends the next poll, which otherwise takes 50 s
	require.NoError(t, dispatcher.until(h.timeout(), func(d *fakeDispatcher) bool {
		return len(d.got) == 1 && d.reports[len(d.reports)-1] == nil
	}))
	assert.Contains(t, h.log.String(), "updates go to another instance or webhook")
}

// How long the pauses are that TestIntakeSurvives lets pass.
// https://github.com/agno-agi/agno/issues/7360
// https://github.com/greeves89/AI-Employee/issues/528
func TestPollingObeysRetryAfter(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	h.fake.Plan(telegramtest.Fault{Kind: telegramtest.TooMany, Method: "getUpdates", Times: 1, RetryAfter: 17})
	h.fake.Plan(telegramtest.Fault{Kind: telegramtest.BadGateway, Method: "getUpdates", Times: 2})
	dispatcher := newFakeDispatcher()
	h.run(dispatcher)
	h.fake.Person(1, "nl").Start("")
	require.NoError(t, dispatcher.until(h.timeout(), func(d *fakeDispatcher) bool { return len(d.got) == 1 }))
	assert.Equal(t, []time.Duration{17 * time.Second, 2 * time.Second, 4 * time.Second}, h.backoff.pauses())
}

// unread is a body that fails the test when it is read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read before the secret was checked")
	return 0, io.EOF
}

// A request with a wrong secret is answered and closed before its body has arrived.
func TestUnauthorizedRequestIsClosedEarly(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	server := httptest.NewServer(h.hook(newFakeDispatcher()))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close() //nolint:errcheck // closed by the server
	_, err = io.WriteString(conn, "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(2*time.Minute)))
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Contains(t, string(answer), "401 Unauthorized")
}

func TestWebhookAnswersAfterCommit(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	dispatcher := newFakeDispatcher()
	dispatcher.refuse["telegram:7"] = 1
	handler := h.hook(dispatcher)
	post := func(method, body string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, "/hook", strings.NewReader(body))
		req.Header.Set(secretHeader, testSecret)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		return w
	}
	const update = `{"update_id":7,"message":{"chat":{"id":5,"type":"private"},"from":{"id":5},"text":"a"}}`
	assert.Equal(t, 503, post(http.MethodPost, update).Code, "refused by the dispatcher")
	w := post(http.MethodPost, update)
	assert.Equal(t, 200, w.Code)
	assert.Empty(t, w.Body.Bytes())
	assert.Equal(t, 405, post(http.MethodGet, update).Code)
	assert.Equal(t, 400, post(http.MethodPost, "no json").Code)
	assert.Equal(t, 413, post(http.MethodPost, `{"update_id":1,"x":"`+strings.Repeat("a", 128<<10)+`"}`).Code, "twice the limit of Telegram")

	dispatcher.hold = true
	answered := make(chan int, 1)
	go func() { answered <- post(http.MethodPost, strings.Replace(update, "7", "8", 1)).Code }()
	require.NoError(t, dispatcher.until(h.timeout(), func(d *fakeDispatcher) bool { return len(d.waiting) == 1 }))
	select {
	case code := <-answered:
		t.Fatalf("answered %d before the commit", code)
	default:
	}
	dispatcher.waiting[0](flows.Turn{}, nil)
	assert.Equal(t, 200, <-answered)
}

func TestGroupsAreLeftAfterOneMessage(t *testing.T) {
	for _, kind := range []string{"group", "supergroup", "channel"} {
		t.Run(kind, func(t *testing.T) {
			h := newHarness(t, telegramtest.Options{}, nil)
			dispatcher := newFakeDispatcher()
			g := h.fake.Group(-100, kind)
			g.Say(5, "/start")
			g.Say(5, "hallo")
			stop := h.run(dispatcher)
			require.NoError(t, h.fake.Wait(h.timeout(), func() bool { return g.Left() && h.fake.Pending() == 0 }))
			require.NoError(t, stop())
			lines := 0
			for _, m := range g.Messages() {
				if m.FromBot {
					lines++
					assert.Equal(t, embeddedTexts(t).Text("nl", "telegram.private_only"), m.Text)
				}
			}
			assert.Equal(t, 1, lines)
			assert.Empty(t, dispatcher.keys())
		})
	}
}

func TestBackgroundCallsAreBounded(t *testing.T) {
	b := newBackground()
	var inFlight, most, made atomic.Int64
	full, release := make(chan struct{}), make(chan struct{})
	reached := sync.OnceFunc(func() { close(full) })
	call := func(context.Context) {
		n := inFlight.Add(1)
		for before := most.Load(); n > before && !most.CompareAndSwap(before, n); before = most.Load() {
		}
		if n == maxBackground {
			reached()
		}
		<-release
		inFlight.Add(-1)
		made.Add(1)
	}
	fill := func() (enqueued int64) {
		for b.try(call) {
			enqueued++
		}
		return enqueued
	}
	enqueued := fill()
	assert.EqualValues(t, maxBackground, enqueued)

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.run(ctx) }()
	<-full
	enqueued += fill()
	assert.LessOrEqual(t, enqueued, int64(2*maxBackground+1), "in flight, queued and one in between")
	close(release)
	require.Eventually(t, func() bool { return made.Load() == enqueued }, waitLimit, time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	assert.EqualValues(t, maxBackground, most.Load())
}

func TestBackgroundCallsEndWithTheContext(t *testing.T) {
	b := newBackground()
	ctx, stop := context.WithCancel(t.Context())
	started, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- b.run(ctx) }()
	require.True(t, b.try(func(ctx context.Context) {
		close(started)
		<-ctx.Done()
	}))
	<-started
	stop()
	require.NoError(t, <-ended)
}

// A Bot API server of one's own, with a path, a slash at the end or an IPv6 address, works; by
// http to another host it is refused.
// https://github.com/telegraf/telegraf/issues/1180
// https://github.com/Divkix/Alita_Robot/issues/564
func TestOwnServers(t *testing.T) {
	token, err := NewToken("1:own-server-own-server-own-server")
	require.NoError(t, err)
	for base, want := range map[string]string{
		"https://bot-api.intern":      "https://bot-api.intern/bot" + token.Reveal() + "/getMe",
		"https://bot-api.intern/":     "https://bot-api.intern/bot" + token.Reveal() + "/getMe",
		"https://bot-api.intern/v1/":  "https://bot-api.intern/v1/bot" + token.Reveal() + "/getMe",
		"http://[::1]:8081/telegram/": "http://[::1]:8081/telegram/bot" + token.Reveal() + "/getMe",
	} {
		checked, err := checkBase(base)
		require.NoError(t, err, base)
		assert.Equal(t, want, newClient(checked, token).access.Load().request(t.Context(), "getMe", "", nil).URL.String())
	}
	_, err = checkBase("http://telegram-bot-api:8081")
	assert.ErrorContains(t, err, "https")
}

func TestInvalidConfigurationsAreRejected(t *testing.T) {
	for base, ok := range map[string]bool{
		"https://api.telegram.org": true, "http://127.0.0.1:8081": true, "http://localhost:8081/": true, "http://[::1]:1": true,
		"HTTPS://api.telegram.org": true, "hTTp://127.0.0.1": true, "http://[::ffff:127.0.0.1]": true,
		"https://10.0.0.7:8081": true, "https://bot-api.intern/v1": true, // the operator's own
		"http://10.0.0.7": false, "http://192.168.1.1": false, "http://[fc00::1]": false, "http://bot-api.intern": false,
		"http://api.telegram.org": false, "HTTP://api.telegram.org": false, "http://169.254.169.254": false, "http://169.254.169.254/latest/meta-data": false,
		"http://127.1": false, "http://127.0.1": false, "http://0": false, "http://0.0.0.0": false, "http://[::]": false, "http://2130706433": false,
		"http://0x7f000001": false, "http://0x7f.0.0.1": false, "http://0177.0.0.1": false, "http://127.0.0.1.": false, "http://127.0.0.1.nip.io": false,
		"http://localhost.evil.nl": false, "http://localhost@evil.nl": false, "http://127.0.0.1@evil.nl": false, "https://user:pass@x.nl": false,
		"https://@x.nl": false, "http://127.0.0.1#@evil.nl": false, "http://127.0.0.1?@evil.nl": false, "https://x.nl?y=1": false, "https://x.nl#y": false,
		"file:///etc/passwd": false, "file://localhost/etc/passwd": false, "FILE:///etc/passwd": false, "ftp://127.0.0.1": false, "gopher://127.0.0.1:70/_x": false,
		"data:text/plain,x": false, "javascript:alert(1)": false, "unix:///run/x.sock": false, "http:127.0.0.1": false, "https:///x": false, "//x.nl": false,
		"https://": false, "https://:443": false, "": false, "://": false, " https://x.nl": false, "https://x.nl\r\nHost: y": false, "http://[::1%25eth0]": false,
	} {
		_, err := checkBase(base)
		assert.Equal(t, ok, err == nil, base)
	}
	_, err := NewSecret("short")
	assert.Error(t, err)
	_, err = NewSecret(strings.Repeat("é", 40))
	assert.Error(t, err)
	_, err = NewToken("nonsense")
	assert.Error(t, err)
	_, err = New(Config{})
	assert.Error(t, err)
	h := newHarness(t, telegramtest.Options{}, nil)
	hooked := h.channel.config
	hooked.Webhook = "https://check.example.org/telegram"
	_, err = New(hooked)
	assert.ErrorContains(t, err, "secret")
	hooked.Secret, _ = NewSecret(testSecret)
	_, err = New(hooked)
	assert.NoError(t, err)
}
