package publishing

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
)

// Op is what an Edit does.
type Op string

// The operations.
const (
	Set       Op = "set"       // Value at Path, as of edit.Document.Set
	Remove    Op = "remove"    // what is at Path
	Insert    Op = "insert"    // an element with Fields into the array at Path, before Before
	Duplicate Op = "duplicate" // the element at Path, with ID
	Move      Op = "move"      // the element at Path, before Before
	Revert    Op = "revert"    // what is at Path, to how the head has it
	Write     Op = "write"     // the whole file: Data
	Delete    Op = "delete"    // the whole file: the program's is in force again
)

// Edit is one change of one file.
type Edit struct {
	Op     Op
	File   string // path in the content folder; of a text it may be empty, with Lang set
	Lang   string // of a text without File: it goes to the file of its language that has it
	Path   edit.Path
	Value  any
	Fields []edit.Field
	Before string // id of an element; empty: behind the last
	ID     string
	Data   []byte
}

// What an editor may change at once.
const (
	maxText  = 20_000 // bytes of a value
	maxEdits = 5_000  // of one change: a whole folder may be taken over
	maxSteps = 100    // that can be undone; older ones are forgotten
	joined   = 10 * time.Minute
	maxLabel = 300
)

// Change makes edits in the draft of an editor, all or none, and saves it as one step that can
// be undone. label says in words what was done; it may be empty. Changes of the same value
// shortly after one another are one step.
func (s *Service) Change(ctx context.Context, who Editor, label string, edits ...Edit) (Draft, error) {
	if !who.Draft {
		return Draft{}, refuse(NoRight)
	}
	if len(edits) == 0 || len(edits) > maxEdits || len(label) > maxLabel || !utf8.ValidString(label) {
		return Draft{}, refuseFor(TooLarge, "", nil)
	}
	return s.inDraft(ctx, who, func(w *work) error {
		before := maps.Clone(w.files)
		var first Edit
		for i, e := range edits {
			name, err := w.edit(e)
			if err != nil {
				return badEdit(e, err)
			}
			if e.File = name; i == 0 {
				first = e
			}
		}
		if err := w.number(); err != nil {
			return err
		}
		step := Step{At: s.o.Now(), File: first.File, Label: label}
		if len(edits) == 1 && first.Op == Set {
			step.Path = first.Path.String()
		}
		return w.addStep(step, before)
	})
}

// badEdit returns the refusal of an edit that cannot be made.
func badEdit(e Edit, err error) error {
	if _, ok := IsRefusal(err); ok {
		return err
	}
	if errors.Is(err, edit.ErrMissing) || errors.Is(err, edit.ErrShape) || errors.As(err, new(*edit.SyntaxError)) {
		return refuseFor(BadEdit, strings.TrimSpace(e.File+" "+e.Path.String()), err)
	}
	return err
}

// inDraft runs do on the draft of an editor and saves it.
func (s *Service) inDraft(ctx context.Context, who Editor, do func(*work) error) (d Draft, err error) {
	err = s.o.Store.Update(ctx, func(tx Tx) error {
		w, err := s.open(tx, who.ID)
		if err != nil {
			return err
		}
		if w.row.Began.IsZero() {
			w.row.Began, w.row.Base = s.o.Now(), w.head.id
		}
		if err := do(w); err != nil {
			return err
		}
		if _, err := w.whole(); err != nil {
			return refuseFor(TooLarge, err.Error(), err)
		}
		w.row.Touched = s.o.Now()
		if err := w.save(); err != nil {
			return err
		}
		d, err = w.draft()
		return err
	})
	return d, err
}

// edit makes one edit and returns the file it changed.
func (w *work) edit(e Edit) (name string, err error) {
	if err := small(e); err != nil {
		return "", err
	}
	if e.File == "" {
		if e.Lang == "" || len(e.Path) == 0 || e.Path[0].Element {
			return "", refuseFor(BadEdit, e.Path.String(), nil)
		}
		e.File = w.textFile(e.Lang, e.Path[0].Name)
	}
	if _, err := content.NewFiles(map[string][]byte{e.File: nil}); err != nil || e.File == localLayouts {
		return "", refuseFor(BadEdit, e.File, err)
	}
	switch e.Op {
	case Write:
		w.write(e.File, bytes.Clone(e.Data))
		return e.File, nil
	case Delete:
		w.write(e.File, nil)
		return e.File, nil
	}
	d, err := w.document(e.File)
	if err != nil {
		return "", err
	}
	if isText(e.File) && len(e.Path) > 0 {
		if d, err = w.ownText(e.File, d, e.Path[:1]); err != nil {
			return "", err
		}
	}
	if d, err = w.apply(d, e); err != nil {
		return "", err
	}
	w.write(e.File, d.Bytes())
	return e.File, nil
}

