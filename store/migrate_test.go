package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/memdir"
	"digiwijzer/store/sqlite"
)

// old is a folder as an earlier version of the program left it in a crash.
type old struct {
	version int
	left    image
	tables  map[string][]string // of each file
	rows    map[string]string   // a hash of their rows
	tally   map[string][2]int64 // expected after migration
	next    int                 // the next step of the scenario
}

// makeOldFolders makes a folder of every schema but the newest, with the rows of the scenario
// up to its second hand-over.
func makeOldFolders(t *testing.T) (folders []old) {
	t.Helper()
	h := harnessIn(t, filepath.Join(t.TempDir(), "data"))
	s := h.open(t)
	steps := scenario()
	next := 2 * len(steps) / 3
	for _, step := range steps[:next] {
		require.NoError(t, step(s))
	}
	require.Positive(t, rowCount(t, stats(s), "outcome_referral"))
	require.Positive(t, rowCount(t, state(s), "staged"))
	for version := 1; version < max(newestSchema(t, sqlite.StateFile), newestSchema(t, sqlite.StatsFile)); version++ {
		o := old{
			version: version, tables: map[string][]string{}, rows: map[string]string{},
			tally: tally(t, stats(s)), next: next,
		}
		dir := t.TempDir()
		for _, name := range []string{sqlite.StateFile, sqlite.StatsFile} {
			o.fill(t, dir, name, h.dir)
		}
		o.left = imageOf(t, dir)
		folders = append(folders, o)
	}
	return folders
}

// newestSchema returns the newest schema version of a file.
func newestSchema(t *testing.T, name string) int {
	t.Helper()
	steps, err := filepath.Glob("sqlite/schema/" + strings.TrimSuffix(name, ".db") + ".*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, steps)
	return len(steps)
}

// fill makes a file of the old schema, with the rows of the current file in its tables.
func (o *old) fill(t *testing.T, dir, name, from string) {
	t.Helper()
	f := openFile(t, filepath.Join(dir, name), "_journal_mode=WAL&_synchronous=FULL&_secure_delete=ON&_foreign_keys=ON")
	version := min(o.version, newestSchema(t, name))
	for step := 1; step <= version; step++ {
		schema, err := os.ReadFile(fmt.Sprintf("sqlite/schema/%s.%d.sql", strings.TrimSuffix(name, ".db"), step))
		require.NoError(t, err)
		execSQL(t, f, string(schema))
	}
	execSQL(t, f, fmt.Sprintf("PRAGMA user_version = %d", version))
	execSQL(t, f, "PRAGMA wal_checkpoint(TRUNCATE)") // so that the rows are in the log
	execSQL(t, f, "ATTACH ? AS current", filepath.Join(from, name))
	for _, table := range tablesOf(t, f) {
		if table == "tally" || table == "compatibility" { // filled by triggers, or by the schema itself
			continue
		}
		o.copyTable(t, f, table)
	}
	execSQL(t, f, "DETACH current")
	o.rows[name] = hashTables(t, f, o.tables[name])
}

// copyTable fills a table of the old schema from the current one, which may have other
// columns. Those of both are compared after the migration.
func (o *old) copyTable(t *testing.T, f *file, table string) {
	t.Helper()
	current, old := columnsOf(t, f, "current", table), columnsOf(t, f, "main", table)
	if len(current) == len(old) { // at most renamed
		execSQL(t, f, fmt.Sprintf("INSERT INTO main.%s SELECT * FROM current.%s", table, table))
		o.tables[f.name] = append(o.tables[f.name], table)
		return
	}
	var into, from, both []string
	for _, column := range old {
		into = append(into, column)
		if slices.Contains(current, column) {
			from, both = append(from, column), append(both, column)
			continue
		}
		require.Equal(t, "outcome.content", table+"."+column, "no other column was dropped")
		from = append(from, "(SELECT max(e.content) FROM current.edition e WHERE e.quarter = o.quarter)")
	}
	execSQL(t, f, fmt.Sprintf("INSERT INTO main.%s (%s) SELECT %s FROM current.%s o", table, strings.Join(into, ", "), strings.Join(from, ", "), table))
	o.tables[f.name] = append(o.tables[f.name], fmt.Sprintf("(SELECT %s FROM %s)", strings.Join(both, ", "), table))
}

func columnsOf(t *testing.T, f *file, schema, table string) (names []string) {
	t.Helper()
	rows, err := f.conn.QueryContext(context.Background(), "SELECT name FROM pragma_table_info(?, ?)", table, schema)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, rows.Err())
	return names
}

// requireMigrated checks that the folder has the newest schema and all its rows.
func (o *old) requireMigrated(t *testing.T, s *Store) {
	t.Helper()
	requireIntegrity(t, s)
	for _, f := range []*file{state(s), stats(s)} {
		require.Equal(t, newestSchema(t, f.name), queryInt(t, f, "PRAGMA user_version"))
		require.Equal(t, o.rows[f.name], hashTables(t, f, o.tables[f.name]), f.name)
	}
	require.Equal(t, withoutDurations(o.tally), tally(t, stats(s)))
}

