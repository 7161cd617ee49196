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
	ownerPause  = time.Second      // between checks whether another process still polls
	pollSlack   = 15 * time.Second // for the network, on top of pollSeconds
)

// The pauses after failures of the intake: of the network or the server, of a rejected token, and of a
// conflict with another instance or webhook. Telegram has rejected valid tokens (tdlib/telegram-bot-api#77,
// Naltox/telegram-node-bot#92), so none of them is final.
var (
	intakeBackoff   = bot.Backoff{First: time.Second, Longest: 30 * time.Second}
	refusedBackoff  = bot.Backoff{First: time.Second, Longest: 5 * time.Minute}
	conflictBackoff = bot.Backoff{First: time.Second, Longest: time.Minute}
)

// getUpdates are the parameters of a poll.
type getUpdates struct {
	Offset  int64    `json:"offset,omitempty"`
	Limit   int      `json:"limit"`
	Timeout int      `json:"timeout"`
	Allowed []string `json:"allowed_updates"`
}

// poll fetches updates until ctx ends. The offset advances past an
// update only when that update and all before it are committed, so a crash leads to
// redelivery and not to loss. No offset is stored: Telegram keeps unconfirmed updates.
func (c *Channel) poll(ctx context.Context, d Dispatcher) {
	in := &intake{Channel: c, dispatcher: d}
	for offset := int64(0); ctx.Err() == nil; {
		if !d.Owns(bot.LeasePoll) {
			c.pause(ctx, ownerPause)
			continue
		}
		if !in.webhookDeleted {
			// Pending updates are kept: people pressed those buttons.
			err := c.client.call(ctx, "deleteWebhook", map[string]bool{"drop_pending_updates": false}, nil)
			if in.webhookDeleted = err == nil; err != nil {
				in.failed(ctx, err)
				continue
			}
		}
		var batch []json.RawMessage
		if err := c.fetch(ctx, offset, &batch); err != nil {
			in.failed(ctx, err)
			continue
		}
		in.succeeded()
		if len(batch) > 0 {
			offset = in.process(ctx, batch, offset)
		}
	}
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

// succeeded reports that updates can be received.
func (i *intake) succeeded() {
	i.dispatcher.Report(Name, partIntake, nil)
	i.failedCalls = 0
}

// failed reports a failed call and backs off.
func (i *intake) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	i.dispatcher.Report(Name, partIntake, err)
	i.failedCalls++
	backoff := intakeBackoff
	switch {
	case verdictOf(err) == bot.Locked:
		i.log.Error("bot token refused", "error", err)
		backoff = refusedBackoff
	case isConflict(err):
		i.log.Error("updates go to another instance or webhook", "error", err)
		i.webhookDeleted = false
		backoff = conflictBackoff
	default:
		i.log.Warn("telegram unreachable", "error", err)
	}
	i.pause(ctx, max(backoff.Delay(i.failedCalls), retryAfter(err)))
}

func isConflict(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.code == http.StatusConflict
}

// process submits a batch, whose chats the dispatcher handles concurrently, and waits for
// all of it. It returns the next offset: one past the last update of the batch, or the first
// update that the dispatcher refused. When ctx ends first nothing is confirmed; committed
// updates are deduplicated when they are delivered again.
//
// The next offset can be below the present one: after a week without updates Telegram numbers from a random
// start (https://core.telegram.org/bots/api#update). Confirmed updates do not come back then: they are
// deleted.
func (i *intake) process(ctx context.Context, batch []json.RawMessage, offset int64) int64 {
	type result struct {
		at  int // in ids
		err error
	}
	ids := make([]int64, 0, len(batch))
	results := make(chan result, len(batch))
	for _, raw := range batch {
		u, err := readUpdate(raw)
		if err != nil {
			i.log.Error("update without an id")
			continue
		}
		at := len(ids)
		ids = append(ids, u.ID)
		i.handle(i.dispatcher, u, func(h handled) {
			if h.query != "" {
				i.answerQuery(h.query, h.toast)
			}
			results <- result{at, h.err}
		})
	}
	refused := len(ids) // the first one refused
	for range ids {
		select {
		case r := <-results:
			if r.err != nil {
				refused = min(refused, r.at)
			}
		case <-ctx.Done():
			return offset
		}
	}
	switch {
	case refused < len(ids):
		i.refusedBatches++
		i.pause(ctx, intakeBackoff.Delay(i.refusedBatches))
		return ids[refused]
	case len(ids) > 0:
		i.refusedBatches = 0
		return ids[len(ids)-1] + 1
	}
	// Nothing of this batch can be confirmed: without a pause it would be fetched in a loop.
	i.refusedBatches++
	i.pause(ctx, intakeBackoff.Delay(i.refusedBatches))
	return offset
}
