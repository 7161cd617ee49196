package edit

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Field is a key with its value, for tables whose order matters.
type Field struct {
	Key   string
	Value any // see Document.Set
}

// Bytes returns the file.
func (d *Document) Bytes() []byte { return bytes.Clone(d.src) }

// Has reports whether a path leads to a value.
func (d *Document) Has(p Path) bool { return d.find(p) != nil }

// Get returns the value at a path: a string, int64, float64, bool or Literal, []any of
// these, or []Field of a table.
func (d *Document) Get(p Path) (value any, ok bool) {
	n := d.find(p)
	if n == nil {
		return nil, false
	}
	return n.plain(), true
}

// Text returns the string at a path, or "" if there is none.
func (d *Document) Text(p Path) string {
	v, _ := d.Get(p)
	text, _ := v.(string)
	return text
}

// Keys returns the keys of a table in the order of the file.
func (d *Document) Keys(p Path) []string {
	if n := d.find(p); n != nil {
		return append([]string(nil), n.keys...)
	}
	return nil
}

// Elements returns the ids of the elements of an array of tables in the order of the file,
// as Path.At takes them.
func (d *Document) Elements(p Path) []string {
	if n := d.find(p); n != nil {
		return n.ids()
	}
	return nil
}

// Line returns the line, from 1, of the value at a path; 0 if there is none.
func (d *Document) Line(p Path) int {
	n := d.find(p)
	if n == nil || len(p) == 0 {
		return 0
	}
	at := n.at.from
	for n.kind == tables || n.kind == table && n.item < 0 && len(n.keys) > 0 { // no line of its own
		if n.kind == tables {
			n = n.elems[0]
		} else {
			n = n.fields[n.keys[0]]
		}
		at = n.at.from
	}
	if n.item >= 0 {
		at = d.items[n.item].lines.from
	}
	return 1 + bytes.Count(d.src[:at], []byte("\n"))
}

// PathAt returns the path of the value on a line, from 1, or of the table or element that the line belongs
// to; empty if it belongs to none.
func (d *Document) PathAt(line int) Path {
	from := 0
	for range line - 1 {
		n := bytes.IndexByte(d.src[from:], '\n')
		if n < 0 {
			return nil
		}
		from += n + 1
	}
	to := len(d.src)
	if n := bytes.IndexByte(d.src[from:], '\n'); n >= 0 {
		to = from + n
	}
	return d.pathAt(nil, d.root, span{from, to})
}

// pathAt returns the path of the only value in a range, below a node.
func (d *Document) pathAt(p Path, n *node, line span) Path {
	var at Path
	var found *node
	visit := func(child Path, c *node) bool {
		if s := d.spanOf(c); s.from <= line.to && line.from < s.to {
			if found != nil && d.spanOf(found).from >= line.from { // several on the line
				return false
			}
			at, found = child, c
		}
		return true
	}
	for _, key := range n.keys {
		if !visit(p.Key(key), n.fields[key]) {
			return p
		}
	}
	if n.ofTables() {
		for i, id := range n.ids() {
			if !visit(p.At(id), n.elems[i]) {
				return p
			}
		}
	}
	if found == nil {
		return p
	}
	return d.pathAt(at, found, line)
}

// spanOf returns the range of a node with its descendants.
func (d *Document) spanOf(n *node) span {
	if n.headed() || n.item >= 0 {
		from, to := d.extent(n)
		return span{from, to}
	}
	return n.at
}

func (d *Document) find(p Path) *node {
	n := d.root
	for _, s := range p {
		if n = n.step(s); n == nil {
			return nil
		}
	}
	return n
}

// step returns the node that one step leads to, or nil.
func (n *node) step(s Step) *node {
	if !s.Element {
		return n.fields[s.Name]
	}
	if i := n.index(s.Name); i >= 0 {
		return n.elems[i]
	}
	return nil
}

// index returns the position of the element with an id, or -1.
func (n *node) index(id string) int {
	for i, other := range n.ids() {
		if other == id {
			return i
		}
	}
	return -1
}

// identities are the keys that identify elements; the first one present is used.
var identities = []string{"id", "code", "initiative", "type", "value", "title", "from"}

// ids returns the ids of the elements.
func (n *node) ids() []string {
	ids := make([]string, len(n.elems))
	seen := map[string]int{}
	for i, e := range n.elems {
		id := e.identity()
		if id == "" || strings.HasPrefix(id, "#") {
			ids[i] = "#" + strconv.Itoa(i)
			continue
		}
		if ids[i] = id; seen[id] > 0 {
			ids[i] += "~" + strconv.Itoa(seen[id]+1)
		}
		seen[id]++
	}
	return ids
}

func (n *node) identity() string {
	for _, key := range identities {
		if f, ok := n.fields[key]; ok && f.kind == scalar {
			return fmt.Sprint(f.value)
		}
	}
	return ""
}

// plain returns a value without positions.
func (n *node) plain() any {
	switch n.kind {
	case scalar:
		return n.value
	case array, tables:
		list := make([]any, len(n.elems))
		for i, e := range n.elems {
			list[i] = e.plain()
		}
		return list
	}
	fields := make([]Field, len(n.keys))
	for i, key := range n.keys {
		fields[i] = Field{key, n.fields[key].plain()}
	}
	return fields
}

// isTable reports whether a node has fields.
func (n *node) isTable() bool { return n.kind == table || n.kind == inline }

// ofTables reports whether a node is an array that contains tables.
func (n *node) ofTables() bool {
	return n.kind == tables || n.kind == array && len(n.elems) > 0 && n.elems[0].isTable()
}
