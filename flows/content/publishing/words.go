package publishing

import (
	"slices"
	"strings"

	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
	"digiwijzer/locales"
)

// Difference is one value or record in which two editions differ.
type Difference struct {
	File          string
	Path          edit.Path
	How           edit.How
	What          string // the value or record, in words: "Telefoonnummer van KVK"
	Before, After string // as displayed; empty: absent
}

// Text returns a difference as one line: "Telefoonnummer van KVK: 0800-1 → 0800-2".
func (d Difference) Text(texts *locales.Texts, lang string) string {
	return texts.Text(lang, "edition.difference."+string(d.How), "What", d.What, "Before", d.Before, "After", d.After)
}

// differences returns what changed between two editions, in the order of the files.
func (s *Service) differences(before, after content.Files, lang string) (all []Difference) {
	names := append(before.Names(), after.Names()...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name == content.LocalLayouts {
			continue
		}
		a, errBefore := s.read(before, name)
		b, errAfter := s.read(after, name)
		if errBefore != nil || errAfter != nil {
			all = append(all, Difference{File: name, How: edit.Changed, What: name})
			continue
		}
		for _, x := range edit.Diff(a, b) {
			doc := b
			if x.How == edit.Removed {
				doc = a
			}
			w := wording{s.o.Words, lang}
			all = append(all, Difference{File: name, Path: x.Path, How: x.How, What: w.what(name, doc, x.Path), Before: w.value(x.Before), After: w.value(x.After)})
		}
	}
	return all
}

// wording describes what a path leads to.
type wording struct {
	texts *locales.Texts
	lang  string
}

// label returns a word for a key of a file, or the key itself.
func (w wording) label(keys ...string) string {
	for n := range keys {
		if id := "edition.field." + strings.Join(keys[n:], "."); w.texts.Has(w.lang, id) {
			return w.texts.Text(w.lang, id)
		}
	}
	return keys[len(keys)-1]
}

// what names the value at a path: its field, and the records that it is in.
func (w wording) what(file string, doc *edit.Document, p edit.Path) string {
	if isText(file) {
		parts := strings.Split(file, ".")
		return w.texts.Text(w.lang, "edition.text", "ID", p[0].Name, "Lang", parts[len(parts)-2])
	}
	var what string
	var keys []string
	for i, step := range p {
		switch at := p[:i+1]; {
		case !step.Element:
			keys = append(keys, step.Name)
		default:
			what = w.of(w.record(keys[len(keys)-1], step.Name, doc, at), what)
			keys = []string{keys[len(keys)-1], step.Name}
		}
	}
	if len(p) > 0 && !p[len(p)-1].Element {
		what = w.of(w.label(keys...), what)
	}
	if name := doc.Text(edit.Path{}.Key("name")); name != "" {
		return w.of(what, name)
	}
	if strings.HasPrefix(file, "referral/catalogue/") {
		return w.of(what, strings.TrimSuffix(file[len("referral/catalogue/"):], ".toml"))
	}
	return what
}

// of states that a part belongs to a whole.
func (w wording) of(part, whole string) string {
	switch {
	case whole == "":
		return part
	case part == "":
		return whole
	}
	return w.texts.Text(w.lang, "edition.of", "Part", part, "Whole", whole)
}

// record names an element of a list.
func (w wording) record(list, id string, doc *edit.Document, at edit.Path) string {
	name := id
	for _, key := range []string{"name", "title"} {
		if text := doc.Text(at.Key(key)); text != "" {
			name = text
			break
		}
	}
	if list == "contact" { // its type is part of the field's name
		return ""
	}
	if label := "edition.record." + list; w.texts.Has(w.lang, label) {
		return w.texts.Text(w.lang, label, "Name", name)
	}
	return name
}

// maxShown is how many characters of a value are shown.
const maxShown = 300

// value returns a value as displayed.
func (w wording) value(v any) string {
	if v == nil {
		return ""
	}
	text, ok := v.(string)
	if !ok {
		text = edit.Format(v)
	}
	if text == "" {
		return w.texts.Text(w.lang, "edition.empty")
	}
	text = strings.Join(strings.Fields(text), " ")
	if cut := []rune(text); len(cut) > maxShown {
		return string(cut[:maxShown]) + "…"
	}
	return text
}
