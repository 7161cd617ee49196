package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram"
	"digiwijzer/locales"
	"digiwijzer/store"
)

// BenchmarkTaps compares three bots side by side, under the same load on the same
// cores: the naive one, ours, and ours with storage switched off. Each tap is one
// update by webhook on loopback, one edit and one callback answer. It logs the ratios
// and the machine's own rate of fdatasync, without which updates/s mean little.
//
//	go test ./cmd/digiwijzer -run '^$' -bench Taps -benchtime 5s
func BenchmarkTaps(b *testing.B) {
	for _, people := range []int{200} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
			syncs := syncRate(b)
			naive := besideOthers(b, "naive", people, startNaive)
			own := besideOthers(b, "own", people, func(b *testing.B, c *crowdAtWork) { startOwn(b, c, people, openStore(b)) })
			bare := besideOthers(b, "own-no-storage", people, func(b *testing.B, c *crowdAtWork) { startOwn(b, c, people, newMemory()) })
			if naive.rate*own.rate*bare.rate == 0 {
				return // not all of them were asked for
			}
			fmt.Printf("# own : naive = %.2f in updates/s, 1 : %.1f in p99; own : own without storage = %.2f; %.0f fdatasync/s; load %s\n",
				own.rate/naive.rate, float64(naive.p99)/float64(own.p99), own.rate/bare.rate, syncs, loadAverage(b))
		})
	}
}

// measured is what came out of one bot.
type measured struct {
	rate     float64 // updates a second
	p50, p99 time.Duration
}

// besideOthers measures one bot as a benchmark of its own.
func besideOthers(b *testing.B, name string, people int, start func(*testing.B, *crowdAtWork)) (f measured) {
	b.Run(name, func(b *testing.B) {
		c := newCrowd(b, people)
		start(b, c)
		c.assemble()
		f = c.work(b)
	})
	return f
}

// work lets the crowd tap for as long as the benchmark lasts.
func (c *crowdAtWork) work(b *testing.B) (f measured) {
	turn := make(chan struct{})
	calls, busy := c.calls.Load(), processorTime(b)
	b.ResetTimer()
	go func() {
		defer close(turn)
		for b.Loop() {
			turn <- struct{}{}
		}
	}()
	c.everyone(func(p *tapper) {
		for range turn {
			p.tap()
		}
	})
	waits, taps := c.waits(), float64(b.N)
	require.Len(b, waits, b.N)
	require.EqualValues(b, 2*b.N, c.calls.Load()-calls, "an edit and an answer per tap")
	f = measured{taps / b.Elapsed().Seconds(), waits[len(waits)/2], waits[len(waits)*99/100]}
	b.ReportMetric(f.rate, "updates/s")
	b.ReportMetric(milliseconds(f.p50), "p50-ms")
	b.ReportMetric(milliseconds(f.p99), "p99-ms")
	b.ReportMetric(float64((processorTime(b)-busy).Microseconds())/taps, "cpu-µs/update")
	return f
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func startNaive(b *testing.B, c *crowdAtWork) {
	texts, err := locales.Load(locales.Embedded())
	require.NoError(b, err)
	listenFor(b, c, newNaiveBot(b, c.apiURL(), texts), "")
}

// startOwn starts the bot as serve puts it together, on a clock that runs so fast that
// nobody's bucket is ever empty.
func startOwn(b *testing.B, c *crowdAtWork, people int, stored bot.Store) {
	content, err := loadContent("")
	require.NoError(b, err)
	token, err := telegram.NewToken("1:own-own-own-own-own-own-own")
	require.NoError(b, err)
	secret := strings.Repeat("secret-", 6)
	checked, err := telegram.NewSecret(secret)
	require.NoError(b, err)
	channel, err := telegram.New(telegram.Config{
		Token: token, BaseURL: c.apiURL(), Webhook: "https://example.org/hook", Secret: checked,
		CallbackKey: []byte("0123456789abcdef0123456789abcdef"), Texts: func() *locales.Texts { return content.texts },
	})
	require.NoError(b, err)
	desk := bot.NewDesk(bot.Options{
		Store: stored, Engine: content.engine, Channels: []bot.Channel{channel}, Content: content.id,
		Clock: rushed{began: time.Now(), times: max(20, 4000/people)},
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- channel.Run(ctx, desk) }()
	b.Cleanup(func() {
		stop()
		require.NoError(b, <-ended)
		require.NoError(b, desk.Close(context.Background()))
	})
	listenFor(b, c, channel.Handler(desk), secret)
}

// rushed is a clock that runs several times as fast as the machine's.
type rushed struct {
	began time.Time
	times int
}

func (r rushed) Now() time.Time { return morning.Add(time.Since(r.began) * time.Duration(r.times)) }
func (r rushed) After(d time.Duration) <-chan time.Time {
	return time.After(d / time.Duration(r.times))
}

func openStore(b *testing.B) *store.Store {
	b.Helper()
	content, err := loadContent("")
	require.NoError(b, err)
	dir := b.TempDir()
	key, err := store.CreateKey(filepath.Join(dir, "key"), filepath.Join(dir, "data", "state.db"))
	require.NoError(b, err)
	s, err := store.Open(context.Background(), filepath.Join(dir, "data"), key, store.Options{Region: content.catalogue.Region()})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	return s
}

// listenFor serves a webhook and aims the crowd at it.
func listenFor(b *testing.B, c *crowdAtWork, hook http.Handler, secret string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := &http.Server{Handler: hook, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	c.aim(listener.Addr().String(), "/hook", secret)
}

// processorTime is what this process has used of the processors: bot, load and API.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// syncRate is how often a second this machine makes 4 KiB durable where the tests
// keep their files.
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
