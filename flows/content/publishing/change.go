package publishing

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
)

// Limits of the undo history.
const (
	maxSteps = 100              // that can be undone; older ones are dropped
	joined   = 10 * time.Minute // changes of one value within this time are one step
)

// Change lets do change the files of an editor's draft, by path in the content folder, and saves the result
// as one step that can be undone. These files are the ones that differ from the content of the program; a
// file of texts has only the messages that differ. Consecutive changes of the same value are one step. An
// error of do changes nothing.
func (s *Service) Change(ctx context.Context, who Editor, do func(own map[string][]byte) error) (Draft, error) {
	if !who.Draft {
		return Draft{}, refuse(NoRight)
	}
	return s.inDraft(ctx, who, func(w *work) error {
		before := maps.Clone(w.files)
		whole, err := w.whole()
		if err != nil {
			return err
		}
		own := whole.Map()
		if err := do(own); err != nil {
			return err
		}
		if _, err := content.NewFiles(own); err != nil {
			return refuseFor(BadFile, err.Error(), err)
		}
		w.take(whole, own)
		if err := w.number(); err != nil {
			return err
		}
		return w.addStep(before)
	})
}

// take adopts the files that differ from those of the draft.
func (w *work) take(before content.Files, own map[string][]byte) {
	for _, name := range before.Names() {
		if _, still := own[name]; !still && name != content.LocalLayouts {
			w.write(name, nil)
		}
	}
	for name, data := range own {
		if was, ok := before.Read(name); name != content.LocalLayouts && (!ok || !bytes.Equal(was, data)) {
			w.write(name, bytes.Clone(data))
		}
	}
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
			if err := tx.PutDraft(w.row); err != nil { // steps refer to it
				return err
			}
		}
		if err := do(w); err != nil {
			return err
		}
		if _, err := w.whole(); err != nil {
			return refuseFor(BadFile, err.Error(), err)
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

// addStep records what changed since before as a step.
func (w *work) addStep(before map[string]DraftFile) error {
	files := w.changedSince(before)
	if len(files) == 0 {
		return nil
	}
	step := Step{At: w.s.o.Now()}
	step.File, step.Path = w.about(files)
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

// extendStep adds a change to the previous step.
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
	if len(earlier) == 0 { // unchanged in total
		return w.tx.DeleteStep(w.row.Owner, last.Seq)
	}
	last.At = step.At
	return w.tx.PutStep(w.row.Owner, last, earlier)
}

// about returns what a step changed: a file, and the value if there is only one.
func (w *work) about(files map[string]StepFile) (name, path string) {
	name = slices.Min(slices.Collect(maps.Keys(files)))
	before, err := edit.Parse(w.s.inForce(name, files[name].Before))
	if err != nil || len(files) > 1 {
		return name, ""
	}
	after, err := edit.Parse(w.s.inForce(name, files[name].After))
	if err != nil {
		return name, ""
	}
	if all := edit.Diff(before, after); len(all) == 1 {
		return name, all[0].Path.String()
	}
	return name, ""
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

// Undo reverts one step of a draft; 0 is the last one. A step is refused if a later one, or an edition
// published meanwhile, changed the same value.
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
			if len(conflicts) > 0 && name != content.LocalLayouts {
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
