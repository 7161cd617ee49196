package edit

import "slices"

// How is the kind of change of a value or an element.
type How string

// The kinds of change.
const (
	Added   How = "added"
	Removed How = "removed"
	Changed How = "changed"
	Moved   How = "moved" // an element at another position in its list
)

// Difference is one difference between two documents: of a value, of a whole element of an
// array of tables, or of a table.
type Difference struct {
	Path   Path
	How    How
	Before any // as of Document.Get; nil: added
	After  any // nil: removed
	next   string
}

// Diff returns the changes that make before equivalent to after, in the order of the files. Comments,
// style and the order of keys do not matter.
func Diff(before, after *Document) []Difference {
	var d differ
	d.fields(nil, before.root, after.root)
	return d.found
}

type differ struct{ found []Difference }

func (d *differ) add(x Difference) { d.found = append(d.found, x) }

func (d *differ) nodes(p Path, a, b *node) {
	switch {
	case a.isTable() && b.isTable():
		d.fields(p, a, b)
	case a.comparable(b) && b.comparable(a):
		d.elements(p, a, b)
	case !equal(a.plain(), b.plain()):
		d.add(Difference{Path: p, How: Changed, Before: a.plain(), After: b.plain()})
	}
}

// comparable reports whether an array can be compared with another element by element.
func (n *node) comparable(other *node) bool {
	switch {
	case n.kind == array && len(n.elems) == 0:
		return other.ofTables()
	case !n.ofTables():
		return false
	}
	named := !slices.ContainsFunc(n.ids(), func(id string) bool { return id[0] == '#' })
	return named || len(n.elems) == len(other.elems)
}

func (d *differ) fields(p Path, a, b *node) {
	for _, key := range a.keys {
		if was, is := a.fields[key], b.fields[key]; is != nil {
			d.nodes(p.Key(key), was, is)
		} else {
			d.add(Difference{Path: p.Key(key), How: Removed, Before: was.plain()})
		}
	}
	for _, key := range b.keys {
		if _, was := a.fields[key]; !was {
			d.add(Difference{Path: p.Key(key), How: Added, After: b.fields[key].plain()})
		}
	}
}

func (d *differ) elements(p Path, a, b *node) {
	was, is := a.ids(), b.ids()
	for i, id := range was {
		switch j := slices.Index(is, id); {
		case j < 0:
			d.add(Difference{Path: p.At(id), How: Removed, Before: a.elems[i].plain()})
		default:
			d.nodes(p.At(id), a.elems[i], b.elems[j])
		}
	}
	next := func(j int) string { // the next element that both have
		for _, id := range is[j+1:] {
			if slices.Contains(was, id) {
				return id
			}
		}
		return ""
	}
	moved := displaced(was, is)
	for _, id := range slices.Backward(moved) { // from the end, so that the next element is already in place
		d.add(Difference{Path: p.At(id), How: Moved, next: next(slices.Index(is, id))})
	}
	for j, id := range is {
		if !slices.Contains(was, id) {
			d.add(Difference{Path: p.At(id), How: Added, After: b.elems[j].plain(), next: next(j)})
		}
	}
}

// displaced returns the smallest set of common ids whose move brings those of a into the order of b.
func displaced(a, b []string) (ids []string) {
	var places []int
	var common []string
	for _, id := range b {
		if i := slices.Index(a, id); i >= 0 {
			places, common = append(places, i), append(common, id)
		}
	}
	if slices.IsSorted(places) {
		return nil
	}
	length, before := make([]int, len(places)), make([]int, len(places)) // of the longest increasing subsequence up to each
	best := 0
	for i := range places {
		length[i], before[i] = 1, -1
		for j := range i {
			if places[j] < places[i] && length[j] >= length[i] {
				length[i], before[i] = length[j]+1, j
			}
		}
		if length[i] > length[best] {
			best = i
		}
	}
	stays := map[int]bool{}
	for i := best; i >= 0; i = before[i] {
		stays[i] = true
	}
	for i, id := range common {
		if !stays[i] {
			ids = append(ids, id)
		}
	}
	return ids
}

// equal reports whether two values are equivalent.
func equal(a, b any) bool {
	left, err := written(a, true)
	if err != nil {
		return false
	}
	right, err := written(b, true)
	return err == nil && left == right
}
