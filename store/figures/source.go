package figures

import (
	"context"

	"digiwijzer/store/figures/disclosure"
)

// Source reads what was counted, and keeps the ledger of releases. store implements it.
type Source interface {
	// Snapshot returns the counts of a period, and of everything that is waiting to be
	// handed over, as of one moment.
	Snapshot(ctx context.Context, p Period) (Snapshot, error)
	// Waiting returns the number of outcomes and follow-up answers that are waiting to become
	// rows of a quarter; nil when that is unknown because there is no key.
	Waiting(ctx context.Context, q Quarter) (*int, error)
	// Cube returns how often each value and each pair of values occurs in a quarter.
	Cube(ctx context.Context, q Quarter) (*disclosure.Cube, error)
	// Enter writes tables to the ledger of releases, except those that it holds already, and
	// returns all of them as the ledger holds them. week is the current week.
	Enter(ctx context.Context, q Quarter, l disclosure.Level, tables []disclosure.Table, week string) ([]disclosure.Table, error)
}

// Empty is the Source where nothing has been counted yet. It has no ledger.
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

// Enter returns the tables unchanged.
func (Empty) Enter(_ context.Context, _ Quarter, _ disclosure.Level, tables []disclosure.Table, _ string) ([]disclosure.Table, error) {
	return tables, nil
}
