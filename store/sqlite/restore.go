package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

const (
	// MaxBackup is the largest file that is restored, in bytes: about eight times the figures of a
	// million businesses.
	MaxBackup = 4 << 30
	// restoreLimit is the longest time that checking a backup may take: a foreign file could make SQLite
	// search forever.
	restoreLimit = 15 * time.Minute
)

// Restored is the result of a restore.
type Restored struct {
	Kept string // the file with the statistics that were replaced; empty: there were none
	// Since lists the periods that the replaced statistics released and the backup did not: how they were
	// rounded is lost. SinceKnown is false if they could not be read.
	Since      []string
	SinceKnown bool
}

// Restore replaces the statistics in dir by the backup src; no other process may have the folder open
// (engine.ErrInUse). It works on a copy, which must be intact, have exactly the schema of its version
// and open as usual; otherwise nothing is changed. The replaced statistics are kept next to the new
// ones. around, if not nil, is called with the state of the folder and must call install, which
// replaces the statistics.
func Restore(ctx context.Context, dir, src string, around func(state engine.Rows, install func() error) error) (r Restored, err error) {
	lock, err := lockFolder(dir)
	if err != nil {
		return r, err
	}
	defer lock.Close()
	scratch, err := os.MkdirTemp(dir, StatsFile+".restore-*")
	if err != nil {
		return r, durable.FolderError(err)
	}
	defer os.RemoveAll(scratch)
	copied := filepath.Join(scratch, StatsFile)
	if err := copyBackup(src, copied); err != nil {
		return r, err
	}
	released, err := checkAndMigrate(ctx, copied)
	if err != nil {
		return r, fmt.Errorf("%s is no backup: %w", src, err)
	}
	r.Since, r.SinceKnown = releasedSince(ctx, dir, released)
	install := func() (err error) {
		r.Kept, err = replace(dir, StatsFile, copied)
		return err
	}
	if around == nil {
		return r, install()
	}
	state, err := openWritable(ctx, dir, StateFile, stateAdvice)
	if err != nil {
		return r, err
	}
	return r, errors.Join(around(&DB{dir: dir, state: state}, install), state.Close())
}

// copyBackup copies a backup into the data folder if there is enough space.
func copyBackup(src, to string) error {
	info, err := os.Stat(src)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	free, err := durable.Free(filepath.Dir(to))
	if err != nil {
		return durable.FolderError(err)
	}
	if need := 2 * uint64(info.Size()); info.Mode().IsRegular() && info.Size() <= MaxBackup && need > free {
		return &engine.Error{Where: "restore; nothing was changed", Condition: engine.Unwritable,
			Err: fmt.Errorf("%d bytes are free, %d are needed", free, need)}
	}
	if err := durable.Copy(src, to, MaxBackup); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// checkAndMigrate checks a copy completely, migrates it, and returns the periods it released. The schema comes
// first: with a foreign view or trigger, any other statement could do anything.
func checkAndMigrate(ctx context.Context, path string) (released []string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, restoreLimit, errors.New("checking it takes too long"))
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	if err := checkCopy(ctx, path); err != nil {
		return nil, err
	}
	f, err := openFile(ctx, filepath.Dir(path), filepath.Base(path), writing)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.migrate(ctx); err != nil {
		return nil, err
	}
	if err := f.tryReads(ctx); err != nil {
		return nil, err
	}
	return f.released(ctx)
}

// checkCopy checks a copy without changing it.
func checkCopy(ctx context.Context, path string) error {
	f, err := openFile(ctx, filepath.Dir(path), filepath.Base(path), examining)
	if err != nil {
		return err
	}
	defer f.Close()
	have, err := f.version(ctx)
	newest := newestSchema(f.name)
	switch {
	case err != nil:
		return err
	case have > newest: // even if it can be read: this version cannot check its schema
		return fmt.Errorf("%w (schema %d, known %d); use that version", engine.ErrNewer, have, newest)
	case have < 1:
		return errors.New("it holds no figures")
	}
	if err := f.requireSchema(ctx, have); err != nil {
		return err
	}
	return f.requireIntact(ctx)
}

// tryReads reads what is read at startup.
func (f *file) tryReads(ctx context.Context) error {
	return f.view(ctx, func(t *tx) error {
		_, partners := t.Partners()
		_, states := t.PartnerStates()
		_, counts := t.Counts("", "9999-W53")
		_, batches := t.Batches()
		return errors.Join(partners, states, counts, batches)
	})
}

// releasedSince returns the periods that the statistics in dir released and that are not in released.
func releasedSince(ctx context.Context, dir string, released []string) (since []string, known bool) {
	path := filepath.Join(dir, StatsFile)
	if _, err := os.Stat(path); err != nil {
		return nil, errors.Is(err, fs.ErrNotExist)
	}
	f, err := openFile(ctx, dir, StatsFile, reading)
	if err != nil {
		return nil, false // damage may be the reason for the restore
	}
	defer f.Close()
	now, err := f.released(ctx)
	if err != nil {
		return nil, false
	}
	return slices.DeleteFunc(now, func(period string) bool { return slices.Contains(released, period) }), true
}

// released returns the periods in the ledger of a file, which may have an older schema.
func (f *file) released(ctx context.Context) (periods []string, err error) {
	err = f.view(ctx, func(t *tx) error {
		tables := 0
		if _, err := t.find("reading the schema", "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'release'", nil, &tables); err != nil || tables == 0 {
			return err
		}
		periods, err = list(t, "reading the releases", "SELECT DISTINCT period FROM release ORDER BY period", nil,
			func(row *sql.Rows, period *string) error { return row.Scan(period) })
		return err
	})
	return periods, err
}

// replace puts a fresh file in place and returns the path under which the old one is kept, with its log;
// empty if there was none.
func replace(dir, name, fresh string) (kept string, err error) {
	current := filepath.Join(dir, name)
	if _, err := os.Stat(current); err == nil {
		if kept, err = keepOld(current); err != nil {
			return "", durable.FolderError(err)
		}
	}
	// SQLite would otherwise apply the log of the old file to the new one.
	if err := durable.Remove(dir, name+"-wal", name+"-shm"); err != nil {
		return kept, durable.FolderError(err)
	}
	if err := durable.Rename(fresh, current); err != nil {
		return kept, durable.FolderError(err)
	}
	return kept, nil
}

// keepOld gives a file and its log a second, unused name. Opening that name finds both.
func keepOld(current string) (kept string, err error) {
	for n := 1; ; n++ {
		kept = current + ".before-restore"
		if n > 1 {
			kept += "-" + strconv.Itoa(n)
		}
		if _, err := os.Lstat(kept); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return "", err
		}
	}
	err = linkOrCopy(current+"-wal", kept+"-wal") // the log first: without it the file would look complete
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := linkOrCopy(current, kept); err != nil {
		return "", err
	}
	return kept, durable.SyncDir(filepath.Dir(current))
}

// linkOrCopy gives a file a second name, or copies it if the file system has no hard links.
func linkOrCopy(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) { // left by an interrupted restore
		return err
	}
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := durable.Copy(from, to, MaxBackup); err != nil {
		return err
	}
	return durable.SyncPath(to)
}
