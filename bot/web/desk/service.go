package desk

import (
	"context"
	"errors"
	"time"

	"digiwijzer/bot/staff"
	"digiwijzer/flows/content"
)

// Service keeps drafts, checks and publishes. It decides on rights, conflicts and the check:
// the desk only shows and asks.
type Service interface {
	// Draft returns the draft of a person; one that changed nothing has the files published.
	Draft(ctx context.Context, who staff.Person) (Draft, error)
	// Change changes the files of the draft and saves it durably. Files that become equal to
	// what is published leave the draft.
	Change(ctx context.Context, who staff.Person, change func(own map[string][]byte) error) error
	// Discard throws a draft away.
	Discard(ctx context.Context, who staff.Person) error
	// Choose settles a conflict: mine keeps what the draft says, otherwise what was published.
	Choose(ctx context.Context, who staff.Person, conflict string, mine bool) error
	// Others returns who else has a draft.
	Others(ctx context.Context, who staff.Person) ([]Other, error)
	// Check checks the draft. Quick checks what can be checked within a second; the report
	// then says that the rest is open.
	Check(ctx context.Context, who staff.Person, lang string, quick bool) (Report, error)
	// Effects returns what publishing the draft changes for people.
	Effects(ctx context.Context, who staff.Person) (Effects, error)
	// Publish publishes the draft. The error is ErrRefused, ErrOwn, ErrLocked or ErrChanged where
	// that is the reason.
	Publish(ctx context.Context, who staff.Person, author, note string) error
	// Waiting returns the drafts of others that wait for a second pair of eyes.
	Waiting(ctx context.Context, who staff.Person) ([]Other, error)
	// History returns what was published, the latest first.
	History(ctx context.Context) ([]Edition, error)
	// Edition returns an edition with its files and those before it.
	Edition(ctx context.Context, id string) (e Edition, files, before map[string][]byte, err error)
	// RollBack publishes again what was published before an edition.
	RollBack(ctx context.Context, who staff.Person, id, note string) error
	// Load returns the content of a draft, for a rehearsal.
	Load(ctx context.Context, who staff.Person) (*content.Edition, error)
	// Locked reports that a content folder takes precedence, so that nothing is published here.
	Locked() bool
	// FourEyes reports whether somebody else than who drafted must publish.
	FourEyes() bool
}

// The reasons why something is not published.
var (
	ErrRefused = errors.New("the check found faults")
	ErrOwn     = errors.New("somebody else must publish this")
	ErrLocked  = errors.New("a content folder takes precedence")
	ErrChanged = errors.New("others published meanwhile")
	ErrNothing = errors.New("nothing to publish")
)

// Draft is what one editor changed.
type Draft struct {
	Files     map[string][]byte // with the draft over them
	Published map[string][]byte // in use
	Since     time.Time         // zero: there is no draft
	Saved     time.Time
	Conflicts []Conflict
}

// Changed reports whether there is anything in the draft.
func (d Draft) Changed() bool { return !d.Since.IsZero() }

// Conflict is a value that the draft changed and that was published meanwhile.
type Conflict struct {
	ID           string
	File         string
	Where        string
	Mine, Theirs string
}

// Other is the draft of somebody else.
type Other struct {
	ID    string // of the person
	Name  string
	Saved time.Time
	Files []string
	// Records are those that the draft changes, as the desk names them; filled in by the desk.
	Records []string
}

// Finding is one thing that the check found.
type Finding struct {
	File, ID, Lang string
	Field          string // the key of the field, such as "contact"; empty: unknown
	What, Do       string
	Minor          bool
}

// Report is the result of a check.
type Report struct {
	Findings []Finding
	Upcoming []Upcoming
	Complete bool // the whole check ran
}

// Faults returns how many findings stand in the way of publishing.
func (r Report) Faults() (n int) {
	for _, f := range r.Findings {
		if !f.Minor {
			n++
		}
	}
	return n
}

// Upcoming is a change that takes effect on a date by itself.
type Upcoming struct{ Day, ID, What string }

// Effects is what publishing changes for people.
type Effects struct {
	Businesses, OtherQuadrant, OtherFirst int // of a made-up population
	Positions, AskedAnew, AskedFirst      int // of questions at which people may be
	Untranslated                          []string
}

// Edition is something that was published.
type Edition struct {
	ID      string
	At      time.Time
	By      string // name
	Note    string
	Current bool
	First   bool // there is none before it
}

// LinkChecker finds out whether web addresses work.
type LinkChecker func(ctx context.Context, addresses []string) map[string]string
