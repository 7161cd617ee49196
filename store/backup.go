package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a compact copy of the figures in dir to the file dst, whole or not at
// all, while another process may be writing; an existing dst is replaced. Nothing
// personal is in it.
func Backup(ctx context.Context, dir, dst string) error {
	f, err := openToRead(ctx, dir, statsFile, copying)
	if err != nil {
		return err
	}
	defer f.Close()
	// VACUUM INTO wants a new file; a folder of its own makes sure of that.
	room, err := os.MkdirTemp(filepath.Dir(dst), ".backup-*")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(room)
	copied := filepath.Join(room, statsFile)
	if _, err := f.conn.ExecContext(ctx, "VACUUM INTO ?", copied); err != nil {
		return trouble("backup", err)
	}
	if err := examine(ctx, copied); err != nil {
		return err
	}
	return install(copied, dst)
}

// examine makes sure that a file holds whole figures of a version we know.
func examine(ctx context.Context, path string) error {
	f, err := openFile(ctx, filepath.Dir(path), filepath.Base(path), examining)
	if err != nil {
		return fmt.Errorf("%s is no backup: %w", path, err)
	}
	defer f.Close()
	have, err := f.version(ctx)
	if err != nil {
		return fmt.Errorf("%s is no backup: %w", path, err)
	}
	if have > schemaVersion {
		return fmt.Errorf("%s: %w (schema %d, known %d)", path, ErrNewer, have, schemaVersion)
	}
	var verdict string
	err = f.conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict)
	if err == nil && verdict != "ok" {
		err = errors.New(verdict)
	}
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", path, trouble("checking", err))
	}
	var batches int
	err = f.conn.QueryRowContext(ctx, "SELECT count(*) FROM batch, (SELECT count(*) FROM counter)").Scan(&batches)
	if err != nil {
		return fmt.Errorf("%s holds no figures: %w", path, trouble("checking", err))
	}
	return nil
}

// install makes the file at from durable and gives it its name.
func install(from, to string) error {
	file, err := os.OpenFile(from, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// Restore puts the backup src in the place of the figures in dir; nobody else may
// work there (ErrInUse). A damaged or foreign file is refused and changes nothing.
func Restore(ctx context.Context, dir, src string) error {
	if err := examine(ctx, src); err != nil {
		return err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	fresh := filepath.Join(dir, statsFile+".new")
	if err := copyFile(src, fresh); err != nil {
		return errors.Join(fmt.Errorf("restore: %w", err), os.Remove(fresh))
	}
	// The log belongs to the old file; it must not be taken for one of the new file.
	if err := removeFiles(dir, statsFile+"-wal", statsFile+"-shm"); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return install(fresh, filepath.Join(dir, statsFile))
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
// which no remnant on the disk or in a copy can be read. Nobody else may work there.
func PurgeAll(dir, keyFile string) error {
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	err = removeFiles(filepath.Dir(keyFile), filepath.Base(keyFile)) // first: all else is unreadable from here on
	for _, name := range []string{stateFile, statsFile} {
		err = errors.Join(err, removeFiles(dir, name, name+"-wal", name+"-shm", name+".new"))
	}
	return errors.Join(err, removeFiles(dir, lockFile))
}

// removeFiles deletes files that need not exist, durably.
func removeFiles(dir string, names ...string) (err error) {
	for _, name := range names {
		if gone := os.Remove(filepath.Join(dir, name)); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return errors.Join(err, syncDir(dir))
}
