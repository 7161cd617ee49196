package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// Examine reads the files of a folder completely and returns what is wrong with them, while another
// process may be writing. If there are none the error satisfies errors.Is(err, fs.ErrNotExist).
func Examine(ctx context.Context, dir string) error {
	db, err := OpenReader(ctx, dir, true)
	if err != nil {
		return err
	}
	err = db.stats.check(ctx, statsAdvice)
	if db.state != nil {
		err = errors.Join(err, db.state.check(ctx, stateAdvice))
	}
	return errors.Join(err, db.Close())
}

// InUse reports whether a process has the folder locked. If none has, it takes a shared lock itself
// for a moment.
func InUse(dir string) bool {
	file, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	defer file.Close() // releases the lock
	return errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
