package desk

import (
	"crypto/sha256"
	"digiwijzer/bot/web/desk/values"
	"maps"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// messages are the texts of one file: by id, by plural form ("other" where there is one form).
type messages map[string]map[string]string

// parsed caches the files that were read: the same bytes are decoded once.
type parsed struct {
	mu  sync.Mutex
	all map[[32]byte]messages
}

// maxParsed is how many files are cached: all embedded ones and the drafts of some editors.
const maxParsed = 300

func (c *parsed) messages(data []byte) messages {
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

// decodeMessages returns the texts of a file; none of one that is no TOML.
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
				if s, ok := text.(string); ok && slices.Contains(pluralForms, form) {
					forms[form] = s
				}
			}
			m[id] = forms
		}
	}
	return m
}

// pluralForms are the forms that a text can have in the languages there are.
var pluralForms = []string{"zero", "one", "two", "few", "many", "other"}

// wording is a text in all languages.
type wording struct {
	id    string
	forms map[string]map[string]string // by language and form
	file  map[string]string            // by language: where it stands
}

// wordings are all texts of a content.
type wordings struct {
	languages []string // Dutch first
	byID      map[string]*wording
}

// readWordings reads the texts. Those of an own file replace embedded ones one by one.
func readWordings(from files, cache *parsed) wordings {
	all := wordings{byID: map[string]*wording{}}
	for _, name := range from.Names() {
		dir, lang := path.Dir(name), languageOf(name)
		if dir != "locales" || lang == "" {
			continue
		}
		if !slices.Contains(all.languages, lang) {
			all.languages = append(all.languages, lang)
		}
		for _, data := range [][]byte{from.Base(name), from.Read(name)} {
			for id, forms := range cache.messages(data) {
				all.add(id, lang, name, forms)
			}
		}
	}
	slices.SortFunc(all.languages, func(a, b string) int {
		return strings.Compare(strings.Replace(a, dutch, "", 1), strings.Replace(b, dutch, "", 1))
	})
	return all
}

// dutch is the language that every text has.
const dutch = "nl"

func languageOf(name string) string {
	return strings.TrimPrefix(path.Ext(strings.TrimSuffix(name, ".toml")), ".")
}

func (all *wordings) add(id, lang, file string, forms map[string]string) {
	w := all.byID[id]
	if w == nil {
		w = &wording{id: id, forms: map[string]map[string]string{}, file: map[string]string{}}
		all.byID[id] = w
	}
	w.forms[lang], w.file[lang] = forms, file
}

func (all wordings) has(lang, id string) bool {
	return all.byID[id] != nil && all.byID[id].text(lang) != ""
}

// text returns the text in a language as it stands in the file.
func (w *wording) text(lang string) string {
	if w == nil {
		return ""
	}
	return w.forms[lang]["other"]
}

// fileFor returns the file that a text belongs in: where it stands, or that of the texts
// like it.
func (all wordings) fileFor(lang, id string) string {
	if w := all.byID[id]; w != nil {
		for _, l := range append([]string{lang}, all.languages...) {
			if f := w.file[l]; f != "" {
				return strings.TrimSuffix(f, "."+l+".toml") + "." + lang + ".toml"
			}
		}
	}
	group, _, _ := strings.Cut(id, ".")
	for _, other := range slices.Sorted(maps.Keys(all.byID)) {
		if f := all.byID[other].file[dutch]; f != "" && strings.HasPrefix(other, group+".") {
			return strings.TrimSuffix(f, "."+dutch+".toml") + "." + lang + ".toml"
		}
	}
	return "locales/eigen." + lang + ".toml"
}

