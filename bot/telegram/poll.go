package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"digiwijzer/bot"
)

// The polling.
const (
	pollSeconds = 50 // how long Telegram holds an empty getUpdates
	pollLimit   = 100
	pollSlack   = 15 * time.Second // beyond that, for the way
)

// pollBackoff spaces the calls after failures.
var pollBackoff = bot.Backoff{First: time.Second, Longest: 30 * time.Second}

// getUpdates are the parameters of a poll.
type getUpdates struct {
	Offset  int64    `json:"offset,omitempty"`
	Limit   int      `json:"limit"`
	Timeout int      `json:"timeout"`
	Allowed []string `json:"allowed_updates"`
}

// poll fetches updates until ctx ends or the token is refused. The offset moves past
// an update only when that and all before it are committed or put aside, so a crash
// at any point leads to redelivery and not to loss. No offset is ever stored: Telegram
// keeps what is not confirmed.
func (c *Channel) poll(ctx context.Context, desk Desk) error {
	intake := &intake{Channel: c, desk: desk}
	for offset := int64(0); ctx.Err() == nil; {
		if !intake.open {
			// Waiting updates are kept: people pressed those buttons.
			err := c.client.call(ctx, "deleteWebhook", map[string]bool{"drop_pending_updates": false}, nil)
			if stop := intake.outcome(ctx, err); stop != nil {
				return stop
			}
			intake.open = err == nil
			continue
		}
		var batch []json.RawMessage
		err := c.fetch(ctx, offset, &batch)
		if stop := intake.outcome(ctx, err); stop != nil {
			return stop
		}
		if len(batch) > 0 {
			offset = intake.process(ctx, batch, offset)
		}
	}
	return nil
}

func (c *Channel) fetch(ctx context.Context, offset int64, batch *[]json.RawMessage) error {
	ctx, stop := context.WithTimeout(ctx, pollSeconds*time.Second+pollSlack)
	defer stop()
	return c.client.call(ctx, "getUpdates", getUpdates{Offset: offset, Limit: pollLimit, Timeout: pollSeconds, Allowed: allowedUpdates}, batch)
}

// intake is the state of a running poll.
type intake struct {
	*Channel
	desk    Desk
	open    bool // the webhook is gone
	failed  int  // calls in a row
	refused int  // batches in a row of which the desk refused something
}

// outcome reports how a call went and waits before the next one if it failed. An
// error means that there is no use in going on.
func (i *intake) outcome(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	i.desk.Report(Name, err)
	if err == nil {
		i.failed = 0
		return nil
	}
	var send *bot.SendError
	errors.As(err, &send)
	switch {
	case send == nil:
	case send.Verdict == bot.Locked:
		i.log.Error("Telegram refuses the bot token; no more updates are taken until a restart with a valid one")
		return err
	case isConflict(err):
		i.log.Error("another program is fetching this bot's updates, or a webhook was set; run one instance only", "error", err)
		i.open = false
	default:
		i.log.Warn("Telegram cannot be reached; trying again", "error", err)
	}
	i.failed++
	wait := pollBackoff.Delay(i.failed)
	if send != nil {
		wait = max(wait, send.RetryAfter)
	}
	i.pause(ctx, wait)
	return nil
}

func isConflict(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.code == http.StatusConflict
}

func (i *intake) pause(ctx context.Context, wait time.Duration) {
	select {
	case <-i.config.Clock.After(wait):
	case <-ctx.Done():
	}
}

// process hands a batch to the desk, which takes each chat's updates in order and
// chats side by side, and waits for all of it. It returns the next offset: past the
// batch, or at the first update that the desk could not take. When ctx ends first,
// nothing is confirmed; what was committed is recognised when it comes again.
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
			i.log.Error("Telegram sent an update without an id")
			results <- result{}
			continue
		}
		last = max(last, u.ID)
		i.take(i.desk, u, func(err error) { results <- result{u.ID, err} })
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
		i.refused++
		i.pause(ctx, pollBackoff.Delay(i.refused))
	} else {
		i.refused = 0
	}
	return next
}
