package desk

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"digiwijzer/flows/content/edit"
)

// where returns the path of a record in its file.
func (r record) where() edit.Path {
	if r.kind.table == "" {
		return nil
	}
	return edit.Path{}.Key(r.kind.table).At(r.id)
}

// write changes a record in its file from one value to another. All else in the file, also
// comments, stays as it is.
func (r record) write(data []byte, after reflect.Value) ([]byte, error) {
	doc, err := edit.Parse(data)
	if err != nil {
		return nil, err
	}
	w := &writer{doc: doc}
	at := place(func() edit.Path { return nil })
	if r.kind.table != "" {
		at = w.element(at.key(r.kind.table), r.index)
	}
	w.structure(at, r.value, after)
	if w.err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r.file, r.id, w.err)
	}
	return w.doc.Bytes(), nil
}

// add adds a record at the end of a file, or before another record.
func (r record) add(data []byte, before string) ([]byte, error) {
	doc, err := edit.Parse(data)
	if err != nil {
		return nil, err
	}
	w := &writer{doc: doc}
	if r.kind.table == "" {
		w.structure(func() edit.Path { return nil }, reflect.New(r.kind.proto).Elem(), r.value)
	} else {
		w.do(doc.Insert(edit.Path{}.Key(r.kind.table), before, fieldsOf(r.value)))
	}
	if w.err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r.file, r.id, w.err)
	}
	return w.doc.Bytes(), nil
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

// place leads to a value in the document as it is now: the id of an element is one of its
// values, which may just have changed.
type place func() edit.Path

func (p place) key(name string) place { return func() edit.Path { return p().Key(name) } }

// element returns the place of the nth element of a list.
func (w *writer) element(list place, n int) place {
	return func() edit.Path {
		at := list()
		if ids := w.doc.Elements(at); n < len(ids) {
			return at.At(ids[n])
		}
		return at.At("")
	}
}

// writer applies changes to a document one after the other; after an error it does nothing.
type writer struct {
	doc *edit.Document
	err error
}

func (w *writer) do(doc *edit.Document, err error) {
	if w.err = err; err == nil {
		w.doc = doc
	}
}

func (w *writer) set(at place, value any) {
	if w.err == nil {
		w.do(w.doc.Set(at(), value))
	}
}

func (w *writer) remove(at place) {
	if w.err == nil && w.doc.Has(at()) {
		w.do(w.doc.Remove(at()))
	}
}

// structure changes the keys of a table.
func (w *writer) structure(at place, before, after reflect.Value) {
	for i := range after.NumField() {
		if key := keyOf(after.Type().Field(i)); key != "" {
			w.value(at.key(key), before.Field(i), after.Field(i))
		}
	}
}

// value changes one value, if it means something else than before.
func (w *writer) value(at place, before, after reflect.Value) {
	if markOf(before) == markOf(after) || w.err != nil {
		return
	}
	switch kind := after.Kind(); {
	case kind == reflect.Struct:
		w.structure(at, before, after)
	case kind == reflect.Pointer && after.Type().Elem().Kind() == reflect.Struct:
		w.optional(at, before, after)
	case kind == reflect.Map:
		w.table(at, before, after)
	case kind == reflect.Slice && after.Type().Elem().Kind() == reflect.Struct:
		w.rows(at, before, after)
	default:
		w.plain(at, after)
	}
}

func (w *writer) optional(at place, before, after reflect.Value) {
	if after.IsNil() {
		w.remove(at)
		return
	}
	was := reflect.New(after.Type().Elem()).Elem()
	if !before.IsNil() {
		was = before.Elem()
	}
	if !w.doc.Has(at()) {
		w.set(at, fieldsOf(after.Elem()))
		return
	}
	w.structure(at, was, after.Elem())
}

