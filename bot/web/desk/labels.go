package desk

import (
	"strings"

	"digiwijzer/bot/web/desk/wordings"
)

// label returns the name of a field.
func (w *workspace) label(k *kind, path string) string { return w.fieldText(k, path, "") }

// why returns the purpose of a field in one sentence; it may be empty.
func (w *workspace) why(k *kind, path string) string { return w.fieldText(k, path, ".why") }

// fieldText returns a text of a field: of this kind, or of every kind with that key.
func (w *workspace) fieldText(k *kind, path, suffix string) string {
	for _, id := range []string{"desk.field." + k.name + "." + path, "desk.field." + lastKey(path)} {
		if w.Texts.Has(wordings.Dutch, id) {
			if w.Texts.Has(wordings.Dutch, id+suffix) {
				return w.T(id + suffix)
			}
			return ""
		}
	}
	if suffix == "" {
		return path
	}
	return ""
}

// named gives fields their labels and explanations.
func (w *workspace) named(k *kind, fields []field) []field {
	for i := range fields {
		f := &fields[i]
		if f.Label == "" {
			f.Label, f.Why = w.label(k, f.Path), strings.TrimSpace(w.why(k, f.Path)+" "+f.Hint)
		}
		f.Fields = w.named(k, f.Fields)
		for j := range f.Rows {
			f.Rows[j].Fields = w.named(k, f.Rows[j].Fields)
		}
		f.Shown = f.Chosen() > 0
	}
	return fields
}

// textLabel returns the name of a text of a record, such as "Waarom de regel dit aanraadt".
func (w *workspace) textLabel(id string) string {
	parts := strings.Split(id, ".")
	for _, try := range []string{parts[0] + "." + parts[len(parts)-1], parts[0]} {
		if w.Texts.Has(wordings.Dutch, "desk.text."+try) {
			name := w.T("desk.text." + try)
			if detail := strings.Join(parts[min(2, len(parts)):], "."); try == parts[0] && detail != "" {
				return name + " (" + detail + ")"
			}
			return name
		}
	}
	return id
}

// textName returns the name of a text, with the record that it belongs to.
func (w *workspace) textName(id string) string {
	for _, k := range kinds {
		owner := k.owns(id)
		if owner == "" {
			continue
		}
		if r, ok := w.record(k, owner); ok {
			return w.set.name(r) + ": " + w.textLabel(id)
		}
	}
	return id
}
