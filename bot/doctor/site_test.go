package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// name is that of the site in the tests, and today when they are held.
const name = "check.example.test"

var today = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

// names are a resolver.
type names map[string][]string

func (n names) LookupIP(_ context.Context, network, host string) (found []net.IP, err error) {
	for _, text := range n[host] {
		ip := net.ParseIP(text)
		if four := ip.To4() != nil; network == "ip" || network == "ip4" && four || network == "ip6" && !four {
			found = append(found, ip)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no such host")
	}
	return found, nil
}

// setUp is a site with everything around it. Each case changes one part of one that is well.
type setUp struct {
	names    names
	tls      *tls.Config
	until    time.Time // of the certificate
	certName string
	unknown  bool                         // the certificate's maker
	redirect string                       // where http leads to; empty: nowhere
	pages    map[string]page              // by path
	header   map[string]string            // of every answer
	front    http.HandlerFunc             // instead of the front page
	change   func(o *Options)             // of how it is looked at
	twin     func(r *http.Request) string // where another name leads to
}

type page struct {
	status int
	kind   string
	body   string
}

func wellSetUp() *setUp {
	return &setUp{
		names:    names{name: {"127.0.0.1", "::1"}},
		tls:      &tls.Config{MinVersion: tls.VersionTLS12},
		until:    today.AddDate(0, 0, 60),
		certName: name,
		redirect: "https://" + name + "/",
		header: map[string]string{
			"Content-Security-Policy":   "default-src 'none'; script-src 'self'",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
			"Referrer-Policy":           "same-origin",
			"X-Content-Type-Options":    "nosniff",
			"X-Frame-Options":           "DENY",
		},
		pages: map[string]page{
			"/":                         {200, "text/html", "<p>Welkom"},
			"/healthz":                  {200, "application/json", `{"ok":true,"ready":true,"storage":true}`},
			"/.well-known/security.txt": {200, "text/plain; charset=utf-8", "Contact: mailto:a@example.test\nExpires: 2027-02-14T00:00:00Z\n"},
		},
	}
}

// look serves a set-up and returns what is found, by check.
func (s *setUp) look(t *testing.T) map[string]Finding {
	t.Helper()
	certificate, roots := s.certificate(t)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range s.header {
			w.Header().Set(name, value)
		}
		if host, _, _ := net.SplitHostPort(r.Host); host != name && s.twin != nil {
			http.Redirect(w, r, s.twin(r), http.StatusMovedPermanently)
			return
		}
		p, found := s.pages[r.URL.Path]
		switch {
		case r.URL.Path == "/" && s.front != nil:
			s.front(w, r)
		case !found:
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", p.kind)
			w.WriteHeader(p.status)
			_, _ = io.WriteString(w, p.body)
		}
	})
	config := s.tls.Clone()
	config.Certificates = []tls.Certificate{certificate}
	port := serveBoth(t, handler, config)
	plain := serveBoth(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.redirect != "" {
			http.Redirect(w, r, s.redirect, http.StatusMovedPermanently)
		}
	}), nil)

	o := Options{Roots: roots, HTTPPort: plain, Resolver: s.names, Now: func() time.Time { return today }}
	if s.change != nil {
		s.change(&o)
	}
	var f Findings
	Site(t.Context(), &f, &url.URL{Scheme: "https", Host: net.JoinHostPort(name, port)}, o)
	found := map[string]Finding{}
	for _, one := range f {
		require.NotContains(t, found, one.Check, "a check is told once")
		found[one.Check] = one
	}
	return found
}

