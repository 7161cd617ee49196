package edit

import "errors"

// Side is the side whose change is taken in a conflict.
type Side string

// The sides.
const (
	Mine   Side = "mine"
	Theirs Side = "theirs"
)

// Conflict is a value or an element that both sides changed since the common base, differently.
type Conflict struct {
	Path               Path
	Base, Mine, Theirs any // as of Document.Get; nil: absent
}

// Merge adds the differences between base and mine to theirs. Differences in distinct values or elements
// are combined; for the others choose returns the side to take, or "" if that is undecided: then theirs is
// kept and the conflict is returned.
func Merge(base, mine, theirs *Document, choose func(Path) Side) (merged *Document, open []Conflict, err error) {
	others := Diff(base, theirs)
	merged = theirs
	for _, m := range Diff(base, mine) {
		side := Mine
		if at, conflict := opposed(m, others); conflict {
			if side = choose(at); side == "" {
				c := Conflict{Path: at}
				c.Base, _ = base.Get(at)
				c.Mine, _ = mine.Get(at)
				c.Theirs, _ = theirs.Get(at)
				open = appendOnce(open, c)
			}
		}
		if side != Mine {
			continue
		}
		next, err := merged.apply(m, mine)
		if err != nil {
			return nil, open, err
		}
		merged = next
	}
	return merged, open, nil
}

func appendOnce(all []Conflict, c Conflict) []Conflict {
	for _, other := range all {
		if other.Path.String() == c.Path.String() {
			return all
		}
	}
	return append(all, c)
}

// opposed reports whether others changed what m changes, in another way, and where.
func opposed(m Difference, others []Difference) (Path, bool) {
	for _, o := range others {
		if !m.Path.Within(o.Path) && !o.Path.Within(m.Path) {
			continue
		}
		same := m.How == o.How && len(m.Path) == len(o.Path) && equal(m.After, o.After)
		orderOnly := (m.How == Moved && o.How != Removed) || (o.How == Moved && m.How != Removed)
		if same || orderOnly || m.How == Moved && len(o.Path) > len(m.Path) || o.How == Moved && len(m.Path) > len(o.Path) {
			continue
		}
		if len(o.Path) < len(m.Path) {
			return o.Path, true
		}
		return m.Path, true
	}
	return nil, false
}

// apply applies a difference between a base and from to the document.
func (d *Document) apply(m Difference, from *Document) (*Document, error) {
	switch m.How {
	case Removed:
		if !d.Has(m.Path) {
			return d, nil
		}
		return d.Remove(m.Path)
	case Moved:
		if !d.Has(m.Path) {
			return d, nil
		}
		next := m.next
		if next != "" && !d.Has(m.Path.Parent().At(next)) {
			next = ""
		}
		return d.Move(m.Path, next)
	}
	return d.copyFrom(from, m.Path, m.next)
}

// copyFrom replaces the value at a path by that of another document, with its style.
func (d *Document) copyFrom(from *Document, p Path, next string) (*Document, error) {
	for n := 1; n < len(p); n++ { // the whole element, if others removed it
		if !d.Has(p[:n]) {
			return d.copyFrom(from, p[:n], "")
		}
	}
	source := from.find(p)
	if source == nil {
		return nil, missing(p)
	}
	target := d.find(p)
	switch {
	case target != nil && !target.headed() && !source.headed():
		return d.with(replacement{target.at, string(from.src[source.at.from:source.at.to])})
	case target != nil:
		var err error
		if d, err = d.Remove(p); err != nil {
			return nil, err
		}
		return d.copyFrom(from, p, next)
	case p[len(p)-1].Element:
		return d.copyElement(from, p, source, next)
	case source.kind == table:
		return d.copyTable(from, p, source)
	case source.kind == tables:
		return d.copyTables(from, p, source)
	}
	return d.Set(p, source.plain())
}

// headed reports whether a node has headers.
func (n *node) headed() bool { return n.kind == table || n.kind == tables }

func (d *Document) copyElement(from *Document, p Path, source *node, next string) (*Document, error) {
	list := d.find(p.Parent())
	if list == nil {
		return nil, missing(p.Parent())
	}
	if list.headed() != source.headed() { // in braces in one of them only
		fields, _ := source.plain().([]Field)
		return d.Insert(p.Parent(), "", fields)
	}
	raw, err := from.raw(p, source)
	if err != nil {
		return nil, err
	}
	index := len(list.elems)
	if i := list.index(next); next != "" && i >= 0 {
		index = i
	}
	if source.kind == table {
		it := from.items[source.item]
		raw = string(from.src[it.above:it.lines.from]) + raw
	}
	return d.insertRaw(p.Parent(), list, index, raw)
}

func (d *Document) copyTable(from *Document, p Path, source *node) (*Document, error) {
	var err error
	for _, key := range source.keys {
		if d, err = d.copyFrom(from, p.Key(key), ""); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *Document) copyTables(from *Document, p Path, source *node) (*Document, error) {
	for _, e := range source.elems {
		fields, ok := e.plain().([]Field)
		if !ok {
			return nil, errors.New("an element is not a table")
		}
		var err error
		if d, err = d.Insert(p, "", fields); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// CopyFrom replaces the value at a path by that of another document, with its style; if that has none, it is
// removed.
func (d *Document) CopyFrom(from *Document, p Path) (*Document, error) {
	if len(p) == 0 {
		return from, nil
	}
	if !from.Has(p) {
		if !d.Has(p) {
			return d, nil
		}
		return d.Remove(p)
	}
	next := ""
	if p[len(p)-1].Element {
		ids := from.Elements(p.Parent())
		for i := len(ids) - 1; ids[i] != p.Last(); i-- {
			if d.Has(p.Parent().At(ids[i])) {
				next = ids[i]
			}
		}
	}
	return d.copyFrom(from, p, next)
}
