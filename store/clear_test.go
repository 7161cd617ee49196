package store

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
)

// plaintextColumns lists every column of state.db that is not encrypted, with its meaning.
// None reveals an answer or advice, or can be joined with the statistics.
var plaintextColumns = map[string]string{
	"meta.name":    "name of the value",
	"seen.mark":    "keyed hash of an update's number",
	"seen.day":     "when it expires",
	"session.id":   "row number",
	"session.cid":  "keyed hash of a chat",
	"session.hour": "when it expires",

	"session.browser": "whether it is in a browser",
	"staged.sid":      "random",
	"staged.cid":      "keyed hash of a chat",
	"staged.frozen":   "whether it is final",
	"staged.batch":    "random; shared by at least five rows",
	"counted.cid":     "keyed hash of a chat",
	"counted.period":  "the half-year",
	"tick.id":         "random",
	"tick.batch":      "random",
	"followup.cid":    "keyed hash of a chat",
	"followup.day":    "spread over two weeks",
	"followup.tries":  "how often it was asked",
	"outbox.id":       "order of sending",
	"outbox.cid":      "keyed hash of a chat",
	"outbox.slot":     "which message on the screen",
	"outbox.edit":     "whether it edits a message",
	"outbox.created":  "age, for expiry",
	"outbox.tries":    "number of tries",
	"outbox.due":      "when to retry",
	"parked.mark":     "keyed hash of an update's number",
	"parked.class":    "kind of failure",
	"parked.day":      "when it expires",
	"answer.id":       "random",

	"transition.id":    "random",
	"transition.cid":   "keyed hash of a chat",
	"transition.batch": "random",

	"compatibility.of":         "name of the value",
	"compatibility.min_reader": "number of a schema",
	"answer.batch":             "random",
	"subscriber.cid":           "keyed hash of a coordinator's chat",
}

func TestPlaintextColumnsAreListed(t *testing.T) {
	s := withoutFolder(t).open(t)
	rows, err := state(s).conn.QueryContext(context.Background(),
		"SELECT t.name || '.' || c.name FROM pragma_table_list t, pragma_table_info(t.name) c "+
			"WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'")
	require.NoError(t, err)
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var column string
		require.NoError(t, rows.Scan(&column))
		found[column] = true
		if regexp.MustCompile(`\.(body|value)$`).MatchString(column) {
			continue // encrypted; the value of meta is a hash
		}
		assert.NotEmpty(t, plaintextColumns[column], "%s can be read without the key", column)
	}
	for column := range plaintextColumns {
		assert.True(t, found[column], "column %s does not exist", column)
	}
}

// Every value in the statistics is a number or a short code, never free text. Only releases
// and partner names, which are not checked here, are longer.
func TestStatisticsHoldOnlyCodes(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	for i := range 12 {
		finish(t, s, chat(i), noon, "kvk", "werkplaats-utrecht")
		tick(t, s, bot.TickStopped, "digital_requirements", "2026-W47")
	}
	for n := 20; n < 26; n++ {
		stage(t, s, n, noon)
		giveCode(t, s, n, moved, noon)
	}
	handOver(t, s, noon)
	code := regexp.MustCompile(`^[A-Za-z0-9_.:/+ -]*$`)
	values := 0
	for _, table := range []string{"batch", "counter", "outcome", "outcome_referral", "followup_batch", "followup_result", "transition_batch", "transition", "tally"} {
		rows, err := stats(s).conn.QueryContext(context.Background(), "SELECT * FROM "+table)
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			row := make([]any, len(columns))
			for i := range row {
				row[i] = new(any)
			}
			require.NoError(t, rows.Scan(row...))
			for i, value := range row {
				if text, is := (*value.(*any)).(string); is {
					values++
					place := fmt.Sprint(table, ".", columns[i])
					assert.LessOrEqual(t, utf8.RuneCountInString(text), 40, place)
					assert.Regexp(t, code, text, place)
				}
			}
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
	}
	assert.Greater(t, values, 500)
}

// A backup of the statistics holds no trace of a chat.
func TestBackupHoldsNoChat(t *testing.T) {
	h := withoutFolder(t)
	s := h.open(t)
	wanted := map[string]string{}
	for i := range 6 {
		populate(t, s, chat(i))
		do(t, s, func(tx bot.Tx) error { return tx.Freeze(chat(i)) }, chat(i))
		cid := s.envelope().chat(chat(i))
		wanted["hash of "+chat(i).ID] = string(cid[:])
		for name, form := range encodingsOfID(t, chat(i).ID) {
			wanted[fmt.Sprint(name, i)] = form
		}
	}
	require.Equal(t, 6, handOver(t, s, noon))
	dir := t.TempDir()
	requireBackup(t, h, filepath.Join(dir, "figures.db"), h.key)
	assert.Empty(t, searchFiles(t, dir, wanted))
	assert.NotEmpty(t, searchFiles(t, dir, map[string]string{"an initiative": "canary-initiative"}), "the backup holds the statistics")
}
