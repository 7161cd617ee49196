package flows

import (
	"maps"
	"slices"
	"strings"
)

// commands are the typed commands of every channel, in Dutch and English.
var commands = map[string]string{
	"help": DoHelp, "hulp": DoHelp, "settings": DoMenu, "menu": DoMenu,
	"taal": DoLanguage, "language": DoLanguage,
	"antwoorden": DoAnswers, "answers": DoAnswers,
	"opnieuw": DoRestart, "restart": DoRestart,
	"stop":         DoStop,
	"privacy":      DoPrivacy,
	"mijngegevens": DoMyData, "mydata": DoMyData,
	"verwijder": DoErase, "erase": DoErase,
	"code":    DoCode,
	"gehackt": DoAlarm, "hacked": DoAlarm,
}

// Command splits a text such as "/Help@digiwijzer_bot" or "/start kvk-utrecht" into
// the command, in lower case without slash and address, and its payload. ok is false
// for a text that is not a command.
func Command(text string) (name, payload string, ok bool) {
	if !strings.HasPrefix(text, "/") {
		return "", "", false
	}
	name, payload, _ = strings.Cut(text[1:], " ")
	name, _, _ = strings.Cut(name, "@")
	return strings.ToLower(name), strings.TrimSpace(payload), name != ""
}

// CommandAction returns the action (a Do constant) of a command other than /start;
// ok is false for an unknown command.
func CommandAction(name string) (action string, ok bool) {
	action, ok = commands[name]
	return action, ok
}

// CommandFor returns a command for an action, such as "/stop": the first in
// alphabetical order, or "" when there is none.
func CommandFor(action string) string {
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		if commands[name] == action {
			return "/" + name
		}
	}
	return ""
}
