// Package durable makes changes of file names survive a power cut.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// SyncFile syncs a file. Tests replace it, because Go's file calls bypass the library that they insert
// between SQLite and the disk.
var SyncFile = (*os.File).Sync

// MakeDir creates a folder and its parents. It also syncs the parent of an existing folder, since a
// crash may have prevented that.
func MakeDir(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) {
		if err := MakeDir(parent); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := SyncDir(parent); !errors.Is(err, fs.ErrPermission) { // then this process did not create it
		return err
	}
	return nil
}

// SyncPath makes the content of a file durable.
func SyncPath(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// SyncDir makes new, renamed and removed names in a folder durable.
func SyncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(SyncFile(folder), folder.Close())
}

// Rename syncs the file from, and renames it durably.
func Rename(from, to string) error {
	if err := SyncPath(from); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(to))
}

// WriteFile writes a file that only its owner may read, atomically; an existing one is replaced.
func WriteFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return Rename(file.Name(), path)
}

// Remove deletes files, which need not exist.
func Remove(dir string, names ...string) (err error) {
	for _, name := range names {
		if removed := os.Remove(filepath.Join(dir, name)); !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}
	return errors.Join(err, SyncDir(dir))
}
