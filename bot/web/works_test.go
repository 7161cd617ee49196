package web_test

import "digiwijzer/bot"

// undeclared returns works that declare no chats or updates.
func undeclared(do ...func(bot.Tx) error) (works []bot.Work) {
	for _, f := range do {
		works = append(works, bot.Work{Do: f})
	}
	return works
}
