package fields_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/dossier/fields"
	"digiwijzer/bot/staff/people"
	"digiwijzer/store"
	"digiwijzer/store/sqlite"
	"digiwijzer/store/staffdb"
)

// whole makes nothing coarser.
type whole struct{}

func (whole) Generalise(_, sector, size string) (string, string) { return sector, size }

// schema returns the columns of every table of a file.
func schema(t *testing.T, path string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.Query(`SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, c.cid`)
	require.NoError(t, err)
	defer rows.Close()
	columns := map[string][]string{}
	for rows.Next() {
		var table, column string
		require.NoError(t, rows.Scan(&table, &column))
		columns[table] = append(columns[table], column)
	}
	require.NoError(t, rows.Err())
	require.Greater(t, len(columns), 5, path)
	return columns
}

// TestEveryColumnIsListed: the list has every column of the three files as the program makes
// them, and no other.
func TestEveryColumnIsListed(t *testing.T) {
	dir := t.TempDir()
	key, err := store.CreateKey(filepath.Join(t.TempDir(), "key"), filepath.Join(dir, sqlite.StateFile))
	require.NoError(t, err)
	s, err := store.Open(context.Background(), dir, key, store.Options{Region: whole{}})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	people, err := staffdb.Open(context.Background(), dir)
	require.NoError(t, err)
	require.NoError(t, people.Close())

	listed := map[string]map[string][]string{}
	for _, table := range fields.Tables() {
		if listed[table.File] == nil {
			listed[table.File] = map[string][]string{}
		}
		assert.NotContains(t, listed[table.File], table.Name, "%s is listed twice", table.Name)
		listed[table.File][table.Name] = nil
		for _, column := range table.Columns {
			if !strings.Contains(column.Name, ".") {
				listed[table.File][table.Name] = append(listed[table.File][table.Name], column.Name)
			}
		}
	}
	for file, source := range map[string]string{sqlite.StateFile: "state.go", sqlite.StatsFile: "stats.go", sqlite.StaffFile: "staff.go"} {
		real := schema(t, filepath.Join(dir, file))
		for table, columns := range real {
			for _, column := range columns {
				assert.True(t, slices.Contains(listed[file][table], column),
					"%s stores %s.%s, of which the privacy officer is not told: add {%q, Personal or Pseudonym or Statistic or Technical, \"what it is, in Dutch\"} to table %q in bot/dossier/fields/%s%s",
					file, table, column, column, table, source, newTable(listed[file], table))
			}
		}
		for table, columns := range listed[file] {
			for _, column := range columns {
				assert.Contains(t, real[table], column, "%s has no %s.%s any more: remove it from bot/dossier/fields/%s", file, table, column, source)
			}
		}
	}
}

// newTable describes what an unlisted table needs besides its columns.
func newTable(listed map[string][]string, table string) string {
	if _, ok := listed[table]; ok {
		return ""
	}
	return fmt.Sprintf(" (a new table: {Staff, %q, \"what a row is, in Dutch\", a purpose, a retention, a channel, []Column{…}})", table)
}

// TestListIsWhole: every row has a meaning, a purpose and a period, and its references exist.
func TestListIsWhole(t *testing.T) {
	for _, table := range fields.Tables() {
		assert.NotEmpty(t, table.What, table.Name)
		assert.NotEmpty(t, table.From, table.Name)
		assert.Contains(t, fields.Purposes(), table.Purpose, table.Name)
		assert.Contains(t, fields.Retentions(), table.Keep, table.Name)
		for _, column := range table.Columns {
			assert.NotEmpty(t, column.Meaning, "%s.%s", table.Name, column.Name)
			assert.NotEmpty(t, column.Class, "%s.%s", table.Name, column.Name)
			inside := strings.HasPrefix(column.Name, "body.")
			assert.True(t, !inside || slices.ContainsFunc(table.Columns, func(c fields.Column) bool { return c.Class == fields.Encrypted }),
				"%s.%s is inside a column that is not encrypted", table.Name, column.Name)
		}
		if table.File == fields.Stats {
			for _, column := range table.Columns {
				assert.Contains(t, []fields.Class{fields.Statistic, fields.Technical}, column.Class, "stats.db holds no person: %s.%s", table.Name, column.Name)
			}
		}
	}
}

// TestSourcesOfPeriodsExist: the constants that define periods exist.
func TestSourcesOfPeriodsExist(t *testing.T) {
	for _, r := range fields.Retentions() {
		assert.NotEmpty(t, r.Text, r.ID)
		for source := range strings.SplitSeq(r.Source, ", ") {
			if source == "" {
				continue
			}
			pkg, name, _ := strings.Cut(source, ".")
			files, err := filepath.Glob(filepath.Join("../../..", pkg, "*.go"))
			require.NoError(t, err)
			assert.True(t, slices.ContainsFunc(files, func(file string) bool {
				text, err := os.ReadFile(file)
				return err == nil && regexp.MustCompile(`(?m)^(func (\([^)]*\) )?|\t|const )`+name+`\b`).Match(text)
			}), "%s: %s has no %s", r.ID, pkg, name)
		}
	}
}

// TestPeriodsOfStaff: the listed periods of accounts are those in the code.
func TestPeriodsOfStaff(t *testing.T) {
	assert.Equal(t, fields.IdleMinutes*time.Minute, people.SessionIdle)
	assert.Equal(t, fields.SignedHours*time.Hour, people.SessionAge)
	assert.Equal(t, fields.InviteDays*24*time.Hour, people.InvitationAge)
}
