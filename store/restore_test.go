package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/sqlite"
)

// TestHostileBackupsAreRefused restores files that look like a backup. Each is refused with a one-line reason, in bounded
// time, and the good figures stay as they are.
func TestHostileBackupsAreRefused(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	for i := range 5 {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	require.NoError(t, s.Close())
	good := filepath.Join(t.TempDir(), "good.db")
	requireBackup(t, h, good, nil)
	before, err := os.ReadFile(filepath.Join(h.dir, sqlite.StatsFile))
	require.NoError(t, err)

	files := namesIn(t, h.dir)

	changed := func(statements string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			content, err := os.ReadFile(good)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, content, 0o600))
			execSQL(t, openFile(t, path, ""), statements)
		}
	}
	damaged := func(damage func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			content, err := os.ReadFile(good)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, damage(content), 0o600))
		}
	}
	newest := newestSchema(t, sqlite.StatsFile)
	for name, hostile := range map[string]struct {
		make func(t *testing.T, path string)
		says string
	}{
		"tables by these names only": {func(t *testing.T, path string) {
			execSQL(t, openFile(t, path, ""), "CREATE TABLE batch (x); CREATE TABLE counter (x); PRAGMA user_version = "+itoa(newest))
		}, "was not made by this program"},
		"a table is missing":    {changed("DROP TABLE partner"), `no table "partner"`},
		"a column more":         {changed("ALTER TABLE partner ADD COLUMN x TEXT"), `table "partner" was not made by this program`},
		"a table more":          {changed("CREATE TABLE more (x)"), `table "more" was not made by this program`},
		"an index more":         {changed("CREATE INDEX more ON counter (n)"), `index "more" was not made by this program`},
		"an evil trigger":       {changed("CREATE TRIGGER evil AFTER INSERT ON outcome BEGIN DELETE FROM release; UPDATE tally SET n = n + 1000; END"), `trigger "evil" was not made by this program`},
		"a changed trigger":     {changed("DROP TRIGGER tally_followup; CREATE TRIGGER tally_followup AFTER INSERT ON followup_result BEGIN DELETE FROM release; END"), `trigger "tally_followup" was not made by this program`},
		"a view without an end": {changed("DROP TABLE batch; CREATE VIEW batch AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c"), "was not made by this program"},
		"a view more":           {changed("CREATE VIEW more AS SELECT readfile('/etc/passwd')"), `view "more" was not made by this program`},
		"a virtual table": { // written into the schema itself, since there is no such module
			changed("PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('table', 'more', 'more', 0, 'CREATE VIRTUAL TABLE more USING nothing')"),
			""},
		"a newer schema":                   {changed("PRAGMA user_version = 99"), "newer version"},
		"schema 0":                         {changed("PRAGMA user_version = 0"), "no figures"},
		"a schema below 0":                 {changed("PRAGMA user_version = -1"), "no figures"},
		"of an older schema by its number": {changed("PRAGMA user_version = 5"), "was not made by this program"},
		"rows that refer to nothing":       {changed("PRAGMA foreign_keys = OFF; INSERT INTO outcome_referral VALUES (x'00', 'kvk')"), "refer to missing rows"},
		"a corrupt page": {damaged(func(b []byte) []byte {
			for i := range b[4*4096 : 5*4096] {
				b[4*4096+i] ^= 0x55
			}
			return b
		}), ""},
		"truncated": {damaged(func(b []byte) []byte { return b[:len(b)/2] }), ""},
		"a pipe":    {func(t *testing.T, path string) { require.NoError(t, syscall.Mkfifo(path, 0o600)) }, "not an ordinary file"},
		"a device":  {func(t *testing.T, path string) { require.NoError(t, os.Symlink("/dev/zero", path)) }, "not an ordinary file"},
		"a folder":  {func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) }, "not an ordinary file"},
		"too large": {func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			require.NoError(t, os.Truncate(path, sqlite.MaxBackup+1)) // sparse
		}, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hostile.db")
			hostile.make(t, path)
			_, err := Restore(context.Background(), h.dir, path, nil)
			require.ErrorContains(t, err, hostile.says)
			assert.Len(t, strings.Split(err.Error(), "\n"), 1)
			after, err := os.ReadFile(filepath.Join(h.dir, sqlite.StatsFile))
			require.NoError(t, err)
			assert.Equal(t, before, after, "the good figures stay")
			assert.Equal(t, files, namesIn(t, h.dir), "nothing is left behind")
		})
	}
	s = h.open(t)
	assert.Equal(t, 5, rowCount(t, stats(s), "outcome"))
	require.NoError(t, s.Close())
	_, err = Restore(context.Background(), h.dir, good, nil)
	require.NoError(t, err, "the copy they were made of is accepted")
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Every restore keeps what it replaces.
func TestRestoreKeepsEveryReplacedFile(t *testing.T) {
	h := withoutFolder(t)
	require.NoError(t, h.open(t).Close())
	good := filepath.Join(t.TempDir(), "good.db")
	requireBackup(t, h, good, nil)
	kept := map[string]bool{}
	for range 3 {
		r, err := Restore(context.Background(), h.dir, good, nil)
		require.NoError(t, err)
		require.False(t, kept[r.Kept])
		kept[r.Kept] = true
		require.FileExists(t, r.Kept)
	}
	r, err := Restore(context.Background(), t.TempDir(), good, nil)
	require.NoError(t, err)
	assert.Empty(t, r.Kept, "there was nothing")
}

