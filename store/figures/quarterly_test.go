package figures

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
	"digiwijzer/store/figures/disclosure"
)

func TestPercentageNeedsTen(t *testing.T) {
	_, known := Share{3, 9}.Percent()
	assert.False(t, known)
	percent, known := Share{2, 12}.Percent()
	assert.True(t, known)
	assert.Equal(t, 17, percent)
}

// The key figures are derived from the tables, and left out where a cell is hidden.
func TestFactsDiscloseNoMoreThanTheTables(t *testing.T) {
	c := disclosure.NewCube()
	add := func(region, readiness string, n int) {
		c.Add(disclosure.ByRegion, region, "", "", n)
		c.Add(disclosure.ByReadiness, readiness, "", "", n)
		c.Add(disclosure.ByRegion, region, disclosure.ByReadiness, readiness, n)
	}
	for _, region := range []string{"U", "GV"} {
		add(region, "0-29", 20)
		add(region, "30-49", 10)
		add(region, "70-100", 40)
	}
	report := func(c *disclosure.Cube) Quarterly {
		return NewQuarterly("2026Q3", disclosure.Internal, disclosure.Release(c, disclosure.Internal, disclosure.Standard()), referral.Figures{Laggards: 13500})
	}
	assert.Equal(t, &Share{30, 13500}, report(c).Facts.Reach)
	add("U", "50-69", 2)
	add("GV", "50-69", 9)
	assert.Nil(t, report(c).Facts.Reach, "a cell of the province and a complementary one are hidden")
	c.Add(disclosure.ByVerdict, "good", "", "", 12)
	c.Add(disclosure.ByVerdict, "not_good", "", "", 6)
	c.Add(disclosure.ByVerdict, "", "", "", 30)
	assert.Equal(t, &Share{12, 18}, report(c).Facts.Satisfied, "of those who answered")
	assert.Nil(t, report(c).Facts.Basis)
}

func TestQuarterClosesWhenNothingIsPending(t *testing.T) {
	for _, bad := range []string{"", "2026", "2026Q5", "2026Q0", "Q4", "2026Q44", " 2026Q4"} {
		_, err := ParseQuarter(bad)
		assert.Error(t, err, bad)
	}
	q, err := ParseQuarter("2026-Q4")
	require.NoError(t, err)
	assert.Equal(t, Period{"2026-W40", "2026-W53", q}, q.Period())
	assert.Equal(t, Quarter("2026Q1"), q.Before(3))
	assert.Equal(t, Quarter("2025Q4"), q.Before(4))
	assert.Equal(t, referral.Date("2027-01-30"), q.Settles())
	none, some := 0, 1
	for _, tt := range []struct {
		day     string
		waiting *int
		want    bool
	}{
		{"2026-12-31", &none, false}, {"2027-01-01", &none, true}, {"2027-01-01", &some, false}, {"2027-01-29", nil, false},
		{"2027-01-30", nil, true}, {"2027-01-30", &some, true},
	} {
		now, err := time.ParseInLocation(time.DateOnly, tt.day, referral.Netherlands)
		require.NoError(t, err)
		assert.Equal(t, tt.want, q.Closed(now, tt.waiting), "%v", tt)
	}
}

func TestProgress(t *testing.T) {
	p, err := NewProgress("2026-W40", 250, 120)
	require.NoError(t, err)
	assert.Equal(t, Progress{Year: 2026, Goal: 250, Reached: 120, WeeksLeft: 13, Needed: 10, Expected: 189}, p)
	p, err = NewProgress("2026-W53", 250, 120)
	require.NoError(t, err)
	assert.Zero(t, p.Needed, "the year is over")
	assert.Equal(t, 250, p.Expected)
	p, err = NewProgress("2025-W50", 250, 249)
	require.NoError(t, err)
	assert.InDelta(t, 0.5, p.Needed, 1e-9)
	_, err = NewProgress("2025-W53", 250, 0)
	assert.Error(t, err)
}

func TestComparedPeriods(t *testing.T) {
	for _, tt := range []struct{ period, previous, yearBefore Period }{
		{Period{From: "2026-W47", To: "2026-W47"}, Period{From: "2026-W46", To: "2026-W46"}, Period{From: "2025-W47", To: "2025-W47"}},
		{Period{From: "2027-W01", To: "2027-W02"}, Period{From: "2026-W52", To: "2026-W53"}, Period{From: "2026-W01", To: "2026-W02"}},
		{Period{From: "2026-W53", To: "2026-W53"}, Period{From: "2026-W52", To: "2026-W52"}, Period{From: "2025-W52", To: "2025-W52"}},
	} {
		assert.Equal(t, tt.previous, tt.period.Previous())
		assert.Equal(t, tt.yearBefore, tt.period.yearBefore())
	}
}
