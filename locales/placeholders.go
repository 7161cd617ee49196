package locales

import (
	"fmt"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// text is one text as it is in its file. Nearly all texts have one form with simple placeholders or
// none. Filling those in takes a tenth of the time of go-i18n, which executes a template.
type text struct {
	simple string        // the only form; not used if other is set
	other  *i18n.Message // any other text
	plain  bool          // it is simple, without placeholders
	file   int32         // where it was read: an index of loader.files
}

// textOf returns a message of go-i18n as a text.
func textOf(m *i18n.Message) text {
	if only := forms(m); len(only) == 1 && m.Other != "" && m.LeftDelim == "" && isSimple(m.Other) {
		return simpleText(m.Other)
	}
	return text{other: m}
}

// simpleText returns a text with simple placeholders only.
func simpleText(words string) text {
	return text{simple: words, plain: !strings.Contains(words, "{{")}
}

// forms returns the plural forms that a text has: one or more, or none if it is empty.
func (t text) forms() []string {
	if t.other == nil {
		return []string{t.simple}
	}
	return forms(t.other)
}

// isSimple reports whether a text has simple placeholders only, such as {{.Place}}, or none.
func isSimple(text string) bool {
	for {
		before, _, after, found := cutPlaceholder(text)
		if strings.Contains(before, "{{") {
			return false
		}
		if !found {
			return true
		}
		text = after
	}
}

// cutPlaceholder cuts a text at its first simple placeholder: {{.Name}}, with or without a space
// on either side. Without one, all of the text is before it.
func cutPlaceholder(text string) (before, name, after string, found bool) {
	for from := 0; ; {
		at := strings.Index(text[from:], "{{")
		if at < 0 {
			return text, "", "", false
		}
		at += from
		if name, after, found = placeholderAt(text[at:]); found {
			return text[:at], name, after, true
		}
		from = at + 1
	}
}

// placeholderAt reads the simple placeholder at the start of a text.
func placeholderAt(text string) (name, after string, found bool) {
	inside, after, found := strings.Cut(strings.TrimPrefix(text, "{{"), "}}")
	inside, _ = strings.CutPrefix(inside, " ")
	inside, _ = strings.CutSuffix(inside, " ")
	name, dotted := strings.CutPrefix(inside, ".")
	return name, after, found && dotted && isName(name)
}

// isName reports whether a word is a name of letters, digits and underscores that starts with a letter.
func isName(word string) bool {
	for i := range len(word) {
		switch c := word[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '_'):
		default:
			return false
		}
	}
	return word != ""
}

// fill puts arguments in the places of a simple text.
func (t *Texts) fill(lang, simple string, args map[string]any) (string, error) {
	var b strings.Builder
	for {
		from := strings.Index(simple, "{{")
		if from < 0 {
			b.WriteString(simple)
			return b.String(), nil
		}
		to := from + strings.Index(simple[from:], "}}")
		from += strings.LastIndex(simple[from:to], "{{") // in {{{.Name}}, the first brace is a word
		b.WriteString(simple[:from])
		name := strings.Trim(simple[from:to], "{ .")
		value, ok := args[name]
		if !ok {
			return "", fmt.Errorf("no argument %s", name)
		}
		words, err := t.words(lang, value)
		if err != nil {
			return "", fmt.Errorf("argument %s: %w", name, err)
		}
		b.WriteString(words)
		simple = simple[to+len("}}"):]
	}
}
