package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// counters returns the weekly counts by week/kind/key.
func counters(t *testing.T, s *Store) map[string]int {
	t.Helper()
	rows, err := stats(s).conn.QueryContext(context.Background(), "SELECT week, kind, key, n FROM counter")
	require.NoError(t, err)
	defer rows.Close()
	all := map[string]int{}
	for rows.Next() {
		var week, kind, key string
		var n int
		require.NoError(t, rows.Scan(&week, &kind, &key, &n))
		all[week+"/"+kind+"/"+key] = n
	}
	require.NoError(t, rows.Err())
	return all
}

func handOver(t *testing.T, s *Store, now time.Time) int {
	t.Helper()
	n, err := s.HandOver(context.Background(), now)
	require.NoError(t, err)
	return n
}

func TestBatchOfFivePerQuarter(t *testing.T) {
	s := newHarness(t).open(t)
	for i := 1; i <= 4; i++ {
		finish(t, s, chat(i), noon, "kvk", "werkplaats-utrecht")
	}
	do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(5), outcome("kvk"), noon) }, chat(5))
	tick(t, s, bot.TickStarted, "kvk-utrecht", "2026-W46")
	tick(t, s, bot.TickStarted, "", "2026-W46")
	tick(t, s, bot.TickStopped, "ai_use", "2026-W47")
	finish(t, s, chat(6), noon.AddDate(0, 2, 0), "kvk") // another quarter
	assert.Zero(t, handOver(t, s, noon), "four frozen outcomes are too few")
	assert.Empty(t, counters(t, s))

	do(t, s, func(tx bot.Tx) error { return tx.Freeze(chat(5)) }, chat(5))
	assert.Equal(t, 5, handOver(t, s, noon))
	assert.Equal(t, map[string]int{
		"2026-W46/started/": 2, "2026-W46/partner/kvk-utrecht": 1, "2026-W47/stopped/ai_use": 1,
		"2026-W47/completed/": 5, "2026-W47/channel/telegram": 5, "2026-W47/duration/4-7min": 5, "2026-W47/target/": 5, "2026-W47/referral/kvk": 5,
		"2026-W47/referral/werkplaats-utrecht": 4, "2026-W47/mention/mijn-digitale-zaak": 5,
	}, counters(t, s))
	assert.Equal(t, 5, queryInt(t, stats(s), "SELECT count(*) FROM outcome WHERE quarter = '2026Q4' AND quadrant = 'vulnerable'"))
	assert.Equal(t, 9, queryInt(t, stats(s), "SELECT count(*) FROM outcome_referral JOIN outcome ON id = outcome"))
	assert.Equal(t, 1, queryInt(t, stats(s), "SELECT count(*) FROM batch WHERE n = 5 AND stripped = 0 AND quarter = '2026Q4'"))
	assert.Len(t, staged(t, s), 1)
	assert.Empty(t, ticks(t, s))
	assert.Zero(t, handOver(t, s, noon))
	assert.Equal(t, 5, counters(t, s)["2026-W47/completed/"])
}

func TestOverdueOutcomesLeaveNoRow(t *testing.T) {
	s := newHarness(t).open(t)
	finish(t, s, chat(1), noon, "kvk")
	finish(t, s, chat(2), noon.AddDate(0, 0, 1), "kvk")
	tick(t, s, bot.TickStarted, "", "2026-W47")
	assert.Zero(t, handOver(t, s, noon.AddDate(0, 0, 27)))
	assert.Equal(t, 1, handOver(t, s, noon.AddDate(0, 0, 28)))
	assert.Equal(t, 1, counters(t, s)["2026-W47/completed/"])
	assert.Zero(t, counters(t, s)["2026-W47/started/"], "its week ended less than 28 days ago")
	assert.Equal(t, 1, handOver(t, s, noon.AddDate(0, 0, 29)))
	assert.Zero(t, handOver(t, s, noon.AddDate(0, 0, 33)))
	assert.Equal(t, 2, counters(t, s)["2026-W47/referral/kvk"])
	assert.Equal(t, 1, counters(t, s)["2026-W47/started/"])
	assert.Zero(t, rowCount(t, stats(s), "outcome"))
	assert.Zero(t, queryInt(t, stats(s), "SELECT count(*) FROM batch WHERE stripped = 0"))
	assert.Equal(t, 2, queryInt(t, stats(s), "SELECT sum(n) FROM batch"))
}

