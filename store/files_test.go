package store

import (
	"context"
	"digiwijzer/bot"
	"digiwijzer/store/internal/durable"
	"digiwijzer/store/sqlite"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tryOpen opens a folder that should be refused.
func (w *world) tryOpen() error {
	s, err := Open(context.Background(), w.dir, w.key, Options{Region: w.region})
	if err == nil {
		s.Close()
	}
	return err
}

func TestPragmasOfEveryConnection(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	for _, f := range []*file{state(s), stats(s)} {
		for pragma, want := range map[string]int{
			"synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "busy_timeout": 5000,
		} {
			assert.Equal(t, want, number(t, f, "PRAGMA "+pragma), "%s of %s", pragma, f.name)
		}
		var journal string
		require.NoError(t, f.conn.QueryRowContext(context.Background(), "PRAGMA journal_mode").Scan(&journal))
		assert.Equal(t, "wal", journal)
	}
	f, err := OpenFigures(context.Background(), w.dir, w.key)
	require.NoError(t, err)
	defer f.Close()
	for _, name := range []string{sqlite.StateFile, sqlite.StatsFile} {
		_, err := fileOf(f.rows, name).conn.ExecContext(context.Background(), "PRAGMA user_version = 0")
		assert.Error(t, err, "a reader writes to %s", name)
	}
}

func TestOneAtATimeInAFolder(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	err := w.tryOpen()
	assert.ErrorIs(t, err, ErrInUse)
	assert.Equal(t, 1, len(strings.Split(err.Error(), "\n")))
	assert.ErrorIs(t, PurgeAll(w.dir, w.keyFile), ErrInUse)
	backup := filepath.Join(t.TempDir(), "backup.db")
	require.NoError(t, Backup(context.Background(), w.dir, backup))
	assert.ErrorIs(t, Restore(context.Background(), w.dir, backup), ErrInUse)
	require.NoError(t, s.Close())
	assert.NoError(t, w.tryOpen())
}

func TestAnotherKeyIsRecognised(t *testing.T) {
	w := newWorld(t)
	doWork(t, w.open(t), turn(chat(1), "telegram:1"))
	other := newWorld(t)
	image := w.copyOf(t)
	image.key = other.key
	err := image.tryOpen()
	assert.ErrorIs(t, err, ErrWrongKey)
	_, err = OpenFigures(context.Background(), image.dir, other.key)
	assert.ErrorIs(t, err, ErrWrongKey)
	image.key = w.key
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

func TestAKeyIsNeverPrinted(t *testing.T) {
	w := newWorld(t)
	secret, err := os.ReadFile(w.keyFile)
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("key", "key", w.key, "struct", *w.key)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "key", w.key, "struct", *w.key)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%b"} {
		fmt.Fprintf(&log, verb+verb+verb, w.key, *w.key, struct{ k Key }{*w.key})
	}
	for name, form := range forms(secret[:8]) {
		assert.NotContains(t, log.String(), form, name)
	}
	assert.NotContains(t, log.String(), fmt.Sprint(secret[:8])[1:10])
	assert.Contains(t, log.String(), hidden)
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Run("of a newer version", func(t *testing.T) {
		for _, name := range []string{sqlite.StateFile, sqlite.StatsFile} {
			w := newWorld(t)
			s := w.open(t)
			f := fileOf(s.rows, name)
			_, err := f.conn.ExecContext(context.Background(), "PRAGMA user_version = 99")
			require.NoError(t, err)
			require.NoError(t, s.Close())
			assert.ErrorIs(t, w.tryOpen(), ErrNewer)
			_, err = OpenFigures(context.Background(), w.dir, w.key)
			assert.ErrorIs(t, err, ErrNewer)
		}
	})
	t.Run("of a version that never was", func(t *testing.T) {
		for _, name := range []string{sqlite.StateFile, sqlite.StatsFile} {
			w := newWorld(t)
			s := w.open(t)
			f := fileOf(s.rows, name)
			_, err := f.conn.ExecContext(context.Background(), "PRAGMA user_version = -3")
			require.NoError(t, err)
			require.NoError(t, s.Close())
			assert.Equal(t, Corrupt, ConditionOf(w.tryOpen()), name)
		}
	})
	t.Run("no database", func(t *testing.T) {
		for name, advice := range map[string]string{sqlite.StateFile: "move state.db* away", sqlite.StatsFile: "digiwijzer restore"} {
			w := newWorld(t)
			require.NoError(t, w.open(t).Close())
			path := filepath.Join(w.dir, name)
			require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600))
			before, _ := os.ReadFile(path)
			err := w.tryOpen()
			assert.Equal(t, Corrupt, ConditionOf(err))
			assert.ErrorContains(t, err, advice)
			after, _ := os.ReadFile(path)
			assert.Equal(t, before, after, "a damaged file is kept")
		}
	})
	t.Run("damaged inside", func(t *testing.T) {
		w := newWorld(t)
		s := w.open(t)
		for i := range 40 {
			doWork(t, s, turn(chat(i), "telegram:"+itoa(i)))
		}
		require.NoError(t, s.Close())
		path := filepath.Join(w.dir, sqlite.StateFile)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		page := content[3*4096 : 4*4096]
		for i := range page {
			page[i] ^= 0x55
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
		assert.Equal(t, Corrupt, ConditionOf(w.tryOpen()))
	})
	t.Run("a folder that cannot be", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, os.WriteFile(w.dir, nil, 0o600))
		assert.ErrorContains(t, w.tryOpen(), "data folder")
	})
	t.Run("without key or region", func(t *testing.T) {
		w := newWorld(t)
		_, err := Open(context.Background(), w.dir, nil, Options{Region: w.region})
		assert.Error(t, err)
		_, err = Open(context.Background(), w.dir, w.key, Options{})
		assert.Error(t, err)
	})
}

