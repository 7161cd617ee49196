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

// Draft is what an editor changed and has not published yet.
type Draft struct {
	Owner     string
	Began     time.Time // zero: no changes yet
	Touched   time.Time
	Submitted string // the hash that was offered to a second person; empty: none
	Note      string
	Steps     []Step // what can be undone, the oldest first
	Changed   []string
	Conflicts []Conflict // with editions published meanwhile
	Head      int64      // the edition that it changes; 0: the content of the program

	files content.Files // the complete edition that it would become
	base  content.Files // the head
}

// Empty reports whether the draft changes nothing.
func (d Draft) Empty() bool { return len(d.Changed) == 0 }

// Hash identifies the edition that the draft would become.
func (d Draft) Hash() string { return d.files.Hash() }

// Files returns the edition that the draft would become.
func (d Draft) Files() content.Files { return d.files }

// ColleagueDraft is the draft of another editor.
type ColleagueDraft struct {
	Owner     string
	Touched   time.Time
	Files     []string
	Submitted string // the hash that waits for a second person; empty: none
	Note      string
}

// Active is how long an editor counts as active after the last change.
const Active = 30 * time.Minute

// Others returns the drafts of others that were changed recently or wait for a second person.
func (s *Service) Others(ctx context.Context, who Editor) (all []ColleagueDraft, err error) {
	err = s.o.Store.View(ctx, func(tx Tx) error {
		rows, err := tx.Drafts()
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Owner == who.ID || row.Submitted == "" && s.o.Now().Sub(row.Touched) > Active {
				continue
			}
			files, err := tx.DraftFiles(row.Owner)
			if err != nil {
				return err
			}
			if len(files) > 0 {
				all = append(all, ColleagueDraft{row.Owner, row.Touched, slices.Sorted(maps.Keys(files)), row.Submitted, row.Note})
			}
		}
		return nil
	})
	return all, err
}

// Draft returns the draft of an editor, merged with what others published; an empty one if there is none.
func (s *Service) Draft(ctx context.Context, who Editor) (Draft, error) {
	return s.DraftOf(ctx, who.ID)
}

// DraftOf returns the draft of owner, as Draft does, for the second person.
func (s *Service) DraftOf(ctx context.Context, owner string) (d Draft, err error) {
	var w *work
	err = s.o.Store.View(ctx, func(tx Tx) error {
		if w, err = s.open(tx, owner); err == nil {
			d, err = w.draft()
		}
		return err
	})
	if err != nil || !w.merged {
		return d, err
	}
	err = s.o.Store.Update(ctx, func(tx Tx) error { // again: another request may have been first
		if w, err = s.open(tx, owner); err != nil {
			return err
		}
		if err = w.save(); err == nil {
			d, err = w.draft()
		}
		return err
	})
	return d, err
}

// Discard deletes the draft of an editor.
func (s *Service) Discard(ctx context.Context, who Editor) error {
	if !who.Draft {
		return refuse(NoRight)
	}
	return s.o.Store.Update(ctx, func(tx Tx) error {
		_, ok, err := tx.Draft(who.ID)
		if err != nil || !ok {
			return err
		}
		if err := tx.DeleteDraft(who.ID); err != nil {
			return err
		}
		return tx.Record(s.o.Now(), who.ID, DraftDiscarded, "", "")
	})
}

// work is a draft in a transaction.
type work struct {
	s         *Service
	tx        Tx
	row       DraftRow
	head      head
	files     map[string]DraftFile
	conflicts []Conflict
	merged    bool // it was merged and must be saved
}

// open reads a draft and merges what others published, except conflicts.
func (s *Service) open(tx Tx, owner string) (*work, error) {
	w := &work{s: s, tx: tx}
	var err error
	if w.head, err = s.head(tx); err != nil {
		return nil, err
	}
	if w.row, _, err = tx.Draft(owner); err != nil {
		return nil, err
	}
	w.row.Owner = owner
	if w.files, err = tx.DraftFiles(owner); err != nil {
		return nil, err
	}
	if w.files == nil {
		w.files = map[string]DraftFile{}
	}
	return w, w.update(nil)
}

// update merges what others published into the files of the draft. choose decides conflicts.
func (w *work) update(choose map[string]edit.Side) error {
	w.conflicts = nil
	for name, f := range w.files {
		theirs := w.published(name)
		if bytes.Equal(theirs, f.Base) && (theirs == nil) == (f.Base == nil) {
			continue
		}
		data, conflicts, err := w.merge(name, f, theirs, choose)
		if err != nil {
			return err
		}
		if len(conflicts) > 0 {
			w.conflicts = append(w.conflicts, conflicts...)
			continue
		}
		w.put(name, DraftFile{Base: theirs, Data: data})
		w.merged = true
	}
	slices.SortFunc(w.conflicts, Conflict.compare)
	if len(w.conflicts) == 0 && w.row.Base != w.head.id && len(w.files) > 0 {
		w.row.Base, w.merged = w.head.id, true
	}
	return nil
}

// published returns a file of the head; nil: that of the program.
func (w *work) published(name string) []byte {
	data, ok := w.head.files.Read(name)
	if !ok {
		return nil
	}
	return data
}

// put sets a changed file, or removes it if it changes nothing.
func (w *work) put(name string, f DraftFile) {
	f.Data = w.s.reduced(name, f.Data)
	if bytes.Equal(f.Data, f.Base) && (f.Data == nil) == (f.Base == nil) {
		delete(w.files, name)
		return
	}
	w.files[name] = f
}

// data returns a file as the draft has it; nil: that of the program.
func (w *work) data(name string) []byte {
	if f, ok := w.files[name]; ok {
		return f.Data
	}
	return w.published(name)
}

// write sets a file of the draft.
func (w *work) write(name string, data []byte) {
	f, ok := w.files[name]
	if !ok {
		f.Base = w.published(name)
	}
	f.Data = data
	w.put(name, f)
}

// whole returns the edition that the draft would become.
func (w *work) whole() (content.Files, error) {
	all := w.head.files.Map()
	for name, f := range w.files {
		if f.Data == nil {
			delete(all, name)
			continue
		}
		all[name] = f.Data
	}
	return content.NewFiles(all)
}

func (w *work) draft() (Draft, error) {
	d := Draft{Owner: w.row.Owner, Began: w.row.Began, Touched: w.row.Touched, Submitted: w.row.Submitted, Note: w.row.Note,
		Changed: slices.Sorted(maps.Keys(w.files)), Conflicts: w.conflicts, Head: w.head.id, base: w.head.files}
	var err error
	if d.Steps, err = w.tx.Steps(w.row.Owner); err != nil {
		return d, err
	}
	d.files, err = w.whole()
	if d.Submitted != d.files.Hash() { // it was changed since
		d.Submitted = ""
	}
	return d, err
}

// save saves the draft and its files.
func (w *work) save() error {
	if err := w.tx.PutDraft(w.row); err != nil {
		return err
	}
	w.merged = false
	return w.tx.PutDraftFiles(w.row.Owner, w.files)
}
