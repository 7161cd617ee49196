package telegram

import "sync"

// How far apart, in seconds by the dates of the messages, those of one burst are at most.
const (
	forwardedWithin = 10
	editedWithin    = 60
	sameAlbum       = 1 << 40 // an album has an id
)

// maxBursts bounds the chats that are remembered. Forgetting one costs an answer too many.
const maxBursts = 4096

// bursts remembers the last burst of messages of each chat, such as an album, so that it gets
// one answer (pyTelegramBotAPI#1581, go-telegram-bot-api#242).
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
		return last.first != update // which is delivered again
	}
	if b.last == nil || len(b.last) >= maxBursts {
		b.last = map[int64]burst{}
	}
	b.last[chat] = burst{key, update, date}
	return false
}
