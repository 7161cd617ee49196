package desk

import (
	"digiwijzer/bot/web/desk/values"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// The ways in which a field is filled in.
const (
	asLine    = "line"
	asArea    = "area"
	asNumber  = "number"
	asDate    = "date"
	asYes     = "yes"     // a tick
	asMaybe   = "maybe"   // yes, no or not said
	asChoice  = "choice"  // one of a closed set
	asChoices = "choices" // several of a closed set
	asLines   = "lines"   // one value a line
	asPairs   = "pairs"   // name = number, one a line
	asSection = "section" // fields that belong together
	asRows    = "rows"    // several of such sections
	asAnswers = "answers" // per question several of its answers
)

// field is one field of a form, or a section of fields.
type field struct {
	Name    string // in the form, such as "contact.0.type"
	Path    string // the same without numbers: "contact.type"
	As      string
	Values  []string
	Options []option
	Fields  []field // of a section, and of "answers"
	Rows    []row

	Label, Why string
	Fault      string // of what was typed
	Other      string // what it says meanwhile, where somebody else changed it as well
	Notes      []note // what the check found
	Lang       string // of a text
	Shown      bool   // unfolded
}

// row is one of several sections.
type row struct {
	Name   string // such as "contact.0"
	New    bool   // still empty: filling it in adds it
	Title  string
	Fields []field
}

// option is one choice.
type option struct {
	Value, Text string
	On          bool
}

// Value returns the value of a field with one.
func (f field) Value() string {
	if len(f.Values) == 0 {
		return ""
	}
	return f.Values[0]
}

// Text returns the values of a field, one a line.
func (f field) Text() string { return strings.Join(f.Values, "\n") }

// Chosen returns how many options are on, with those of the fields in it.
func (f field) Chosen() (n int) {
	for _, o := range f.Options {
		if o.On {
			n++
		}
	}
	for _, in := range f.Fields {
		n += in.Chosen()
	}
	return n
}

// form makes the fields of records. Choices come from the content.
type form struct {
	kind *kind
	set  choices
}

// fields returns the fields of a record.
func (f form) fields(value reflect.Value) []field { return f.section(value, "", "") }

// section returns a field for every key of a struct.
func (f form) section(value reflect.Value, name, path string) (all []field) {
	for i := range value.NumField() {
		key := values.Key(value.Type().Field(i))
		if key == "" {
			continue
		}
		all = append(all, f.field(value.Field(i), join(name, key), join(path, key)))
	}
	return all
}

func join(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "." + key
}

// field returns the field of one value.
func (f form) field(value reflect.Value, name, path string) field {
	out := field{Name: name, Path: path, As: f.way(value.Type(), path)}
	switch out.As {
	case asSection:
		inner := value
		if value.Kind() == reflect.Pointer {
			if inner = value.Elem(); value.IsNil() {
				inner = reflect.New(value.Type().Elem()).Elem()
			}
		}
		out.Fields = f.section(inner, name, path)
	case asRows:
		for i := range value.Len() {
			out.Rows = append(out.Rows, f.row(value.Index(i), join(name, strconv.Itoa(i)), path))
		}
		empty := f.row(reflect.New(value.Type().Elem()).Elem(), join(name, strconv.Itoa(value.Len())), path)
		empty.New = true
		out.Rows = append(out.Rows, empty)
	case asAnswers:
		out.Fields = f.answers(value, name, path)
	default:
		out.Values = shownValues(value)
		out.Options = f.set.of(f.kind.name, path).with(out.Values)
	}
	return out
}

func (f form) row(value reflect.Value, name, path string) row {
	return row{Name: name, Fields: f.section(value, name, path), Title: titleOf(value)}
}

// titleOf returns what tells one row from the others: its first words.
func titleOf(value reflect.Value) string {
	for i := range value.NumField() {
		if v := value.Field(i); v.Kind() == reflect.String && v.String() != "" {
			return v.String()
		}
	}
	return ""
}

// answers returns a field for every question with closed answers.
func (f form) answers(value reflect.Value, name, path string) (all []field) {
	questions := slices.Clone(f.set.questions)
	for _, key := range slices.Sorted(maps.Keys(values.Keys(value))) {
		if !slices.ContainsFunc(questions, func(o option) bool { return o.Value == key }) {
			questions = append(questions, option{Value: key, Text: key})
		}
	}
	for _, q := range questions {
		one := field{Name: join(name, q.Value), Path: path, As: asChoices, Label: q.Text}
		if v := value.MapIndex(reflect.ValueOf(q.Value)); v.IsValid() {
			one.Values = shownValues(v)
		}
		one.Options = f.set.answersTo(q.Value).with(one.Values)
		all = append(all, one)
	}
	return all
}

// way returns how a value of a type is filled in.
func (f form) way(t reflect.Type, path string) string {
	closed := f.set.closed(f.kind.name, path)
	switch t.Kind() {
	case reflect.Bool:
		return asYes
	case reflect.Int:
		return asNumber
	case reflect.Struct:
		return asSection
	case reflect.Map:
		if t.Elem().Kind() == reflect.Slice {
			return asAnswers
		}
		return asPairs
	case reflect.Pointer:
		switch t.Elem().Kind() {
		case reflect.Bool:
			return asMaybe
		case reflect.Struct:
			return asSection
		}
		return asNumber
	case reflect.Slice:
		switch {
		case t.Elem().Kind() == reflect.Struct:
			return asRows
		case closed:
			return asChoices
		}
		return asLines
	}
	switch {
	case t.Name() == "Date":
		return asDate
	case closed:
		return asChoice
	case slices.Contains(longFields, lastKey(path)):
		return asArea
	}
	return asLine
}

// longFields are keys that take more than a line.
var longFields = []string{"notes", "says", "because", "basis", "planned", "counts"}

func lastKey(path string) string { return path[strings.LastIndex(path, ".")+1:] }

// shownValues returns a value as form values.
func shownValues(value reflect.Value) (all []string) {
	switch value.Kind() {
	case reflect.Slice:
		for i := range value.Len() {
			all = append(all, value.Index(i).String())
		}
	case reflect.Map:
		for _, key := range slices.Sorted(maps.Keys(values.Keys(value))) {
			all = append(all, fmt.Sprintf("%s = %d", key, value.MapIndex(reflect.ValueOf(key)).Int()))
		}
	case reflect.Pointer:
		if !value.IsNil() {
			all = append(all, shownValues(value.Elem())...)
			if value.Type().Elem().Kind() == reflect.Bool && len(all) == 0 {
				all = []string{"no"}
			}
		} else if value.Type().Elem().Kind() == reflect.Bool {
			return nil
		}
	case reflect.Bool:
		if value.Bool() {
			all = []string{"yes"}
		}
	case reflect.Int:
		if value.Int() != 0 {
			all = []string{strconv.FormatInt(value.Int(), 10)}
		}
	case reflect.Float64:
		all = []string{strconv.FormatFloat(value.Float(), 'f', -1, 64)}
	case reflect.String:
		if value.String() != "" {
			all = []string{value.String()}
		}
	}
	return all
}
