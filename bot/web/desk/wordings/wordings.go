// Package wordings reads the texts of content as written in their files: in every language, with their plural forms and
// placeholders. Package locales renders them; this package edits them.
package wordings

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"digiwijzer/flows/content/edit"

	"github.com/BurntSushi/toml"
)

// Files reads content files by their path in a content folder.
type Files interface {
	// Read returns a file in force; nil: there is none.
	Read(name string) []byte
	// Base returns the file that the program was built with; nil: there is none.
	Base(name string) []byte
	// Names returns the paths of all files.
	Names() []string
}

// messages are the texts of one file: by id, by plural form ("other" if there is one form).
type messages map[string]map[string]string

// Cache caches decoded own files, by content.
type Cache struct {
	mu  sync.Mutex
	all map[[32]byte]messages
}

// maxParsed is how many files are cached: the drafts of some editors.
const maxParsed = 300

func (c *Cache) messages(data []byte) messages {
	key := sha256.Sum256(data)
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok := c.all[key]; ok {
		return m
	}
	if len(c.all) >= maxParsed || c.all == nil {
		c.all = map[[32]byte]messages{}
	}
	m := decodeMessages(data)
	c.all[key] = m
	return m
}

// decodeMessages returns the texts of a file; none if it is not TOML.
func decodeMessages(data []byte) messages {
	var raw map[string]any
	if _, err := toml.Decode(string(data), &raw); err != nil {
		return nil
	}
	m := messages{}
	for id, value := range raw {
		switch v := value.(type) {
		case string:
			m[id] = map[string]string{"other": v}
		case map[string]any:
			forms := map[string]string{}
			for form, text := range v {
				if s, ok := text.(string); ok && slices.Contains(Forms, form) {
					forms[form] = s
				}
			}
			m[id] = forms
		}
	}
	return m
}

// Forms are the plural forms that a text can have in the languages of CLDR.
var Forms = []string{"zero", "one", "two", "few", "many", "other"}

// Wording is a text in all Languages.
type Wording struct {
	ID     string
	ByForm map[string]map[string]string // by language and form
	file   map[string]string            // by language: its file
}

// All are all texts of a content.
type All struct {
	Languages []string // Dutch first
	ByID      map[string]*Wording
}

// Read reads the texts. Texts of an own file replace embedded ones individually. The result shares parts with other
// results, and must not be changed.
func Read(from Files, cache *Cache) All {
	all := builtInTexts()
	copied := false
	for _, name := range from.Names() {
		lang, ok := languageOfTexts(name)
		data := from.Read(name)
		if !ok || bytes.Equal(data, from.Base(name)) {
			continue
		}
		if !copied {
			all, copied = All{Languages: slices.Clone(all.Languages), ByID: maps.Clone(all.ByID)}, true
		}
		all.addFile(name, lang, cache.messages(data))
	}
	return all
}

// builtInTexts are the texts that the program was built with.
var builtInTexts = sync.OnceValue(func() All {
	all := All{ByID: map[string]*Wording{}}
	for _, name := range builtInNames() {
		if lang, ok := languageOfTexts(name); ok {
			all.addFile(name, lang, decodeMessages(builtInFiles()[name]))
		}
	}
	return all
})

// languageOfTexts returns the language of a file by its path; false for a file of something else.
func languageOfTexts(name string) (lang string, ok bool) {
	lang = LanguageOf(name)
	return lang, path.Dir(name) == "locales" && lang != ""
}

// Dutch is the language that every text has.
const Dutch = "nl"

// LanguageOf returns the language of a file of texts.
func LanguageOf(name string) string {
	return strings.TrimPrefix(path.Ext(strings.TrimSuffix(name, ".toml")), ".")
}

func (all *All) addFile(name, lang string, texts messages) {
	if !slices.Contains(all.Languages, lang) {
		all.Languages = append(all.Languages, lang)
		slices.SortFunc(all.Languages, func(a, b string) int {
			return strings.Compare(strings.Replace(a, Dutch, "", 1), strings.Replace(b, Dutch, "", 1))
		})
	}
	for id, forms := range texts {
		all.add(id, lang, name, forms)
	}
}

// add adds a text, unless a file with a later name has it. It copies what it changes: other results share it.
func (all *All) add(id, lang, file string, forms map[string]string) {
	w := &Wording{ID: id, ByForm: map[string]map[string]string{}, file: map[string]string{}}
	if known := all.ByID[id]; known != nil {
		if known.file[lang] > file {
			return
		}
		w.ByForm, w.file = maps.Clone(known.ByForm), maps.Clone(known.file)
	}
	w.ByForm[lang], w.file[lang] = forms, file
	all.ByID[id] = w
}

