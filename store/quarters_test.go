package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
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
	"digiwijzer/store/sqlite"
)

var q4 = figures.Span("2026Q4")

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
		Channel: pick("telegram", "web"), Lang: pick("nl", "en"), Duration: []string{"4-7min", "0-3min", "15+min", "8-14min", "day", ""}[r.IntN(6)],
		QuestionSet: 1, Scoring: 1, Content: "abc",
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

// tally returns counts with the sums of their keys.
func tally(t *testing.T, f *file) map[string][2]int64 {
	t.Helper()
	rows, err := f.conn.QueryContext(context.Background(),
		"SELECT quarter, dimension_a, dimension_b, value_a, value_b, n, k FROM tally")
	require.NoError(t, err)
	defer rows.Close()
	all := map[string][2]int64{}
	for rows.Next() {
		var quarter, a, b, av, bv string
		var n, k int64
		require.NoError(t, rows.Scan(&quarter, &a, &b, &av, &bv, &n, &k))
		all[fmt.Sprintf("%s %s=%s %s=%s", quarter, a, av, b, bv)] = [2]int64{n, k}
	}
	require.NoError(t, rows.Err())
	return all
}

// Counting row by row gives the same tally as counting all rows at once, and every count has
// the sum of the keys of its rows.
func TestTallyMatchesRows(t *testing.T) {
	s := newHarness(t).open(t)
	r := rand.New(rand.NewPCG(1, 1))
	direct := map[string][2]int64{}
	for i := range 150 {
		quarter, o := []string{"2026Q3", "2026Q4"}[i%2], randomOutcome(r)
		row := storedOutcome{Quarter: quarter, Outcome: o}.row()
		require.NoError(t, s.rows.UpdateStats(t.Context(), func(stats engine.Stats) error { return stats.AddOutcomes([]engine.Outcome{row}) }))
		add := func(key string) {
			direct[quarter+key] = [2]int64{direct[quarter+key][0] + 1, direct[quarter+key][1] + row.Key}
		}
		add(" sector=" + o.Sector + " =")
		add(" region=" + o.Region + " sector=" + o.Sector)
		quadrant := o.Quadrant
		if o.Extra && quadrant != "vulnerable" {
			quadrant = "near"
		}
		add(" quadrant=" + quadrant + " =")
		add(" readiness=" + []string{"0-29", "0-29", "0-29", "30-49", "30-49", "50-69", "50-69", "70-100", "70-100", "70-100"}[o.ReadinessBand] + " =")
		once := map[string]bool{}
		for _, id := range o.Referrals {
			if !once[id] {
				add(" initiative=" + id + " sector=" + o.Sector)
				add(" help_wanted=" + o.HelpWanted + " initiative=" + id)
			}
			once[id] = true
		}
	}
	require.NoError(t, s.rows.UpdateStats(t.Context(), func(stats engine.Stats) error {
		return stats.AddResults([]engine.FollowUpResult{{ID: engine.Hash{1}, Key: 5, Quarter: "2026Q4", Initiative: "kvk", Result: "ja"},
			{ID: engine.Hash{2}, Key: 7, Quarter: "2026Q4", Initiative: "niets", Reason: "tijd"}})
	}))
	incremental := tally(t, stats(s))
	for key, n := range direct {
		assert.Equal(t, n, incremental[key], key)
	}
	assert.Equal(t, [2]int64{1, 7}, incremental["2026Q4 hindrance=tijd step_taken=niets"])

	// The migration counts all existing rows at once.
	step, err := os.ReadFile("sqlite/schema/stats.6.sql")
	require.NoError(t, err)
	_, count, found := strings.Cut(string(step), "DROP TRIGGER tally_outcome;")
	require.True(t, found)
	execSQL(t, stats(s), "DROP TRIGGER tally_outcome;"+count)
	older := maps.Clone(incremental)
	maps.DeleteFunc(older, func(key string, _ [2]int64) bool { return strings.Contains(key, " duration=") })
	assert.Equal(t, older, tally(t, stats(s)))

	// A later one adds that nobody knows how long these took.
	step, err = os.ReadFile("sqlite/schema/stats.10.sql")
	require.NoError(t, err)
	_, count, found = strings.Cut(string(step), "DROP VIEW attribute;")
	require.True(t, found)
	execSQL(t, stats(s), "DROP VIEW attribute;"+count)
	assert.Equal(t, withoutDurations(incremental), tally(t, stats(s)))
}

// withoutDurations returns a tally as if it was unknown of all rows how long they took.
func withoutDurations(tally map[string][2]int64) map[string][2]int64 {
	all := map[string][2]int64{}
	for key, n := range tally {
		key = durationPattern.ReplaceAllString(key, "duration=$2")
		all[key] = [2]int64{all[key][0] + n[0], all[key][1] + n[1]}
	}
	return all
}

