package pgtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEachFile: every regular file is looked at, and a folder that cannot be read is an error: a test that
// finds nothing in it would say nothing.
func TestEachFile(t *testing.T) {
	t.Parallel()
	s := &Server{Folder: t.TempDir()}
	require.ErrorIs(t, s.EachFile(func(string, []byte) {}), fs.ErrNotExist)
	require.NoError(t, os.MkdirAll(filepath.Join(s.Data(), "base"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(s.Data(), "base", "1"), []byte("one"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(s.Data(), "log"), []byte("two"), 0o600))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(s.Data(), "link")))
	found := map[string]string{}
	require.NoError(t, s.EachFile(func(path string, text []byte) { found[filepath.Base(path)] = string(text) }))
	assert.Equal(t, map[string]string{"1": "one", "log": "two"}, found)

	require.NoError(t, os.Chmod(filepath.Join(s.Data(), "log"), 0))
	if file, err := os.Open(filepath.Join(s.Data(), "log")); err == nil { // root may read everything
		require.NoError(t, file.Close())
		return
	}
	require.ErrorIs(t, s.EachFile(func(string, []byte) {}), fs.ErrPermission)
}
