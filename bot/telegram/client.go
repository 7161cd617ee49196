package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"digiwijzer/bot"
)

// client calls the Bot API with parameters as JSON. go-telegram/bot sends a chunked
// multipart form per call, which costs five times as much.
type client struct {
	server *url.URL
	access atomic.Pointer[access]
	http   http.RoundTripper
}

// access is the token in use.
type access struct {
	base  *url.URL // contains the token: never print it
	token Token
}

const (
	callTimeout = 30 * time.Second
	maxResponse = 16 << 20 // a batch of 100 updates is at most 6.4 MB
)

// newClient returns a client of a server whose address passed checkBase.
func newClient(base *url.URL, token Token) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// The default of two idle connections opens a new one for almost every call under load.
	transport.MaxIdleConns = 256
	transport.MaxIdleConnsPerHost = 256
	transport.MaxConnsPerHost = 256
	transport.DisableCompression = true // responses are short
	// A bare transport follows no redirects, which would send the token to another server.
	c := &client{server: base, http: transport}
	c.use(token)
	return c
}

// use makes all later calls use a token.
func (c *client) use(token Token) {
	address := *c.server
	address.Path = strings.TrimRight(address.Path, "/") + "/bot" + token.Reveal()
	c.access.Store(&access{base: &address, token: token})
}

// reply is the envelope of a response.
type reply struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

// success is the start of a successful response of the Bot API. Where the result is not used, the rest,
// such as a whole message after an edit, need not be decoded.
var success = []byte(`{"ok":true,"result":`)

// complete is implemented by results that can be recognised as those of the Bot API.
type complete interface{ complete() bool }

// call calls a method and decodes the result into out, which may be nil. Errors are
// *bot.SendError and contain neither token nor URL.
func (c *client) call(ctx context.Context, method string, params, out any) error {
	body, err := json.Marshal(params)
	if err != nil {
		return &bot.SendError{Verdict: bot.Refused, Err: fmt.Errorf("%s: %w", method, err)}
	}
	return c.post(ctx, method, "application/json", body, out)
}

// upload is a file to send.
type upload struct {
	field string // of the form
	name  string // shown to people
	data  []byte
}

// upload calls a method with form fields and a file, if it has data.
func (c *client) upload(ctx context.Context, method string, fields map[string]string, file upload, out any) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, value := range fields {
		_ = form.WriteField(field, value) // a buffer does not fail
	}
	if file.data != nil {
		part, _ := form.CreateFormFile(file.field, file.name)
		_, _ = part.Write(file.data)
	}
	_ = form.Close()
	return c.post(ctx, method, form.FormDataContentType(), body.Bytes(), out)
}

