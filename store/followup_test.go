package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

func remind(t *testing.T, s *Store, n int, now time.Time) (f bot.FollowUp, ask bool) {
	t.Helper()
	do(t, s, func(tx bot.Tx) (err error) {
		f, ask, err = tx.Remind(chat(n), now)
		return err
	}, chat(n))
	return f, ask
}

func followed(t *testing.T, s *Store, n int, now time.Time, a flows.Followed) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.Followed(chat(n), a, now) }, chat(n))
}

func dueFollowUps(t *testing.T, s *Store, now time.Time) []bot.Chat {
	t.Helper()
	chats, err := s.FollowUps(context.Background(), now, 10)
	require.NoError(t, err)
	return chats
}

func hasFollowUp(t *testing.T, s *Store, n int) (kept bool) {
	t.Helper()
	do(t, s, func(tx bot.Tx) (err error) {
		kept, err = tx.FollowUpScheduled(chat(n))
		return err
	}, chat(n))
	return kept
}

// askFollowUp stores a follow-up of a chat and asks it at noon.
func askFollowUp(t *testing.T, s *Store, n int) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.FollowUp(chat(n), noon, "4711") }, chat(n))
	_, now := remind(t, s, n, noon)
	require.True(t, now)
	require.True(t, hasFollowUp(t, s, n))
}

func answerCount(t *testing.T, s *Store) int {
	return rowCount(t, state(s), "answer")
}

func followUpCount(t *testing.T, s *Store) int {
	return rowCount(t, state(s), "followup")
}

func TestFollowUpIsAskedAtMostTwice(t *testing.T) {
	s := newHarness(t).open(t)
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	do(t, s, func(tx bot.Tx) error {
		if err := tx.Save(chat(1), conversation(), day(1)); err != nil {
			return err
		}
		return tx.FollowUp(chat(1), day(45), "4711")
	}, chat(1))
	assert.Empty(t, dueFollowUps(t, s, day(44)))
	_, asked := remind(t, s, 1, day(44))
	assert.False(t, asked, "not before its day")

	assert.Equal(t, []bot.Chat{chat(1)}, dueFollowUps(t, s, day(45)))
	f, asked := remind(t, s, 1, day(45))
	assert.True(t, asked)
	assert.Equal(t, bot.FollowUp{Advice: "4711", Lang: "nl"}, f)
	_, asked = remind(t, s, 1, day(45))
	assert.False(t, asked, "not again on the same day")
	_, asked = remind(t, s, 1, day(58))
	assert.False(t, asked)
	_, asked = remind(t, s, 1, day(59))
	assert.True(t, asked, "again after 14 days")
	_, asked = remind(t, s, 1, day(80))
	assert.False(t, asked)
	assert.Equal(t, 1, followUpCount(t, s), "an answer is still accepted")
	_, asked = remind(t, s, 1, day(59+28))
	assert.False(t, asked)
	assert.Zero(t, followUpCount(t, s), "then the row is deleted")
	assert.Zero(t, answerCount(t, s))
	assert.Equal(t, 1, rowCount(t, state(s), "tick"), "asked twice is asked once")
}

func TestAnswerIsStoredOnceWithoutChat(t *testing.T) {
	s := newHarness(t).open(t)
	complete := flows.Followed{Initiative: "kvk", Result: "ja"}
	followed(t, s, 1, noon, complete)
	assert.Zero(t, answerCount(t, s), "no follow-up")
	do(t, s, func(tx bot.Tx) error { return tx.FollowUp(chat(1), noon, "4711") }, chat(1))
	followed(t, s, 1, noon, complete)
	assert.Zero(t, answerCount(t, s), "not asked yet")
	remind(t, s, 1, noon)
	followed(t, s, 1, noon, flows.Followed{Initiative: "kvk"})
	assert.Zero(t, answerCount(t, s), "incomplete")
	followed(t, s, 1, noon, complete)
	followed(t, s, 1, noon, complete)
	assert.Equal(t, 1, answerCount(t, s), "only one answer is accepted")
	assert.Zero(t, followUpCount(t, s), "the address is deleted")
}

