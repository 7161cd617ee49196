package web

import (
	"net/http"
	"strings"
	"time"
)

// policy lets a page load our own style, script and pictures and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors "

// bodyLimit bounds a form; ours are well under 1 kB, typed text included.
const bodyLimit = 16 << 10

// slowest bounds the work on one page, so that a desk that does not answer cannot
// hold every connection.
const slowest = 20 * time.Second

// guard puts the headers on every answer and refuses forms that another site sent.
func (s *site) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	if s.PublicURL != "" {
		// A wrong address was refused when the configuration was read; without it
		// the browser's own Sec-Fetch-Site still tells.
		_ = origin.AddTrustedOrigin(s.PublicURL)
	}
	origin.SetDenyHandler(http.HandlerFunc(s.forged))
	inner := origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy+"'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		// Not even the initiatives we link to learn which page someone came from. Forms
		// need no referrer either: Origin and Sec-Fetch-Site tell where they are from.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		inner.ServeHTTP(w, r)
	})
}

// framed lets every site put this one page in a frame.
func framed(w http.ResponseWriter) {
	h := w.Header()
	h.Del("X-Frame-Options")
	h.Set("Content-Security-Policy", strings.TrimSuffix(policy+"*", " "))
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}
