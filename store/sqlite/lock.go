package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

// lockFolder makes the data folder and locks it for this process. The lock ends with the
// process, also after a crash; its file stays.
func lockFolder(dir string) (*os.File, error) {
	if err := durable.MakeDir(dir); err != nil {
		return nil, durable.FolderError(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, durable.FolderError(err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s: %w; stop that one first", dir, engine.ErrInUse)
	}
	return nil, fmt.Errorf("locking %s: %w", dir, err)
}
