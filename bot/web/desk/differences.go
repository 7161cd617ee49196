package desk

import (
	"slices"
	"strings"

	"digiwijzer/bot/web/desk/wordings"
)

// difference is a record or a text in which two contents differ, in words.
type difference struct {
	entry
	How   string // added, removed or changed
	Lines []differenceLine
}

// differenceLine is one field.
type differenceLine struct{ Label, Before, After string }

// The kinds of differences of a record.
const (
	added   = "added"
	removed = "removed"
	changed = "changed"
)

// differences lists what differs in after, in words.
func (d *Desk) differences(before, after *workspace) (all []difference) {
	for _, k := range kinds {
		was, is := recordsByID(before.records(k)), recordsByID(after.records(k))
		for _, r := range after.records(k) {
			old, known := was[r.id]
			switch {
			case !known:
				all = append(all, difference{entry: after.entry(r), How: added})
			case !r.equals(old):
				all = append(all, difference{entry: after.entry(r), How: changed, Lines: d.fieldDifferences(before, after, old, r)})
			}
		}
		for _, r := range before.records(k) {
			if _, still := is[r.id]; !still {
				gone := difference{entry: before.entry(r), How: removed}
				gone.Href = ""
				all = append(all, gone)
			}
		}
	}
	return append(all, textDifferences(before, after)...)
}

func recordsByID(list []record) map[string]record {
	all := map[string]record{}
	for _, r := range list {
		all[r.id] = r
	}
	return all
}

// fieldDifferences lists the fields in which a record differs, as displayed in its form.
func (d *Desk) fieldDifferences(before, after *workspace, old, now record) (lines []differenceLine) {
	was := shownFields(before.form(old.kind).fields(old.value), before, old.kind)
	is := shownFields(after.form(now.kind).fields(now.value), after, now.kind)
	seen := map[string]bool{}
	for _, f := range append(slices.Clone(is), was...) {
		if seen[f.name] {
			continue
		}
		seen[f.name] = true
		b, a := valueNamed(was, f.name), valueNamed(is, f.name)
		if b != a {
			lines = append(lines, differenceLine{Label: f.label, Before: b, After: a})
		}
	}
	return lines
}

type shownField struct{ name, label, value string }

func valueNamed(all []shownField, name string) string {
	for _, f := range all {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// shownFields returns the fields that are filled in, with their words.
func shownFields(fields []field, w *workspace, k *kind) (all []shownField) {
	for _, f := range fields {
		switch f.As {
		case asSection, asAnswers:
			all = append(all, shownFields(f.Fields, w, k)...)
			continue
		case asRows:
			for _, r := range f.Rows {
				all = append(all, shownFields(r.Fields, w, k)...)
			}
			continue
		}
		if text := f.words(w); text != "" {
			all = append(all, shownField{f.Name, f.name(w, k), text})
		}
	}
	return all
}

// words returns the value of a field as displayed.
func (f field) words(w *workspace) string {
	if f.As == asYes && f.Value() != "" {
		return w.T("desk.yes")
	}
	if f.As == asDate {
		return w.day(f.Value())
	}
	var names []string
	for _, o := range f.Options {
		if o.On {
			names = append(names, o.Text)
		}
	}
	if names == nil {
		names = f.Values
	}
	return strings.Join(names, ", ")
}

// name returns the name of a field: for a row, with its number.
func (f field) name(w *workspace, k *kind) string {
	label := w.label(k, f.Path)
	if f.Label != "" {
		label += ": " + f.Label
	}
	return label
}

func textDifferences(before, after *workspace) (all []difference) {
	for _, id := range wordings.SortedIDs(after.texts) {
		one, old := after.texts.ByID[id], before.texts.ByID[id]
		d := difference{entry: entry{Kind: "tekst", ID: id}, How: changed}
		if old == nil {
			d.How, old = added, &wordings.Wording{}
		}
		for _, lang := range after.texts.Languages {
			for _, form := range wordings.Forms {
				if was, is := old.ByForm[lang][form], one.ByForm[lang][form]; was != is {
					d.Lines = append(d.Lines, differenceLine{after.Texts.Text(lang, "language.name"), was, is})
				}
			}
		}
		if len(d.Lines) > 0 {
			d.Name, d.Href = after.textName(id), after.formOfText(id)
			all = append(all, d)
		}
	}
	return all
}