func (all All) Has(lang, id string) bool {
	return all.ByID[id] != nil && all.ByID[id].Text(lang) != ""
}

// Text returns the text in a language as written in its file.
func (w *Wording) Text(lang string) string {
	if w == nil {
		return ""
	}
	return w.ByForm[lang]["other"]
}

// staffFiles are the groups of texts that only staff read: of commands and of pages behind the sign-in.
var staffFiles = []string{"check", "check-loading", "cli", "coordinator", "dashboard", "desk", "doctor", "edition", "office", "overview", "report", "signin", "simulate", "terminal"}

// ForStaff reports whether only staff read a text.
func (w *Wording) ForStaff() bool {
	group, _, _ := strings.Cut(path.Base(w.file[Dutch]), ".")
	return slices.Contains(staffFiles, group)
}

// FileFor returns the file that a text belongs in: its current file, or that of similar texts.
func (all All) FileFor(lang, id string) string {
	if w := all.ByID[id]; w != nil {
		for _, l := range append([]string{lang}, all.Languages...) {
			if f := w.file[l]; f != "" {
				return strings.TrimSuffix(f, "."+l+".toml") + "." + lang + ".toml"
			}
		}
	}
	group, _, _ := strings.Cut(id, ".")
	for _, other := range slices.Sorted(maps.Keys(all.ByID)) {
		if f := all.ByID[other].file[Dutch]; f != "" && strings.HasPrefix(other, group+".") {
			return strings.TrimSuffix(f, "."+Dutch+".toml") + "." + lang + ".toml"
		}
	}
	return "locales/eigen." + lang + ".toml"
}

// ShownForms returns the plural forms that a text has in any language.
func (w *Wording) ShownForms() (forms []string) {
	for _, form := range Forms {
		for _, of := range w.ByForm {
			if _, ok := of[form]; ok && !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	if len(forms) == 0 {
		forms = []string{"other"}
	}
	return forms
}

// Form returns one form in a language; empty if it or the text does not exist.
func (w *Wording) Form(lang, form string) string {
	if w == nil {
		return ""
	}
	return w.ByForm[lang][form]
}

// SortedIDs returns the ids of all texts.
func SortedIDs(all All) (ids []string) {
	for id := range all.ByID {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// formsIn returns the plural forms that a text has now.
func formsIn(own, base []byte, id string) map[string]string {
	for _, data := range [][]byte{own, base} {
		if forms, ok := decodeMessages(data)[id]; ok {
			return maps.Clone(forms)
		}
	}
	return map[string]string{}
}

// Change is a new text, or a new plural form of one.
type Change struct{ Lang, Form, ID, File, Text string }

// Write writes texts into own files, which hold only the differences.
func Write(own map[string][]byte, base func(name string) []byte, texts []Change) error {
	for _, c := range texts {
		doc, err := edit.Parse(own[c.File])
		if err != nil {
			return err
		}
		at := edit.Path{}.Key(c.ID)
		forms := formsIn(own[c.File], base(c.File), c.ID)
		switch {
		case len(forms) > 1 || c.Form != "other":
			forms[c.Form] = c.Text
			for _, form := range slices.Sorted(maps.Keys(forms)) {
				if doc, err = doc.Set(at.Key(form), forms[form]); err != nil {
					return err
				}
			}
		case c.Text == "" && base(c.File) == nil && doc.Has(at):
			if doc, err = doc.Remove(at); err != nil {
				return err
			}
		default:
			if doc, err = doc.Set(at, c.Text); err != nil {
				return err
			}
		}
		own[c.File] = doc.Bytes()
	}
	return nil
}

// Remove removes a text from own files; a text of the program stays.
func Remove(own map[string][]byte, texts All, id string) error {
	for _, lang := range texts.Languages {
		file := texts.FileFor(lang, id)
		doc, err := edit.Parse(own[file])
		if err != nil {
			return err
		}
		at := edit.Path{}.Key(id)
		if !doc.Has(at) {
			continue
		}
		if doc, err = doc.Remove(at); err != nil {
			return err
		}
		if own[file] = doc.Bytes(); len(bytes.TrimSpace(own[file])) == 0 {
			delete(own, file)
		}
	}
	return nil
}

// Within reports whether a file has only texts that another has too, with the same content.
func Within(data, base []byte) bool {
	all, here := decodeMessages(base), decodeMessages(data)
	for id, forms := range here {
		if !maps.Equal(forms, all[id]) {
			return false
		}
	}
	return here != nil
}
