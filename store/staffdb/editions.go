package staffdb

import (
	"context"
	"database/sql"
	"math"
	"time"

	"digiwijzer/flows/content/publishing"
)

// Editions keeps drafts and published editions, for publishing.
type Editions struct{ db *DB }

var (
	_ publishing.Store = Editions{}
	_ publishing.Tx    = editions{}
)

// Editions returns the drafts and editions of the staff data.
func (db *DB) Editions() Editions { return Editions{db} }

// Update implements publishing.Store.
func (e Editions) Update(ctx context.Context, do func(publishing.Tx) error) error {
	return e.db.Update(ctx, func(tx *Tx) error { return do(editions{tx}) })
}

// View implements publishing.Store.
func (e Editions) View(ctx context.Context, do func(publishing.Tx) error) error {
	return e.db.View(ctx, func(tx *Tx) error { return do(editions{tx}) })
}

// editions are the drafts and editions in a transaction.
type editions struct{ tx *Tx }

// noRollback is the value of edition.rolled for an edition that is not a rollback.
const noRollback = -1

// Editions implements publishing.Tx.
func (e editions) Editions(before int64, limit int) ([]publishing.Edition, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	if limit <= 0 {
		limit = math.MaxInt32
	}
	return list(e.tx, "SELECT id, hash, program, scoring, at, by_id, drafted, note, rolled FROM edition WHERE id < $1 ORDER BY id DESC LIMIT $2",
		[]any{before, limit}, func(row *sql.Rows, into *publishing.Edition) error {
			var rolled int64
			err := row.Scan(&into.ID, &into.Hash, &into.Program, &into.Scoring, stamp{&into.At}, &into.By, &into.Drafted, &into.Note, &rolled)
			into.RolledBack, into.Of = rolled != noRollback, max(rolled, 0)
			return err
		})
}

// namedFile is a file with two states.
type namedFile struct {
	path string
	a, b []byte
}

func (e editions) files(query string, args ...any) (map[string]namedFile, error) {
	all, err := list(e.tx, query, args, func(row *sql.Rows, into *namedFile) error {
		return row.Scan(&into.path, &into.a, &into.b)
	})
	files := make(map[string]namedFile, len(all))
	for _, f := range all {
		files[f.path] = f
	}
	return files, err
}

// EditionFiles implements publishing.Tx.
func (e editions) EditionFiles(id int64) (map[string][]byte, error) {
	found, err := e.files("SELECT path, data, data FROM edition_file WHERE edition = $1", id)
	files := make(map[string][]byte, len(found))
	for name, f := range found {
		files[name] = f.a
	}
	return files, err
}

