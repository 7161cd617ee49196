package edit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The errors of an impossible edit; the text names the path.
var (
	ErrMissing = errors.New("there is nothing there")
	ErrShape   = errors.New("this cannot be written there")
)

func missing(p Path) error             { return fmt.Errorf("%s: %w", p, ErrMissing) }
func misshapen(p Path, w string) error { return fmt.Errorf("%s: %w: %s", p, ErrShape, w) }

// replacement replaces a range of bytes.
type replacement struct {
	at   span
	text string
}

// with returns the document with a replacement applied, parsed again.
func (d *Document) with(r replacement) (*Document, error) {
	var b bytes.Buffer
	b.Write(d.src[:r.at.from])
	b.WriteString(r.text)
	b.Write(d.src[r.at.to:])
	return Parse(b.Bytes())
}

// eol returns the line ending of the file.
func (d *Document) eol() string {
	if bytes.Contains(d.src, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// Set sets the value at a path: a string, int, int64, float64, bool or Literal, []string, []any of these,
// or []Field. A new key is added after the others of its table, and a missing table is created. A table
// with its own header is set field by field.
func (d *Document) Set(p Path, value any) (*Document, error) {
	if len(p) == 0 {
		return nil, misshapen(p, "a path is needed")
	}
	n := d.find(p)
	switch {
	case n == nil:
		return d.addKey(p, value)
	case n.kind == tables || n.kind == table:
		return nil, misshapen(p, "set its fields")
	case n.kind == array:
		if list, ok := asList(value); ok {
			return d.setList(n, list)
		}
	}
	text, err := written(value, d.inBraces(p))
	if err != nil {
		return nil, misshapen(p, err.Error())
	}
	return d.with(replacement{n.at, text})
}

// inBraces reports whether the path is in a table in braces or an array.
func (d *Document) inBraces(p Path) bool {
	parent := d.find(p.Parent())
	return parent != nil && (parent.kind == inline || parent.kind == array)
}

func asList(value any) ([]any, bool) {
	switch v := value.(type) {
	case []string:
		return listOf(v), true
	case []any:
		return v, true
	}
	return nil, false
}

// setList replaces the elements of an array that differ, so that the others and the comments between them
// stay in place.
func (d *Document) setList(n *node, values []any) (*Document, error) {
	same := func(e *node, v any) bool { return equal(e.plain(), v) }
	head := 0
	for head < len(n.elems) && head < len(values) && same(n.elems[head], values[head]) {
		head++
	}
	tail := 0
	for tail < len(n.elems)-head && tail < len(values)-head && same(n.elems[len(n.elems)-1-tail], values[len(values)-1-tail]) {
		tail++
	}
	old, added := n.elems[head:len(n.elems)-tail], values[head:len(values)-tail]
	texts := make([]string, len(added))
	for i, v := range added {
		var err error
		if texts[i], err = written(v, true); err != nil {
			return nil, err
		}
	}
	switch {
	case len(old) == 0 && len(added) == 0:
		return d, nil
	case len(values) == 0:
		return d.with(replacement{n.at, "[]"})
	case len(n.elems) == 0 || len(old) == len(n.elems):
		whole, err := written(values, false)
		if err != nil {
			return nil, err
		}
		return d.with(replacement{n.at, whole})
	case len(added) == 0:
		return d.with(replacement{d.withComma(n, head, len(n.elems)-tail), ""})
	case len(old) > 0:
		return d.with(replacement{span{old[0].at.from, old[len(old)-1].at.to}, strings.Join(texts, d.between(n))})
	}
	return d.insertTexts(n, head, texts)
}

// insertTexts inserts elements before the one with an index, or behind the last.
func (d *Document) insertTexts(n *node, index int, texts []string) (*Document, error) {
	joint := d.between(n)
	if index < len(n.elems) {
		at := n.elems[index].at.from
		return d.with(replacement{span{at, at}, strings.Join(texts, joint) + joint})
	}
	at := n.elems[len(n.elems)-1].at.to
	return d.with(replacement{span{at, at}, joint + strings.Join(texts, joint)})
}

// between returns the text between two elements of an array: a comma, and the line break and indentation
// if each element has its own line.
func (d *Document) between(n *node) string {
	first := n.elems[0].at.from
	start := bytes.LastIndexByte(d.src[:first], '\n') + 1
	if start <= n.at.from || len(bytes.TrimSpace(d.src[start:first])) > 0 || len(n.elems) > 1 && !bytes.Contains(d.src[n.elems[0].at.to:n.elems[1].at.from], []byte("\n")) {
		return ", "
	}
	return "," + d.eol() + string(d.src[start:first])
}

// withComma returns the range of the elements from one index to another, with the comma and
// the space that separate them from what remains.
func (d *Document) withComma(n *node, from, to int) span {
	starts := func(i int) int { return n.elems[i].at.from }
	if to < len(n.elems) {
		return span{starts(from), starts(to)}
	}
	return span{n.elems[from-1].at.to, n.elems[to-1].at.to}
}

// addKey adds a key to the table at the parent path.
func (d *Document) addKey(p Path, value any) (*Document, error) {
	key := p[len(p)-1]
	if key.Element {
		return nil, missing(p)
	}
	parent := d.find(p.Parent())
	switch {
	case parent == nil:
		return d.addTable(p.Parent(), []Field{{key.Name, value}})
	case parent.kind == inline:
		text, err := written(value, true)
		if err != nil {
			return nil, misshapen(p, err.Error())
		}
		return d.addInBraces(parent, keyName(key.Name)+" = "+text)
	case parent.kind != table:
		return nil, misshapen(p, "there is no table")
	}
	line, err := d.line(Field{key.Name, value})
	if err != nil {
		return nil, misshapen(p, err.Error())
	}
	at, indent, ok := d.endOfKeys(parent)
	if !ok {
		if parent.dotted() {
			return nil, misshapen(p, "its table has no header")
		}
		return d.addTable(p.Parent(), []Field{{key.Name, value}})
	}
	return d.insertLines(at, indent+line)
}

// line returns a key with its value as a line.
func (d *Document) line(f Field) (string, error) {
	value, err := written(f.Value, false)
	if err != nil {
		return "", fmt.Errorf("%s: %w", f.Key, err)
	}
	return keyName(f.Key) + " = " + value + d.eol(), nil
}

// insertLines inserts whole lines at the beginning of a line, or at the end of the file.
func (d *Document) insertLines(at int, lines string) (*Document, error) {
	if at > 0 && d.src[at-1] != '\n' {
		lines = d.eol() + lines
	}
	return d.with(replacement{span{at, at}, lines})
}

// endOfKeys returns the end of the keys of a table, and the indentation of the last.
func (d *Document) endOfKeys(n *node) (at int, indent string, ok bool) {
	last := d.lastKey(n)
	switch {
	case last >= 0:
		lines := d.items[last].lines
		text := d.src[lines.from:lines.to]
		return lines.to, string(text[:len(text)-len(bytes.TrimLeft(text, " \t"))]), true
	case n.item >= 0:
		return d.items[n.item].lines.to, "", true
	case n == d.root && len(d.items) > 0:
		return d.items[0].above, "", true
	}
	return len(d.src), "", n == d.root
}

// lastKey returns the last item that is a key of a table itself, not of a table with a header below it.
func (d *Document) lastKey(n *node) int {
	last := -1
	for _, f := range n.fields {
		switch {
		case f.kind == table && f.item < 0:
			last = max(last, d.lastKey(f))
		case f.kind != table && f.item >= 0:
			last = max(last, f.item)
		}
	}
	return last
}

// dotted reports whether a table without a header has values through dotted keys.
func (n *node) dotted() bool {
	for _, f := range n.fields {
		if f.kind != table && f.kind != tables || f.kind == table && f.item < 0 && f.dotted() {
			return true
		}
	}
	return false
}

// addInBraces adds a field to a table in braces.
func (d *Document) addInBraces(n *node, field string) (*Document, error) {
	if len(n.keys) == 0 {
		return d.with(replacement{n.at, "{ " + field + " }"})
	}
	last := n.lastEntry()
	return d.with(replacement{span{last.to, last.to}, ", " + field})
}

func (n *node) lastEntry() (last span) {
	for _, f := range n.fields {
		if f.entry.to > last.to {
			last = f.entry
		}
	}
	return last
}

// addTable adds a table with a header after the contents of its parent table.
func (d *Document) addTable(p Path, fields []Field) (*Document, error) {
	if len(p) == 0 || p[len(p)-1].Element {
		return nil, missing(p)
	}
	return d.addBlock(p, "["+headerName(p.names())+"]", fields)
}

// addBlock adds a header with fields after the contents of its parent table.
func (d *Document) addBlock(p Path, header string, fields []Field) (*Document, error) {
	parent := d.find(p.Parent())
	if parent == nil && len(p) > 1 && !p[len(p)-2].Element { // a table without a header too
		parent = d.find(p[:len(p)-2])
	}
	if parent == nil {
		return nil, missing(p.Parent())
	}
	if parent.kind != table {
		return nil, misshapen(p, "there is no table")
	}
	at := len(d.src)
	if parent != d.root {
		_, at = d.extent(parent)
	}
	block, err := d.block(header, fields)
	if err != nil {
		return nil, misshapen(p, err.Error())
	}
	if at > 0 && !bytes.HasSuffix(d.src[:at], []byte("\n"+d.eol())) {
		block = d.eol() + block
	}
	return d.insertLines(at, block)
}

// block returns a header and its fields in lines.
func (d *Document) block(header string, fields []Field) (string, error) {
	lines := header + d.eol()
	for _, f := range fields {
		line, err := d.line(f)
		if err != nil {
			return "", err
		}
		lines += line
	}
	return lines, nil
}

// names returns the keys of a path without its elements.
func (p Path) names() (names []string) {
	for _, s := range p {
		if !s.Element {
			names = append(names, s.Name)
		}
	}
	return names
}

// itemsOf returns the items of a node and its descendants.
func (n *node) itemsOf() (items []int) {
	if n.item >= 0 {
		items = append(items, n.item)
	}
	if n.kind == table || n.kind == tables {
		for _, f := range n.fields {
			items = append(items, f.itemsOf()...)
		}
		for _, e := range n.elems {
			items = append(items, e.itemsOf()...)
		}
	}
	return items
}

// extent returns the range of lines of a table and its descendants, from the comment above it.
func (d *Document) extent(n *node) (from, to int) {
	items := n.itemsOf()
	if len(items) == 0 {
		return 0, 0
	}
	return d.items[slices.Min(items)].above, d.items[slices.Max(items)].lines.to
}

// whole reports whether no lines of another table are between those of a node.
func (n *node) whole() bool {
	items := n.itemsOf()
	return len(items) > 0 && slices.Max(items)-slices.Min(items)+1 == len(items)
}
