// Package monitor shows supervisors and operators how the program is: health, and metrics in
// the Prometheus format. It names no person and no chat, and what it tells on a public
// address holds nothing that anybody chose, no error and no address.
//
// Three questions have three addresses. /livez: must the process be restarted? /readyz: may
// visitors be sent here? /healthz: is all well, and if not, what is wrong?
package monitor

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"time"

	"digiwijzer/bot"
)

// Dispatcher is what is watched. *bot.Dispatcher is one.
type Dispatcher interface {
	Alive() error
	Ready() error
	Health(ctx context.Context) bot.Status
	Counters() bot.Counters
}

var _ Dispatcher = (*bot.Dispatcher)(nil)

// healthTimeout limits a look at the storage.
const healthTimeout = 5 * time.Second

// Alive answers 503 when only a restart helps.
func Alive(d Dispatcher) http.Handler { return verdict(d.Alive) }

// Ready answers 503 when the storage takes no writes.
func Ready(d Dispatcher) http.Handler { return verdict(d.Ready) }

// verdict answers ok, or 503 without the reason.
func verdict(problem func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status, text := http.StatusOK, "ok\n"
		if problem() != nil {
			status, text = http.StatusServiceUnavailable, "not ok\n"
		}
		h := w.Header()
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text)) // the client may be gone
	})
}

// Brief answers which parts are well. Like Ready it is 503 only when the storage takes no
// writes, so that whoever uses it to decide where visitors go does not take the site away for
// an editor's mistake or for Telegram.
func Brief(d Dispatcher) http.Handler {
	return health(d, func(s bot.Status) (any, bool) { return s.Brief(), s.Ready })
}

// Detail answers how each part is and what is wrong with it, for operators; 503 when anything
// is.
func Detail(d Dispatcher) http.Handler {
	return health(d, func(s bot.Status) (any, bool) { return s, s.OK })
}

func health(d Dispatcher, of func(bot.Status) (answer any, ok bool)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
		defer cancel()
		answer, ok := of(d.Health(ctx))
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-store")
		if !ok {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(answer) // the client may be gone
	})
}

// forwarding are the headers by which proxies tell for whom they ask.
var forwarding = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"}

// LocalOnly serves programs on this machine, and is not there for others, also where a proxy
// on this machine asks for them.
func LocalOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLocal(r *http.Request) bool {
	for _, name := range forwarding {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && isLoopback(r.Host)
}

// isLoopback reports whether a Host header names this machine.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}
