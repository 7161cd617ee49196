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
	"time"

	"digiwijzer/bot"
)

// client calls the Bot API. Parameters go as JSON: go-telegram/bot's own sending is
// a chunked multipart form per call, five times as dear.
type client struct {
	base  *url.URL // with the token: it is never printed
	token Token
	http  http.RoundTripper
}

// The bounds of a call.
const (
	callTimeout = 30 * time.Second
	maxResponse = 16 << 20 // a batch of 100 updates is at most 6.4 MB
)

// newClient makes a client for an address that checkBase approved.
func newClient(base *url.URL, token Token) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// The default of two idle connections opens a new one for nearly every call under load.
	transport.MaxIdleConns = 256
	transport.MaxIdleConnsPerHost = 256
	transport.MaxConnsPerHost = 256
	transport.DisableCompression = true // what we read is short, or asked for by polling
	// The bare transport follows no redirect, which would carry the token elsewhere.
	address := *base
	address.Path = strings.TrimRight(base.Path, "/") + "/bot" + token.Reveal()
	return &client{base: &address, token: token, http: transport}
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

// call does one method with parameters as JSON and decodes the result into out,
// which may be nil. Errors are *bot.SendError and hold neither token nor URL.
func (c *client) call(ctx context.Context, method string, params, out any) error {
	body, err := json.Marshal(params)
	if err != nil {
		return &bot.SendError{Verdict: bot.Refused, Err: fmt.Errorf("%s: %w", method, err)}
	}
	return c.post(ctx, method, "application/json", body, out)
}

// upload is a file to be sent.
type upload struct {
	field string // of the form
	name  string // that people see
	data  []byte
}

// upload does one method with a file: fields are sent as they are.
func (c *client) upload(ctx context.Context, method string, fields map[string]string, file upload, out any) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, value := range fields {
		_ = form.WriteField(field, value) // a buffer does not fail
	}
	part, _ := form.CreateFormFile(file.field, file.name)
	_, _ = part.Write(file.data)
	_ = form.Close()
	return c.post(ctx, method, form.FormDataContentType(), body.Bytes(), out)
}

func (c *client) post(ctx context.Context, method, contentType string, body []byte, out any) error {
	if _, limited := ctx.Deadline(); !limited {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, callTimeout)
		defer stop()
	}
	resp, err := c.http.RoundTrip(c.request(ctx, method, contentType, body))
	if err != nil {
		return c.broken(method, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end below
	text, err := readAll(io.LimitReader(resp.Body, maxResponse), resp.ContentLength)
	if err != nil {
		return c.broken(method, err)
	}
	if out == nil && bytes.HasPrefix(text, accepted) {
		return nil // the message that comes along is not worth decoding
	}
	var r reply
	if err := json.Unmarshal(text, &r); err != nil {
		// A page of a proxy: its text says nothing that the status does not.
		return c.broken(method, fmt.Errorf("the answer is not the Bot API's (%s)", resp.Status))
	}
	if !r.OK {
		return c.refused(method, resp.StatusCode, r)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(r.Result, out); err != nil {
		return c.broken(method, err)
	}
	return nil
}

func (c *client) request(ctx context.Context, method, contentType string, body []byte) *http.Request {
	address := *c.base
	address.Path += "/" + method
	r := &http.Request{
		Method: http.MethodPost, URL: &address, Host: address.Host,
		Header:        http.Header{"Content-Type": {contentType}},
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
		// A body that can be had again lets the transport use another connection when it
		// finds that the server closed this one before anything was written to it.
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
	return r.WithContext(ctx)
}

// accepted is how the answer to a call begins that was done.
var accepted = []byte(`{"ok":true,`)

// readAll reads to the end. size is how much that will be, if positive; it is only
// believed up to a point.
func readAll(r io.Reader, size int64) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, min(max(size, 0), 64<<10)+bytes.MinRead))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

// broken is a failure of the network or the server: the call may or may not have
// been done. Go's url.Error prints the URL and so the token; only its cause is told,
// and that scrubbed.
func (c *client) broken(method string, err error) error {
	told := errors.New(method + ": " + c.token.scrub(plainCause(err)))
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			told = fmt.Errorf("%s: %w", method, known)
		}
	}
	return &bot.SendError{Verdict: bot.Broken, Err: told}
}

func plainCause(err error) string {
	var inner interface{ Unwrap() error }
	text := err.Error()
	if errors.As(err, &inner) && inner.Unwrap() != nil {
		text = inner.Unwrap().Error()
	}
	return text
}

// apiError is a refusal in Telegram's words.
type apiError struct {
	method      string
	code        int
	description string
}

func (e *apiError) Error() string { return fmt.Sprintf("%s: %d %s", e.method, e.code, e.description) }

// refused gives a refusal its verdict.
func (c *client) refused(method string, status int, r reply) error {
	code := r.Code
	if code == 0 {
		code = status
	}
	e := &apiError{method: method, code: code, description: c.token.scrub(cutText(r.Description, 200))}
	wait := time.Duration(0)
	if code == http.StatusTooManyRequests {
		wait = time.Duration(max(1, r.Parameters.RetryAfter)) * time.Second
	}
	return &bot.SendError{Verdict: e.verdict(), RetryAfter: wait, Err: e}
}

// harmless are refusals of what has been done already or is not worth doing any more
// (core.telegram.org/bots/api, tdlib/telegram-bot-api#400).
var harmless = []string{"message is not modified", "query is too old", "query id is invalid"}

// lost are refusals of an edit whose message is not there any more.
var lost = []string{"message to edit not found", "message can't be edited", "message_id_invalid",
	"there is no text in the message to edit", "there is no caption in the message to edit"}

func (e *apiError) verdict() bot.Verdict {
	switch {
	case e.code == http.StatusTooManyRequests:
		return bot.Throttled
	case e.code == http.StatusUnauthorized, e.code == http.StatusNotFound && e.description == "Not Found":
		return bot.Locked // 404 is what a token of the wrong form gets
	case e.code == http.StatusForbidden:
		return bot.Gone
	case e.code == http.StatusConflict, e.code >= 500:
		return bot.Broken
	case e.says(harmless):
		return bot.Harmless
	}
	return bot.Refused
}

func (e *apiError) says(texts []string) bool {
	for _, text := range texts {
		if strings.Contains(strings.ToLower(e.description), text) {
			return true
		}
	}
	return false
}

// isLost tells whether an edit failed because its message is gone.
func isLost(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.code == http.StatusBadRequest && e.says(lost)
}

// verdictOf is the verdict of an error of call; empty for nil.
func verdictOf(err error) bot.Verdict {
	var e *bot.SendError
	if errors.As(err, &e) {
		return e.Verdict
	}
	return ""
}
