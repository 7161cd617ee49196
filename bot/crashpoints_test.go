package bot_test

import (
	"context"
	"database/sql"
	"flag"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

func period(from, to string) figures.Period { return figures.Period{From: from, To: to} }

// personID is the id of a chat, long enough to be found in a file.
func personID(n int) string { return strconv.Itoa(4_391_000_000_000 + n) }

// event is one step of the script: something a person does, or time that passes.
type event struct {
	who  string
	gone bool
	in   func(x *fakeChannel) flows.Input // nil: only the time
	wait time.Duration
	// through: the person taps the second option, or the last, until the rating.
	through bool
}

// tapOption taps the n-th option of the newest question.
func tapOption(who string, n int) event {
	return event{who: who, in: func(x *fakeChannel) flows.Input {
		l, _ := x.screen(who)
		var options []flows.Input
		for _, b := range l.Buttons {
			if b.Kind == flows.Answer {
				options = append(options, b)
			}
		}
		if len(options) == 0 {
			return flows.Input{Kind: flows.Show}
		}
		return options[n%len(options)]
	}}
}

func act(who, action string) event {
	return event{who: who, in: func(*fakeChannel) flows.Input { return flows.Input{Kind: flows.Action, Action: action} }}
}

func sends(who, text string) event {
	return event{who: who, in: func(*fakeChannel) flows.Input { return flows.Input{Kind: flows.Text, Text: text} }}
}

func begin(who string) event {
	return event{who: who, in: func(*fakeChannel) flows.Input {
		return flows.Input{Kind: flows.Start, Link: flows.Link{Partner: "kvk-utrecht"}}
	}}
}

// referenceScript covers some weeks: one person does the whole check, five finish theirs,
// rate it and ask for the follow-up, one changes an answer, others stop, are erased before
// and after the hand-over, block, or never come back; the nights sweep and hand over.
func referenceScript() (events []event) {
	events = append(events, begin(personID(1)))
	events = append(events, event{who: personID(1), through: true})
	for n := 2; n <= 6; n++ {
		events = append(events, tapOption(personID(n), n%3), tapOption(personID(n), 3))
	}
	for n := 2; n <= 4; n++ {
		events = append(events, act(personID(n), flows.DoFollowUp))
	}
	events = append(events, event{who: personID(3), in: func(*fakeChannel) flows.Input {
		return flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: "obstacle"}
	}}, tapOption(personID(3), 1))
	events = append(events, begin(personID(7)), tapOption(personID(7), 1), sends(personID(7), "Geheimstraat 17"), act(personID(7), flows.DoStop))
	events = append(events, tapOption(personID(8), 0), act(personID(8), flows.DoErase), act(personID(8), flows.DoErased))
	events = append(events, tapOption(personID(9), 0), event{who: personID(9), gone: true})
	events = append(events, begin(personID(10)), tapOption(personID(10), 0))
	events = append(events, act(personID(2), flows.DoRestart), tapOption(personID(2), 2))
	events = append(events, event{wait: 9 * 24 * time.Hour}) // swept, and handed over
	events = append(events, act(personID(4), flows.DoErase), act(personID(4), flows.DoErased))
	events = append(events, event{wait: 41 * 24 * time.Hour}) // the follow-ups are due
	events = append(events, event{who: personID(2), in: func(*fakeChannel) flows.Input {
		return flows.Input{Kind: flows.Action, Action: flows.DoStepTaken, Option: flows.StepNone}
	}})
	return append(events, act(personID(3), flows.DoNoFollow), event{wait: 60 * 24 * time.Hour})
}

