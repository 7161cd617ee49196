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

func dueChats(t *testing.T, s *Store, now time.Time) []bot.Chat {
	t.Helper()
	chats, err := s.FollowUps(context.Background(), now, 10)
	require.NoError(t, err)
	return chats
}

func waits(t *testing.T, s *Store, n int) (kept bool) {
	t.Helper()
	do(t, s, func(tx bot.Tx) (err error) {
		kept, err = tx.Waits(chat(n))
		return err
	}, chat(n))
	return kept
}

// asked makes a chat that was asked once, on noon.
func asked(t *testing.T, s *Store, n int) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.FollowUp(chat(n), noon, "4711") }, chat(n))
	_, now := remind(t, s, n, noon)
	require.True(t, now)
	require.True(t, waits(t, s, n))
}

func answers(t *testing.T, s *Store) int { return number(t, state(s), "SELECT count(*) FROM answer") }

func rowsOf(t *testing.T, s *Store) int { return number(t, state(s), "SELECT count(*) FROM followup") }

func TestAFollowUpIsAskedTwiceAtMost(t *testing.T) {
	s := newWorld(t).open(t)
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	do(t, s, func(tx bot.Tx) error {
		if err := tx.Save(chat(1), talk(), day(1)); err != nil {
			return err
		}
		return tx.FollowUp(chat(1), day(45), "4711")
	}, chat(1))
	assert.Empty(t, dueChats(t, s, day(44)))
	_, asked := remind(t, s, 1, day(44))
	assert.False(t, asked, "never before its day")

	assert.Equal(t, []bot.Chat{chat(1)}, dueChats(t, s, day(45)))
	f, asked := remind(t, s, 1, day(45))
	assert.True(t, asked)
	assert.Equal(t, bot.FollowUp{Advice: "4711", Lang: "nl"}, f)
	_, asked = remind(t, s, 1, day(45))
	assert.False(t, asked, "once a day is enough")
	_, asked = remind(t, s, 1, day(58))
	assert.False(t, asked)
	_, asked = remind(t, s, 1, day(59))
	assert.True(t, asked, "again after a fortnight")
	_, asked = remind(t, s, 1, day(80))
	assert.False(t, asked)
	assert.Equal(t, 1, rowsOf(t, s), "an answer is still welcome")
	_, asked = remind(t, s, 1, day(59+28))
	assert.False(t, asked)
	assert.Zero(t, rowsOf(t, s), "and then nothing is left")
	assert.Zero(t, answers(t, s))
}

func TestOneAnswerIsTakenAndParted(t *testing.T) {
	s := newWorld(t).open(t)
	whole := flows.Followed{Initiative: "kvk", Result: "ja"}
	followed(t, s, 1, noon, whole)
	assert.Zero(t, answers(t, s), "nobody asked")
	do(t, s, func(tx bot.Tx) error { return tx.FollowUp(chat(1), noon, "4711") }, chat(1))
	followed(t, s, 1, noon, whole)
	assert.Zero(t, answers(t, s), "not asked yet")
	remind(t, s, 1, noon)
	followed(t, s, 1, noon, flows.Followed{Initiative: "kvk"})
	assert.Zero(t, answers(t, s), "the second tap may come")
	followed(t, s, 1, noon, whole)
	followed(t, s, 1, noon, whole)
	assert.Equal(t, 1, answers(t, s), "one answer, however often it is tapped")
	assert.Zero(t, rowsOf(t, s), "and the address is gone")
}

func TestHalfAnAnswerCountsAfterThreeDays(t *testing.T) {
	s := newWorld(t).open(t)
	asked(t, s, 1)
	followed(t, s, 1, noon, flows.Followed{Initiative: "kvk"})
	followed(t, s, 1, noon.AddDate(0, 0, 1), flows.Followed{Initiative: flows.StepNone})
	_, asked := remind(t, s, 1, noon.AddDate(0, 0, 3))
	assert.False(t, asked)
	assert.Zero(t, answers(t, s))
	_, asked = remind(t, s, 1, noon.AddDate(0, 0, 4))
	assert.False(t, asked, "one who answered is not asked again")
	left := waitingIn[storedAnswer](t, s, engine.Answers)
	require.Len(t, left, 1)
	assert.Equal(t, flows.StepNone, left[0].value.Initiative)
	assert.Zero(t, rowsOf(t, s))
}