func (c *client) post(ctx context.Context, method, contentType string, body []byte, out any) error {
	if _, limited := ctx.Deadline(); !limited {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, callTimeout)
		defer stop()
	}
	a := c.access.Load()
	resp, err := c.http.RoundTrip(a.request(ctx, method, contentType, body))
	if err != nil {
		return a.transportError(method, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end below
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(io.LimitReader(resp.Body, maxResponse)); err != nil {
		return a.transportError(method, err)
	}
	text := buffer.Bytes()
	if out == nil && resp.StatusCode == http.StatusOK && bytes.HasPrefix(text, success) {
		return nil
	}
	var r reply
	if err := json.Unmarshal(text, &r); err != nil || !r.genuine(resp.StatusCode) {
		// Most likely an error page or JSON of a proxy.
		return a.transportError(method, fmt.Errorf("not a Bot API response (%s)", resp.Status))
	}
	if !r.OK {
		return a.responseError(method, r)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(r.Result, out); err != nil {
		return a.transportError(method, err)
	}
	if result, ok := out.(complete); ok && !result.complete() {
		return a.transportError(method, errors.New("not a Bot API result"))
	}
	return nil
}

// genuine reports whether a response can come from the Bot API: it has a result, or an error with the code
// of the HTTP status and the text that belongs to it. A proxy or firewall in between also answers with
// JSON and any status; acting on that would lose messages and delete conversations.
func (r *reply) genuine(status int) bool {
	if r.OK {
		return status == http.StatusOK && len(r.Result) > 0 && string(r.Result) != "null"
	}
	return r.Code == status && r.Code >= http.StatusBadRequest && strings.HasPrefix(r.Description, prefixes[r.Code])
}

// prefixes are the beginnings of the error descriptions of the Bot API server
// (tdlib/telegram-bot-api, Client::fail_query_with_error and HttpConnection).
var prefixes = map[int]string{
	http.StatusBadRequest: "Bad Request", http.StatusUnauthorized: "Unauthorized", http.StatusForbidden: "Forbidden",
	http.StatusNotFound: "Not Found", http.StatusConflict: "Conflict", http.StatusTooManyRequests: "Too Many Requests",
}

func (a *access) request(ctx context.Context, method, contentType string, body []byte) *http.Request {
	address := *a.base
	address.Path += "/" + method
	r := &http.Request{
		Method: http.MethodPost, URL: &address, Host: address.Host,
		Header:        http.Header{"Content-Type": {contentType}},
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
		// Lets the transport retry on another connection when the server closed this one
		// before anything was written.
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
	return r.WithContext(ctx)
}

// buffers hold bodies of requests and responses while they are decoded. What is decoded shares
// nothing with them.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// transportError returns the error of a failed connection or server; the call may have
// taken effect. url.Error would print the URL and so the token: only the redacted text of
// its cause is kept.
func (a *access) transportError(method string, err error) error {
	safe := errors.New(method + ": " + a.token.redact(causeText(err)))
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			safe = fmt.Errorf("%s: %w", method, known)
		}
	}
	return &bot.SendError{Verdict: bot.Broken, Err: safe}
}

// causeText returns the text of the wrapped error, if there is one.
func causeText(err error) string {
	var inner interface{ Unwrap() error }
	text := err.Error()
	if errors.As(err, &inner) && inner.Unwrap() != nil {
		text = inner.Unwrap().Error()
	}
	return text
}

// apiError is an error response of the Bot API.
type apiError struct {
	method      string
	code        int
	description string
}

func (e *apiError) Error() string { return fmt.Sprintf("%s: %d %s", e.method, e.code, e.description) }

// responseError classifies an error response.
func (a *access) responseError(method string, r reply) error {
	code := r.Code
	e := &apiError{method: method, code: code, description: a.token.redact(truncate(r.Description, 200))}
	failure := &bot.SendError{Verdict: e.verdict(), Err: e}
	if code == http.StatusTooManyRequests {
		// Telegram always gives a delay. A response without one comes from a proxy, which counts all chats together.
		failure.RetryAfter = time.Duration(max(1, r.Parameters.RetryAfter)) * time.Second
		failure.Everyone = r.Parameters.RetryAfter <= 0
	}
	return failure
}

// harmless are the descriptions of errors that need no retry: the call took effect before,
// or its time has passed (core.telegram.org/bots/api, tdlib/telegram-bot-api#400).
var harmless = []string{"message is not modified", "query is too old", "query id is invalid"}

// gone are the descriptions of errors that end a conversation, as the Bot API server words
// them (tdlib/telegram-bot-api). A proxy's 403 says something else, and forgets nobody.
var gone = []string{"bot was blocked by the user", "user is deactivated", "bot can't initiate conversation", "bot was kicked", "bot is not a member", "chat was deleted"}

// messageGone are the descriptions of errors of an edit whose message no longer exists or
// cannot be edited.
var messageGone = []string{"message to edit not found", "message can't be edited", "message_id_invalid",
	"there is no text in the message to edit", "there is no caption in the message to edit"}

func (e *apiError) verdict() bot.Verdict {
	switch {
	case e.code == http.StatusTooManyRequests:
		return bot.Throttled
	case e.code == http.StatusUnauthorized, e.code == http.StatusNotFound && e.description == "Not Found":
		return bot.Locked // the server answers 404 to a malformed token
	case e.code == http.StatusForbidden && e.matches(gone):
		return bot.Gone
	case e.code == http.StatusConflict, e.code >= 500:
		return bot.Broken
	case e.matches(harmless):
		return bot.Harmless
	}
	return bot.Refused
}

// matches reports whether the description contains one of texts, in any case.
func (e *apiError) matches(texts []string) bool {
	for _, text := range texts {
		if strings.Contains(strings.ToLower(e.description), text) {
			return true
		}
	}
	return false
}

// isMessageGone reports whether an edit failed because its message no longer exists.
func isMessageGone(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.code == http.StatusBadRequest && e.matches(messageGone)
}

// retryAfter returns how long Telegram asks to wait after an error of call; 0: not given.
func retryAfter(err error) time.Duration {
	var e *bot.SendError
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// verdictOf returns the verdict of an error of call; empty for nil.
func verdictOf(err error) bot.Verdict {
	var e *bot.SendError
	if errors.As(err, &e) {
		return e.Verdict
	}
	return ""
}
