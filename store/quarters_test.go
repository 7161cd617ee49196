package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

var q4 = figures.Quarter("2026Q4")

// randomOutcome returns an outcome from a skewed distribution, as real ones have.
func randomOutcome(r *rand.Rand) flows.Outcome {
	pick := func(values ...string) string { x := r.Float64(); return values[int(x*x*float64(len(values)))] }
	o := flows.Outcome{
		Sector: pick("horeca", "retail", "bouw", "zorg", "zakelijk", "ict", "media", "maak", "agri"), Region: pick("U", "GV", "outside"),
		Size: pick("zzp", "2-9", "10+"), SelfImage: pick("2", "3", "1", "4", "5", "x"),
		ReadinessBand: r.IntN(10), ImpactBand: r.IntN(10), DIIBasis: pick("nee", "ja", "onbekend", "waarschijnlijk wel", "waarschijnlijk niet"),
		Quadrant: pick("vulnerable", "leading", "unhurried", "in_order", "none"), Extra: r.IntN(5) == 0,
		Cyber: pick("weak", "ok", "unknown"), Phase: pick("adhoc", "engaged", "later"),
		Obstacle: pick("tijd", "geld", "kennis", "begin", "team", "nut"), HelpWanted: pick("klanten", "papier", "data", "veilig", "twijfel"),
		Satisfaction: pick("4", "5", "", "3", "2", "1"), Partner: pick("", "kvk-utrecht", "bakkers", "slagers"),
		Channel: pick("telegram", "web"), Lang: pick("nl", "en"), QuestionSet: 1, Scoring: 1, Content: "abc",
	}
	ids := []string{"kvk", "werkplaats-utrecht", "slim", "edih-noordwest", "ai-hub"}
	for i := range r.IntN(4) {
		o.Referrals = append(o.Referrals, ids[(i+r.IntN(2))%len(ids)])
	}
	return o
}

// addOutcomes adds outcomes to the statistics as a hand-over does.
func addOutcomes(t testing.TB, s *Store, quarter string, outcomes ...flows.Outcome) {
	t.Helper()
	require.NoError(t, s.rows.UpdateStats(context.Background(), func(stats engine.Stats) error {
		var rows []engine.Outcome
		for _, o := range outcomes {
			rows = append(rows, storedOutcome{Quarter: quarter, Outcome: o}.row())
		}
		return stats.AddOutcomes(rows)
	}))
}

func tally(t *testing.T, f *file) map[string]int {
	t.Helper()
	rows, err := f.conn.QueryContext(context.Background(),
		"SELECT quarter, dimension_a, dimension_b, value_a, value_b, n FROM tally")
	require.NoError(t, err)
	defer rows.Close()
	all := map[string]int{}
	for rows.Next() {
		var quarter, a, b, av, bv string
		var n int
		require.NoError(t, rows.Scan(&quarter, &a, &b, &av, &bv, &n))
		all[fmt.Sprintf("%s %s=%s %s=%s", quarter, a, av, b, bv)] = n
	}
	require.NoError(t, rows.Err())
	return all
}

// Counting row by row gives the same tally as counting all rows at once.
func TestTallyMatchesRows(t *testing.T) {
	s := newHarness(t).open(t)
	r := rand.New(rand.NewPCG(1, 1))
	direct := map[string]int{}
	for i := range 150 {
		quarter, o := []string{"2026Q3", "2026Q4"}[i%2], randomOutcome(r)
		addOutcomes(t, s, quarter, o)
		direct[quarter+" sector="+o.Sector+" ="]++
		direct[quarter+" region="+o.Region+" sector="+o.Sector]++
		quadrant := o.Quadrant
		if o.Extra && quadrant != "vulnerable" {
			quadrant = "near"
		}
		direct[quarter+" quadrant="+quadrant+" ="]++
		direct[quarter+" readiness="+[]string{"0-29", "0-29", "0-29", "30-49", "30-49", "50-69", "50-69", "70-100", "70-100", "70-100"}[o.ReadinessBand]+" ="]++
		once := map[string]bool{}
		for _, id := range o.Referrals {
			if !once[id] {
				direct[quarter+" initiative="+id+" sector="+o.Sector]++
				direct[quarter+" help_wanted="+o.HelpWanted+" initiative="+id]++
			}
			once[id] = true
		}
	}
	execSQL(t, stats(s), `INSERT INTO followup_result VALUES (x'01', '2026Q4', 'kvk', 'ja', ''), (x'02', '2026Q4', 'niets', '', 'tijd')`)
	incremental := tally(t, stats(s))
	for key, n := range direct {
		assert.Equal(t, n, incremental[key], key)
	}
	assert.Equal(t, 1, incremental["2026Q4 hindrance=tijd step_taken=niets"])

	// The migration counts all existing rows at once.
	step, err := os.ReadFile("sqlite/schema/stats.3.sql")
	require.NoError(t, err)
	execSQL(t, stats(s), "DROP TRIGGER tally_outcome; DROP TRIGGER tally_referral; DROP TRIGGER tally_followup; "+
		"DROP TABLE tally; DROP TABLE release; DROP VIEW attribute; DROP VIEW followup_attribute; "+string(step))
	assert.Equal(t, incremental, tally(t, stats(s)))
}