// small reports an edit that is too large.
func small(e Edit) error {
	fields := e.Fields
	if e.Value != nil {
		fields = append(slices.Clone(fields), edit.Field{Value: e.Value})
	}
	for _, f := range fields {
		if len(fmt.Sprint(f.Value)) > maxText {
			return refuseFor(TooLarge, e.Path.String(), nil)
		}
	}
	return nil
}

// apply makes an edit that is about values.
func (w *work) apply(d *edit.Document, e Edit) (*edit.Document, error) {
	switch e.Op {
	case Set:
		return d.Set(e.Path, e.Value)
	case Remove:
		return d.Remove(e.Path)
	case Insert:
		return d.Insert(e.Path, e.Before, e.Fields)
	case Duplicate:
		return d.Duplicate(e.Path, e.ID)
	case Move:
		return d.Move(e.Path, e.Before)
	case Revert:
		from, err := edit.Parse(w.s.inForce(e.File, w.published(e.File)))
		if err != nil {
			return nil, err
		}
		return d.CopyFrom(from, e.Path)
	}
	return nil, refuseFor(BadEdit, string(e.Op), nil)
}

// addStep records what changed since before as a step.
func (w *work) addStep(step Step, before map[string]DraftFile) error {
	files := w.changedSince(before)
	if len(files) == 0 {
		return nil
	}
	steps, err := w.tx.Steps(w.row.Owner)
	if err != nil {
		return err
	}
	if len(steps) > 0 {
		last := steps[len(steps)-1]
		if step.Seq = last.Seq + 1; step.Path != "" && last.File == step.File && last.Path == step.Path && step.At.Sub(last.At) < joined {
			return w.extendStep(last, step, files)
		}
	}
	step.Seq = max(step.Seq, 1)
	for i := 0; i <= len(steps)-maxSteps; i++ {
		if err := w.tx.DeleteStep(w.row.Owner, steps[i].Seq); err != nil {
			return err
		}
	}
	return w.tx.PutStep(w.row.Owner, step, files)
}

// extendStep adds a change to the step before it.
func (w *work) extendStep(last, step Step, files map[string]StepFile) error {
	earlier, err := w.tx.StepFiles(w.row.Owner, last.Seq)
	if err != nil {
		return err
	}
	for name, f := range files {
		if was, ok := earlier[name]; ok {
			f.Before = was.Before
		}
		earlier[name] = f
	}
	maps.DeleteFunc(earlier, func(_ string, f StepFile) bool { return bytes.Equal(f.Before, f.After) })
	if len(earlier) == 0 { // back to what it was
		return w.tx.DeleteStep(w.row.Owner, last.Seq)
	}
	last.At, last.Label = step.At, cmp.Or(step.Label, last.Label)
	return w.tx.PutStep(w.row.Owner, last, earlier)
}

// changedSince returns the files that differ from an earlier state of the draft.
func (w *work) changedSince(before map[string]DraftFile) map[string]StepFile {
	changed := map[string]StepFile{}
	all := maps.Clone(before)
	maps.Copy(all, w.files)
	for name := range all {
		was := w.published(name)
		if f, ok := before[name]; ok {
			was = f.Data
		}
		if is := w.data(name); !bytes.Equal(was, is) || (was == nil) != (is == nil) {
			changed[name] = StepFile{Before: was, After: is}
		}
	}
	return changed
}

// Undo takes one step of a draft back; 0 is the last one. A step is refused if a later one, or
// somebody who published meanwhile, changed the same value.
func (s *Service) Undo(ctx context.Context, who Editor, seq int64) (Draft, error) {
	if !who.Draft {
		return Draft{}, refuse(NoRight)
	}
	return s.inDraft(ctx, who, func(w *work) error {
		steps, err := w.tx.Steps(who.ID)
		if err != nil {
			return err
		}
		if seq == 0 && len(steps) > 0 {
			seq = steps[len(steps)-1].Seq
		}
		files, err := w.tx.StepFiles(who.ID, seq)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return refuse(Empty)
		}
		for name, f := range files {
			data, conflicts, err := w.merge(name, DraftFile{Base: f.After, Data: f.Before}, w.data(name), nil)
			if err != nil {
				return err
			}
			if len(conflicts) > 0 && name != localLayouts {
				return refuseFor(Overlap, name, nil)
			}
			w.write(name, data)
		}
		if err := w.number(); err != nil {
			return err
		}
		return w.tx.DeleteStep(who.ID, seq)
	})
}
