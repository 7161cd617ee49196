package store

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/engine"
	"digiwijzer/store/sqlite"
)

// insertion is a row that a hand-over added to the statistics.
type insertion struct {
	id     engine.Hash
	image  string // self-image; identifies the chat, in this test only
	offset int    // of the row in the log: a page is filled from its end in the order of writing
}

var linked = flag.Int("linked", 60, "batches whose outcomes an attacker tries to link to chats")

// TestSnapshotsDoNotLinkChatsToOutcomes simulates an attacker with every state of both files
// and their logs but without the key, who matches chats to outcomes by every order that is
// visible. In a batch of five, one match is right by chance; the mean must not exceed that.
func TestSnapshotsDoNotLinkChatsToOutcomes(t *testing.T) {
	batches := *linked
	h := newHarness(t)
	var entered []insertion
	var s *Store
	s = h.open(t, func(point string) {
		if point != "hand-over: entered" {
			return
		}
		entered = rowsIn(t, h, s)
	})
	right := map[string]int{}
	for batch := range batches {
		var want []string // self-images in the order in which people finished
		var sids, cids []engine.Hash
		for i := range minBatch {
			c, o := chat(batch*minBatch+i), outcome("kvk")
			o.SelfImage = fmt.Sprintf("%08d", batch*minBatch+i) // stored as it is, so that it tells whose outcome it is
			want = append(want, o.SelfImage)
			do(t, s, func(tx bot.Tx) error {
				if err := tx.Stage(c, o, noon); err != nil {
					return err
				}
				return tx.Freeze(c)
			}, c)
			cid := s.envelope().chat(c)
			cids = append(cids, cid)
			sids = append(sids, stagedKey(t, s, cid))
		}
		emptyOutcomes(t, s)
		entered = nil
		require.Equal(t, minBatch, handOver(t, s, noon))
		require.Len(t, entered, minBatch, "a batch is entered in one transaction")
		for name, guess := range guesses(want, sids, cids, entered) {
			for i := range want {
				if guess[i] == want[i] {
					right[name]++
				}
			}
		}
	}
	for name, n := range right {
		mean := float64(n) / float64(batches)
		t.Logf("%-40s %.2f of %d right", name, mean, minBatch)
		if batches >= 200 { // fewer vary more
			assert.LessOrEqual(t, mean, 1.35, name)
		}
		assert.LessOrEqual(t, mean, 1.6, name)
	}
	require.Len(t, right, 6)
}

func stagedKey(t *testing.T, s *Store, cid engine.Hash) engine.Hash {
	t.Helper()
	ids := hashesIn(t, state(s), "SELECT sid FROM staged WHERE cid = ?", cid[:])
	require.Len(t, ids, 1)
	return ids[0]
}

// emptyOutcomes removes all outcomes, so that those of the next batch share a page, in which the
// order of writing shows.
func emptyOutcomes(t *testing.T, s *Store) {
	t.Helper()
	for _, table := range []string{"outcome_referral", "outcome"} {
		_, err := stats(s).conn.ExecContext(t.Context(), "DELETE FROM "+table)
		require.NoError(t, err)
	}
}

// rowsIn returns the outcomes in table order.
func rowsIn(t *testing.T, h *harness, s *Store) (all []insertion) {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(h.dir, sqlite.StatsFile+"-wal"))
	require.NoError(t, err)
	rows, err := stats(s).conn.QueryContext(context.Background(), "SELECT id, quarter, self_image FROM outcome")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var id []byte
		var quarter string
		var row insertion
		require.NoError(t, rows.Scan(&id, &quarter, &row.image))
		row.id = engine.Hash(id)
		row.offset = bytes.LastIndex(log, append(id, quarter...)) // so together in no other table or index
		require.Positive(t, row.offset)
		all = append(all, row)
	}
	require.NoError(t, rows.Err())
	return all
}

// guesses returns, by method of the attacker, the guessed outcome of each chat in the order of
// finishing.
func guesses(want []string, sids, cids []engine.Hash, entered []insertion) map[string][]string {
	images := func(rows []insertion) (all []string) {
		for _, row := range rows {
			all = append(all, row.image)
		}
		return all
	}
	byTable := images(entered)
	written := slices.Clone(entered)
	slices.SortFunc(written, func(a, b insertion) int { return b.offset - a.offset })
	return map[string][]string{
		"order of finishing, table order":   byTable,
		"order of finishing, write order":   images(written),
		"order of staged keys, table order": inOrderOf(sids, byTable),
		"order of chat hashes, table order": inOrderOf(cids, byTable),
		"order of staged keys, write order": inOrderOf(sids, images(written)),
		"order of chat hashes, write order": inOrderOf(cids, images(written)),
	}
}

// inOrderOf gives the smallest key the first value, the next the second, and so on.
func inOrderOf(keys []engine.Hash, values []string) []string {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, func(a, b engine.Hash) int { return bytes.Compare(a[:], b[:]) })
	all := make([]string, len(keys))
	for i, key := range keys {
		all[i] = values[slices.Index(sorted, key)]
	}
	return all
}
