package bot_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/store"
	"digiwijzer/store/memdir"
)

// folders is a storage of SQLite files: a folder for each process, with what the one before left.
type folders struct {
	t      testing.TB
	root   string
	key    *store.Key
	number int // of the folder
}

func newFolders(w *world) storage {
	f := &folders{t: w.t, root: memdir.New(w.t)}
	files, err := freshFiles()
	require.NoError(w.t, err)
	require.NoError(w.t, os.MkdirAll(f.dir(), 0o700))
	for name, content := range files {
		require.NoError(w.t, os.WriteFile(filepath.Join(f.root, name), content, 0o600))
	}
	f.key, err = store.LoadKey(filepath.Join(f.root, "test.key"))
	require.NoError(w.t, err)
	return f
}

// freshFiles are the files of a world in which nothing has happened yet, made once.
var freshFiles = sync.OnceValues(func() (files map[string][]byte, err error) {
	root, err := os.MkdirTemp("", "digiwijzer-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	key, err := store.CreateKey(filepath.Join(root, "test.key"), filepath.Join(root, "data0", "state.db"))
	if err != nil {
		return nil, err
	}
	engine, err := realEngine()
	if err != nil {
		return nil, err
	}
	s, err := store.Open(context.Background(), filepath.Join(root, "data0"), key, store.Options{Region: engine.Catalogue.Region()})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	for _, name := range []string{"test.key", "data0/state.db", "data0/stats.db"} {
		if files[name], err = os.ReadFile(filepath.Join(root, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

func (f *folders) path(number int) string {
	return filepath.Join(f.root, "data"+strconv.Itoa(number))
}

func (f *folders) dir() string { return f.path(f.number) }

// dir returns the folder of a world over files.
func (w *world) dir() string { return w.rows.(*folders).dir() }

func (f *folders) open(o store.Options) (*store.Store, error) {
	return store.Open(context.Background(), f.dir(), f.key, o)
}

// keep copies the folder.
func (f *folders) keep() {
	to := f.path(f.number + 1)
	require.NoError(f.t, os.MkdirAll(to, 0o700))
	defer func() { // only looked at: another process makes its own
		for _, name := range []string{"state.db-shm", "stats.db-shm"} {
			require.NoError(f.t, os.RemoveAll(filepath.Join(to, name)))
		}
	}()
	for _, name := range []string{"state.db", "state.db-wal", "state.db-shm", "stats.db", "stats.db-wal", "stats.db-shm"} {
		content, err := os.ReadFile(filepath.Join(f.dir(), name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(f.t, err)
		require.NoError(f.t, os.WriteFile(filepath.Join(to, name), content, 0o600))
	}
}

func (f *folders) bury() {
	require.NoError(f.t, os.RemoveAll(f.dir()))
	f.number++
}

func (f *folders) takeover() time.Duration { return 0 }

func (f *folders) figures() (*store.Figures, error) {
	return store.OpenFigures(context.Background(), f.dir(), f.key)
}

// traces looks in the copy, if there is one.
func (f *folders) traces() []string {
	if _, err := os.Stat(f.path(f.number + 1)); err == nil {
		return tracesIn(f.path(f.number + 1))
	}
	return tracesIn(f.dir())
}

func (f *folders) requireSound() int { return requireSound(f.t, f.dir()) }
