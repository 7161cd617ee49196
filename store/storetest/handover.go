package storetest

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
	"digiwijzer/store/engine"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

var update = flag.Bool("update", false, "rewrite the golden reports")

// errCrash is the panic that simulates a crash.
var errCrash = errors.New("crash")

func outcome(n int) flows.Outcome {
	pick := func(values ...string) string { return values[n*n%7%len(values)] }
	return flows.Outcome{
		Sector: pick("horeca", "bouw", "retail"), Region: pick("U", "GV"), Size: pick("zzp", "micro"), SelfImage: "b",
		ReadinessBand: n % 10, ImpactBand: n * 3 % 10, DIIBasis: pick("nee", "ja"), Quadrant: pick("vulnerable", "leading", "unhurried"),
		Cyber: pick("weak", "ok"), Phase: "adhoc", Obstacle: pick("tijd", "geld"), HelpWanted: "papier", Satisfaction: pick("4", "", "2"),
		Partner: pick("kvk-utrecht", ""), Channel: "telegram", Lang: "nl", Duration: pick("0-3min", "4-7min", "", "day"), QuestionSet: 1, Scoring: 1, Content: "0123abcd",
		Target: true, Referrals: []string{"kvk"}, Mentions: []string{"slim"},
	}
}

// finish returns the work of a whole conversation, from start to final outcome.
func finish(key string, n int, at time.Time) bot.Work {
	return once(key, chat(n), func(tx bot.Tx) error {
		return errors.Join(tx.Tick(bot.TickStarted, "kvk-utrecht", referral.WeekOf(at)), tx.Stage(chat(n), outcome(n), at), tx.Freeze(chat(n)))
	})
}

func (h *harness) handOver(at time.Time) int {
	h.t.Helper()
	n, err := h.HandOver(h.t.Context(), at)
	require.NoError(h.t, err)
	return n
}

// figures returns the reports over the open engine.
func (h *harness) figures() *store.Figures {
	h.t.Helper()
	f, err := store.NewFigures(h.t.Context(), h.rows, h.key)
	require.NoError(h.t, err)
	return f
}

func (h *harness) weekly() figures.Weekly {
	h.t.Helper()
	period := figures.Period{From: "2026-W40", To: "2026-W53"}
	s, err := h.figures().Snapshot(h.t.Context(), period)
	require.NoError(h.t, err)
	w, err := figures.NewWeekly(period, []string{"kvk", "slim"}, s)
	require.NoError(h.t, err)
	return w
}

// told returns the released figures of a closed span.
func (h *harness) told(of figures.Span) figures.Told {
	h.t.Helper()
	catalogue, err := referral.BuiltIn()
	require.NoError(h.t, err)
	service := figures.NewService(h.figures(), func() *referral.Catalogue { return catalogue }, afterQuarter{})
	told, err := service.Release(h.t.Context(), of, disclosure.Internal)
	require.NoError(h.t, err)
	return told
}

// addRows enters outcomes of a quarter with known ids, so that they are always rounded the same way.
func (h *harness) addRows(quarter string, n int) {
	h.t.Helper()
	require.NoError(h.t, h.rows.UpdateStats(h.t.Context(), func(stats engine.Stats) error {
		var rows []engine.Outcome
		for i := range n {
			pick := func(every int, values ...string) string { return values[i/every%len(values)] }
			id := engine.Hash{byte(i), byte(i >> 8)}
			copy(id[2:], quarter)
			rows = append(rows, engine.Outcome{
				ID: id, Key: engine.RecordKey(id), Quarter: quarter, Sector: pick(1, "horeca", "bouw", "zorg"), Region: pick(2, "U", "U", "GV"),
				Size: pick(3, "zzp", "2-9"), SelfImage: pick(5, "2", "3", "x"), ReadinessBand: i % 10, ImpactBand: i / 3 % 10, DIIBasis: pick(2, "ja", "nee"),
				Quadrant: pick(4, "vulnerable", "leading", "unhurried"), Extra: i%5 == 0, Cyber: pick(7, "weak", "ok"), Phase: pick(3, "adhoc", "later"),
				Obstacle: pick(2, "tijd", "geld"), HelpWanted: pick(3, "klanten", "papier"), Satisfaction: pick(1, "4", "", "2"),
				Partner: pick(11, "", "kvk-utrecht"), Channel: "web", Lang: "nl", Duration: pick(11, "4-7min", "0-3min", "4-7min", "8-14min", "15+min", "day"), QuestionSet: 1, Scoring: 1, Content: "abc",
				Referrals: []string{"kvk", pick(2, "slim", "werkplaats")},
			})
		}
		return stats.AddOutcomes(rows)
	}))
}