func TestFoldersWithStrangeNames(t *testing.T) {
	w := newWorld(t)
	w.dir = filepath.Join(t.TempDir(), "a b?c#d%20é")
	doWork(t, w.open(t), turn(chat(1), "telegram:1"))
	assert.FileExists(t, filepath.Join(w.dir, sqlite.StateFile))
	t.Chdir(t.TempDir())
	relative := &world{dir: "data of mine?", key: w.key, region: w.region}
	doWork(t, relative.open(t), turn(chat(1), "telegram:1"))
	assert.FileExists(t, filepath.Join("data of mine?", sqlite.StateFile))
}

// A new folder whose name never reached the disk takes all that is in it along.
func TestNamesOfNewFoldersAreDurable(t *testing.T) {
	var synced []string
	before := durable.SyncFile
	durable.SyncFile = func(f *os.File) error {
		synced = append(synced, f.Name())
		return before(f)
	}
	t.Cleanup(func() { durable.SyncFile = before })
	root := t.TempDir()
	for _, make := range []func(string) error{
		func(dir string) error { _, err := CreateKey(filepath.Join(dir, "key"), ""); return err },
		func(dir string) error {
			w := newWorld(t)
			w.dir, synced = dir, nil
			return w.tryOpen()
		},
	} {
		synced = nil
		root = filepath.Join(root, "sub")
		require.NoError(t, make(filepath.Join(root, "a", "b")))
		assert.Subset(t, synced, []string{filepath.Dir(root), root, filepath.Join(root, "a"), filepath.Join(root, "a", "b")})
	}
}

func TestBackupAndRestore(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	for i := 1; i <= 5; i++ {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	kept := filepath.Join(t.TempDir(), "figures.db")
	require.NoError(t, os.WriteFile(kept, []byte("an older backup"), 0o600))
	require.NoError(t, Backup(context.Background(), w.dir, kept), "while it is in use")
	for i := 11; i <= 15; i++ {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	crashed := w.copyOf(t)
	require.NoError(t, s.Close())

	content, err := os.ReadFile(kept)
	require.NoError(t, err)
	for name, damage := range map[string][]byte{
		"cut short": content[:len(content)/2], "foreign": []byte("hello"), "empty": nil,
	} {
		bad := filepath.Join(t.TempDir(), "bad.db")
		require.NoError(t, os.WriteFile(bad, damage, 0o600))
		assert.Error(t, Restore(context.Background(), w.dir, bad), name)
	}
	assert.Error(t, Restore(context.Background(), w.dir, filepath.Join(t.TempDir(), "none.db")))
	assert.Error(t, Restore(context.Background(), w.dir, filepath.Join(w.dir, sqlite.StateFile)), "no figures in there")
	s = w.open(t)
	assert.Equal(t, 10, counters(t, s)["2026-W47/completed/"], "what was refused changed nothing")

	// A crash leaves a log behind; it must not be played into the restored file.
	require.NoError(t, Restore(context.Background(), crashed.dir, kept))
	s = crashed.open(t)
	assert.Equal(t, 5, counters(t, s)["2026-W47/completed/"])
	assert.Equal(t, 5, number(t, stats(s), "SELECT count(*) FROM outcome"))
	left, err := filepath.Glob(filepath.Join(filepath.Dir(kept), "*"))
	require.NoError(t, err)
	assert.Equal(t, []string{kept}, left)
}

func TestPurge(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	doWork(t, s, turn(chat(1), "telegram:1"))
	image := w.copyOf(t)
	image.keyFile = w.keyFile
	foreign := filepath.Join(image.dir, "notes.txt")
	require.NoError(t, os.WriteFile(foreign, []byte("not ours"), 0o600))
	require.NoError(t, PurgeAll(image.dir, image.keyFile))
	left, err := filepath.Glob(filepath.Join(image.dir, "*"))
	require.NoError(t, err)
	assert.Equal(t, []string{foreign}, left)
	assert.NoFileExists(t, w.keyFile)
}

func TestAReaderInTheWayOnlyDelaysTheScrubbing(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	number(t, state(s), "PRAGMA busy_timeout = 1")
	doWork(t, s, turn(chat(1), "telegram:1"))
	reader := openFile(t, filepath.Join(w.dir, sqlite.StateFile), "mode=ro&_query_only=ON")
	_, err := reader.conn.ExecContext(context.Background(), "BEGIN")
	require.NoError(t, err)
	assert.Equal(t, 1, number(t, reader, "SELECT count(*) FROM session"))

	do(t, s, func(tx bot.Tx) error { return tx.Erase(chat(1)) }, chat(1))
	assert.True(t, s.scrubPending)
	_, err = reader.conn.ExecContext(context.Background(), "ROLLBACK")
	require.NoError(t, err)
	doWork(t, s, turn(chat(2), "telegram:2"))
	assert.False(t, s.scrubPending)
	info, err := os.Stat(filepath.Join(w.dir, sqlite.StateFile+"-wal"))
	require.NoError(t, err)
	assert.Zero(t, info.Size())
}
