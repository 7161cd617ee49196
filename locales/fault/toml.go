package fault

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Decode reads a TOML file into a struct. It returns a fault for a file that cannot be decoded
// and one for every key that the struct does not have.
func Decode(fsys fs.FS, file string, into any) (faults []*Fault, ok bool) {
	meta, err := toml.DecodeFS(fsys, file, into)
	if err != nil {
		return []*Fault{NotTOML(file, err)}, false
	}
	return UnknownKeys(file, meta, into), true
}

// NotTOML returns the fault of a file that cannot be decoded, with the line if it is known.
func NotTOML(file string, err error) *Fault {
	f := New(file, "", "%w", err)
	var parse toml.ParseError
	if asParseError(err, &parse) {
		f.Line = parse.Position.Line
	}
	return f
}

// UnknownKeys returns a fault for every key of a file that the struct does not have. For an unknown
// table it names only the table.
func UnknownKeys(file string, meta toml.MetaData, into any) (faults []*Fault) {
	tables := map[string][]string{}
	collect(reflect.TypeOf(into), "", tables, 0)
	told := map[string]bool{}
	byTable := map[string][]string{}
	var order []string
	for _, key := range meta.Undecoded() {
		told[key.String()] = true
		table, name := "", key.String()
		if n := len(key); n > 1 {
			table, name = key[:n-1].String(), key[n-1]
		}
		if table != "" && told[table] {
			continue
		}
		if byTable[table] == nil {
			order = append(order, table)
		}
		byTable[table] = append(byTable[table], name)
	}
	for _, table := range order {
		faults = append(faults, unknownKeys(file, table, byTable[table], tables)...)
	}
	return faults
}

// unknownKeys returns one fault for keys that all belong to another table, as when the heading of that
// table was removed, and otherwise one for each.
func unknownKeys(file, table string, names []string, tables map[string][]string) (faults []*Fault) {
	misplaced := func(names, places []string) *Fault {
		return New(file, "", "key %q stands in table %q, and belongs to %q", Unknown{Value: strings.Join(names, ", ")}, table, places)
	}
	common := placesOf(tables, names...)
	if len(common) > 0 && len(names) > 1 {
		faults = append(faults, misplaced(names, common))
	} else {
		for _, name := range names {
			if places := placesOf(tables, name); len(places) > 0 {
				faults = append(faults, misplaced([]string{name}, places))
				continue
			}
			faults = append(faults, New(file, "", "unknown key %q", Unknown{name, tables[table]}))
		}
	}
	for _, f := range faults {
		f.IsKey, f.Table = true, table
	}
	return faults
}

// placesOf returns the tables that have all of some keys; "" is the top of the file.
func placesOf(tables map[string][]string, names ...string) (places []string) {
	for _, t := range sortedKeys(tables) {
		if strings.Count(t, ".") <= 1 && !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(tables[t], name) }) {
			places = append(places, t)
		}
	}
	return places
}

func sortedKeys(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// maxTables limits how deeply tables are nested.
const maxTables = 6

// collect collects the keys of a struct by table.
func collect(t reflect.Type, table string, tables map[string][]string, depth int) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || depth > maxTables {
		return
	}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
		if !field.IsExported() || name == "-" || name == "" && !field.Anonymous {
			continue
		}
		if field.Anonymous && name == "" {
			collect(field.Type, table, tables, depth+1)
			continue
		}
		tables[table] = append(tables[table], name)
		path := name
		if table != "" {
			path = table + "." + name
		}
		collect(field.Type, path, tables, depth+1)
	}
}

func asParseError(err error, into *toml.ParseError) bool {
	for err != nil {
		if p, ok := err.(toml.ParseError); ok { //nolint:errorlint // unwrapped here, including errors without Unwrap
			*into = p
			return true
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return false
		}
		err = u.Unwrap()
	}
	return false
}

// ParseError returns the error of the TOML decoder in a fault.
func (f *Fault) ParseError() (toml.ParseError, bool) {
	var parse toml.ParseError
	ok := asParseError(f.Unwrap(), &parse)
	return parse, ok
}

var _ fmt.Formatter = Unknown{}