// AddEdition implements publishing.Tx.
func (e editions) AddEdition(x publishing.Edition, files map[string][]byte) (id int64, err error) {
	if _, err := e.tx.find("SELECT id FROM edition ORDER BY id DESC LIMIT 1", nil, &id); err != nil {
		return 0, err
	}
	id++
	rolled := int64(noRollback)
	if x.RolledBack {
		rolled = x.Of
	}
	err = e.tx.run("INSERT INTO edition (id, hash, program, scoring, at, by_id, drafted, note, rolled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		id, x.Hash, x.Program, x.Scoring, moment(x.At), x.By, x.Drafted, x.Note, rolled)
	for name, data := range files {
		if err != nil {
			break
		}
		err = e.tx.run("INSERT INTO edition_file (edition, path, data) VALUES ($1, $2, $3)", id, name, notNil(data))
	}
	return id, err
}

// notNil returns data that is stored as empty, not as NULL.
func notNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

const draftColumns = "owner, began, touched, base, submitted, note"

func draftInto(d *publishing.DraftRow) []any {
	return []any{&d.Owner, stamp{&d.Began}, stamp{&d.Touched}, &d.Base, &d.Submitted, &d.Note}
}

// Drafts implements publishing.Tx.
func (e editions) Drafts() ([]publishing.DraftRow, error) {
	return list(e.tx, "SELECT "+draftColumns+" FROM draft ORDER BY touched DESC, owner", nil, func(row *sql.Rows, into *publishing.DraftRow) error {
		return row.Scan(draftInto(into)...)
	})
}

// Draft implements publishing.Tx.
func (e editions) Draft(owner string) (d publishing.DraftRow, ok bool, err error) {
	ok, err = e.tx.find("SELECT "+draftColumns+" FROM draft WHERE owner = $1", []any{owner}, draftInto(&d)...)
	return d, ok, err
}

// PutDraft implements publishing.Tx.
func (e editions) PutDraft(d publishing.DraftRow) error {
	n, err := e.tx.exec("UPDATE draft SET began = $1, touched = $2, base = $3, submitted = $4, note = $5 WHERE owner = $6",
		moment(d.Began), moment(d.Touched), d.Base, d.Submitted, d.Note, d.Owner)
	if err != nil || n > 0 {
		return err
	}
	return e.tx.run("INSERT INTO draft ("+draftColumns+") VALUES ($1, $2, $3, $4, $5, $6)",
		d.Owner, moment(d.Began), moment(d.Touched), d.Base, d.Submitted, d.Note)
}

// DeleteDraft implements publishing.Tx.
func (e editions) DeleteDraft(owner string) error {
	for _, table := range []string{"draft_step_file", "draft_step", "draft_file", "draft"} {
		if err := e.tx.run("DELETE FROM "+table+" WHERE owner = $1", owner); err != nil {
			return err
		}
	}
	return nil
}

// DraftFiles implements publishing.Tx.
func (e editions) DraftFiles(owner string) (map[string]publishing.DraftFile, error) {
	found, err := e.files("SELECT path, base, data FROM draft_file WHERE owner = $1", owner)
	files := make(map[string]publishing.DraftFile, len(found))
	for name, f := range found {
		files[name] = publishing.DraftFile{Base: f.a, Data: f.b}
	}
	return files, err
}

// PutDraftFiles implements publishing.Tx.
func (e editions) PutDraftFiles(owner string, files map[string]publishing.DraftFile) error {
	err := e.tx.run("DELETE FROM draft_file WHERE owner = $1", owner)
	for name, f := range files {
		if err != nil {
			break
		}
		err = e.tx.run("INSERT INTO draft_file (owner, path, base, data) VALUES ($1, $2, $3, $4)", owner, name, f.Base, f.Data)
	}
	return err
}

// Steps implements publishing.Tx.
func (e editions) Steps(owner string) ([]publishing.Step, error) {
	return list(e.tx, "SELECT seq, at, file, path FROM draft_step WHERE owner = $1 ORDER BY seq", []any{owner}, func(row *sql.Rows, into *publishing.Step) error {
		return row.Scan(&into.Seq, stamp{&into.At}, &into.File, &into.Path)
	})
}

// StepFiles implements publishing.Tx.
func (e editions) StepFiles(owner string, seq int64) (map[string]publishing.StepFile, error) {
	found, err := e.files("SELECT path, before, after FROM draft_step_file WHERE owner = $1 AND seq = $2", owner, seq)
	files := make(map[string]publishing.StepFile, len(found))
	for name, f := range found {
		files[name] = publishing.StepFile{Before: f.a, After: f.b}
	}
	return files, err
}

// PutStep implements publishing.Tx.
func (e editions) PutStep(owner string, s publishing.Step, files map[string]publishing.StepFile) error {
	if err := e.DeleteStep(owner, s.Seq); err != nil {
		return err
	}
	err := e.tx.run("INSERT INTO draft_step (owner, seq, at, file, path) VALUES ($1, $2, $3, $4, $5)", owner, s.Seq, moment(s.At), s.File, s.Path)
	for name, f := range files {
		if err != nil {
			break
		}
		err = e.tx.run("INSERT INTO draft_step_file (owner, seq, path, before, after) VALUES ($1, $2, $3, $4, $5)", owner, s.Seq, name, f.Before, f.After)
	}
	return err
}

// DeleteStep implements publishing.Tx.
func (e editions) DeleteStep(owner string, seq int64) error {
	if err := e.tx.run("DELETE FROM draft_step_file WHERE owner = $1 AND seq = $2", owner, seq); err != nil {
		return err
	}
	return e.tx.run("DELETE FROM draft_step WHERE owner = $1 AND seq = $2", owner, seq)
}

// Record implements publishing.Tx.
func (e editions) Record(at time.Time, who, what, about, detail string) error {
	return e.tx.Record(Entry{When: at, Who: who, What: what, About: about, Detail: detail})
}
