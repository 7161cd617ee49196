package figures

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// n returns a figure that is told, as a number.
func n(t testing.TB, f disclosure.Figure) int {
	t.Helper()
	n, told := f.N()
	require.True(t, told)
	return n
}

func isBelow(f disclosure.Figure) bool { _, below := f.Below(); return below }

// cubeOf returns a cube of so many businesses, the same ones every time, of which a third is
// vulnerable and a third in the province with a low score.
func cubeOf(businesses int) *disclosure.Cube {
	c := disclosure.NewCube()
	for i := range businesses {
		values := map[disclosure.Dimension]string{
			disclosure.ByQuadrant:  []string{"vulnerable", "near", "leading"}[i%3],
			disclosure.ByRegion:    []string{"U", "GV", "U"}[i%3],
			disclosure.ByReadiness: []string{"0-29", "30-49", "70-100"}[i%3],
			disclosure.BySector:    []string{"bouw", "zorg"}[i%2],
			disclosure.ByVerdict:   []string{"good", "good", "not_good", ""}[i%4],
			disclosure.ByPartner:   []string{"kvk", ""}[i%2],
			disclosure.ByDuration:  []string{disclosure.Within4, disclosure.Within8, disclosure.Within15}[i%3],
		}
		if i%5 > 0 {
			c.Add(disclosure.ByTarget, disclosure.Yes, "", "", 1, int64(i*7919))
		}
		for a, av := range values {
			c.Add(a, av, "", "", 1, int64(i*7919))
			for b, bv := range values {
				if a < b {
					c.Add(a, av, b, bv, 1, int64(i*7919))
				}
			}
		}
	}
	return c
}

// How long it took is told in classes, and the middle one by what is told.
func TestTimeToFinish(t *testing.T) {
	facts := func(l disclosure.Level, counts map[string]int) Facts {
		c, k := disclosure.NewCube(), int64(0)
		for class, n := range counts {
			for range n {
				k += 7919
				c.Add(disclosure.ByDuration, class, "", "", 1, k)
				c.Add(disclosure.ByQuadrant, "near", "", "", 1, k)
			}
		}
		return NewTold("2026Q3", l, disclosure.OfQuarter("2026Q3", c), nil, referral.Figures{}).Facts
	}
	usual := map[string]int{disclosure.Within4: 18, disclosure.Within8: 27, disclosure.Within15: 12, disclosure.Longer: 4, disclosure.Days: 1}
	f := facts(disclosure.Internal, usual)
	percent, known := f.InTime.Percent()
	assert.True(t, known)
	assert.Equal(t, 29, percent)
	assert.Equal(t, disclosure.Within8, f.Median)
	assert.Equal(t, f, facts(disclosure.Accountable, usual))
	assert.Equal(t, f.Median, facts(disclosure.External, usual).Median, "that fewer than twelve are unknown is enough")
	for _, c := range []struct {
		counts map[string]int
		median string
	}{
		{map[string]int{disclosure.Within4: 30, disclosure.Within8: 30}, disclosure.Within4},
		{map[string]int{disclosure.Within4: 27, disclosure.Within8: 33}, disclosure.Within8},
		{map[string]int{disclosure.Within4: 9, disclosure.Within8: 9, disclosure.Within15: 42}, disclosure.Within15},
		{map[string]int{disclosure.Within4: 9, disclosure.Within8: 9, disclosure.Within15: 9, disclosure.Longer: 33}, disclosure.Longer},
		{map[string]int{disclosure.Within8: 60}, disclosure.Within8},        // told as at least 55
		{map[string]int{disclosure.Within4: 9, disclosure.Within8: 18}, ""}, // fewer than thirty
		{map[string]int{disclosure.Within4: 36, disclosure.Within8: 24, "": 6}, disclosure.Within4},
	} {
		assert.Equal(t, c.median, facts(disclosure.Internal, c.counts).Median, c.counts)
	}
	mixed := facts(disclosure.Internal, map[string]int{disclosure.Within4: 36, disclosure.Within8: 12, "": 12})
	assert.Nil(t, mixed.InTime, "a fifth was counted before it was measured")
	assert.Empty(t, mixed.Median)
	all := facts(disclosure.Internal, map[string]int{"": 60})
	assert.Nil(t, all.InTime)
	assert.Empty(t, all.Median)
}

func TestPercentageNeedsThirty(t *testing.T) {
	nine, thirty := disclosure.OfQuarter("2026Q3", cubeOf(27)).Table(disclosure.ByQuadrant, "").Figure("vulnerable"), 30
	require.Equal(t, 9, n(t, nine))
	_, known := Share{nine, 29}.Percent()
	assert.False(t, known)
	percent, known := Share{nine, thirty}.Percent()
	assert.True(t, known)
	assert.Equal(t, 30, percent)
	percent, _ = Share{nine, 50}.Percent()
	assert.Equal(t, 18, percent)
	percent, _ = Share{disclosure.Rest(40), 32}.Percent()
	assert.Equal(t, 100, percent, "a figure may be rounded up beyond the whole")
	_, known = Share{disclosure.Figure{}, 90}.Percent()
	assert.False(t, known)
}

