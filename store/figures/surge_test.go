package figures

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSurges: what is far above usual is told, through whichever channel and partner it came.
func TestSurges(t *testing.T) {
	usual := func(weeks ...string) (counts []Count) {
		for _, week := range weeks {
			counts = append(counts, Count{week, Started, "", 9}, Count{week, Partner, "kvk", 2},
				Count{week, Completed, "", 5}, Count{week, Channel, "telegram", 4}, Count{week, Channel, "web", 1})
		}
		return counts
	}
	before := []string{"2026-W40", "2026-W41", "2026-W42", "2026-W43", "2026-W44", "2026-W45", "2026-W46"}
	for name, c := range map[string]struct {
		counts []Count
		want   []Surge
	}{
		"a usual week": {append(usual(before...), usual("2026-W47")...), nil},
		"fakes in a browser": {
			append(usual(before...), Count{"2026-W47", Completed, "", 65}, Count{"2026-W47", Channel, "web", 61}, Count{"2026-W47", Channel, "telegram", 4}),
			[]Surge{{"2026-W47", OfAll, "", 65, 5}, {"2026-W47", OfChannel, "web", 61, 1}},
		},
		"just not fifteen more": {append(usual(before...), Count{"2026-W47", Completed, "", 19}), nil},
		"fifteen more":          {append(usual(before...), Count{"2026-W47", Completed, "", 20}), []Surge{{"2026-W47", OfAll, "", 20, 5}}},
		"a partner":             {append(usual(before...), Count{"2026-W47", Partner, "kvk", 17}), []Surge{{"2026-W47", OfPartner, "kvk", 17, 2}}},
		"the fourth week":       {append(usual("2026-W44", "2026-W45", "2026-W46"), Count{"2026-W47", Completed, "", 99}), nil},
		"the fifth week":        {append(usual("2026-W43", "2026-W44", "2026-W45", "2026-W46"), Count{"2026-W47", Completed, "", 99}), []Surge{{"2026-W47", OfAll, "", 99, 0}}},
		"no channels before": {
			append(usual(before...), Count{"2026-W40", Completed, "", 1}, Count{"2026-W47", Completed, "", 65}, Count{"2026-W47", Channel, "web", 65}),
			[]Surge{{"2026-W47", OfAll, "", 65, 5}},
		},
	} {
		p := Period{From: "2026-W47", To: "2026-W47"}
		w, err := NewWeekly(withUsual(p), nil, Snapshot{Counted: c.counts})
		require.NoError(t, err)
		assert.Equal(t, c.want, surgesIn(w.Weeks, p), name)
	}
}

// TestFloodOfTheSame: identical answers make a week as doubtful as fast ones do.
func TestFloodOfTheSame(t *testing.T) {
	week := func(finished, fast, same int) Weekly {
		w := Week{Week: "2026-W47"}
		w.Completed, w.Fast, w.Same = finished, fast, same
		return Weekly{Weeks: []Week{w}}
	}
	assert.Equal(t, Flood{Weeks: []string{"2026-W47"}, Doubtful: 5, Of: 50}, week(50, 2, 3).Flood())
	assert.Empty(t, week(50, 2, 2).Flood().Weeks)
	assert.Empty(t, week(51, 2, 3).Flood().Weeks)
	assert.Equal(t, 4, week(4, 3, 3).Weeks[0].Doubtful(), "erased ones are bounded")
}
