package telegram

import (
	"context"
	"net/http"
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

// register sets the webhook, retrying until ctx ends or the token is refused, and then
// waits for ctx.
func (c *Channel) register(ctx context.Context, d Dispatcher) error {
	in := &intake{Channel: c, dispatcher: d}
	for ctx.Err() == nil {
		err := c.client.call(ctx, "setWebhook", tg.SetWebhookParams{
			URL: c.config.Webhook, SecretToken: c.config.Secret.Reveal(),
			MaxConnections: maxConnections, AllowedUpdates: allowedUpdates,
		}, nil)
		if fatal := in.report(ctx, err); fatal != nil {
			return fatal
		}
		if err == nil {
			<-ctx.Done()
		}
	}
	return nil
}

// Handler returns the handler of the webhook. It answers 200 with an empty body when the
// turn of the update is durable, 503 when Telegram must deliver the update again, and 401
// with an empty body, without reading the request body, when the secret is wrong.
func (c *Channel) Handler(d Dispatcher) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.config.Secret.matches(r.Header.Get(secretHeader)) {
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
		body, err := readAll(http.MaxBytesReader(w, r.Body, maxUpdate), r.ContentLength)
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		u, err := readUpdate(body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(c.status(r.Context(), d, u))
	})
}

// status handles one update and returns the HTTP status for it.
func (c *Channel) status(ctx context.Context, d Dispatcher, u update) int {
	done := make(chan error, 1)
	c.handle(d, u, func(err error) { done <- err })
	select {
	case err := <-done:
		if err == nil {
			return http.StatusOK
		}
	case <-ctx.Done():
	}
	return http.StatusServiceUnavailable
}
