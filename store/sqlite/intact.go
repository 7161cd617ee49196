package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"digiwijzer/store/engine"
	"digiwijzer/store/internal/durable"
)

// identities are the files as they were when opened. SQLite keeps using an open file that was deleted or
// replaced, and what it writes there is lost.
type identities struct {
	mu    sync.Mutex
	known map[string]os.FileInfo
}

// suffixes distinguish the files of one database.
var suffixes = []string{"", "-wal", "-shm"}

// record records which files a folder holds now.
func (i *identities) record(dir string, names ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.known = map[string]os.FileInfo{}
	for _, name := range names {
		for _, suffix := range suffixes {
			if info, err := os.Stat(filepath.Join(dir, name+suffix)); err == nil {
				i.known[name+suffix] = info
			}
		}
	}
}

// check returns an error that names the first file that is missing or was replaced.
func (i *identities) check(dir string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, name := range []string{StateFile, StatsFile} {
		for _, suffix := range suffixes {
			before, known := i.known[name+suffix]
			if !known {
				continue
			}
			if err := sameFile(before, filepath.Join(dir, name+suffix)); err != nil {
				return &engine.Error{Where: "looking at " + name + suffix, Condition: engine.Unwritable, Err: err}
			}
		}
	}
	return nil
}

func sameFile(before os.FileInfo, path string) error {
	now, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("the file was deleted or moved while the program runs: put it back, or stop the program and restore a backup")
	case err != nil:
		return err
	case !os.SameFile(before, now):
		return errors.New("the file was replaced while the program runs: stop the program; what it wrote since is in neither file")
	}
	return nil
}

// Intact implements engine.Rows.
func (db *DB) Intact() error { return db.opened.check(db.dir) }

// Usage implements engine.Rows.
func (db *DB) Usage() (free, used uint64, err error) {
	if free, err = durable.Free(db.dir); err != nil {
		return 0, 0, fmt.Errorf("free space: %w", err)
	}
	for _, name := range []string{StateFile, StatsFile} {
		for _, suffix := range suffixes {
			if info, err := os.Stat(filepath.Join(db.dir, name+suffix)); err == nil {
				used += uint64(info.Size())
			}
		}
	}
	return free, used, nil
}
