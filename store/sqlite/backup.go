package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

// Backup writes a compact copy of the statistics in dir to the file dst, whole or not at
// all, while another process may be writing; an existing dst is replaced. No person is in
// it, but coarse records of single businesses: it is confidential.
func Backup(ctx context.Context, dir, dst string) error {
	f, err := openExisting(ctx, dir, StatsFile, copying)
	if err != nil {
		return err
	}
	defer f.Close()
	// VACUUM INTO needs a name that does not exist; a new folder guarantees that.
	scratch, err := os.MkdirTemp(filepath.Dir(dst), ".backup-*")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(scratch)
	copied := filepath.Join(scratch, StatsFile)
	if _, err := f.conn.ExecContext(ctx, "VACUUM INTO ?", copied); err != nil {
		return wrap("backup", err)
	}
	if err := verifyBackup(ctx, copied); err != nil {
		return err
	}
	return durable.Rename(copied, dst)
}

// verifyBackup checks that a file holds whole statistics of a known schema.
func verifyBackup(ctx context.Context, path string) error {
	f, err := openFile(ctx, filepath.Dir(path), filepath.Base(path), examining)
	if err != nil {
		return fmt.Errorf("%s is no backup: %w", path, err)
	}
	defer f.Close()
	have, err := f.version(ctx)
	if err != nil {
		return fmt.Errorf("%s is no backup: %w", path, err)
	}
	if newest := newestSchema(StatsFile); have > newest {
		return fmt.Errorf("%s: %w (schema %d, known %d)", path, engine.ErrNewer, have, newest)
	}
	var verdict string
	err = f.conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict)
	if err == nil && verdict != "ok" {
		err = errors.New(verdict)
	}
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", path, wrap("checking", err))
	}
	var batches int
	err = f.conn.QueryRowContext(ctx, "SELECT count(*) FROM batch, (SELECT count(*) FROM counter)").Scan(&batches)
	if err != nil {
		return fmt.Errorf("%s holds no figures: %w", path, wrap("checking", err))
	}
	return nil
}

// Restore replaces the statistics in dir by the backup src; nobody else may have the folder
// open (engine.ErrInUse). A damaged or foreign file is refused and changes nothing.
func Restore(ctx context.Context, dir, src string) error {
	if err := verifyBackup(ctx, src); err != nil {
		return err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	fresh := filepath.Join(dir, StatsFile+".new")
	if err := copyFile(src, fresh); err != nil {
		return errors.Join(fmt.Errorf("restore: %w", err), os.Remove(fresh))
	}
	// SQLite would apply the log of the old file to the new one.
	if err := durable.Remove(dir, StatsFile+"-wal", StatsFile+"-shm"); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return durable.Rename(fresh, filepath.Join(dir, StatsFile))
}

// ReleasedSince returns the periods that the statistics in dir released and the backup src
// did not yet, so that a restore forgets how they were told. known is false where the
// statistics cannot be read.
func ReleasedSince(ctx context.Context, dir, src string) (periods []string, known bool, err error) {
	if err := verifyBackup(ctx, src); err != nil {
		return nil, false, err
	}
	before, err := releasedIn(ctx, src, examining)
	if err != nil {
		return nil, false, err
	}
	now, err := releasedIn(ctx, filepath.Join(dir, StatsFile), reading)
	if err != nil {
		return nil, errors.Is(err, fs.ErrNotExist), nil // the damage may be why they are replaced
	}
	return slices.DeleteFunc(now, func(period string) bool { return slices.Contains(before, period) }), true, nil
}

// releasedIn returns the periods in the ledger of a file, which may be of an older schema.
func releasedIn(ctx context.Context, path string, m mode) (periods []string, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	f, err := openFile(ctx, filepath.Dir(path), filepath.Base(path), m)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = f.view(ctx, func(t *tx) error {
		tables := 0
		if _, err := t.find("reading the schema", "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'release'", nil, &tables); err != nil || tables == 0 {
			return err
		}
		periods, err = list(t, "reading the releases", "SELECT DISTINCT period FROM release ORDER BY period", nil,
			func(row *sql.Rows, period *string) error { return row.Scan(period) })
		return err
	})
	return periods, err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// PurgeAll deletes everything in dir that this program made, and the key file, without
// which no remnant on the disk or in a copy can be read. Nobody else may have the folder
// open.
func PurgeAll(dir, keyFile string) error {
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	err = durable.Remove(filepath.Dir(keyFile), filepath.Base(keyFile)) // first: all else is unreadable from here on
	for _, name := range []string{StateFile, StatsFile} {
		err = errors.Join(err, durable.Remove(dir, name, name+"-wal", name+"-shm", name+".new"))
	}
	return errors.Join(err, durable.Remove(dir, lockFile))
}
