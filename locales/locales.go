// Package locales holds every word a person reads and puts messages into words.
//
// The texts are go-i18n message files named <name>.<language>.toml, Dutch ("nl")
// first. An overlay may replace single messages. A language is matched exactly:
// go-i18n's matcher would answer Ukrainian with Russian.
package locales

import (
	"embed"
	"io/fs"
	"slices"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Default is the language that every text exists in; the others are translations.
const Default = "nl"

//go:embed *.toml
var embedded embed.FS

// Embedded returns the texts that the program was built with, to be given to Load.
func Embedded() fs.FS { return embedded }

// Texts are the texts of all languages. It does not change after Load and may be
// used by many goroutines.
type Texts struct {
	languages []string // Default first, others in alphabetical order
	by        map[string]*catalogue
}

// catalogue is the texts of one language.
type catalogue struct {
	messages  map[string]*i18n.Message
	plural    map[string]bool // messages with more forms than "other"
	localizer *i18n.Localizer
}

// Languages returns the languages there are texts in, as tags such as "nl", Dutch
// first and the others in alphabetical order. The text "language.name" holds the
// name of a language in that language.
func (t *Texts) Languages() []string { return slices.Clone(t.languages) }

// Has tells whether the language itself has a text with this id.
func (t *Texts) Has(lang, id string) bool {
	c, ok := t.by[lang]
	return ok && c.messages[id] != nil
}

// IDs returns the ids of the texts of a language in alphabetical order; none for an
// unknown language.
func (t *Texts) IDs(lang string) []string {
	c, ok := t.by[lang]
	if !ok {
		return nil
	}
	ids := make([]string, 0, len(c.messages))
	for id := range c.messages {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Source returns the words of a text as they stand in its file, with its
// placeholders: one per plural form, none for an unknown text. It serves the content
// gate, which judges words before they are filled in.
func (t *Texts) Source(lang, id string) []string {
	c, ok := t.by[lang]
	if !ok || c.messages[id] == nil {
		return nil
	}
	return forms(c.messages[id])
}
