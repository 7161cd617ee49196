package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

// folderLock is the lock on a data folder.
type folderLock struct{ file *os.File }

// Close releases the lock. Closing the file alone would not while another process is being started:
// until that runs its program it has a copy of the open file.
func (l *folderLock) Close() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}

// lockFolder creates the data folder, removes other users' access and locks it for this process. The
// lock ends with the process, also after a crash; its file stays.
func lockFolder(dir string) (*folderLock, error) {
	if err := durable.MakeDir(dir); err != nil {
		return nil, durable.FolderError(err)
	}
	if err := restrictFolder(dir); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, durable.FolderError(err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &folderLock{file}, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s: %w; stop that one first", dir, engine.ErrInUse)
	}
	return nil, fmt.Errorf("locking %s: %w", dir, err)
}

// others are the permissions of everybody but the owner.
const others fs.FileMode = 0o077

// restrictFolder removes other users' access to the folder and the files in it, since a supervisor or a
// volume often creates it with mode 0755. A folder that also holds foreign files may serve another
// purpose: it is refused and left unchanged.
func restrictFolder(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return durable.FolderError(err)
	}
	if !info.IsDir() || info.Mode().Perm()&others == 0 {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return durable.FolderError(err)
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !isOurs(e.Name()) }) {
		return fmt.Errorf("%w: %s holds more than the data, so it is left as it is; do: chmod 700 %s", engine.ErrExposedFolder, dir, dir)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("%w: %w; name a folder in it in DIGIWIJZER_DATA, such as %s", engine.ErrExposedFolder, err, filepath.Join(dir, "digiwijzer"))
	}
	for _, e := range entries {
		if err := restrictFile(filepath.Join(dir, e.Name())); err != nil {
			return durable.FolderError(err)
		}
	}
	return nil
}

func restrictFile(path string) error {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&others == 0 {
		return err
	}
	return os.Chmod(path, 0o600)
}

// isOurs reports whether the program, or a file system itself, creates files of this name.
func isOurs(name string) bool {
	return name == lockFile || name == "lost+found" || strings.HasPrefix(name, StateFile) || strings.HasPrefix(name, StatsFile) || strings.HasPrefix(name, StaffFile)
}