// afterQuarter is a clock that shows a time when the quarter is closed.
type afterQuarter struct{}

func (afterQuarter) Now() time.Time {
	return time.Date(2027, time.February, 3, 12, 0, 0, 0, referral.Netherlands)
}

func handOver(t *testing.T, h *harness) {
	for n := range 4 {
		h.do(finish("a"+strconv.Itoa(n), n, noon))
	}
	assert.Zero(t, h.handOver(noon), "four are too few")
	h.do(finish("again", 3, noon))
	assert.Zero(t, h.handOver(noon), "a repeat does not count towards the five")
	assert.Equal(t, []int{4, 1}, []int{h.weekly().Totals.Completed, h.weekly().Totals.Repeat}, "pending outcomes are counted")
	h.do(finish("a4", 4, noon))
	assert.Equal(t, 6, h.handOver(noon))
	assert.Zero(t, h.handOver(noon))
	h.do(finish("late", 9, noon))
	h.do(work(chat(4), func(tx bot.Tx) error { return tx.Erase(chat(4)) }))
	assert.Zero(t, h.handOver(noon.AddDate(0, 0, 27)))
	assert.Equal(t, 1, h.handOver(noon.AddDate(0, 0, 28)), "as counts only")
	assert.Equal(t, []int{6, 1}, []int{h.weekly().Totals.Completed, h.weekly().Totals.Repeat}, "nothing was counted twice")
}

// sameBytes checks that the same conversations give identical reports on every engine.
func sameBytes(t *testing.T, h *harness) {
	for n := range 60 {
		h.do(finish(strconv.Itoa(n), n, noon.AddDate(0, 0, n%21)))
	}
	waiting, err := json.MarshalIndent(h.weekly(), "", "  ")
	require.NoError(t, err)
	h.handOver(noon.AddDate(0, 0, 30))
	h.reopen()
	weekly, err := json.MarshalIndent(h.weekly(), "", "  ")
	require.NoError(t, err)
	var before, after figures.Weekly
	require.NoError(t, json.Unmarshal(waiting, &before))
	require.NoError(t, json.Unmarshal(weekly, &after))
	assert.Equal(t, before.Totals, after.Totals, "a hand-over does not change the totals")

	golden(t, "weekly.json", weekly)

	for i, quarter := range []string{"2025Q1", "2025Q2", "2025Q3", "2025Q4"} {
		h.addRows(quarter, 50+i)
	}
	tell := func(of figures.Span) []byte {
		text, err := json.MarshalIndent(h.told(of), "", "  ")
		require.NoError(t, err)
		return text
	}
	quarter, year := tell("2025Q3"), tell("2025")
	h.reopen()
	assert.Equal(t, quarter, tell("2025Q3"), "a release does not change")
	assert.Equal(t, year, tell("2025"), "a release does not change")
	golden(t, "quarter.json", quarter)
	golden(t, "year.json", year)
	assert.Equal(t, 60, h.told("2026Q4").Outcomes)
}