var durationPattern = regexp.MustCompile(`duration=(\S+)( |$)`)

func (h *harness) figures(t testing.TB, key *Key) *Figures {
	t.Helper()
	f, err := OpenFigures(context.Background(), h.dir, key)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// told tells a span at a given time.
func told(t testing.TB, f *Figures, of figures.Span, l disclosure.Level, now time.Time) (figures.Told, error) {
	t.Helper()
	catalogue, err := embeddedCatalogue()
	require.NoError(t, err)
	service := figures.NewService(f, func() *referral.Catalogue { return catalogue }, fixedClock(now))
	return service.Release(context.Background(), of, l)
}

var embeddedCatalogue = sync.OnceValues(func() (*referral.Catalogue, error) { return referral.BuiltIn() })

func embeddedRegion(t testing.TB) *referral.Region {
	t.Helper()
	c, err := embeddedCatalogue()
	require.NoError(t, err)
	return c.Region()
}

type fixedClock time.Time

func (c fixedClock) Now() time.Time { return time.Time(c) }

func TestQuarterIsToldOnceClosed(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	r := rand.New(rand.NewPCG(2, 2))
	for range 80 {
		addOutcomes(t, s, "2026Q4", randomOutcome(r))
	}
	finish(t, s, chat(1), noon, "kvk") // pending in this quarter
	january := time.Date(2027, 1, 6, 12, 0, 0, 0, referral.Netherlands)
	for name, when := range map[string]time.Time{"running": noon, "an outcome is pending": january} {
		_, err := told(t, h.figures(t, h.key), q4, disclosure.Internal, when)
		assert.Equal(t, figures.NotClosedError{Span: q4, Settles: "2027-02-01"}, err, name)
	}
	_, err := told(t, h.figures(t, nil), q4, disclosure.Internal, january)
	assert.ErrorAs(t, err, &figures.NotClosedError{}, "without the key it is unknown what is pending")
	do(t, s, func(tx bot.Tx) error { return tx.Erase(chat(1)) }, chat(1))
	first, err := told(t, h.figures(t, h.key), q4, disclosure.Internal, january)
	require.NoError(t, err)
	assert.Equal(t, 80, first.Outcomes)
	assert.True(t, first.Table(disclosure.ByQuadrant, "").Figure("leading").Own())
	_, err = told(t, h.figures(t, nil), q4, disclosure.External, time.Date(2027, 2, 1, 12, 0, 0, 0, referral.Netherlands))
	assert.NoError(t, err)
	again, err := told(t, h.figures(t, h.key), q4, disclosure.Internal, january.AddDate(0, 2, 0))
	require.NoError(t, err)
	assert.Equal(t, first, again)

	// What the rows no longer give is not told.
	addOutcomes(t, s, "2026Q4", randomOutcome(r))
	_, err = told(t, h.figures(t, h.key), q4, disclosure.Internal, january.AddDate(0, 2, 0))
	assert.Equal(t, figures.ChangedError{Period: "2026Q4"}, err)
	execSQL(t, stats(s), "UPDATE release SET content = replace(content, '80', '81')")
	_, err = told(t, h.figures(t, h.key), q4, disclosure.Internal, january)
	var stored *Error
	require.True(t, errors.As(err, &stored))
	assert.Equal(t, Corrupt, stored.Condition)
}

// The same businesses give the same figure wherever they are counted, and a figure is at most
// two away from the count.
func TestSameSetSameFigure(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	r := rand.New(rand.NewPCG(6, 6))
	for i := range 300 {
		o := randomOutcome(r)
		o.Region, o.Size = "GV", "mkb" // one set of businesses, counted by two attributes
		if i%3 > 0 {
			o.Region, o.Size = "U", "2-9"
		}
		addOutcomes(t, s, "2026Q4", o)
	}
	got, err := told(t, h.figures(t, nil), q4, disclosure.Internal, noon.AddDate(1, 0, 0))
	require.NoError(t, err)
	region, size := got.Table(disclosure.ByRegion, ""), got.Table(disclosure.BySize, "")
	assert.Equal(t, region.Figure("GV"), size.Figure("mkb"))
	assert.Equal(t, region.Figure("U"), size.Figure("2-9"))
	exact := tally(t, stats(s))
	compared := 0
	for _, table := range got.Tables {
		for _, value := range table.RowValues {
			n := 0
			for _, member := range disclosure.Members(table.Rows, value) {
				n += int(exact["2026Q4 "+string(table.Rows)+"="+member+" ="][0])
			}
			figure, known := table.Figure(value).N()
			if !known || table.Rows == disclosure.ByTarget {
				continue
			}
			assert.InDelta(t, n, figure, disclosure.MaxError, "%s %s", table.Rows, value)
			assert.Zero(t, figure%disclosure.Base)
			compared++
		}
	}
	assert.Greater(t, compared, 40)
}

// A quarter that the first version released, table by table, stays as it was told.
func TestQuarterOfTheFirstVersion(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for range 40 {
		addOutcomes(t, s, "2026Q4", outcome())
	}
	release := func(level, dimensions, content string) {
		hash := sha256.Sum256([]byte(content))
		execSQL(t, stats(s), "INSERT INTO release VALUES ('2026Q4', ?, ?, '2027-W05', ?, ?)", level, dimensions, hash[:], content)
	}
	release("intern", "quadrant", `{"rows":"quadrant","row_values":[["vulnerable"],["leading","near"]],"cells":[[7],[33]],"total":40}`)
	release("intern", "sector,region", `{"rows":"sector","columns":"region","row_values":[["bouw"]],"column_values":[["U"],["GV"]],"cells":[[17,null]],"row_totals":[20],"column_totals":[17,3],"total":40}`)
	release("extern", "quadrant", `{"rows":"quadrant","row_values":null,"cells":null,"total":40,"withheld":"too_telling"}`)
	later := noon.AddDate(1, 0, 0)
	got, err := told(t, h.figures(t, nil), q4, disclosure.Internal, later)
	require.NoError(t, err)
	assert.Zero(t, got.Version)
	assert.Equal(t, 40, got.Outcomes)
	n, known := got.Table(disclosure.ByQuadrant, "").Figure("vulnerable").N()
	assert.True(t, known)
	assert.Equal(t, 7, n, "exactly as it was told")
	assert.Equal(t, []string{"vulnerable", "leading + near"}, got.Table(disclosure.ByQuadrant, "").RowValues)
	_, known = got.Table(disclosure.BySector, disclosure.ByRegion).Cell("bouw", "GV").N()
	assert.False(t, known, "hidden")
	got, err = told(t, h.figures(t, nil), q4, disclosure.External, later)
	require.NoError(t, err)
	assert.Empty(t, got.Table(disclosure.ByQuadrant, "").RowValues)
	year, err := told(t, h.figures(t, nil), "2026", disclosure.Internal, later)
	require.NoError(t, err)
	assert.Contains(t, year.Without, figures.Quarter("2026Q4"))
	assert.Empty(t, year.Tables)
	execSQL(t, stats(s), "UPDATE release SET content = replace(content, '33', '30')")
	_, err = told(t, h.figures(t, nil), q4, disclosure.Internal, later)
	assert.ErrorContains(t, err, "altered")
}

// What was told by earlier lists stays as it was told.
func TestEarlierListsStay(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for range 40 {
		addOutcomes(t, s, "2026Q4", outcome())
	}
	content := `{"rounding":1,"period":"2026Q4","outcomes":40,"answers":0,"tables":[{"rows":"target","row_values":["yes"],"cells":[[{"n":39,"own":true}]],"total":40}]}`
	hash := sha256.Sum256([]byte(content))
	execSQL(t, stats(s), "INSERT INTO release VALUES ('2026Q4', 'intern', 'rounding 1', '2027-W05', ?, ?)", hash[:], content)
	got, err := told(t, h.figures(t, nil), q4, disclosure.Internal, noon.AddDate(1, 0, 0))
	require.NoError(t, err)
	assert.Len(t, got.Tables, 1)
	n, known := got.InTarget().N()
	assert.True(t, known)
	assert.Equal(t, 39, n)
}

// Counts without keys, from before there were keys, are not told with attributes.
func TestCountsWithoutKeysAreNotTold(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for i := range 9 {
		finish(t, s, chat(i), noon, "kvk")
	}
	require.Equal(t, 9, handOver(t, s, noon))
	target := func() disclosure.Figure {
		execSQL(t, stats(s), "DELETE FROM release")
		got, err := told(t, h.figures(t, nil), "2026", disclosure.Internal, noon.AddDate(1, 0, 0))
		require.NoError(t, err)
		return got.InTarget()
	}
	n, known := target().N()
	assert.True(t, known)
	assert.Equal(t, 9, n)
	execSQL(t, stats(s), "UPDATE counter SET k = NULL WHERE kind = 'target'")
	_, known = target().N()
	assert.False(t, known)
}

// A restore can say which periods were told after the backup was made.
func TestReleasedSinceABackup(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	release := func(period string) {
		execSQL(t, stats(s), "INSERT INTO release VALUES (?, 'intern', 'rounding 1', '2027-W05', x'00', '{}')", period)
	}
	release("2026Q3")
	kept := filepath.Join(t.TempDir(), "copy.db")
	requireBackup(t, h, kept, nil)
	release("2026Q4")
	release("2026")
	require.NoError(t, s.Close())
	r, err := Restore(t.Context(), h.copyOf(t).dir, kept, nil)
	require.NoError(t, err)
	assert.True(t, r.SinceKnown)
	assert.Equal(t, []string{"2026", "2026Q4"}, r.Since)
	r, err = Restore(t.Context(), t.TempDir(), kept, nil)
	require.NoError(t, err)
	assert.True(t, r.SinceKnown, "nothing is replaced")
	assert.Empty(t, r.Since)
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, sqlite.StatsFile), []byte("damaged"), 0o600))
	r, err = Restore(t.Context(), h.dir, kept, nil)
	require.NoError(t, err, "the damage may be why it is replaced")
	assert.False(t, r.SinceKnown)
}

