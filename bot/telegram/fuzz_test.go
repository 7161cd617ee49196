package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

// cannedTransport gives every call the same response, and records the methods.
type cannedTransport struct {
	status int
	body   []byte
	called *[]string
}

func (c cannedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.called != nil {
		*c.called = append(*c.called, r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
	}
	return &http.Response{StatusCode: c.status, Status: http.StatusText(c.status), Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: -1}, nil
}

func cannedClient(c cannedTransport) *client {
	token, _ := NewToken(telegramtest.DefaultToken)
	made := newClient(&url.URL{Scheme: "https", Host: "x"}, token)
	made.http = c
	return made
}

// Any response is a result, or an error with a verdict, of bounded length and without the
// token.
func FuzzAPIResponses(f *testing.F) {
	for _, seed := range []string{`{"ok":true,"result":{"message_id":7}}`, `{"ok":true,"result":true}`, `{"ok":true,`, `{"ok":false,"error_code":429,"parameters":{"retry_after":-5}}`,
		`{"ok":false,"error_code":400,"description":"Bad Request: /bot` + telegramtest.DefaultToken + `/x\nlevel=ERROR"}`, `<html>`, ``, `[]`, `null`, `{"ok":true,"result":null}`} {
		f.Add(200, []byte(seed))
		f.Add(502, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, out := range []any{nil, &sentMessage{}, &[]json.RawMessage{}} {
			err := cannedClient(cannedTransport{status: status, body: body}).call(t.Context(), "sendMessage", nil, out)
			if err == nil {
				continue
			}
			var send *bot.SendError
			require.ErrorAs(t, err, &send)
			require.NotEmpty(t, send.Verdict)
			require.GreaterOrEqual(t, send.RetryAfter, time.Duration(0))
			require.NotContains(t, err.Error(), telegramtest.DefaultToken)
			require.Less(t, len(err.Error()), 2000)
		}
	})
}

// The next offset is one past the last update of the batch that has an id, whatever else the
// batch contains and whatever the offset was: Telegram restarts its numbers.
func FuzzBatches(f *testing.F) {
	c := newHarness(f, telegramtest.Options{}, nil).channel
	f.Add(int64(0), []byte(`[{"update_id":5,"message":{"chat":{"id":5,"type":"private"},"from":{"id":5},"text":"a"}},{"update_id":6,"poll":{}}]`))
	f.Add(int64(9), []byte(`[{"update_id":3},{"update_id":-1},{},7,null]`))
	f.Add(int64(1), []byte(`[{"update_id":9223372036854775807}]`))
	f.Add(int64(1), []byte(`[{"update_id":1e400},{"update_id":"7"}]`))
	f.Add(int64(1), []byte(strings.Repeat("[", 20_000)))
	f.Fuzz(func(t *testing.T, offset int64, result []byte) {
		var batch []json.RawMessage
		if json.Unmarshal(result, &batch) != nil || offset < 0 {
			return
		}
		i := &intake{Channel: c, dispatcher: newFakeDispatcher()}
		want := offset
		for _, raw := range batch {
			if u, err := readUpdate(raw); err == nil {
				want = u.ID + 1
			}
		}
		require.Equal(t, want, i.process(t.Context(), batch, offset))
	})
}

// An outbox message of any version, or a damaged one, is sent by a known method or refused.
func FuzzOutboxBodies(f *testing.F) {
	h := newHarness(f, telegramtest.Options{}, func(c *Config) {
		c.Picture = func(flows.QuadrantPicture, string) ([]byte, error) { return []byte("png"), nil }
		c.Coordinators = func() []int64 { return []int64{5} }
		c.Staff = failingStaff{}
	})
	for _, n := range []payload{{Method: sendMessage, Text: "a"}, {Method: editText, At: 3, Text: "a"}, {Method: editMedia, At: 3}, {Method: sendPhoto},
		{Method: editMedia, At: 3, Picture: &flows.QuadrantPicture{}}, {Method: editKeys, Closes: true, At: 1}, {Method: "deleteWebhook"}, {Method: sendMessage, Text: "a", Strips: true, Old: 4, Pins: true},
		{Method: sendDocument, Staff: &staffRecipe{Request: staff.Request{Page: staff.Week}, File: 1}}, {Method: sendMessage, Staff: &staffRecipe{File: -1}}} {
		body, err := json.Marshal(n)
		require.NoError(f, err)
		f.Add(body, int64(0))
		f.Add(body, int64(7))
	}
	known := []string{sendMessage, sendPhoto, sendDocument, editText, editMedia, editKeys}
	f.Fuzz(func(t *testing.T, body []byte, at int64) {
		var called []string
		h.channel.client = cannedClient(cannedTransport{200, []byte(`{"ok":true,"result":{"message_id":7}}`), &called})
		_, err := h.channel.Send(t.Context(), bot.Message{Chat: bot.Chat{Channel: Name, ID: "5"}, Slot: flows.Living, Body: body}, bot.Surface{flows.Living: {Ref: ref(max(at, -at)), Closed: at < 0}})
		if err != nil {
			var send *bot.SendError
			require.True(t, errors.As(err, &send), "%v", err)
		}
		require.LessOrEqual(t, len(called), 2, "a message, and the buttons of the one it replaces")
		require.Subset(t, known, called)
	})
}

// failingStaff returns pages with a file that cannot be made.
type failingStaff struct{}

func (failingStaff) Action(id staff.PageID, about, lang string) staff.Action {
	return staff.Resolve(id, about, lang, mondayAfternoon)
}

func (failingStaff) Page(_ context.Context, r staff.Request) (staff.Page, error) {
	if r.Page == "" {
		return staff.Page{}, errors.New("none")
	}
	return staff.Page{Files: []staff.File{{Name: "x", Make: func() ([]byte, error) { return nil, errors.New("none") }}}}, nil
}

var (
	aboutWeek    = regexp.MustCompile(`^\d{4}-W\d{2}$`)
	aboutQuarter = regexp.MustCompile(`^\d{4}Q[1-4]$`)
)

// Whatever the arguments of a coordinator's command, the page requested has a subject of the
// right form.
func FuzzCoordinatorCommands(f *testing.F) {
	c := newHarness(f, telegramtest.Options{}, func(c *Config) {
		c.Coordinators = func() []int64 { return []int64{5} }
		c.Staff = failingStaff{}
	}).channel
	for _, seed := range []string{"/week", "/week 2026-W47", "/week 2026-w47\n", "/WEEK@" + telegramtest.BotUsername + " x", "/kwartaal 2026-Q3", "/kwartaal 2026Q3Q4", "/partner kvk-utrecht",
		"/partner ../../etc/passwd", "/partner KVK-UTRECHT\x00", "/maandag aan", "/monday off", "/redactie '; DROP TABLE", "/week " + strings.Repeat("2", 5000), "/", "/ week"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in, _ := c.decode(update{ID: 1, Message: &message{From: user{ID: 5, Lang: "nl"}, Chat: chat{ID: 5, Type: "private"}, Text: text}})
		if in.Staff == nil {
			return
		}
		require.NotEmpty(t, in.Staff.Messages)
		for _, m := range slices.Concat(in.Staff.Messages, in.Staff.Subscribed) {
			var n payload
			require.NoError(t, json.Unmarshal(m.Body, &n))
			if n.Staff == nil {
				continue
			}
			switch n.Staff.Page {
			case staff.Week:
				require.Regexp(t, aboutWeek, n.Staff.About)
			case staff.Quarter:
				require.Regexp(t, aboutQuarter, n.Staff.About)
			case staff.Partner:
				require.Contains(t, []string{"kvk-utrecht", "a_b"}, n.Staff.About)
			default:
				require.Empty(t, n.Staff.About)
			}
		}
	})
}

