package publishing

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"digiwijzer/flows/content"
	"digiwijzer/locales"
)

// The entries of the audit trail.
const (
	EditionPublished  = "edition published"
	EditionRolledBack = "edition rolled back"
	DraftDiscarded    = "draft discarded"
	DraftSubmitted    = "draft submitted"
)

// maxNote is the maximum length of a note, in characters.
const maxNote = 500

// note returns a note as it is stored.
func note(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", refuse(NoNote)
	case utf8.RuneCountInString(text) > maxNote:
		return "", refuse(LongNote)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return "", refuseFor(BadValue, "", nil)
	}
	return text, nil
}

// Submit offers the draft of an editor to a second person, who publishes it with Publish.
func (s *Service) Submit(ctx context.Context, who Editor, text string) (Draft, error) {
	if !who.Draft {
		return Draft{}, refuse(NoRight)
	}
	text, err := note(text)
	if err != nil {
		return Draft{}, err
	}
	return s.inDraft(ctx, who, func(w *work) error {
		d, err := w.draft()
		if err != nil {
			return err
		}
		if d.Empty() {
			return refuse(Empty)
		}
		w.row.Submitted, w.row.Note = d.Hash(), text
		return w.tx.Record(s.o.Now(), who.ID, DraftSubmitted, d.Hash()[:12], text)
	})
}

// Publish publishes the draft of owner, which must still have the given hash. Under four eyes that is
// somebody else's draft. The edition is in use here when Publish returns; other processes use it within
// content.InUseWithin. live is why it is not in use yet; then Run of the source tries again.
func (s *Service) Publish(ctx context.Context, who Editor, owner, hash, text string) (e Edition, live error, err error) {
	if err := s.mayPublish(who, owner); err != nil {
		return e, nil, err
	}
	if text, err = note(text); err != nil {
		return e, nil, err
	}
	d, err := s.DraftOf(ctx, owner)
	if err != nil {
		return e, nil, err
	}
	if err := publishable(d, hash); err != nil {
		return e, nil, err
	}
	passed, err := s.pass(ctx, d)
	if err != nil {
		return e, nil, err
	}
	e = Edition{Hash: hash, Program: s.version, Scoring: passed.Questions.Scale().Version, At: s.o.Now(), By: who.ID, Drafted: owner, Note: text}
	err = s.o.Store.Update(ctx, func(tx Tx) error {
		w, err := s.open(tx, owner)
		if err != nil {
			return err
		}
		d, err := w.draft()
		if err != nil {
			return err
		}
		if err := publishable(d, hash); err != nil { // it was published or changed meanwhile
			return err
		}
		if e.ID, err = tx.AddEdition(e, d.files.Map()); err != nil {
			return err
		}
		if err := tx.DeleteDraft(owner); err != nil {
			return err
		}
		detail := fmt.Sprintf("hash %s, drafted by %s: %s", hash[:12], owner, text)
		return tx.Record(e.At, who.ID, EditionPublished, strconv.FormatInt(e.ID, 10), detail)
	})
	if err != nil {
		return Edition{}, nil, err
	}
	return e, s.offer(ctx, d.files), nil
}

// mayPublish returns why an editor may not publish the draft of owner.
func (s *Service) mayPublish(who Editor, owner string) error {
	switch {
	case !who.Publish:
		return refuse(NoRight)
	case s.o.Folder:
		return refuse(ByFolder)
	case s.o.FourEyes && who.ID == owner:
		return refuse(FourEyes)
	}
	return nil
}

// publishable returns why a draft cannot be published with a hash.
func publishable(d Draft, hash string) error {
	switch {
	case len(d.Conflicts) > 0:
		return refuseFor(InConflict, d.Conflicts[0].File, nil)
	case d.Empty():
		return refuse(Empty)
	case d.Hash() != hash:
		return refuse(OtherDraft)
	}
	return nil
}

// pass returns the edition that a draft becomes, if the gate passes it. The check is complete.
func (s *Service) pass(ctx context.Context, d Draft) (*content.Edition, error) {
	f, err := s.AllFindings(ctx, d, locales.Default, nil)
	if err != nil {
		return nil, err
	}
	if len(f.Faults) == 0 {
		e, err := s.load(d.files)
		if err == nil && s.o.Passed != nil {
			s.o.Passed(e)
		}
		return e, err
	}
	r := &Refusal{Kind: HasFaults}
	for _, one := range f.Faults {
		r.Faults = append(r.Faults, one.Fault)
	}
	return nil, r
}

// offer puts an edition in use, even if the request that published it ends.
func (s *Service) offer(ctx context.Context, files content.Files) error {
	return s.o.Live.Offer(context.WithoutCancel(ctx), files)
}

// Rollback publishes an earlier edition again; 0 is the content of the program. It needs no second person:
// the edition was approved before.
func (s *Service) Rollback(ctx context.Context, who Editor, id int64, text string) (e Edition, live error, err error) {
	switch {
	case !who.Publish:
		return e, nil, refuse(NoRight)
	case s.o.Folder:
		return e, nil, refuse(ByFolder)
	}
	if text, err = note(text); err != nil {
		return e, nil, err
	}
	var files content.Files
	var from int64
	err = s.o.Store.View(ctx, func(tx Tx) (err error) {
		files, from, err = s.rolledBack(tx, id)
		return err
	})
	if err != nil {
		return e, nil, err
	}
	passed, err := s.pass(ctx, Draft{Owner: "rollback by " + who.ID, files: files})
	if err != nil {
		return e, nil, err
	}
	e = Edition{Hash: files.Hash(), Program: s.version, Scoring: passed.Questions.Scale().Version, At: s.o.Now(), By: who.ID, Note: text, RolledBack: true, Of: id}
	err = s.o.Store.Update(ctx, func(tx Tx) error {
		again, now, err := s.rolledBack(tx, id)
		if err != nil {
			return err
		}
		if now != from || again.Hash() != e.Hash {
			return refuse(OtherDraft)
		}
		if e.ID, err = tx.AddEdition(e, files.Map()); err != nil {
			return err
		}
		return tx.Record(e.At, who.ID, EditionRolledBack, strconv.FormatInt(e.ID, 10), fmt.Sprintf("from %d to %d: %s", from, id, text))
	})
	if err != nil {
		return Edition{}, nil, err
	}
	return e, s.offer(ctx, files), nil
}

// rolledBack returns the files of an earlier edition with the layouts of the current one.
func (s *Service) rolledBack(tx Tx, id int64) (files content.Files, from int64, err error) {
	h, err := s.head(tx)
	if err != nil {
		return files, 0, err
	}
	if id < 0 || id > h.id || h.id == 0 {
		return files, 0, refuseFor(NoEdition, strconv.FormatInt(id, 10), nil)
	}
	if files, err = filesOf(tx, id); err != nil { // 0 has none
		return files, 0, err
	}
	if files, err = withLayouts(files, h.files); err != nil {
		return files, 0, err
	}
	if files.Hash() == h.files.Hash() {
		return files, 0, refuseFor(SameEdition, strconv.FormatInt(id, 10), nil)
	}
	return files, h.id, nil
}
