package store

import (
	"context"
	"errors"
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// step is one external event, which is repeated after a crash: updates are redelivered and
// deduplicated by their key, nightly jobs run again.
type step func(s *Store) error

func once(key string, do func(bot.Tx) error, chats ...bot.Chat) step {
	return func(s *Store) error {
		return apply(s, bot.Work{Chats: chats, Updates: []string{key}, Do: func(tx bot.Tx) error {
			if seen, err := tx.Seen(key, noon); err != nil || seen {
				return err
			}
			return do(tx)
		}})
	}
}

// nightly hands over pending outcomes, ticks and answers.
func nightly(s *Store) error {
	_, err := s.HandOver(context.Background(), noon)
	return err
}

// deliver marks every due message as delivered.
func deliver(s *Store) error {
	all, err := s.Due(context.Background(), noon, 100, nil)
	if err != nil {
		return err
	}
	for _, d := range all {
		if err := apply(s, work(func(tx bot.Tx) error { return tx.Delivered(d, bot.Shown{Ref: "4712"}) }, d.Message.Chat)); err != nil {
			return err
		}
	}
	return nil
}

// scenario covers two hand-over batches, the erasure of a staged chat, a repeat, an
// unfinished conversation, a follow-up, and a message to everyone who starts.
func scenario() (steps []step) {
	finish := func(key string, n int) {
		steps = append(steps, once("start:"+key, func(tx bot.Tx) error {
			if err := tx.Tick(bot.TickStarted, "kvk-utrecht", "2026-W47"); err != nil {
				return err
			}
			if err := tx.Enqueue(bot.Message{Chat: chat(n), Slot: flows.Living, Body: []byte(key)}, noon); err != nil {
				return err
			}
			return tx.Save(chat(n), conversation(), noon.AddDate(0, 0, 7))
		}, chat(n)), once("end:"+key, func(tx bot.Tx) error {
			if err := tx.Stage(chat(n), outcome("kvk", "werkplaats-utrecht"), noon); err != nil {
				return err
			}
			if err := tx.Drop(chat(n)); err != nil {
				return err
			}
			return tx.Freeze(chat(n))
		}, chat(n)))
	}
	for _, n := range []int{1, 2, 3, 4, 5} {
		finish(itoa(n), n)
	}
	steps = append(steps, once("later", func(tx bot.Tx) error { return tx.FollowUp(chat(2), noon.AddDate(0, 0, 42), "4713") }, chat(2)),
		deliver, once("erase", func(tx bot.Tx) error { return tx.Erase(chat(5)) }, chat(5)), nightly)
	finish("6", 6)
	finish("1 again", 1)
	steps = append(steps, nightly)
	for _, n := range []int{11, 12, 13, 14, 15, 16} {
		finish(itoa(n), n)
	}
	steps = append(steps, deliver,
		once("unfinished", func(tx bot.Tx) error { return tx.Save(chat(99), conversation(), noon) }, chat(99)),
		func(s *Store) error {
			_, err := s.Sweep(context.Background(), noon)
			return err
		},
		nightly)
	return steps
}

// scenarioExtension continues the scenario: unreadable rows are dropped where they are
// found, five chats answer the follow-up, and unsent messages expire.
func scenarioExtension() []step {
	message := func(n int) func(bot.Tx) error {
		return func(tx bot.Tx) error {
			return tx.Enqueue(bot.Message{Chat: chat(n), Slot: flows.Aside, Body: []byte("for " + itoa(n))}, noon)
		}
	}
	steps := []step{
		once("late", message(95), chat(95)),
		once("before damage", func(tx bot.Tx) error {
			return errors.Join(message(97)(tx), tx.FollowUp(chat(97), noon, "4711"), tx.Stage(chat(97), outcome("kvk"), noon), tx.Save(chat(96), conversation(), noon.Add(time.Hour)))
		}, chat(97), chat(96)),
		once("with a damaged session", message(96), chat(96)),
		damageRows,
	}
	for n := 31; n <= 35; n++ {
		steps = append(steps, once("ask "+itoa(n), func(tx bot.Tx) error { return tx.FollowUp(chat(n), noon, "4711") }, chat(n)),
			once("remind "+itoa(n), func(tx bot.Tx) error { _, _, err := tx.Remind(chat(n), noon); return err }, chat(n)),
			once("answer "+itoa(n), func(tx bot.Tx) error {
				return tx.Followed(chat(n), flows.Followed{Initiative: "kvk", Result: "ja"}, noon)
			}, chat(n)))
	}
	return append(steps, nightly,
		func(s *Store) error {
			_, err := s.Sweep(context.Background(), noon.Add(keepMessages+time.Hour))
			return err
		})
}

// damageRows makes a message, a follow-up, a session and an outcome unreadable, and reads the
// first three; the hand-over reads the outcome.
func damageRows(s *Store) error {
	for table, n := range map[string]int{"outbox": 97, "followup": 97, "session": 96, "staged": 97} {
		cid := s.envelope().chat(chat(n))
		if _, err := state(s).conn.ExecContext(context.Background(), "UPDATE "+table+" SET body = x'00' WHERE cid = ?", cid[:]); err != nil {
			return err
		}
	}
	s.recent = recent{} // as after opening
	_, err := s.Due(context.Background(), noon, 100, nil)
	_, alsoErr := s.FollowUps(context.Background(), noon, 100)
	return errors.Join(err, alsoErr)
}

// requireFullScenarioState checks the state after the scenario and its extension.
func requireFullScenarioState(t *testing.T, s *Store) {
	t.Helper()
	requireScenarioState(t, s, 5) // that the question was asked waits for its batch
	assert.Equal(t, 5, rowCount(t, stats(s), "followup_result"))
	assert.Equal(t, 5, queryInt(t, stats(s), "SELECT sum(n) FROM followup_batch"))
	assert.Zero(t, rowCount(t, state(s), "answer"))
}

// requireScenarioState checks the state after the scenario, however often it was
// interrupted. ticks is how many events wait to be handed over.
func requireScenarioState(t *testing.T, s *Store, ticks int) {
	t.Helper()
	assert.Equal(t, map[string]int{
		"2026-W47/started/": 13, "2026-W47/partner/kvk-utrecht": 13, "2026-W47/stopped/ai_use": 1,
		"2026-W47/completed/": 11, "2026-W47/channel/telegram": 11, "2026-W47/duration/4-7min": 11, "2026-W47/target/": 11, "2026-W47/mention/mijn-digitale-zaak": 11,
		"2026-W47/referral/kvk": 11, "2026-W47/referral/werkplaats-utrecht": 11,
		"2026-W47/repeat/": 1, "2026-W47/repeat_mention/mijn-digitale-zaak": 1,
		"2026-W47/repeat_referral/kvk": 1, "2026-W47/repeat_referral/werkplaats-utrecht": 1,
	}, counters(t, s))
	assert.Equal(t, 11, rowCount(t, stats(s), "outcome"))
	assert.Equal(t, 11, queryInt(t, stats(s), "SELECT sum(n) FROM batch"))
	assert.Equal(t, ticks, rowCount(t, state(s), "tick"))
	assert.Zero(t, queryInt(t, state(s), `SELECT (SELECT count(*) FROM staged)
		+ (SELECT count(*) FROM session) + (SELECT count(*) FROM outbox)`))
	assert.Equal(t, 1, rowCount(t, state(s), "followup"))
	assert.Zero(t, rowCount(t, stats(s), "pragma_foreign_key_check"))
}

var everyCommit = flag.Bool("everycommit", false, "crash at every commit, not at the first of its kind and one in eight of the others")

// TestCrashAtEveryCommitPoint copies the files before and after commits, opens each copy
// and repeats the recent steps, acknowledged or not: nothing is lost or counted twice.
func TestCrashAtEveryCommitPoint(t *testing.T) {
	type image struct {
		point  string
		step   int
		folder *harness
	}
	var images []image
	h := withoutFolder(t)
	at := 0
	canaries := map[string]string{}
	for _, n := range []int{1, 5, 31, 95, 96, 97, 99} {
		canaries["chat "+itoa(n)] = chat(n).ID
	}
	points := map[string]int{}
	s := h.open(t, func(point string) {
		if points[point]++; points[point]%8 == 1 || *everyCommit {
			images = append(images, image{point, at, h.copyOf(t)})
		}
		require.Empty(t, searchFiles(t, h.dir, canaries), "at %s, the -shm files included", point)
	})
	steps := append(scenario(), scenarioExtension()...)
	for i, step := range steps {
		at = i
		require.NoError(t, step(s))
	}
	requireFullScenarioState(t, s)
	for _, crash := range images {
		s := crash.folder.open(t)
		replay(t, s, steps, crash.step, crash.point)
		require.NoError(t, s.Close())
	}
	for _, point := range []string{
		"apply: before commit", "apply: committed", "apply: scrubbed", "follow-ups: damaged dropped", "outbox: damaged dropped",
		"sweep: sessions settled", "sweep: messages dropped", "sweep: marks dropped", "sweep: scrubbed",
		"hand-over: stamped", "hand-over: entered", "hand-over: cleared", "hand-over: scrubbed", "hand-over: damaged dropped",
		"answers: stamped", "answers: entered", "answers: cleared",
	} {
		assert.Positive(t, points[point], "no crash at "+point)
	}
	t.Logf("%d crashes: %v", len(images), points)
}

// replay continues after a crash during a step; the last three steps before it are repeated.
func replay(t *testing.T, s *Store, steps []step, from int, point string) {
	t.Helper()
	t.Run(point, func(t *testing.T) {
		for _, step := range steps[max(0, from-3):] {
			require.NoError(t, step(s))
		}
		requireFullScenarioState(t, s)
	})
}

// A chat that is erased while a hand-over is interrupted must not be in its figures.
func TestEraseDuringInterruptedHandOver(t *testing.T) {
	var crashed *harness
	h := withoutFolder(t)
	s := h.open(t, func(point string) {
		if point == "hand-over: stamped" {
			crashed = h.copyOf(t)
		}
	})
	for i := 1; i <= 5; i++ {
		finish(t, s, chat(i), noon, "kvk")
	}
	handOver(t, s, noon)
	require.NotNil(t, crashed)
	s = crashed.open(t)
	do(t, s, func(tx bot.Tx) error { return tx.Erase(chat(1)) }, chat(1))
	assert.Zero(t, handOver(t, s, noon))
	assert.Empty(t, counters(t, s))
	assert.Len(t, staged(t, s), 4)
}
