package bot_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireSound checks the files with a separate connection, and returns the number of batches with rows.
func requireSound(t testing.TB, dir string) (batches int) {
	t.Helper()
	for _, name := range []string{"state.db", "stats.db"} {
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, name)+"?mode=ro")
		require.NoError(t, err)
		var verdict string
		require.NoError(t, db.QueryRow("PRAGMA integrity_check").Scan(&verdict))
		require.Equal(t, "ok", verdict, name)
		violations := 0
		require.NoError(t, db.QueryRow("SELECT count(*) FROM pragma_foreign_key_check").Scan(&violations))
		require.Zero(t, violations, name)
		if name == "stats.db" {
			batches = requireBatches(t, db)
		}
		require.NoError(t, db.Close())
	}
	return batches
}

// requireBatches: a batch with rows holds five or more, and every row is in one.
func requireBatches(t testing.TB, db *sql.DB) (n int) {
	t.Helper()
	var small, rows, sum int
	require.NoError(t, db.QueryRow("SELECT count(*) FROM batch WHERE NOT stripped").Scan(&n))
	require.NoError(t, db.QueryRow("SELECT count(*) FROM batch WHERE NOT stripped AND n < 5").Scan(&small))
	require.NoError(t, db.QueryRow("SELECT count(*) FROM outcome").Scan(&rows))
	require.NoError(t, db.QueryRow("SELECT coalesce(sum(n), 0) FROM batch WHERE NOT stripped").Scan(&sum))
	require.Zero(t, small)
	require.Equal(t, sum, rows)
	return n
}

// tracesIn searches every file for chats in all encodings of a number or text, and the
// personal file for answers and typed texts.
func tracesIn(dir string) (found []string) {
	paths, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(paths) < 2 {
		return []string{"there are no files"}
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return []string{err.Error()}
		}
		words := traces()
		if strings.HasPrefix(filepath.Base(path), "state.db") {
			words = append(words, personal...)
		}
		for _, what := range hidden(content, words) {
			found = append(found, filepath.Base(path)+" holds "+what)
		}
	}
	return found
}

// hidden are the words that content holds.
func hidden(content []byte, words [][2]string) (found []string) {
	for _, word := range words {
		if bytes.Contains(content, []byte(word[0])) {
			found = append(found, word[1])
		}
	}
	return found
}

// personal are words that may be in the figures, and nowhere else.
var personal = [][2]string{{"kvk-utrecht", "a partner"}, {"help_wanted", "a question"}, {"retail", "a sector"}, {"groothandel", "a sector"},
	{"GM0344", "a municipality"}, {"secret of", "a panic"}}

// requireUsed requires that the answers of personal which belong in the figures are there: people gave
// them, so their absence elsewhere says something.
func requireUsed(t testing.TB, dir string) {
	t.Helper()
	figures, err := os.ReadFile(filepath.Join(dir, "stats.db"))
	require.NoError(t, err)
	for _, word := range personal {
		if word[1] != "a municipality" && word[1] != "a panic" {
			require.NotEmpty(t, hidden(figures, [][2]string{word}), "%s is nowhere", word[0])
		}
	}
}

// traces are the chats of the script in seven encodings, and a typed text.
var traces = sync.OnceValue(func() (all [][2]string) {
	all = append(all, [2]string{"Geheimstraat", "a typed text"})
	for n := 1; n <= 10; n++ {
		id := personID(n)
		number, _ := strconv.ParseUint(id, 10, 64)
		eight := binary.BigEndian.AppendUint64(nil, number)
		varint := []byte{byte(number & 0x7f)}
		for rest := number >> 7; rest > 0; rest >>= 7 {
			varint = append([]byte{byte(rest&0x7f) | 0x80}, varint...)
		}
		for _, form := range []string{
			id, string(eight[2:]), string(binary.LittleEndian.AppendUint64(nil, number)[:6]), string(varint),
			hex.EncodeToString([]byte(id)), strconv.FormatUint(number, 16), base64.StdEncoding.EncodeToString([]byte(id))[:16],
		} {
			all = append(all, [2]string{form, fmt.Sprintf("chat %d as %q", n, form)})
		}
	}
	return slices.Clip(all)
})
