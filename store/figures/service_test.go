package figures

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

// memory is a Source in memory that records how often it was read.
type memory struct {
	snapshot Snapshot
	waiting  *int
	cubes    map[Quarter]*disclosure.Cube
	ledger   map[string]disclosure.Table
	reads    int
	fails    error
}

func (m *memory) Snapshot(_ context.Context, p Period) (Snapshot, error) {
	m.reads++
	s := m.snapshot
	s.Counted = nil
	for _, c := range m.snapshot.Counted {
		if p.Contains(c.Week) {
			s.Counted = append(s.Counted, c)
		}
	}
	return s, m.fails
}

func (m *memory) Waiting(context.Context, Quarter) (*int, error) { return m.waiting, m.fails }

func (m *memory) Cube(_ context.Context, q Quarter) (*disclosure.Cube, error) {
	if c := m.cubes[q]; c != nil {
		return c, nil
	}
	return disclosure.NewCube(), nil
}

func (m *memory) Enter(_ context.Context, q Quarter, l disclosure.Level, tables []disclosure.Table, _ string) ([]disclosure.Table, error) {
	entered := make([]disclosure.Table, len(tables))
	for i, t := range tables {
		key := string(q) + string(l) + t.ID()
		if _, known := m.ledger[key]; !known {
			m.ledger[key] = t
		}
		entered[i] = m.ledger[key]
	}
	return entered, nil
}

type fixedClock struct{ now time.Time }

func (c *fixedClock) Now() time.Time { return c.now }

func at(t testing.TB, day string) time.Time {
	t.Helper()
	now, err := time.ParseInLocation(time.DateOnly, day, referral.Netherlands)
	require.NoError(t, err)
	return now.Add(12 * time.Hour)
}

// newService returns a service on 20 November 2026, in 2026-W47, over an empty source.
func newService(t testing.TB) (*Service, *memory, *fixedClock) {
	t.Helper()
	catalogue, err := referral.Load(referral.Embedded())
	require.NoError(t, err)
	m := &memory{cubes: map[Quarter]*disclosure.Cube{}, ledger: map[string]disclosure.Table{}}
	clock := &fixedClock{at(t, "2026-11-20")}
	return NewService(m, func() *referral.Catalogue { return catalogue }, clock), m, clock
}

func started(week string, n int) Count { return Count{Week: week, Kind: Started, N: n} }

func parsed[P any](t testing.TB, parse func(string) (P, error), text string) P {
	t.Helper()
	p, err := parse(text)
	require.NoError(t, err)
	return p
}

func TestReportComparesPeriods(t *testing.T) {
	s, m, _ := newService(t)
	m.snapshot.Counted = []Count{started("2025-W47", 1), started("2025-W46", 90), started("2026-W46", 2), started("2026-W47", 4), started("2026-W48", 90),
		{"2026-W01", Target, "", 8}, {"2026-W47", Target, "", 3}, {"2025-W52", Target, "", 90}}
	m.snapshot.Waiting = []Count{started("2026-W47", 10), {"2026-W47", Completed, "", 1}, {"2026-W30", Completed, "", 90}}
	m.snapshot.Unreadable = 2
	r, err := s.Report(t.Context(), parsed(t, ParseWeek, "2026-W47"), disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, 1, m.reads, "all periods are read at once")
	assert.Equal(t, 14, r.Totals.Started)
	assert.Equal(t, 2, r.Before.Started)
	assert.Equal(t, 1, r.LastYear.Started)
	assert.Equal(t, 11, r.Progress.Reached, "since the first week of the year")
	assert.Equal(t, 1, *r.Waiting)
	assert.Equal(t, 2, r.Unreadable)
	assert.Equal(t, "2026-W47", r.Running)
	assert.Contains(t, r.Totals.Referrals, "kvk", "initiatives without referrals too")
	assert.Nil(t, r.Quarter)
	r, err = s.Report(t.Context(), parsed(t, ParseWeek, "2026-W46"), disclosure.Internal)
	require.NoError(t, err)
	assert.Empty(t, r.Running)
}

func TestExternalReportHasNoWeeks(t *testing.T) {
	s, m, _ := newService(t)
	m.snapshot.Counted = []Count{started("2026-W30", 5)}
	r, err := s.Report(t.Context(), parsed(t, ParseQuarter, "2026Q3").Period(), disclosure.External)
	require.NoError(t, err)
	assert.Nil(t, r.Trend)
	assert.Zero(t, m.reads)
	assert.Equal(t, disclosure.External, r.Quarter.Level)
}

func TestReportOfAnOpenQuarter(t *testing.T) {
	s, m, _ := newService(t)
	q4 := parsed(t, ParseQuarter, "2026-Q4").Period()
	r, err := s.Report(t.Context(), q4, disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, &NotClosedError{"2026Q4", "2027-01-30"}, r.Pending)
	assert.Len(t, r.Weeks, 14, "the weeks of the quarter")
	for name, ask := range map[string]func() (Report, error){
		"external": func() (Report, error) { return s.Report(t.Context(), q4, disclosure.External) },
		"own choice": func() (Report, error) {
			return s.Report(t.Context(), q4, disclosure.Internal, disclosure.Crossing{A: disclosure.BySector})
		},
	} {
		_, err = ask()
		assert.ErrorAs(t, err, &NotClosedError{}, name)
	}
	assert.Empty(t, m.ledger)
}

