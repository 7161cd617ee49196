package locales

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"digiwijzer/locales/fault"
)

// BuiltIn returns the texts of this build, which are loaded once.
var BuiltIn = sync.OnceValues(func() (*Texts, error) { return Load(embedded) })

// Load reads the message files <name>.<language>.toml in the root of every file system.
// A message in a later file system replaces the one with the same id in an earlier one;
// within one file system an id may occur once per language. The error joins all faults,
// each with its file and id. Missing translations are no error: see Texts.Faults.
func Load(fsys ...fs.FS) (*Texts, error) {
	l := loader{found: map[string]map[string]text{}}
	for _, f := range fsys {
		l.layer(f)
	}
	if len(l.found[Default]) == 0 {
		l.fault("locales", "", "no texts in %q", Default)
	}
	if err := errors.Join(l.faults...); err != nil {
		return nil, err
	}
	return l.texts()
}

type loader struct {
	files  []string                   // names, in the order in which they were read
	found  map[string]map[string]text // language, id
	faults []error
}

func (l *loader) fault(file, id, format string, args ...any) {
	l.faults = append(l.faults, fault.New(file, id, format, args...))
}

// twice reports a message that is in two files of one layer.
func (l *loader) twice(name, id, first string) {
	f := fault.New(name, id, "is also in %s", first)
	f.Other = first
	l.faults = append(l.faults, f)
}

// layer adds one file system on top of the previous ones.
func (l *loader) layer(fsys fs.FS) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		l.fault("locales", "", "%w", err)
		return
	}
	first := len(l.files) // of this layer
	for _, name := range names {
		lang, ok := languageOf(name)
		if !ok {
			l.fault(name, "", "the name must be <name>.<language>.toml")
			continue
		}
		read, err := readFile(fsys, name)
		if err != nil {
			l.fault(name, "", "%w", err)
			continue
		}
		l.files = append(l.files, name)
		l.add(lang, name, read, first)
	}
}

// add adds the messages of the last file. The files of its layer start at the index first.
func (l *loader) add(lang, name string, read messageFile, first int) {
	l.faults = append(l.faults, read.faults...)
	known := l.found[lang]
	if known == nil {
		known = make(map[string]text, usualTexts)
		l.found[lang] = known
	}
	for _, m := range read.messages {
		if before, found := known[m.id]; found && int(before.file) >= first {
			l.twice(name, m.id, l.files[before.file])
			continue
		}
		m.text.file = int32(len(l.files) - 1)
		known[m.id] = m.text
	}
}

// usualTexts is the initial capacity for the texts of a language: more than a complete one has.
const usualTexts = 6000

// message is a text with its id.
type message struct {
	id   string
	text text
}

// messageFile is the contents of a file of messages.
type messageFile struct {
	messages []message // those that can be rendered; never changed
	faults   []error
}

// builtInFiles are the files of this build by name. Reading one takes a hundred times as long
// as comparing it, and most of the files in an editor's content are unchanged.
var builtInFiles sync.Map

// readFile reads a file of messages.
func readFile(fsys fs.FS, name string) (messageFile, error) {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return messageFile{}, err
	}
	if fsys != fs.FS(embedded) {
		own, err := embedded.ReadFile(name)
		if err != nil || !bytes.Equal(own, content) {
			return readMessages(name, content), nil
		}
	}
	known, ok := builtInFiles.Load(name)
	if !ok {
		known, _ = builtInFiles.LoadOrStore(name, readBuiltIn(name, content))
	}
	return known.(messageFile), nil
}

// languageOf returns the language in a file name. Only a base language is valid: "nl"
// but not "nl-BE".
func languageOf(name string) (string, bool) {
	stem := strings.TrimSuffix(name, ".toml")
	tag := strings.TrimPrefix(path.Ext(stem), ".")
	base, err := language.ParseBase(tag)
	return tag, err == nil && base.String() == tag
}

func readMessages(name string, content []byte) (f messageFile) {
	messages, err := i18n.ParseMessageBytes(content, toml.Unmarshal)
	if err != nil {
		f.faults = append(f.faults, fault.NotTOML(name, err))
		return f
	}
	return checked(name, messages)
}

