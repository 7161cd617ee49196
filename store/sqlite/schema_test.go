package sqlite

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/engine"
)

// withSteps adds steps to the schemas of a test.
func withSteps(t *testing.T, steps fstest.MapFS) {
	t.Helper()
	all := fstest.MapFS{}
	entries, err := embedded.ReadDir("schema")
	require.NoError(t, err)
	for _, e := range entries {
		text, err := embedded.ReadFile("schema/" + e.Name())
		require.NoError(t, err)
		all["schema/"+e.Name()] = &fstest.MapFile{Data: text}
	}
	maps.Copy(all, steps)
	schemas = all
	t.Cleanup(func() { schemas = embedded })
}

// The files have a version each: a step of one needs none of the other. The program of before
// the step can still work with the folder, and the copy of before it can be put back.
func TestUpgradeAndWayBack(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "data")
	newest, other := newestSchema(StatsFile), newestSchema(StateFile)
	partner := func(code string) func(engine.Stats) error {
		return func(stats engine.Stats) error { return stats.SavePartner(engine.Partner{Code: code}) }
	}
	open := func() *DB {
		db, err := Open(ctx, dir)
		require.NoError(t, err)
		return db
	}
	db := open()
	require.NoError(t, db.UpdateStats(ctx, partner("before")))
	require.NoError(t, db.Close())

	t.Run("a later program", func(t *testing.T) {
		withSteps(t, fstest.MapFS{stepPath("stats", newest+1): {Data: []byte("ALTER TABLE partner ADD COLUMN later TEXT NOT NULL DEFAULT ''")}})
		db := open()
		require.NoError(t, db.UpdateStats(ctx, partner("later")))
		require.NoError(t, db.Close())
		assert.Equal(t, other, newestSchema(StateFile), "the other file has no such step")
	})
	db = open()
	require.NoError(t, db.UpdateStats(ctx, partner("back")))
	assert.Len(t, partnersOf(t, db), 3, "the program of before goes on with all of it")
	require.NoError(t, db.Close())

	t.Run("a later program that cannot be followed", func(t *testing.T) {
		withSteps(t, fstest.MapFS{
			stepPath("stats", newest+1): {Data: []byte("ALTER TABLE partner ADD COLUMN later TEXT NOT NULL DEFAULT ''")},
			stepPath("stats", newest+2): {Data: []byte("ALTER TABLE partner RENAME COLUMN label TO called; UPDATE compatibility SET min_reader = 99")},
		})
		f, err := openWritable(ctx, dir, StatsFile, "")
		require.NoError(t, err)
		require.NoError(t, f.Close())
	})
	_, err := Open(ctx, dir)
	require.ErrorIs(t, err, engine.ErrNewer)
	kept := filepath.Join(dir, StatsFile+copyMark+strconv.Itoa(newest+1))
	t.Run("the program of before the step", func(t *testing.T) {
		withSteps(t, fstest.MapFS{stepPath("stats", newest+1): {Data: []byte("ALTER TABLE partner ADD COLUMN later TEXT NOT NULL DEFAULT ''")}})
		_, err := Restore(ctx, dir, kept, nil)
		require.NoError(t, err)
		db := open()
		assert.Len(t, partnersOf(t, db), 3, "the copy has all of it")
		require.NoError(t, db.Close())
	})
}

func stepPath(kind string, n int) string { return "schema/" + kind + "." + strconv.Itoa(n) + ".sql" }

func partnersOf(t *testing.T, db *DB) (all []engine.Partner) {
	t.Helper()
	require.NoError(t, db.ViewStats(context.Background(), func(stats engine.Stats) (err error) {
		all, err = stats.Partners()
		return err
	}))
	return all
}

// A folder whose owner lets others in is closed to them, unless it holds more than the data.
func TestFolderIsClosedToOthers(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(dir, StatsFile), nil, 0o644)) //nolint:gosec // the case
	require.NoError(t, os.Mkdir(filepath.Join(dir, "lost+found"), 0o700))
	db, err := Open(ctx, dir)
	require.NoError(t, err)
	for _, name := range []string{"", StateFile, StatsFile, StatsFile + "-wal"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		if name == StateFile || name == StatsFile+"-wal" { // made under the umask of the tests
			continue
		}
		assert.Zero(t, info.Mode().Perm()&others, name)
	}
	require.NoError(t, db.Close())

	shared := t.TempDir()
	require.NoError(t, os.Chmod(shared, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(shared, "of-somebody-else"), nil, 0o600))
	_, err = Open(ctx, shared)
	require.ErrorIs(t, err, engine.ErrExposedFolder)
	assert.ErrorContains(t, err, "chmod 700")
	info, err := os.Stat(shared)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o755), info.Mode().Perm(), "it could be anybody's")
}
