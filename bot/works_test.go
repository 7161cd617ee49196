package bot_test

import "digiwijzer/bot"

// undeclared makes works of functions that do not say what they touch.
func undeclared(do ...func(bot.Tx) error) (works []bot.Work) {
	for _, f := range do {
		works = append(works, bot.Work{Do: f})
	}
	return works
}