// table changes the keys of a map.
func (w *writer) table(at place, before, after reflect.Value) {
	if !w.doc.Has(at()) {
		w.set(at, plainOf(after))
		return
	}
	keys := stringKeys(before)
	maps.Copy(keys, stringKeys(after))
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		was, is := before.MapIndex(reflect.ValueOf(key)), after.MapIndex(reflect.ValueOf(key))
		switch {
		case !is.IsValid():
			w.remove(at.key(key))
		case !was.IsValid() || markOf(was) != markOf(is):
			w.set(at.key(key), plainOf(is))
		}
	}
}

// plain writes a scalar or a list of texts; what is empty goes, unless the key is there.
func (w *writer) plain(at place, after reflect.Value) {
	if canonical(after) != nil {
		w.set(at, plainOf(after))
		return
	}
	if k := after.Kind(); k == reflect.String && w.doc.Has(at()) {
		w.set(at, "")
		return
	}
	w.remove(at)
}

// rows changes an array of tables. Rows that are in both stay where they are; of the others
// those in the same place are changed.
func (w *writer) rows(at place, before, after reflect.Value) {
	pairs := aligned(marksOf(before), marksOf(after))
	ids := w.doc.Elements(at())
	if len(ids) != before.Len() {
		w.set(at, plainOf(after))
		return
	}
	for i, j := range pairs {
		if j >= 0 {
			w.structure(w.element(at, i), before.Index(i), after.Index(j))
		}
	}
	for i := len(pairs) - 1; i >= 0; i-- {
		if pairs[i] < 0 {
			w.remove(w.element(at, i))
		}
	}
	for j := range after.Len() {
		if !slices.Contains(pairs, j) && w.err == nil {
			next := ""
			if now := w.doc.Elements(at()); j < len(now) {
				next = now[j]
			}
			w.do(w.doc.Insert(at(), next, fieldsOf(after.Index(j))))
		}
	}
}

func marksOf(list reflect.Value) (marks []string) {
	for i := range list.Len() {
		marks = append(marks, markOf(list.Index(i)))
	}
	return marks
}

// aligned returns for every element of a which one of b it became, or -1: equal ones in order,
// and between these the others in order.
func aligned(a, b []string) []int {
	pairs := make([]int, len(a))
	for i := range pairs {
		pairs[i] = -1
	}
	from := 0
	gap := []int{}
	pair := func(until int) {
		for _, i := range gap {
			if from < until {
				pairs[i] = from
				from++
			}
		}
		gap = gap[:0]
	}
	for i := range a {
		if j := slices.Index(b[from:], a[i]); j >= 0 {
			pair(from + j)
			pairs[i], from = slices.Index(b[from:], a[i])+from, slices.Index(b[from:], a[i])+from+1
			continue
		}
		gap = append(gap, i)
	}
	pair(len(b))
	return pairs
}

// fieldsOf returns the keys of a struct that are not empty.
func fieldsOf(value reflect.Value) (all []edit.Field) {
	all = []edit.Field{}
	for i := range value.NumField() {
		if key := keyOf(value.Type().Field(i)); key != "" && canonical(value.Field(i)) != nil {
			all = append(all, edit.Field{Key: key, Value: plainOf(value.Field(i))})
		}
	}
	return all
}

// plainOf returns a value in the types of package edit.
func plainOf(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer:
		return plainOf(value.Elem())
	case reflect.Struct:
		return fieldsOf(value)
	case reflect.Slice:
		list := []any{}
		for i := range value.Len() {
			list = append(list, plainOf(value.Index(i)))
		}
		return list
	case reflect.Map:
		fields := []edit.Field{}
		for _, key := range slices.Sorted(maps.Keys(stringKeys(value))) {
			fields = append(fields, edit.Field{Key: key, Value: plainOf(value.MapIndex(reflect.ValueOf(key)))})
		}
		return fields
	case reflect.Float64:
		if n := value.Float(); n == float64(int64(n)) {
			return int64(n)
		}
		return value.Float()
	case reflect.Int:
		return value.Int()
	case reflect.Bool:
		return value.Bool()
	}
	return value.String()
}
