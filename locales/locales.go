// Package locales holds every text a person reads, and renders messages.
//
// The texts are go-i18n message files named <name>.<language>.toml. Dutch ("nl") is
// complete, other languages fall back to it. An overlay may replace single messages. A
// language is matched exactly: go-i18n's matcher would choose Russian for Ukrainian.
package locales

import (
	"embed"
	"io/fs"
	"slices"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Default is the language in which every text exists; the others are translations.
const Default = "nl"

//go:embed *.toml
var embedded embed.FS

// Embedded returns a file system with the texts of this build, for Load.
func Embedded() fs.FS { return embedded }

// Texts holds the texts of all languages. It is immutable and safe for concurrent use.
type Texts struct {
	languages []string // Default first, others in alphabetical order
	by        map[string]*catalogue
}

// catalogue holds the texts of one language.
type catalogue struct {
	texts     map[string]text
	ids       func() []string // of all texts, in alphabetical order
	localizer *i18n.Localizer // of the texts that are not simple
}

// Languages returns the available languages as tags such as "nl": Dutch first, the
// others in alphabetical order. The text "language.name" is the name of a language in
// that language.
func (t *Texts) Languages() []string { return slices.Clone(t.languages) }

// Has reports whether a language has a text with the id itself, without fallback.
func (t *Texts) Has(lang, id string) bool {
	_, found := t.find(lang, id)
	return found
}

func (t *Texts) find(lang, id string) (found text, ok bool) {
	c, ok := t.by[lang]
	if !ok {
		return text{}, false
	}
	found, ok = c.texts[id]
	return found, ok
}

// IDs returns the ids of the texts of a language in alphabetical order; none for an
// unknown language.
func (t *Texts) IDs(lang string) []string {
	c, ok := t.by[lang]
	if !ok {
		return nil
	}
	return slices.Clone(c.ids())
}

// Source returns a text as it is in its file, with placeholders: one string per plural
// form, none for an unknown text. The content gate checks it before it is rendered.
func (t *Texts) Source(lang, id string) []string {
	found, ok := t.find(lang, id)
	if !ok {
		return nil
	}
	return found.forms()
}
