package locales

import (
	"fmt"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	gotemplate "github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Message is a text id with arguments. An empty id means a proper name, the same in
// every language, in the string argument "Name". Arguments fill the placeholders of the
// text: strings and ints unchanged, Messages and Lists rendered. The int argument
// "Count" selects the plural form.
type Message interface {
	Message() (id string, args map[string]any)
}

// List is an argument with several parts, rendered as "a, b en c". A part is anything
// that an argument may be.
type List interface {
	Items() []any
}

// Opening is a List at the start of a sentence: its first letter is a capital.
type Opening interface {
	List
	Opens()
}

// conjunction is the text id of the word before the last part of a list.
const conjunction = "list.and"

// strict makes an argument that was not given an error instead of "<no value>".
// It has no functions: go-i18n parses a text with functions again for every use.
var strict = &gotemplate.TextParser{Option: "missingkey=error"}

// Render returns the text of a message in a language, in Dutch when the language or its
// translation is missing. The error names the text; it is returned when Dutch lacks the
// text too, or an argument is missing or of another type.
func (t *Texts) Render(lang string, m Message) (string, error) {
	id, args := m.Message()
	if id == "" {
		name, ok := args["Name"].(string)
		if !ok {
			return "", fmt.Errorf("locales: message without an id and without a name")
		}
		return name, nil
	}
	return t.render(lang, id, args)
}

// Text is Render for a text id; pairs are names and values of arguments. Instead of an
// error it returns the id in brackets.
func (t *Texts) Text(lang, id string, pairs ...any) string {
	var args map[string]any
	if len(pairs) > 0 {
		args = make(map[string]any, len(pairs)/2)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	words, err := t.render(lang, id, args)
	if err != nil {
		return "[" + id + "]"
	}
	return words
}

func (t *Texts) render(lang, id string, args map[string]any) (string, error) {
	found, ok := t.find(lang, id)
	if !ok {
		lang = Default
		found, ok = t.find(lang, id)
	}
	if found.plain {
		return found.simple, nil
	}
	var words string
	var err error
	if ok && found.other == nil {
		words, err = t.fill(lang, found.simple, args)
	} else {
		words, err = t.localize(lang, id, found, args)
	}
	if err != nil {
		return "", fmt.Errorf("locales: %s (%s): %w", id, lang, err)
	}
	return words, nil
}

// localize renders a text that is not simple, or not there.
func (t *Texts) localize(lang, id string, found text, args map[string]any) (string, error) {
	data, err := t.spell(lang, args)
	if err != nil {
		return "", err
	}
	config := i18n.LocalizeConfig{MessageID: id, TemplateData: data, TemplateParser: strict}
	if found.other != nil && len(found.forms()) > 1 {
		config.PluralCount = args["Count"]
	}
	return t.by[lang].localizer.Localize(&config)
}

// spell renders the arguments that are Messages or Lists. It returns a copy of the map
// when there are any, otherwise the map itself.
func (t *Texts) spell(lang string, args map[string]any) (map[string]any, error) {
	var spelled map[string]any
	for name, value := range args {
		switch value.(type) {
		case string, int:
			continue
		}
		words, err := t.words(lang, value)
		if err != nil {
			return nil, fmt.Errorf("argument %s: %w", name, err)
		}
		if spelled == nil {
			spelled = maps.Clone(args)
		}
		spelled[name] = words
	}
	if spelled == nil {
		return args, nil
	}
	return spelled, nil
}

func (t *Texts) words(lang string, value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case int:
		return fmt.Sprint(v), nil
	case Message:
		return t.Render(lang, v)
	case Opening:
		words, err := t.list(lang, v.Items())
		return capitalise(words), err
	case List:
		return t.list(lang, v.Items())
	}
	return "", fmt.Errorf("a %T cannot be rendered", value)
}

// capitalise returns a text with its first letter as a capital.
func capitalise(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

func (t *Texts) list(lang string, items []any) (string, error) {
	var b strings.Builder
	for i, item := range items {
		words, err := t.words(lang, item)
		if err != nil {
			return "", err
		}
		switch {
		case i == 0:
		case i == len(items)-1:
			and, err := t.render(lang, conjunction, nil)
			if err != nil {
				return "", err
			}
			b.WriteString(" " + and + " ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(words)
	}
	return b.String(), nil
}
