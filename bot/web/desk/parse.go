package desk

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/bot/web/desk/wordings"
)

// The limits of a form.
const (
	maxValue = 10_000 // characters of one value
	maxRows  = 200    // rows of one list
)

// typed is a submitted form, read into a record.
type typed struct {
	posted    url.Values
	faults    map[string]string // texts of faults, by name of the field
	conflicts []string          // names of fields that somebody else changed too
}

// unit is a value that is merged as a whole: a field, or a list of rows.
type unit struct {
	name  string
	value reflect.Value
}

// units returns the units of a record. Sections are split, rows are not.
func (f form) units(value reflect.Value, name, path string) (all []unit) {
	for i := range value.NumField() {
		key := values.Key(value.Type().Field(i))
		if key == "" {
			continue
		}
		v, n, p := value.Field(i), join(name, key), join(path, key)
		if f.way(v.Type(), p) == asSection && v.Kind() == reflect.Struct {
			all = append(all, f.units(v, n, p)...)
			continue
		}
		all = append(all, unit{n, v})
	}
	return all
}

// marks returns a short hash of every unit of a record. A form carries them, so that its own changes can be
// distinguished from those made by others meanwhile.
func (f form) marks(value reflect.Value) map[string]string {
	marks := map[string]string{}
	for _, u := range f.units(value, "", "") {
		marks[u.name] = values.Mark(u.value)
	}
	return marks
}

// read reads a form into a copy of the current record. A unit that the form did not change stays as it is; one that
// both changed is a conflict, and stays too.
func (f form) read(current reflect.Value, posted url.Values, marks map[string]string) (reflect.Value, *typed) {
	t := &typed{posted: posted, faults: map[string]string{}}
	wanted := values.Copy(current)
	f.fill(t, wanted, "", "")
	now := f.units(current, "", "")
	for i, u := range f.units(wanted, "", "") {
		was, is, want := marks[u.name], values.Mark(now[i].value), values.Mark(u.value)
		switch {
		case want == is || want == was:
			u.value.Set(now[i].value)
		case was == is:
		default:
			t.conflicts = append(t.conflicts, u.name)
			u.value.Set(now[i].value)
		}
	}
	return wanted, t
}

// fill reads the keys of a struct.
func (f form) fill(t *typed, value reflect.Value, name, path string) {
	for i := range value.NumField() {
		if key := values.Key(value.Type().Field(i)); key != "" {
			f.fillField(t, value.Field(i), join(name, key), join(path, key))
		}
	}
}

func (f form) fillField(t *typed, value reflect.Value, name, path string) {
	switch f.way(value.Type(), path) {
	case asSection:
		f.fillSection(t, value, name, path)
	case asRows:
		f.fillRows(t, value, name, path)
	case asAnswers:
		f.fillAnswers(t, value, name)
	case asChoices:
		values.SetList(value, values.Kept(values.List(value), t.all(name)))
	case asPicks:
		values.SetList(value, values.Kept(values.List(value), t.picks(name)))
	case asLines:
		values.SetList(value, t.lines(name))
	case asPairs:
		f.fillPairs(t, value, name)
	default:
		t.fillScalar(value, name)
	}
}

// fillSection reads a section; an optional one exists if anything in it is filled in.
func (f form) fillSection(t *typed, value reflect.Value, name, path string) {
	if value.Kind() == reflect.Struct {
		f.fill(t, value, name, path)
		return
	}
	inner := reflect.New(value.Type().Elem())
	if !value.IsNil() {
		inner.Elem().Set(value.Elem())
	}
	f.fill(t, inner.Elem(), name, path)
	if values.Canonical(inner) == nil {
		value.SetZero()
		return
	}
	value.Set(inner)
}

// fillRows reads rows in the order of their numbers, except those to be removed; a new one only if it is filled in.
func (f form) fillRows(t *typed, value reflect.Value, name, path string) {
	out := reflect.MakeSlice(value.Type(), 0, value.Len())
	for _, n := range t.numbers(name) {
		one := reflect.New(value.Type().Elem()).Elem()
		if n < value.Len() {
			one.Set(values.Copy(value.Index(n)))
		}
		at := join(name, strconv.Itoa(n))
		before := len(t.faults)
		f.fill(t, one, at, path)
		if t.one(join(at, "weg")) != "" {
			continue
		}
		if n >= value.Len() && values.Canonical(one) == nil && len(t.faults) == before && t.one(join(at, "nieuw")) == "" {
			continue
		}
		out = reflect.Append(out, one)
	}
	value.Set(out)
}

