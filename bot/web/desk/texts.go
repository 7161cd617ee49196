package desk

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/bot/web/desk/wordings"
)

// textsOf returns the ids of the texts of a record: those it needs and those it has.
func textsOf(all wordings.All, r record) (ids []string) {
	ids = needed(r)
	for _, id := range slices.Sorted(maps.Keys(all.ByID)) {
		if r.kind.owns(id) == r.bare() && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// owns returns the id of the record that a text belongs to; empty: none of this kind.
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

// needed returns the texts that a record requires.
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

// reasonsOf returns the reasons of a rule, one for each pair of variants.
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
func textFields(all wordings.All, ids []string, label func(id string) string, formName func(form string) string) (fields []textField) {
	for _, id := range ids {
		w := all.ByID[id]
		if w == nil {
			w = &wordings.Wording{ID: id}
		}
		one := textField{ID: id, Label: label(id)}
		for _, form := range w.ShownForms() {
			for _, lang := range all.Languages {
				f := field{Name: textName(lang, form, id), Path: id, As: asArea, Lang: lang, Values: []string{w.ByForm[lang][form]}}
				if len(w.ShownForms()) > 1 {
					f.Label = formName(form)
				}
				one.Lines = append(one.Lines, f)
			}
		}
		fields = append(fields, one)
	}
	return fields
}

// textName returns the name of a text in a form.
func textName(lang, form, id string) string { return "t:" + lang + ":" + form + ":" + id }

// readTexts returns the texts that a form changes, and the names of those that somebody else changed too.
func readTexts(all wordings.All, ids []string, posted url.Values, marks map[string]string, t *typed) (changes []wordings.Change) {
	for _, f := range textFields(all, ids, func(string) string { return "" }, func(string) string { return "" }) {
		for _, line := range f.Lines {
			if !posted.Has(line.Name) {
				continue
			}
			is, want, was := line.Value(), strings.Trim(wordings.Clean(posted.Get(line.Name)), "\n"), marks[line.Name]
			if len([]rune(want)) > maxValue {
				t.faults[line.Name] = "desk.fault.long"
				continue
			}
			switch {
			case want == is || values.Hash(want) == was:
			case values.Hash(is) == was:
				parts := strings.SplitN(line.Name, ":", 4)
				changes = append(changes, wordings.Change{Lang: line.Lang, Form: parts[2], ID: f.ID, File: all.FileFor(line.Lang, f.ID), Text: want})
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
