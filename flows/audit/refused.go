package audit

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/locales/fault"
)

// Files are the files that failed to load. nil: unknown.
type Files interface {
	ReadFile(name string) ([]byte, error) // in the layout of the content folder
	Changed(name string) bool             // reports whether an editor changed or added it
}

// Refused converts the error of loading content into faults, one for each joined error, with
// the line where that can be found. texts are those of the faults: the embedded ones, since
// the content failed to load.
func Refused(err error, files Files, texts *locales.Texts, lang string) (faults []Fault) {
	w := wording{files: files, texts: texts, lang: lang}
	told := map[string]bool{}
	for _, one := range flatten(err) {
		f := w.fault(one)
		if line := f.String(); !told[line] {
			told[line] = true
			faults = append(faults, f)
		}
	}
	return faults
}

// flatten returns the errors that were joined.
func flatten(err error) (all []error) {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, part := range joined.Unwrap() {
			all = append(all, flatten(part)...)
		}
		return all
	}
	return []error{err}
}

// worded is an error of loading with its own text, check.file.<kind>.
type worded interface {
	error
	Worded() (file string, line int, kind, value string)
}

// wording puts errors of loading into the words of an editor.
type wording struct {
	files Files
	texts *locales.Texts
	lang  string
}

// argNames are the names of the arguments of a fault in its text.
var argNames = []string{"A", "B", "C", "D"}

func (w *wording) text(id string, args ...any) string {
	var pairs []any
	for i, arg := range args {
		if i < len(argNames) {
			pairs = append(pairs, argNames[i], asWritten(arg))
		}
	}
	return w.texts.Text(w.lang, id, pairs...)
}

// asWritten formats an argument as an editor wrote it.
func asWritten(arg any) string {
	switch v := arg.(type) {
	case fault.Unknown:
		return v.Value
	case []string:
		return strings.Join(v, ", ")
	}
	if reflect.TypeOf(arg).Kind() == reflect.Slice {
		return strings.Trim(fmt.Sprint(arg), "[]")
	}
	return fmt.Sprint(arg)
}

// fault puts one error into words.
func (w *wording) fault(err error) Fault {
	var file worded
	var f *fault.Fault
	switch {
	case errors.As(err, &file):
		name, line, kind, value := file.Worded()
		if name == "." {
			name = ""
		}
		return Fault{File: name, Line: line, Kind: "file." + kind,
			What: w.texts.Text(w.lang, "check.file."+kind, "Value", value), Do: w.texts.Text(w.lang, "check.file."+kind+".do")}
	case errors.As(err, &f):
		return w.located(w.loading(f), f)
	}
	return Fault{Kind: "content.refused", What: w.text("check.content.refused", strings.TrimSpace(err.Error())), Do: w.text("check.content.refused.do")}
}

// loading puts a fault of loading into words.
func (w *wording) loading(f *fault.Fault) Fault {
	args := append([]any{}, f.Args...)
	out := Fault{File: folder(f.File) + f.File, Line: f.Line, ID: f.ID, Kind: "content.refused"}
	if other := folder(f.Other) + f.Other; f.Other != "" && w.files != nil && !w.files.Changed(out.File) && w.files.Changed(other) {
		out.File = other // the one that an editor changed
		if len(args) > 1 {
			out.ID, args[1] = asWritten(args[1]), f.ID
		} else {
			args[0] = f.File
		}
	}
	var partner flows.PartnerFault
	if parse, ok := f.ParseError(); ok || strings.Contains(f.Error(), "incompatible types") {
		return w.notTOML(out, parse, f.Unwrap())
	}
	if errors.As(f.Unwrap(), &partner) {
		out.What = w.texts.Text(w.lang, "cli.bad.partner_"+partner.ID, "Code", partner.Code, "Value", partner.Value)
		out.Do = w.text("check.content.refused.do")
		return out
	}
	id := "check.load." + f.Kind()
	if strings.HasPrefix(f.Format, "key %q stands in table %q") {
		id = w.misplaced(f, args)
	}
	out.What, out.Do = w.text(id, args...), w.text("check.content.refused.do")
	if w.texts.Has(w.lang, id+".do") {
		out.Do = w.text(id+".do", args...)
	}
	if hint := w.hint(args); hint != "" {
		out.Do = hint + " " + out.Do
	}
	return out
}

