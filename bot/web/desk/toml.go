package desk

import (
	"fmt"
	"reflect"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/flows/content/edit"
)

// where returns the path of a record in its file.
func (r record) where() edit.Path {
	if r.kind.table == "" {
		return nil
	}
	return edit.Path{}.Key(r.kind.table).At(r.id)
}

// write changes a record in its file from one value to another. Everything else in the file, including comments,
// stays as it is.
func (r record) write(data []byte, after reflect.Value) ([]byte, error) {
	doc, err := edit.Parse(data)
	if err != nil {
		return nil, err
	}
	at := func(*edit.Document) edit.Path { return nil }
	if r.kind.table != "" {
		at = values.Element(edit.Path{}.Key(r.kind.table), r.index)
	}
	if doc, err = values.Write(doc, at, r.value, after); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r.file, r.id, err)
	}
	return doc.Bytes(), nil
}

// add adds a record at the end of a file, or before another record.
func (r record) add(data []byte, before string) ([]byte, error) {
	doc, err := edit.Parse(data)
	if err != nil {
		return nil, err
	}
	if r.kind.table == "" {
		doc, err = values.Write(doc, func(*edit.Document) edit.Path { return nil }, reflect.New(r.kind.proto).Elem(), r.value)
	} else {
		doc, err = doc.Insert(edit.Path{}.Key(r.kind.table), before, values.Fields(r.value))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r.file, r.id, err)
	}
	return doc.Bytes(), nil
}

// remove removes a record from its file.
func (r record) remove(data []byte) ([]byte, error) {
	doc, err := edit.Parse(data)
	if err != nil {
		return nil, err
	}
	if doc, err = doc.Remove(r.where()); err != nil {
		return nil, err
	}
	return doc.Bytes(), nil
}
