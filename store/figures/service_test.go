package figures

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
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
	ledger   map[string]string // JSON of the release, by period
	earlier  map[Quarter][]disclosure.EarlierTable
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

func (m *memory) Transitions(context.Context, Quarter) ([]Transition, error) { return nil, nil }

func (m *memory) Earlier(_ context.Context, q Quarter) ([]disclosure.EarlierTable, error) {
	return m.earlier[q], m.fails
}

func (m *memory) Enter(_ context.Context, r disclosure.Release, _ string) (disclosure.Release, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	if kept, known := m.ledger[r.Period]; known && kept != string(text) {
		return r, ChangedError{r.Period}
	}
	m.ledger[r.Period] = string(text)
	var kept disclosure.Release
	return kept, json.Unmarshal(text, &kept)
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
	catalogue, err := referral.BuiltIn()
	require.NoError(t, err)
	m := &memory{cubes: map[Quarter]*disclosure.Cube{}, ledger: map[string]string{}}
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
	r, err := s.Report(t.Context(), parsed(t, ParseWeek, "2026-W47"), disclosure.Accountable)
	require.NoError(t, err)
	assert.Equal(t, 1, m.reads, "all periods are read at once")
	assert.Equal(t, 14, r.Trend.Totals.Started)
	assert.Equal(t, 2, r.Trend.Before.Started)
	assert.Equal(t, 1, r.Trend.LastYear.Started)
	assert.Equal(t, 11, r.Trend.Progress.Reached, "since the first week of the year")
	assert.Equal(t, 1, *r.Trend.Waiting)
	assert.Equal(t, 2, r.Trend.Unreadable)
	assert.Equal(t, "2026-W47", r.Trend.Running)
	assert.Contains(t, r.Trend.Totals.Referrals, "kvk", "initiatives without referrals too")
	assert.Nil(t, r.Told)
	assert.Nil(t, r.Use)
	r, err = s.Report(t.Context(), parsed(t, ParseWeek, "2026-W46"), disclosure.Accountable)
	require.NoError(t, err)
	assert.Empty(t, r.Trend.Running)
}

func TestExternalReportHasNoWeeks(t *testing.T) {
	s, m, _ := newService(t)
	m.snapshot.Counted = []Count{started("2026-W30", 5)}
	r, err := s.Report(t.Context(), parsed(t, ParseQuarter, "2026Q3").Period(), disclosure.External)
	require.NoError(t, err)
	assert.Nil(t, r.Trend)
	assert.Zero(t, m.reads)
	assert.Nil(t, r.Use)
	assert.Equal(t, disclosure.External, r.Told.Level)
}

func TestReportOfAnOpenQuarter(t *testing.T) {
	s, m, _ := newService(t)
	q4 := parsed(t, ParseQuarter, "2026-Q4").Period()
	r, err := s.Report(t.Context(), q4, disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, &NotClosedError{"2026Q4", "2027-02-01"}, r.Pending)
	assert.Len(t, r.Use.Weeks, 14, "the weeks of the quarter")
	_, err = s.Report(t.Context(), q4, disclosure.External)
	assert.ErrorAs(t, err, &NotClosedError{})
	assert.Empty(t, m.ledger)
}

// At level Internal a week shows nothing that says something about a business, in Go and in
// JSON, where the other keys are null.
func TestInternalWeeksCarryNoAttribute(t *testing.T) {
	s, m, _ := newService(t)
	m.snapshot.Counted = append(Finished{Week: "2026-W46", Target: true, Gap: true, Duration: "day", Referrals: []string{"kvk"}, Mentions: []string{"slim"}}.Counts(),
		StartedBy("2026-W46", "kvk-utrecht")...)
	r, err := s.Report(t.Context(), parsed(t, ParseWeek, "2026-W46"), disclosure.Internal)
	require.NoError(t, err)
	assert.Nil(t, r.Trend)
	assert.Equal(t, Basic{Started: 1, Completed: 1, Partners: map[string]int{"kvk-utrecht": 1}}, r.Use.Totals)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	const untold = `"target":null,"gap":null,"hasty":null,"same":null,"channels":null,"durations":null,"referrals":null,"mentions":null,"repeat_referrals":null,"repeat_mentions":null,"stopped":null`
	assert.Contains(t, string(text), `{"week":"2026-W46","started":1,"completed":1,"repeat":0,"uncounted":0,"partners":{"kvk-utrecht":1},`+untold+`}`)
	assert.Contains(t, string(text), `"schema":2,"level":"intern","rounding":{"base":3,"version":1}`)
	assert.NotContains(t, string(text), "slim")
}

// A flooded week has a warning at level Internal once it is over and large enough.
func TestFloodedWeeksAtInternal(t *testing.T) {
	s, m, _ := newService(t)
	flood := func(week string, completed int) []Count {
		return []Count{{week, Completed, "", completed}, {week, Fast, "", completed}}
	}
	m.snapshot.Counted = slices.Concat(flood("2026-W45", 9), flood("2026-W46", 10), flood("2026-W47", 50))
	r, err := s.Report(t.Context(), parsed(t, func(string) (Period, error) { return ParseWeeks("2026-W45", "2026-W47") }, ""), disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, []string{"2026-W46"}, r.Use.Flooded)
}