func (h *harness) figures(t testing.TB, key *Key) *Figures {
	t.Helper()
	f, err := OpenFigures(context.Background(), h.dir, key)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// quarterly releases a quarter at a given time.
func quarterly(t testing.TB, f *Figures, q figures.Quarter, l disclosure.Level, now time.Time) (figures.Quarterly, error) {
	t.Helper()
	catalogue, err := embeddedCatalogue()
	require.NoError(t, err)
	service := figures.NewService(f, func() *referral.Catalogue { return catalogue }, fixedClock(now))
	return service.Release(context.Background(), q, l)
}

var embeddedCatalogue = sync.OnceValues(func() (*referral.Catalogue, error) { return referral.Load(referral.Embedded()) })

type fixedClock time.Time

func (c fixedClock) Now() time.Time { return time.Time(c) }

func TestQuarterIsReleasedOnceClosed(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	r := rand.New(rand.NewPCG(2, 2))
	for range 80 {
		addOutcomes(t, s, "2026Q4", randomOutcome(r))
	}
	finish(t, s, chat(1), noon, "kvk") // pending in this quarter
	january := time.Date(2027, 1, 2, 12, 0, 0, 0, referral.Netherlands)
	for name, when := range map[string]time.Time{"running": noon, "an outcome is pending": january} {
		_, err := quarterly(t, h.figures(t, h.key), q4, disclosure.Internal, when)
		assert.Equal(t, figures.NotClosedError{Quarter: q4, Settles: "2027-01-30"}, err, name)
	}
	_, err := quarterly(t, h.figures(t, nil), q4, disclosure.Internal, january)
	assert.ErrorAs(t, err, &figures.NotClosedError{}, "without the key it is unknown what is pending")
	do(t, s, func(tx bot.Tx) error { return tx.Erase(chat(1)) }, chat(1))
	report, err := quarterly(t, h.figures(t, h.key), q4, disclosure.Internal, january)
	require.NoError(t, err)
	assert.Equal(t, 80, report.Outcomes)
	_, err = quarterly(t, h.figures(t, nil), q4, disclosure.External, time.Date(2027, 1, 30, 12, 0, 0, 0, referral.Netherlands))
	assert.NoError(t, err)

	// A release does not change.
	for range 7 {
		addOutcomes(t, s, "2026Q4", randomOutcome(r))
	}
	again, err := quarterly(t, h.figures(t, h.key), q4, disclosure.Internal, january.AddDate(0, 2, 0))
	require.NoError(t, err)
	assert.Equal(t, report, again)
	execSQL(t, stats(s), "UPDATE release SET content = replace(content, '80', '81')")
	_, err = quarterly(t, h.figures(t, h.key), q4, disclosure.Internal, january)
	var stored *Error
	require.True(t, errors.As(err, &stored))
	assert.Equal(t, Corrupt, stored.Condition)
}

// TestDifferencingRevealsNothing is attack A6: every week for a year an attacker requests all
// tables of every quarter at both levels, while outcomes are added, and subtracts any two
// tables of the same quarter and dimensions. No difference is between one and four.
func TestDifferencingRevealsNothing(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	r := rand.New(rand.NewPCG(6, 6))
	start := time.Date(2026, 1, 5, 12, 0, 0, 0, referral.Netherlands)
	quarters := []figures.Quarter{"2026Q1", "2026Q2", "2026Q3", "2026Q4"}
	seen := map[string][]disclosure.Table{}
	f := h.figures(t, nil)
	released, refused := 0, 0
	for week := range 57 {
		now := start.AddDate(0, 0, 7*week)
		if week < 52 {
			for range 3 + r.IntN(6) {
				addOutcomes(t, s, referral.QuarterOf(now.AddDate(0, 0, -r.IntN(28))), randomOutcome(r)) // some pending for weeks
			}
		}
		for _, q := range quarters {
			for _, l := range []disclosure.Level{disclosure.Internal, disclosure.External} {
				report, err := quarterly(t, f, q, l, now)
				if errors.As(err, &figures.NotClosedError{}) {
					refused++
					continue
				}
				require.NoError(t, err)
				for _, table := range report.Tables {
					key := string(q) + table.ID()
					for _, unlock := range seen[key] {
						assert.Zero(t, smallDifferences(table, unlock), key)
					}
					seen[key] = append(seen[key], table)
					released++
				}
			}
		}
	}
	t.Logf("%d tables released, %d reports refused, no difference of 1 to 4", released, refused)
	assert.Greater(t, released, 1000)
	assert.Greater(t, refused, 100)
}

// smallDifferences counts the cells of the same groups that both tables show and that differ
// by one to four.
func smallDifferences(a, b disclosure.Table) (smallCache int) {
	cells := map[string]int{}
	each := func(t disclosure.Table, visit func(key string, n int)) {
		if t.Withheld == disclosure.Released {
			visit("total", t.Total)
		}
		for i, row := range t.Cells {
			if t.RowTotals != nil {
				visit(fmt.Sprint(t.RowGroups[i]), t.RowTotals[i])
			}
			for j, cell := range row {
				if !cell.Hidden {
					column := ""
					if t.ColumnGroups != nil {
						column = fmt.Sprint(t.ColumnGroups[j])
					}
					visit(fmt.Sprint(t.RowGroups[i], column), cell.N)
				}
			}
		}
	}
	each(a, func(key string, n int) { cells[key] = n })
	each(b, func(key string, n int) {
		if m, both := cells[key]; both && n != m && n-m < 5 && m-n < 5 {
			smallCache++
		}
	})
	return smallCache
}

// BenchmarkReports measures the weekly report of a year and the standard report of a quarter,
// by number of outcomes in batches of five.
func BenchmarkReports(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		h := newHarness(b)
		fillStats(b, h.open(b), n)
		f := h.figures(b, h.key)
		b.Run("weekly/"+strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := weekly(b, f, figures.Period{From: "2026-W01", To: "2026-W53"}, "kvk")
				require.Equal(b, n, r.Totals.Completed)
			}
		})
		b.Run("quarterly/"+strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := quarterly(b, f, q4, disclosure.Internal, noon.AddDate(1, 0, 0))
				require.NoError(b, err)
				require.Equal(b, n, r.Outcomes)
			}
		})
	}
}