func TestPartialAnswerCountsAfterThreeDays(t *testing.T) {
	s := newHarness(t).open(t)
	askFollowUp(t, s, 1)
	followed(t, s, 1, noon, flows.Followed{Initiative: "kvk"})
	followed(t, s, 1, noon.AddDate(0, 0, 1), flows.Followed{Initiative: flows.StepNone})
	_, asked := remind(t, s, 1, noon.AddDate(0, 0, 3))
	assert.False(t, asked)
	assert.Zero(t, answerCount(t, s))
	_, asked = remind(t, s, 1, noon.AddDate(0, 0, 4))
	assert.False(t, asked, "not asked again after an answer")
	left := waitingIn[storedAnswer](t, s, engine.Answers)
	require.Len(t, left, 1)
	assert.Equal(t, flows.StepNone, left[0].value.Initiative)
	assert.Zero(t, followUpCount(t, s))
}

func TestNoFollowUpAfterStopBlockOrErase(t *testing.T) {
	for name, leave := range map[string]func(bot.Tx) error{
		"stop":  func(tx bot.Tx) error { return tx.FollowUp(chat(1), time.Time{}, "") },
		"block": func(tx bot.Tx) error { return tx.Forget(chat(1)) },
		"erase": func(tx bot.Tx) error { return tx.Erase(chat(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newHarness(t).open(t)
			askFollowUp(t, s, 1)
			do(t, s, leave, chat(1))
			assert.False(t, hasFollowUp(t, s, 1))
			_, asked := remind(t, s, 1, noon.AddDate(0, 0, 14))
			assert.False(t, asked)
			followed(t, s, 1, noon, flows.Followed{Initiative: "kvk", Result: "ja"})
			assert.Zero(t, answerCount(t, s))
			assert.Empty(t, dueFollowUps(t, s, noon.AddDate(1, 0, 0)))
		})
	}
}

func followUpResults(t *testing.T, s *Store) (all []string) {
	t.Helper()
	rows, err := stats(s).conn.QueryContext(context.Background(),
		"SELECT quarter || '/' || initiative || '/' || result || '/' || reason FROM followup_result")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var row string
		require.NoError(t, rows.Scan(&row))
		all = append(all, row)
	}
	require.NoError(t, rows.Err())
	slices.Sort(all)
	return all
}

func askAndAnswer(t *testing.T, s *Store, n int, a flows.Followed) {
	t.Helper()
	askFollowUp(t, s, n)
	followed(t, s, n, noon, a)
}

func TestAnswersAreHandedOverInBatchesOfFive(t *testing.T) {
	s := newHarness(t).open(t)
	for n := range 4 {
		askAndAnswer(t, s, n, flows.Followed{Initiative: flows.StepNone, Reason: "tijd"})
	}
	handOver(t, s, noon)
	assert.Empty(t, followUpResults(t, s))
	askAndAnswer(t, s, 4, flows.Followed{Initiative: "kvk", Result: "ja"})
	handOver(t, s, noon)
	assert.Equal(t, []string{"2026Q4/kvk/ja/", "2026Q4/niets//tijd", "2026Q4/niets//tijd", "2026Q4/niets//tijd", "2026Q4/niets//tijd"}, followUpResults(t, s))
	assert.Zero(t, answerCount(t, s))
	assert.Equal(t, 5, queryInt(t, stats(s), "SELECT sum(n) FROM followup_batch"))
	handOver(t, s, noon)
	assert.Len(t, followUpResults(t, s), 5)
}

func TestOverdueAnswersLoseTheirReason(t *testing.T) {
	s := newHarness(t).open(t)
	askAndAnswer(t, s, 1, flows.Followed{Initiative: flows.StepNone, Reason: "tijd"})
	handOver(t, s, noon.AddDate(0, 0, 27))
	assert.Empty(t, followUpResults(t, s))
	handOver(t, s, noon.AddDate(0, 0, 28))
	assert.Equal(t, []string{"2026Q4/niets//"}, followUpResults(t, s))
}

