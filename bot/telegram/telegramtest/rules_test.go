package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// caller is a bot that sends any request.
type caller struct {
	t *testing.T
	s *Server
}

func newCaller(t *testing.T, opts Options) caller {
	t.Helper()
	s := New(opts)
	t.Cleanup(s.Close)
	return caller{t, s}
}

type response struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

func (c caller) post(method, contentType string, body []byte) response {
	c.t.Helper()
	resp, err := http.Post(c.s.URL()+"/bot"+c.s.Token()+"/"+method, contentType, bytes.NewReader(body))
	require.NoError(c.t, err)
	defer resp.Body.Close() //nolint:errcheck // a test
	var r response
	require.NoError(c.t, json.NewDecoder(resp.Body).Decode(&r))
	return r
}

func (c caller) call(method string, params map[string]any) response {
	c.t.Helper()
	body, err := json.Marshal(params)
	require.NoError(c.t, err)
	return c.post(method, "application/json", body)
}

// sent sends a message to the person and returns its id.
func (c caller) sent(p *Person, keyboard any) int64 {
	c.t.Helper()
	params := map[string]any{"chat_id": p.ID(), "text": "hallo"}
	if keyboard != nil {
		params["reply_markup"] = keyboard
	}
	r := c.call("sendMessage", params)
	require.True(c.t, r.OK, r.Description)
	var m struct {
		ID int64 `json:"message_id"`
	}
	require.NoError(c.t, json.Unmarshal(r.Result, &m))
	return m.ID
}

func (c caller) person() *Person {
	p := c.s.Person(77, "nl")
	p.Start("")
	return p
}

func keys(rows ...[]map[string]any) map[string]any {
	return map[string]any{"inline_keyboard": rows}
}

func rowOf(n int) (row []map[string]any) {
	for i := range n {
		row = append(row, map[string]any{"text": fmt.Sprint(i), "callback_data": "x"})
	}
	return row
}

func TestTextRules(t *testing.T) {
	c := newCaller(t, Options{})
	c.person()
	for name, try := range map[string]struct {
		params map[string]any
		want   string // empty: accepted
	}{
		"plain":             {map[string]any{"text": "a < b"}, ""},
		"empty":             {map[string]any{"text": " \n "}, "Bad Request: message text is empty"},
		"markup only":       {map[string]any{"text": "<b> </b>", "parse_mode": "HTML"}, "Bad Request: message text is empty"},
		"longest":           {map[string]any{"text": strings.Repeat("a", 4096)}, ""},
		"too long":          {map[string]any{"text": strings.Repeat("a", 4097)}, "Bad Request: message is too long"},
		"emoji count twice": {map[string]any{"text": strings.Repeat("🙂", 2049)}, "Bad Request: message is too long"},
		"markup is no text": {map[string]any{"text": strings.Repeat("<b>a</b>", 4096), "parse_mode": "HTML"}, ""},
		"unknown tag":       {map[string]any{"text": "<p>a</p>", "parse_mode": "HTML"}, `Bad Request: can't parse entities: Unsupported start tag "p" at byte offset 0`},
		"bare <":            {map[string]any{"text": "1 < 2", "parse_mode": "HTML"}, "Bad Request: can't parse entities: Unclosed start tag at byte offset 2"},
		"not closed":        {map[string]any{"text": "<b>a", "parse_mode": "HTML"}, `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`},
		"crossed":           {map[string]any{"text": "<b><i>a</b></i>", "parse_mode": "HTML"}, `Bad Request: can't parse entities: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"`},
		"closed twice":      {map[string]any{"text": "a</b>", "parse_mode": "HTML"}, "Bad Request: can't parse entities: Unexpected end tag at byte offset 1"},
		"other mode":        {map[string]any{"text": "a", "parse_mode": "Latex"}, "Bad Request: unsupported parse_mode"},
		"unknown field":     {map[string]any{"text": "a", "texts": "b"}, `Bad Request: unknown parameter "texts"`},
		"wrong type":        {map[string]any{"text": 5}, `Bad Request: wrong type of parameter "text"`},
		"missing text":      {map[string]any{}, `Bad Request: parameter "text" is required`},
		"unknown chat":      {map[string]any{"text": "a", "chat_id": 5}, "Bad Request: chat not found"},
		"reply to nothing":  {map[string]any{"text": "a", "reply_parameters": map[string]any{"message_id": 999}}, "Bad Request: message to be replied not found"},
	} {
		t.Run(name, func(t *testing.T) {
			if try.params["chat_id"] == nil {
				try.params["chat_id"] = 77
			}
			r := caller{t, c.s}.call("sendMessage", try.params)
			assert.Equal(t, try.want, r.Description)
			assert.Equal(t, try.want == "", r.OK)
		})
	}
}

