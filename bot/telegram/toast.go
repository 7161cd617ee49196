package telegram

import (
	"context"

	tg "github.com/go-telegram/bot"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// maxToast is the longest text of a toast, in UTF-16 units.
// https://core.telegram.org/bots/api#answercallbackquery
const maxToast = 200

// toast returns the text of the pop-up after a press: the first notice of the turn, if any.
func (c *Channel) toast(turn flows.Turn) string {
	for _, r := range turn.Replies {
		for _, b := range r.Blocks {
			if b.Style == flows.Notice {
				text, _ := c.config.Texts().Render(turn.Session.Lang, b.Text)
				return truncate(text, maxToast)
			}
		}
	}
	return ""
}

// answerQuery ends the spinner of a pressed button. An answer is worthless after a few
// seconds, so a failed one is not retried.
func (c *Channel) answerQuery(query, text string) {
	c.background.try(func(ctx context.Context) {
		err := c.client.call(ctx, "answerCallbackQuery", tg.AnswerCallbackQueryParams{CallbackQueryID: query, Text: text}, nil)
		if err != nil && verdictOf(err) != bot.Harmless {
			c.log.Debug("callback query not answered", "error", err)
		}
	})
}