func TestRepeatsAreCountedSeparatelyWithoutRow(t *testing.T) {
	s := newHarness(t).open(t)
	for i := 1; i <= 4; i++ {
		finish(t, s, chat(i), noon, "kvk")
		finish(t, s, chat(i), noon, "kvk") // after starting again
	}
	assert.Zero(t, handOver(t, s, noon), "four chats are too few")
	finish(t, s, chat(5), noon, "kvk")
	assert.Equal(t, 9, handOver(t, s, noon))
	assert.Equal(t, map[string]int{
		"2026-W47/completed/": 5, "2026-W47/channel/telegram": 5, "2026-W47/duration/4-7min": 5, "2026-W47/target/": 5, "2026-W47/referral/kvk": 5, "2026-W47/mention/mijn-digitale-zaak": 5,
		"2026-W47/repeat/": 4, "2026-W47/repeat_referral/kvk": 4, "2026-W47/repeat_mention/mijn-digitale-zaak": 4,
	}, counters(t, s))
	assert.Equal(t, 5, rowCount(t, stats(s), "outcome"))
}

func TestStaging(t *testing.T) {
	s := newHarness(t).open(t)
	sunday := time.Date(2026, time.June, 28, 23, 59, 0, 0, noon.Location())
	stage := func(n int, at time.Time, referrals ...string) {
		do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(n), outcome(referrals...), at) }, chat(n))
	}
	stage(1, sunday, "kvk")
	stage(1, sunday.Add(time.Hour), "werkplaats-utrecht", "werkplaats-utrecht") // an answer changed on Monday
	all := staged(t, s)
	require.Len(t, all, 1)
	assert.Equal(t, "2026-W26", all[0].value.Week)
	assert.False(t, all[0].value.Repeat, "replacing an outcome is not a repeat")
	assert.Equal(t, []figures.Count{
		{Week: "2026-W26", Kind: figures.Completed, N: 1}, {Week: "2026-W26", Kind: figures.Target, N: 1},
		{Week: "2026-W26", Kind: figures.Channel, Key: "telegram", N: 1}, {Week: "2026-W26", Kind: figures.Duration, Key: "4-7min", N: 1},
		{Week: "2026-W26", Kind: figures.Referral, Key: "werkplaats-utrecht", N: 1},
		{Week: "2026-W26", Kind: figures.Mention, Key: "mijn-digitale-zaak", N: 1},
	}, all[0].value.finished().Counts())

	do(t, s, func(tx bot.Tx) error { return tx.Freeze(chat(1)) }, chat(1))
	stage(1, sunday.Add(time.Hour), "kvk")
	stage(1, sunday.AddDate(0, 0, 3), "kvk", "slim") // in the next half-year, but opened in this one
	repeats := 0
	for _, o := range staged(t, s) {
		if o.value.Repeat {
			repeats++
			assert.Equal(t, "2026-W27", o.value.Week)
			assert.Equal(t, "2026Q3", o.value.Quarter, "of the Thursday of that week")
			assert.Len(t, o.value.Outcome.Referrals, 2)
		}
	}
	assert.Equal(t, 1, repeats)
	assert.Len(t, staged(t, s), 2)

	do(t, s, func(tx bot.Tx) error { return tx.Freeze(chat(1)) }, chat(1))
	stage(1, sunday.AddDate(0, 0, 3), "kvk")
	first := 0
	for _, o := range staged(t, s) {
		if slices.Equal(o.value.Outcome.Referrals, []string{"kvk"}) {
			first++
			assert.False(t, o.value.Repeat, "the first one in a half-year is not a repeat")
		}
	}
	assert.Equal(t, 1, first)
	bad := outcome()
	bad.ReadinessBand = 10
	each, err := s.Apply(context.Background(), []bot.Work{work(func(tx bot.Tx) error { return tx.Stage(chat(9), bad, noon) }, chat(9))})
	require.NoError(t, err)
	assert.ErrorContains(t, each[0], "bands")
}