func TestKeyboardRules(t *testing.T) {
	c := newCaller(t, Options{})
	c.person()
	button := func(b map[string]any) map[string]any { return keys([]map[string]any{b}) }
	many := [][]map[string]any{}
	for range 13 {
		many = append(many, rowOf(8))
	}
	for name, try := range map[string]struct {
		markup any
		want   string
	}{
		"fine":           {keys(rowOf(8), rowOf(1)), ""},
		"64 bytes":       {button(map[string]any{"text": "a", "callback_data": strings.Repeat("x", 64)}), ""},
		"65 bytes":       {button(map[string]any{"text": "a", "callback_data": strings.Repeat("x", 65)}), "Bad Request: BUTTON_DATA_INVALID"},
		"no data":        {button(map[string]any{"text": "a"}), "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		"no text":        {button(map[string]any{"text": "", "callback_data": "x"}), "Bad Request: can't parse inline keyboard button: text must be non-empty"},
		"two actions":    {button(map[string]any{"text": "a", "callback_data": "x", "url": "https://kvk.nl"}), "Bad Request: can't parse inline keyboard button: exactly one of the optional fields must be used"},
		"nine in a row":  {keys(rowOf(9)), "Bad Request: BUTTON_ROW_INVALID: 9 buttons in a row"},
		"104 buttons":    {keys(many...), "Bad Request: REPLY_MARKUP_TOO_LONG"},
		"good link":      {button(map[string]any{"text": "a", "url": "https://www.kvk.nl/x?y=1"}), ""},
		"bad link":       {button(map[string]any{"text": "a", "url": "kvk"}), "Bad Request: inline keyboard button URL 'kvk' is invalid: Wrong HTTP URL"},
		"link to a file": {button(map[string]any{"text": "a", "url": "file:///etc/passwd"}), "Bad Request: inline keyboard button URL 'file:///etc/passwd' is invalid: Wrong HTTP URL"},
		"unknown field":  {button(map[string]any{"text": "a", "callback_data": "x", "colour": "red"}), `Bad Request: can't parse reply keyboard markup JSON object: json: unknown field "colour"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := caller{t, c.s}.call("sendMessage", map[string]any{"chat_id": 77, "text": "a", "reply_markup": try.markup})
			assert.Equal(t, try.want, r.Description)
		})
	}
}

func TestEditRules(t *testing.T) {
	c := newCaller(t, Options{})
	p := c.person()
	id := c.sent(p, keys(rowOf(1)))
	edit := func(params map[string]any) string {
		params["chat_id"] = p.ID()
		return c.call("editMessageText", params).Description
	}
	const notModified = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"
	assert.Equal(t, notModified, edit(map[string]any{"message_id": id, "text": "hallo", "reply_markup": keys(rowOf(1))}))
	assert.Empty(t, edit(map[string]any{"message_id": id, "text": "hallo"}), "removes the keyboard")
	assert.Equal(t, notModified, edit(map[string]any{"message_id": id, "text": "hallo"}))
	assert.Equal(t, "Bad Request: message to edit not found", edit(map[string]any{"message_id": 999, "text": "b"}))
	assert.Equal(t, "Bad Request: message can't be edited", edit(map[string]any{"message_id": p.Messages()[0].ID, "text": "b"}))
	require.True(t, c.call("deleteMessage", map[string]any{"chat_id": p.ID(), "message_id": id}).OK)
	assert.Equal(t, "Bad Request: message to edit not found", edit(map[string]any{"message_id": id, "text": "b"}))
	assert.Len(t, c.s.BadRequests(), 5)
}

func onePixel(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 40))))
	return b.Bytes()
}

// upload posts a form with one file.
func (c caller) upload(method string, fields map[string]string, name string, data []byte) response {
	c.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for k, v := range fields {
		require.NoError(c.t, form.WriteField(k, v))
	}
	part, err := form.CreateFormFile(name, name+".png")
	require.NoError(c.t, err)
	_, err = part.Write(data)
	require.NoError(c.t, err)
	require.NoError(c.t, form.Close())
	return c.post(method, form.FormDataContentType(), b.Bytes())
}

func TestPhotoRules(t *testing.T) {
	c := newCaller(t, Options{})
	p := c.person()
	to := map[string]string{"chat_id": "77", "caption": "<b>Nu aan zet</b>", "parse_mode": "HTML"}
	require.True(t, c.upload("sendPhoto", to, "photo", onePixel(t)).OK)
	photo := p.Last()
	assert.Equal(t, "Nu aan zet", photo.Text)
	assert.NotEmpty(t, photo.Photo)

	assert.Equal(t, "Bad Request: IMAGE_PROCESS_FAILED", c.upload("sendPhoto", to, "photo", []byte("no picture")).Description)
	to["caption"] = strings.Repeat("a", 1025)
	assert.Equal(t, "Bad Request: message caption is too long", c.upload("sendPhoto", to, "photo", onePixel(t)).Description)
	r := c.call("editMessageText", map[string]any{"chat_id": 77, "message_id": photo.ID, "text": "a"})
	assert.Equal(t, "Bad Request: there is no text in the message to edit", r.Description)
	r = c.call("editMessageCaption", map[string]any{"chat_id": 77, "message_id": photo.ID, "caption": "anders"})
	assert.True(t, r.OK, r.Description)

	media := map[string]string{"chat_id": "77", "message_id": fmt.Sprint(photo.ID),
		"media": `{"type":"photo","media":"attach://p","caption":"nieuw"}`}
	assert.True(t, c.upload("editMessageMedia", media, "p", onePixel(t)).OK)
	assert.Equal(t, "nieuw", p.Last().Text)
	assert.Equal(t, `Bad Request: unknown parameter "q"`, c.upload("editMessageMedia", media, "q", onePixel(t)).Description)
}

func TestURLEncodedForm(t *testing.T) {
	c := newCaller(t, Options{})
	p := c.person()
	form := url.Values{"chat_id": {"77"}, "text": {"hoi"}, "reply_markup": {`{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}`}}
	r := c.post("sendMessage", "application/x-www-form-urlencoded", []byte(form.Encode()))
	require.True(t, r.OK, r.Description)
	assert.Equal(t, "hoi", p.Last().Text)
	assert.Equal(t, "b", p.Last().Keyboard[0][0].Data)
}

func TestQueriesAreAnsweredOnce(t *testing.T) {
	c := newCaller(t, Options{})
	p := c.person()
	c.sent(p, keys(rowOf(1)))
	require.NoError(t, p.Press("0"))
	assert.Error(t, p.Press("no such button"))
	updates := c.updates(map[string]any{"offset": 2})
	require.Len(t, updates, 1)
	q := updates[0].Query
	assert.Equal(t, "x", q.Data)

	const tooOld = "Bad Request: query is too old and response timeout expired or query ID is invalid"
	answer := func(id, text string) string {
		return c.call("answerCallbackQuery", map[string]any{"callback_query_id": id, "text": text}).Description
	}
	assert.Equal(t, "Bad Request: MESSAGE_TOO_LONG", answer(q.ID, strings.Repeat("a", 201)))
	assert.Empty(t, answer(q.ID, "dank"))
	assert.Equal(t, tooOld, answer(q.ID, ""))
	assert.Equal(t, tooOld, answer("made up", ""))
	assert.Equal(t, []string{"dank"}, p.Toasts())
	turns := p.Turns()
	assert.Equal(t, 1, turns[1].Calls["answerCallbackQuery"])
}

func TestBlockedOrUnknownPersonCannotBeReached(t *testing.T) {
	c := newCaller(t, Options{})
	p := c.s.Person(77, "nl")
	r := c.call("sendMessage", map[string]any{"chat_id": 77, "text": "a"})
	assert.Equal(t, "Forbidden: bot can't initiate conversation with a user", r.Description)
	p.Start("")
	p.Block()
	r = c.call("sendMessage", map[string]any{"chat_id": 77, "text": "a"})
	assert.Equal(t, 403, r.Code)
	assert.Equal(t, "Forbidden: bot was blocked by the user", r.Description)
	updates := c.updates(map[string]any{})
	require.Len(t, updates, 2)
	assert.Equal(t, "kicked", updates[1].Member.New.Status)
	p.Start("")
	assert.True(t, c.call("sendMessage", map[string]any{"chat_id": 77, "text": "a"}).OK)
}

func TestTokenIsRequired(t *testing.T) {
	c := newCaller(t, Options{})
	for path, want := range map[string]int{"/botwrong/getMe": 401, "/bot" + c.s.Token() + "/getMee": 404, "/bot" + c.s.Token() + "/getMe": 200} {
		resp, err := http.Get(c.s.URL() + path)
		require.NoError(t, err)
		assert.Equal(t, want, resp.StatusCode, path)
		require.NoError(t, resp.Body.Close())
	}
}

func TestRateLimits(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	c := newCaller(t, Options{Limits: true, Now: func() time.Time { return now }})
	p := c.person()
	for range 3 {
		c.sent(p, nil)
	}
	r := c.call("sendMessage", map[string]any{"chat_id": 77, "text": "a"})
	assert.Equal(t, 429, r.Code)
	assert.Equal(t, "Too Many Requests: retry after 1", r.Description)
	assert.Equal(t, 1, r.Parameters.RetryAfter)
	now = now.Add(time.Second)
	c.sent(p, nil)
}

func TestPlannedFaults(t *testing.T) {
	c := newCaller(t, Options{})
	p := c.person()
	c.s.Plan(Fault{Kind: TooMany, Method: "sendMessage", Times: 1, RetryAfter: 7})
	c.s.Plan(Fault{Kind: ServerError, Chat: 77, Times: 1})
	assert.Equal(t, 7, c.call("sendMessage", map[string]any{"chat_id": 77, "text": "a"}).Parameters.RetryAfter)
	assert.Equal(t, 500, c.call("sendMessage", map[string]any{"chat_id": 77, "text": "a"}).Code)
	assert.Zero(t, p.Last().ID)

	send := func(ctx context.Context) error {
		body := strings.NewReader(`{"chat_id":77,"text":"a"}`)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.s.URL()+"/bot"+c.s.Token()+"/sendMessage", body)
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	c.s.Plan(Fault{Kind: DropBefore, Times: 1})
	require.Error(t, send(t.Context()))
	assert.Zero(t, p.Last().ID, "before the effect")
	c.s.Plan(Fault{Kind: DropAfter, Times: 1})
	require.Error(t, send(t.Context()))
	assert.Equal(t, "a", p.Last().Text, "after the effect")
	c.s.Plan(Fault{Kind: Hang, Times: 1})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = c.s.Wait(ctx, func() bool { return c.s.Happened()[Hang] == 1 })
		cancel()
	}()
	require.ErrorIs(t, send(ctx), context.Canceled)
	c.s.Plan(Fault{Kind: BadGateway, Times: 1})
	require.NoError(t, send(t.Context()))
	for _, kind := range []FaultKind{TooMany, ServerError, DropBefore, DropAfter, Hang, BadGateway} {
		assert.Equal(t, 1, c.s.Happened()[kind], kind)
	}
	require.NoError(t, send(t.Context()), "no fault left")
}

func TestProfileRules(t *testing.T) {
	c := newCaller(t, Options{})
	set := func(method string, params map[string]any) string { return c.call(method, params).Description }
	assert.Empty(t, set("setMyDescription", map[string]any{"description": strings.Repeat("a", 512), "language_code": "nl"}))
	assert.NotEmpty(t, set("setMyDescription", map[string]any{"description": strings.Repeat("a", 513)}))
	assert.NotEmpty(t, set("setMyShortDescription", map[string]any{"short_description": strings.Repeat("a", 121)}))
	assert.NotEmpty(t, set("setMyCommands", map[string]any{"commands": []any{map[string]string{"command": "Start", "description": "a"}}}))
	assert.NotEmpty(t, set("setMyName", map[string]any{"name": "a", "language_code": "nederlands"}))
	assert.Len(t, c.s.Profile()["setMyDescription:nl"], 512)
}
