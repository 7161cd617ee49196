package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/app"
	"digiwijzer/bot/telegram"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/store"
)

// BenchmarkTaps compares three bots side by side, under the same load on the same cores:
// the naive one, ours, and ours without storage. Each is a process of its own, so that its
// processor time is without that of the load and the Bot API. Each tap is one update by
// webhook on loopback, one edit and one callback answer. The three take turns, a round each,
// because the speed of a shared machine varies: the median of the rounds' ratios counts. Each
// round is printed with the machine's rate of fdatasync, on which updates/s depend.
//
//	go test ./cmd/digiwijzer -run '^$' -bench Taps -benchtime 9x
func BenchmarkTaps(b *testing.B) {
	var bots []*benchedBot
	for _, name := range []string{"naive", "own", "bare"} {
		bots = append(bots, startBenched(b, name))
	}
	var rounds comparison
	for b.Loop() {
		syncs := syncRate(b)
		rounds.add(bots[0].work(b), bots[1].work(b), bots[2].work(b), syncs, loadAverage(b))
	}
	rounds.report(b)
}

// benchedPeople is how many people tap at the same time.
const benchedPeople = 200

// benchedEnv names the bot that a process of the benchmark is, and its Bot API; benchedClock when
// its clock began to run fast. All have the same time, as machines have.
const (
	benchedEnv   = "DIGIWIJZER_BENCHED_BOT"
	benchedClock = "DIGIWIJZER_BENCHED_CLOCK"
)

var benchedSince = time.Now()

// benchedBot is a bot in a process of its own, and the load on it.
type benchedBot struct {
	*load
	pid int
}

// startBenched runs TestBenchedBot in another process until the benchmark ends, and brings
// all people to the question between which and the next they tap.
func startBenched(b *testing.B, name string) *benchedBot {
	c := newLoad(b, benchedPeople)
	address, pid := startBot(b, c, name)
	c.target(address, "/hook", benchedSecret)
	c.reachQuestion()
	return &benchedBot{c, pid}
}

// startBot runs TestBenchedBot in another process until the benchmark ends.
func startBot(b *testing.B, c *load, name string) (address string, pid int) {
	cmd := exec.CommandContext(context.Background(), os.Args[0], "-test.run=^TestBenchedBot$", "-test.timeout=0")
	cmd.Env, cmd.Stderr = append(os.Environ(), benchedEnv+"="+name+" "+c.apiURL(), benchedClock+"="+benchedSince.Format(time.RFC3339Nano)), os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(b, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	lines := bufio.NewReader(stdout)
	address, err = lines.ReadString('\n')
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, stdin.Close()) // ends it
		output, _ := io.ReadAll(lines)
		require.NoError(b, cmd.Wait(), string(output))
	})
	return strings.TrimSpace(address), cmd.Process.Pid
}