func TestCrashDuringAnswerHandOver(t *testing.T) {
	h := newHarness(t)
	var images []*harness
	points := map[string]bool{}
	s := h.open(t, func(point string) {
		points[point] = true
		images = append(images, h.copyOf(t))
	})
	for n := range 5 {
		askAndAnswer(t, s, n, flows.Followed{Initiative: "kvk", Result: "nee"})
	}
	images = nil
	handOver(t, s, noon)
	require.Len(t, followUpResults(t, s), 5)
	require.True(t, points["answers: stamped"] && points["answers: entered"] && points["answers: cleared"])
	for _, image := range images {
		again := image.open(t)
		handOver(t, again, noon)
		assert.Len(t, followUpResults(t, again), 5)
		assert.Zero(t, answerCount(t, again))
		require.NoError(t, again.Close())
	}
}

// subscription returns a work that touches subscriptions.
func subscription(do func(bot.Tx) error, chats ...bot.Chat) bot.Work {
	return bot.Work{Chats: chats, Shared: true, Do: do}
}

func TestSubscriptionsLastUntilWithdrawn(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	who := bot.Subscriber{Chat: chat(1), Lang: "nl"}
	subscribers := func() (all []bot.Subscriber) {
		doWork(t, s, subscription(func(tx bot.Tx) (err error) { all, err = tx.Subscribers(); return err }))
		return all
	}
	subscribe := func(wanted bool) bot.Work {
		return subscription(func(tx bot.Tx) error { return tx.Subscribe(who, wanted) }, chat(1))
	}
	doWork(t, s, subscribe(true))
	doWork(t, s, subscribe(true))
	do(t, s, func(tx bot.Tx) error { return tx.Drop(chat(1)) }, chat(1))
	sweep(t, s, noon.AddDate(2, 0, 0))
	assert.Equal(t, []bot.Subscriber{who}, subscribers())
	assert.Empty(t, searchFiles(t, h.dir, encodingsOfID(t, chat(1).ID)), "encrypted")
	for _, leave := range []bot.Work{
		subscribe(false),
		work(func(tx bot.Tx) error { return tx.Forget(chat(1)) }, chat(1)),
		work(func(tx bot.Tx) error { return tx.Erase(chat(1)) }, chat(1)),
	} {
		doWork(t, s, subscribe(true))
		doWork(t, s, leave)
		assert.Empty(t, subscribers())
	}
}

func TestWeekIsPushedOnce(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	pushed := func(week string) (before bool) {
		doWork(t, s, subscription(func(tx bot.Tx) (err error) { before, err = tx.Pushed(week); return err }))
		return before
	}
	assert.False(t, pushed("2026-W52"))
	assert.True(t, pushed("2026-W52"))
	require.NoError(t, s.Close())
	s = h.open(t)
	assert.True(t, pushed("2026-W52"), "after a restart too")
	assert.True(t, pushed("2026-W51"), "an earlier week too")
	assert.False(t, pushed("2027-W01"))
}

// A quarter is not closed while an answer is pending.
func TestPendingAnswerKeepsQuarterOpen(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	for n := range 12 {
		finish(t, s, chat(n), noon, "kvk")
	}
	handOver(t, s, noon)
	january := time.Date(2027, time.January, 4, 12, 0, 0, 0, referral.Netherlands)
	_, err := told(t, h.figures(t, h.key), "2026Q4", disclosure.Internal, january)
	require.NoError(t, err, "nothing is pending")

	h = newHarness(t)
	s = h.open(t)
	for n := range 12 {
		finish(t, s, chat(n), noon, "kvk")
		askAndAnswer(t, s, n, flows.Followed{Initiative: "kvk", Result: "ja"})
	}
	for n := range 8 {
		askAndAnswer(t, s, 20+n, flows.Followed{Initiative: flows.StepNone, Reason: "tijd"})
	}
	_, err = told(t, h.figures(t, h.key), "2026Q4", disclosure.Internal, january)
	assert.ErrorAs(t, err, &figures.NotClosedError{}, "answers are pending")
	handOver(t, s, noon)
	year, err := told(t, h.figures(t, h.key), "2026", disclosure.Internal, january)
	require.NoError(t, err)
	assert.Equal(t, 20, year.Answers)
	require.NotNil(t, year.Facts.StepTaken)
	n, known := year.Facts.StepTaken.N.N()
	assert.True(t, known)
	assert.InDelta(t, 12, n, disclosure.MaxError, "the answers are told")
}
