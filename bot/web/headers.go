package web

import (
	"net/http"
	"strings"
	"time"
)

// contentPolicy allows our own style sheet, fonts, script and images, and nothing else.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors "

// maxBody limits the body of a form; ours stay under 1 kB, typed text included.
const maxBody = 16 << 10

// requestTimeout limits the work for one page, so that a stuck dispatcher cannot hold
// every connection.
const requestTimeout = 20 * time.Second

// Headers sets the security headers on every response of next, which may change them; also on responses of a mux
// itself.
func Headers(publicURL string, next http.Handler) http.Handler {
	secure := isHTTPS(publicURL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy+"'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		// Initiatives must not learn which page a visitor came from. Forms need no referrer: their origin is in Origin
		// and Sec-Fetch-Site.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if secure { // for a year, as ASVS 5.0 requires (3.4.1)
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

func isHTTPS(publicURL string) bool { return strings.HasPrefix(publicURL, "https://") }

// ownForms refuses forms of other sites and bodies that are too large.
func (s *site) ownForms(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	if s.opts.PublicURL != "" {
		// The configuration was validated on start. Without a trusted origin the
		// browser's Sec-Fetch-Site still decides.
		_ = origin.AddTrustedOrigin(s.opts.PublicURL)
	}
	origin.SetDenyHandler(http.HandlerFunc(s.crossOrigin))
	inner := origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		inner.ServeHTTP(w, r)
	})
}

// allowFraming lets every site embed this one page.
func allowFraming(w http.ResponseWriter) {
	h := w.Header()
	h.Del("X-Frame-Options")
	h.Set("Content-Security-Policy", strings.TrimSuffix(contentPolicy+"*", " "))
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}
