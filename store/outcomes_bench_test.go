package store

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// BenchmarkTurnsBesideOutcomes applies the turns of BenchmarkTurns, 64 to a commit, with
// so many outcomes among the figures: what has been counted must not make a turn dearer.
//
//	go test ./store -run '^$' -bench BesideOutcomes -benchtime 300x
func BenchmarkTurnsBesideOutcomes(b *testing.B) {
	for _, n := range []int{0, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("outcomes=%d", n), func(b *testing.B) {
			s := newWorld(b).open(b)
			fillOutcomes(b, s, n)
			message, done := make([]byte, 700), 0
			for b.Loop() {
				works := make([]func(flows.Tx) error, 64)
				for i := range works {
					at := done
					works[i] = func(tx flows.Tx) error { return smallTurn(tx, at, message) }
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
			require.Equal(b, n, number(b, s.stats, "SELECT count(*) FROM outcome"))
		})
	}
}

// fillOutcomes puts n outcomes of four quarters into the figures, each with a referral.
// Their tallies are left out: no turn comes near them.
func fillOutcomes(b *testing.B, s *Store, n int) {
	b.Helper()
	_, err := s.stats.conn.ExecContext(context.Background(), "DROP TRIGGER tally_outcome; DROP TRIGGER tally_referral")
	require.NoError(b, err)
	_, err = s.stats.conn.ExecContext(context.Background(), `
WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i LIMIT ?1)
INSERT INTO outcome SELECT randomblob(16), '2026Q' || (1 + n % 4), 'horeca', 'U', '2-9', '3', n % 10, n / 10 % 10, 'nee', 'vulnerable',
  0, 0, 0, 'weak', 'engaged', 'tijd', 'klanten', '4', '', 'telegram', 'nl', 1, 1, 'built-in' FROM i WHERE ?1 > 0`, n)
	require.NoError(b, err)
	_, err = s.stats.conn.ExecContext(context.Background(), "INSERT INTO outcome_referral SELECT id, 'kvk' FROM outcome")
	require.NoError(b, err)
}
