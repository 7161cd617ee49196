package figures

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"digiwijzer/referral"
)

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
		got, err := Weeks(c.from, c.to)
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
	for _, bad := range []string{"", "2026-W00", "2025-W53", "2027-W53", "2026-W54", "2026-W7", "2026-47", "2026-W470", " 2026-W47"} {
		_, err := Weeks(bad, "2026-W47")
		assert.Error(t, err, bad)
		_, err = Weeks("2020-W01", bad)
		assert.Error(t, err, bad)
	}
	_, err := Weeks("2026-W48", "2026-W47")
	assert.ErrorContains(t, err, "comes after")
}

// The weeks listed are the weeks that days fall in, each once and in order.
func TestWeeksAreThoseOfTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2020, 1, 1, 12, 0, 0, 0, referral.Netherlands).AddDate(0, 0, rapid.IntRange(0, 20000).Draw(t, "day"))
		days := rapid.IntRange(0, 800).Draw(t, "days")
		var want []string
		for i := range days + 1 {
			if week := referral.WeekOf(day.AddDate(0, 0, i)); len(want) == 0 || want[len(want)-1] != week {
				want = append(want, week)
			}
		}
		got, err := Weeks(want[0], want[len(want)-1])
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func TestFinishedCounts(t *testing.T) {
	f := Finished{Week: "2026-W47", Target: true, Gap: true, Referrals: []string{"kvk", "slim", "kvk"}, Mentions: []string{"rom-utrecht"}}
	assert.Equal(t, []Count{
		{"2026-W47", Completed, "", 1}, {"2026-W47", Target, "", 1}, {"2026-W47", Gap, "", 1},
		{"2026-W47", Referral, "kvk", 1}, {"2026-W47", Referral, "slim", 1}, {"2026-W47", Mention, "rom-utrecht", 1},
	}, f.Counts())
	f.Repeat = true
	assert.Equal(t, []Count{
		{"2026-W47", Repeat, "", 1},
		{"2026-W47", RepeatReferral, "kvk", 1}, {"2026-W47", RepeatReferral, "slim", 1}, {"2026-W47", RepeatMention, "rom-utrecht", 1},
	}, f.Counts())
}

func TestReport(t *testing.T) {
	r, err := NewReport(Period{"2026-W46", "2026-W47"}, []string{"kvk", "slim"}, Figures{
		Counted: append(StartedBy("2026-W46", "kvk-utrecht"),
			Count{"2026-W45", Completed, "", 9}, Count{"2026-W46", Completed, "", 3}, Count{"2026-W46", Referral, "kvk", 2},
			Count{"2026-W46", Referral, "retired-desk", 1}, Count{"2026-W46", Stopped, "ai_use", 4}),
		Waiting: append(Finished{Week: "2026-W47", Referrals: []string{"kvk"}, Mentions: []string{"slim"}}.Counts(),
			append(Finished{Week: "2026-W47", Repeat: true}.Counts(), HastyIn("2026-W47")...)...),
	})
	require.NoError(t, err)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	zeros := `{"kvk":0,"slim":0}`
	assert.JSONEq(t, `{"period":{"from":"2026-W46","to":"2026-W47"},"waiting":2,
		"weeks":[
			{"week":"2026-W46","started":1,"completed":3,"target":0,"gap":0,"repeat":0,"hasty":0,"referrals":{"kvk":2,"slim":0,"retired-desk":1},
			 "mentions":`+zeros+`,"repeat_referrals":`+zeros+`,"repeat_mentions":`+zeros+`,"stopped":{"ai_use":4},"partners":{"kvk-utrecht":1}},
			{"week":"2026-W47","started":0,"completed":1,"target":0,"gap":0,"repeat":1,"hasty":1,"referrals":{"kvk":1,"slim":0},
			 "mentions":{"kvk":0,"slim":1},"repeat_referrals":`+zeros+`,"repeat_mentions":`+zeros+`,"stopped":{},"partners":{}}],
		"totals":{"started":1,"completed":4,"target":0,"gap":0,"repeat":1,"hasty":1,"referrals":{"kvk":3,"slim":0,"retired-desk":1},
			 "mentions":{"kvk":0,"slim":1},"repeat_referrals":`+zeros+`,"repeat_mentions":`+zeros+`,"stopped":{"ai_use":4},"partners":{"kvk-utrecht":1}}}`,
		string(text))
	_, err = NewReport(Period{"2026-W47", "2026-W46"}, nil, Figures{})
	assert.Error(t, err)
}

// However counts are spread over what was counted and what waits, the report is the
// same but for what waits, and its totals are the sum of its weeks.
func TestWhereACountLiesMakesNoDifference(t *testing.T) {
	kinds := []Kind{Started, Partner, Completed, Target, Gap, Referral, Mention, Repeat, RepeatReferral, RepeatMention, Stopped, Hasty}
	period := Period{"2026-W51", "2027-W02"}
	weeks, err := Weeks(period.From, period.To)
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
		whole, err := NewReport(period, []string{"a"}, Figures{Counted: Sum(all), Hidden: true})
		require.NoError(t, err)
		split, err := NewReport(period, []string{"a"}, Figures{Counted: Sum(all[:cut]), Waiting: Sum(all[cut:])})
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
		require.Equal(t, want[Hasty], whole.Totals.Hasty)
		require.Equal(t, want[Referral], sum(whole.Totals.Referrals))
		require.Equal(t, want[Mention], sum(whole.Totals.Mentions))
		require.Equal(t, want[RepeatReferral], sum(whole.Totals.RepeatReferrals))
		require.Equal(t, want[Partner], sum(whole.Totals.Partners))
	})
}

func TestWhenAWeekIsDoubtful(t *testing.T) {
	for _, c := range []struct {
		hasty, completed, repeat int
		want                     bool
	}{
		{0, 0, 0, false}, {4, 4, 0, false}, {5, 5, 0, true}, {5, 50, 0, true}, {5, 51, 0, false}, {5, 40, 10, true}, {5, 40, 11, false},
		{37, 120, 0, true}, {12, 100, 21, false}, {1000, 1, 999, true},
		{1000, 0, 0, false}, {1000, 4, 0, false}, // the others were erased
	} {
		w := Weekly{Hasty: c.hasty, Completed: c.completed, Repeat: c.repeat}
		assert.Equal(t, c.want, w.Doubtful(), "%+v", c)
	}
}

// A quiet year does not hide a flooded week, and what is told is of those weeks alone.
func TestFlood(t *testing.T) {
	week := func(name string, hasty, completed int) []Count {
		return []Count{{name, Hasty, "", hasty}, {name, Completed, "", completed}}
	}
	counts := slices.Concat(week("2026-W44", 0, 500), week("2026-W45", 30, 20), week("2026-W46", 4, 4), week("2026-W47", 7, 70))
	r, err := NewReport(Period{"2026-W44", "2026-W47"}, nil, Figures{Counted: counts})
	require.NoError(t, err)
	assert.Equal(t, Flood{Weeks: []string{"2026-W45", "2026-W47"}, Hasty: 27, Of: 90}, r.Flood(), "never more than there are")
	assert.Equal(t, 41, r.Totals.Hasty, "as counted")
	quiet, err := NewReport(Period{"2026-W44", "2026-W44"}, nil, Figures{Counted: counts})
	require.NoError(t, err)
	assert.Empty(t, quiet.Flood())
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
