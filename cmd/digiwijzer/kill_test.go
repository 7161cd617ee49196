package main

import (
	"bytes"
	"context"
	order "encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

var (
	kills    = flag.Int("kills", 30, "how often TestKillLoop kills the program")
	killSeed = flag.Uint64("killseed", 1, "of the moments and faults of TestKillLoop")
)

// canary is the id of the first person: long enough to be found wherever it is written.
const canary = 4_391_000_000_000

// roughWeather are the faults between the program and Telegram, and how likely each is.
var roughWeather = map[telegramtest.FaultKind]float64{
	telegramtest.TooMany: 0.002, telegramtest.ServerError: 0.01, telegramtest.BadGateway: 0.01, telegramtest.DropBefore: 0.01,
	telegramtest.DropAfter: 0.01, telegramtest.DuplicateUpdate: 0.05, telegramtest.Reorder: 0.3,
}

// senders is how many messages the program sends at once: what one kill can double.
const senders = 32

// TestKillLoop kills the program at random moments, in rough weather, while people do the
// check one after another, and some stop, erase or ask for the follow-up. When the weather
// is fair again all of them have come to their end, and the report says what they saw.
func TestKillLoop(t *testing.T) {
	times := *kills
	if testing.Short() {
		times = min(times, 5)
	}
	t.Run("polling", func(t *testing.T) { killLoop(t, times, nil) })
	t.Run("webhook", func(t *testing.T) { killLoop(t, max(4, times/3), webhook(t)) })
}

func killLoop(t *testing.T, times int, setting []string) {
	fake := telegramtest.New(telegramtest.Options{Seed: *killSeed, RetryUnit: 5 * time.Millisecond})
	t.Cleanup(fake.Close)
	h := newHouse(t, "TELEGRAM_BOT_TOKEN="+fake.Token(), "TELEGRAM_API_URL="+fake.URL()).with(setting...)
	for kind, odds := range roughWeather {
		fake.Chaos(kind, odds)
	}
	s := h.serve()
	enough := make(chan struct{})
	crowd := keepComing(t, fake, 8, enough)
	dice, slowest := rand.New(rand.NewPCG(*killSeed, 1)), time.Duration(0)
	for kill := range times {
		calls := len(fake.Calls()) + dice.IntN(60)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		require.NoError(t, fake.Wait(ctx, func() bool { return len(fake.Calls()) >= calls }), "kill %d of seed %d", kill, *killSeed)
		cancel()
		if kill == times/2 {
			requireRefused(t, h)
		}
		s.kill()
		requireDiscreet(t, h, s, fake)
		s = h.serve()
		slowest = max(slowest, s.started)
	}
	close(enough)
	fake.ClearFaults()
	people := crowd()
	happened := fake.Happened()
	t.Logf("%d kills, %d people, faults %v; the same update again under its id %d, sent once more %d; slowest restart %s; seed %d",
		times, len(people), happened, fake.Redelivered(), fake.Extra(), slowest, *killSeed)

	assert.Less(t, slowest, 5*time.Second)
	for kind := range roughWeather {
		if !testing.Short() && setting == nil {
			assert.Positive(t, happened[kind], "%s never happened", kind)
		}
	}
	assert.Positive(t, happened[telegramtest.DuplicateUpdate])
	assert.Positive(t, fake.Redelivered(), "nothing came again under its own id")
	assert.LessOrEqual(t, fake.Extra(), times*senders+happened[telegramtest.DropAfter]+happened[telegramtest.DuplicateUpdate])
	requireCounted(t, h, people)
	assert.Zero(t, s.stop(), s.stderr)
	requireDiscreet(t, h, s, fake)
}

// requireCounted: the report says what people saw and did, and who asked for the follow-up
// is told so.
func requireCounted(t *testing.T, h *house, people []*passerby) {
	t.Helper()
	did := map[string]int{}
	var finished []*telegramtest.Person
	for _, v := range people {
		did[v.does]++
		if v.does == "" || v.does == "asks" {
			finished = append(finished, v.Person)
		}
		if v.does == "asks" {
			v.requireWaits(t)
		}
	}
	t.Logf("what people did: %v", did)
	r := h.report("--week", "2026-W47")
	assert.Equal(t, len(people), r.Totals.Started)
	assert.Equal(t, len(finished), r.Totals.Completed)
	assert.Zero(t, r.Totals.Repeat)
	stopped := 0
	for _, n := range r.Totals.Stopped {
		stopped += n
	}
	assert.Equal(t, did["stops"], stopped)
	assert.Equal(t, stepsSeen(t, finished, h.names()), nonzero(r.Totals.Referrals), "the report says what people saw")
}

// passerby is someone who does the check while the program is killed again and again.
type passerby struct {
	*telegramtest.Person
	fake *telegramtest.Server
	n    int
	does string // besides: "stops", "erases midway", "erases", "asks" for the follow-up
}

// passersby do one of these, in turn.
var passersby = []string{"", "stops", "asks", "erases midway", "", "erases"}

// midway is the revision at which some have had enough; words are typed up to there.
const midway = 8

// visit is all that someone does. Words go out together with every third tap, before or
// after it.
func (v *passerby) visit(ctx context.Context) error {
	v.Start("")
	last := asked{rev: -1}
	for range 60 {
		var now asked
		if err := v.Wait(ctx, func(p *telegramtest.Person) bool { now = look(p); return len(now.buttons) > 0 && now.rev > last.rev }); err != nil {
			return fmt.Errorf("after %s: %w", last.question, err)
		}
		if now.rev >= midway && (v.does == "stops" || v.does == "erases midway") {
			return v.leave(ctx)
		}
		talks := now.rev%3 == 0 && now.rev <= midway
		if talks && v.n%2 == 0 {
			v.Say(fmt.Sprintf("Canary%dwoord", now.rev))
		}
		choice := now.buttons[(v.n*7+now.rev*3)%len(now.buttons)]
		if now.question == flows.SourceQuestion {
			choice = now.buttons[slices.IndexFunc(now.buttons, skips)]
		}
		if err := v.PressWhere(same(choice)); err != nil {
			return err
		}
		if talks && v.n%2 == 1 {
			v.Say(fmt.Sprintf("Canary%dwoord", now.rev))
		}
		if now.question == "satisfaction" {
			if err := v.Wait(ctx, func(p *telegramtest.Person) bool { return !offersRating(p) }); err != nil {
				return err
			}
			return v.leave(ctx)
		}
		last = now
	}
	return errors.New("no end in sight")
}

// leave is the last thing that someone does, when all before it has been received: what
// comes after a conversation has ended would begin another.
func (v *passerby) leave(ctx context.Context) error {
	if err := v.fake.Wait(ctx, func() bool { return v.Pending() == 0 }); err != nil {
		return err
	}
	switch v.does {
	case "stops":
		v.Say("/stop")
		return v.hears(ctx, "We stoppen hier")
	case "erases", "erases midway":
		v.Say("/verwijder")
		if err := v.presses(ctx, "Ja, verwijder alles"); err != nil {
			return err
		}
		return v.hears(ctx, "Alles is verwijderd")
	case "asks":
		if err := v.presses(ctx, "Ja, stel me die vraag"); err != nil {
			return err
		}
		return v.hears(ctx, "Afgesproken")
	}
	return nil
}

func (v *passerby) hears(ctx context.Context, words string) error {
	return v.Wait(ctx, func(p *telegramtest.Person) bool {
		return slices.ContainsFunc(p.Messages(), func(m telegramtest.Message) bool { return m.FromBot && strings.Contains(m.Text, words) })
	})
}

func (v *passerby) presses(ctx context.Context, label string) error {
	if err := v.Wait(ctx, func(p *telegramtest.Person) bool { return strings.Contains(p.Screen(), "["+label+"]") }); err != nil {
		return err
	}
	return v.Press(label)
}

// requireWaits: the program knows that someone asked for the follow-up.
func (v *passerby) requireWaits(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	v.Say("/mijngegevens")
	assert.NoError(t, v.hears(ctx, "Je vroeg om één vraag"))
}

// requireDiscreet: neither the files nor what the program said tell of anyone, or of the
// token.
func requireDiscreet(t *testing.T, h *house, s *server, fake *telegramtest.Server) {
	t.Helper()
	_, half, _ := strings.Cut(fake.Token(), ":")
	words := [][]byte{[]byte(half), []byte("Canary"), []byte("GM0344"), []byte("/bot4242")}
	for n := range 60 {
		id := uint64(canary + n)
		eight := order.BigEndian.AppendUint64(nil, id)
		words = append(words, strconv.AppendUint(nil, id, 10), eight[2:], order.LittleEndian.AppendUint64(nil, id)[:6],
			strconv.AppendUint(nil, id, 16))
	}
	paths, err := filepath.Glob(filepath.Join(h.dir, "data", "*"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), 2)
	texts := map[string][]byte{"what it said": []byte(s.stderr.String())}
	for _, path := range paths {
		texts[filepath.Base(path)], err = os.ReadFile(path)
		require.NoError(t, err)
	}
	for name, text := range texts {
		for _, word := range words {
			if bytes.Contains(text, word) {
				t.Errorf("%s holds %q", name, word)
			}
		}
	}
}

// requireRefused: a second program in the same folder says in one line that it cannot be.
func requireRefused(t *testing.T, h *house) {
	t.Helper()
	second := h.run("", "serve")
	assert.Equal(t, 1, second.code)
	assert.Equal(t, 1, strings.Count(second.stderr, "\n"), second.stderr)
	assert.Contains(t, second.stderr, "data")
}

// keepComing lets people do the check, some at a time, until enough is closed. The
// function it returns waits for those who have begun.
func keepComing(t *testing.T, fake *telegramtest.Server, atOnce int, enough <-chan struct{}) func() []*passerby {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var all []*passerby
	arrive := func() *passerby {
		mu.Lock()
		defer mu.Unlock()
		n := len(all)
		v := &passerby{Person: fake.Person(canary+int64(n), "nl"), fake: fake, n: n, does: passersby[n%len(passersby)]}
		all = append(all, v)
		return v
	}
	var everyone sync.WaitGroup
	for range atOnce {
		everyone.Go(func() {
			for {
				v := arrive()
				if !assert.NoError(t, v.visit(ctx), "person %d, who %s", v.n, v.does) {
					return
				}
				select {
				case <-enough:
					return
				default:
				}
			}
		})
	}
	return func() []*passerby {
		everyone.Wait()
		return all
	}
}

// stepsSeen counts the steps of the advice that came last, by initiative: what was sent twice
// after a lost answer is seen twice, and is one advice. Some advices hold no step.
func stepsSeen(t *testing.T, people []*telegramtest.Person, names map[string]string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, p := range people {
		text := ""
		for _, m := range slices.Backward(p.Messages()) {
			if m.FromBot && m.Photo == nil && stepLine.MatchString(plain(m.Text)) {
				text = plain(m.Text)
				break
			}
		}
		require.NotEmpty(t, advice(p), "no advice: %s", p.Screen())
		for _, line := range stepLine.FindAllStringSubmatch(text, -1) {
			counts[longestName(line[1], names)]++
		}
	}
	return counts
}