// fillStats adds n outcomes without the triggers, and writes the tallies that these would have
// kept.
func fillStats(b *testing.B, s *Store, n int) {
	b.Helper()
	r := rand.New(rand.NewPCG(9, 9))
	for _, trigger := range []string{"tally_outcome", "tally_referral"} {
		execSQL(b, stats(s), "DROP TRIGGER "+trigger)
	}
	counts := map[[4]string]int{}
	for done := 0; done < n; done += 10_000 {
		batch := make([]flows.Outcome, min(10_000, n-done))
		for i := range batch {
			batch[i] = randomOutcome(r)
			countAttributes(counts, batch[i])
		}
		addOutcomes(b, s, string(q4), batch...)
	}
	execSQL(b, stats(s), "BEGIN")
	for i := range n / 5 {
		id := random()
		execSQL(b, stats(s), "INSERT INTO batch VALUES (?, ?, 5, 0)", id[:], string(q4))
		execSQL(b, stats(s), "INSERT INTO counter VALUES (?, 'completed', '', 5) ON CONFLICT DO UPDATE SET n = n + 5", fmt.Sprintf("2026-W%02d", 1+i%53))
	}
	for key, n := range counts {
		execSQL(b, stats(s), "INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?)", string(q4), key[0], key[1], key[2], key[3], n)
	}
	execSQL(b, stats(s), "COMMIT")
}

func countAttributes(counts map[[4]string]int, o flows.Outcome) {
	values := [][2]string{{"channel", o.Channel}, {"cyber", o.Cyber}, {"dii", o.DIIBasis}, {"help_wanted", o.HelpWanted}, {"impact", strconv.Itoa(o.ImpactBand / 3)},
		{"lang", o.Lang}, {"obstacle", o.Obstacle}, {"partner", o.Partner}, {"phase", o.Phase}, {"quadrant", o.Quadrant},
		{"readiness", strconv.Itoa(o.ReadinessBand / 3)}, {"region", o.Region}, {"satisfaction", o.Satisfaction}, {"sector", o.Sector}, {"self_image", o.SelfImage}, {"size", o.Size}}
	for i, a := range values {
		counts[[4]string{a[0], "", a[1], ""}]++
		for _, b := range values[i+1:] {
			counts[[4]string{a[0], b[0], a[1], b[1]}]++
		}
	}
}
