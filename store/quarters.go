package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"strings"

	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// Waiting counts the outcomes, transitions and follow-up answers that may still become rows of a
// quarter; nil without the key.
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
		moves, _, err := readWaiting[storedTransition](rows, f.envelope, engine.Transitions)
		if err != nil {
			return err
		}
		for _, m := range moves {
			if m.value.Quarter == string(q) {
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

// Transitions reads how far the businesses counted in a quarter came.
func (f *Figures) Transitions(ctx context.Context, q figures.Quarter) (all []figures.Transition, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err = f.rows.ViewStats(ctx, func(stats engine.Stats) error {
		rows, err := stats.Transitions(string(q))
		for _, r := range rows {
			all = append(all, figures.Transition{Key: r.Key, Then: r.Then, Now: r.Now, Up: r.Up, Down: r.Down})
		}
		return err
	})
	return all, err
}

// methods is the prefix of the name of every rounding method in the ledger; method is the
// current one.
const methods = "rounding "

var method = methods + strconv.Itoa(disclosure.Version) + " lists " + strconv.Itoa(disclosure.Lists)

// Earlier returns what version 1 published of a quarter. The ledger has an entry for each
// table, named after its dimensions.
func (f *Figures) Earlier(ctx context.Context, q figures.Quarter) (tables []disclosure.EarlierTable, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err = f.rows.ViewStats(ctx, func(stats engine.Stats) error {
		releases, err := stats.Releases(string(q))
		if err != nil {
			return err
		}
		for _, r := range releases {
			if strings.HasPrefix(r.Dimensions, methods) {
				continue
			}
			if err := verifyRelease(r); err != nil {
				return err
			}
			table, err := disclosure.ParseEarlier(disclosure.Level(r.Level), r.Content)
			if err != nil {
				return err
			}
			tables = append(tables, table)
		}
		return nil
	})
	return tables, err
}

// verifyRelease returns an error if the content of an entry is not what was released.
func verifyRelease(r engine.Release) error {
	if sha256.Sum256([]byte(r.Content)) == r.Hash {
		return nil
	}
	return &Error{Where: "the release of " + r.Period + " was altered", Condition: Corrupt, Err: errUnreadable}
}

// Enter writes a release to the ledger, unless it already holds one of that period, and returns
// the one in the ledger; one by an earlier method is not compared.
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
	err = f.rows.UpdateStats(ctx, func(stats engine.Stats) error {
		all, err := stats.Releases(r.Period)
		for _, earlier := range all {
			if strings.HasPrefix(earlier.Dimensions, methods) && earlier.Dimensions != method {
				kept = earlier
			}
		}
		if err == nil && kept.Period == "" {
			kept, err = stats.AddRelease(entry)
		}
		return err
	})
	if err != nil {
		return r, err
	}
	if err := verifyRelease(kept); err != nil {
		return r, err
	}
	if kept.Dimensions == method && kept.Content != entry.Content {
		return r, figures.ChangedError{Period: r.Period}
	}
	var released disclosure.Release
	err = json.Unmarshal([]byte(kept.Content), &released)
	return released, err
}