// checked returns the messages of a file in order, with the faults of their placeholders.
func checked(name string, messages []*i18n.Message) (f messageFile) {
	// go-i18n returns them in random order; sort, so that faults have a fixed order.
	slices.SortFunc(messages, func(a, b *i18n.Message) int { return strings.Compare(a.ID, b.ID) })
	for _, m := range messages {
		t := textOf(m)
		if err := t.check(); err != nil {
			f.faults = append(f.faults, fault.New(name, m.ID, "the placeholders cannot be read: %w", err))
		} else {
			f.messages = append(f.messages, message{m.ID, t})
		}
	}
	return f
}

// check returns an error if a form of a text has placeholders that cannot be filled.
func (t text) check() error {
	if t.other == nil {
		return nil
	}
	for _, form := range t.forms() {
		parsed, err := t.parse(form)
		if err != nil {
			return err
		}
		if len(parsed.Templates()) > 1 || !onlyFields(parsed.Root) {
			return errPlaceholder
		}
	}
	return nil
}

// parse parses a form of a text that is not simple.
func (t text) parse(form string) (*template.Template, error) {
	return template.New(t.other.ID).Delims(t.other.LeftDelim, t.other.RightDelim).Parse(form)
}

// errPlaceholder is the fault of a text that does more than fill in fields. The template language has
// loops and functions: a text with a long loop would exhaust the memory when it is rendered.
var errPlaceholder = errors.New("only placeholders such as {{.Place}} are possible, and conditions such as {{if .Place}} and {{if eq .N 1}}")

// onlyFields reports whether a template does nothing but fill in fields.
func onlyFields(node parse.Node) bool {
	switch n := node.(type) {
	case *parse.ListNode:
		return n == nil || !slices.ContainsFunc(n.Nodes, func(child parse.Node) bool { return !onlyFields(child) })
	case *parse.TextNode, *parse.CommentNode:
		return true
	case *parse.ActionNode:
		return isField(n.Pipe)
	case *parse.IfNode:
		return isCondition(n.Pipe) && onlyFields(n.List) && onlyFields(n.ElseList)
	}
	return false
}

// isField reports whether a pipeline is one field.
func isField(p *parse.PipeNode) bool {
	return len(p.Decl) == 0 && len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 && p.Cmds[0].Args[0].Type() == parse.NodeField
}

// isCondition reports whether a pipeline is one field, or compares fields and values.
func isCondition(p *parse.PipeNode) bool {
	if isField(p) {
		return true
	}
	if len(p.Decl) > 0 || len(p.Cmds) != 1 {
		return false
	}
	args := p.Cmds[0].Args
	function, ok := args[0].(*parse.IdentifierNode)
	return ok && slices.Contains(comparisons, function.Ident) &&
		!slices.ContainsFunc(args[1:], func(arg parse.Node) bool { return !isOperand(arg) })
}

// comparisons are the functions of a condition.
var comparisons = []string{"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not"}

// isOperand reports whether a node is a field or a value.
func isOperand(n parse.Node) bool {
	switch n.Type() {
	case parse.NodeField, parse.NodeNumber, parse.NodeString:
		return true
	}
	return false
}

// texts builds one bundle per language, so that go-i18n never chooses a language.
func (l *loader) texts() (*Texts, error) {
	t := &Texts{by: map[string]*catalogue{}}
	for _, lang := range slices.Sorted(maps.Keys(l.found)) {
		c, err := newCatalogue(lang, l.found[lang])
		if err != nil {
			return nil, err
		}
		t.by[lang] = c
		if lang != Default {
			t.languages = append(t.languages, lang)
		}
	}
	t.languages = append([]string{Default}, t.languages...)
	return t, nil
}

func newCatalogue(lang string, texts map[string]text) (*catalogue, error) {
	tag, err := language.Parse(lang)
	if err != nil {
		return nil, fmt.Errorf("locales: %q: %w", lang, err)
	}
	bundle := i18n.NewBundle(tag)
	for _, t := range texts {
		if t.other == nil {
			continue
		}
		if err := bundle.AddMessages(tag, t.other); err != nil {
			return nil, fmt.Errorf("locales: %q: %w", lang, err)
		}
	}
	ids := sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(texts)) })
	return &catalogue{texts: texts, ids: ids, localizer: i18n.NewLocalizer(bundle, lang)}, nil
}

// forms returns the plural forms that a message has.
func forms(m *i18n.Message) []string {
	all := []string{m.Zero, m.One, m.Two, m.Few, m.Many, m.Other}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