// resumeAt stores a conversation whose pending question is one of the last part, as an
// earlier run left it.
func (w *world) resumeAt(who, question string) {
	w.t.Helper()
	e, in := w.model.engine, flows.Input{Kind: flows.Start, Channel: "telegram", Lang: "nl", Today: referral.DayOf(w.clock.truth())}
	turn := e.Step(flows.Session{}, in)
	for range 60 {
		if e.Pending(turn.Session) == question {
			break
		}
		for _, r := range turn.Replies {
			for _, row := range r.Keys {
				for i, b := range row {
					if b.Question != "" && b.Action == "" && i == 0 && in.Rev != b.Rev {
						in = pressed(b)
					}
				}
			}
		}
		in.Channel, in.Lang, in.Today = "telegram", "nl", referral.DayOf(w.clock.truth())
		turn = e.Step(turn.Session, in)
	}
	require.Equal(w.t, question, e.Pending(turn.Session))
	chat, until := bot.Chat{Channel: "telegram", ID: who}, w.clock.truth().AddDate(0, 0, 7)
	c := bot.Conversation{Session: turn.Session, Week: referral.WeekOf(w.clock.truth()), Pending: question, Until: until}
	_, err := w.store.Apply(context.Background(), []bot.Work{{Chats: []bot.Chat{chat}, Do: func(tx bot.Tx) error { return tx.Save(chat, c, until) }}})
	require.NoError(w.t, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	*w.model.of(chat) = account{found: true, session: turn.Session, week: c.Week, pending: question, until: until, counted: map[string]bool{}}
}

// play plays the script; the platform redelivers what was not acknowledged, and after a
// crash also the three updates before.
func (w *world) play(events []event) {
	for n := 2; n <= 9; n++ { // they look where they were
		if n != 7 {
			w.until(w.does(personID(n), flows.Input{Kind: flows.Show}, false))
		}
	}
	for i, e := range events {
		if w.before != nil {
			w.before(i)
		}
		w.event(e)
		if w.after != nil {
			w.after(i)
		}
	}
}

func (w *world) event(e event) {
	switch {
	case e.wait > 0:
		w.elapse(e.wait)
		w.settle(90 * time.Second)
	case e.through:
		w.through(e.who)
	case e.in != nil:
		w.until(w.does(e.who, e.in(w.channel), e.gone))
	default:
		w.until(w.does(e.who, flows.Input{}, e.gone))
	}
}

// through taps on until the rating.
func (w *world) through(who string) {
	for range 60 {
		l, _ := w.channel.screen(who)
		question, _ := l.asks()
		w.until(w.does(who, tapOption(who, 1).in(w.channel), false))
		if question == "satisfaction" {
			return
		}
	}
	require.Fail(w.t, "no end in sight")
}

// until delivers an update until it is acknowledged, and waits for its effects.
func (w *world) until(h *platformUpdate) {
	w.deliver(h)
	w.settle(10 * time.Second)
	require.True(w.t, h.acked, "%+v is never acknowledged", h.update.Input)
	w.channel.mu.Lock()
	w.channel.phone(h.update.Chat.ID).quiet = true
	w.channel.mu.Unlock()
}

// settle waits until nothing more happens; if the process crashes meanwhile, another is
// started.
func (w *world) settle(d time.Duration) {
	synctest.Wait()
	time.Sleep(d)
	synctest.Wait()
	if !w.dead {
		return
	}
	w.crash()
	for _, h := range w.updates[max(0, len(w.updates)-4):] {
		if w.clock.truth().Sub(h.since) < 24*time.Hour { // no platform keeps them longer
			w.deliver(h)
		}
	}
	synctest.Wait()
	time.Sleep(d)
	synctest.Wait()
}

var everyPoint = flag.Bool("everypoint", false, "crash at every point instead of one in 23")

// TestCrashAtEveryPoint crashes at every boundary of every commit, at every step of a hand-over, and before
// and after every message has arrived; another process continues from the files, with the same result as
// without a crash.
func TestCrashAtEveryPoint(t *testing.T) {
	t.Parallel()
	want := scriptRun(t, 0)
	total := 0
	for _, n := range want.points {
		total += n
	}
	require.GreaterOrEqual(t, total, 150)
	step := 23
	if *everyPoint {
		step = 1
	}
	var crashes sync.Map
	for worker := range 2 {
		t.Run(strconv.Itoa(worker), func(t *testing.T) {
			t.Parallel()
			for k := 1 + worker*step; k <= total; k += 2 * step {
				got := scriptRun(t, k)
				if got.diedAt == "" { // what shares a commit differs a little from run to run
					require.Less(t, got.passed, k, "point %d of %d", k, total)
					require.GreaterOrEqual(t, k, total*97/100, "point %d of %d is missed", k, total)
					continue
				}
				n, _ := crashes.LoadOrStore(got.diedAt, new(int))
				*n.(*int)++
				requireSameResult(t, want, got)
				if t.Failed() {
					t.Fatalf("crashed at point %d: %s", k, got.diedAt)
				}
			}
		})
	}
	t.Cleanup(func() { t.Logf("%d points: %v", total, want.points) })
}

// scriptResult is the result of a run of the script.
type scriptResult struct {
	points  map[string]int
	passed  int // points, in all
	diedAt  string
	figures map[string]int
	got     map[string][]string // messages per person
}

func scriptRun(t *testing.T, dieAt int) (l scriptResult) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		w.scan = true
		for n := 2; n <= 9; n++ {
			if n != 7 {
				w.resumeAt(personID(n), "help_wanted")
			}
		}
		synctest.Wait()
		require.Equal(t, "GM0344", w.model.of(bot.Chat{Channel: "telegram", ID: personID(2)}).session.Answers["municipality"], "what is looked for")
		w.mu.Lock()
		w.dieAt, w.passed, w.points = dieAt, 0, map[string]int{}
		w.mu.Unlock()
		w.play(referenceScript())
		w.same()
		w.requireDeduplicated()
		_, unsent, _, err := w.store.Waiting(context.Background(), w.clock.truth())
		require.NoError(t, err)
		require.Zero(t, unsent)
		require.Empty(t, w.channel.unexpected)
		w.requireAdviceCounted()
		l = scriptResult{points: maps.Clone(w.points), passed: w.passed, diedAt: w.diedAt, figures: w.figures("2026-W40", "2027-W20"), got: map[string][]string{}}
		require.Equal(t, w.model.figures(), l.figures)
		// A crash takes the program a quarter of an hour, by which a run lasts longer.
		maps.DeleteFunc(l.figures, func(name string, _ int) bool { return strings.Contains(name, " duration ") })
		for who, p := range w.channel.phones {
			l.got[who] = p.got
		}
		if dieAt == 0 {
			for range 11 {
				w.elapse(40 * 24 * time.Hour)
				w.settle(90 * time.Second)
			}
			w.requireNobodyLeft()
		}
		w.end()
		w.rows.requireSound()
		if dieAt == 0 {
			requireUsed(t, w.dir())
		}
		require.Empty(t, append(w.found, w.rows.traces()...))
		w.log.requireNoPersonalData(t)
	})
	return l
}

