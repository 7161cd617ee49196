package store

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/secret"
	"digiwijzer/store/internal/durable"
	"digiwijzer/store/sqlite"
)

// tryOpen opens the folder and returns the error.
func (h *harness) tryOpen() error {
	s, err := Open(context.Background(), h.dir, h.key, Options{Region: h.region})
	if err == nil {
		s.Close()
	}
	return err
}

func TestPragmasOfEveryConnection(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	for _, f := range []*file{state(s), stats(s)} {
		for pragma, want := range map[string]int{
			"synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "busy_timeout": 5000,
		} {
			assert.Equal(t, want, queryInt(t, f, "PRAGMA "+pragma), "%s of %s", pragma, f.name)
		}
		var journal string
		require.NoError(t, f.conn.QueryRowContext(context.Background(), "PRAGMA journal_mode").Scan(&journal))
		assert.Equal(t, "wal", journal)
	}
	f, err := OpenFigures(context.Background(), h.dir, h.key)
	require.NoError(t, err)
	defer f.Close()
	for _, name := range []string{sqlite.StateFile, sqlite.StatsFile} {
		_, err := fileOf(f.rows, name).conn.ExecContext(context.Background(), "PRAGMA user_version = 0")
		assert.Error(t, err, "a read-only connection must not write to %s", name)
	}
}

func TestFolderIsLocked(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	err := h.tryOpen()
	assert.ErrorIs(t, err, ErrInUse)
	assert.Equal(t, 1, len(strings.Split(err.Error(), "\n")))
	assert.ErrorIs(t, PurgeAll(h.dir, h.keyFile), ErrInUse)
	backup := filepath.Join(t.TempDir(), "backup.db")
	requireBackup(t, h, backup, nil)
	_, err = Restore(context.Background(), h.dir, backup, nil)
	assert.ErrorIs(t, err, ErrInUse)
	require.NoError(t, s.Close())
	assert.NoError(t, h.tryOpen())
}

func TestWrongKeyIsRefused(t *testing.T) {
	h := withoutFolder(t)
	doWork(t, h.open(t), turn(chat(1), "telegram:1"))
	other := withoutFolder(t)
	image := h.copyOf(t)
	image.key = other.key
	err := image.tryOpen()
	assert.ErrorIs(t, err, ErrWrongKey)
	_, err = OpenFigures(context.Background(), image.dir, other.key)
	assert.ErrorIs(t, err, ErrWrongKey)
	image.key = h.key
	assert.NoError(t, image.tryOpen())
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	path, state := filepath.Join(dir, "sub", "digiwijzer.key"), filepath.Join(dir, sqlite.StateFile)
	_, err := LoadKey(path)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	made, err := CreateKey(path, state)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	assert.EqualValues(t, 32, info.Size())
	loaded, err := LoadKey(path)
	require.NoError(t, err)
	assert.Equal(t, made.Derive("buttons"), loaded.Derive("buttons"))
	assert.Len(t, made.Derive("buttons"), 32)
	assert.NotEqual(t, made.Derive("buttons"), made.Derive("links"))

	_, err = CreateKey(path, state)
	assert.ErrorIs(t, err, fs.ErrExist, "a key is never replaced")
	require.NoError(t, os.WriteFile(state, nil, 0o600))
	_, err = CreateKey(filepath.Join(dir, "new.key"), state)
	assert.ErrorContains(t, err, "put its key back")
	assert.NoFileExists(t, filepath.Join(dir, "new.key"))

	require.NoError(t, os.Chmod(path, 0o604))
	_, err = LoadKey(path)
	assert.ErrorContains(t, err, "chmod 600")
	short := filepath.Join(dir, "short.key")
	require.NoError(t, os.WriteFile(short, []byte("too short"), 0o600))
	_, err = LoadKey(short)
	assert.ErrorContains(t, err, "9 bytes")
}

