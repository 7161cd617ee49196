package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
)

// BenchmarkTurnsWithOutcomes applies the turns of BenchmarkTurns, 64 per commit, with n
// outcomes in the statistics: the cost of a turn must not depend on n.
//
//	go test ./store -run '^$' -bench TurnsWithOutcomes -benchtime 300x
func BenchmarkTurnsWithOutcomes(b *testing.B) {
	for _, n := range []int{0, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("outcomes=%d", n), func(b *testing.B) {
			s := newHarness(b).open(b)
			fillOutcomes(b, s, n)
			message, done := make([]byte, 700), 0
			for b.Loop() {
				works := make([]bot.Work, 64)
				for i := range works {
					at := done
					works[i] = smallTurn(at, message)
					done++
				}
				_, err := s.Apply(context.Background(), works)
				require.NoError(b, err)
				if done%(64*8) == 0 {
					b.StopTimer()
					drain(b, s)
					b.StartTimer()
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(done), "µs/turn")
			require.Equal(b, n, rowCount(b, stats(s), "outcome"))
		})
	}
}

// BenchmarkHandOverWithOutcomes hands over batches of fifty with n outcomes in the statistics:
// the cost of a hand-over must not depend on n.
//
//	go test ./store -run '^$' -bench HandOverWithOutcomes -benchtime 20x
func BenchmarkHandOverWithOutcomes(b *testing.B) {
	const batch = 50
	for _, n := range []int{0, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("outcomes=%d", n), func(b *testing.B) {
			s := newHarness(b).open(b)
			fillOutcomes(b, s, n)
			rounds := 0
			for b.Loop() {
				b.StopTimer()
				works := make([]bot.Work, batch)
				for i := range works {
					who := chat(rounds*batch + i)
					works[i] = work(func(tx bot.Tx) error {
						return errors.Join(tx.Stage(who, outcome("kvk"), noon), tx.Freeze(who))
					}, who)
				}
				_, err := s.Apply(context.Background(), works)
				require.NoError(b, err)
				rounds++
				b.StartTimer()
				handed, err := s.HandOver(context.Background(), noon)
				require.NoError(b, err)
				require.Equal(b, batch, handed)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(rounds*batch), "µs/outcome")
		})
	}
}

// fillOutcomes inserts n outcomes of four quarters, each with a referral. Triggers update the
// tallies only of later outcomes: for these it would take hours, and a tally is found by its
// key however large it is.
func fillOutcomes(b *testing.B, s *Store, n int) {
	b.Helper()
	var triggers string
	require.NoError(b, stats(s).conn.QueryRowContext(context.Background(),
		"SELECT group_concat(sql, ';') FROM sqlite_master WHERE name IN ('tally_outcome', 'tally_referral')").Scan(&triggers))
	for _, sql := range []string{"DROP TRIGGER tally_outcome; DROP TRIGGER tally_referral", fill, "INSERT INTO outcome_referral SELECT id, 'kvk' FROM outcome", triggers} {
		execSQL(b, stats(s), sql, n)
	}
}

const fill = `
WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i LIMIT ?1)
INSERT INTO outcome SELECT randomblob(16), '2026Q' || (1 + n % 4), 'horeca', 'U', '2-9', '3', n % 10, n / 10 % 10, 'nee', 'vulnerable',
  0, 0, 0, 'weak', 'engaged', 'tijd', 'klanten', '4', '', 'telegram', 'nl', 1, 1, n, '4-7min' FROM i WHERE ?1 > 0`
