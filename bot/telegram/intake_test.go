package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

// slowDesk takes updates and answers when it is told to.
type slowDesk struct {
	mu      sync.Mutex
	changed chan struct{}
	got     []bot.Update
	waiting []func(flows.Turn, error)
	refuse  map[string]int // by key: how often
	hold    bool
	reports []error
}

func newSlowDesk() *slowDesk {
	return &slowDesk{changed: make(chan struct{}), refuse: map[string]int{}}
}

func (d *slowDesk) Submit(u bot.Update, done func(flows.Turn, error)) {
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

func (d *slowDesk) Report(_ string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reports = append(d.reports, err)
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *slowDesk) keys() (keys []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.got {
		keys = append(keys, u.Key)
	}
	return keys
}

func (d *slowDesk) until(ctx context.Context, cond func(*slowDesk) bool) error {
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

func TestNothingIsConfirmedBeforeTheCommit(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, nil)
	desk := newSlowDesk()
	desk.hold = true
	stop := b.run(desk)
	b.fake.Person(1, "nl").Start("")
	b.fake.Person(2, "nl").Start("")
	require.NoError(t, desk.until(b.soon(), func(d *slowDesk) bool { return len(d.got) >= 1 }))
	require.NoError(t, stop(), "stopped with turns under way")
	assert.Equal(t, 2, b.fake.Pending())

	again := newSlowDesk()
	b.run(again)
	require.NoError(t, again.until(b.soon(), func(d *slowDesk) bool { return len(d.got) == 2 }))
	require.NoError(t, b.fake.Wait(b.soon(), func() bool { return b.fake.Pending() == 0 }))
	assert.Equal(t, []string{"telegram:1", "telegram:2"}, again.keys())
}

func TestRefusedUpdatesComeAgain(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, nil)
	desk := newSlowDesk()
	desk.refuse["telegram:2"] = 3
	for id := range 4 {
		b.fake.Person(int64(id+1), "nl").Start("")
	}
	b.run(desk)
	require.NoError(t, b.fake.Wait(b.soon(), func() bool { return b.fake.Pending() == 0 }))
	times := map[string]int{}
	for _, key := range desk.keys() {
		times[key]++
	}
	assert.Equal(t, 1, times["telegram:1"], "what came before the refused one is confirmed")
	assert.Equal(t, 4, times["telegram:2"])
	assert.Contains(t, b.clock.pauses(), time.Second)
	assert.Contains(t, b.clock.pauses(), 4*time.Second)
}

func TestUpdatesThatAreNoConversationAreConfirmed(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, nil)
	desk := newSlowDesk()
	b.run(desk)
	b.fake.Inject("message", "of a form we do not know")
	b.fake.Inject("callback_query", map[string]any{"id": "q", "from": map[string]any{"id": 3}, "data": "x"})
	b.fake.Person(1, "nl").Start("")
	require.NoError(t, b.fake.Wait(b.soon(), func() bool { return b.fake.Pending() == 0 }))
	assert.Equal(t, []string{"telegram:3"}, desk.keys())
}

func TestARefusedTokenStopsTheIntake(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, func(c *Config) {
		c.Token, _ = NewToken("4242:another-token-than-the-server-expects")
	})
	desk := newSlowDesk()
	err := b.channel.Run(b.soon(), desk)
	require.Error(t, err)
	assert.Equal(t, bot.Locked, verdictOf(err))
	assert.Equal(t, bot.Locked, verdictOf(desk.reports[len(desk.reports)-1]))
	assert.Contains(t, b.log.String(), "refuses the bot token")
}

func TestAConflictIsToldAndWaitedOut(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, nil)
	desk := newSlowDesk()
	b.run(desk)
	require.NoError(t, b.fake.Wait(b.soon(), func() bool { return b.fake.Count("getUpdates") > 0 || b.fake.Count("deleteWebhook") > 0 }))
	resp, err := http.Get(b.fake.URL() + "/bot" + b.fake.Token() + "/setWebhook?url=https://127.0.0.1/x")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, desk.until(b.soon(), func(d *slowDesk) bool {
		for i, err := range d.reports {
			if isConflict(err) {
				return d.reports[len(d.reports)-1] == nil && i < len(d.reports)-1
			}
		}
		return false
	}))
	assert.Contains(t, b.log.String(), "run one instance only")
	b.fake.Person(1, "nl").Start("")
	require.NoError(t, desk.until(b.soon(), func(d *slowDesk) bool { return len(d.got) == 1 }))
}

