package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

// Backup writes a compact copy of the statistics in dir to the file dst, whole or not at
// all, while another process may be writing; an existing dst is replaced. Nothing
// personal is in it.
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
