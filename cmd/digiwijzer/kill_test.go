package main

import (
	"bytes"
	"context"
	order "encoding/binary"
	"flag"
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

	"digiwijzer/bot/telegram/fakeapi"
)

var (
	kills    = flag.Int("kills", 30, "how often TestKillLoop kills the program")
	killSeed = flag.Uint64("killseed", 1, "of the moments and faults of TestKillLoop")
)

// canary is the id of the first person: long enough to be found wherever it is written.
const canary = 4_391_000_000_000

// roughWeather are the faults between the program and Telegram, and how likely each is.
var roughWeather = map[fakeapi.FaultKind]float64{
	fakeapi.TooMany: 0.002, fakeapi.ServerError: 0.01, fakeapi.BadGateway: 0.01, fakeapi.DropBefore: 0.01,
	fakeapi.DropAfter: 0.01, fakeapi.DuplicateUpdate: 0.05, fakeapi.Reorder: 0.05,
}

// TestKillLoop kills the program at random moments, in rough weather, while people do the
// check one after another. When the weather is fair again all of them have come to the
// end, and the report says what they saw.
func TestKillLoop(t *testing.T) {
	times := *kills
	if testing.Short() {
		times = min(times, 5)
	}
	fake := fakeapi.New(fakeapi.Options{Seed: *killSeed})
	t.Cleanup(fake.Close)
	h := newHouse(t, "TELEGRAM_BOT_TOKEN="+fake.Token(), "TELEGRAM_API_URL="+fake.URL())
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
	t.Logf("%d kills, %d people, faults %v; slowest restart %s; seed %d", times, len(people), fake.Happened(), slowest, *killSeed)

	assert.Less(t, slowest, 5*time.Second)
	for kind := range roughWeather {
		if !testing.Short() {
			assert.Positive(t, fake.Happened()[kind], "%s never happened", kind)
		}
	}
	r := h.report("--week", "2026-W47")
	assert.Equal(t, len(people), r.Totals.Started)
	assert.Equal(t, len(people), r.Totals.Completed)
	assert.Zero(t, r.Totals.Repeat)
	assert.Equal(t, stepsSeen(t, people, h.names()), nonzero(r.Totals.Referrals), "the report says what people saw")
	assert.Zero(t, s.stop(), s.stderr)
	requireDiscreet(t, h, s, fake)
}

// requireDiscreet: neither the files nor what the program said tell of anyone, or of the
// token.
func requireDiscreet(t *testing.T, h *house, s *server, fake *fakeapi.Server) {
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
func keepComing(t *testing.T, fake *fakeapi.Server, atOnce int, enough <-chan struct{}) func() []*fakeapi.Person {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var all []*fakeapi.Person
	arrive := func() *fakeapi.Person {
		mu.Lock()
		defer mu.Unlock()
		p := fake.Person(canary+int64(len(all)), "nl")
		all = append(all, p)
		return p
	}
	var everyone sync.WaitGroup
	for lane := range atOnce {
		everyone.Go(func() {
			for {
				p := arrive()
				p.Start("")
				if _, err := answerAll(ctx, p, lane+len(p.Name)); !assert.NoError(t, err) {
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
	return func() []*fakeapi.Person {
		everyone.Wait()
		return all
	}
}

// stepsSeen counts the steps of the advice that came last, by initiative: what was sent twice
// after a lost answer is seen twice, and is one advice. Some advices hold no step.
func stepsSeen(t *testing.T, people []*fakeapi.Person, names map[string]string) map[string]int {
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
