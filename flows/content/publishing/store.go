package publishing

import (
	"context"
	"time"
)

// Store keeps drafts and editions.
type Store interface {
	// Update runs do in a transaction that an error of do rolls back.
	Update(ctx context.Context, do func(Tx) error) error
	// View runs do on one snapshot.
	View(ctx context.Context, do func(Tx) error) error
}

// Tx is a transaction of a Store.
type Tx interface {
	// Editions returns published editions, latest first: at most limit of those before an id; 0 is no bound.
	Editions(before int64, limit int) ([]Edition, error)
	// EditionFiles returns the files of an edition by path; none if there is no such edition.
	EditionFiles(id int64) (map[string][]byte, error)
	// AddEdition adds an edition with the next id, which it returns.
	AddEdition(e Edition, files map[string][]byte) (int64, error)

	// Drafts returns all drafts, the most recently changed first.
	Drafts() ([]DraftRow, error)
	// Draft returns the draft of an editor; ok is false if there is none.
	Draft(owner string) (d DraftRow, ok bool, err error)
	// PutDraft adds or replaces a draft, without its files and steps.
	PutDraft(d DraftRow) error
	// DeleteDraft deletes a draft with its files and steps.
	DeleteDraft(owner string) error

	// DraftFiles returns the changed files of a draft, by path.
	DraftFiles(owner string) (map[string]DraftFile, error)
	// PutDraftFiles replaces the changed files of a draft.
	PutDraftFiles(owner string, files map[string]DraftFile) error

	// Steps returns the steps of a draft in order, without their files.
	Steps(owner string) ([]Step, error)
	// StepFiles returns the files of a step, by path.
	StepFiles(owner string, seq int64) (map[string]StepFile, error)
	// PutStep adds or replaces a step with its files.
	PutStep(owner string, s Step, files map[string]StepFile) error
	// DeleteStep deletes a step with its files.
	DeleteStep(owner string, seq int64) error

	// Record adds a line to the audit trail.
	Record(at time.Time, who, what, about, detail string) error
}

// Edition is a published edition, without its files.
type Edition struct {
	ID         int64 // 1, 2, 3 …
	Hash       string
	Program    string // Edition.ID of the embedded content of the program that published it
	Scoring    int    // the number of its scoring
	At         time.Time
	By         string // who published it
	Drafted    string // who drafted it; empty: a rollback
	Note       string
	RolledBack bool  // an earlier edition was published again
	Of         int64 // that edition; 0: the content of the program
}

// DraftRow is a draft without its files.
type DraftRow struct {
	Owner     string
	Began     time.Time
	Touched   time.Time
	Base      int64  // the head at the last merge
	Submitted string // the hash that was offered to a second person; empty: none
	Note      string // of whoever submitted it
}

// DraftFile is a changed file of a draft. A nil file is that of the program.
type DraftFile struct {
	Base []byte // in the head at the first change or the last merge
	Data []byte
}

// Step is one change of a draft.
type Step struct {
	Seq  int64
	At   time.Time
	File string // the first file that it changed
	Path string // the value that it changed there, if only one
}

// StepFile is a file before and after a step. A nil file is that of the program.
type StepFile struct{ Before, After []byte }