// The year target is told of a closed year. Until then it is estimated, at the share of the
// target group in the year before.
func TestYearTarget(t *testing.T) {
	s, m, clock := newService(t)
	m.cubes["2025Q2"], m.cubes["2025Q3"] = cubeOf(30), cubeOf(60)
	m.snapshot.Counted = []Count{{"2026-W20", Completed, "", 30}, {"2026-W30", Completed, "", 60}, {"2026-W45", Completed, "", 7}, {"2026-W47", Completed, "", 3}}
	r, err := s.Report(t.Context(), parsed(t, ParseWeek, "2026-W30"), disclosure.Internal)
	require.NoError(t, err)
	target := r.Use.Target
	assert.Equal(t, 100, target.Completed, "until now, whatever week was asked for")
	assert.Nil(t, target.Told)
	assert.Equal(t, 80, *target.Reached)
	assert.True(t, target.Estimated)
	assert.Equal(t, 6, target.WeeksLeft)
	assert.InDelta(t, 28.4, *target.Needed, 1e-9)
	m.cubes, m.ledger = map[Quarter]*disclosure.Cube{}, map[string]string{}
	s.released = map[Span]disclosure.Release{}
	r, err = s.Report(t.Context(), parsed(t, ParseWeek, "2026-W30"), disclosure.Internal)
	require.NoError(t, err)
	assert.Nil(t, r.Use.Target.Reached, "the share of the target group is unknown")
	clock.now = at(t, "2027-02-03")
	for _, q := range Span("2026").Quarters() {
		m.cubes[q] = cubeOf(60)
	}
	r, err = s.Report(t.Context(), parsed(t, ParseWeek, "2026-W30"), disclosure.Internal)
	require.NoError(t, err)
	assert.Equal(t, 192, *r.Use.Target.Reached)
	assert.Equal(t, 192, *r.Use.Target.Told)
	assert.False(t, r.Use.Target.Estimated)
	assert.Zero(t, r.Use.Target.WeeksLeft)
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

func TestPartnerFigures(t *testing.T) {
	s, m, clock := newService(t)
	clock.now = at(t, "2027-02-03")
	m.snapshot.Counted = []Count{{"2027-W03", Partner, "kvk", 2}, {"2027-W05", Partner, "kvk", 1}, {"2027-W05", Partner, "other", 9}}
	for _, q := range Span("2026").Quarters() {
		m.cubes[q] = cubeOf(60)
	}
	f, err := s.PartnerFigures(t.Context(), "kvk", 13, 3)
	require.NoError(t, err)
	assert.Equal(t, []PartnerWeek{{"2027-W05", 1}, {"2027-W04", 0}, {"2027-W03", 2}}, f.Weeks)
	require.Len(t, f.Years, 1)
	assert.Equal(t, 2026, f.Years[0].Year)
	assert.Equal(t, 120, n(t, f.Years[0].Completed))
	f, err = s.PartnerFigures(t.Context(), "nobody", 13, 3)
	require.NoError(t, err)
	assert.True(t, f.Years[0].Few(), "none, and that is not said")
}

func TestActivities(t *testing.T) {
	s, m, clock := newService(t)
	m.snapshot.Counted = []Count{started("2026-W30", 90), started("2026-W41", 5), {"2026-W41", Partner, "kvk", 2}, {"2026-W45", Partner, "gone", 1}}
	all, err := s.Activities(t.Context(), []string{"new", "kvk"})
	require.NoError(t, err)
	assert.Equal(t, Activities{Started: 5, Without: 2, Partners: []Activity{
		{Code: "new", Quiet: true}, {Code: "kvk", Quarter: 2, Last: "2026-W41"}, {Code: "gone", Quarter: 1, Last: "2026-W45"},
	}}, all)
	clock.now = at(t, "2027-01-04")
	all, err = s.Activities(t.Context(), nil)
	require.NoError(t, err)
	assert.Zero(t, all.Started)
	m.snapshot.Counted = []Count{started("2026-W53", 3), {"2027-W01", Partner, "kvk", 2}, started("2027-W01", 1)}
	all, err = s.Activities(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, all.Started)
	assert.Zero(t, all.Without, "a partner is named in a later week than that of the start")
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
	assert.Nil(t, r.Use.Waiting, "unknown")
	assert.Zero(t, r.Use.Totals.Started)
	assert.Zero(t, r.Told.Outcomes)
}

func TestReadErrorIsReturned(t *testing.T) {
	s, m, _ := newService(t)
	m.fails = errors.New("disk")
	for name, ask := range map[string]func() error{
		"weeks": func() error {
			_, err := s.Report(t.Context(), parsed(t, ParseWeek, "2026-W47"), disclosure.Accountable)
			return err
		},
		"quarter":  func() error { _, err := s.Release(t.Context(), "2026Q3", disclosure.External); return err },
		"closed":   func() error { _, err := s.ClosedQuarters(t.Context(), 8); return err },
		"partners": func() error { _, err := s.Activities(t.Context(), nil); return err },
		"partner":  func() error { _, err := s.PartnerFigures(t.Context(), "kvk", 13, 3); return err },
	} {
		assert.ErrorIs(t, ask(), m.fails, name)
	}
}
