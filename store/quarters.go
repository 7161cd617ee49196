package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"digiwijzer/referral"
	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
)

// Quarterly releases the tables of a closed quarter: the standard ones, or at the internal
// level those asked for. A table that was released before comes from the ledger, as it was
// then; a new one is entered there first. A quarter that is not closed gives a
// figures.Open. region holds the numbers to compare with.
func (f *Figures) Quarterly(ctx context.Context, q figures.Quarter, l figures.Level, crossings []figures.Crossing,
	region referral.Figures, now time.Time) (figures.Quarterly, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	waiting, err := f.waitingOf(ctx, q)
	if err != nil {
		return figures.Quarterly{}, err
	}
	if !q.Closed(now, waiting) {
		return figures.Quarterly{}, figures.Open{Quarter: q, Settles: q.Settles()}
	}
	r, err := f.released(ctx, q, l, crossings, region, now)
	if err != nil {
		return figures.Quarterly{}, err
	}
	last := q.Before(1)
	if !last.Closed(now, nil) {
		return r, nil
	}
	before, err := f.released(ctx, last, l, crossings, region, now)
	if before.Outcomes > 0 {
		r.Facts.Previous = &before.Facts
	}
	return r, err
}

// released makes the report of a quarter that is closed.
func (f *Figures) released(ctx context.Context, q figures.Quarter, l figures.Level, crossings []figures.Crossing,
	region referral.Figures, now time.Time) (figures.Quarterly, error) {
	cube, err := f.cube(ctx, q)
	if err != nil {
		return figures.Quarterly{}, err
	}
	tables, err := f.release(ctx, q, l, figures.Release(cube, l, crossings), referral.WeekOf(now))
	if err != nil {
		return figures.Quarterly{}, err
	}
	return figures.NewQuarterly(q, l, tables, region), nil
}

// waitingOf counts what may still become rows of a quarter; nil without the key.
func (f *Figures) waitingOf(ctx context.Context, q figures.Quarter) (*int, error) {
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

// cube reads how often each value and each two values occur in a quarter.
func (f *Figures) cube(ctx context.Context, q figures.Quarter) (*figures.Cube, error) {
	cube := figures.NewCube()
	err := f.rows.ViewStats(ctx, func(stats engine.Stats) error {
		tallies, err := stats.Tally(string(q))
		for _, t := range tallies {
			cube.Add(figures.Dimension(t.A), t.ValueA, figures.Dimension(t.B), t.ValueB, t.N)
		}
		return err
	})
	return cube, err
}

// release records tables in the ledger, unless they were released before, and returns them
// as they are there.
func (f *Figures) release(ctx context.Context, q figures.Quarter, l figures.Level, tables []figures.Table, week string) ([]figures.Table, error) {
	released := make([]figures.Table, len(tables))
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
			if err := json.Unmarshal([]byte(kept.Content), &released[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return released, err
}