// The key figures come from told figures and exact totals.
func TestFacts(t *testing.T) {
	s, m, clock := newService(t)
	clock.now = at(t, "2027-02-03")
	for _, q := range Span("2026").Quarters() {
		m.cubes[q] = cubeOf(90)
	}
	quarter, err := s.Release(t.Context(), "2026Q3", disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, 90, quarter.Outcomes)
	assert.Equal(t, 30, n(t, quarter.Facts.Vulnerable.N))
	assert.Equal(t, 60, n(t, quarter.Facts.OrNear.N))
	assert.Equal(t, 45, n(t, quarter.Facts.Lagging.N))
	assert.Nil(t, quarter.Facts.Target, "told per year only")
	assert.Nil(t, quarter.Facts.Reach, "a crossing is told per year only")
	assert.Equal(t, 60, n(t, quarter.Facts.Previous.OrNear.N), "of the quarter before")
	year, err := s.Release(t.Context(), "2026", disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, 360, year.Outcomes)
	assert.Equal(t, 288, n(t, year.Facts.Target.N))
	assert.Equal(t, &Share{year.Table(disclosure.ByRegion, disclosure.ByReadiness).Cell("U", disclosure.Below50), 13500}, year.Facts.Reach)
	assert.Equal(t, 120, n(t, year.Facts.Reach.N))
	assert.Equal(t, 13500, year.Facts.ReachGoal)
}

// No figure is below the floor at level External, and nothing else differs.
func TestExternalIsTheSameWithAFloor(t *testing.T) {
	s, m, clock := newService(t)
	clock.now = at(t, "2027-02-03")
	m.cubes["2026Q3"] = cubeOf(40)
	inside, err := s.Release(t.Context(), "2026Q3", disclosure.Internal)
	require.NoError(t, err)
	outside, err := s.Release(t.Context(), "2026Q3", disclosure.External)
	require.NoError(t, err)
	below := 0
	for i, table := range inside.Tables {
		assert.Equal(t, table.RowValues, outside.Tables[i].RowValues)
		for j, row := range table.Cells {
			for k, f := range row {
				shown := outside.Tables[i].Cells[j][k]
				number, told := f.N()
				if told && number < disclosure.PublicFloor {
					below++
					assert.True(t, isBelow(shown))
					_, told = shown.N()
					assert.False(t, told)
					continue
				}
				assert.Equal(t, f, shown)
			}
		}
	}
	assert.Positive(t, below)
	text, err := json.Marshal(outside)
	require.NoError(t, err)
	for small := range disclosure.PublicFloor {
		assert.NotContains(t, string(text), fmt.Sprintf(`"n":%d,`, small))
	}
}

