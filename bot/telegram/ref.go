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
