package store

import (
	"context"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/admission"
	"digiwijzer/flows"
	"digiwijzer/store/engine"
)

func itoa(n int) string { return strconv.Itoa(n) }

// ticks returns the pending ticks.
func ticks(t *testing.T, s *Store) (all []storedTick) {
	t.Helper()
	for _, w := range waitingIn[storedTick](t, s, engine.Ticks) {
		all = append(all, w.value)
	}
	return all
}

func staged(t *testing.T, s *Store) []waiting[storedOutcome] {
	t.Helper()
	return waitingIn[storedOutcome](t, s, engine.Outcomes)
}

func save(t *testing.T, s *Store, who bot.Chat, c bot.Conversation, expires time.Time) {
	t.Helper()
	do(t, s, func(tx bot.Tx) error { return tx.Save(who, c, expires) }, who)
}

func load(t *testing.T, s *Store, who bot.Chat, now time.Time) (c bot.Conversation, ok bool) {
	t.Helper()
	do(t, s, func(tx bot.Tx) (err error) {
		c, ok, err = tx.Conversation(who, now)
		return err
	}, who)
	return c, ok
}

func sweep(t testing.TB, s *Store, now time.Time) int {
	t.Helper()
	n, err := s.Sweep(context.Background(), now)
	require.NoError(t, err)
	return n
}

func TestConversationRoundTrip(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	save(t, s, chat(1), conversation(), noon.Add(time.Hour))
	back, ok := load(t, s, chat(1), noon)
	assert.True(t, ok)
	assert.Equal(t, conversation(), back)
	require.NoError(t, s.Close())
	s = h.open(t)
	back, ok = load(t, s, chat(1), noon)
	assert.True(t, ok)
	assert.Equal(t, conversation(), back)
	_, ok = load(t, s, chat(2), noon)
	assert.False(t, ok)
	_, ok = load(t, s, bot.Chat{Channel: "web", ID: chat(1).ID}, noon)
	assert.False(t, ok)

	do(t, s, func(tx bot.Tx) error { return tx.Drop(chat(1)) }, chat(1))
	_, ok = load(t, s, chat(1), noon)
	assert.False(t, ok)
}

// Changing a conversation after saving or loading it does not change the cached one.
func TestConversationsAreNotShared(t *testing.T) {
	s := newHarness(t).open(t)
	given := conversation()
	save(t, s, chat(1), given, noon.Add(time.Hour))
	given.Session.Answers["size"] = "changed"
	given.Surface[flows.Living] = bot.Shown{Ref: "1"}
	got, _ := load(t, s, chat(1), noon)
	assert.Equal(t, conversation(), got)
	got.Session.Answers["size"] = "changed"
	got.Surface[flows.Living] = bot.Shown{Ref: "1"}
	got, _ = load(t, s, chat(1), noon)
	assert.Equal(t, conversation(), got)

	for _, kind := range []reflect.Type{reflect.TypeFor[flows.Session](), reflect.TypeFor[bot.Conversation](), reflect.TypeFor[admission.Pace]()} {
		for field := range kind.Fields() {
			if field.Name == "Answers" || field.Name == "Surface" || field.Name == "Session" || field.Name == "Pace" ||
				field.Type == reflect.TypeFor[time.Time]() {
				continue
			}
			assert.Contains(t, []reflect.Kind{reflect.String, reflect.Int, reflect.Int64, reflect.Bool, reflect.Float64}, field.Type.Kind(),
				"%s.%s is shared: copy it in detached", kind, field.Name)
		}
	}
}

func TestSessionCacheIsBounded(t *testing.T) {
	r := recent{}
	for i := range recentSessions + 10 {
		r.keep(random(), storedSession{Expires: int64(i)})
	}
	assert.Len(t, r, recentSessions)
}

func TestSessionExpiry(t *testing.T) {
	day := 24 * time.Hour
	unfinished, tryOut, finished, paced := conversation(), conversation(), conversation(), conversation()
	paced.Pace, paced.Session.Partner = admission.NewPace(noon.Add(-7*day)), "kvk" // its begin is not counted yet
	tryOut.Session.TryOut = true
	finished.Session.Outcome = true
	for name, ends := range map[string]func(t *testing.T, s *Store, now time.Time){
		"sweep": func(t *testing.T, s *Store, now time.Time) {
			assert.Equal(t, 4, sweep(t, s, now))
		},
		"next turn": func(t *testing.T, s *Store, now time.Time) {
			for _, i := range []int{1, 2, 3, 5} {
				_, ok := load(t, s, chat(i), now)
				assert.False(t, ok)
			}
		},
		"block": func(t *testing.T, s *Store, now time.Time) {
			for _, i := range []int{1, 2, 3, 5} {
				do(t, s, func(tx bot.Tx) error { return tx.Forget(chat(i)) }, chat(i))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHarness(t).open(t)
			save(t, s, chat(1), unfinished, noon.Add(7*day))
			save(t, s, chat(2), tryOut, noon.Add(7*day))
			save(t, s, chat(3), finished, noon.Add(7*day))
			save(t, s, chat(4), unfinished, noon.Add(7*day+time.Second))
			save(t, s, chat(5), paced, noon.Add(7*day))
			do(t, s, func(tx bot.Tx) error { return tx.Stage(chat(3), outcome("kvk"), noon) }, chat(3))

			assert.Zero(t, sweep(t, s, noon.Add(7*day-time.Second)))
			assert.Empty(t, ticks(t, s))

			ends(t, s, noon.Add(7*day))
			stopped := storedTick{Kind: bot.TickStopped, Detail: "ai_use", Week: "2026-W47"}
			assert.ElementsMatch(t, []storedTick{stopped, stopped, {Kind: bot.TickStarted, Detail: "kvk", Week: "2026-W46"}}, ticks(t, s))
			require.Len(t, staged(t, s), 1)
			assert.True(t, staged(t, s)[0].frozen)
			assert.Equal(t, 1, rowCount(t, state(s), "session"))
			_, ok := load(t, s, chat(4), noon.Add(7*day))
			assert.True(t, ok)
		})
	}
}