// requireAdviceCounted: the steps shown last to a person are the steps counted.
func (w *world) requireAdviceCounted() {
	w.t.Helper()
	last := map[string]*record{}
	for _, r := range w.model.records {
		last[r.chat.ID] = r
	}
	require.NotEmpty(w.t, last)
	for chat, r := range last {
		shown, ok := w.channel.advised(chat)
		require.True(w.t, ok, chat)
		var ids []string
		for _, name := range shown { // which may be that of one in the business's sector
			initiative, known := w.model.engine.Catalogue.Named(name)
			require.True(w.t, known, name)
			ids = append(ids, initiative.ID)
		}
		require.Equal(w.t, r.steps, ids, "the steps of %s", chat)
	}
}

// requireDeduplicated redelivers what was acknowledged in the last two days: each is a
// duplicate.
func (w *world) requireDeduplicated() {
	w.t.Helper()
	before, again := w.dispatcher.Counters(), int64(0)
	for _, h := range w.updates {
		if w.clock.truth().Sub(h.at) < 48*time.Hour {
			w.deliver(h)
			again++
		}
	}
	synctest.Wait()
	time.Sleep(time.Minute)
	synctest.Wait()
	after := w.dispatcher.Counters()
	require.Equal(w.t, again, after.Duplicates-before.Duplicates, "an acknowledged update is forgotten")
	require.Equal(w.t, before.Sent, after.Sent)
}

// requireNobodyLeft: after more than four hundred days no personal row is left.
func (w *world) requireNobodyLeft() {
	w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.dir(), "state.db")+"?mode=ro")
	require.NoError(w.t, err)
	defer db.Close()
	rows, err := db.Query("SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('meta', 'compatibility')")
	require.NoError(w.t, err)
	defer rows.Close()
	tables := 0
	for rows.Next() {
		var table string
		require.NoError(w.t, rows.Scan(&table))
		n := -1
		require.NoError(w.t, w.count(table, &n))
		require.Zero(w.t, n, table)
		tables++
	}
	require.Greater(w.t, tables, 6)
}

func (w *world) count(table string, n *int) error {
	return w.query("state.db", "SELECT count(*) FROM "+table, n)
}

// query reads one value from a file, with a separate connection.
func (w *world) query(file, query string, value any) error {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.dir(), file)+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	return db.QueryRow(query).Scan(value)
}

// requireSameResult: the same figures, and the same messages in the same order except for
// one that a crash may have repeated.
func requireSameResult(t *testing.T, want, got scriptResult) {
	t.Helper()
	require.Equal(t, want.figures, got.figures)
	for who, messages := range want.got {
		doubled := 0
		have := slices.Clone(got.got[who])
		for i := 0; i < len(have); i++ {
			if i < len(messages) && have[i] == messages[i] {
				continue
			}
			if i > 0 && have[i] == have[i-1] {
				have = slices.Delete(have, i, i+1)
				doubled++
				i--
			}
		}
		require.Equal(t, messages, have, "messages of %s after a crash at %s", who, got.diedAt)
		require.LessOrEqual(t, doubled, 1, "one crash repeats at most one message of a chat")
	}
}