// misplaced names the tables of a key that is in the wrong table, and returns the text for it.
func (w *wording) misplaced(f *fault.Fault, args []any) string {
	name := func(table string) string {
		if table == "" {
			return w.text("check.load.top")
		}
		return w.text("check.load.under", "["+table+"]")
	}
	var places []string
	tables, _ := f.Args[2].([]string)
	for _, t := range tables {
		places = append(places, name(t))
	}
	args[1], args[2] = name(asWritten(f.Args[1])), w.oneOf(places)
	return "check.load.key_misplaced"
}

// oneOf joins a list with "or".
func (w *wording) oneOf(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return w.text("check.load.or", strings.Join(list[:last], ", "), list[last])
}

// maxChoices is the most known values that a fault lists.
const maxChoices = 24

// hint names the known value that is most similar to an unknown one, or all known values.
func (w *wording) hint(args []any) string {
	for _, arg := range args {
		u, ok := arg.(fault.Unknown)
		if !ok {
			continue
		}
		if near := u.Near(); near != "" {
			return w.text("check.load.near", near)
		}
		if n := len(u.Known); n == 1 {
			return w.text("check.load.near", u.Known[0])
		} else if n > 1 && n <= maxChoices {
			return w.text("check.load.choose", strings.Join(u.Known, ", "))
		}
	}
	return ""
}

// Patterns of lines that are invalid TOML.
var (
	curlyQuote   = regexp.MustCompile(`(?:^|=|,|\[)\s*[“”„‟‘’‚«»]|[“”„‟«»]\s*$`)
	keyOfLine    = regexp.MustCompile(`^\s*"?([^"=]+?)"?\s*=`)
	innerQuote   = regexp.MustCompile(`=\s*"(?:[^"\\]|\\.)*"[^\s,\]}#]`)
	typesInError = regexp.MustCompile(`TOML value has type (\S+); destination has type (.+)$`)
	lastKey      = regexp.MustCompile(`last key "([^"]+)"`)
	germanDate   = regexp.MustCompile(`=\s*"?\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}`)
	tableHead    = regexp.MustCompile(`^\[\[?\s*([^\[\]]+?)\s*\]?\]`)
)

// notTOML describes why a file cannot be decoded.
func (w *wording) notTOML(out Fault, parse toml.ParseError, err error) Fault {
	var data []byte
	if w.files != nil {
		data, _ = w.files.ReadFile(out.File) // without the file the error itself is enough
	}
	kind, line, args := howBroken(data, out.Line, parse, err)
	if line > 0 {
		out.Line = line
	}
	if types := typesInError.FindStringSubmatch(err.Error()); kind == "type" && types != nil {
		args = append(args, w.typeName(types[2]))
		if key := lastKey.FindStringSubmatch(err.Error()); key != nil {
			out.ID = key[1]
			if out.Line == 0 {
				out.Line = lineOfKey(strings.Split(string(data), "\n"), "", key[1])
			}
		}
	}
	out.What, out.Do = w.text("check.toml."+kind, args...), w.text("check.toml."+kind+".do", args...)
	return out
}

// typeName returns the editor's name for a Go type.
func (w *wording) typeName(goType string) string {
	switch {
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "float"):
		return w.text("check.toml.number")
	case goType == "bool", goType == "boolean":
		return w.text("check.toml.bool")
	case strings.HasPrefix(goType, "slice"), strings.HasPrefix(goType, "["), strings.HasPrefix(goType, "array"):
		return w.text("check.toml.list")
	case strings.HasPrefix(goType, "struct"), strings.HasPrefix(goType, "map"):
		return w.text("check.toml.table")
	}
	return w.text("check.toml.string")
}

// howBroken returns the kind of what is wrong in a file, its line from 1, and the arguments of
// its text.
func howBroken(data []byte, line int, parse toml.ParseError, err error) (kind string, at int, args []any) {
	text, message := lineAt(data, line), err.Error()
	switch bad := firstInvalid(data); {
	case isUTF16(data):
		return "utf16", 0, nil
	case bad > 0:
		return "ansi", bad, []any{keyAt(data, bad)}
	case strings.Contains(message, "incompatible types"):
		return "type", line, nil
	case strings.Contains(message, "already been defined"), strings.Contains(message, "already defined"):
		return "double", line, []any{parse.LastKey}
	case curlyQuote.MatchString(text):
		return "curly", line, nil
	case innerQuote.MatchString(text):
		return "quote", line, nil
	case strings.Contains(message, "escape"):
		return "backslash", line, nil
	case germanDate.MatchString(text):
		return "date", line, []any{strings.TrimSpace(text)}
	case strings.Contains(message, "newlines"), strings.Count(strings.ReplaceAll(text, `\"`, ""), `"`)%2 == 1:
		return "unclosed", line, nil
	case strings.Contains(message, "expected value"), strings.Contains(message, "nvalid TOML Date"), strings.Contains(message, "must be"):
		return "bare", line, []any{strings.TrimSpace(text)}
	}
	return "other", line, []any{strings.TrimSpace(text)}
}

