package desk

import (
	"bytes"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"digiwijzer/bot/web/desk/values"
	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/flows"
	"digiwijzer/referral"
)

// kind is a kind of record that an editor changes in one form.
type kind struct {
	name  string // in addresses, and in the texts desk.kind.<name>
	files string // pattern of the files that hold such records
	table string // the array of tables they are in; empty: a file is one record
	key   string // the key that identifies a record
	proto reflect.Type
	// texts are patterns of the texts that people read of a record, with "*" for its id.
	texts []string
	own   bool // the id is only in the file name, so that a record cannot be renamed
}

// kinds lists every kind of record, in the order in which the desk offers them.
var kinds = []*kind{
	{name: "hulp", files: "referral/catalogue/*.toml", key: "id", proto: typeOf[referral.Initiative](), texts: []string{"initiative.*."}, own: true},
	{name: "vragen", files: "flows/questions.toml", table: "question", key: "id", proto: typeOf[flows.Query](), texts: []string{"question.*.", "topic.*", "hint.*.", "option.*.", "label.*."}},
	{name: "regels", files: "referral/rules.toml", table: "rule", key: "id", proto: typeOf[referral.Rule](), texts: []string{"reason.*", "reason.*.", "note.*", "note.*."}},
	{name: "acties", files: "referral/actions/*.toml", table: "action", key: "id", proto: typeOf[referral.Action](), texts: []string{"action.*."}},
	{name: "cijfers", files: "referral/benchmark.toml", table: "figure", key: "id", proto: typeOf[referral.Figure](), texts: []string{"benchmark.*"}},
	{name: "adviseur", files: "referral/interview.toml", table: "question", key: "id", proto: typeOf[referral.InterviewQuestion](), texts: []string{"interview.*."}},
	{name: "gemeenten", files: "referral/region.toml", table: "municipality", key: "code", proto: typeOf[referral.Municipality]()},
	{name: "branches", files: "referral/region.toml", table: "sector", key: "id", proto: typeOf[referral.Sector](), texts: []string{"option.sector.*", "label.sector.*"}},
	{name: "partners", files: "bot/share/partners.toml", table: "partner", key: "code", proto: typeOf[flows.Partner]()},
	{name: "bronnen", files: "flows/questions.toml", table: "source", key: "id", proto: typeOf[flows.Source]()},
	{name: "vragenlijst", files: "flows/questions.toml", proto: typeOf[questionList]()},
	{name: "regio", files: "referral/region.toml", proto: typeOf[regionList]()},
}

// questionList is the part of questions.toml about all questions together.
type questionList struct {
	QuestionSet int `toml:"question_set"`
	Scoring     int `toml:"scoring"`
}

// regionList is the part of region.toml about all municipalities together.
type regionList struct {
	Largest    []string         `toml:"largest"`
	Outside    []string         `toml:"outside"`
	Figures    referral.Figures `toml:"figures"`
	Population population       `toml:"population"`
}

type population struct {
	Threshold int          `toml:"threshold"`
	Counts    []cellCounts `toml:"counts"`
}

type cellCounts struct {
	Region   string         `toml:"region"`
	Size     string         `toml:"size"`
	Estimate bool           `toml:"estimate"`
	Basis    string         `toml:"basis"`
	Sectors  map[string]int `toml:"sectors"`
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// kindOf returns the kind with a name; nil: there is none.
func kindOf(name string) *kind {
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return kinds[i]
}

// record is one record as in its file.
type record struct {
	kind  *kind
	id    string
	file  string
	index int           // in the table of the file
	value reflect.Value // a struct of the kind
}

// records returns the records of a kind in the order of their files. Their values must not be changed. A file that is not
// TOML has none: the findings report it.
func (k *kind) records(from wordings.Files) (all []record) {
	for _, name := range from.Names() {
		if ok, err := path.Match(k.files, name); !ok || err != nil {
			continue
		}
		all = append(all, k.recordsIn(name, from)...)
	}
	k.number(all)
	return all
}

// recordsIn returns the records in one file. Those of a file that the program was built with are read once, as every page
// needs them.
func (k *kind) recordsIn(name string, from wordings.Files) []record {
	data := from.Read(name)
	if len(data) == 0 || !bytes.Equal(data, from.Base(name)) {
		return k.read(name, data)
	}
	key := k.name + " " + name
	if known, ok := builtInRecords.Load(key); ok {
		return known.([]record) //nolint:forcetypeassert // it holds nothing else
	}
	all := k.read(name, data)
	builtInRecords.Store(key, all)
	return all
}

// builtInRecords are the records of the files that the program was built with, by kind and file.
var builtInRecords sync.Map

// read returns the records in one file.
func (k *kind) read(name string, data []byte) (all []record) {
	into := reflect.New(k.fileType())
	if _, err := toml.Decode(string(data), into.Interface()); err != nil {
		return nil
	}
	value := into.Elem()
	if k.table == "" {
		id := k.name
		if k.own {
			id = strings.TrimSuffix(path.Base(name), ".toml")
		}
		return []record{{kind: k, id: id, file: name, value: value}}
	}
	list := value.Field(0)
	for i := range list.Len() {
		r := record{kind: k, file: name, index: i, value: list.Index(i)}
		r.id = r.text(k.key)
		all = append(all, r)
	}
	return all
}

// number distinguishes records with the same id: a municipality has one for each period.
func (k *kind) number(all []record) {
	seen := map[string]int{}
	for i := range all {
		seen[all[i].id]++
		if n := seen[all[i].id]; n > 1 {
			all[i].id += "~" + strconv.Itoa(n)
		}
	}
}

// fileType returns the type that a file of the kind is decoded into.
func (k *kind) fileType() reflect.Type {
	if k.table == "" {
		return k.proto
	}
	return reflect.StructOf([]reflect.StructField{{
		Name: "Records", Type: reflect.SliceOf(k.proto), Tag: reflect.StructTag(`toml:"` + k.table + `"`),
	}})
}

// text returns a string of the record by its key; empty if it has none.
func (r record) text(key string) string {
	for i := range r.value.NumField() {
		if f := r.value.Type().Field(i); values.Key(f) == key && f.Type.Kind() == reflect.String {
			return r.value.Field(i).String()
		}
	}
	return ""
}

// equals reports whether a record has the same meaning as another of its kind; one without a value has none.
func (r record) equals(other record) bool {
	if !other.value.IsValid() {
		return false
	}
	return r.value.Addr().Pointer() == other.value.Addr().Pointer() || values.Mark(r.value) == values.Mark(other.value)
}

// bare returns the id without the number of its period.
func (r record) bare() string {
	id, _, _ := strings.Cut(r.id, "~")
	return id
}
