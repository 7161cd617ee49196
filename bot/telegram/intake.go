package telegram

import "digiwijzer/flows"

// handle decodes one update and submits it to the dispatcher. It calls done once: with nil
// when the update may be acknowledged, with an error when Telegram must deliver it again.
// An update without a conversation is acknowledged at once.
func (c *Channel) handle(d Dispatcher, u update, done func(error)) {
	in, effects := c.decode(u)
	if effects.leaveChat != 0 {
		c.leaveGroup(effects.leaveChat)
	}
	if in.Chat.ID == "" {
		if effects.answerQuery != "" {
			c.answerQuery(effects.answerQuery, "")
		}
		done(nil)
		return
	}
	d.Submit(in, func(turn flows.Turn, err error) {
		if err == nil && effects.answerQuery != "" {
			c.answerQuery(effects.answerQuery, c.toast(turn))
		}
		done(err)
	})
}
