package figures

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

func TestQuarterClosesWhenNothingIsPending(t *testing.T) {
	for _, bad := range []string{"", "2026", "2026Q5", "2026Q0", "Q4", "2026Q44", " 2026Q4"} {
		_, err := ParseQuarter(bad)
		assert.Error(t, err, bad)
	}
	q, err := ParseQuarter("2026-Q4")
	require.NoError(t, err)
	assert.Equal(t, Period{"2026-W40", "2026-W53", "2026Q4"}, q.Period())
	assert.Equal(t, Quarter("2026Q1"), q.Before(3))
	assert.Equal(t, Quarter("2025Q4"), q.Before(4))
	assert.Equal(t, referral.Date("2027-02-01"), q.Settles())
	none, some := 0, 1
	for _, tt := range []struct {
		day     string
		waiting *int
		want    bool
	}{
		{"2026-12-31", &none, false}, {"2027-01-03", &none, false}, {"2027-01-04", &none, true}, {"2027-01-04", &some, false},
		{"2027-01-31", nil, false}, {"2027-02-01", nil, true}, {"2027-02-01", &some, false},
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
