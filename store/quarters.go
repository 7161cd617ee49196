package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

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
		if err != nil {
			return err
		}
		for _, t := range tallies {
			cube.Add(disclosure.Dimension(t.A), t.ValueA, disclosure.Dimension(t.B), t.ValueB, t.N, t.K)
		}
		weeks := q.Period()
		counts, err := stats.Counts(weeks.From, weeks.To)
		for _, c := range counts {
			if c.Kind != string(figures.Target) {
				continue
			}
			if c.Keyless {
				cube.Unknown(disclosure.ByTarget)
			}
			cube.Add(disclosure.ByTarget, disclosure.Yes, "", "", c.N, c.K)
		}
		return err
	})
	return cube, err
}

// methods begins the name of every method of rounding in the ledger; method is the one by
// which releases are made now.
const methods = "rounding "

var method = methods + strconv.Itoa(disclosure.Version)

// ReleasedEarlier reports whether the ledger holds a quarter in the form of the first version:
// a table for each set of dimensions.
func (f *Figures) ReleasedEarlier(ctx context.Context, q figures.Quarter) (earlier bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err = f.rows.ViewStats(ctx, func(stats engine.Stats) error {
		releases, err := stats.Releases(string(q))
		for _, r := range releases {
			earlier = earlier || !strings.HasPrefix(r.Dimensions, methods)
		}
		return err
	})
	return earlier, err
}

// Enter writes a release to the ledger, unless it holds one of that period already, and
// returns the one it holds.
func (f *Figures) Enter(ctx context.Context, r disclosure.Release, week string) (disclosure.Release, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	content, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	entry := engine.Release{
		Period: r.Period, Level: string(disclosure.Internal), Dimensions: method, Week: week,
		Hash: sha256.Sum256(content), Content: string(content),
	}
	var kept engine.Release
	err = f.rows.UpdateStats(ctx, func(stats engine.Stats) (err error) {
		kept, err = stats.AddRelease(entry)
		return err
	})
	if err != nil {
		return r, err
	}
	if sha256.Sum256([]byte(kept.Content)) != kept.Hash {
		where := fmt.Sprintf("the release of %s was altered", r.Period)
		return r, &Error{Where: where, Condition: Corrupt, Err: errUnreadable}
	}
	if kept.Content != entry.Content {
		return r, figures.ChangedError{Period: r.Period}
	}
	var released disclosure.Release
	return released, json.Unmarshal([]byte(kept.Content), &released)
}
