package telegram

import (
	"context"
	"time"
)

// Inspection is the Bot API's information on a bot and the delivery of its updates.
type Inspection struct {
	Username string // without @
	Topics   bool   // threaded mode is on, in which replies get lost
	Webhook  string // address; empty: updates are polled
	Pending  int    // updates not delivered yet
	// Failed is when a delivery to the webhook last failed, and Problem why; zero: none has.
	Failed  time.Time
	Problem string
}

// Inspect queries the Bot API server at base about a bot, without changing anything. Errors contain neither
// token nor URL.
func Inspect(ctx context.Context, base string, token Token) (i Inspection, err error) {
	checked, err := checkBase(base)
	if err != nil {
		return i, err
	}
	c := newClient(checked, token)
	var me self
	if err := c.call(ctx, "getMe", struct{}{}, &me); err != nil {
		return i, err
	}
	var info webhookInfo
	if err := c.call(ctx, "getWebhookInfo", struct{}{}, &info); err != nil {
		return i, err
	}
	i = Inspection{Username: me.Username, Topics: me.Topics, Webhook: info.URL, Pending: info.Pending, Problem: truncate(oneLine(info.Message), 200)}
	if info.LastError > 0 {
		i.Failed = time.Unix(info.LastError, 0)
	}
	return i, nil
}