// numbers returns the numbers of the rows of a list in a form.
func (t *typed) numbers(name string) []int {
	seen := map[int]bool{}
	for key := range t.posted {
		rest, ok := strings.CutPrefix(key, name+".")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < maxRows {
			seen[n] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (f form) fillAnswers(t *typed, value reflect.Value, name string) {
	out := reflect.MakeMap(value.Type())
	questions := values.Keys(value)
	for _, q := range f.set.questions {
		questions[q.Value] = true
	}
	for q := range questions {
		var before []string
		if v := value.MapIndex(reflect.ValueOf(q)); v.IsValid() {
			before = values.List(v)
		}
		if list := values.Kept(before, t.all(join(name, q))); len(list) > 0 {
			out.SetMapIndex(reflect.ValueOf(q), reflect.ValueOf(list))
		}
	}
	value.Set(out)
}

// fillPairs reads lines such as "3 = 1".
func (f form) fillPairs(t *typed, value reflect.Value, name string) {
	out := reflect.MakeMap(value.Type())
	for _, line := range t.lines(name) {
		key, number, ok := strings.Cut(line, "=")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if !ok || err != nil || strings.TrimSpace(key) == "" {
			t.faults[name] = "desk.fault.pairs"
			return
		}
		out.SetMapIndex(reflect.ValueOf(strings.TrimSpace(key)), reflect.ValueOf(n))
	}
	value.Set(out)
}

func (t *typed) fillScalar(value reflect.Value, name string) {
	text := t.one(name)
	switch value.Kind() {
	case reflect.Bool:
		value.SetBool(text != "")
	case reflect.Int:
		n, err := strconv.Atoi(strings.ReplaceAll(text, ".", ""))
		switch {
		case text == "":
			value.SetInt(0)
		case err != nil || n < 0 || n > 1_000_000_000:
			t.faults[name] = "desk.fault.number"
		default:
			value.SetInt(int64(n))
		}
	case reflect.Pointer:
		t.fillPointer(value, name, text)
	case reflect.String:
		if value.Type().Name() == "Date" && text != "" {
			if _, err := time.Parse(time.DateOnly, text); err != nil {
				t.faults[name] = "desk.fault.date"
				return
			}
		}
		value.SetString(text)
	}
}

// fillPointer reads a number or a yes or no that may be left open.
func (t *typed) fillPointer(value reflect.Value, name, text string) {
	inner := reflect.New(value.Type().Elem())
	switch {
	case text == "":
		value.SetZero()
		return
	case inner.Elem().Kind() == reflect.Bool:
		inner.Elem().SetBool(text == "yes")
	default:
		n, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
		if err != nil || n < 0 || n > 100 { // NaN is not comparable
			t.faults[name] = "desk.fault.points"
			return
		}
		inner.Elem().SetFloat(n)
	}
	value.Set(inner)
}

// one returns the value of a field, without invisible characters.
func (t *typed) one(name string) string {
	text := wordings.Clean(t.posted.Get(name))
	if n := len([]rune(text)); n > maxValue {
		t.faults[name] = "desk.fault.long"
	}
	return strings.TrimSpace(text)
}

// all returns the values of a field with several.
func (t *typed) all(name string) (all []string) {
	for _, v := range t.posted[name] {
		if v = strings.TrimSpace(wordings.Clean(v)); v != "" && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// picks returns the values of a field of checkboxes or, if there were no choices to offer, of lines.
func (t *typed) picks(name string) (all []string) {
	for _, v := range t.all(name) {
		for line := range strings.SplitSeq(v, "\n") {
			if line = strings.TrimSpace(line); line != "" && !slices.Contains(all, line) {
				all = append(all, line)
			}
		}
	}
	return all
}

// lines returns the non-empty lines of a field.
func (t *typed) lines(name string) (all []string) {
	for line := range strings.SplitSeq(t.one(name), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// again puts refused input back into the fields.
func (t *typed) again(all []field, say func(id string, pairs ...any) string) {
	for i := range all {
		f := &all[i]
		if id := t.faults[f.Name]; id != "" {
			f.Fault, f.Values = say(id), strings.Split(wordings.Clean(t.posted.Get(f.Name)), "\n")
			if f.As != asLines && f.As != asPairs && f.As != asArea {
				f.Values = []string{wordings.Clean(t.posted.Get(f.Name))}
			}
		}
		if slices.Contains(t.conflicts, f.Name) {
			f.Other = t.mine(f)
		}
		t.again(f.Fields, say)
		for _, r := range f.Rows {
			t.again(r.Fields, say)
		}
	}
}

// mine returns the input of a field that somebody else changed too.
func (t *typed) mine(f *field) string {
	if f.As == asRows || f.As == asSection || f.As == asAnswers {
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(t.posted)) {
			if strings.HasPrefix(name, f.Name+".") && t.posted.Get(name) != "" {
				lines = append(lines, fmt.Sprintf("%s: %s", strings.TrimPrefix(name, f.Name+"."), strings.Join(t.posted[name], ", ")))
			}
		}
		return wordings.Clean(strings.Join(lines, "\n"))
	}
	return wordings.Clean(strings.Join(t.posted[f.Name], ", "))
}
