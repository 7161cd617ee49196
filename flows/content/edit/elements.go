package edit

import (
	"bytes"
	"strings"
)

// Remove removes the value, table or element at a path. The comment directly above a table or element with
// a header is removed too; other comments stay.
func (d *Document) Remove(p Path) (*Document, error) {
	n := d.find(p)
	if n == nil || len(p) == 0 {
		return nil, missing(p)
	}
	parent := d.find(p.Parent())
	switch {
	case parent.kind == array:
		return d.removeElement(parent, parent.index(p.Last()))
	case parent.kind == inline:
		return d.removeField(parent, p.Last())
	case n.kind == table || n.kind == tables:
		if !n.whole() {
			return nil, misshapen(p, "it stands in several places")
		}
		from, to := d.extent(n)
		return d.with(replacement{d.withBlankLines(from, to), ""})
	}
	return d.with(replacement{d.items[n.item].lines, ""})
}

func (d *Document) removeElement(list *node, index int) (*Document, error) {
	if len(list.elems) == 1 {
		return d.with(replacement{list.at, "[]"})
	}
	return d.with(replacement{d.withComma(list, index, index+1), ""})
}

func (d *Document) removeField(n *node, key string) (*Document, error) {
	if len(n.keys) == 1 {
		return d.with(replacement{n.at, "{}"})
	}
	at := n.fields[key].entry
	next := -1
	for _, f := range n.fields {
		if f.entry.from > at.from && (next < 0 || f.entry.from < next) {
			next = f.entry.from
		}
	}
	if next >= 0 {
		return d.with(replacement{span{at.from, next}, ""})
	}
	before := 0
	for _, f := range n.fields {
		if f.entry.to < at.from {
			before = max(before, f.entry.to)
		}
	}
	return d.with(replacement{span{before, at.to}, ""})
}

// withBlankLines extends a range of lines by the blank lines after it, or by those before it at the end of
// the file.
func (d *Document) withBlankLines(from, to int) span {
	end := to
	for end < len(d.src) {
		n := bytes.IndexByte(d.src[end:], '\n')
		if n < 0 {
			n = len(d.src) - end - 1
		}
		if len(bytes.TrimSpace(d.src[end:end+n+1])) > 0 {
			return span{from, end}
		}
		end += n + 1
	}
	for from > 0 {
		before := bytes.LastIndexByte(d.src[:from-1], '\n') + 1
		if len(bytes.TrimSpace(d.src[before:from])) > 0 {
			break
		}
		from = before
	}
	return span{from, end}
}

// Insert inserts an element into an array before the one with an id; an empty id appends it. A missing
// array of tables is created with a header.
func (d *Document) Insert(list Path, before string, fields []Field) (*Document, error) {
	n := d.find(list)
	switch {
	case n == nil:
		if parent := d.find(list.Parent()); parent != nil && parent.kind == inline {
			return d.Set(list, []any{fields})
		}
		if len(list) == 0 || list[len(list)-1].Element {
			return nil, missing(list)
		}
		return d.addBlock(list, "[["+headerName(list.names())+"]]", fields)
	case n.kind == tables:
		block, err := d.block("[["+headerName(list.names())+"]]", fields)
		if err != nil {
			return nil, misshapen(list, err.Error())
		}
		return d.insertBlock(list, n, before, block)
	case n.kind == array:
		text, err := written(fields, true)
		if err != nil {
			return nil, misshapen(list, err.Error())
		}
		return d.insertText(list, n, before, text)
	}
	return nil, misshapen(list, "there is no list")
}

// insertText inserts an element into an array in brackets.
func (d *Document) insertText(list Path, n *node, before, text string) (*Document, error) {
	if len(n.elems) == 0 {
		return d.with(replacement{n.at, "[" + text + "]"})
	}
	index := len(n.elems)
	if before != "" {
		if index = n.index(before); index < 0 {
			return nil, missing(list.At(before))
		}
	}
	return d.insertTexts(n, index, []string{text})
}

// insertBlock inserts an element with a header, in lines.
func (d *Document) insertBlock(list Path, n *node, before, block string) (*Document, error) {
	if before == "" {
		_, at := d.extent(n.elems[len(n.elems)-1])
		return d.insertLines(at, d.eol()+block)
	}
	index := n.index(before)
	if index < 0 {
		return nil, missing(list.At(before))
	}
	at, _ := d.extent(n.elems[index])
	return d.insertLines(at, block+d.eol())
}

// Duplicate inserts a copy of an element after it, with another id.
func (d *Document) Duplicate(element Path, id string) (*Document, error) {
	n := d.find(element)
	if n == nil || len(element) == 0 {
		return nil, missing(element)
	}
	if n.identity() == "" {
		return nil, misshapen(element, "it has no id")
	}
	list := d.find(element.Parent())
	if list.index(id) >= 0 {
		return nil, misshapen(element.Parent().At(id), "it exists")
	}
	raw, err := d.raw(element, n)
	if err != nil {
		return nil, err
	}
	index := list.index(element.Last())
	d, err = d.insertRaw(element.Parent(), list, index+1, raw)
	if err != nil {
		return nil, err
	}
	copied := element.Parent().At(d.find(element.Parent()).ids()[index+1])
	for _, key := range identities {
		if f := d.find(copied.Key(key)); f != nil && f.kind == scalar {
			return d.Set(copied.Key(key), id)
		}
	}
	return nil, misshapen(element, "it has no id")
}

// raw returns an element as written in the file.
func (d *Document) raw(p Path, n *node) (string, error) {
	if n.kind != table {
		return string(d.src[n.at.from:n.at.to]), nil
	}
	if !n.whole() {
		return "", misshapen(p, "it stands in several places")
	}
	_, to := d.extent(n)
	text := string(d.src[d.items[n.item].lines.from:to])
	if !strings.HasSuffix(text, "\n") {
		text += d.eol()
	}
	return text, nil
}

// insertRaw inserts an element as written in a file, at an index.
func (d *Document) insertRaw(list Path, n *node, index int, raw string) (*Document, error) {
	before := ""
	if index < len(n.elems) {
		before = n.ids()[index]
	}
	if n.kind == tables {
		return d.insertBlock(list, n, before, raw)
	}
	return d.insertText(list, n, before, raw)
}

// Move moves an element before the one with an id; an empty id moves it to the end. The comment directly
// above it moves too.
func (d *Document) Move(element Path, before string) (*Document, error) {
	n := d.find(element)
	if n == nil || len(element) == 0 || !element[len(element)-1].Element {
		return nil, missing(element)
	}
	list := element.Parent()
	if before != "" && d.find(list).index(before) < 0 {
		return nil, missing(list.At(before))
	}
	if before == element.Last() || len(d.find(list).elems) == 1 {
		return d, nil
	}
	raw, err := d.raw(element, n)
	if err != nil {
		return nil, err
	}
	if n.kind == table {
		it := d.items[n.item]
		raw = string(d.src[it.above:it.lines.from]) + raw
	}
	ids, own := d.find(list).ids(), d.find(list).index(element.Last())
	d, err = d.Remove(element)
	if err != nil {
		return nil, err
	}
	rest := d.find(list)
	index := len(rest.elems)
	for i, id := range ids {
		if id == before {
			index = i
			if i > own {
				index--
			}
		}
	}
	return d.insertRaw(list, rest, index, raw)
}
