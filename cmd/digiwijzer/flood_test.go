package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
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
)

const (
	puppets     = 1000 // accounts of one who floods the figures
	people      = 200
	humanPace   = 5 * time.Second // from one tap to the next: two minutes for the whole
	puppetsPace = 500 * time.Millisecond
)

// town lets many chats have the real conversation, with the real desk and the real storage,
// in an hour of its own that costs nothing.
type town struct {
	t    *testing.T
	desk *bot.Dispatcher
	keys int
	mu   sync.Mutex
}

// houseInMemory is a house whose folder lies in memory where there is such a thing: many
// thousands of turns are written, and this is not about the disk.
func houseInMemory(t *testing.T) *house {
	t.Helper()
	if testing.Short() {
		t.Skip("tens of thousands of turns: too many under the race detector")
	}
	h := newHouse(t)
	if dir, err := os.MkdirTemp("/dev/shm", "digiwijzer-*"); err == nil {
		h.dir = dir
		t.Cleanup(func() { os.RemoveAll(dir) })
	}
	return h
}

// live runs what happens in a house before its program is started. The night after it, the
// figures are handed over.
func (h *house) live(t *testing.T, night bool, happens func(w *town)) {
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
		w := &town{t: t, desk: bot.NewDispatcher(bot.Options{Store: s, Engine: c.Engine, Clock: bot.ClockFrom(morning)})}
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- w.desk.Run(running) }()
		happens(w)
		stop()
		require.NoError(t, <-ended)
		if night {
			for _, day := range []int{2, 3} { // a store that was never swept believes the clock after a day
				_, err = s.Sweep(ctx, morning.AddDate(0, 0, day))
				require.NoError(t, err)
			}
			n, err := s.HandOver(ctx, morning.AddDate(0, 0, 2))
			require.NoError(t, err)
			require.Positive(t, n)
		}
		require.NoError(t, s.Close())
	})
}

// does is one thing a chat does, and what comes of it.
func (w *town) does(chat string, in flows.Input) flows.Turn {
	w.mu.Lock()
	w.keys++
	key := "town:" + strconv.Itoa(w.keys) // no update of the bot's own
	w.mu.Unlock()
	turn, err := w.desk.Handle(context.Background(), bot.Update{Chat: bot.Chat{Channel: "telegram", ID: chat}, Key: key, Input: in})
	assert.NoError(w.t, err)
	return turn
}

// check does the check by the first button of every question, at a pace.
func (w *town) check(chat string, begin flows.Input, pace time.Duration) {
	turn := w.does(chat, begin)
	for range 60 {
		if turn.Session.Outcome {
			return
		}
		time.Sleep(pace)
		turn = w.does(chat, firstAnswer(turn))
	}
	assert.Fail(w.t, "no end in sight")
}

// firstAnswer taps the first button of the newest question.
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

// crowd lets n chats do the check at the same time, spread over ten seconds.
func (w *town) crowd(name string, n int, pace time.Duration) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			time.Sleep(time.Duration(i) * 10 * time.Second / time.Duration(n))
			w.check(fmt.Sprintf("%s-%d", name, i), flows.Input{Kind: flows.Start}, pace)
		})
	}
	all.Wait()
}

// TestFlood: a thousand accounts that rush through the check are counted, as the contract
// says, and every form in which the week is read says that it cannot be right.
func TestFlood(t *testing.T) {
	const says = "Let op: 1.000 van de 1.200 afgeronde gesprekken in week 2026-W47 waren binnen 20 seconden klaar. " +
		"Zo snel leest niemand de vragen. De cijfers van die week kunnen te hoog zijn."
	for _, night := range []bool{false, true} {
		t.Run(map[bool]string{false: "waiting", true: "handed over"}[night], func(t *testing.T) {
			h := houseInMemory(t)
			began := time.Now()
			h.live(t, night, func(w *town) {
				var both sync.WaitGroup
				both.Go(func() { w.crowd("puppet", puppets, puppetsPace) })
				both.Go(func() { w.crowd("person", people, humanPace) })
				both.Wait()
			})
			t.Logf("%d puppets and %d people in %s", puppets, people, time.Since(began).Round(time.Millisecond))
			r := h.report("--week", "2026-W47")
			assert.Equal(t, puppets+people, r.Totals.Started)
			assert.Equal(t, puppets+people, r.Totals.Completed)
			assert.Equal(t, puppets, r.Totals.Hasty)
			assert.Equal(t, puppets, r.Weeks[0].Hasty)
			assert.Zero(t, r.Totals.Repeat)
			h.requireWarning(t, says)
		})
	}
}

// requireWarning: the warning is in every form of the report, once where it is read.
func (h *house) requireWarning(t *testing.T, says string) {
	t.Helper()
	for _, form := range []string{"table", "csv", "html"} {
		assert.Contains(t, h.ok("report", "--week", "2026-W47", "--format", form), says, form)
	}
	assert.Contains(t, h.ok("report", "--quarter", "2026Q4"), says, "among the weeks of its quarter")
	english := &house{t: t, dir: h.dir, ago: h.ago, env: append([]string{"LANG=en_GB.UTF-8"}, h.env...)}
	assert.Contains(t, english.ok("report", "--week", "2026-W47"),
		"Please note: 1,000 of the 1,200 finished conversations in week 2026-W47 were done within 20 seconds.")
	h.requireWarningOnline(t, says)
}

// requireWarningOnline: the dashboard and the bot tell coordinators.
func (h *house) requireWarningOnline(t *testing.T, says string) {
	t.Helper()
	const token = "sixteen-letters!"
	fake, env := telegramAPI(t)
	s := h.with(env...).with("DIGIWIJZER_COORDINATORS=501", "DIGIWIJZER_DASHBOARD_TOKEN="+token).serve()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
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
		assert.Contains(t, page, says, path)
	}
	assert.Zero(t, s.stop(), s.stderr)
}

// TestNoFlood: people at their own pace, and among them a few who only tap through.
func TestNoFlood(t *testing.T) {
	h := houseInMemory(t)
	h.live(t, false, func(w *town) {
		w.crowd("person", people, humanPace)
		w.crowd("curious", 4, puppetsPace)
	})
	r := h.report("--week", "2026-W47")
	assert.Equal(t, people+4, r.Totals.Completed)
	assert.Equal(t, 4, r.Totals.Hasty)
	for _, form := range []string{"table", "csv", "html"} {
		assert.NotContains(t, h.ok("report", "--week", "2026-W47", "--format", form), "Let op", form)
	}
}

// TestOneChatCountsOnce: a thousand times the check in one chat is one business.
func TestOneChatCountsOnce(t *testing.T) {
	const times = 1000
	h := houseInMemory(t)
	began := time.Now()
	h.live(t, false, func(w *town) {
		w.check("one", flows.Input{Kind: flows.Start}, 0)
		for range times - 1 {
			w.check("one", flows.Input{Kind: flows.Action, Action: flows.DoRestart}, 0)
		}
	})
	t.Logf("%d times in %s", times, time.Since(began).Round(time.Millisecond))
	r := h.report("--week", "2026-W47")
	assert.Equal(t, 1, r.Totals.Completed)
	assert.Equal(t, times-1, r.Totals.Repeat)
	assert.Equal(t, times, r.Totals.Hasty)
	assert.Contains(t, h.ok("report", "--week", "2026-W47"), "Let op: 1.000 van de 1.000 afgeronde gesprekken")
}