func TestPollingObeysRetryAfter(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, nil)
	b.fake.Plan(telegramtest.Fault{Kind: telegramtest.TooMany, Method: "getUpdates", Times: 1, RetryAfter: 17})
	b.fake.Plan(telegramtest.Fault{Kind: telegramtest.BadGateway, Method: "getUpdates", Times: 2})
	desk := newSlowDesk()
	b.run(desk)
	b.fake.Person(1, "nl").Start("")
	require.NoError(t, desk.until(b.soon(), func(d *slowDesk) bool { return len(d.got) == 1 }))
	assert.Equal(t, []time.Duration{17 * time.Second, 2 * time.Second, 4 * time.Second}, b.clock.pauses())
}

func (b *bed) hook(desk Desk) http.Handler {
	b.channel.config.Secret, _ = NewSecret(testSecret)
	return b.channel.Handler(desk)
}

// unread fails the test when the body is touched.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read before the secret was checked")
	return 0, io.EOF
}

// TestStrangersAreNotWaitedFor: who does not know the secret is answered and cut off while
// the body is still to come.
func TestStrangersAreNotWaitedFor(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, nil)
	server := httptest.NewServer(b.hook(newSlowDesk()))
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

func TestWebhookAnswersAfterTheCommit(t *testing.T) {
	b := newBed(t, telegramtest.Options{}, nil)
	desk := newSlowDesk()
	desk.refuse["telegram:7"] = 1
	handler := b.hook(desk)
	post := func(method, body string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, "/hook", strings.NewReader(body))
		req.Header.Set(secretHeader, testSecret)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		return w
	}
	const update = `{"update_id":7,"message":{"chat":{"id":5,"type":"private"},"from":{"id":5},"text":"a"}}`
	assert.Equal(t, 503, post(http.MethodPost, update).Code, "the desk refused")
	w := post(http.MethodPost, update)
	assert.Equal(t, 200, w.Code)
	assert.Empty(t, w.Body.Bytes())
	assert.Equal(t, 405, post(http.MethodGet, update).Code)
	assert.Equal(t, 400, post(http.MethodPost, "no json").Code)
	assert.Equal(t, 413, post(http.MethodPost, `{"update_id":1,"x":"`+strings.Repeat("a", 128<<10)+`"}`).Code, "twice what Telegram sends at most")

	desk.hold = true
	answered := make(chan int, 1)
	go func() { answered <- post(http.MethodPost, strings.Replace(update, "7", "8", 1)).Code }()
	require.NoError(t, desk.until(b.soon(), func(d *slowDesk) bool { return len(d.waiting) == 1 }))
	select {
	case code := <-answered:
		t.Fatalf("answered %d before the commit", code)
	default:
	}
	desk.waiting[0](flows.Turn{}, nil)
	assert.Equal(t, 200, <-answered)
}

func TestGroupsHearOneLineAndAreLeft(t *testing.T) {
	for _, kind := range []string{"group", "supergroup", "channel"} {
		t.Run(kind, func(t *testing.T) {
			b := newBed(t, telegramtest.Options{}, nil)
			desk := newSlowDesk()
			g := b.fake.Group(-100, kind)
			g.Say(5, "/start")
			g.Say(5, "hallo")
			stop := b.run(desk)
			require.NoError(t, b.fake.Wait(b.soon(), func() bool { return g.Left() && b.fake.Pending() == 0 }))
			require.NoError(t, stop())
			lines := 0
			for _, m := range g.Messages() {
				if m.FromBot {
					lines++
					assert.Equal(t, embeddedTexts(t).Text("nl", "telegram.private_only"), m.Text)
				}
			}
			assert.Equal(t, 1, lines)
			assert.Empty(t, desk.keys())
		})
	}
}

func TestAnswersAreBounded(t *testing.T) {
	var a answers
	assert.False(t, a.run(func(context.Context) {}), "not running")
	a.open(t.Context())
	free := make(chan struct{})
	for range maxAnswers {
		require.True(t, a.run(func(context.Context) { <-free }))
	}
	assert.False(t, a.run(func(context.Context) {}))
	close(free)
	a.wait()
	assert.Zero(t, a.count)
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
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
	b := newBed(t, telegramtest.Options{}, nil)
	hooked := b.channel.config
	hooked.Webhook = "https://check.example.org/telegram"
	_, err = New(hooked)
	assert.ErrorContains(t, err, "secret")
	hooked.Secret, _ = NewSecret(testSecret)
	_, err = New(hooked)
	assert.NoError(t, err)
	assert.False(t, errors.Is(err, context.Canceled))
}
