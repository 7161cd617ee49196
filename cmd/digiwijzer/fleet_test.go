package main

import (
	"context"
	"flag"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/store/postgres/pgtest"
)

var replicaFaults = flag.Int("replicafaults", 1, "how often TestReplicas kills or freezes one of the programs")

// fleet is several programs on one database behind a proxy that spreads requests.
type fleet struct {
	t    *testing.T
	h    *harness
	fake *telegramtest.Server

	mu       sync.Mutex
	programs []*server
	next     int
	failed   int // requests that a program answered with an error of its own
}

// newFleet starts so many programs, with a webhook at the proxy.
func newFleet(t *testing.T, size int, address string) *fleet {
	t.Helper()
	fake := telegramtest.New(telegramtest.Options{Seed: 1, RetryUnit: 5 * time.Millisecond})
	t.Cleanup(fake.Close)
	f := &fleet{t: t, fake: fake}
	proxy := httptest.NewServer(http.HandlerFunc(f.forward))
	t.Cleanup(proxy.Close)
	f.h = newHarness(t, "TELEGRAM_BOT_TOKEN="+fake.Token(), "TELEGRAM_API_URL="+fake.URL(), "LANG=en", "DIGIWIJZER_DATABASE="+address,
		"DIGIWIJZER_WEBHOOK_URL="+proxy.URL+"/telegram/hook", "DIGIWIJZER_WEBHOOK_SECRET="+strings.Repeat("s3cret_", 6))
	for range size {
		f.programs = append(f.programs, f.start())
	}
	return f
}

// start starts another program, with addresses of its own.
func (f *fleet) start(env ...string) *server {
	f.t.Helper()
	return f.startVersion("", env...)
}

// startVersion starts a program of another version; empty: the one under test.
func (f *fleet) startVersion(program string, env ...string) *server {
	f.t.Helper()
	h := *f.h
	h.program = program
	h.env = append(append(append([]string{}, f.h.env...), "DIGIWIJZER_LISTEN="+freeAddress(f.t), "DIGIWIJZER_ADMIN_LISTEN="+freeAddress(f.t)), env...)
	return h.serve()
}

// client gives up soon, as a proxy does with a program that stands still.
var client = &http.Client{Timeout: 5 * time.Second}

// forward passes a request to the programs in turn, and to the next one where it gets no answer.
func (f *fleet) forward(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	f.next++
	programs := append(append([]*server{}, f.programs[f.next%len(f.programs):]...), f.programs[:f.next%len(f.programs)]...)
	f.mu.Unlock()
	for _, s := range programs {
		request, err := http.NewRequestWithContext(r.Context(), r.Method, s.url+r.URL.RequestURI(), strings.NewReader(string(body)))
		if err != nil {
			continue
		}
		request.Header = r.Header.Clone()
		response, err := client.Do(request)
		if err != nil {
			continue
		}
		defer response.Body.Close()
		if response.StatusCode >= http.StatusInternalServerError {
			f.mu.Lock()
			f.failed++
			f.mu.Unlock()
		}
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
		return
	}
	http.Error(w, "nobody answers", http.StatusBadGateway)
}

// replace puts another program in the place of one, which it returns.
func (f *fleet) replace(n int, with *server) *server {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.programs[n]
	f.programs[n] = with
	return before
}

// TestReplicas kills (-9), freezes, adds and removes programs that work on one PostgreSQL
// database behind one webhook, while people do the check. Everybody can finish, and the report
// is equal to what they were shown.
func TestReplicas(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, pgtest.EmptyDatabase(t))
	ctx, cancel := context.WithTimeout(t.Context(), max(waitLimit, time.Duration(*replicaFaults)*30*time.Second))
	t.Cleanup(cancel)
	enough := make(chan struct{})
	wait := startParticipants(ctx, t, f.fake, 6, enough)
	dice := rand.New(rand.NewPCG(7, 7))
	for fault := range *replicaFaults {
		calls := f.fake.Made() + 60 + dice.IntN(60)
		require.NoError(t, f.fake.Wait(ctx, func() bool { return f.fake.Made() >= calls }), "fault %d", fault)
		n := fault % 2
		switch fault % 4 {
		case 0, 1:
			f.programs[n].kill()
			f.replace(n, f.start())
		case 2: // longer than a lease, which another one takes over
			require.NoError(t, f.programs[n].cmd.Process.Signal(syscall.SIGSTOP))
			eventually(t, "the others send everything", func() bool { s, _ := f.programs[1-n].health(); return s.Leases != nil && s.Leases.Sending == 1 })
			require.NoError(t, f.programs[n].cmd.Process.Signal(syscall.SIGCONT))
		case 3: // one that is added and one that is removed with SIGTERM
			removed := f.replace(n, f.start())
			assert.Zero(t, removed.stop(), removed.stderr)
		}
	}
	close(enough)
	people := wait()
	t.Logf("%d faults, %d people, %d updates redelivered, %d duplicate messages", *replicaFaults, len(people), f.fake.Redelivered(), f.fake.Extra())
	requireCounted(t, f.h, people)
	f.requireShared()
	f.stop()
}

// requireShared requires that two programs share the work.
func (f *fleet) requireShared() {
	f.t.Helper()
	eventually(f.t, "both have a share", func() bool {
		one, _ := f.programs[0].health()
		other, _ := f.programs[1].health()
		return one.Leases != nil && other.Leases != nil && one.Leases.Sending == 0.5 && other.Leases.Sending == 0.5 && one.Leases.Jobs != other.Leases.Jobs
	})
}

// stop stops all programs.
func (f *fleet) stop() {
	f.t.Helper()
	for _, s := range f.programs {
		assert.Zero(f.t, s.stop(), s.stderr)
	}
}