// A hasty conversation is counted, and reported in its week, before the hand-over, after it,
// and between two batches. Its outcome does not record it.
func TestHastyConversationsAddUp(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	hasty := func(n int) {
		finish(t, s, chat(n), noon, "kvk")
		tick(t, s, bot.TickHasty, "", "2026-W47")
	}
	for n := range 5 {
		hasty(n)
	}
	for _, when := range []string{"pending", "handed over"} {
		r := h.report(t, h.key)
		assert.Equal(t, 5, r.Weeks[1].Fast, when)
		assert.Equal(t, 5, r.Totals.Fast, when)
		assert.Equal(t, 5, r.Totals.Completed, when)
		assert.True(t, r.Weeks[1].Flooded(), when)
		assert.Zero(t, r.Weeks[0].Fast+r.Weeks[2].Fast, when)
		handOver(t, s, noon)
	}
	assert.Equal(t, 5, counters(t, s)["2026-W47/hasty/"])
	assert.Empty(t, ticks(t, s))

	hasty(6)
	assert.Equal(t, 6, h.report(t, h.key).Totals.Fast, "five handed over and one pending")
	assert.Equal(t, 5, h.report(t, nil).Totals.Fast, "without the key")
	for n := 7; n <= 10; n++ {
		hasty(n)
	}
	handOver(t, s, noon)
	assert.Equal(t, 10, counters(t, s)["2026-W47/hasty/"])
	assert.Equal(t, 10, h.report(t, h.key).Totals.Fast)
}

func TestTicksAreChecked(t *testing.T) {
	s := newHarness(t).open(t)
	each, err := s.Apply(context.Background(), []bot.Work{
		work(func(tx bot.Tx) error { return tx.Tick("somewhere", "", "2026-W47") }),
		work(func(tx bot.Tx) error { return tx.Tick(bot.TickStarted, "", "2027-W53") })})
	require.NoError(t, err)
	assert.ErrorContains(t, each[0], "no tick")
	assert.ErrorContains(t, each[1], "no week 2027-W53")
}

// damageBodies overwrites the bodies of n rows of a table, as a damaged disk may.
func damageBodies(t *testing.T, s *Store, table string, n int) {
	t.Helper()
	key := "id"
	if table == tableStaged {
		key = "sid"
	}
	execSQL(t, state(s), "UPDATE "+table+" SET body = zeroblob(length(body)) WHERE "+
		key+" IN (SELECT "+key+" FROM "+table+" LIMIT ?)", n)
}

// TestDamagedRowIsSkippedAndDropped: a report leaves a damaged row out and counts it as
// unreadable; the hand-over drops it.
func TestDamagedRowIsSkippedAndDropped(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for i := 1; i <= 6; i++ {
		finish(t, s, chat(i), noon, "kvk")
		tick(t, s, bot.TickStarted, "", "2026-W47")
	}
	damageBodies(t, s, tableStaged, 1)
	damageBodies(t, s, tableTick, 1) // before there are others than of a start
	for i := 1; i <= 6; i++ {
		askAndAnswer(t, s, i, flows.Followed{Initiative: "kvk", Result: "ja"})
	}
	damageBodies(t, s, tableAnswer, 1)
	r := h.report(t, h.key)
	assert.Equal(t, []int{5, 5, 2}, []int{r.Totals.Completed, r.Totals.Started, r.Unreadable})
	assert.Equal(t, 5, handOver(t, s, noon))
	assert.Equal(t, []int{0, 0, 0}, []int{len(staged(t, s)), len(ticks(t, s)), answerCount(t, s)})
	assert.Equal(t, 3, s.Unreadable())
	assert.Zero(t, handOver(t, s, noon))
	assert.Len(t, followUpResults(t, s), 5)
	r = h.report(t, h.key)
	assert.Equal(t, []int{5, 5, 0}, []int{r.Totals.Completed, r.Totals.Started, r.Unreadable})
	_, err := told(t, h.figures(t, h.key), "2026Q4", disclosure.Internal, noon.AddDate(0, 2, 0))
	require.NoError(t, err)
}