// A span is told once; where the rows give something else later, nothing of it is told.
func TestToldIsFinal(t *testing.T) {
	s, m, clock := newService(t)
	clock.now = at(t, "2027-01-05")
	some, none := 1, 0
	m.waiting = &some
	_, err := s.Release(t.Context(), "2026Q4", disclosure.Internal)
	require.ErrorAs(t, err, &NotClosedError{}, "an outcome is waiting")
	m.waiting = &none
	m.cubes["2026Q4"], m.cubes["2026Q3"] = cubeOf(30), cubeOf(60)
	first, err := s.Release(t.Context(), "2026Q4", disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, 30, first.Outcomes)
	require.NotNil(t, first.Facts.Previous)
	assert.InDelta(t, 20, n(t, first.Facts.Previous.Vulnerable.N), disclosure.MaxError)
	assert.Len(t, m.ledger, 2)
	s.released = map[Span]disclosure.Release{} // another run of the program
	again, err := s.Release(t.Context(), "2026Q4", disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	s.released = map[Span]disclosure.Release{}
	m.cubes["2026Q4"] = cubeOf(31)
	_, err = s.Release(t.Context(), "2026Q4", disclosure.Internal)
	assert.Equal(t, ChangedError{"2026Q4"}, err)
}

// A quarter that the first version released stays as it was told, and a quarter without
// service has no figures; a year names both.
func TestQuartersWithoutFigures(t *testing.T) {
	s, m, clock := newService(t)
	clock.now = at(t, "2027-02-03")
	m.cubes["2026Q2"], m.cubes["2026Q3"], m.cubes["2026Q4"] = cubeOf(40), cubeOf(60), cubeOf(70)
	m.earlier = map[Quarter][]disclosure.EarlierTable{"2026Q2": {{Level: disclosure.Internal}}}
	year, err := s.Release(t.Context(), "2026", disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, []Quarter{"2026Q1", "2026Q2"}, year.Without)
	assert.Equal(t, 130, year.Outcomes)
	assert.NotContains(t, m.ledger, "2026Q1")
	assert.NotContains(t, m.ledger, "2026Q2")
	vulnerable := year.Table(disclosure.ByQuadrant, "").Figure("vulnerable")
	assert.False(t, vulnerable.Own(), "a sum, for lack of four quarters")
	quarters := 0
	for _, q := range []Quarter{"2026Q3", "2026Q4"} {
		quarters += n(t, disclosure.OfQuarter(string(q), m.cubes[q]).Table(disclosure.ByQuadrant, "").Figure("vulnerable"))
	}
	assert.Equal(t, quarters, n(t, vulnerable))
}

func TestSpans(t *testing.T) {
	for _, tt := range []struct {
		span     Span
		kind     SpanKind
		quarters []Quarter
		previous Span
		from, to string
		settles  referral.Date
	}{
		{"2026Q1", OneQuarter, []Quarter{"2026Q1"}, "2025Q4", "2026-W01", "2026-W13", "2026-04-27"},
		{"2026H1", HalfYear, []Quarter{"2026Q1", "2026Q2"}, "2025H2", "2026-W01", "2026-W26", "2026-07-27"},
		{"2026H2", HalfYear, []Quarter{"2026Q3", "2026Q4"}, "2026H1", "2026-W27", "2026-W53", "2027-02-01"},
		{"2026", OneYear, []Quarter{"2026Q1", "2026Q2", "2026Q3", "2026Q4"}, "2025", "2026-W01", "2026-W53", "2027-02-01"},
		{"2025Q4-2026Q3", Rolling, []Quarter{"2025Q4", "2026Q1", "2026Q2", "2026Q3"}, "2024Q4-2025Q3", "2025-W40", "2026-W40", "2026-11-02"},
	} {
		assert.Equal(t, tt.kind, tt.span.Kind(), tt.span)
		assert.Equal(t, tt.quarters, tt.span.Quarters(), tt.span)
		assert.Equal(t, tt.previous, tt.span.Previous(), tt.span)
		if tt.kind != Rolling {
			assert.Equal(t, Period{tt.from, tt.to, tt.span}, tt.span.Period(), tt.span)
			assert.Equal(t, tt.settles, tt.span.Settles(), tt.span)
		}
	}
	rolling, err := ParseRolling("2026Q3")
	require.NoError(t, err)
	assert.Equal(t, Span("2025Q4-2026Q3"), rolling)
	rolling, err = ParseRolling("2026-Q4")
	require.NoError(t, err)
	assert.Equal(t, Span("2026"), rolling, "four quarters of one year are that year")
	half, err := ParseHalf("2026-H2")
	require.NoError(t, err)
	assert.Equal(t, Span("2026H2"), half)
	for _, bad := range []string{"", "26", "2026H3", "2026Q5", "jaar"} {
		_, err = ParseHalf(bad)
		assert.Error(t, err, bad)
		_, err = ParseYear(bad)
		assert.Error(t, err, bad)
		_, err = ParseRolling(bad)
		assert.Error(t, err, bad)
	}
}

// TestPeriodsOutsideTheCalendarAreRefused: those that have no week, quarter or year before
// them to compare with, and ranges that are longer than anyone reads.
func TestPeriodsOutsideTheCalendarAreRefused(t *testing.T) {
	for _, year := range []string{"0000", "0001", "1999", "2100", "9999"} {
		_, err := ParseWeek(year + "-W01")
		assert.Error(t, err, year)
		_, err = ParseQuarter(year + "Q1")
		assert.Error(t, err, year)
		_, err = ParseYear(year)
		assert.Error(t, err, year)
		_, err = ParseHalf(year + "H1")
		assert.Error(t, err, year)
		_, err = ParseRolling(year + "Q4")
		assert.Error(t, err, year)
	}
	for _, year := range []string{"2000", "2099"} {
		p, err := ParseWeek(year + "-W01")
		require.NoError(t, err)
		_, err = referral.Monday(p.Previous().From)
		assert.NoError(t, err)
		_, err = referral.Monday(p.yearBefore().From)
		assert.NoError(t, err)
	}
	_, err := ParseWeeks("2001-W01", "2026-W47")
	assert.Error(t, err)
}

// Every week belongs to one quarter, that of its Thursday.
func TestWeeksAndQuartersAgree(t *testing.T) {
	day := at(t, "2024-12-01")
	for range 1200 {
		q := QuarterOf(day)
		assert.True(t, q.Period().Contains(referral.WeekOf(day)), "%s is in %s", day, q)
		assert.Equal(t, Quarter(referral.LastQuarter(day)), q.Before(1))
		day = day.AddDate(0, 0, 1)
	}
}
