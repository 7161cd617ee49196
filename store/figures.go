package store

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"

	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/sqlite"
)

// Figures is the figures.Source of an engine, to which another process may be writing. Its
// methods may be called concurrently.
type Figures struct {
	mu       sync.Mutex
	rows     engine.Rows
	envelope *envelope // nil without a key
}

var _ figures.Source = (*Figures)(nil)

// OpenFigures opens the folder dir for reading with SQLite. With a key it also reads the rows
// waiting to be handed over; without one (nil) reports give their number as unknown. If there
// are no figures yet the error satisfies errors.Is(err, fs.ErrNotExist).
func OpenFigures(ctx context.Context, dir string, key *Key) (*Figures, error) {
	rows, err := sqlite.OpenReader(ctx, dir, key != nil)
	if err != nil {
		return nil, err
	}
	f, err := NewFigures(ctx, rows, key)
	return f, inFolder(dir, err)
}

// NewFigures returns the figures in rows, which it closes when it fails or is closed. key
// may be nil.
func NewFigures(ctx context.Context, rows engine.Rows, key *Key) (*Figures, error) {
	f := &Figures{rows: rows}
	if key == nil {
		return f, nil
	}
	f.envelope = newEnvelope(key)
	_, f.envelope.shared = rows.(engine.Leases)
	if err := verifyKey(ctx, rows, f.envelope); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// view reads the state; without one, nothing waits.
func (f *Figures) view(ctx context.Context, do func(engine.State) error) error {
	err := f.rows.View(ctx, do)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Close closes the engine.
func (f *Figures) Close() error { return f.rows.Close() }

// maxRetries is how often a read is retried because of a concurrent hand-over, which normally
// runs once a night.
const maxRetries = 20

// Snapshot reads the counts of a period and the waiting rows as of one moment. State and
// statistics cannot be read in one transaction, so it reads again when a batch was handed
// over meanwhile.
func (f *Figures) Snapshot(ctx context.Context, period figures.Period) (counts figures.Snapshot, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range maxRetries {
		before, err := batchesIn(ctx, f.rows)
		if err != nil {
			return counts, err
		}
		w, err := f.waiting(ctx)
		if err != nil {
			return counts, err
		}
		counted, entered, after, err := f.counted(ctx, period, w.stamps())
		if err != nil {
			return counts, err
		}
		if before != after {
			continue
		}
		w.remove(entered)
		return figures.Snapshot{
			Counted: counted, Waiting: countsOf(w.outcomes, w.ticks), Unreadable: w.unreadable, NoKey: f.envelope == nil,
		}, nil
	}
	return counts, &Error{Where: "reading the counts", Condition: Busy, Err: errors.New("a hand-over came in between")}
}

// pending holds the rows that wait to be counted.
type pending struct {
	outcomes   []waiting[storedOutcome]
	ticks      []waiting[storedTick]
	unreadable int // damaged rows, left out
}

// waiting reads the waiting rows in one snapshot; none without a key.
func (f *Figures) waiting(ctx context.Context) (p pending, err error) {
	if f.envelope == nil {
		return p, nil
	}
	err = f.view(ctx, func(rows engine.State) error {
		outcomes, damaged, err := readWaiting[storedOutcome](rows, f.envelope, engine.Outcomes)
		if err != nil {
			return err
		}
		ticks, damagedTicks, err := readWaiting[storedTick](rows, f.envelope, engine.Ticks)
		p = pending{outcomes, ticks, len(damaged) + len(damagedTicks)}
		return err
	})
	return p, err
}

// stamps returns the batches in flight that contain these rows.
func (p pending) stamps() map[engine.Hash]bool {
	stamps := map[engine.Hash]bool{}
	for _, o := range p.outcomes {
		stamps[o.batch] = true
	}
	for _, t := range p.ticks {
		stamps[t.batch] = true
	}
	delete(stamps, engine.Hash{})
	return stamps
}

// remove leaves out rows that are in the statistics already and only wait to be cleared.
func (p *pending) remove(entered map[engine.Hash]bool) {
	p.outcomes = slices.DeleteFunc(p.outcomes, func(o waiting[storedOutcome]) bool { return entered[o.batch] })
	p.ticks = slices.DeleteFunc(p.ticks, func(t waiting[storedTick]) bool { return entered[t.batch] })
}

// counted reads the counts of a period, which of the stamped batches are among them, and
// how many batches there are.
func (f *Figures) counted(ctx context.Context, period figures.Period, stamped map[engine.Hash]bool) (counts []figures.Count, entered map[engine.Hash]bool, n int, err error) {
	entered = map[engine.Hash]bool{}
	err = f.rows.ViewStats(ctx, func(stats engine.Stats) error {
		rows, err := stats.Counts(period.From, period.To)
		if err != nil {
			return err
		}
		for _, c := range rows {
			counts = append(counts, figures.Count{Week: c.Week, Kind: figures.Kind(c.Kind), Key: c.Key, N: c.N})
		}
		for id := range stamped {
			if entered[id], err = stats.HasBatch(engine.Outcomes, id); err != nil {
				return err
			}
		}
		n, err = stats.Batches()
		return err
	})
	return counts, entered, n, err
}
