package engine

// Batch is a group of outcomes and ticks that were handed over together.
type Batch struct {
	ID       Hash
	Quarter  string // empty if Stripped
	N        int    // rows, or conversations if Stripped
	Stripped bool   // it added to the counts and left no rows
}

// Count is a weekly count.
type Count struct {
	Week, Kind, Key string
	N               int
	K               int64 // the sum of the keys of what was counted
	Keyless         bool  // counted before there were keys, at least in part: K is unknown
}

// Outcome is the row of one conversation.
type Outcome struct {
	ID                                               Hash
	Key                                              int64 // RecordKey of ID
	Quarter, Sector, Region, Size, SelfImage         string
	ReadinessBand, ImpactBand                        int // 0 to 9
	DIIBasis, Quadrant                               string
	Border, Extra, Indicative                        bool
	Cyber, Phase, Obstacle, HelpWanted, Satisfaction string
	Partner, Channel, Lang                           string
	Duration                                         string // class; empty: unknown
	QuestionSet, Scoring                             int
	Content                                          string // edition; kept per quarter, not with the row
	Referrals                                        []string
}

// FollowUpResult is an answer to a follow-up. It belongs to no outcome.
type FollowUpResult struct {
	ID                                  Hash
	Key                                 int64 // RecordKey of ID
	Quarter, Initiative, Result, Reason string
}

// Transition is how far a business came since an earlier check. It belongs to no outcome.
type Transition struct {
	ID                 Hash
	Key                int64 // RecordKey of ID
	Quarter, Then, Now string
	Up, Down           int // topics: 0 to 8
}

// Tally is how many outcomes of a quarter have a value, or two values; B and ValueB are empty in the
// first case.
type Tally struct {
	A, ValueA, B, ValueB string
	N                    int
	K                    int64 // the sum of their keys
}

// Release is an entry of the ledger: the figures of a period as they were first released.
type Release struct {
	Period, Level string
	Dimensions    string // of a table released by version 1; otherwise the method of rounding
	Week          string
	Hash          [32]byte // SHA-256 of Content
	Content       string
}

// Partner is an organisation that hands out the link.
type Partner struct{ Code, Name, Kind, Municipality, Lang string }

// PartnerLogo is the logo of a partner without its picture. Each picture has its own Version.
type PartnerLogo struct{ Code, Version string }

// PartnerState is what was decided about a partner.
type PartnerState struct {
	Code    string
	Paused  bool
	Version int
	Since   string // ISO week, or empty
}

// Event is a day on which many people begin through the link of one partner from one place.
type Event struct {
	Code, Day string // such as 2026-12-03
	Expect    int
}

// YearForm is an initiative's own figures of a year.
type YearForm struct {
	Initiative                      string
	Year, Helped, FromUs, NotFromUs int
	WaitDays                        *int // nil: not given
	Remarks                         string
}

// Stats is a transaction on the figures.
type Stats interface {
	// Fence returns ErrFenced if a greater epoch was given before. A successful transaction records the
	// epoch: from then on, no holder of a smaller one can write behind a fence. An exclusive engine does
	// nothing.
	Fence(epoch int64) error
	// AddBatch, AddAnswerBatch and AddTransitionBatch record that a batch was handed over.
	AddBatch(b Batch) error
	AddAnswerBatch(b Batch) error
	AddTransitionBatch(b Batch) error
	// HasBatch reports whether a batch of rows of this kind was handed over.
	HasBatch(kind Kind, id Hash) (bool, error)
	// Batches returns how many batches were handed over, of all kinds.
	Batches() (int, error)
	// AddCounts adds to the weekly counts.
	AddCounts(counts []Count) error
	// AddOutcomes and AddResults insert rows in the given order and keep the tally.
	AddOutcomes(outcomes []Outcome) error
	AddResults(results []FollowUpResult) error
	// AddTransitions inserts rows in the given order.
	AddTransitions(transitions []Transition) error
	// Transitions returns those of a quarter, by key.
	Transitions(quarter string) ([]Transition, error)
	// Counts returns the counts of the ISO weeks from one to another, by week, kind and key.
	Counts(from, to string) ([]Count, error)
	// Tally returns the tally of a quarter.
	Tally(quarter string) ([]Tally, error)
	// AddRelease records a release unless there is one of this period, level and dimensions, and returns
	// the recorded one.
	AddRelease(r Release) (Release, error)
	// Releases returns the releases of a period in the order of level and dimensions.
	Releases(period string) ([]Release, error)

	// Partners returns the partners by code.
	Partners() ([]Partner, error)
	PartnerStates() ([]PartnerState, error)
	// SavePartner inserts or replaces.
	SavePartner(p Partner) error
	PartnerLogos() ([]PartnerLogo, error)
	// PartnerLogo returns the picture of a logo as PNG; nil: there is none.
	PartnerLogo(code string) ([]byte, error)
	// SavePartnerLogo inserts or replaces a logo.
	SavePartnerLogo(l PartnerLogo, png []byte) error
	RemovePartnerLogo(code string) error
	PausePartner(code string, paused bool) error
	// Events returns the events from a day onwards, by day and code.
	Events(from string) ([]Event, error)
	// SaveEvent inserts or replaces; an expected number of 0 deletes.
	SaveEvent(e Event) error
	// RenewPartner increments the version of a partner, valid from a week onwards.
	RenewPartner(code, week string) error

	// YearForms returns the forms of a year by initiative.
	YearForms(year int) ([]YearForm, error)
	// SaveYearForm inserts or replaces.
	SaveYearForm(f YearForm) error
	// YearFormAddress returns the version of the address of a form; 0: there is none.
	YearFormAddress(year int, initiative string) (version int, err error)
	// RenewYearForm increments that version.
	RenewYearForm(year int, initiative string) error
}
