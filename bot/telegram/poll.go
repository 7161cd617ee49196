package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"digiwijzer/bot"
)

const (
	pollSeconds = 50 // how long Telegram holds an empty getUpdates
	pollLimit   = 100
	pollSlack   = 15 * time.Second // for the network, on top of pollSeconds
)

// intakeBackoff spaces the calls of the intake after failures.
var intakeBackoff = bot.Backoff{First: time.Second, Longest: 30 * time.Second}

// getUpdates are the parameters of a poll.
type getUpdates struct {
	Offset  int64    `json:"offset,omitempty"`
	Limit   int      `json:"limit"`
	Timeout int      `json:"timeout"`
	Allowed []string `json:"allowed_updates"`
}

// poll fetches updates until ctx ends or the token is refused. The offset advances past an
// update only when that update and all before it are committed, so a crash leads to
// redelivery and not to loss. No offset is stored: Telegram keeps unconfirmed updates.
func (c *Channel) poll(ctx context.Context, d Dispatcher) error {
	in := &intake{Channel: c, dispatcher: d}
	for offset := int64(0); ctx.Err() == nil; {
		if !in.webhookDeleted {
			// Pending updates are kept: people pressed those buttons.
			err := c.client.call(ctx, "deleteWebhook", map[string]bool{"drop_pending_updates": false}, nil)
			if fatal := in.report(ctx, err); fatal != nil {
				return fatal
			}
			in.webhookDeleted = err == nil
			continue
		}
		var batch []json.RawMessage
		err := c.fetch(ctx, offset, &batch)
		if fatal := in.report(ctx, err); fatal != nil {
			return fatal
		}
		if len(batch) > 0 {
			offset = in.process(ctx, batch, offset)
		}
	}
	return nil
}

func (c *Channel) fetch(ctx context.Context, offset int64, batch *[]json.RawMessage) error {
	ctx, cancel := context.WithTimeout(ctx, pollSeconds*time.Second+pollSlack)
	defer cancel()
	return c.client.call(ctx, "getUpdates", getUpdates{Offset: offset, Limit: pollLimit, Timeout: pollSeconds, Allowed: allowedUpdates}, batch)
}

// intake is the state of polling, or of registering the webhook.
type intake struct {
	*Channel
	dispatcher     Dispatcher
	webhookDeleted bool // polling is possible
	failedCalls    int  // in a row
	refusedBatches int  // in a row: the dispatcher refused an update of each
}

// report reports the result of a call to the dispatcher, and backs off after a failure. It
// returns the errors that make further calls useless.
func (i *intake) report(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	i.dispatcher.Report(Name, err)
	if err == nil {
		i.failedCalls = 0
		return nil
	}
	var send *bot.SendError
	errors.As(err, &send)
	switch {
	case send == nil:
	case send.Verdict == bot.Locked:
		i.log.Error("bot token refused; intake stopped")
		return err
	case isConflict(err):
		i.log.Error("updates go to another instance or webhook", "error", err)
		i.webhookDeleted = false
	default:
		i.log.Warn("telegram unreachable", "error", err)
	}
	i.failedCalls++
	delay := intakeBackoff.Delay(i.failedCalls)
	if send != nil {
		delay = max(delay, send.RetryAfter)
	}
	i.pause(ctx, delay)
	return nil
}

func isConflict(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.code == http.StatusConflict
}

func (i *intake) pause(ctx context.Context, delay time.Duration) {
	select {
	case <-i.config.Clock.After(delay):
	case <-ctx.Done():
	}
}

// process submits a batch, whose chats the dispatcher handles concurrently, and waits for
// all of it. It returns the next offset: after the batch, or at the first update that the
// dispatcher refused. When ctx ends first nothing is confirmed; committed updates are
// deduplicated when they are delivered again.
func (i *intake) process(ctx context.Context, batch []json.RawMessage, offset int64) int64 {
	type result struct {
		id  int64
		err error
	}
	results := make(chan result, len(batch))
	last := offset - 1
	for _, raw := range batch {
		u, err := readUpdate(raw)
		if err != nil {
			i.log.Error("update without an id")
			results <- result{}
			continue
		}
		last = max(last, u.ID)
		i.handle(i.dispatcher, u, func(err error) { results <- result{u.ID, err} })
	}
	next, refused := last+1, false
	for range batch {
		select {
		case r := <-results:
			if r.err != nil {
				next, refused = min(next, r.id), true
			}
		case <-ctx.Done():
			return offset
		}
	}
	if refused {
		i.refusedBatches++
		i.pause(ctx, intakeBackoff.Delay(i.refusedBatches))
	} else {
		i.refusedBatches = 0
	}
	return next
}