func TestSweepInChunks(t *testing.T) {
	s := newHarness(t).open(t)
	var works []bot.Work
	for i := range 3*sweepChunk + 1 {
		works = append(works, work(func(tx bot.Tx) error {
			if err := tx.Enqueue(bot.Message{Chat: chat(i), Body: []byte("x")}, noon); err != nil {
				return err
			}
			return tx.Save(chat(i), conversation(), noon.Add(time.Hour*time.Duration(i%2)))
		}, chat(i)))
	}
	_, err := s.Apply(context.Background(), works)
	require.NoError(t, err)
	n := sweep(t, s, noon.Add(30*time.Minute))
	assert.Equal(t, (3*sweepChunk+2)/2, n)
	assert.Len(t, ticks(t, s), n)
	sweep(t, s, noon.Add(keepMessages+time.Second))
	assert.Zero(t, queryInt(t, state(s), "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM session)"))
}

func TestSweepOfExpiredMarkers(t *testing.T) {
	s := newHarness(t).open(t)
	doWork(t, s, turn(chat(1), "telegram:1"))
	doWork(t, s, bot.Work{Updates: []string{"telegram:9"}, Do: func(tx bot.Tx) error { return tx.Park("telegram:9", "panic", noon) }})
	finish(t, s, chat(1), noon, "kvk")
	sweep := func(now time.Time) { sweep(t, s, now) }
	count := func(table string) int { return rowCount(t, state(s), table) }

	sweep(noon.AddDate(0, 0, 3))
	assert.Equal(t, []int{1, 1, 1}, []int{count("seen"), count("parked"), count("counted")})
	sweep(noon.AddDate(0, 0, 4))
	assert.Equal(t, []int{0, 1, 1}, []int{count("seen"), count("parked"), count("counted")})
	sweep(time.Date(2026, time.December, 31, 22, 59, 0, 0, time.UTC)) // 23:59 in the Netherlands
	assert.Equal(t, []int{0, 0, 1}, []int{count("seen"), count("parked"), count("counted")})
	sweep(time.Date(2026, time.December, 31, 23, 0, 0, 0, time.UTC))
	assert.Zero(t, count("counted"))
	assert.Equal(t, 1, count("staged"))
}

func TestUnreadableRowsAreDropped(t *testing.T) {
	h := newHarness(t)
	s := h.open(t)
	doWork(t, s, turn(chat(1), "telegram:1"))
	doWork(t, s, turn(chat(1), "telegram:2"))
	finish(t, s, chat(2), noon, "kvk")
	for _, table := range []string{"session", "staged"} {
		execSQL(t, state(s), "UPDATE "+table+" SET body = zeroblob(length(body))")
	}
	execSQL(t, state(s), "UPDATE outbox SET body = zeroblob(9) WHERE id = 1")
	require.NoError(t, s.Close())
	s = h.open(t)

	_, ok := load(t, s, chat(1), noon)
	assert.False(t, ok)
	due, err := s.Due(context.Background(), noon, 10, nil)
	require.NoError(t, err)
	assert.Empty(t, due)
	due, err = s.Due(context.Background(), noon, 10, nil)
	require.NoError(t, err)
	require.Len(t, due, 1)
	assert.Equal(t, "telegram:2", string(due[0].Message.Body))
	for range 2 {
		assert.Zero(t, handOver(t, s, noon))
	}
	assert.Zero(t, rowCount(t, state(s), "staged"), "unreadable rows are dropped")
	assert.Equal(t, 3, s.Unreadable())
}

func TestFollowUp(t *testing.T) {
	s := newHarness(t).open(t)
	do(t, s, func(tx bot.Tx) error { return tx.FollowUp(chat(1), noon.AddDate(0, 0, 45), "4711") }, chat(1))
	do(t, s, func(tx bot.Tx) error { return tx.FollowUp(chat(1), noon.AddDate(0, 0, 46), "4712") }, chat(1))
	assert.Equal(t, 1, queryInt(t, state(s), "SELECT count(*) FROM followup WHERE day = '2027-01-03'"))
	var kept storedFollowup
	cid := s.envelope().chat(chat(1))
	var body []byte
	require.NoError(t, state(s).conn.QueryRowContext(context.Background(), "SELECT body FROM followup").Scan(&body))
	_, err := s.envelope().open(tableFollowup, cid, body, &kept)
	require.NoError(t, err)
	assert.Equal(t, storedFollowup{Chat: chat(1), Advice: "4712"}, kept)
	do(t, s, func(tx bot.Tx) error { return tx.FollowUp(chat(1), time.Time{}, "") }, chat(1))
	assert.Zero(t, rowCount(t, state(s), "followup"))
}
