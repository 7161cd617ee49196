// Package memdir makes folders in memory, for tests of what is written rather than of the disk: syncing a file
// costs nothing there.
package memdir

import (
	"os"
	"path/filepath"
	"testing"
)

// New makes a folder that is removed after the test. On a machine without /dev/shm it is an ordinary one.
func New(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "digiwijzer-*")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}
