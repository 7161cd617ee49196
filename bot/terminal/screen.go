package terminal

import (
	"slices"
	"strings"
	"unicode"

	"digiwijzer/flows"
	"digiwijzer/locales"
)

// screen is what can be chosen now: the buttons of the replies shown last.
type screen struct {
	lettered []choice // with a letter before them
	named    []choice // chosen by their words: back, menu
}

// choice is one button with what is typed to press it.
type choice struct {
	letter string
	text   string   // as it is shown
	typed  []string // normalised words that choose it
	button flows.Button
}

// newScreen sorts the buttons. Where something is asked, the options get the letters
// and the way back and the menu are typed in words; elsewhere every button has a letter.
func newScreen(replies []flows.Reply, label func(flows.Button) string) screen {
	var s screen
	buttons := buttonsOf(replies)
	asks := slices.ContainsFunc(buttons, isOption)
	for _, b := range buttons {
		c := choice{text: label(b), button: b}
		short := b
		short.Full = nil
		c.typed = []string{normal(c.text), normal(label(short))}
		switch {
		case b.URL != "": // shown as text
		case asks && !isOption(b) && b.Role != flows.RolePrimary:
			c.text = strings.ToLower(strings.TrimFunc(c.text, isDecoration))
			s.named = append(s.named, c)
		default:
			s.lettered = append(s.lettered, c)
		}
	}
	for i := range s.lettered {
		s.lettered[i].letter = letter(i)
		if s.lettered[i].button.Role == flows.RoleDontKnow && i < 23 {
			s.lettered[i].letter = "x" // always the same letter, out of the way of the others
		}
	}
	return s
}

func buttonsOf(replies []flows.Reply) (buttons []flows.Button) {
	for _, r := range replies {
		for _, row := range r.Keys {
			buttons = append(buttons, row...)
		}
	}
	return buttons
}

func isOption(b flows.Button) bool {
	return b.Role == flows.RoleOption || b.Role == flows.RoleDontKnow
}

// letter is a…z, then aa, ab and so on.
func letter(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return letter(i/26-1) + letter(i%26)
}

// commands are the actions that can be typed as a command. Their words are those of
// the other chats, "telegram.word.<id>", and may be typed in any language.
var commands = map[string]string{
	"help": flows.DoHelp, "language": flows.DoLanguage, "answers": flows.DoAnswers,
	"restart": flows.DoRestart, "stop": flows.DoStop, "privacy": flows.DoPrivacy,
	"mydata": flows.DoMyData, "erase": flows.DoErase,
}

// commandWords gives the action of every command word.
func commandWords(texts *locales.Texts) map[string]string {
	words := map[string]string{}
	for id, action := range commands {
		for _, lang := range texts.Languages() {
			words[texts.Text(lang, "telegram.word."+id)] = action
		}
	}
	return words
}

// understand makes an input of a typed line, or says that it means nothing here: then
// it is for the engine, which knows words, numbers, places and initiatives. commands
// gives the action of a command word.
func (s screen) understand(line string, commands map[string]string) (flows.Input, bool) {
	if name, ok := strings.CutPrefix(line, "/"); ok {
		name, payload, _ := strings.Cut(strings.ToLower(name), " ")
		if name == "start" {
			return flows.Input{Kind: flows.Start}, true
		}
		action, known := commands[name]
		return flows.Input{Kind: flows.Action, Action: action, Option: languageOf(action, payload)}, known
	}
	c, ok := s.find(line)
	return press(c.button), ok
}

func languageOf(action, payload string) string {
	if action == flows.DoLanguage {
		return strings.TrimSpace(payload)
	}
	return ""
}

// find looks for the one choice that a line names: its letter, its words, or the
// beginning of its words where no other begins so.
func (s screen) find(line string) (choice, bool) {
	bare := strings.ToLower(strings.TrimRight(strings.TrimSpace(line), ").:"))
	for _, c := range s.lettered {
		if c.letter == bare {
			return c, true
		}
	}
	typed := normal(line)
	if typed == "" {
		return choice{}, false
	}
	all := slices.Concat(s.lettered, s.named)
	for _, c := range all {
		if slices.Contains(c.typed, typed) {
			return c, true
		}
	}
	return onlyOne(all, typed)
}

// onlyOne finds the single choice whose words begin with what was typed, if that is
// three letters or more.
func onlyOne(choices []choice, typed string) (found choice, ok bool) {
	if len([]rune(typed)) < 3 {
		return choice{}, false
	}
	for _, c := range choices {
		begins := func(words string) bool { return strings.HasPrefix(words, typed) }
		if !slices.ContainsFunc(c.typed, begins) {
			continue
		}
		if ok {
			return choice{}, false
		}
		found, ok = c, true
	}
	return found, ok
}

// press makes the input of a button.
func press(b flows.Button) flows.Input {
	if b.Action != "" {
		return flows.Input{Kind: flows.Action, Action: b.Action, Question: b.Question, Option: b.Option, Rev: b.Rev}
	}
	return flows.Input{Kind: flows.Answer, Question: b.Question, Option: b.Option, Rev: b.Rev}
}

// normal makes typed words comparable: small letters, no decoration around them, single
// spaces.
func normal(s string) string {
	s = strings.TrimFunc(strings.ToLower(s), isDecoration)
	return strings.Join(strings.Fields(s), " ")
}

func isDecoration(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
