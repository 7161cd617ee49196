package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// Waiting counts the outcomes and follow-up answers that may still become rows of a quarter;
// nil without the key.
func (f *Figures) Waiting(ctx context.Context, q figures.Quarter) (*int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
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

// Cube reads how often each value and each pair of values occurs in a quarter.
func (f *Figures) Cube(ctx context.Context, q figures.Quarter) (*disclosure.Cube, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rows, err := f.stats.conn.QueryContext(ctx,
		"SELECT dimension_a, value_a, dimension_b, value_b, n FROM tally WHERE quarter = ?", string(q))
	if err != nil {
		return nil, trouble("reading the tally", err)
	}
	defer rows.Close()
	cube := disclosure.NewCube()
	for rows.Next() {
		var a, b disclosure.Dimension
		var av, bv string
		var n int
		if err := rows.Scan(&a, &av, &b, &bv, &n); err != nil {
			return nil, trouble("reading the tally", err)
		}
		cube.Add(a, av, b, bv, n)
	}
	return cube, trouble("reading the tally", rows.Err())
}

// Enter writes tables to the ledger, unless it holds them already, and returns them as the
// ledger holds them. The figures are open for reading only, so the file is opened once more
// for this transaction.
func (f *Figures) Enter(ctx context.Context, q figures.Quarter, l disclosure.Level, tables []disclosure.Table, week string) ([]disclosure.Table, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ledger, err := openFile(ctx, f.dir, statsFile, writing)
	if err != nil {
		return nil, err
	}
	defer ledger.Close() //nolint:errcheck // what was written is committed
	entered := make([]disclosure.Table, len(tables))
	err = ledger.within(ctx, func() error {
		for i, table := range tables {
			if entered[i], err = ledger.enterRelease(ctx, q, l, table, week); err != nil {
				return err
			}
		}
		return nil
	})
	return entered, err
}

func (f *file) enterRelease(ctx context.Context, q figures.Quarter, l disclosure.Level, table disclosure.Table, week string) (disclosure.Table, error) {
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
	var entered disclosure.Table
	return entered, json.Unmarshal(text, &entered)
}