func TestKeyIsNeverPrinted(t *testing.T) {
	h := withoutFolder(t)
	root, err := os.ReadFile(h.keyFile)
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("key", "key", h.key, "struct", *h.key)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "key", h.key, "struct", *h.key)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%b"} {
		fmt.Fprintf(&log, verb+verb+verb, h.key, *h.key, struct{ k Key }{*h.key})
	}
	for name, form := range encodings(root[:8]) {
		assert.NotContains(t, log.String(), form, name)
	}
	assert.NotContains(t, log.String(), fmt.Sprint(root[:8])[1:10])
	assert.Contains(t, log.String(), secret.Mask)
}

func TestInvalidFilesAreRefused(t *testing.T) {
	t.Run("of a newer version", func(t *testing.T) {
		for _, name := range []string{sqlite.StateFile, sqlite.StatsFile} {
			h := withoutFolder(t)
			s := h.open(t)
			f := fileOf(s.rows, name)
			execSQL(t, f, "PRAGMA user_version = 99; UPDATE compatibility SET min_reader = 99")
			require.NoError(t, s.Close())
			assert.ErrorIs(t, h.tryOpen(), ErrNewer)
			_, err := OpenFigures(context.Background(), h.dir, h.key)
			assert.ErrorIs(t, err, ErrNewer)
		}
	})
	t.Run("of an invalid version", func(t *testing.T) {
		for _, name := range []string{sqlite.StateFile, sqlite.StatsFile} {
			h := withoutFolder(t)
			s := h.open(t)
			f := fileOf(s.rows, name)
			execSQL(t, f, "PRAGMA user_version = -3")
			require.NoError(t, s.Close())
			assert.Equal(t, Corrupt, ConditionOf(h.tryOpen()), name)
		}
	})
	t.Run("no database", func(t *testing.T) {
		for name, advice := range map[string]string{sqlite.StateFile: "move state.db* away", sqlite.StatsFile: "digiwijzer restore"} {
			h := withoutFolder(t)
			require.NoError(t, h.open(t).Close())
			path := filepath.Join(h.dir, name)
			require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600))
			before, _ := os.ReadFile(path)
			err := h.tryOpen()
			assert.Equal(t, Corrupt, ConditionOf(err))
			assert.ErrorContains(t, err, advice)
			after, _ := os.ReadFile(path)
			assert.Equal(t, before, after, "a damaged file is not changed")
		}
	})
	t.Run("with a damaged page", func(t *testing.T) {
		h := withoutFolder(t)
		s := h.open(t)
		for i := range 40 {
			doWork(t, s, turn(chat(i), "telegram:"+itoa(i)))
		}
		require.NoError(t, s.Close())
		path := filepath.Join(h.dir, sqlite.StateFile)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		page := content[3*4096 : 4*4096]
		for i := range page {
			page[i] ^= 0x55
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
		assert.Equal(t, Corrupt, ConditionOf(h.tryOpen()))
	})
	t.Run("a file in place of the folder", func(t *testing.T) {
		h := withoutFolder(t)
		require.NoError(t, os.WriteFile(h.dir, nil, 0o600))
		assert.ErrorContains(t, h.tryOpen(), "data folder")
	})
	t.Run("without key or region", func(t *testing.T) {
		h := withoutFolder(t)
		_, err := Open(context.Background(), h.dir, nil, Options{Region: h.region})
		assert.Error(t, err)
		_, err = Open(context.Background(), h.dir, h.key, Options{})
		assert.Error(t, err)
	})
}

func TestSpecialCharactersInFolderNames(t *testing.T) {
	h := withoutFolder(t)
	h.dir = filepath.Join(t.TempDir(), "a b?c#d%20é")
	doWork(t, h.open(t), turn(chat(1), "telegram:1"))
	assert.FileExists(t, filepath.Join(h.dir, sqlite.StateFile))
	t.Chdir(t.TempDir())
	relative := h.in("data of mine?")
	doWork(t, relative.open(t), turn(chat(1), "telegram:1"))
	assert.FileExists(t, filepath.Join("data of mine?", sqlite.StateFile))
}

