package telegram

import (
	"context"
	"net/http"
	"time"

	tg "github.com/go-telegram/bot"
)

// The webhook.
const (
	maxConnections = 40
	maxUpdate      = 128 << 10 // Telegram itself drops updates above 64 KiB
	secretHeader   = "X-Telegram-Bot-Api-Secret-Token"
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// register tells Telegram where to post, until it works, ctx ends or the token is
// refused.
func (c *Channel) register(ctx context.Context, desk Desk) error {
	intake := &intake{Channel: c, desk: desk}
	for ctx.Err() == nil {
		err := c.client.call(ctx, "setWebhook", tg.SetWebhookParams{
			URL: c.config.Webhook, SecretToken: c.config.Secret.Reveal(),
			MaxConnections: maxConnections, AllowedUpdates: allowedUpdates,
		}, nil)
		if stop := intake.outcome(ctx, err); stop != nil {
			return stop
		}
		if err == nil {
			return nil
		}
	}
	return nil
}

// Handler takes the requests of the webhook. It answers 200 with an empty body when
// the update's turn is durable, 503 when Telegram must send it again, and 401 with an
// empty body, before reading anything, to whoever does not know the secret.
func (c *Channel) Handler(desk Desk) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.config.Secret.matches(r.Header.Get(secretHeader)) {
			// The body is not read. Without the deadline the server would wait for it
			// before it answers, only to throw it away.
			_ = http.NewResponseController(w).SetReadDeadline(longAgo)
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
		w.WriteHeader(c.handle(r.Context(), desk, u))
	})
}

// handle is the status for one update, once that is known.
func (c *Channel) handle(ctx context.Context, desk Desk, u update) int {
	done := make(chan error, 1)
	c.take(desk, u, func(err error) { done <- err })
	select {
	case err := <-done:
		if err == nil {
			return http.StatusOK
		}
	case <-ctx.Done():
	}
	return http.StatusServiceUnavailable
}
