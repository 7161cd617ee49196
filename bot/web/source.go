package web

import (
	"net/http"
	"net/netip"
	"time"

	"digiwijzer/bot/admission"
)

// client returns the address of the sender of a request; not valid if it is unknown.
func (s *site) client(r *http.Request) netip.Addr {
	return s.opts.Proxies.Client(r.RemoteAddr, r.Header.Values("X-Forwarded-For"))
}

// visit returns the data by which Admission judges a conversation that a visitor begins, with this form or with the one
// that the browser keeps; nil without an Admission.
func (s *site) visit(r *http.Request, v visitor, f submission) *admission.Visit {
	if s.opts.Admission == nil {
		return nil
	}
	age := s.age(f)
	if v.beginning != nil {
		age = time.Duration(v.beginning.Age) * time.Millisecond
	}
	return &admission.Visit{Source: s.opts.Admission.Source(s.client(r)), FormAge: age}
}

// age returns how long ago the page of a form was rendered; 0: unknown.
func (s *site) age(f submission) time.Duration {
	at, ok := renderedAt(f.nonce)
	if !ok {
		return 0
	}
	return s.opts.Clock.Now().Sub(at)
}

// forwardedHeaders are set by proxies.
var forwardedHeaders = []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"}

// watchProxy reports to health when requests come through a proxy that is not trusted.
func (s *site) watchProxy(next http.Handler) http.Handler {
	if s.opts.Admission == nil {
		return next
	}
	var watch admission.ProxyWatch
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer := admission.ParseHop(r.RemoteAddr); !s.opts.Proxies.Trust(peer) {
			s.opts.Dispatcher.Report(Channel, "proxy", watch.Saw(peer, isForwarded(r), s.opts.Clock.Now()))
		}
		next.ServeHTTP(w, r)
	})
}

func isForwarded(r *http.Request) bool {
	for _, name := range forwardedHeaders {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}
