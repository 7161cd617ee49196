package telegram

import (
	"context"
	"sync"

	tg "github.com/go-telegram/bot"

	"digiwijzer/bot"
	"digiwijzer/locales"
)

// groups holds the ids of the groups that are being left. Being added to a group causes
// several updates at once, and the group must get one message.
type groups struct {
	mu      sync.Mutex
	leaving map[int64]bool
}

// begin marks a group as being left, and reports whether it was not yet.
func (g *groups) begin(chat int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.leaving[chat] {
		return false
	}
	if g.leaving == nil {
		g.leaving = map[int64]bool{}
	}
	g.leaving[chat] = true
	return true
}

// end removes a group: it was left, or its next update tries again.
func (g *groups) end(chat int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.leaving, chat)
}

// leaveGroup sends one message to a group or channel and leaves it, in the background.
// Channels may refuse the message, so its error is ignored.
func (c *Channel) leaveGroup(chat int64) {
	if !c.groups.begin(chat) {
		return
	}
	started := c.background.try(func(ctx context.Context) {
		defer c.groups.end(chat)
		text := c.config.Texts().Text(locales.Default, "telegram.private_only")
		params := tg.SendMessageParams{ChatID: chat, Text: text}
		if name := c.Username(); name != "" {
			label := c.config.Texts().Text(locales.Default, "telegram.open_private")
			params.ReplyMarkup = inlineKeyboard{marshalRows([][]inlineButton{{{Text: label, URL: botAddress(name, "")}}})}
		}
		_ = c.client.call(ctx, "sendMessage", params, nil)
		err := c.client.call(ctx, "leaveChat", tg.LeaveChatParams{ChatID: chat}, nil)
		if err != nil && verdictOf(err) != bot.Gone {
			c.log.Warn("leaving group failed", "error", err)
		}
	})
	if !started {
		c.groups.end(chat)
	}
}
