package flows

import (
	"maps"
	"slices"
	"strings"
)

// commands are the typed commands, Dutch and English, that every channel knows.
var commands = map[string]string{
	"help": DoHelp, "hulp": DoHelp, "settings": DoMenu, "menu": DoMenu,
	"taal": DoLanguage, "language": DoLanguage,
	"antwoorden": DoAnswers, "answers": DoAnswers,
	"opnieuw": DoRestart, "restart": DoRestart,
	"stop":         DoStop,
	"privacy":      DoPrivacy,
	"mijngegevens": DoMyData, "mydata": DoMyData,
	"verwijder": DoErase, "erase": DoErase,
}

// Command reads a text that begins with a slash, such as "/Help@digiwijzer_bot" or
// "/start kvk-utrecht". name is the command in lower case without slash and address;
// ok is false for anything that is no command.
func Command(text string) (name, payload string, ok bool) {
	if !strings.HasPrefix(text, "/") {
		return "", "", false
	}
	name, payload, _ = strings.Cut(text[1:], " ")
	name, _, _ = strings.Cut(name, "@")
	return strings.ToLower(name), strings.TrimSpace(payload), name != ""
}

// CommandAction is the action of a command other than /start.
func CommandAction(name string) (action string, ok bool) {
	action, ok = commands[name]
	return action, ok
}

// CommandFor is a command that does the action, "/stop"; empty where none does. Of
// several the first in alphabetical order is given.
func CommandFor(action string) string {
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		if commands[name] == action {
			return "/" + name
		}
	}
	return ""
}
