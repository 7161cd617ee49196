package desk

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot/web/desk/values"
)

// The kinds of form fields.
const (
	asLine    = "line"
	asArea    = "area"
	asNumber  = "number"
	asDate    = "date"
	asYes     = "yes"     // a checkbox
	asMaybe   = "maybe"   // yes, no or unset
	asChoice  = "choice"  // one of a closed set
	asChoices = "choices" // several of a closed set
	asLines   = "lines"   // one value per line
	asPairs   = "pairs"   // name = number, one per line
	asSection = "section" // a group of fields
	asRows    = "rows"    // several such sections
	asAnswers = "answers" // several answers per question
	asPicks   = "picks"   // several answers to the question that another field names
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
	Hint       string // how to choose, besides Why
	Fault      string // fault of the typed value
	Other      string // the current value, if somebody else changed it too
	Notes      []note // findings of the check
	Lang       string // of a text
	Shown      bool   // expanded
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

// Value returns the value of a field with a single value.
func (f field) Value() string {
	if len(f.Values) == 0 {
		return ""
	}
	return f.Values[0]
}

// Text returns the values of a field, one per line.
func (f field) Text() string { return strings.Join(f.Values, "\n") }

// Chosen returns how many options are chosen, including those of nested fields.
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

// form builds the fields of records. Choices come from the content.
type form struct {
	kind   *kind
	set    choices
	record reflect.Value // the shown record: some choices come from it
}

// fields returns the fields of a record.
func (f form) fields(value reflect.Value) []field {
	f.record = value
	return f.section(value, "", "")
}

// section returns a field for every key of a struct.
func (f form) section(value reflect.Value, name, path string) (all []field) {
	for i := range value.NumField() {
		key := values.Key(value.Type().Field(i))
		if key == "" {
			continue
		}
		one := f.field(value.Field(i), join(name, key), join(path, key))
		f.offer(&one, value)
		all = append(all, one)
	}
	return all
}

// offer adds choices to a field whose values depend on the fields around it, or on the rest of the record.
func (f form) offer(one *field, around reflect.Value) {
	all := f.offered(one.Path, around)
	switch {
	case one.As == asPicks && all == nil:
		one.As, one.Hint = asLines, f.set.words("desk.pick.first")
	case one.As == asPicks:
		one.As, one.Hint = asChoices, f.set.words("desk.pick.other")
	case all == nil:
		return
	default:
		one.As = asChoice
	}
	one.Options = all.with(one.Values)
}

// offered returns the choices of a field that depend on the record; nil: none.
func (f form) offered(path string, around reflect.Value) options {
	switch at := f.kind.name + " " + path; {
	case isPick(at):
		return f.set.answersToAny(questionsIn(around))
	case at == "vragen as":
		return f.set.answersTo(f.record.FieldByName("ID").String())
	case f.kind.name == "hulp" && strings.HasSuffix(path, ".evidence"):
		return idsOf(f.record.FieldByName("Evidence"), "ID", "Title")
	case at == "regels propose.when.variant":
		return idsOf(f.record.FieldByName("When"), "Variant", "Variant")
	}
	return nil
}

// isPick reports whether a field holds answers to a question that a sibling field names.
func isPick(kindAndPath string) bool {
	switch kindAndPath {
	case "cijfers yes", "cijfers partly", "cijfers no":
		return true
	}
	key := lastKey(kindAndPath)
	return strings.HasPrefix(kindAndPath, "vragen ") && (key == "is" || key == "not")
}

// questionsIn returns the questions that a condition or a figure concerns.
func questionsIn(around reflect.Value) (all []string) {
	if q := around.FieldByName("Question").String(); q != "" {
		all = append(all, q)
	}
	if any := around.FieldByName("AnyOf"); any.IsValid() {
		all = append(all, values.List(any)...)
	}
	return all
}

// idsOf returns the ids in a list as choices, with their names.
func idsOf(list reflect.Value, id, name string) (all options) {
	for i := range list.Len() {
		value, text := list.Index(i).FieldByName(id).String(), list.Index(i).FieldByName(name).String()
		if value != "" && !slices.ContainsFunc(all, func(o option) bool { return o.Value == value }) {
			all = append(all, option{Value: value, Text: cmp.Or(text, value)})
		}
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
		out.Values = values.Shown(value)
		out.Options = f.set.of(f.kind.name, path).with(out.Values)
	}
	return out
}

func (f form) row(value reflect.Value, name, path string) row {
	return row{Name: name, Fields: f.section(value, name, path), Title: titleOf(value)}
}

// titleOf returns what distinguishes one row from the others: its first words.
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
			one.Values = values.Shown(v)
		}
		one.Options = f.set.answersTo(q.Value).with(one.Values)
		all = append(all, one)
	}
	return all
}

// way returns the kind of field for a type.
func (f form) way(t reflect.Type, path string) string {
	if isPick(f.kind.name + " " + path) {
		return asPicks
	}
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

// longFields are keys with text of more than one line.
var longFields = []string{"notes", "says", "because", "basis", "planned", "counts"}

func lastKey(path string) string { return path[strings.LastIndex(path, ".")+1:] }