// textsOf returns the ids of the texts that people read of a record: those it needs and
// those it has.
func (all wordings) textsOf(r record) (ids []string) {
	ids = needed(r)
	for _, id := range slices.Sorted(maps.Keys(all.byID)) {
		if r.kind.owns(id) == r.bare() && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// owns returns the id of the record that a text belongs to; empty: to none of this kind.
func (k *kind) owns(text string) string {
	for _, pattern := range k.texts {
		before, after, _ := strings.Cut(pattern, "*")
		rest, ok := strings.CutPrefix(text, before)
		if !ok {
			continue
		}
		id, more, dotted := strings.Cut(rest, ".")
		if dotted == (after == ".") && (!dotted || more != "") {
			return id
		}
	}
	return ""
}

// needed returns the texts that a record cannot do without.
func needed(r record) (ids []string) {
	v, id := r.value, r.bare()
	switch r.kind.name {
	case "hulp":
		if v.FieldByName("Kind").String() != "retired" {
			ids = append(ids, "initiative."+id+".pitch", "initiative."+id+".next")
		}
		ids = append(ids, "initiative."+id+".about")
		if v.FieldByName("Cost").FieldByName("Kind").String() != "" {
			ids = append(ids, "initiative."+id+".cost")
		}
	case "vragen":
		ids = append(ids, "question."+id+".text", "topic."+id)
		list := v.FieldByName("Options")
		for i := range list.Len() {
			ids = append(ids, "option."+id+"."+list.Index(i).FieldByName("Value").String())
		}
	case "regels":
		ids = reasonsOf(v, id)
	case "acties":
		if v.FieldByName("Status").String() == "" {
			ids = append(ids, "action."+id+".title", "action."+id+".how")
		}
	case "cijfers":
		ids = append(ids, "benchmark."+id)
	case "adviseur":
		ids = append(ids, "interview."+id+".text", "interview."+id+".why")
	case "branches":
		ids = append(ids, "option.sector."+id)
	}
	return slices.DeleteFunc(ids, func(id string) bool { return strings.HasSuffix(id, ".") })
}

// reasonsOf returns the reasons that a rule gives, one for each pair of variants.
func reasonsOf(rule reflect.Value, id string) (ids []string) {
	when, propose := rule.FieldByName("When"), rule.FieldByName("Propose")
	for p := range propose.Len() {
		one := propose.Index(p)
		stem := "reason."
		if one.FieldByName("As").String() == "note" {
			stem = "note."
		}
		for w := range when.Len() {
			text := stem + id
			for _, v := range []string{when.Index(w).FieldByName("Variant").String(), one.FieldByName("Variant").String()} {
				if v != "" {
					text += "." + v
				}
			}
			if !slices.Contains(ids, text) {
				ids = append(ids, text)
			}
		}
	}
	return ids
}

// textField is one text of a form in all languages, side by side.
type textField struct {
	ID    string
	Label string
	Lines []field // one per language and plural form
}

// textFields returns the fields of texts.
func (all wordings) textFields(ids []string, label func(id string) string, formName func(form string) string) (fields []textField) {
	for _, id := range ids {
		w := all.byID[id]
		if w == nil {
			w = &wording{id: id}
		}
		one := textField{ID: id, Label: label(id)}
		for _, form := range w.shownForms() {
			for _, lang := range all.languages {
				f := field{Name: textName(lang, form, id), Path: id, As: asArea, Lang: lang, Values: []string{w.forms[lang][form]}}
				if len(w.shownForms()) > 1 {
					f.Label = formName(form)
				}
				one.Lines = append(one.Lines, f)
			}
		}
		fields = append(fields, one)
	}
	return fields
}

// shownForms returns the plural forms that a text has in any language.
func (w *wording) shownForms() (forms []string) {
	for _, form := range pluralForms {
		for _, of := range w.forms {
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

// textName returns the name of a text in a form.
func textName(lang, form, id string) string { return "t:" + lang + ":" + form + ":" + id }

// textChange is a text that a form changes.
type textChange struct{ lang, form, id, file, text string }

// readTexts returns the texts that a form changes, and the names of those that somebody
// else changed as well.
func (all wordings) readTexts(ids []string, posted url.Values, marks map[string]string, t *typed) (changes []textChange) {
	for _, f := range all.textFields(ids, func(string) string { return "" }, func(string) string { return "" }) {
		for _, line := range f.Lines {
			if !posted.Has(line.Name) {
				continue
			}
			is, want, was := line.Value(), strings.Trim(clean(posted.Get(line.Name)), "\n"), marks[line.Name]
			if len([]rune(want)) > maxValue {
				t.faults[line.Name] = "desk.fault.long"
				continue
			}
			switch {
			case want == is || values.Hash(want) == was:
			case values.Hash(is) == was:
				parts := strings.SplitN(line.Name, ":", 4)
				changes = append(changes, textChange{line.Lang, parts[2], f.ID, all.fileFor(line.Lang, f.ID), want})
			default:
				t.conflicts = append(t.conflicts, line.Name)
			}
		}
	}
	return changes
}

// textMarks returns the hashes of texts, see form.marks.
func textMarks(fields []textField, into map[string]string) {
	for _, f := range fields {
		for _, line := range f.Lines {
			into[line.Name] = values.Hash(line.Value())
		}
	}
}