// TestMassDamageDropsNothing: when most of many pending rows cannot be read they are kept,
// since the cause may be elsewhere; readable rows are handed over nevertheless.
func TestMassDamageDropsNothing(t *testing.T) {
	for _, table := range []string{tableStaged, tableTick, tableAnswer} {
		for _, c := range []struct{ of, damaged, left int }{{20, 10, 0}, {10, 10, 0}, {21, 11, 11}, {12, 12, 12}, {40, 11, 0}} {
			s := newHarness(t).open(t)
			for i := range c.of {
				switch table {
				case tableStaged:
					finish(t, s, chat(i), noon, "kvk")
				case tableTick:
					tick(t, s, bot.TickStarted, "", "2026-W40")
				default:
					askAndAnswer(t, s, i, flows.Followed{Initiative: "kvk", Result: "ja"})
				}
			}
			damageBodies(t, s, table, c.damaged)
			_, err := s.HandOver(context.Background(), noon)
			assert.Equal(t, c.left, rowCount(t, state(s), table), "%s: %+v", table, c)
			if c.left > 0 {
				assert.Equal(t, Corrupt, ConditionOf(err))
				assert.Zero(t, s.Unreadable())
			} else {
				assert.NoError(t, err)
				assert.Equal(t, c.damaged, s.Unreadable())
			}
			require.NoError(t, s.Close())
		}
	}
}

func TestEraseRemovesStagedAndCounted(t *testing.T) {
	s := newHarness(t).open(t)
	for i := 1; i <= 5; i++ {
		finish(t, s, chat(i), noon, "kvk")
	}
	do(t, s, func(tx bot.Tx) error { return tx.Erase(chat(5)) }, chat(5))
	assert.Zero(t, handOver(t, s, noon))
	assert.Len(t, staged(t, s), 4)
	finish(t, s, chat(5), noon, "kvk")
	assert.Equal(t, 5, handOver(t, s, noon), "the next outcome is a first one again")
}

func TestForgetKeepsCount(t *testing.T) {
	s := newHarness(t).open(t)
	do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(1), outcome("kvk"), noon) }, chat(1))
	enqueue(t, s, chat(1), "too late", noon)
	do(t, s, func(tx bot.Tx) error { return tx.FollowUp(chat(1), noon, "1") }, chat(1))
	do(t, s, func(tx bot.Tx) error { return tx.Forget(chat(1)) }, chat(1))
	require.Len(t, staged(t, s), 1)
	assert.True(t, staged(t, s)[0].frozen)
	assert.Empty(t, due(t, s, noon))
	assert.Zero(t, rowCount(t, state(s), "followup"))
	assert.Equal(t, 1, rowCount(t, state(s), "counted"))
}

// Whatever changes after the first result, how long a check took stays what it took until then.
func TestDurationIsThatOfTheFirstResult(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for n := range 5 {
		finish(t, s, chat(n), noon, "kvk")
	}
	late := outcome("kvk")
	late.Duration = "" // unknown by then
	first := outcome("kvk")
	first.Duration = "day"
	do(t, s, func(tx bot.Tx) error {
		return errors.Join(tx.Stage(chat(5), first, noon), tx.Stage(chat(5), late, noon), tx.Freeze(chat(5)))
	}, chat(5))
	for _, when := range []string{"pending", "handed over"} {
		assert.Equal(t, map[string]int{"4-7min": 5, "day": 1}, h.report(t, h.key).Totals.Durations, when)
		handOver(t, s, noon)
	}
	assert.Equal(t, 1, queryInt(t, stats(s), "SELECT count(*) FROM outcome WHERE duration = 'day'"))
	assert.Equal(t, 5, queryInt(t, stats(s), "SELECT n FROM tally WHERE dimension_a = 'duration' AND dimension_b = '' AND value_a = '4-7min'"))
}
