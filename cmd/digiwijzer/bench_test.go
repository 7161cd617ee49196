package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/store"
)

// BenchmarkTaps compares three bots side by side, under the same load on the same cores:
// the naive one, ours, and ours without storage. Each tap is one update by webhook on
// loopback, one edit and one callback answer. The three take turns, a round each, because
// the speed of a shared machine varies: the median of the rounds' ratios counts. Each round
// is printed with the machine's rate of fdatasync, on which updates/s depend.
//
//	go test ./cmd/digiwijzer -run '^$' -bench Taps -benchtime 9x
func BenchmarkTaps(b *testing.B) {
	const people = 200
	starts := []struct {
		name  string
		start func(*testing.B, *load)
	}{
		{"naive", startNaive},
		{"own", func(b *testing.B, c *load) { startOwn(b, c, people, openStore(b)) }},
		{"bare", func(b *testing.B, c *load) { startOwn(b, c, people, newMemory()) }},
	}
	var loads []*load
	for _, s := range starts {
		c := newLoad(b, people)
		s.start(b, c)
		c.reachQuestion()
		loads = append(loads, c)
	}
	var rounds comparison
	for b.Loop() {
		syncs := syncRate(b)
		rounds.add(loads[0].work(b), loads[1].work(b), loads[2].work(b), syncs, loadAverage(b))
	}
	rounds.report(b)
}

// tapsPerRound is how many taps each bot gets in a round: one to five seconds.
const tapsPerRound = 8000

// measured is the result of one bot in one round.
type measured struct {
	rate     float64 // updates a second
	p50, p99 time.Duration
	cpu      float64 // microseconds of processor per update, bot, load and API together
}

// work lets the users tap for a round.
func (c *load) work(b *testing.B) measured {
	var left atomic.Int64
	left.Store(tapsPerRound)
	calls, busy, began := c.calls.Load(), processorTime(b), time.Now()
	c.each(func(p *user) {
		p.waits = p.waits[:0]
		for left.Add(-1) >= 0 {
			p.tap()
		}
	})
	spent, waits := time.Since(began), c.waits()
	require.Len(b, waits, tapsPerRound)
	require.EqualValues(b, 2*tapsPerRound, c.calls.Load()-calls, "an edit and an answer per tap")
	return measured{
		rate: tapsPerRound / spent.Seconds(), p50: waits[tapsPerRound/2], p99: waits[tapsPerRound*99/100],
		cpu: float64((processorTime(b) - busy).Microseconds()) / tapsPerRound,
	}
}

// comparison holds the rounds of the three bots and their ratios.
type comparison struct {
	naive, own, bare           []measured
	faster, sooner, ofBareRate []float64
}

func (c *comparison) add(naive, own, bare measured, syncs float64, load string) {
	if len(c.naive) == 0 {
		fmt.Println("# round: naive updates/s p50 p99 cpu | own … | own without storage … | own:naive updates/s, p99; own:bare; fdatasync/s; load")
	}
	c.naive, c.own, c.bare = append(c.naive, naive), append(c.own, own), append(c.bare, bare)
	c.faster = append(c.faster, own.rate/naive.rate)
	c.sooner = append(c.sooner, float64(naive.p99)/float64(own.p99))
	c.ofBareRate = append(c.ofBareRate, own.rate/bare.rate)
	n := len(c.naive) - 1
	fmt.Printf("# %2d: %s | %s | %s | %.2f, 1:%.1f; %.2f; %.0f; %s\n", n+1, naive, own, bare, c.faster[n], c.sooner[n], c.ofBareRate[n], syncs, load)
}

func (m measured) String() string {
	return fmt.Sprintf("%5.0f/s %5.1f ms %5.1f ms %4.0f µs", m.rate, milliseconds(m.p50), milliseconds(m.p99), m.cpu)
}