// A quarter keeps the tables of its first release, whatever is counted afterwards.
func TestReleaseIsFinal(t *testing.T) {
	s, m, clock := newService(t)
	clock.now = at(t, "2027-01-02")
	some, none := 1, 0
	m.waiting = &some
	_, err := s.Release(t.Context(), "2026Q4", disclosure.Internal)
	require.ErrorAs(t, err, &NotClosedError{}, "an outcome is waiting")
	m.waiting = &none
	cube := disclosure.NewCube()
	cube.Add(disclosure.ByQuadrant, "vulnerable", "", "", 30)
	m.cubes["2026Q4"] = cube
	m.cubes["2026Q3"] = cube
	first, err := s.Release(t.Context(), "2026Q4", disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, 30, first.Outcomes)
	require.NotNil(t, first.Facts.Previous)
	cube.Add(disclosure.ByQuadrant, "leading", "", "", 50)
	again, err := s.Release(t.Context(), "2026Q4", disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Len(t, m.ledger, 2*len(disclosure.Standard()))
}

func TestClosedQuarters(t *testing.T) {
	s, m, _ := newService(t)
	m.snapshot.NoKey = true
	m.snapshot.Counted = []Count{started("2026-W41", 1), started("2026-W30", 1), started("2025-W30", 1), started("2023-W30", 1)}
	closed, err := s.ClosedQuarters(t.Context(), 8)
	require.NoError(t, err)
	assert.Equal(t, []Quarter{"2026Q3", "2025Q3"}, closed)
	assert.Equal(t, 1, m.reads)
}

func TestPartnerQuarters(t *testing.T) {
	s, m, _ := newService(t)
	for quarter, n := range map[Quarter]int{"2026Q3": 14, "2026Q1": 7} {
		m.cubes[quarter] = disclosure.NewCube()
		m.cubes[quarter].Add(disclosure.ByPartner, "kvk", "", "", n)
		m.cubes[quarter].Add(disclosure.ByPartner, "", "", "", 40)
	}
	quarters, err := s.PartnerQuarters(t.Context(), "kvk", 8)
	require.NoError(t, err)
	assert.Equal(t, []PartnerQuarter{{"2026Q3", 14, true}, {"2026Q2", 0, false}, {"2026Q1", 0, false}}, quarters)
}

func TestActivities(t *testing.T) {
	s, m, clock := newService(t)
	m.snapshot.Counted = []Count{started("2026-W30", 90), started("2026-W41", 5), {"2026-W41", Partner, "kvk", 2}, {"2026-W45", Partner, "gone", 1}}
	all, err := s.Activities(t.Context(), []string{"new", "kvk"})
	require.NoError(t, err)
	assert.Equal(t, Activities{Started: 5, Without: 2, Partners: []Activity{
		{Code: "new", Quiet: true}, {Code: "kvk", Quarter: 2, Last: "2026-W41"}, {Code: "gone", Quarter: 1, Last: "2026-W45"},
	}}, all)
	clock.now = at(t, "2027-01-01") // in 2026-W53, before the first week of its quarter
	all, err = s.Activities(t.Context(), nil)
	require.NoError(t, err)
	assert.Zero(t, all.Started)
}

func TestActivityOfAPartner(t *testing.T) {
	names, err := referral.Weeks("2026-W01", "2026-W47") // the last one is the eighth of its quarter
	require.NoError(t, err)
	for name, c := range map[string]struct {
		counted map[string]int
		want    Activity
	}{
		"never":            {nil, Activity{Quiet: true}},
		"this week":        {map[string]int{"2026-W47": 2}, Activity{Quarter: 2, Last: "2026-W47"}},
		"eight weeks ago":  {map[string]int{"2026-W39": 4}, Activity{Last: "2026-W39", Quiet: true}},
		"seven weeks ago":  {map[string]int{"2026-W40": 4}, Activity{Quarter: 4, Last: "2026-W40"}},
		"less than before": {map[string]int{"2026-W27": 5, "2026-W34": 1, "2026-W35": 100, "2026-W41": 2}, Activity{Quarter: 2, Before: 6, Last: "2026-W41"}},
	} {
		var weeks []Week
		for _, week := range names {
			w := Week{Week: week}
			w.Partners = map[string]int{"kvk": c.counted[week], "other": 7}
			weeks = append(weeks, w)
		}
		c.want.Code = "kvk"
		assert.Equal(t, c.want, newActivity("kvk", weeks, "2026Q4"), name)
	}
	assert.Equal(t, "-4", Activity{Quarter: 2, Before: 6}.Trend())
	assert.Equal(t, "+2", Activity{Quarter: 2}.Trend())
}

func TestEmptySource(t *testing.T) {
	s, _, _ := newService(t)
	s.source = Empty{}
	r, err := s.Report(t.Context(), parsed(t, ParseQuarter, "2026Q3").Period(), disclosure.Internal)
	require.NoError(t, err)
	assert.Nil(t, r.Waiting, "unknown")
	assert.Zero(t, r.Totals.Started)
	assert.Zero(t, r.Quarter.Outcomes)
}

func TestReadErrorIsReturned(t *testing.T) {
	s, m, _ := newService(t)
	m.fails = errors.New("disk")
	for name, ask := range map[string]func() error{
		"weeks": func() error {
			_, err := s.Report(t.Context(), parsed(t, ParseWeek, "2026-W47"), disclosure.Internal)
			return err
		},
		"quarter":  func() error { _, err := s.Release(t.Context(), "2026Q3", disclosure.External); return err },
		"closed":   func() error { _, err := s.ClosedQuarters(t.Context(), 8); return err },
		"partners": func() error { _, err := s.Activities(t.Context(), nil); return err },
		"partner":  func() error { _, err := s.PartnerQuarters(t.Context(), "kvk", 8); return err },
	} {
		assert.ErrorIs(t, ask(), m.fails, name)
	}
}
