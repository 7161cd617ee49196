package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"digiwijzer/referral"
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
	tables, err := f.settle(ctx, q, l, figures.Release(cube, l, crossings), referral.WeekOf(now))
	if err != nil {
		return figures.Quarterly{}, err
	}
	return figures.NewQuarterly(q, l, tables, region), nil
}

// waitingOf counts what may still become rows of a quarter; nil without the key.
func (f *Figures) waitingOf(ctx context.Context, q figures.Quarter) (*int, error) {
	if f.vault == nil {
		return nil, nil
	}
	outcomes, _, _, err := f.waiting(ctx)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, o := range outcomes {
		if o.Quarter == string(q) {
			n++
		}
	}
	if f.state == nil {
		return &n, nil
	}
	answers, _, err := answersIn(ctx, f.state.conn, f.vault)
	for _, a := range answers {
		if a.Quarter == string(q) {
			n++
		}
	}
	return &n, err
}

// cube reads how often each value and each two values occur in a quarter.
func (f *Figures) cube(ctx context.Context, q figures.Quarter) (*figures.Cube, error) {
	rows, err := f.stats.conn.QueryContext(ctx,
		"SELECT dimension_a, value_a, dimension_b, value_b, n FROM tally WHERE quarter = ?", string(q))
	if err != nil {
		return nil, trouble("reading the tally", err)
	}
	defer rows.Close()
	cube := figures.NewCube()
	for rows.Next() {
		var a, b figures.Dimension
		var av, bv string
		var n int
		if err := rows.Scan(&a, &av, &b, &bv, &n); err != nil {
			return nil, trouble("reading the tally", err)
		}
		cube.Add(a, av, b, bv, n)
	}
	return cube, trouble("reading the tally", rows.Err())
}

// settle enters tables in the ledger and returns them as they stand there. The figures
// are open for reading only, so the ledger is opened apart, and for this only.
func (f *Figures) settle(ctx context.Context, q figures.Quarter, l figures.Level, tables []figures.Table, week string) ([]figures.Table, error) {
	ledger, err := openFile(ctx, f.dir, statsFile, writing)
	if err != nil {
		return nil, err
	}
	defer ledger.Close() //nolint:errcheck // what was written is committed
	settled := make([]figures.Table, len(tables))
	err = ledger.within(ctx, func() error {
		for i, table := range tables {
			if settled[i], err = ledger.settle(ctx, q, l, table, week); err != nil {
				return err
			}
		}
		return nil
	})
	return settled, err
}

func (f *file) settle(ctx context.Context, q figures.Quarter, l figures.Level, table figures.Table, week string) (figures.Table, error) {
	content, err := json.Marshal(table)
	if err != nil {
		return table, err
	}
	hash := sha256.Sum256(content)
	_, err = f.conn.ExecContext(ctx,
		"INSERT INTO release (period, level, dimensions, week, hash, content) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		string(q), string(l), table.ID(), week, hash[:], string(content))
	if err != nil {
		return table, trouble("entering a release", err)
	}
	var stored, text []byte
	err = f.conn.QueryRowContext(ctx,
		"SELECT hash, content FROM release WHERE period = ? AND level = ? AND dimensions = ?",
		string(q), string(l), table.ID()).Scan(&stored, &text)
	if err != nil {
		return table, trouble("reading a release", err)
	}
	if sha256.Sum256(text) != [32]byte(stored) {
		return table, &Error{Where: fmt.Sprintf("the release of %s in %s was altered", table.ID(), q), Condition: Corrupt, Err: errUnreadable}
	}
	var settled figures.Table
	return settled, json.Unmarshal(text, &settled)
}