// golden compares text with a file in testdata.
func golden(t *testing.T, name string, text []byte) {
	t.Helper()
	_, source, _, ok := runtime.Caller(0)
	require.True(t, ok)
	path := filepath.Join(filepath.Dir(source), "testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, append(text, '\n'), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(text)+"\n")
}

// scenario returns external events, all of which are repeated after a crash: works are
// deduplicated, nightly jobs run again.
func scenario() (steps []func(*harness) error) {
	apply := func(works ...bot.Work) {
		steps = append(steps, func(h *harness) error { return h.try(works...) })
	}
	nightly := func(h *harness) error {
		_, err := h.HandOver(h.t.Context(), noon)
		_, failed := h.Sweep(h.t.Context(), noon)
		return errors.Join(err, failed)
	}
	for n := 1; n <= 6; n++ {
		apply(finish(fmt.Sprint("finish ", n), n, noon))
	}
	apply(once("stopped", chat(9), func(tx bot.Tx) error {
		c := bot.Conversation{Session: flows.Session{Phase: "asking"}, Week: "2026-W47", Pending: "ai_use"}
		return errors.Join(tx.Save(chat(9), c, noon), tx.Enqueue(bot.Message{Chat: chat(9), Body: []byte("question")}, noon))
	}))
	steps = append(steps, deliver)
	apply(once("erase", chat(6), func(tx bot.Tx) error { return tx.Erase(chat(6)) }))
	for n := 21; n <= 25; n++ {
		apply(once(fmt.Sprint("ask ", n), chat(n), func(tx bot.Tx) error {
			if err := tx.FollowUp(chat(n), noon, ""); err != nil {
				return err
			}
			_, _, err := tx.Remind(chat(n), noon)
			return err
		}), once(fmt.Sprint("answer ", n), chat(n), func(tx bot.Tx) error {
			return tx.Followed(chat(n), flows.Followed{Initiative: "kvk", Result: "ja"}, noon)
		}))
	}
	return append(steps, nightly, nightly)
}

// deliver marks every due message as delivered.
func deliver(h *harness) error {
	due, err := h.Due(h.t.Context(), noon, 100, nil)
	for _, d := range due {
		err = errors.Join(err, h.try(work(d.Message.Chat, func(tx bot.Tx) error { return tx.Delivered(d, bot.Shown{}) })))
	}
	return err
}

// finalState is the state after the scenario.
type finalState struct {
	Totals         figures.Counts
	Staged, Unsent int
	Answers        int
}

func (h *harness) finalState() finalState {
	h.t.Helper()
	staged, unsent, _, err := h.Waiting(h.t.Context(), noon)
	require.NoError(h.t, err)
	return finalState{Totals: h.weekly().Totals, Staged: staged, Unsent: unsent, Answers: h.told("2026Q4").Answers}
}

// crashes stops the scenario at every crash point, reopens the rows and repeats all of it: the final
// state equals that of a run without a crash.
func crashes(factory Factory, every int) func(*testing.T, *harness) {
	return func(t *testing.T, h *harness) {
		points := map[string]bool{}
		count := 0
		h.point = func(point string) { points[point] = true; count++ }
		for _, step := range scenario() {
			require.NoError(t, step(h))
		}
		h.point = nil
		want := h.finalState()
		require.Equal(t, 5, want.Totals.Completed)
		require.Equal(t, 1, want.Totals.Stopped["ai_use"])
		for _, point := range []string{"hand-over: stamped", "hand-over: entered", "hand-over: cleared",
			"answers: stamped", "answers: entered", "answers: cleared", "sweep: sessions settled"} {
			require.True(t, points[point], point)
		}
		for crash := 0; crash < count; crash += every {
			c := newHarness(t, factory)
			c.crashAt(crash)
			for _, step := range scenario() {
				require.NoError(t, step(c))
			}
			require.Equal(t, want, c.finalState(), "crash point %d", crash)
			require.NoError(t, c.Close())
		}
	}
}

// crashAt runs the scenario until crash point n and reopens the rows.
func (h *harness) crashAt(n int) {
	h.t.Helper()
	h.point = func(string) {
		if n--; n < 0 {
			panic(errCrash)
		}
	}
	require.PanicsWithValue(h.t, errCrash, func() {
		for _, step := range scenario() {
			_ = step(h)
		}
	})
	h.point = nil
	h.reopen()
}
