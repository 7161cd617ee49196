package telegramtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type gotUpdate struct {
	ID      int64 `json:"update_id"`
	Message struct {
		Text string `json:"text"`
	} `json:"message"`
	Query struct {
		ID   string `json:"id"`
		Data string `json:"data"`
	} `json:"callback_query"`
	Member struct {
		New struct {
			Status string `json:"status"`
		} `json:"new_chat_member"`
	} `json:"my_chat_member"`
}

func (c caller) updates(params map[string]any) (updates []gotUpdate) {
	c.t.Helper()
	r := c.call("getUpdates", params)
	require.True(c.t, r.OK, r.Description)
	require.NoError(c.t, json.Unmarshal(r.Result, &updates))
	return updates
}

func TestUpdatesArePendingUntilConfirmed(t *testing.T) {
	c := newCaller(t, Options{})
	p := c.person()
	for range 3 {
		p.Say("hoi")
	}
	require.Len(t, c.updates(map[string]any{}), 4)
	require.Len(t, c.updates(map[string]any{}), 4, "not confirmed")
	assert.Len(t, c.updates(map[string]any{"limit": 2}), 2)
	rest := c.updates(map[string]any{"offset": 3})
	require.Len(t, rest, 2)
	assert.Equal(t, int64(3), rest[0].ID)
	assert.Len(t, c.updates(map[string]any{"offset": 0}), 2, "confirmed updates are removed")
	last := c.updates(map[string]any{"offset": -1})
	require.Len(t, last, 1)
	assert.Equal(t, int64(4), last[0].ID)
	assert.Equal(t, 1, c.s.Pending())
}

func TestLongPollReturnsNewUpdates(t *testing.T) {
	c := newCaller(t, Options{})
	got := make(chan []gotUpdate, 1)
	go func() { got <- c.updates(map[string]any{"timeout": 30}) }()
	require.NoError(t, c.s.Wait(t.Context(), func() bool {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		return c.s.updates.polls == 1
	}))
	c.person()
	assert.Len(t, <-got, 1)
}

func TestAllowedUpdatesStick(t *testing.T) {
	c := newCaller(t, Options{})
	c.updates(map[string]any{"allowed_updates": []string{"callback_query"}})
	c.person()
	assert.Empty(t, c.updates(map[string]any{}), "still only callback queries")
	c.updates(map[string]any{"allowed_updates": []string{"message"}})
	c.person()
	assert.Len(t, c.updates(map[string]any{}), 1)
}

func TestSecondPollerCancelsTheFirst(t *testing.T) {
	c := newCaller(t, Options{})
	first := make(chan response, 1)
	go func() { first <- c.call("getUpdates", map[string]any{"timeout": 30}) }()
	require.NoError(t, c.s.Wait(t.Context(), func() bool {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		return c.s.updates.polls == 1
	}))
	require.True(t, c.call("getUpdates", map[string]any{}).OK)
	assert.Equal(t, 409, (<-first).Code)
	require.True(t, c.call("setWebhook", map[string]any{"url": "https://127.0.0.1/x"}).OK)
	assert.Equal(t, 409, c.call("getUpdates", map[string]any{}).Code)
	require.True(t, c.call("deleteWebhook", map[string]any{}).OK)
	assert.True(t, c.call("getUpdates", map[string]any{}).OK)
}

// webhookBot fails the first deliveries and records the others.
type webhookBot struct {
	mu          sync.Mutex
	fail        int
	secrets     map[string]bool
	texts       []string
	inFlight    atomic.Int32
	maxInFlight atomic.Int32
}

func (h *webhookBot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := h.inFlight.Add(1)
	defer h.inFlight.Add(-1)
	for most := h.maxInFlight.Load(); now > most && !h.maxInFlight.CompareAndSwap(most, now); most = h.maxInFlight.Load() {
	}
	body, _ := io.ReadAll(r.Body)
	var u gotUpdate
	_ = json.Unmarshal(body, &u)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.secrets[r.Header.Get("X-Telegram-Bot-Api-Secret-Token")] = true
	if h.fail > 0 {
		h.fail--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	h.texts = append(h.texts, u.Message.Text)
}

func (h *webhookBot) received() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.texts...)
}

func TestWebhookRetriesInOrder(t *testing.T) {
	c := newCaller(t, Options{RetryUnit: time.Millisecond})
	h := &webhookBot{fail: 3, secrets: map[string]bool{}}
	bot := httptest.NewServer(h)
	t.Cleanup(bot.Close)
	p := c.person()
	p.Say("een")
	require.True(t, c.call("setWebhook", map[string]any{"url": bot.URL, "secret_token": "geheim", "max_connections": 1}).OK)
	p.Say("twee")
	require.NoError(t, c.s.Wait(t.Context(), func() bool { return c.s.Pending() == 0 }))
	assert.Equal(t, []string{"/start", "een", "twee"}, h.received())
	assert.Equal(t, map[string]bool{"geheim": true}, h.secrets)
	assert.Equal(t, int32(1), h.maxInFlight.Load())
	info := c.call("getWebhookInfo", map[string]any{})
	assert.Contains(t, string(info.Result), "wrong response from the webhook: 503")
	assert.Contains(t, string(info.Result), `"pending_update_count":0`)
	assert.Equal(t, "Bad Request: secret token contains unallowed characters",
		c.call("setWebhook", map[string]any{"url": bot.URL, "secret_token": "ge heim"}).Description)
	assert.Equal(t, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
		c.call("setWebhook", map[string]any{"url": "http://example.org/"}).Description)
}

func TestDuplicatesAndReordering(t *testing.T) {
	c := newCaller(t, Options{Seed: 1})
	p := c.person()
	c.sent(p, keys(rowOf(1)))
	c.s.Chaos(DuplicateUpdate, 1)
	require.NoError(t, p.Press("0"))
	updates := c.updates(map[string]any{"offset": 2})
	require.Len(t, updates, 2)
	assert.Equal(t, updates[0].Query.Data, updates[1].Query.Data)
	assert.NotEqual(t, updates[0].Query.ID, updates[1].Query.ID)

	c.s.ClearFaults()
	c.updates(map[string]any{"offset": 4})
	c.s.Chaos(Reorder, 1)
	p.Say("eerst")
	require.NoError(t, p.Press("0"))
	updates = c.updates(map[string]any{})
	require.Len(t, updates, 2)
	assert.Less(t, updates[0].ID, updates[1].ID)
	assert.Equal(t, "x", updates[0].Query.Data, "the press comes first")
	assert.Equal(t, "eerst", updates[1].Message.Text)
	assert.Equal(t, map[FaultKind]int{DuplicateUpdate: 1, Reorder: 1}, c.s.Happened())
}

func TestLeaveGroup(t *testing.T) {
	c := newCaller(t, Options{})
	g := c.s.Group(-100, "supergroup")
	g.Say(5, "/start")
	assert.Len(t, c.updates(map[string]any{}), 2)
	require.True(t, c.call("leaveChat", map[string]any{"chat_id": -100}).OK)
	assert.True(t, g.Left())
	assert.Equal(t, 403, c.call("sendMessage", map[string]any{"chat_id": -100, "text": "a"}).Code)
	c.person()
	assert.Equal(t, 400, c.call("leaveChat", map[string]any{"chat_id": 77}).Code)
}
