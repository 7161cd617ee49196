package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
	"digiwijzer/store"
	"digiwijzer/store/memdir"
)

const (
	humanPace    = 5 * time.Second // from one tap to the next: two minutes for the whole check
	scriptedPace = 500 * time.Millisecond
)

// scripted is how many accounts flood the figures, and manyPeople how many do the check beside
// them.
func scripted() int   { return size(30, 1000) }
func manyPeople() int { return size(12, 200) }

// world lets many chats have the real conversation with the real dispatcher and storage, on
// the clock of a synctest bubble.
type world struct {
	t          *testing.T
	dispatcher *bot.Dispatcher
	keys       int
	mu         sync.Mutex
}

// newHarnessInMemory returns a harness with a folder in memory, if there is a file system
// for that: tens of thousands of turns are committed, and the disk is not what is tested.
func newHarnessInMemory(t *testing.T) *harness {
	t.Helper()
	if testing.Short() {
		t.Skip("commits tens of thousands of turns")
	}
	h := newHarness(t)
	h.dir = memdir.New(t)
	return h
}

// simulate fills the data folder before the program is started, by running chats in this
// process.
func (h *harness) simulate(t *testing.T, run func(w *world)) {
	t.Helper()
	dir, keyFile := filepath.Join(h.dir, "data"), filepath.Join(h.dir, "digiwijzer.key")
	key, err := store.CreateKey(keyFile, filepath.Join(dir, "state.db"))
	require.NoError(t, err)
	c, err := content.Load("")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		s, err := store.Open(ctx, dir, key, store.Options{Region: c.Catalogue.Region()})
		require.NoError(t, err)
		w := &world{t: t, dispatcher: bot.NewDispatcher(bot.Options{Store: s, Engine: c.Engine, Clock: bot.ClockFrom(morning)})}
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- w.dispatcher.Run(running) }()
		run(w)
		stop()
		require.NoError(t, <-ended)
		require.NoError(t, s.Close())
	})
}

// handle handles one input of a chat and returns the turn.
func (w *world) handle(chat string, in flows.Input) flows.Turn {
	w.mu.Lock()
	w.keys++
	key := "simulated:" + strconv.Itoa(w.keys)
	w.mu.Unlock()
	turn, err := w.dispatcher.Handle(context.Background(), bot.Update{Chat: bot.Chat{Channel: "telegram", ID: chat}, Key: key, Input: in})
	assert.NoError(w.t, err)
	return turn
}

// check does the whole check with the first answer to every question, at a pace.
func (w *world) check(chat string, begin flows.Input, pace time.Duration) {
	turn := w.handle(chat, begin)
	for range 60 {
		if turn.Session.Outcome {
			return
		}
		time.Sleep(pace)
		turn = w.handle(chat, firstAnswer(turn))
	}
	assert.Fail(w.t, "the check does not end")
}

// firstAnswer returns the first answer to the newest question.
func firstAnswer(turn flows.Turn) (in flows.Input) {
	for _, r := range turn.Replies {
		for _, row := range r.Keys {
			for _, b := range row {
				if b.Question != "" && b.Action == "" && in.Rev < b.Rev {
					in = flows.Input{Kind: flows.Answer, Question: b.Question, Option: b.Option, Rev: b.Rev}
				}
			}
		}
	}
	return in
}

// crowd lets n chats do the check at the same time, starting within ten seconds.
func (w *world) crowd(name string, n int, pace time.Duration) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			time.Sleep(time.Duration(i) * 10 * time.Second / time.Duration(n))
			w.check(fmt.Sprintf("%s-%d", name, i), flows.Input{Kind: flows.Start}, pace)
		})
	}
	all.Wait()
}

// TestHastyChecksAreCountedAndReported: many accounts that rush through the check are counted,
// while they wait and once they were handed over, and every form of the weekly report warns
// about it.
func TestHastyChecksAreCountedAndReported(t *testing.T) {
	t.Parallel()
	all := scripted() + manyPeople()
	says := fmt.Sprintf("%s van de %s afgeronde gesprekken in week 2026-W47 waren binnen 20 seconden klaar "+
		"of hadden dezelfde antwoorden als een gesprek kort daarvoor. Zonder die gesprekken zijn het er %d. De cijfers van die week kunnen te hoog zijn.",
		thousands(scripted(), "."), thousands(all, "."), manyPeople())
	waiting := newHarnessInMemory(t)
	waiting.simulate(t, func(w *world) {
		var both sync.WaitGroup
		both.Go(func() { w.crowd("scripted", scripted(), scriptedPace) })
		both.Go(func() { w.crowd("person", manyPeople(), humanPace) })
		both.Wait()
	})
	handedOver := newHarnessInMemory(t)
	handedOver.copyData(waiting)
	handedOver.withStore(func(ctx context.Context, s *store.Store) {
		night := morning.AddDate(0, 0, 2) // the sessions have expired
		_, err := s.Sweep(ctx, night)
		require.NoError(t, err)
		n, err := s.HandOver(ctx, night)
		require.NoError(t, err)
		require.Positive(t, n)
	})
	for _, h := range []*harness{waiting, handedOver} {
		r := h.report("--week", "2026-W47")
		assert.Equal(t, all, r.Totals.Started)
		assert.Equal(t, all, r.Totals.Completed)
		assert.Equal(t, scripted(), r.Totals.Hasty)
		assert.Equal(t, scripted(), r.Weeks[0].Hasty)
		assert.Zero(t, r.Totals.Repeat)
		h.requireWarning(t, "Let op: "+says, fmt.Sprintf("Please note: %s of the %s finished conversations in week 2026-W47 were done within 20 seconds, or had the same answers as one shortly before.",
			thousands(scripted(), ","), thousands(all, ",")))
	}
}

