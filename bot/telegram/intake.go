package telegram

import "digiwijzer/flows"

// handled is the result of an update.
type handled struct {
	err   error  // nil: the update may be acknowledged; otherwise Telegram must deliver it again
	query string // id of the callback query to answer; empty: none
	toast string // the text of that answer
}

// handle decodes one update and submits it to the dispatcher. It calls done once. An update
// without a conversation is acknowledged at once.
func (c *Channel) handle(d Dispatcher, u update, done func(handled)) {
	in, effects := c.decode(u)
	if effects.leaveChat != 0 {
		c.leaveGroup(effects.leaveChat)
	}
	if in.Chat.ID == "" {
		done(handled{query: effects.answerQuery})
		return
	}
	d.Submit(in, func(turn flows.Turn, err error) {
		if err != nil {
			done(handled{err: err})
			return
		}
		h := handled{query: effects.answerQuery}
		if h.query != "" {
			h.toast = c.toast(turn)
		}
		done(h)
	})
}
