package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
)

// TestReplacedFilesAreNoticed: each file of both databases, deleted, and replaced by a copy of
// itself; and nothing is noticed while the program itself works with them.
func TestReplacedFilesAreNoticed(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	db, err := Open(ctx, dir)
	require.NoError(t, err)
	defer db.Close()
	for i := range 3 {
		require.NoError(t, db.Update(ctx, engine.Touch{Shared: true}, func(rows engine.State) error { return rows.SetValue("x", []byte{byte(i)}) }))
		_, err := db.Scrub()
		require.NoError(t, err)
		require.NoError(t, db.Intact())
	}
	for _, name := range []string{"state.db", "state.db-wal", "state.db-shm", "stats.db", "stats.db-wal", "stats.db-shm"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.Rename(path, path+".kept"))
		err := db.Intact()
		require.ErrorContains(t, err, "deleted or moved", name)
		assert.Equal(t, engine.Unwritable, engine.ConditionOf(err), "no answer is accepted")
		content, err := os.ReadFile(path + ".kept")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		require.ErrorContains(t, db.Intact(), "replaced", name)
		require.NoError(t, os.Rename(path+".kept", path))
		require.NoError(t, db.Intact(), "it is back")
	}
	free, used, err := db.Usage()
	require.NoError(t, err)
	assert.Positive(t, free)
	assert.Greater(t, used, uint64(8<<10))
}