// thousands writes a number below a million as people read it.
func thousands(n int, separator string) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d%s%03d", n/1000, separator, n%1000)
}

// requireWarning requires the warning in every form of the report.
func (h *harness) requireWarning(t *testing.T, says, english string) {
	t.Helper()
	for _, form := range []string{"table", "csv", "html"} {
		assert.Contains(t, h.ok("report", "--week", "2026-W47", "--format", form), says, form)
	}
	inEnglish := &harness{t: t, dir: h.dir, created: h.created, env: append([]string{"LANG=en_GB.UTF-8"}, h.env...)}
	assert.Contains(t, inEnglish.ok("report", "--week", "2026-W47"), english)
	h.requireWarningOnline(t, says)
}

// requireWarningOnline requires the warning in the bot, which has exact weeks, and one without
// numbers, once the week is over, wherever figures are told.
func (h *harness) requireWarningOnline(t *testing.T, says string) {
	t.Helper()
	const told = "Let op: in week 2026-W47 waren opvallend veel gesprekken binnen 20 seconden klaar of precies gelijk aan een gesprek kort daarvoor."
	h.with("DIGIWIJZER_NOW=2026-11-24T12:00:00+01:00")
	assert.Contains(t, h.ok("report", "--quarter", "2026Q4"), told, "among the weeks of its quarter")
	const token = "sixteen-letters!"
	fake, env := telegramAPI(t)
	s := h.with(env...).with("DIGIWIJZER_COORDINATORS=501", "DIGIWIJZER_DASHBOARD_TOKEN="+token).serve()
	ctx := waitContext(t)
	week := sayAndGet(ctx, t, fake.Person(501, "nl"), "/week 2026-W47", 3)
	assert.Contains(t, week[0].Text, says)

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	coordinator := &http.Client{Jar: jar}
	response, err := coordinator.PostForm(s.url+"/werkgroep", url.Values{"token": {token}})
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	for _, path := range []string{"/werkgroep", "/werkgroep/cijfers", "/werkgroep/cijfers?week=2026-W47"} {
		_, page := s.fetch(coordinator, path)
		assert.Contains(t, page, told, path)
	}
	assert.Zero(t, s.stop(), s.stderr)
}

// TestAFewHastyChecksGiveNoWarning: four among those who take their time.
func TestAFewHastyChecksGiveNoWarning(t *testing.T) {
	t.Parallel()
	h := newHarnessInMemory(t)
	const hasty = 4
	h.simulate(t, func(w *world) {
		w.crowd("person", manyPeople(), humanPace)
		w.crowd("hasty", hasty, scriptedPace)
	})
	r := h.report("--week", "2026-W47")
	assert.Equal(t, manyPeople()+hasty, r.Totals.Completed)
	assert.Equal(t, hasty, r.Totals.Hasty)
	for _, form := range []string{"table", "csv", "html"} {
		assert.NotContains(t, h.ok("report", "--week", "2026-W47", "--format", form), "Let op", form)
	}
}

// TestOneChatCountsOnce: any number of checks in one chat are one business.
func TestOneChatCountsOnce(t *testing.T) {
	t.Parallel()
	times := scripted()
	h := newHarnessInMemory(t)
	h.simulate(t, func(w *world) {
		w.check("one", flows.Input{Kind: flows.Start}, 0)
		for range times - 1 {
			w.check("one", flows.Input{Kind: flows.Action, Action: flows.DoRestart}, 0)
		}
	})
	r := h.report("--week", "2026-W47")
	assert.Equal(t, 1, r.Totals.Completed)
	assert.Equal(t, times-1, r.Totals.Repeat)
	assert.Equal(t, times, r.Totals.Hasty)
	assert.Contains(t, h.ok("report", "--week", "2026-W47"), fmt.Sprintf("Let op: %[1]s van de %[1]s afgeronde gesprekken", thousands(times, ".")))
}