// BenchmarkReports measures the weekly report of a year and what is told of a quarter and of a
// year, by number of outcomes in the year, in batches of five. For one size:
//
//	go test ./store -run '^$' -bench Reports/1000000/
func BenchmarkReports(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			h := newHarness(b)
			fillStats(b, h.open(b), n)
			f := h.figures(b, h.key)
			b.Run("weekly", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r := weekly(b, f, figures.Period{From: "2026-W01", To: "2026-W53"}, "kvk")
					require.Equal(b, n, r.Totals.Completed)
				}
			})
			for of, want := range map[figures.Span]int{q4: n / 4, "2026": n} {
				b.Run(string(of.Kind()), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						r, err := told(b, f, of, disclosure.Internal, noon.AddDate(1, 0, 0))
						require.NoError(b, err)
						require.Equal(b, want, r.Outcomes)
					}
				})
			}
		})
	}
}

// fillStats adds n outcomes, divided over the quarters of a year, without the triggers, and
// writes the tallies that these would have kept.
func fillStats(b *testing.B, s *Store, n int) {
	b.Helper()
	r := rand.New(rand.NewPCG(9, 9))
	for _, trigger := range []string{"tally_outcome", "tally_referral"} {
		execSQL(b, stats(s), "DROP TRIGGER "+trigger)
	}
	quarters := figures.Span("2026").Quarters()
	counts := make([]map[[4]string]int, len(quarters))
	for i, quarter := range quarters {
		counts[i] = map[[4]string]int{}
		for done := 0; done < n/4; done += 10_000 {
			batch := make([]flows.Outcome, min(10_000, n/4-done))
			for j := range batch {
				batch[j] = randomOutcome(r)
				countAttributes(counts[i], batch[j])
			}
			addOutcomes(b, s, string(quarter), batch...)
		}
	}
	execSQL(b, stats(s), "BEGIN")
	for i := range n / 5 {
		id := random()
		execSQL(b, stats(s), "INSERT INTO batch VALUES (?, ?, 5, 0)", id[:], string(quarters[i%4]))
		execSQL(b, stats(s), "INSERT INTO counter VALUES (?, 'completed', '', 5, 0) ON CONFLICT DO UPDATE SET n = n + 5", fmt.Sprintf("2026-W%02d", 1+i%53))
	}
	for i, quarter := range quarters {
		for key, n := range counts[i] {
			execSQL(b, stats(s), "INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?)", string(quarter), key[0], key[1], key[2], key[3], n, 7*n)
		}
	}
	execSQL(b, stats(s), "COMMIT")
}

func countAttributes(counts map[[4]string]int, o flows.Outcome) {
	values := [][2]string{{"channel", o.Channel}, {"cyber", o.Cyber}, {"dii", o.DIIBasis}, {"duration", o.Duration}, {"help_wanted", o.HelpWanted}, {"impact", strconv.Itoa(o.ImpactBand / 3)},
		{"lang", o.Lang}, {"obstacle", o.Obstacle}, {"partner", o.Partner}, {"phase", o.Phase}, {"quadrant", o.Quadrant},
		{"readiness", strconv.Itoa(o.ReadinessBand / 3)}, {"region", o.Region}, {"satisfaction", o.Satisfaction}, {"sector", o.Sector}, {"self_image", o.SelfImage}, {"size", o.Size}}
	for i, a := range values {
		counts[[4]string{a[0], "", a[1], ""}]++
		for _, b := range values[i+1:] {
			counts[[4]string{a[0], b[0], a[1], b[1]}]++
		}
	}
}