// report reports the medians.
func (c *comparison) report(b *testing.B) {
	for name, rounds := range map[string][]measured{"naive": c.naive, "own": c.own, "bare": c.bare} {
		rates := make([]float64, len(rounds))
		for i, m := range rounds {
			rates[i] = m.rate
		}
		b.ReportMetric(median(rates), name+"/s")
	}
	b.ReportMetric(median(c.faster), "own:naive")
	b.ReportMetric(median(c.sooner), "p99-naive:own")
	b.ReportMetric(median(c.ofBareRate), "own:bare")
	b.ReportMetric(0, "ns/op")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func startNaive(b *testing.B, c *load) {
	texts, err := locales.Load(locales.Embedded())
	require.NoError(b, err)
	listenFor(b, c, newNaiveBot(b, c.apiURL(), texts), "")
}

// startOwn starts the bot as serve wires it, on a clock so fast that nobody reaches their
// rate limit.
func startOwn(b *testing.B, c *load, people int, stored bot.Store) {
	edition, err := content.Load("")
	require.NoError(b, err)
	token, err := telegram.NewToken("1:own-own-own-own-own-own-own")
	require.NoError(b, err)
	secret := strings.Repeat("secret-", 6)
	checked, err := telegram.NewSecret(secret)
	require.NoError(b, err)
	channel, err := telegram.New(telegram.Config{
		Token: token, BaseURL: c.apiURL(), Webhook: "https://example.org/hook", Secret: checked,
		CallbackKey: []byte("0123456789abcdef0123456789abcdef"), Texts: func() *locales.Texts { return edition.Texts },
	})
	require.NoError(b, err)
	dispatcher := bot.NewDispatcher(bot.Options{
		Store: stored, Engine: edition.Engine, Channels: []bot.Channel{channel}, Content: edition.ID,
		Clock: fastClock{began: time.Now(), times: max(20, 4000/people)},
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- channel.Run(ctx, dispatcher) }()
	go func() { ended <- dispatcher.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		require.NoError(b, errors.Join(<-ended, <-ended))
	})
	listenFor(b, c, channel.Handler(dispatcher), secret)
}

// fastClock runs several times as fast as the machine's clock.
type fastClock struct {
	began time.Time
	times int
}

func (r fastClock) Now() time.Time { return morning.Add(time.Since(r.began) * time.Duration(r.times)) }
func (r fastClock) After(d time.Duration) <-chan time.Time {
	return time.After(d / time.Duration(r.times))
}

func openStore(b *testing.B) *store.Store {
	b.Helper()
	edition, err := content.Load("")
	require.NoError(b, err)
	dir := b.TempDir()
	key, err := store.CreateKey(filepath.Join(dir, "key"), filepath.Join(dir, "data", "state.db"))
	require.NoError(b, err)
	s, err := store.Open(context.Background(), filepath.Join(dir, "data"), key, store.Options{Region: edition.Catalogue.Region()})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	return s
}

// listenFor serves a webhook and directs the load to it.
func listenFor(b *testing.B, c *load, hook http.Handler, secret string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := &http.Server{Handler: hook, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	c.target(listener.Addr().String(), "/hook", secret)
}

// processorTime returns the processor time of this process: bot, load and API.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// syncRate returns how many times a second this machine makes 4 KiB durable in the tests'
// folder.
func syncRate(b *testing.B) float64 {
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	require.NoError(b, err)
	defer f.Close() //nolint:errcheck // thrown away
	page, times := make([]byte, 4096), 0
	began := time.Now()
	for ; time.Since(began) < 500*time.Millisecond; times++ {
		_, err := f.WriteAt(page, 0)
		require.NoError(b, err)
		require.NoError(b, syscall.Fdatasync(int(f.Fd())))
	}
	return float64(times) / time.Since(began).Seconds()
}

func loadAverage(b *testing.B) string {
	text, err := os.ReadFile("/proc/loadavg")
	require.NoError(b, err)
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
