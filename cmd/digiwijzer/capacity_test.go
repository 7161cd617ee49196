package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tapsEach is how often each user taps in BenchmarkCapacity: a chat's rate limit allows a
// burst of 60 updates, of which a dozen are spent on reaching the question.
const tapsEach = 45

// BenchmarkCapacity measures what one machine holds: the real program with storage,
// encryption and webhook, while so many people tap as soon as they are answered. The load
// runs on the same cores. Memory is that of the program's process.
//
//	go test ./cmd/digiwijzer -run '^$' -bench Capacity -benchtime 1x
func BenchmarkCapacity(b *testing.B) {
	fmt.Printf("# %.0f fdatasync/s; load %s\n", syncRate(b), loadAverage(b))
	for _, people := range []int{1, 20, 200, 1000} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
			c := newLoad(b, max(people, 10))
			s, _ := c.serveAt(b)
			var taps int
			var spent time.Duration
			c.reachQuestion()
			for range b.N {
				busy, began := s.processorTime(), time.Now()
				c.tapTogether(people)
				spent, taps = time.Since(began), len(c.waits())
				b.ReportMetric(float64((s.processorTime()-busy).Microseconds())/float64(taps), "cpu-µs/update")
			}
			waits := c.waits()
			b.ReportMetric(float64(taps)/spent.Seconds(), "updates/s")
			b.ReportMetric(milliseconds(waits[taps/2]), "p50-ms")
			b.ReportMetric(milliseconds(waits[taps*99/100]), "p99-ms")
			b.ReportMetric(s.memory("VmRSS"), "rss-MB")
			b.ReportMetric(s.memory("VmHWM"), "peak-MB")
			b.ReportMetric(0, "ns/op")
			require.Zero(b, s.stop(), s.stderr)
		})
	}
}

// tapTogether lets all users tap, so many at the same time.
func (c *load) tapTogether(together int) {
	var all sync.WaitGroup
	places := make(chan struct{}, together)
	for _, p := range c.users {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			for range tapsEach {
				p.tap()
			}
		})
	}
	all.Wait()
}

// serveAt starts the program in a new harness, with the load as its Bot API.
func (c *load) serveAt(t testing.TB, env ...string) (*server, *harness) {
	t.Helper()
	settings := webhook(t)
	hook, err := url.Parse(strings.TrimPrefix(settings[1], "DIGIWIJZER_WEBHOOK_URL="))
	require.NoError(t, err)
	h := newHarness(t, settings...).with("TELEGRAM_BOT_TOKEN=1:capacity-capacity-capacity", "TELEGRAM_API_URL="+c.apiURL()).with(env...)
	c.target(hook.Host, hook.Path, strings.TrimPrefix(settings[2], "DIGIWIJZER_WEBHOOK_SECRET="))
	return h.serve(), h
}

// BenchmarkStart measures from the start of the process until /healthz is OK, and the
// memory of the idle program.
//
//	go test ./cmd/digiwijzer -run '^$' -bench Start -benchtime 5x
func BenchmarkStart(b *testing.B) {
	h := newHarness(b)
	require.Zero(b, h.serve().stop())
	var ready time.Duration
	for b.Loop() {
		began := time.Now()
		s := h.serve()
		_, code := s.health()
		require.Equal(b, http.StatusOK, code)
		ready += time.Since(began)
		b.ReportMetric(s.memory("VmRSS"), "rss-MB")
		require.Zero(b, s.stop(), s.stderr)
	}
	b.ReportMetric(milliseconds(ready)/float64(b.N), "ready-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkOpenConversations measures the memory of the program with so many open
// conversations, each started through the webhook.
//
//	go test ./cmd/digiwijzer -run '^$' -bench OpenConversations -benchtime 1x
func BenchmarkOpenConversations(b *testing.B) {
	const people, connections = 100_000, 200
	for range b.N {
		c := newLoad(b, people)
		s, _ := c.serveAt(b)
		b.ReportMetric(s.memory("VmRSS"), "idle-MB")
		began := time.Now()
		var all sync.WaitGroup
		for from := range connections {
			all.Go(func() {
				for i := from; i < people; i += connections {
					c.users[i].start()
					c.users[i].disconnect()
				}
			})
		}
		all.Wait()
		b.ReportMetric(people/time.Since(began).Seconds(), "updates/s")
		b.ReportMetric(s.memory("VmRSS"), "rss-MB")
		b.ReportMetric(s.memory("VmHWM"), "peak-MB")
		b.ReportMetric(0, "ns/op")
		require.Zero(b, s.stop(), s.stderr)
	}
}

// memory returns a field of /proc/PID/status, such as VmRSS, in MB of 1024 kB.
func (s *server) memory(field string) float64 {
	s.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	require.NoError(s.t, err)
	_, after, found := strings.Cut(string(status), field+":")
	require.True(s.t, found, field)
	kilobytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	require.NoError(s.t, err)
	return kilobytes / 1024
}

// processorTime returns the processor time that the process has used.
func (s *server) processorTime() time.Duration {
	s.t.Helper()
	return processorTime(s.t, s.cmd.Process.Pid)
}

// processorTime returns the processor time that a process has used, in hundredths of a second.
func processorTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		require.NoError(t, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