// finishScenario runs the rest of the scenario.
func (o *old) finishScenario(t *testing.T, s *Store) {
	t.Helper()
	for _, step := range scenario()[o.next:] {
		require.NoError(t, step(s))
	}
	requireScenarioState(t, s, 0)
	requireIntegrity(t, s)
}

func TestEverySchemaIsMigrated(t *testing.T) {
	folders := makeOldFolders(t)
	assert.Len(t, folders, max(newestSchema(t, sqlite.StateFile), newestSchema(t, sqlite.StatsFile))-1)
	for _, o := range folders {
		h := harnessIn(t, filepath.Join(t.TempDir(), "data"))
		o.left.write(t, h.dir)
		s := h.open(t)
		o.requireMigrated(t, s)
		o.requireCopy(t, h.dir)
		o.finishScenario(t, s)
		requireCopiesExpire(t, h.dir, s)
	}
}

// requireCopy checks that the statistics of before the migration were kept, as they were.
func (o *old) requireCopy(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprint(sqlite.StatsFile, ".schema", o.version))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	kept := openFile(t, path, "mode=ro&immutable=1")
	require.Equal(t, o.version, queryInt(t, kept, "PRAGMA user_version"))
	require.Equal(t, o.rows[sqlite.StatsFile], hashTables(t, kept, o.tables[sqlite.StatsFile]))
	states, err := filepath.Glob(filepath.Join(dir, sqlite.StateFile+".*"))
	require.NoError(t, err)
	require.Empty(t, states, "a person who is erased would remain in it")
}

// requireCopiesExpire checks that a copy is kept for a week and no longer.
func requireCopiesExpire(t *testing.T, dir string, s *Store) {
	t.Helper()
	copies := func() int {
		all, err := filepath.Glob(filepath.Join(dir, sqlite.StatsFile+".schema*"))
		require.NoError(t, err)
		return len(all)
	}
	all, err := filepath.Glob(filepath.Join(dir, sqlite.StatsFile+".schema*"))
	require.NoError(t, err)
	for _, path := range all {
		require.NoError(t, os.Chtimes(path, noon, noon))
	}
	_, err = s.Sweep(context.Background(), noon.AddDate(0, 0, keepCopyDays))
	require.NoError(t, err)
	require.Equal(t, 1, copies())
	_, err = s.Sweep(context.Background(), noon.AddDate(0, 0, keepCopyDays).Add(time.Second))
	require.NoError(t, err)
	require.Zero(t, copies())
}

// A schema of a later version of the program that is marked as compatible is used as it is; a backup of it is for that
// version.
func TestNewerSchemaThatOnlyAdds(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	for _, f := range []*file{state(s), stats(s)} {
		execSQL(t, f, "CREATE TABLE later (x TEXT) STRICT; PRAGMA user_version = 99")
	}
	execSQL(t, stats(s), "ALTER TABLE outcome ADD COLUMN later TEXT")
	require.NoError(t, s.Close())
	for round := range 2 {
		s = h.open(t)
		for i := range 5 {
			finish(t, s, chat(10*round+i), noon, "kvk")
		}
		require.Equal(t, 5, handOver(t, s, noon))
		require.NoError(t, s.Close())
	}
	f := h.figures(t, h.key)
	assert.Equal(t, 10, weekly(t, f, weeks46to48, "kvk").Totals.Completed)
	backup := filepath.Join(t.TempDir(), "backup.db")
	requireBackup(t, h, backup, h.key)
	_, err := Restore(context.Background(), h.dir, backup, h.key)
	assert.ErrorIs(t, err, ErrNewer)
	s = h.open(t)
	for _, f := range []*file{state(s), stats(s)} {
		assert.Equal(t, 99, queryInt(t, f, "PRAGMA user_version"), "the schema stays")
		execSQL(t, f, "UPDATE compatibility SET min_reader = 99")
	}
	require.NoError(t, s.Close())
	assert.ErrorIs(t, h.tryOpen(), ErrNewer)
}

// Since schema 7, a step that raises no min_reader must leave the program before it able to
// work with the file.
func TestStepsOnlyAddOrSaySo(t *testing.T) {
	for _, name := range []string{sqlite.StateFile, sqlite.StatsFile} {
		for step := 8; step <= newestSchema(t, name); step++ {
			path := fmt.Sprintf("sqlite/schema/%s.%d.sql", strings.TrimSuffix(name, ".db"), step)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.NoError(t, onlyAdds(string(text)), path)
		}
	}
	assert.NoError(t, onlyAdds("-- a comment; with a semicolon\nCREATE TABLE a (b TEXT) STRICT;\nALTER TABLE a ADD COLUMN c TEXT NOT NULL DEFAULT '';"))
	assert.Error(t, onlyAdds("ALTER TABLE a RENAME COLUMN b TO c;"))
	assert.Error(t, onlyAdds("CREATE TRIGGER x AFTER INSERT ON a BEGIN DELETE FROM a; END;"))
	assert.Error(t, onlyAdds("CREATE UNIQUE INDEX x ON a (b);"))
	assert.Error(t, onlyAdds("DROP TABLE a;"))
	assert.NoError(t, onlyAdds("DROP VIEW a; CREATE VIEW a (b) AS SELECT 1;"))
	assert.Error(t, onlyAdds("DROP VIEW a; CREATE VIEW other (b) AS SELECT 1;"))
	assert.NoError(t, onlyAdds("DROP TABLE a; UPDATE compatibility SET min_reader = 9;"))
}

