package edit

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// span is a range of bytes of a document.
type span struct{ from, to int }

// item is a header or a key with its value, in the order of the file.
type item struct {
	lines  span // whole lines, with a trailing comment
	above  int  // start of the comment lines directly above
	header bool
}

type kind int

const (
	scalar kind = iota
	array
	inline // a table in braces
	table
	tables // an array of tables with headers
)

// node is a value, a table or an array.
type node struct {
	kind   kind
	value  any              // of a scalar
	keys   []string         // of a table, in order
	fields map[string]*node // of a table
	elems  []*node
	at     span // of a value
	entry  span // a field: from its key to the end of its value
	item   int  // the header, or the line of a key; -1: neither
}

// Document is a parsed TOML file. It is immutable.
type Document struct {
	src   []byte
	root  *node
	items []item
}

// SyntaxError is the error of a file that is not TOML.
type SyntaxError struct {
	Line int // from 1
	What string
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// Parse parses a TOML file. The error is a *SyntaxError.
func Parse(src []byte) (*Document, error) {
	src = bytes.Clone(src)
	b := builder{src: src, doc: &Document{src: src, root: newTable(-1)}}
	if err := b.run(); err != nil {
		return nil, err
	}
	return b.doc, nil
}

func newTable(header int) *node {
	return &node{kind: table, fields: map[string]*node{}, item: header}
}

// builder builds the tree of a document.
type builder struct {
	src []byte
	doc *Document
	at  *node // the table that keys are added to
}

func (b *builder) run() error {
	var p unstable.Parser
	body := bytes.TrimPrefix(b.src, []byte("\ufeff"))
	p.Reset(body)
	shift := len(b.src) - len(body)
	if shift > 0 { // positions are those of the whole file
		p.Reset(append([]byte("   "), body...))
	}
	b.at = b.doc.root
	for p.NextExpression() {
		if err := b.expression(p.Expression()); err != nil {
			return err
		}
	}
	if err := p.Error(); err != nil {
		line := 1
		var at *unstable.ParserError
		if errors.As(err, &at) && len(at.Highlight) > 0 {
			line = b.line(int(p.Range(at.Highlight).Offset))
		}
		return &SyntaxError{Line: line, What: err.Error()}
	}
	return nil
}

func (b *builder) line(offset int) int {
	return 1 + bytes.Count(b.src[:min(offset, len(b.src))], []byte("\n"))
}

func (b *builder) refuse(offset int, what string, args ...any) error {
	return &SyntaxError{Line: b.line(offset), What: fmt.Sprintf(what, args...)}
}

func (b *builder) expression(e *unstable.Node) error {
	keys, from, to := keysOf(e)
	switch e.Kind {
	case unstable.Table:
		return b.table(keys, b.add(from, to, true), from)
	case unstable.ArrayTable:
		return b.element(keys, b.add(from, to, true), from)
	case unstable.KeyValue:
		v := b.value(e.Value(), b.valueStart(to))
		v.item = b.add(from, v.at.to, false)
		v.entry = span{from, v.at.to}
		return b.field(b.at, keys, v, from)
	}
	return nil
}

// keysOf returns the parts of a key and its range.
func keysOf(n *unstable.Node) (keys []string, from, to int) {
	from = -1
	for it := n.Key(); it.Next(); {
		key := it.Node()
		keys = append(keys, string(key.Data))
		if from < 0 {
			from = int(key.Raw.Offset)
		}
		to = int(key.Raw.Offset + key.Raw.Length)
	}
	return keys, from, to
}

// add adds the lines from one offset to another as an item and returns its number.
func (b *builder) add(from, to int, header bool) int {
	start := bytes.LastIndexByte(b.src[:from], '\n') + 1
	end := len(b.src)
	if n := bytes.IndexByte(b.src[to:], '\n'); n >= 0 {
		end = to + n + 1
	}
	b.doc.items = append(b.doc.items, item{lines: span{start, end}, above: b.above(start), header: header})
	return len(b.doc.items) - 1
}

// above returns the start of the comment lines directly above a line.
func (b *builder) above(start int) int {
	for start > 0 {
		before := bytes.LastIndexByte(b.src[:start-1], '\n') + 1
		if !bytes.HasPrefix(bytes.TrimLeft(b.src[before:start], " \t"), []byte("#")) {
			break
		}
		start = before
	}
	return start
}

// table begins a table with a header.
func (b *builder) table(keys []string, header, offset int) error {
	parent, err := b.descend(b.doc.root, keys[:len(keys)-1], offset)
	if err != nil {
		return err
	}
	last := keys[len(keys)-1]
	t, ok := parent.fields[last]
	switch {
	case !ok:
		t = newTable(header)
		parent.put(last, t)
	case t.kind == table && t.item < 0:
		t.item = header
	default:
		return b.refuse(offset, "%s is defined twice", last)
	}
	b.at = t
	return nil
}

// element begins an element of an array of tables.
func (b *builder) element(keys []string, header, offset int) error {
	parent, err := b.descend(b.doc.root, keys[:len(keys)-1], offset)
	if err != nil {
		return err
	}
	last := keys[len(keys)-1]
	list, ok := parent.fields[last]
	if !ok {
		list = &node{kind: tables, item: -1}
		parent.put(last, list)
	}
	if list.kind != tables {
		return b.refuse(offset, "%s is defined twice", last)
	}
	b.at = newTable(header)
	list.elems = append(list.elems, b.at)
	return nil
}

// descend returns the table that keys lead to, creating it if needed.
func (b *builder) descend(n *node, keys []string, offset int) (*node, error) {
	for _, key := range keys {
		next, ok := n.fields[key]
		if !ok {
			next = newTable(-1)
			n.put(key, next)
		}
		if next.kind == tables {
			next = next.elems[len(next.elems)-1]
		}
		if next.kind != table {
			return nil, b.refuse(offset, "%s is no table", key)
		}
		n = next
	}
	return n, nil
}

// field adds a value under a key, which may have several parts.
func (b *builder) field(to *node, keys []string, v *node, offset int) error {
	parent, err := b.descend(to, keys[:len(keys)-1], offset)
	if err != nil {
		return err
	}
	last := keys[len(keys)-1]
	if _, twice := parent.fields[last]; twice {
		return b.refuse(offset, "%s is defined twice", last)
	}
	parent.put(last, v)
	return nil
}

func (n *node) put(key string, v *node) {
	if _, twice := n.fields[key]; !twice { // duplicate in braces: the loader rejects it
		n.keys = append(n.keys, key)
	}
	n.fields[key] = v
}

// valueStart returns the start of a value, after the end of its key.
func (b *builder) valueStart(at int) int {
	for at < len(b.src) && (b.src[at] == ' ' || b.src[at] == '\t' || b.src[at] == '=') {
		at++
	}
	return at
}

// value converts a value that begins at an offset.
func (b *builder) value(n *unstable.Node, from int) *node {
	v := &node{at: span{from, from + int(n.Raw.Length)}, item: -1}
	switch n.Kind {
	case unstable.Array:
		v.kind = array
		v.at.to = b.children(n, from, func(child *unstable.Node, at int) int {
			e := b.value(child, at)
			v.elems = append(v.elems, e)
			return e.at.to
		})
	case unstable.InlineTable:
		v.kind, v.fields = inline, map[string]*node{}
		v.at.to = b.children(n, from, func(child *unstable.Node, _ int) int {
			keys, start, end := keysOf(child)
			f := b.value(child.Value(), b.valueStart(end))
			f.entry = span{start, f.at.to}
			v.put(strings.Join(keys, "."), f) // a dotted key in braces is one field here
			return f.at.to
		})
	default:
		v.value = decoded(n)
	}
	return v
}

// children visits the values in brackets or braces and returns their closing position.
func (b *builder) children(n *unstable.Node, from int, visit func(child *unstable.Node, at int) int) int {
	at := from + 1
	for it := n.Children(); it.Next(); {
		if child := it.Node(); child.Kind != unstable.Comment {
			at = visit(child, b.skip(at))
		}
	}
	return b.skip(at) + 1
}

// skip returns the next offset that is not space, a comma or part of a comment.
func (b *builder) skip(at int) int {
	for at < len(b.src) {
		switch b.src[at] {
		case ' ', '\t', '\r', '\n', ',':
			at++
		case '#':
			n := bytes.IndexByte(b.src[at:], '\n')
			if n < 0 {
				return len(b.src)
			}
			at += n
		default:
			return at
		}
	}
	return at
}

// Literal is a value as written in the file: a date or a time.
type Literal string

// decoded returns the value of a scalar.
func decoded(n *unstable.Node) any {
	text := string(n.Data)
	bare := strings.ReplaceAll(text, "_", "")
	switch n.Kind {
	case unstable.String:
		return text
	case unstable.Bool:
		return text == "true"
	case unstable.Integer:
		if v, err := strconv.ParseInt(bare, 0, 64); err == nil {
			return v
		}
	case unstable.Float:
		if v, err := strconv.ParseFloat(bare, 64); err == nil {
			return v
		}
	}
	return Literal(text)
}
