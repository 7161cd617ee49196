package referral_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"digiwijzer/referral"
)

// TestCalendarEdges covers midnight in the Netherlands and in UTC, years of 53 weeks, days in
// a week of another year, and the changes to and from daylight saving time.
func TestCalendarEdges(t *testing.T) {
	for _, c := range []struct{ utc, day, week, quarter, half string }{
		{"2025-12-28T22:59:59Z", "2025-12-28", "2025-W52", "2025Q4", "2025H2"},
		{"2025-12-28T23:00:00Z", "2025-12-29", "2026-W01", "2026Q1", "2025H2"}, // Monday, of a week of the next year
		{"2025-12-31T22:59:59Z", "2025-12-31", "2026-W01", "2026Q1", "2025H2"},
		{"2025-12-31T23:00:00Z", "2026-01-01", "2026-W01", "2026Q1", "2026H1"},
		{"2026-12-27T23:30:00Z", "2026-12-28", "2026-W53", "2026Q4", "2026H2"}, // 2026 has 53 weeks
		{"2027-01-03T22:59:59Z", "2027-01-03", "2026-W53", "2026Q4", "2027H1"}, // which end in 2027
		{"2027-01-03T23:00:00Z", "2027-01-04", "2027-W01", "2027Q1", "2027H1"},
		{"2032-12-31T12:00:00Z", "2032-12-31", "2032-W53", "2032Q4", "2032H2"},
		{"2026-03-29T00:59:59Z", "2026-03-29", "2026-W13", "2026Q1", "2026H1"}, // 01:59:59, then 03:00
		{"2026-03-29T01:00:00Z", "2026-03-29", "2026-W13", "2026Q1", "2026H1"},
		{"2026-03-29T21:59:59Z", "2026-03-29", "2026-W13", "2026Q1", "2026H1"}, // a week of 167 hours
		{"2026-03-29T22:00:00Z", "2026-03-30", "2026-W14", "2026Q2", "2026H1"},
		{"2026-10-25T00:30:00Z", "2026-10-25", "2026-W43", "2026Q4", "2026H2"}, // 02:30 for the first time
		{"2026-10-25T01:30:00Z", "2026-10-25", "2026-W43", "2026Q4", "2026H2"}, // and for the second
		{"2026-10-25T22:59:59Z", "2026-10-25", "2026-W43", "2026Q4", "2026H2"}, // a week of 169 hours
		{"2026-10-25T23:00:00Z", "2026-10-26", "2026-W44", "2026Q4", "2026H2"},
		{"2026-06-30T21:59:59Z", "2026-06-30", "2026-W27", "2026Q3", "2026H1"},
		{"2026-06-30T22:00:00Z", "2026-07-01", "2026-W27", "2026Q3", "2026H2"}, // midnight comes at 22:00 in summer
		{"1970-01-01T00:00:00Z", "1970-01-01", "1970-W01", "1970Q1", "1970H1"},
	} {
		at, err := time.Parse(time.RFC3339, c.utc)
		assert.NoError(t, err)
		for _, zone := range []string{"UTC", "Europe/Amsterdam", "Pacific/Kiritimati", "America/Los_Angeles"} {
			place, err := time.LoadLocation(zone)
			assert.NoError(t, err)
			there := at.In(place)
			assert.Equal(t, c.day, string(referral.DayOf(there)), "%s in %s", c.utc, zone)
			assert.Equal(t, c.week, referral.WeekOf(there), "%s in %s", c.utc, zone)
			assert.Equal(t, c.quarter, referral.QuarterOf(there), "%s in %s", c.utc, zone)
			assert.Equal(t, c.half, referral.HalfYearOf(there), "%s in %s", c.utc, zone)
		}
	}
}