// serveBoth serves on one port of 127.0.0.1 and, if the machine has it, of ::1; without a configuration it
// uses no TLS.
func serveBoth(t *testing.T, handler http.Handler, config *tls.Config) (port string) {
	t.Helper()
	server := &http.Server{Handler: handler, TLSConfig: config, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	t.Cleanup(func() { server.Close() })
	four, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err = net.SplitHostPort(four.Addr().String())
	require.NoError(t, err)
	listeners := []net.Listener{four}
	if six, err := net.Listen("tcp", net.JoinHostPort("::1", port)); err == nil {
		listeners = append(listeners, six)
	}
	for _, l := range listeners {
		if config == nil {
			go server.Serve(l) //nolint:errcheck // ends with Close
		} else {
			go server.ServeTLS(l, "", "") //nolint:errcheck // ends with Close
		}
	}
	return port
}

// certificate makes one that is valid until the end that the set-up names.
func (s *setUp) certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{s.certName, "www." + s.certName},
		NotBefore: today.AddDate(-1, 0, 0), NotAfter: s.until, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	if !s.unknown {
		roots.AddCert(parsed)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// TestSites: a correct set-up, and every fault separately, of which exactly that is reported.
func TestSites(t *testing.T) {
	t.Parallel()
	page := func(path string, status int, kind, body string) func(*setUp) {
		return func(s *setUp) {
			s.pages[path] = struct {
				status int
				kind   string
				body   string
			}{status, kind, body}
		}
	}
	header := func(name, value string) func(*setUp) {
		return func(s *setUp) { s.header[name] = value }
	}
	cookie := func(text string) func(*setUp) { return header("Set-Cookie", text) }
	security := func(body string) func(*setUp) { return page("/.well-known/security.txt", 200, "text/plain", body) }
	const contact = "Contact: mailto:a@example.test\n"
	for what, c := range map[string]struct {
		change func(*setUp)
		want   string // the check, its text and its verdict
	}{
		"all is well": {func(*setUp) {}, ""},
		"www leads here": {func(s *setUp) {
			s.names["www."+name] = []string{"127.0.0.1"}
			s.twin = func(*http.Request) string { return "https://" + name + "/" }
		}, ""},
		"a cookie with its flags":    {cookie("a=b; Secure; HttpOnly; SameSite=Lax"), ""},
		"no address over IPv6":       {func(s *setUp) { s.names[name] = []string{"127.0.0.1"} }, "site.ipv6 none notice"},
		"IPv6 leads nowhere":         {func(s *setUp) { s.names[name] = []string{"127.0.0.1", "::2"} }, "site.ipv6 unreached"},
		"IPv4 leads nowhere":         {func(s *setUp) { s.names[name] = []string{"127.1.2.3", "::1"} }, "site.ipv4 unreached fault"},
		"certificate expires soon":   {func(s *setUp) { s.until = today.AddDate(0, 0, 20) }, "site.certificate soon notice"},
		"TLS 1.1":                    {func(s *setUp) { s.tls.MinVersion = tls.VersionTLS10 }, "site.tls old fault"},
		"no TLS 1.3":                 {func(s *setUp) { s.tls.MaxVersion = tls.VersionTLS12 }, "site.tls no_13 notice"},
		"no TLS 1.2":                 {func(s *setUp) { s.tls.MinVersion = tls.VersionTLS13 }, "site.tls no_12 notice"},
		"http stays http":            {func(s *setUp) { s.redirect = "" }, "site.redirect stays fault"},
		"http leads to another site": {func(s *setUp) { s.redirect = "https://elders.example/" }, "site.redirect stays fault"},
		"http leads to http":         {func(s *setUp) { s.redirect = "http://" + name + "/" }, "site.redirect stays fault"},
		"http is closed":             {func(s *setUp) { s.change = func(o *Options) { o.HTTPPort = "1" } }, "site.redirect closed notice"},
		"front page fails":           {page("/", 500, "text/html", ""), "site.front status fault"},
		"no HSTS":                    {func(s *setUp) { delete(s.header, "Strict-Transport-Security") }, "site.hsts none fault"},
		"short HSTS":                 {header("Strict-Transport-Security", "max-age=31535999"), "site.hsts short fault"},
		"empty HSTS":                 {header("Strict-Transport-Security", "includeSubDomains"), "site.hsts short fault"},
		"no CSP":                     {func(s *setUp) { delete(s.header, "Content-Security-Policy") }, "site.csp none fault"},
		"weak CSP":                   {header("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'"), "site.csp weak fault"},
		"open CSP":                   {header("Content-Security-Policy", "img-src *"), "site.csp weak fault"},
		"no referrer policy":         {func(s *setUp) { delete(s.header, "Referrer-Policy") }, "site.referrer none fault"},
		"open referrer policy":       {header("Referrer-Policy", "unsafe-url"), "site.referrer weak fault"},
		"guessing":                   {func(s *setUp) { delete(s.header, "X-Content-Type-Options") }, "site.sniff none fault"},
		"framing":                    {header("X-Frame-Options", "ALLOWALL"), "site.frame weak fault"},
		"a version":                  {header("Server", "nginx/1.22.1"), "site.version told notice"},
		"a framework":                {header("X-Powered-By", "PHP"), "site.version told notice"},
		"an open cookie":             {cookie("a=b; HttpOnly; SameSite=Lax"), "site.cookies open fault"},
		"a cookie for scripts":       {cookie("a=b; Secure; SameSite=Lax"), "site.cookies open fault"},
		"a cookie for other sites":   {cookie("a=b; Secure; HttpOnly"), "site.cookies open fault"},
		"compression":                {header("Content-Encoding", "gzip"), "site.compression on fault"},
		"open metrics":               {page("/metrics", 200, "text/plain", "up 1"), "site.metrics open fault"},
		"another program":            {page("/healthz", 200, "text/html", "hello"), "site.health unknown fault"},
		"the operator's address":     {page("/healthz", 200, "application/json", `{"ok":true,"ready":true,"free_bytes":5}`), "site.health detail fault"},
		"not ready":                  {page("/healthz", 503, "application/json", `{"ok":false,"ready":false}`), "site.health not_ready fault"},
		"trouble with Telegram":      {page("/healthz", 200, "application/json", `{"ok":false,"ready":true,"telegram":false}`), "site.health part notice"},
		"no security.txt":            {page("/.well-known/security.txt", 404, "text/plain", ""), "site.security none fault"},
		"no contact":                 {security("Expires: 2027-02-14T00:00:00Z\n"), "site.security form fault"},
		"no expiry":                  {security(contact), "site.security form fault"},
		"two expiries":               {security(contact + "Expires: 2027-02-14T00:00:00Z\nExpires: 2027-02-14T00:00:00Z\n"), "site.security form fault"},
		"no date":                    {security(contact + "Expires: tomorrow\n"), "site.security form fault"},
		"expired":                    {security(contact + "Expires: 2026-11-16T08:00:00Z\n"), "site.security expired fault"},
		"29 days":                    {security(contact + "Expires: 2026-12-16T08:59:00Z\n"), "site.security soon notice"},
		"30 days":                    {security(contact + "Expires: 2026-12-16T09:01:00Z\n"), ""},
		"two years":                  {security(contact + "Expires: 2028-11-16T00:00:00Z\n"), "site.security long notice"},
		"www is another site":        {func(s *setUp) { s.names["www."+name] = []string{"127.0.0.1"} }, "site.www apart notice"},
		"www is broken":              {func(s *setUp) { s.names["www."+name] = []string{"127.1.2.3"} }, "site.www broken fault"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := wellSetUp()
			c.change(s)
			var wrong []string
			for _, f := range s.look(t) {
				if f.Verdict != OK && (what == "IPv6 leads nowhere" || !noIPv6(f)) {
					wrong = append(wrong, fmt.Sprintf("%s %s %s", f.Check, f.Text, f.Verdict))
				}
			}
			if c.want == "" {
				assert.Empty(t, wrong)
				return
			}
			require.Len(t, wrong, 1)
			assert.True(t, strings.HasPrefix(wrong[0], c.want), wrong[0])
		})
	}
}

// noIPv6 reports whether a finding says that the machine of the test has no IPv6.
func noIPv6(f Finding) bool { return f.Check == "site.ipv6" && f.Text == "unreached" }

// TestCertificates: an untrusted certificate is reported, with the reason, also when nothing else can be
// checked.
func TestCertificates(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*setUp){
		"expired": func(s *setUp) { s.until = today.Add(-time.Minute) },
		"name":    func(s *setUp) { s.certName = "elders.example" },
		"chain":   func(s *setUp) { s.unknown = true },
	} {
		s := wellSetUp()
		change(s)
		found := s.look(t)
		assert.Equal(t, want, found["site.certificate"].Text)
		assert.Equal(t, Fault, found["site.certificate"].Verdict)
	}
}

func TestSiteThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := wellSetUp()
	s.names = names{}
	found := s.look(t)
	assert.Equal(t, Fault, found["site.front"].Verdict)
	assert.Len(t, found, 3, "and neither address")
}

func TestClocks(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for what, c := range map[string]struct {
		began, server time.Time
		want          string
	}{
		"they agree":    {now, now.Add(time.Second), "ok"},
		"behind":        {now, now.Add(time.Minute), "skew"},
		"ahead":         {now, now.Add(-time.Minute), "skew"},
		"nobody to ask": {now, time.Time{}, "unknown"},
	} {
		var f Findings
		Clock(&f, c.began, c.server, "example.test")
		require.Len(t, f, 1, what)
		assert.Equal(t, c.want, f[0].Text, what)
	}
}

func TestIssuers(t *testing.T) {
	t.Parallel()
	var told atomic.Value
	port := serveBoth(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/.well-known/openid-configuration" {
			fmt.Fprintf(w, `{"issuer":%q}`, told.Load())
		}
	}), nil)
	issuer := "http://127.0.0.1:" + port
	for _, c := range []struct{ told, asked, want string }{
		{issuer, issuer, "ok"}, {"http://elders.example", issuer, "other"}, {issuer, issuer + "/realms/x", "unreachable"},
	} {
		told.Store(c.told)
		var f Findings
		Issuer(t.Context(), &f, c.asked)
		require.Len(t, f, 1)
		assert.Equal(t, c.want, f[0].Text)
	}
}
