// Package values compares, copies and writes the values that content is decoded into: structs with TOML keys, by
// reflection. It is independent of specific content and forms.
package values

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"digiwijzer/flows/content/edit"
)

// Key returns the TOML key of a struct field; empty if files cannot hold it.
func Key(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
	if !f.IsExported() || key == "-" {
		return ""
	}
	return key
}

// Keys returns the keys of a map with strings for keys.
func Keys(value reflect.Value) map[string]bool {
	keys := map[string]bool{}
	for _, k := range value.MapKeys() {
		keys[k.String()] = true
	}
	return keys
}

// Mark returns a short hash of the meaning of a value.
func Mark(value reflect.Value) string {
	text, err := json.Marshal(Canonical(value))
	if err != nil {
		return err.Error()
	}
	return Hash(string(text))
}

// Hash returns a short hash of a text.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

// Canonical returns a value in a form in which equivalent values are equal: empty parts are left out.
func Canonical(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return nil
		}
		if value.Elem().Kind() == reflect.Struct {
			return Canonical(value.Elem())
		}
		return []any{value.Elem().Interface()}
	case reflect.Struct:
		all := map[string]any{}
		for i := range value.NumField() {
			key := Key(value.Type().Field(i))
			if inner := value.Field(i); key != "" {
				if c := Canonical(inner); c != nil {
					all[key] = c
				}
			}
		}
		if len(all) == 0 {
			return nil
		}
		return all
	case reflect.Slice:
		var all []any
		for i := range value.Len() {
			all = append(all, Canonical(value.Index(i)))
		}
		if len(all) == 0 {
			return nil
		}
		return all
	case reflect.Map:
		all := map[string]any{}
		for _, key := range value.MapKeys() {
			inner := value.MapIndex(key)
			if inner.Kind() == reflect.Slice && inner.Len() == 0 {
				continue
			}
			all[key.String()] = inner.Interface()
		}
		if len(all) == 0 {
			return nil
		}
		return all
	}
	if value.IsZero() {
		return nil
	}
	return value.Interface()
}

// Strings returns every text in a value.
func Strings(value reflect.Value) (all []string) {
	switch value.Kind() {
	case reflect.String:
		return []string{value.String()}
	case reflect.Struct:
		for i := range value.NumField() {
			all = append(all, Strings(value.Field(i))...)
		}
	case reflect.Slice:
		for i := range value.Len() {
			all = append(all, Strings(value.Index(i))...)
		}
	case reflect.Pointer:
		if !value.IsNil() {
			return Strings(value.Elem())
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			all = append(all, append(Strings(value.MapIndex(key)), key.String())...)
		}
	}
	return all
}

// Copy returns a deep copy of a record.
func Copy(value reflect.Value) reflect.Value {
	out := reflect.New(value.Type()).Elem()
	switch value.Kind() {
	case reflect.Struct:
		out.Set(value) // unexported fields too
		for i := range value.NumField() {
			if Key(value.Type().Field(i)) != "" {
				out.Field(i).Set(Copy(value.Field(i)))
			}
		}
	case reflect.Pointer:
		if !value.IsNil() {
			out.Set(reflect.New(value.Type().Elem()))
			out.Elem().Set(Copy(value.Elem()))
		}
	case reflect.Slice:
		if !value.IsNil() {
			out.Set(reflect.MakeSlice(value.Type(), value.Len(), value.Len()))
			for i := range value.Len() {
				out.Index(i).Set(Copy(value.Index(i)))
			}
		}
	case reflect.Map:
		if !value.IsNil() {
			out.Set(reflect.MakeMap(value.Type()))
			for _, key := range value.MapKeys() {
				out.SetMapIndex(key, Copy(value.MapIndex(key)))
			}
		}
	default:
		out.Set(value)
	}
	return out
}

// Write changes a table of a document from one value to another; equivalent values keep their notation. at returns the path
// of the table in the current document.
func Write(doc *edit.Document, at func(*edit.Document) edit.Path, before, after reflect.Value) (*edit.Document, error) {
	w := &writer{doc: doc}
	w.structure(func() edit.Path { return at(w.doc) }, before, after)
	return w.doc, w.err
}

// Element returns the path of the nth element of a list. It is computed late: the id of an element is one of its values,
// which may just have changed.
func Element(list edit.Path, n int) func(*edit.Document) edit.Path {
	return func(doc *edit.Document) edit.Path {
		if ids := doc.Elements(list); n < len(ids) {
			return list.At(ids[n])
		}
		return list.At("")
	}
}

// place returns the path of a value in the current document: the id of an element is one of its values, which may just have
// changed.
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

// writer applies changes to a document in order; after an error it does nothing.
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
		if key := Key(after.Type().Field(i)); key != "" {
			w.value(at.key(key), before.Field(i), after.Field(i))
		}
	}
}

// value changes one value, if its meaning changed.
func (w *writer) value(at place, before, after reflect.Value) {
	if Mark(before) == Mark(after) || w.err != nil {
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
		w.set(at, Fields(after.Elem()))
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
	keys := Keys(before)
	maps.Copy(keys, Keys(after))
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		was, is := before.MapIndex(reflect.ValueOf(key)), after.MapIndex(reflect.ValueOf(key))
		switch {
		case !is.IsValid():
			w.remove(at.key(key))
		case !was.IsValid() || Mark(was) != Mark(is):
			w.set(at.key(key), plainOf(is))
		}
	}
}

// plain writes a scalar or a list of texts; an empty one is removed, unless its key exists.
func (w *writer) plain(at place, after reflect.Value) {
	if Canonical(after) != nil {
		w.set(at, plainOf(after))
		return
	}
	if k := after.Kind(); k == reflect.String && w.doc.Has(at()) {
		w.set(at, "")
		return
	}
	w.remove(at)
}

// rows changes an array of tables. Rows that are in both stay in place; of the others those at the same position are changed.
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
			w.do(w.doc.Insert(at(), next, Fields(after.Index(j))))
		}
	}
}

func marksOf(list reflect.Value) (marks []string) {
	for i := range list.Len() {
		marks = append(marks, Mark(list.Index(i)))
	}
	return marks
}

// aligned returns for every element of a the index of the element of b that it became, or -1: equal ones in order, and
// between these the others in order.
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

// Fields returns the keys of a struct that are not empty.
func Fields(value reflect.Value) (all []edit.Field) {
	all = []edit.Field{}
	for i := range value.NumField() {
		if key := Key(value.Type().Field(i)); key != "" && Canonical(value.Field(i)) != nil {
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
		return Fields(value)
	case reflect.Slice:
		list := []any{}
		for i := range value.Len() {
			list = append(list, plainOf(value.Index(i)))
		}
		return list
	case reflect.Map:
		fields := []edit.Field{}
		for _, key := range slices.Sorted(maps.Keys(Keys(value))) {
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
