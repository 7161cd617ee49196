package figures

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"digiwijzer/referral"
)

func TestFinishedCounts(t *testing.T) {
	f := Finished{Week: "2026-W47", Target: true, Gap: true, Duration: "4-7min", Referrals: []string{"kvk", "slim", "kvk"}, Mentions: []string{"rom-utrecht"}}
	assert.Equal(t, []Count{
		{"2026-W47", Completed, "", 1}, {"2026-W47", Target, "", 1}, {"2026-W47", Gap, "", 1}, {"2026-W47", Duration, "4-7min", 1},
		{"2026-W47", Referral, "kvk", 1}, {"2026-W47", Referral, "slim", 1}, {"2026-W47", Mention, "rom-utrecht", 1},
	}, f.Counts())
	f.Repeat = true
	assert.Equal(t, []Count{
		{"2026-W47", Repeat, "", 1},
		{"2026-W47", RepeatReferral, "kvk", 1}, {"2026-W47", RepeatReferral, "slim", 1}, {"2026-W47", RepeatMention, "rom-utrecht", 1},
	}, f.Counts())
}

func TestWeekly(t *testing.T) {
	r, err := NewWeekly(Period{From: "2026-W46", To: "2026-W47"}, []string{"kvk", "slim"}, Snapshot{
		Counted: append(StartedBy("2026-W46", "kvk-utrecht"),
			Count{"2026-W45", Completed, "", 9}, Count{"2026-W46", Completed, "", 3}, Count{"2026-W46", Referral, "kvk", 2},
			Count{"2026-W46", Referral, "retired-desk", 1}, Count{"2026-W46", Stopped, "ai_use", 4}),
		Waiting: append(Finished{Week: "2026-W47", Referrals: []string{"kvk"}, Mentions: []string{"slim"}}.Counts(),
			append(Finished{Week: "2026-W47", Repeat: true}.Counts(), FastIn("2026-W47")...)...),
	})
	require.NoError(t, err)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	zeros := `{"kvk":0,"slim":0}`
	assert.JSONEq(t, `{"period":{"from":"2026-W46","to":"2026-W47"},"waiting":2,
		"weeks":[
			{"week":"2026-W46","started":1,"completed":3,"target":0,"gap":0,"repeat":0,"hasty":0,"same":0,"uncounted":0,"channels":{},"durations":{},"referrals":{"kvk":2,"slim":0,"retired-desk":1},
			 "mentions":`+zeros+`,"repeat_referrals":`+zeros+`,"repeat_mentions":`+zeros+`,"stopped":{"ai_use":4},"partners":{"kvk-utrecht":1}},
			{"week":"2026-W47","started":0,"completed":1,"target":0,"gap":0,"repeat":1,"hasty":1,"same":0,"uncounted":0,"channels":{},"durations":{},"referrals":{"kvk":1,"slim":0},
			 "mentions":{"kvk":0,"slim":1},"repeat_referrals":`+zeros+`,"repeat_mentions":`+zeros+`,"stopped":{},"partners":{}}],
		"totals":{"started":1,"completed":4,"target":0,"gap":0,"repeat":1,"hasty":1,"same":0,"uncounted":0,"channels":{},"durations":{},"referrals":{"kvk":3,"slim":0,"retired-desk":1},
			 "mentions":{"kvk":0,"slim":1},"repeat_referrals":`+zeros+`,"repeat_mentions":`+zeros+`,"stopped":{"ai_use":4},"partners":{"kvk-utrecht":1}}}`,
		string(text))
	_, err = NewWeekly(Period{From: "2026-W47", To: "2026-W46"}, nil, Snapshot{})
	assert.Error(t, err)
}

// Counts give the same report whether they were handed over or are waiting, except for
// Waiting, and the totals are the sum of the weeks.
func TestWaitingCountsAsCounted(t *testing.T) {
	kinds := []Kind{Started, Partner, Completed, Target, Gap, Referral, Mention, Repeat, RepeatReferral, RepeatMention, Stopped, Fast}
	period := Period{From: "2026-W51", To: "2027-W02"}
	weeks, err := referral.Weeks(period.From, period.To)
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.Custom(func(t *rapid.T) Count {
			return Count{
				rapid.SampledFrom(weeks).Draw(t, "week"), rapid.SampledFrom(kinds).Draw(t, "kind"),
				rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key"), rapid.IntRange(1, 9).Draw(t, "n"),
			}
		})
		all := rapid.SliceOf(count).Draw(t, "counts")
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		whole, err := NewWeekly(period, []string{"a"}, Snapshot{Counted: Sum(all), NoKey: true})
		require.NoError(t, err)
		split, err := NewWeekly(period, []string{"a"}, Snapshot{Counted: Sum(all[:cut]), Waiting: Sum(all[cut:])})
		require.NoError(t, err)
		split.Waiting = nil
		require.Equal(t, whole, split)

		want := map[Kind]int{}
		for _, c := range all {
			want[c.Kind] += c.N
		}
		started, stopped := 0, 0
		for _, week := range whole.Weeks {
			started += week.Started
			for _, n := range week.Stopped {
				stopped += n
			}
		}
		require.Equal(t, want[Started], started)
		require.Equal(t, want[Started], whole.Totals.Started)
		require.Equal(t, want[Stopped], stopped)
		require.Equal(t, want[Completed], whole.Totals.Completed)
		require.Equal(t, want[Repeat], whole.Totals.Repeat)
		require.Equal(t, want[Fast], whole.Totals.Fast)
		require.Equal(t, want[Referral], sum(whole.Totals.Referrals))
		require.Equal(t, want[Mention], sum(whole.Totals.Mentions))
		require.Equal(t, want[RepeatReferral], sum(whole.Totals.RepeatReferrals))
		require.Equal(t, want[Partner], sum(whole.Totals.Partners))
	})
}

func TestFloodedWeek(t *testing.T) {
	for _, c := range []struct {
		fast, completed, repeat int
		want                    bool
	}{
		{0, 0, 0, false}, {4, 4, 0, false}, {5, 5, 0, true}, {5, 50, 0, true}, {5, 51, 0, false}, {5, 40, 10, true}, {5, 40, 11, false},
		{37, 120, 0, true}, {12, 100, 21, false}, {1000, 1, 999, true},
		{1000, 0, 0, false}, {1000, 4, 0, false}, // the others were erased
	} {
		w := Counts{Basic: Basic{Completed: c.completed, Repeat: c.repeat}, Fast: c.fast}
		assert.Equal(t, c.want, w.Flooded(), "%+v", c)
	}
}

// A quiet year does not hide a flooded week, and the numbers are of the flooded weeks alone.
func TestFlood(t *testing.T) {
	week := func(name string, fast, completed int) []Count {
		return []Count{{name, Fast, "", fast}, {name, Completed, "", completed}}
	}
	counts := slices.Concat(week("2026-W44", 0, 500), week("2026-W45", 30, 20), week("2026-W46", 4, 4), week("2026-W47", 7, 70))
	r, err := NewWeekly(Period{From: "2026-W44", To: "2026-W47"}, nil, Snapshot{Counted: counts})
	require.NoError(t, err)
	assert.Equal(t, Flood{Weeks: []string{"2026-W45", "2026-W47"}, Doubtful: 27, Of: 90}, r.Flood(), "never more than there are")
	assert.Equal(t, 41, r.Totals.Fast, "as counted")
	quiet, err := NewWeekly(Period{From: "2026-W44", To: "2026-W44"}, nil, Snapshot{Counted: counts})
	require.NoError(t, err)
	assert.Empty(t, quiet.Flood())
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
