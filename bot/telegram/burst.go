package telegram

import "sync"

// The longest time, in seconds by the dates of the messages, between two messages of one burst.
const (
	forwardedWithin = 2
	editedWithin    = 60
	sameAlbum       = 1 << 40 // an album has an id
)

// maxBursts bounds the chats that are remembered. Forgetting one costs a superfluous answer.
const maxBursts = 4096

// bursts keeps the last burst of messages of each chat, such as an album, so that it gets one answer
// (pyTelegramBotAPI#1581, go-telegram-bot-api#242).
type bursts struct {
	mu   sync.Mutex
	last map[int64]burst
}

type burst struct {
	key   string
	first int64 // id of the update that is answered
	date  int64 // of the latest message
}

// continues reports whether an update belongs to a burst of which another is answered.
func (b *bursts) continues(chat, update int64, key string, date, within int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	last, known := b.last[chat]
	if known && last.key == key && date-last.date <= within {
		last.date = max(last.date, date)
		b.last[chat] = last
		return last.first != update // that one was redelivered
	}
	if b.last == nil || len(b.last) >= maxBursts {
		b.last = map[int64]burst{}
	}
	b.last[chat] = burst{key, update, date}
	return false
}