// expensiveInputs returns updates made to cost far more than their size.
func expensiveInputs() map[string]string {
	private := func(text string) string {
		quoted, _ := json.Marshal(text)
		return `{"update_id":1,"message":{"chat":{"id":5,"type":"private"},"from":{"id":5},"text":` + string(quoted) + `}}`
	}
	return map[string]string{
		"nested lists":       `{"update_id":1,"x":` + strings.Repeat("[", 64<<10) + strings.Repeat("]", 64<<10) + `}`,
		"nested, not closed": `{"update_id":1,"message":` + strings.Repeat(`{"a":`, 25<<10),
		"nested in depth":    `{"update_id":1,"x":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
		"a huge number":      `{"update_id":1,"message":{"message_id":` + strings.Repeat("9", 127<<10) + `}}`,
		"a huge exponent":    `{"update_id":1,"message":{"message_id":1e999999999}}`,
		"a huge id":          `{"update_id":` + strings.Repeat("9", 127<<10) + `}`,
		"the same key":       `{"update_id":1,` + strings.Repeat(`"message":{},`, 9<<10) + `"x":1}`,
		"parentheses":        private(strings.Repeat("(", 64<<10)),
		"combining marks":    private("e" + strings.Repeat("\u0301", 32<<10)),
		"a command":          private("/start" + strings.Repeat(" _", 32<<10)),
		"underscores":        private("/start " + strings.Repeat("_", 64<<10)),
		"escapes":            `{"update_id":1,"message":{"chat":{"id":5,"type":"private"},"from":{"id":5},"text":"` + strings.Repeat(`\u0301`, 20<<10) + `"}}`,
	}
}

// raceDetector reports whether the tests are built with it.
var raceDetector bool

// Decoding takes memory in proportion to the size of the input, and few allocations: neither
// nesting, escapes nor long numbers multiply it.
func TestInputCostIsProportional(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates too")
	}
	c := newHarness(t, telegramtest.Options{}, nil).channel
	for name, raw := range expensiveInputs() {
		require.LessOrEqual(t, len(raw), maxUpdate+1024, name)
		bytes, allocations := cost(func() {
			if u, err := readUpdate([]byte(raw)); err == nil {
				in, _ := c.decode(u)
				assert.LessOrEqual(t, len([]rune(in.Input.Text)), maxRunes)
			}
		})
		assert.Less(t, bytes, uint64(20*maxUpdate), name)
		assert.Less(t, allocations, uint64(2000), name)
	}
}

// cost returns what work allocates, as counted by the runtime.
func cost(work func()) (bytes, allocations uint64) {
	work() // exclude one-time allocations
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
}
