package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/store/sqlite"
)

// totals are the sums of the statistics at one moment.
type totals struct{ batches, conversations, rows, referrals, counted int }

func totalsOf(t *testing.T, f *file) totals {
	t.Helper()
	return totals{
		batches:       rowCount(t, f, "batch"),
		conversations: queryInt(t, f, "SELECT coalesce(sum(n), 0) FROM batch"),
		rows:          rowCount(t, f, "outcome"),
		referrals:     rowCount(t, f, "outcome_referral"),
		counted:       queryInt(t, f, "SELECT coalesce(sum(n), 0) FROM counter"),
	}
}

// TestBackupAtRandomCommits takes twenty backups at random commits while outcomes are staged
// and handed over. Each backup equals the statistics after some commit; a truncated or
// damaged one is refused.
func TestBackupAtRandomCommits(t *testing.T) {
	const rounds, wanted = 30, 20
	h := withoutFolder(t)
	var s *Store
	var copying sync.WaitGroup
	rng, point, taken := rand.New(rand.NewPCG(3, 3)), 0, []string{}
	committed := map[totals]bool{}
	next := 5
	boundary := func(string) {
		if point++; s == nil {
			return // still opening
		}
		committed[totalsOf(t, stats(s))] = true
		if point != next || len(taken) == wanted {
			return
		}
		next += 1 + rng.IntN(2*rounds*16/wanted-8)
		to := filepath.Join(t.TempDir(), "backup.db")
		taken = append(taken, to)
		copying.Go(func() {
			_, err := Backup(context.Background(), h.dir, to, nil)
			assert.NoError(t, err)
		})
	}
	s = h.open(t, boundary)
	for round := range rounds {
		for n := range 6 {
			finish(t, s, chat(10*round+n), noon, "kvk", "werkplaats-utrecht")
		}
		handOver(t, s, noon)
	}
	copying.Wait()
	require.Len(t, taken, wanted, "of %d points", point)
	different := map[totals]bool{}
	for _, path := range taken {
		different[requireRestores(t, h, path, committed)] = true
	}
	assert.Greater(t, len(different), wanted/2)
	t.Logf("%d backups at %d points, %d different", len(taken), point, len(different))
	requireDamagedBackupsRefused(t, h, taken[wanted-1])
}

// requireRestores restores a backup into an empty folder and opens it.
func requireRestores(t *testing.T, h *harness, backup string, committed map[totals]bool) totals {
	t.Helper()
	image := h.in(filepath.Join(t.TempDir(), "data"))
	require.NoError(t, os.MkdirAll(image.dir, 0o700))
	_, err := Restore(context.Background(), image.dir, backup, nil)
	require.NoError(t, err)
	s := image.open(t)
	defer s.Close()
	requireIntegrity(t, s)
	got := totalsOf(t, stats(s))
	require.True(t, committed[got], "no commit had %+v", got)
	require.Equal(t, got.conversations, got.rows)
	return got
}

// requireDamagedBackupsRefused restores truncated backups and backups with a lost page, which
// must change nothing.
func requireDamagedBackupsRefused(t *testing.T, h *harness, backup string) {
	t.Helper()
	whole, err := os.ReadFile(backup)
	require.NoError(t, err)
	image := h.copyOf(t)
	before, err := os.ReadFile(filepath.Join(image.dir, sqlite.StatsFile))
	require.NoError(t, err)
	const page = 4096
	require.Greater(t, len(whole), 8*page)
	broken := map[string][]byte{"empty": {}, "header only": whole[:100]}
	for _, cut := range []int{1, 512, page, len(whole) / 2} {
		broken[fmt.Sprintf("%d bytes short", cut)] = whole[:len(whole)-cut]
	}
	for at := page; at < 6*page; at += page {
		damaged := append([]byte(nil), whole...)
		clear(damaged[at : at+page])
		broken[fmt.Sprintf("page %d lost", at/page+1)] = damaged
	}
	for name, content := range broken {
		path := filepath.Join(t.TempDir(), "broken.db")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		_, err := Restore(context.Background(), image.dir, path, nil)
		assert.Error(t, err, name)
		after, err := os.ReadFile(filepath.Join(image.dir, sqlite.StatsFile))
		require.NoError(t, err)
		assert.Equal(t, before, after, name)
	}
	s := image.open(t)
	defer s.Close()
	do(t, s, func(tx bot.Tx) error { return tx.Freeze(chat(1)) }, chat(1))
}
