package terminal

import (
	"slices"
	"strings"
	"unicode"

	"digiwijzer/flows"
	"digiwijzer/locales"
)

// choices are the buttons that can be chosen now.
type choices struct {
	lettered []choice // chosen by their letter or words
	named    []choice // chosen by their words only: back, menu
}

// choice is one button and what people type to choose it.
type choice struct {
	letter string
	text   string   // as written
	typed  []string // words that choose it, normalized
	button flows.Button
}

// newChoices groups the buttons. With a question, only its options get letters; back and
// the menu are typed in words. Without one, every button gets a letter.
func newChoices(replies []flows.Reply, label func(flows.Button) string) choices {
	var s choices
	buttons := buttonsOf(replies)
	asks := slices.ContainsFunc(buttons, isOption)
	for _, b := range buttons {
		c := choice{text: label(b), button: b}
		short := b
		short.Full = nil
		c.typed = []string{normalize(c.text), normalize(label(short))}
		switch {
		case b.URL != "": // written as text
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
			s.lettered[i].letter = "x" // the same letter for every question
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

// letter returns a to z for 0 to 25, then aa, ab and so on.
func letter(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return letter(i/26-1) + letter(i%26)
}

// commands are the actions that can be typed as a command. Their words are those of
// Telegram, the texts telegram.word.<id>, and are accepted in every language.
var commands = map[string]string{
	"help": flows.DoHelp, "language": flows.DoLanguage, "answers": flows.DoAnswers,
	"restart": flows.DoRestart, "stop": flows.DoStop, "privacy": flows.DoPrivacy,
	"mydata": flows.DoMyData, "erase": flows.DoErase, "code": flows.DoCode,
}

// commandWords returns the action of every command word.
func commandWords(texts *locales.Texts) map[string]string {
	words := map[string]string{}
	for id, action := range commands {
		for _, lang := range texts.Languages() {
			words[texts.Text(lang, "telegram.word."+id)] = action
		}
	}
	return words
}

// parse returns the input of a line that is a command or a choice. ok is false for other
// text, which the engine interprets. commands maps command words to actions.
func (s choices) parse(line string, commands map[string]string) (in flows.Input, ok bool) {
	if name, ok := strings.CutPrefix(line, "/"); ok {
		name, payload, _ := strings.Cut(strings.ToLower(name), " ")
		if name == "start" {
			return flows.Input{Kind: flows.Start}, true
		}
		action, known := commands[name]
		in := flows.Input{Kind: flows.Action, Action: action, Option: languageOf(action, payload)}
		if action == flows.DoCode {
			in.Text = payload
		}
		return in, known
	}
	if line == "?" {
		return flows.Input{Kind: flows.Action, Action: flows.DoHelp}, true
	}
	c, ok := s.find(line)
	return inputOf(c.button), ok
}

func languageOf(action, payload string) string {
	if action == flows.DoLanguage {
		return strings.TrimSpace(payload)
	}
	return ""
}

// find returns the choice that a line identifies: by its letter, its words, or an
// unambiguous prefix of its words.
func (s choices) find(line string) (choice, bool) {
	bare := strings.ToLower(strings.TrimRight(strings.TrimSpace(line), ").:"))
	for _, c := range s.lettered {
		if c.letter == bare {
			return c, true
		}
	}
	typed := normalize(line)
	if typed == "" {
		return choice{}, false
	}
	all := slices.Concat(s.lettered, s.named)
	for _, c := range all {
		if slices.Contains(c.typed, typed) {
			return c, true
		}
	}
	return byPrefix(all, typed)
}

// byPrefix returns the only choice with words that start with prefix, which must have at
// least three letters.
func byPrefix(all []choice, prefix string) (found choice, ok bool) {
	if len([]rune(prefix)) < 3 {
		return choice{}, false
	}
	for _, c := range all {
		matches := func(words string) bool { return strings.HasPrefix(words, prefix) }
		if !slices.ContainsFunc(c.typed, matches) {
			continue
		}
		if ok {
			return choice{}, false
		}
		found, ok = c, true
	}
	return found, ok
}

// inputOf returns the input of pressing a button.
func inputOf(b flows.Button) flows.Input {
	if b.Action != "" {
		return flows.Input{Kind: flows.Action, Action: b.Action, Question: b.Question, Option: b.Option, Rev: b.Rev}
	}
	return flows.Input{Kind: flows.Answer, Question: b.Question, Option: b.Option, Rev: b.Rev}
}

// normalize makes typed words comparable: lower case, no punctuation or emoji around
// them, single spaces.
func normalize(s string) string {
	s = strings.TrimFunc(strings.ToLower(s), isDecoration)
	return strings.Join(strings.Fields(s), " ")
}

func isDecoration(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
