package figures

import (
	"context"

	"digiwijzer/store/figures/disclosure"
)

// Source reads what was counted, and keeps the ledger of releases. store implements it.
type Source interface {
	// Snapshot returns the counts of a period, and of everything that is waiting to be handed
	// over, as of one moment.
	Snapshot(ctx context.Context, p Period) (Snapshot, error)
	// Waiting returns the number of outcomes, transitions and follow-up answers that are waiting to
	// become rows of a quarter; nil if that is unknown because there is no key.
	Waiting(ctx context.Context, q Quarter) (*int, error)
	// Cube returns how often each value and each pair of values occurs in a quarter.
	Cube(ctx context.Context, q Quarter) (*disclosure.Cube, error)
	// Transitions returns how far businesses came that were counted in a quarter.
	Transitions(ctx context.Context, q Quarter) ([]Transition, error)
	// Earlier returns what the first version of the program released of a quarter, by other rules
	// and for each level; nothing if it released nothing.
	Earlier(ctx context.Context, q Quarter) ([]disclosure.EarlierTable, error)
	// Enter writes a release to the ledger unless it has one of that period already, and returns
	// the one in the ledger. If that differs from r the error is a ChangedError. week is the
	// current week.
	Enter(ctx context.Context, r disclosure.Release, week string) (disclosure.Release, error)
}

// Empty is the Source before anything has been counted. It has no ledger.
type Empty struct{}

var _ Source = Empty{}

// Snapshot returns no counts.
func (Empty) Snapshot(context.Context, Period) (Snapshot, error) { return Snapshot{NoKey: true}, nil }

// Waiting returns nil: unknown.
func (Empty) Waiting(context.Context, Quarter) (*int, error) { return nil, nil }

// Cube returns an empty cube.
func (Empty) Cube(context.Context, Quarter) (*disclosure.Cube, error) {
	return disclosure.NewCube(), nil
}

// Transitions returns nothing.
func (Empty) Transitions(context.Context, Quarter) ([]Transition, error) { return nil, nil }

// Earlier returns nothing.
func (Empty) Earlier(context.Context, Quarter) ([]disclosure.EarlierTable, error) { return nil, nil }

// Enter returns the release unchanged.
func (Empty) Enter(_ context.Context, r disclosure.Release, _ string) (disclosure.Release, error) {
	return r, nil
}