func onlyAdds(step string) error {
	if strings.Contains(step, "UPDATE compatibility SET min_reader") {
		return nil
	}
	var code strings.Builder
	for line := range strings.Lines(step) {
		text, _, _ := strings.Cut(line, "--")
		code.WriteString(text + " ")
	}
	harmless := regexp.MustCompile(`^(CREATE TABLE |CREATE INDEX |CREATE VIEW |ALTER TABLE \w+ ADD COLUMN |INSERT INTO )`)
	statements := strings.Split(code.String(), ";")
	for i, statement := range statements {
		statement = strings.Join(strings.Fields(statement), " ")
		if view, ok := strings.CutPrefix(statement, "DROP VIEW "); ok && i+1 < len(statements) &&
			strings.HasPrefix(strings.TrimSpace(statements[i+1]), "CREATE VIEW "+view+" (") {
			continue // replaced by one with more rows
		}
		if statement != "" && !harmless.MatchString(statement) {
			return fmt.Errorf("the program before cannot work with this: raise compatibility.min_reader, or only add: %s", statement)
		}
	}
	return nil
}

// recordOpening opens a folder and records the calls, in a child process.
func recordOpening(t *testing.T) {
	h := harnessIn(t, os.Getenv(envFolder))
	h.openRecorded(t, record(t, h.dir))
}

// TestPowerCutWhileMigrating cuts the power at every call while an old folder is opened.
func TestPowerCutWhileMigrating(t *testing.T) {
	compiler(t)
	for _, o := range makeOldFolders(t) {
		t.Run(fmt.Sprint("schema ", o.version), func(t *testing.T) {
			dir, trace := recordIn(t, "opening", o.left)
			c := cutter{base: filepath.Dir(dir), losses: losses, trace: trace}
			c.requireAfter = func(t *testing.T, s *Store, cut cutPoint) {
				o.requireMigrated(t, s)
				if cut.continues() {
					o.finishScenario(t, s)
				}
			}
			c.run(t, diskWith(o.left), dir)
		})
	}
}

// TestIOErrorsWhileMigrating fails the calls one by one while an old folder is opened.
func TestIOErrorsWhileMigrating(t *testing.T) {
	logCounts(t, runChild(t, "migration errors", envFolder+"="+memdir.New(t), envControl+"="+newControl(t)))
}

// failMigrations is the child of TestIOErrorsWhileMigrating.
func failMigrations(t *testing.T) {
	folders := makeOldFolders(t)
	f := newFaultInjector(t, 0, 1)
	for _, o := range folders {
		f.each(t, fmt.Sprint("schema ", o.version), func(inject func()) {
			f.failOpen(t, o.left, inject, func(s *Store) {
				o.requireMigrated(t, s)
				if f.finishes() {
					o.finishScenario(t, s)
				}
				require.NoError(t, s.Close())
			})
		})
	}
	fmt.Println(countsLine, f.runs, "failures of calls in", len(folders), "migrations,", f.reported, "of them reported")
}

// Unsent messages of an earlier version are sent in order. Up to schema 4 the first message of
// each chat had a due time, in schema 5 only a postponed one.
func TestOutboxMigrationKeepsOrder(t *testing.T) {
	for version, back := range map[int]string{
		4: "ALTER TABLE outbox RENAME COLUMN due TO head; CREATE INDEX outbox_chat ON outbox (cid); " +
			"CREATE INDEX outbox_head ON outbox (head) WHERE head IS NOT NULL",
		5: "UPDATE outbox SET due = NULL WHERE due = created",
	} {
		h := withoutFolder(t)
		s := h.open(t)
		enqueue(t, s, chat(1), "a", noon)
		enqueue(t, s, chat(1), "b", noon)
		enqueue(t, s, chat(2), "c", noon)
		postponed := due(t, s, noon)[1]
		postpone(t, s, postponed, noon.Add(10*time.Minute))
		execSQL(t, state(s), fmt.Sprintf("DROP TABLE compatibility; DROP INDEX session_browser; ALTER TABLE session DROP COLUMN browser; DROP TABLE transition; DROP TRIGGER outbox_next; DROP INDEX outbox_chat; DROP INDEX outbox_due; %s; PRAGMA user_version = %d", back, version))
		require.NoError(t, s.Close())

		s = h.open(t)
		for _, want := range []string{"a", "b"} {
			now := due(t, s, noon)
			require.Equal(t, []string{want}, bodies(now))
			markDelivered(t, s, now[0], bot.Shown{})
		}
		require.Empty(t, due(t, s, noon))
		last := due(t, s, noon.Add(10*time.Minute))
		require.Equal(t, []string{"c"}, bodies(last))
		require.Equal(t, 1, last[0].Tries)
	}
}
