package telegram

import (
	"strconv"

	"digiwijzer/bot"
)

// ref returns the reference of a message id; empty for 0.
func ref(id int64) bot.MessageRef {
	if id == 0 {
		return ""
	}
	return bot.MessageRef(strconv.FormatInt(id, 10))
}

// messageID returns the id in a reference; 0 for none, or for one of another channel.
func messageID(r bot.MessageRef) int64 {
	id, err := strconv.ParseInt(string(r), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// Newer reports whether message a was sent after b: message ids of a chat increase.
func (c *Channel) Newer(a, b bot.MessageRef) bool { return messageID(a) > messageID(b) }

// maxButtons is the limit of buttons on a message.
// https://core.telegram.org/bots/api#inlinekeyboardmarkup; https://limits.tginfo.me
const maxButtons = 100

// Traits states what the Bot API allows: new messages to one chat at one per second with
// short bursts (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
// Edits have a limit that is not documented: some twenty quick ones were refused for 30 s and
// more (python-telegram-bot#939, m1guelpf/chatgpt-telegram#63).
func (c *Channel) Traits() bot.Traits {
	return bot.Traits{
		Edit: true, Push: true, Quote: true, Copy: true, Buttons: maxButtons, LabelRunes: maxLabel,
		Pace: bot.Pace{Rate: 1, Burst: 3}, EditPace: bot.Pace{Rate: 2, Burst: 10},
	}
}
