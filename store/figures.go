package store

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"digiwijzer/store/figures"
)

// Figures is the figures.Source of a data folder, to which another process may be writing.
// Its methods may be called concurrently.
type Figures struct {
	mu    sync.Mutex
	dir   string
	stats *file
	state *file  // nil where there is no key, or nothing personal
	vault *vault // nil where there is no key
}

var _ figures.Source = (*Figures)(nil)

// OpenFigures opens the data in dir for reading. With a key it also reads what waits
// to be handed over; without (nil) reports say that they do not know. Where there are
// no figures yet the error satisfies errors.Is(err, fs.ErrNotExist).
func OpenFigures(ctx context.Context, dir string, key *Key) (*Figures, error) {
	stats, err := openToRead(ctx, dir, statsFile, reading)
	if err != nil {
		return nil, err
	}
	f := &Figures{dir: dir, stats: stats}
	if key == nil {
		return f, nil
	}
	f.vault = newVault(key)
	f.state, err = openToRead(ctx, dir, stateFile, reading)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil // nothing waits
	}
	if err == nil {
		err = f.verifyKey(ctx, filepath.Join(dir, stateFile))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func openToRead(ctx context.Context, dir, name string, m mode) (*file, error) {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no %s in %s: %w", name, dir, fs.ErrNotExist)
	}
	f, err := openFile(ctx, dir, name, m)
	if err != nil {
		return nil, err
	}
	have, err := f.version(ctx)
	if err == nil && have > schemaVersion {
		err = fmt.Errorf("%s: %w (schema %d, known %d); use that version", path, ErrNewer, have, schemaVersion)
	}
	if err == nil && have < schemaVersion {
		err = fmt.Errorf("%s was made by an earlier version; run serve once to bring it up to date", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Figures) verifyKey(ctx context.Context, path string) error {
	var check []byte
	err := f.state.conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'key'").Scan(&check)
	if err != nil {
		return trouble("checking the key", err)
	}
	if !hmac.Equal(check, f.vault.check) {
		return fmt.Errorf("%s: %w", path, ErrWrongKey)
	}
	return nil
}

// Close lets go of the files.
func (f *Figures) Close() error { return errors.Join(f.state.Close(), f.stats.Close()) }

// retries is how often reading starts again because a hand-over came in between;
// those are a night apart.
const retries = 20

// Snapshot reads the counts of a period and the waiting rows as of one moment. The two
// files cannot be read in one transaction, so it reads again when a batch was handed over
// meanwhile.
func (f *Figures) Snapshot(ctx context.Context, period figures.Period) (counts figures.Snapshot, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range retries {
		var before, after int
		var entered map[string]bool
		if before, err = batchCount(ctx, f.stats.conn); err != nil {
			return counts, err
		}
		var outcomes []waitingOutcome
		var ticks []waitingTick
		if outcomes, ticks, counts.Unreadable, err = f.waiting(ctx); err != nil {
			return counts, err
		}
		if counts.Counted, entered, after, err = f.counted(ctx, period, stamps(outcomes, ticks)); err != nil {
			return counts, err
		}
		if before != after {
			continue
		}
		counts.Waiting = countsOf(notIn(entered, outcomes, ticks))
		counts.NoKey = f.vault == nil
		return counts, nil
	}
	return counts, &Error{Where: "reading the counts", Condition: Busy, Err: errors.New("a hand-over came in between")}
}

// waiting reads the rows of the personal file in one transaction; unreadable is how many
// of them are damaged, and left out.
func (f *Figures) waiting(ctx context.Context) (outcomes []waitingOutcome, ticks []waitingTick, unreadable int, err error) {
	if f.state == nil {
		return nil, nil, 0, nil
	}
	tx, err := f.state.conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, nil, 0, trouble("reading what waits", err)
	}
	defer tx.Rollback()
	outcomes, damaged, err := outcomesIn(ctx, tx, f.vault)
	if err != nil {
		return nil, nil, 0, err
	}
	ticks, damagedTicks, err := ticksIn(ctx, tx, f.vault)
	return outcomes, ticks, len(damaged) + len(damagedTicks), err
}

// counted reads the counts of a period, which of the stamped batches are among them, and
// how many batches there are.
func (f *Figures) counted(ctx context.Context, period figures.Period, stamped [][]byte) (counts []figures.Count, entered map[string]bool, n int, err error) {
	tx, err := f.stats.conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, nil, 0, trouble("reading the counts", err)
	}
	defer tx.Rollback()
	if counts, err = countsIn(ctx, tx, period); err != nil {
		return nil, nil, 0, err
	}
	entered = map[string]bool{}
	for _, id := range stamped {
		found, err := marksIn(ctx, tx, "SELECT id FROM batch WHERE id = ?", id)
		if err != nil {
			return nil, nil, 0, err
		}
		entered[string(id)] = len(found) > 0
	}
	n, err = batchCount(ctx, tx)
	return counts, entered, n, err
}

func countsIn(ctx context.Context, q querier, period figures.Period) (counts []figures.Count, err error) {
	rows, err := q.QueryContext(ctx,
		"SELECT week, kind, key, n FROM counter WHERE week BETWEEN ? AND ? ORDER BY week, kind, key", period.From, period.To)
	if err != nil {
		return nil, trouble("reading the counts", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c figures.Count
		if err := rows.Scan(&c.Week, &c.Kind, &c.Key, &c.N); err != nil {
			return nil, trouble("reading the counts", err)
		}
		counts = append(counts, c)
	}
	return counts, trouble("reading the counts", rows.Err())
}

// batchCount tells how many batches were entered: another number means that a hand-over
// came in between.
func batchCount(ctx context.Context, q querier) (n int, err error) {
	rows, err := q.QueryContext(ctx, "SELECT count(*) FROM batch")
	if err != nil {
		return 0, trouble("counting batches", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, trouble("counting batches", err)
		}
	}
	return n, trouble("counting batches", rows.Err())
}

// stamps are the batches that waiting rows are on their way in, each once.
func stamps(outcomes []waitingOutcome, ticks []waitingTick) (ids [][]byte) {
	seen := map[string]bool{}
	add := func(id []byte) {
		if id != nil && !seen[string(id)] {
			seen[string(id)] = true
			ids = append(ids, id)
		}
	}
	for _, o := range outcomes {
		add(o.batch)
	}
	for _, t := range ticks {
		add(t.batch)
	}
	return ids
}

// notIn leaves out what is in the figures already and only waits to be cleared.
func notIn(entered map[string]bool, outcomes []waitingOutcome, ticks []waitingTick) ([]waitingOutcome, []waitingTick) {
	outcomes = slices.DeleteFunc(outcomes, func(o waitingOutcome) bool { return entered[string(o.batch)] })
	ticks = slices.DeleteFunc(ticks, func(t waitingTick) bool { return entered[string(t.batch)] })
	return outcomes, ticks
}