func TestNobodyIsAskedAfterStopBlockOrErase(t *testing.T) {
	for name, leave := range map[string]func(bot.Tx) error{
		"stop":  func(tx bot.Tx) error { return tx.FollowUp(chat(1), time.Time{}, "") },
		"block": func(tx bot.Tx) error { return tx.Forget(chat(1)) },
		"erase": func(tx bot.Tx) error { return tx.Erase(chat(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newWorld(t).open(t)
			asked(t, s, 1)
			do(t, s, leave, chat(1))
			assert.False(t, waits(t, s, 1))
			_, asked := remind(t, s, 1, noon.AddDate(0, 0, 14))
			assert.False(t, asked)
			followed(t, s, 1, noon, flows.Followed{Initiative: "kvk", Result: "ja"})
			assert.Zero(t, answers(t, s))
			assert.Empty(t, dueChats(t, s, noon.AddDate(1, 0, 0)))
		})
	}
}

func results(t *testing.T, s *Store) (all []string) {
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

func answer(t *testing.T, s *Store, n int, a flows.Followed) {
	t.Helper()
	asked(t, s, n)
	followed(t, s, n, noon, a)
}

func TestAnswersGoOverByFives(t *testing.T) {
	s := newWorld(t).open(t)
	for n := range 4 {
		answer(t, s, n, flows.Followed{Initiative: flows.StepNone, Reason: "tijd"})
	}
	handOver(t, s, noon)
	assert.Empty(t, results(t, s))
	answer(t, s, 4, flows.Followed{Initiative: "kvk", Result: "ja"})
	handOver(t, s, noon)
	assert.Equal(t, []string{"2026Q4/kvk/ja/", "2026Q4/niets//tijd", "2026Q4/niets//tijd", "2026Q4/niets//tijd", "2026Q4/niets//tijd"}, results(t, s))
	assert.Zero(t, answers(t, s))
	assert.Equal(t, 5, number(t, stats(s), "SELECT sum(n) FROM followup_batch"))
	handOver(t, s, noon)
	assert.Len(t, results(t, s), 5)
}

func TestAFewAnswersWaitAndThenGoWithoutTheirReason(t *testing.T) {
	s := newWorld(t).open(t)
	answer(t, s, 1, flows.Followed{Initiative: flows.StepNone, Reason: "tijd"})
	handOver(t, s, noon.AddDate(0, 0, 27))
	assert.Empty(t, results(t, s))
	handOver(t, s, noon.AddDate(0, 0, 28))
	assert.Equal(t, []string{"2026Q4/niets//"}, results(t, s))
}

func TestACrashNeitherLosesNorDoublesAnAnswer(t *testing.T) {
	w := newWorld(t)
	var images []*world
	points := map[string]bool{}
	s := w.open(t, func(point string) {
		points[point] = true
		images = append(images, w.copyOf(t))
	})
	for n := range 5 {
		answer(t, s, n, flows.Followed{Initiative: "kvk", Result: "nee"})
	}
	images = nil
	handOver(t, s, noon)
	require.Len(t, results(t, s), 5)
	require.True(t, points["answers: stamped"] && points["answers: entered"] && points["answers: cleared"])
	for _, image := range images {
		again := image.open(t)
		handOver(t, again, noon)
		assert.Len(t, results(t, again), 5)
		assert.Zero(t, answers(t, again))
		require.NoError(t, again.Close())
	}
}

// subscription is a work that touches subscriptions.
func subscription(do func(bot.Tx) error, chats ...bot.Chat) bot.Work {
	return bot.Work{Chats: chats, Shared: true, Do: do}
}

func TestSubscriptionsLastUntilWithdrawn(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
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
	assert.Empty(t, search(t, w.dir, formsOfChat(t, chat(1).ID)), "encrypted")
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

func TestAWeekIsPushedOnce(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	pushed := func(week string) (before bool) {
		doWork(t, s, subscription(func(tx bot.Tx) (err error) { before, err = tx.Pushed(week); return err }))
		return before
	}
	assert.False(t, pushed("2026-W52"))
	assert.True(t, pushed("2026-W52"))
	require.NoError(t, s.Close())
	s = w.open(t)
	assert.True(t, pushed("2026-W52"), "also after a restart")
	assert.True(t, pushed("2026-W51"), "nor an earlier one")
	assert.False(t, pushed("2027-W01"))
}

// A quarter is not closed while an answer of it may still come.
func TestAWaitingAnswerKeepsItsQuarterOpen(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	for n := range 12 {
		finish(t, s, chat(n), noon, "kvk")
	}
	handOver(t, s, noon)
	january := time.Date(2027, time.January, 4, 12, 0, 0, 0, referral.Netherlands)
	_, err := quarterly(t, w.figures(t, w.key), "2026Q4", disclosure.Internal, january)
	require.NoError(t, err, "nothing waits")

	w = newWorld(t)
	s = w.open(t)
	for n := range 12 {
		finish(t, s, chat(n), noon, "kvk")
		answer(t, s, n, flows.Followed{Initiative: "kvk", Result: "ja"})
	}
	for n := range 8 {
		answer(t, s, 20+n, flows.Followed{Initiative: flows.StepNone, Reason: "tijd"})
	}
	_, err = quarterly(t, w.figures(t, w.key), "2026Q4", disclosure.Internal, january)
	assert.ErrorAs(t, err, &figures.NotClosedError{}, "answers wait")
	handOver(t, s, noon)
	q, err := quarterly(t, w.figures(t, w.key), "2026Q4", disclosure.Internal, january)
	require.NoError(t, err)
	assert.NotEmpty(t, q.Table(disclosure.ByTaken, "").Rows)
	require.NotNil(t, q.Facts.StepTaken)
	assert.Equal(t, figures.Share{N: 12, Of: 20}, *q.Facts.StepTaken, "and what they said is in the tables")
}