// TestBenchedBot is no test but a process of BenchmarkTaps: it serves one of the bots until
// its standard input ends.
func TestBenchedBot(t *testing.T) {
	name, apiURL, benched := strings.Cut(os.Getenv(benchedEnv), " ")
	if !benched {
		t.Skip("part of BenchmarkTaps")
	}
	since, err := time.Parse(time.RFC3339Nano, os.Getenv(benchedClock))
	require.NoError(t, err)
	fast := fastClock{began: since, times: max(20, 4000/benchedPeople)}
	var hook http.Handler
	switch name {
	case "naive":
		texts, err := locales.BuiltIn()
		require.NoError(t, err)
		hook = newNaiveBot(t, apiURL, texts)
	case "own":
		hook = newOwnBot(t, apiURL, openStore(t), fast)
	case "replica":
		hook = newOwnBot(t, apiURL, openReplica(t), replicaClock{fast})
	case "bare":
		hook = newOwnBot(t, apiURL, newMemory(), fast)
	}
	if name != "naive" {
		app.CollectLess() // as serve does
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: hook, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	fmt.Println(listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	require.NoError(t, server.Close())
}

// tapsPerRound is how many taps each bot gets in a round: one to five seconds.
const tapsPerRound = 8000

// measured is the result of one bot in one round.
type measured struct {
	rate     float64 // updates a second
	p50, p99 time.Duration
	cpu      float64 // microseconds of processor per update, of the bot's process alone
}

// work lets the users tap for a round.
func (c *benchedBot) work(b *testing.B) measured {
	var left atomic.Int64
	left.Store(tapsPerRound)
	calls, busy, began := c.calls.Load(), processorTime(b, c.pid), time.Now()
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
		cpu: float64((processorTime(b, c.pid) - busy).Microseconds()) / tapsPerRound,
	}
}

// comparison holds the rounds of the three bots and their ratios.
type comparison struct {
	naive, own, bare                   []measured
	faster, sooner, leaner, ofBareRate []float64
}

func (c *comparison) add(naive, own, bare measured, syncs float64, load string) {
	if len(c.naive) == 0 {
		fmt.Println("# round: naive updates/s p50 p99 cpu | own … | own without storage … | own:naive updates/s, p99, cpu; own:bare; fdatasync/s; load")
	}
	c.naive, c.own, c.bare = append(c.naive, naive), append(c.own, own), append(c.bare, bare)
	c.faster = append(c.faster, own.rate/naive.rate)
	c.sooner = append(c.sooner, float64(naive.p99)/float64(own.p99))
	c.leaner = append(c.leaner, naive.cpu/own.cpu)
	c.ofBareRate = append(c.ofBareRate, own.rate/bare.rate)
	n := len(c.naive) - 1
	fmt.Printf("# %2d: %s | %s | %s | %.2f, 1:%.1f, 1:%.2f; %.2f; %.0f; %s\n", n+1, naive, own, bare, c.faster[n], c.sooner[n], c.leaner[n], c.ofBareRate[n], syncs, load)
}

func (m measured) String() string {
	return fmt.Sprintf("%5.0f/s %5.1f ms %5.1f ms %4.0f µs", m.rate, milliseconds(m.p50), milliseconds(m.p99), m.cpu)
}

// report reports the medians.
func (c *comparison) report(b *testing.B) {
	for name, rounds := range map[string][]measured{"naive": c.naive, "own": c.own, "bare": c.bare} {
		rates, times := make([]float64, len(rounds)), make([]float64, len(rounds))
		for i, m := range rounds {
			rates[i], times[i] = m.rate, m.cpu
		}
		b.ReportMetric(median(rates), name+"/s")
		b.ReportMetric(median(times), name+"-cpu-µs")
	}
	b.ReportMetric(median(c.faster), "own:naive")
	b.ReportMetric(median(c.sooner), "p99-naive:own")
	b.ReportMetric(median(c.leaner), "cpu-naive:own")
	b.ReportMetric(median(c.ofBareRate), "own:bare")
	b.ReportMetric(0, "ns/op")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// benchedSecret is the secret of the webhooks.
var benchedSecret = strings.Repeat("secret-", 6)

// newOwnBot starts the bot as serve wires it, on a clock so fast that nobody reaches their
// rate limit, and returns its webhook.
func newOwnBot(t *testing.T, apiURL string, stored bot.Store, clock bot.Clock) http.Handler {
	t.Helper()
	edition, err := content.Load("")
	require.NoError(t, err)
	token, err := telegram.NewToken("1:own-own-own-own-own-own-own")
	require.NoError(t, err)
	secret, err := telegram.NewSecret(benchedSecret)
	require.NoError(t, err)
	channel, err := telegram.New(telegram.Config{
		Token: token, BaseURL: apiURL, Webhook: "https://example.org/hook", Secret: secret,
		CallbackKey: []byte("0123456789abcdef0123456789abcdef"), Texts: func() *locales.Texts { return edition.Texts },
	})
	require.NoError(t, err)
	dispatcher := bot.NewDispatcher(bot.Options{
		Store: stored, Engine: edition.Engine, Channels: []bot.Channel{channel}, Content: edition.ID,
		Clock: clock,
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- channel.Run(ctx, dispatcher) }()
	go func() { ended <- dispatcher.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, errors.Join(<-ended, <-ended))
	})
	return channel.Handler(dispatcher)
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

func openStore(t *testing.T) *store.Store {
	t.Helper()
	edition, err := content.Load("")
	require.NoError(t, err)
	dir := t.TempDir()
	key, err := store.CreateKey(filepath.Join(dir, "key"), filepath.Join(dir, "data", "state.db"))
	require.NoError(t, err)
	s, err := store.Open(context.Background(), filepath.Join(dir, "data"), key, store.Options{Region: edition.Catalogue.Region()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
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
