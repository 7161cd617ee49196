package publishing

import (
	"cmp"
	"context"
	"strings"

	"digiwijzer/flows/content/edit"
)

// Conflict is a value that the draft changes and that others meanwhile published with another value.
type Conflict struct {
	File               string
	Path               edit.Path // empty: the whole file, which is not TOML in one of them
	Base, Mine, Theirs any       // as of edit.Document.Get; nil: absent
}

// Key identifies a conflict, for Resolve.
func (c Conflict) Key() string { return c.File + " " + c.Path.String() }

func (c Conflict) compare(other Conflict) int {
	return cmp.Or(strings.Compare(c.File, other.File), strings.Compare(c.Path.String(), other.Path.String()))
}

// Resolve takes a side in conflicts, by key. Those without a choice remain.
func (s *Service) Resolve(ctx context.Context, who Editor, choices map[string]edit.Side) (Draft, error) {
	if !who.Draft {
		return Draft{}, refuse(NoRight)
	}
	return s.inDraft(ctx, who, func(w *work) error {
		if err := w.update(choices); err != nil {
			return err
		}
		return w.number()
	})
}

// merge adds what a draft changes in a file to theirs. nil is the file of the program.
func (w *work) merge(name string, f DraftFile, theirs []byte, choose map[string]edit.Side) (data []byte, open []Conflict, err error) {
	var docs [3]*edit.Document
	for i, data := range [][]byte{f.Base, f.Data, theirs} {
		if docs[i], err = edit.Parse(w.s.inForce(name, data)); err != nil { // one of them is not TOML
			return w.mergeWhole(name, f, theirs, choose)
		}
	}
	side := func(p edit.Path) edit.Side { return choose[Conflict{File: name, Path: p}.Key()] }
	merged, found, err := edit.Merge(docs[0], docs[1], docs[2], side)
	if err != nil { // they cannot be merged value by value
		return w.mergeWhole(name, f, theirs, choose)
	}
	for _, c := range found {
		open = append(open, Conflict{name, c.Path, c.Base, c.Mine, c.Theirs})
	}
	return merged.Bytes(), open, nil
}

// mergeWhole chooses between two files as a whole.
func (w *work) mergeWhole(name string, f DraftFile, theirs []byte, choose map[string]edit.Side) ([]byte, []Conflict, error) {
	c := Conflict{File: name, Base: string(f.Base), Mine: string(f.Data), Theirs: string(theirs)}
	switch {
	case choose[c.Key()] == edit.Mine:
		return f.Data, nil, nil
	case choose[c.Key()] == edit.Theirs:
		return theirs, nil, nil
	}
	return theirs, []Conflict{c}, nil
}
