package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// Waiting counts the outcomes and follow-up answers that may still become rows of a quarter;
// nil without the key.
func (f *Figures) Waiting(ctx context.Context, q figures.Quarter) (*int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.envelope == nil {
		return nil, nil
	}
	n := 0
	err := f.view(ctx, func(rows engine.State) error {
		outcomes, _, err := readWaiting[storedOutcome](rows, f.envelope, engine.Outcomes)
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			if o.value.Quarter == string(q) {
				n++
			}
		}
		answers, _, err := readWaiting[storedAnswer](rows, f.envelope, engine.Answers)
		for _, a := range answers {
			if a.value.Quarter == string(q) {
				n++
			}
		}
		return err
	})
	return &n, err
}

// Cube reads how often each value and each pair of values occurs in a quarter.
func (f *Figures) Cube(ctx context.Context, q figures.Quarter) (*disclosure.Cube, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	cube := disclosure.NewCube()
	err := f.rows.ViewStats(ctx, func(stats engine.Stats) error {
		tallies, err := stats.Tally(string(q))
		for _, t := range tallies {
			cube.Add(disclosure.Dimension(t.A), t.ValueA, disclosure.Dimension(t.B), t.ValueB, t.N)
		}
		return err
	})
	return cube, err
}

// Enter writes tables to the ledger, unless it holds them already, and returns them as the
// ledger holds them.
func (f *Figures) Enter(ctx context.Context, q figures.Quarter, l disclosure.Level, tables []disclosure.Table, week string) ([]disclosure.Table, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	entered := make([]disclosure.Table, len(tables))
	err := f.rows.UpdateStats(ctx, func(stats engine.Stats) error {
		for i, table := range tables {
			content, err := json.Marshal(table)
			if err != nil {
				return err
			}
			kept, err := stats.AddRelease(engine.Release{
				Period: string(q), Level: string(l), Dimensions: table.ID(), Week: week,
				Hash: sha256.Sum256(content), Content: string(content),
			})
			if err != nil {
				return err
			}
			if sha256.Sum256([]byte(kept.Content)) != kept.Hash {
				where := fmt.Sprintf("the release of %s in %s was altered", table.ID(), q)
				return &Error{Where: where, Condition: Corrupt, Err: errUnreadable}
			}
			if err := json.Unmarshal([]byte(kept.Content), &entered[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return entered, err
}
