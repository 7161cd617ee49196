// Package monitor exposes the state of the program to supervisors and operators: health, and metrics in the Prometheus
// format. It names no person and no chat, and public addresses expose no configured values, errors or addresses.
//
// There are three addresses. /livez: must the process be restarted? /readyz: may visitors be sent here? /healthz: are all
// parts OK, and if not, what is wrong?
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

// Dispatcher is the monitored dispatcher. *bot.Dispatcher is one.
type Dispatcher interface {
	Alive() error
	Ready() error
	Health(ctx context.Context) bot.Status
	Counters() bot.Counters
}

var _ Dispatcher = (*bot.Dispatcher)(nil)

// healthTimeout limits a query of the storage.
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
		_, _ = w.Write([]byte(text)) // the client may have disconnected
	})
}

// Brief answers which parts are OK. Like Ready it is 503 only when the storage takes no writes, so that a proxy that uses it
// to route visitors does not take the site down because of an editor's mistake or Telegram.
func Brief(d Dispatcher) http.Handler {
	return health(d, func(s bot.Status) (any, bool) { return s.Brief(), s.Ready })
}

// Detail answers the state of each part and its problem, for operators; 503 if there is any.
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
		_ = json.NewEncoder(w).Encode(answer) // the client may have disconnected
	})
}

// forwarding are the headers by which proxies pass on the original client.
var forwarding = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"}

// LocalOnly serves requests from this machine, and answers 404 to others, also if they come through a proxy on this machine.
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
