package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// The files of the data folder.
const (
	stateFile = "state.db"
	statsFile = "stats.db"
	lockFile  = "lock"
)

// lockFolder takes the data folder for this process. The lock goes with the
// process, however that ends; its file stays.
func lockFolder(dir string) (*os.File, error) {
	if err := makeFolder(dir); err != nil {
		return nil, folderTrouble(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, folderTrouble(err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s: %w; stop that one first", dir, ErrInUse)
	}
	return nil, fmt.Errorf("locking %s: %w", dir, err)
}

// makeFolder makes a folder and those above it, durably: without its name, what is synced
// in it is lost. The name of one that exists is synced too, because a crash may have come
// in between.
func makeFolder(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	above := filepath.Dir(dir)
	if _, err := os.Stat(above); errors.Is(err, fs.ErrNotExist) {
		if err := makeFolder(above); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := syncDir(above); !errors.Is(err, fs.ErrPermission) { // then it was not we who made it
		return err
	}
	return nil
}

// syncDir makes new, renamed and removed names in a folder durable.
func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(syncFolder(folder), folder.Close())
}

// syncFolder is a variable because Go's calls pass by what the tests put between SQLite
// and the disk.
var syncFolder = (*os.File).Sync
