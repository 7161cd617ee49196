package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
)

const (
	maxConnections = 40        // of Telegram to the webhook at once
	maxUpdate      = 128 << 10 // bytes; Telegram drops updates above 64 KiB
	secretHeader   = "X-Telegram-Bot-Api-Secret-Token"
)

// expiredDeadline is a deadline in the past.
var expiredDeadline = time.Unix(1, 0)

const (
	webhookCheck = 5 * time.Minute // between checks of Telegram's deliveries
	manyPending  = 100             // undelivered updates, as many as a poll fetches at once
)

// webhookInfo is the part that is read of Telegram's information on the webhook.
// https://core.telegram.org/bots/api#webhookinfo
type webhookInfo struct {
	URL       string `json:"url"`
	Pending   int    `json:"pending_update_count"`
	LastError int64  `json:"last_error_date"` // in seconds since 1970
	Message   string `json:"last_error_message"`
}

// register sets the webhook, and sets it again when another program replaces it, until ctx ends. Wrong
// certificates, DNS and proxies are visible only in Telegram's information on its deliveries.
func (c *Channel) register(ctx context.Context, d Dispatcher) {
	in := &intake{Channel: c, dispatcher: d}
	for registered := false; ctx.Err() == nil; {
		var err error
		if secrets := c.secrets.Load(); !registered || !secrets.before.Empty() {
			err = c.setWebhook(ctx, secrets.now)
			if registered = err == nil; registered { // requests in flight with the previous one are redelivered
				c.secrets.CompareAndSwap(secrets, &webhookSecrets{now: secrets.now})
			}
		} else {
			registered, err = c.checkWebhook(ctx, d)
		}
		if err != nil {
			in.failed(ctx, err)
			continue
		}
		in.succeeded()
		if registered {
			c.pauseUntilRenewed(ctx, webhookCheck)
		}
	}
}

// webhookSecrets are the secret that Telegram must send, and the previous one, which it may send until it
// has the new one; empty: none.
type webhookSecrets struct{ now, before Secret }

func (s *webhookSecrets) matches(given string) bool {
	now, before := s.now.matches(given), s.before.matches(given)
	return now || before
}

func (c *Channel) setWebhook(ctx context.Context, secret Secret) error {
	return c.client.call(ctx, "setWebhook", tg.SetWebhookParams{
		URL: c.config.Webhook, SecretToken: secret.Reveal(),
		MaxConnections: maxConnections, AllowedUpdates: allowedUpdates,
	}, nil)
}

// checkWebhook reports whether Telegram still has our address, and reports the state of its deliveries to the
// dispatcher. An error means that Telegram did not answer.
func (c *Channel) checkWebhook(ctx context.Context, d Dispatcher) (ours bool, err error) {
	var info webhookInfo
	if err := c.client.call(ctx, "getWebhookInfo", struct{}{}, &info); err != nil {
		return true, err
	}
	if info.URL != c.config.Webhook {
		problem := errors.New("the webhook was replaced by another program")
		c.log.Error("webhook lost", "error", problem)
		d.Report(Name, partWebhook, problem)
		return false, nil
	}
	problem := info.problem(c.config.Clock.Now())
	if problem != nil {
		c.log.Error("webhook fails", "error", problem, "pending", info.Pending)
	}
	d.Report(Name, partWebhook, problem)
	return true, nil
}

// problem returns what is wrong with the deliveries now: an error since the last check while updates are
// pending, or a long queue.
func (i webhookInfo) problem(now time.Time) error {
	recent := now.Sub(time.Unix(i.LastError, 0)) < webhookCheck+time.Minute
	switch {
	case i.Pending > 0 && i.LastError > 0 && recent:
		return fmt.Errorf("telegram cannot deliver to the webhook: %s", truncate(oneLine(i.Message), 200))
	case i.Pending >= manyPending:
		return fmt.Errorf("%d updates wait at telegram", i.Pending)
	}
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Handler returns the handler of the webhook. It answers 200 when the turn of the update is
// durable, with the answer to a press as the body, 503 when Telegram must deliver the update again, and 401
// with an empty body, without reading the request body, when the secret is wrong.
func (c *Channel) Handler(d Dispatcher) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.secrets.Load().matches(r.Header.Get(secretHeader)) {
			// Without the deadline the server would read the rest of the body, and discard
			// it, before it answers.
			_ = http.NewResponseController(w).SetReadDeadline(expiredDeadline)
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Method != http.MethodPost {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		u, status := receive(w, r)
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		h := c.wait(r.Context(), d, u)
		switch {
		case h.err != nil:
			w.WriteHeader(http.StatusServiceUnavailable)
		case h.query != "":
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(answerInResponse(h)) // best effort, like every answer to a press
		}
	})
}

// receive reads and decodes the update in a request. A status other than 200 says why it cannot.
func receive(w http.ResponseWriter, r *http.Request) (u update, status int) {
	body := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxUpdate)); err != nil {
		return u, http.StatusRequestEntityTooLarge
	}
	u, err := readUpdate(body.Bytes())
	if err != nil {
		return u, http.StatusBadRequest
	}
	return u, http.StatusOK
}

// answerInResponse returns the answer to a press as a response to its update, which saves a
// call (https://core.telegram.org/bots/api#making-requests-when-getting-updates).
func answerInResponse(h handled) []byte {
	body, _ := json.Marshal(struct { // strings only
		Method string `json:"method"`
		Query  string `json:"callback_query_id"`
		Text   string `json:"text,omitempty"`
	}{"answerCallbackQuery", h.query, h.toast})
	return body
}

// wait handles one update and waits until its turn is durable, or the context ends.
func (c *Channel) wait(ctx context.Context, d Dispatcher, u update) handled {
	done := make(chan handled, 1)
	c.handle(d, u, func(h handled) { done <- h })
	select {
	case h := <-done:
		return h
	case <-ctx.Done():
		return handled{err: ctx.Err()}
	}
}
