package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

// Backup writes a compact copy of the statistics in dir to the file dst, atomically, while another
// process may be writing; an existing dst is replaced. Only the owner may read it: it holds no
// persons, but coarse records of single businesses. accept is called with the finished copy and its
// path before it gets its name; if accept fails, nothing is written.
func Backup(ctx context.Context, dir, dst string, accept func(path string, copied engine.Rows) error) error {
	f, err := openExisting(ctx, dir, StatsFile, copying)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.copyTo(ctx, dst, func(copied string) error { return acceptCopy(ctx, copied, accept) })
}

// copyTo writes a compact copy of the file to dst, atomically. accept is called with the path of the
// finished copy before it gets its name; if it fails, nothing is written.
func (f *file) copyTo(ctx context.Context, dst string, accept func(copied string) error) error {
	// VACUUM INTO needs a name that does not exist; a new folder guarantees that.
	scratch, err := os.MkdirTemp(filepath.Dir(dst), ".backup-*")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(scratch)
	copied := filepath.Join(scratch, f.name)
	if _, err := f.conn.ExecContext(ctx, "VACUUM INTO ?", copied); err != nil {
		return wrap("backup", err)
	}
	if err := restrictFile(copied); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := accept(copied); err != nil {
		return err
	}
	return durable.Rename(copied, dst)
}

// acceptCopy checks that a copy is intact, and calls accept with it.
func acceptCopy(ctx context.Context, path string, accept func(string, engine.Rows) error) error {
	f, err := openFile(ctx, filepath.Dir(path), filepath.Base(path), examining)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.requireIntact(ctx); err != nil {
		return err
	}
	return accept(path, &DB{dir: filepath.Dir(path), stats: f, reading: true})
}

// requireIntact reads everything and returns an error if something is damaged.
func (f *file) requireIntact(ctx context.Context) error {
	var verdict string
	err := f.conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict)
	if err == nil && verdict != "ok" {
		err = errors.New(strings.Join(strings.Fields(verdict), " "))
	}
	if err != nil {
		return fmt.Errorf("it is damaged: %w", wrap("checking", err))
	}
	dangling := 0
	err = f.conn.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&dangling)
	if err == nil && dangling > 0 {
		err = fmt.Errorf("%d rows refer to missing rows", dangling)
	}
	return wrap("checking", err)
}

// PurgeAll deletes all data of the program in dir, and the key file, without which no remnant on the
// disk or in a copy can be read. No other process may have the folder open.
func PurgeAll(dir, keyFile string) error {
	return purge(dir, keyFile, StateFile+"*", StatsFile+"*", StaffFile+"*", lockFile)
}

// PurgeState deletes the state and the key file; the statistics stay.
func PurgeState(dir, keyFile string) error { return purge(dir, keyFile, StateFile+"*") }

// purge deletes the key file and the files of these names.
func purge(dir, keyFile string, names ...string) error {
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	err = durable.Remove(filepath.Dir(keyFile), filepath.Base(keyFile)) // the key first: without it the rest is unreadable
	for _, name := range names {
		files, failed := filepath.Glob(filepath.Join(globEscape(dir), name))
		for _, file := range files {
			failed = errors.Join(failed, os.RemoveAll(file))
		}
		err = errors.Join(err, failed)
	}
	return errors.Join(err, durable.SyncDir(dir))
}