func lineAt(data []byte, line int) string {
	lines := bytes.Split(data, []byte("\n"))
	if line < 1 || line > len(lines) {
		return ""
	}
	return strings.TrimSuffix(string(lines[line-1]), "\r")
}

// keyAt returns the key on a line.
func keyAt(data []byte, line int) string {
	if m := keyOfLine.FindStringSubmatch(lineAt(data, line)); m != nil {
		return m[1]
	}
	return ""
}

// firstInvalid returns the first line, from 1, that is not UTF-8; 0 if there is none.
func firstInvalid(data []byte) int {
	for n, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			return n + 1
		}
	}
	return 0
}

// isUTF16 reports whether a file is UTF-16 text.
func isUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) || bytes.Count(data, []byte{0}) > len(data)/4
}

// shortestValue is the minimum length of a value that is searched for in a file.
const shortestValue = 8

// located adds the line of a fault, if it can be found.
func (w *wording) located(out Fault, f *fault.Fault) Fault {
	if out.Line > 0 || w.files == nil {
		return out
	}
	data, err := w.files.ReadFile(out.File)
	if err != nil {
		return out
	}
	lines := strings.Split(string(data), "\n")
	from := lineOf(lines, out.ID)
	for _, arg := range f.Args {
		value, n := asWritten(arg), 0
		switch _, unknown := arg.(fault.Unknown); {
		case unknown && f.IsKey:
			key, _, _ := strings.Cut(value, ",")
			n = lineOfKey(lines, f.Table, key[strings.LastIndex(key, ".")+1:])
		case unknown, len(value) >= shortestValue:
			n = lineOfValue(lines, from, value)
		}
		if n > 0 {
			out.Line = n
			return out
		}
	}
	if out.Line = from; out.Line == 0 && out.ID != "" && len(f.Args) > 0 {
		out.Line = lineOf(lines, asWritten(f.Args[0]))
	}
	return out
}

// lineOfValue returns the first line, at or after a record's, that has a value; 0 if none has.
func lineOfValue(lines []string, from int, value string) int {
	if value == "" {
		return 0
	}
	isValue := regexp.MustCompile(`["']` + regexp.QuoteMeta(value) + `["']|=\s*` + regexp.QuoteMeta(value) + `\s*(?:#.*)?$`)
	for n, line := range lines {
		if n+1 >= from && !strings.HasPrefix(strings.TrimSpace(line), "#") && isValue.MatchString(line) {
			return n + 1
		}
	}
	return 0
}

// lineOfKey returns the first line that gives a key a value in a table; 0 if none does.
func lineOfKey(lines []string, table, key string) int {
	isKey := regexp.MustCompile(`(?:^|[{,])\s*"?` + regexp.QuoteMeta(key) + `"?\s*=`)
	current := ""
	for n, line := range lines {
		bare := strings.TrimSpace(line)
		if strings.HasPrefix(bare, "#") {
			continue
		}
		if head := tableHead.FindStringSubmatch(bare); head != nil {
			if current = head[1]; current == key {
				return n + 1
			}
		}
		if isKey.MatchString(line) && (table == current || current != "" && strings.HasPrefix(table, current)) {
			return n + 1
		}
	}
	return 0
}

// folder returns the folder of a content file, with a trailing slash.
func folder(file string) string {
	switch {
	case file == "questions.toml", file == "layouts.toml":
		return "flows/"
	case file == "rules.toml", file == "region.toml", file == "benchmark.toml", file == "interview.toml", file == "catalogue", file == "actions",
		strings.HasPrefix(file, "catalogue/"), strings.HasPrefix(file, "actions/"):
		return "referral/"
	case file == "partners.toml":
		return "bot/share/"
	case file == "locales":
		return ""
	}
	return "locales/"
}