// Without a sync of the parent, a power cut can lose a new folder with everything in it.
func TestNewFoldersAreDurable(t *testing.T) {
	var synced []string
	before := durable.SyncFile
	durable.SyncFile = func(f *os.File) error {
		synced = append(synced, f.Name())
		return before(f)
	}
	t.Cleanup(func() { durable.SyncFile = before })
	root := t.TempDir()
	for _, create := range []func(string) error{
		func(dir string) error { _, err := CreateKey(filepath.Join(dir, "key"), ""); return err },
		func(dir string) error {
			h := withoutFolder(t)
			h.dir, synced = dir, nil
			return h.tryOpen()
		},
	} {
		synced = nil
		root = filepath.Join(root, "sub")
		require.NoError(t, create(filepath.Join(root, "a", "b")))
		assert.Subset(t, synced, []string{filepath.Dir(root), root, filepath.Join(root, "a"), filepath.Join(root, "a", "b")})
	}
}

func TestBackupAndRestore(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	for i := 1; i <= 5; i++ {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	kept := filepath.Join(t.TempDir(), "figures.db")
	require.NoError(t, os.WriteFile(kept, []byte("an older backup"), 0o600))
	requireBackup(t, h, kept, nil)
	for i := 11; i <= 15; i++ {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	crashed := h.copyOf(t)
	require.NoError(t, s.Close())

	content, err := os.ReadFile(kept)
	require.NoError(t, err)
	for name, damage := range map[string][]byte{
		"cut short": content[:len(content)/2], "foreign": []byte("hello"), "empty": nil,
	} {
		bad := filepath.Join(t.TempDir(), "bad.db")
		require.NoError(t, os.WriteFile(bad, damage, 0o600))
		_, err := Restore(context.Background(), h.dir, bad, nil)
		assert.Error(t, err, name)
	}
	_, err = Restore(context.Background(), h.dir, filepath.Join(t.TempDir(), "none.db"), nil)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = Restore(context.Background(), h.dir, filepath.Join(h.dir, sqlite.StateFile), nil)
	assert.Error(t, err, "not a statistics file")
	s = h.open(t)
	assert.Equal(t, 10, counters(t, s)["2026-W47/completed/"], "a refused backup changes nothing")

	// The log that a crash left must not be applied to the restored file.
	restored, err := Restore(context.Background(), crashed.dir, kept, nil)
	require.NoError(t, err)
	old := openFile(t, restored.Kept, "mode=ro")
	assert.Equal(t, 10, rowCount(t, old, "outcome"), "the replaced figures are kept, with their log")
	s = crashed.open(t)
	assert.Equal(t, 5, counters(t, s)["2026-W47/completed/"])
	assert.Equal(t, 5, rowCount(t, stats(s), "outcome"))
	left, err := filepath.Glob(filepath.Join(filepath.Dir(kept), "*"))
	require.NoError(t, err)
	assert.Equal(t, []string{kept}, left)
}

func TestPurge(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	doWork(t, s, turn(chat(1), "telegram:1"))
	image := h.copyOf(t)
	image.keyFile = h.keyFile
	foreign := filepath.Join(image.dir, "notes.txt")
	require.NoError(t, os.WriteFile(foreign, []byte("not ours"), 0o600))
	require.NoError(t, PurgeAll(image.dir, image.keyFile))
	left, err := filepath.Glob(filepath.Join(image.dir, "*"))
	require.NoError(t, err)
	assert.Equal(t, []string{foreign}, left)
	assert.NoFileExists(t, h.keyFile)
}

func TestReaderDelaysScrub(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	queryInt(t, state(s), "PRAGMA busy_timeout = 1")
	doWork(t, s, turn(chat(1), "telegram:1"))
	reader := openFile(t, filepath.Join(h.dir, sqlite.StateFile), "mode=ro&_query_only=ON")
	execSQL(t, reader, "BEGIN")
	assert.Equal(t, 1, rowCount(t, reader, "session"))

	do(t, s, func(tx bot.Tx) error { return tx.Erase(chat(1)) }, chat(1))
	assert.True(t, s.scrubPending)
	execSQL(t, reader, "ROLLBACK")
	doWork(t, s, turn(chat(2), "telegram:2"))
	assert.False(t, s.scrubPending)
	info, err := os.Stat(filepath.Join(h.dir, sqlite.StateFile+"-wal"))
	require.NoError(t, err)
	assert.Zero(t, info.Size())
}