// TestBackupCarriesWhatWaits restores, on another machine and into the same folder, a backup
// made in the middle of a busy week. No conversation is lost, none counts twice, and nothing
// of a chat is in either file.
func TestBackupCarriesWhatWaits(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	for i := range 5 {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	for i := range 3 {
		finish(t, s, chat(10+i), noon, "kvk")
	}
	finish(t, s, chat(1), noon, "kvk") // a repeat, not frozen
	tick(t, s, bot.TickStarted, "", "2026-W47")
	backup := filepath.Join(t.TempDir(), "backup.db")
	assert.Equal(t, Backed{Finished: 9, Missing: 4}, requireBackup(t, h, backup, nil))
	assert.NoFileExists(t, backup+WaitingSuffix)
	assert.Equal(t, Backed{Finished: 9, Carried: 4}, requireBackup(t, h, backup, h.key))
	for _, name := range []string{backup, backup + WaitingSuffix} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}

	elsewhere := h.in(filepath.Join(t.TempDir(), "data"))
	r, err := Restore(context.Background(), elsewhere.dir, backup, h.key)
	require.NoError(t, err)
	assert.Equal(t, 4, r.Carried)
	requireNineOf(t, elsewhere, "on another machine")
	moved := elsewhere.open(t)
	assert.Zero(t, rowCount(t, state(moved), "session")+rowCount(t, state(moved), "counted")+rowCount(t, state(moved), "outbox"))
	for i := range 3 {
		assert.Zero(t, queryInt(t, state(moved), "SELECT count(*) FROM staged WHERE cid = ?", hashOf(s, chat(10+i))), "nothing refers to a chat")
	}

	// The same folder, where all of it still waits, and once it was handed over.
	require.NoError(t, s.Close())
	r, err = Restore(context.Background(), h.dir, backup, h.key)
	require.NoError(t, err)
	assert.Zero(t, r.Carried)
	requireNineOf(t, h, "with all of it still waiting")
	s = h.open(t)
	for i := range 3 {
		finish(t, s, chat(20+i), noon, "kvk")
	}
	handOver(t, s, noon.AddDate(0, 0, 2))
	require.NoError(t, s.Close())
	_, err = Restore(context.Background(), h.dir, backup, h.key)
	require.NoError(t, err)
	requireNineOf(t, h, "with all of it handed over since")

	// Without the key, with another, beside another copy.
	_, err = Restore(context.Background(), elsewhere.dir, backup, nil)
	assert.ErrorIs(t, err, ErrNoKey)
	_, err = Restore(context.Background(), elsewhere.dir, backup, withoutFolder(t).key)
	assert.ErrorIs(t, err, ErrOtherCopy)
	other := filepath.Join(t.TempDir(), "other.db")
	requireBackup(t, h, other, nil)
	content, err := os.ReadFile(backup + WaitingSuffix)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(other+WaitingSuffix, content, 0o600))
	_, err = Restore(context.Background(), h.dir, other, h.key)
	assert.ErrorIs(t, err, ErrOtherCopy, "with the figures of another day conversations would count twice")
	requireBackup(t, h, other, nil)
	assert.NoFileExists(t, other+WaitingSuffix, "it belonged to the replaced backup")
}

// requireNineOf checks that nine conversations count, each once, and that they all can be
// handed over.
func requireNineOf(t *testing.T, h *harness, what string) {
	t.Helper()
	f, err := OpenFigures(context.Background(), h.dir, h.key)
	require.NoError(t, err)
	defer f.Close()
	r := weekly(t, f, weeks46to48, "kvk")
	assert.Equal(t, []int{8, 1}, []int{r.Totals.Completed, r.Totals.Repeat}, what)
	assert.Equal(t, 1, r.Totals.Started, what)
}

// TestPurgeOfConversationsKeepsFigures is the way on after a lost key.
func TestPurgeOfConversationsKeepsFigures(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	for i := range 5 {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	doWork(t, s, turn(chat(9), "telegram:9"))
	assert.ErrorIs(t, PurgeConversations(h.dir, h.keyFile), ErrInUse)
	require.NoError(t, s.Close())
	require.NoError(t, os.Remove(h.keyFile))
	_, err := CreateKey(h.keyFile, filepath.Join(h.dir, sqlite.StateFile))
	var lost *LostKeyError
	require.ErrorAs(t, err, &lost)
	require.ErrorContains(t, err, "purge --conversations")

	require.NoError(t, PurgeConversations(h.dir, h.keyFile))
	h.key, err = CreateKey(h.keyFile, filepath.Join(h.dir, sqlite.StateFile))
	require.NoError(t, err)
	s = h.open(t)
	assert.Equal(t, 5, counters(t, s)["2026-W47/completed/"])
	assert.Zero(t, rowCount(t, state(s), "session"))
}

func hashOf(s *Store, c bot.Chat) []byte {
	cid := s.envelope().chat(c)
	return cid[:]
}