// Over ten years, weeks have no gaps, last 167, 168 or 169 hours, and sort by time.
func TestWeeksAreContiguous(t *testing.T) {
	at := time.Date(2025, time.December, 28, 23, 0, 0, 0, time.UTC)
	week, hours := referral.WeekOf(at), 0
	long, short := 0, 0
	for range 10 * 366 * 24 {
		next := referral.WeekOf(at)
		if next == week {
			hours++
			at = at.Add(time.Hour)
			continue
		}
		assert.Greater(t, next, week)
		switch hours {
		case 167:
			short++
		case 169:
			long++
		default:
			assert.Equal(t, 168, hours, week)
		}
		week, hours, at = next, 1, at.Add(time.Hour)
	}
	assert.Equal(t, 10, short)
	assert.Equal(t, 10, long)
}
func TestWeeks(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"2026-W47", "2026-W47", []string{"2026-W47"}},
		{"2026-W52", "2027-W02", []string{"2026-W52", "2026-W53", "2027-W01", "2027-W02"}},
		{"2025-W52", "2026-W01", []string{"2025-W52", "2026-W01"}},
		{"2026-W12", "2026-W14", []string{"2026-W12", "2026-W13", "2026-W14"}}, // the clock goes forward
		{"2026-W43", "2026-W44", []string{"2026-W43", "2026-W44"}},             // and back
	} {
		got, err := referral.Weeks(c.from, c.to)
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
	for _, bad := range []string{"", "2026-W00", "2025-W53", "2027-W53", "2026-W54", "2026-W7", "2026-47", "2026-W470", " 2026-W47"} {
		_, err := referral.Weeks(bad, "2026-W47")
		assert.Error(t, err, bad)
		_, err = referral.Weeks("2020-W01", bad)
		assert.Error(t, err, bad)
	}
	_, err := referral.Weeks("2026-W48", "2026-W47")
	assert.ErrorContains(t, err, "comes after")
}

// The weeks listed are those that the days are in, each once and in order.
func TestWeeksMatchTheDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2020, 1, 1, 12, 0, 0, 0, referral.Netherlands).AddDate(0, 0, rapid.IntRange(0, 20000).Draw(t, "day"))
		days := rapid.IntRange(0, 800).Draw(t, "days")
		var want []string
		for i := range days + 1 {
			if week := referral.WeekOf(day.AddDate(0, 0, i)); len(want) == 0 || want[len(want)-1] != week {
				want = append(want, week)
			}
		}
		got, err := referral.Weeks(want[0], want[len(want)-1])
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func TestLastWeekAndQuarter(t *testing.T) {
	for moment, want := range map[string][2]string{
		"2026-11-22T22:30:00Z": {"2026-W46", "2026Q3"}, // Sunday night
		"2026-11-22T23:30:00Z": {"2026-W47", "2026Q3"}, // Monday in the Netherlands
		"2027-01-01T11:00:00Z": {"2026-W52", "2026Q3"}, // in 2026-W53
		"2027-01-03T23:30:00Z": {"2026-W53", "2026Q4"},
		"2026-03-31T21:59:00Z": {"2026-W13", "2026Q1"}, // in 2026-W14,
		"2027-03-28T22:30:00Z": {"2027-W12", "2027Q1"}, // Monday in the Netherlands, after a week of 167 hours
	} {
		now, err := time.Parse(time.RFC3339, moment)
		require.NoError(t, err)
		require.Equal(t, want, [2]string{referral.LastWeek(now), referral.LastQuarter(now)}, moment)
	}
}

func TestParseQuarter(t *testing.T) {
	for _, text := range []string{"2026Q4", "2026-Q4"} {
		q, err := referral.ParseQuarter(text)
		require.NoError(t, err)
		assert.Equal(t, "2026Q4", q)
	}
	for _, bad := range []string{"", "2026", "2026Q5", "2026Q0", "Q4", "2026Q44", " 2026Q4", "2026q4"} {
		_, err := referral.ParseQuarter(bad)
		assert.Error(t, err, bad)
	}
}
