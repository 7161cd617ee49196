package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	timeout     = 10 * time.Second // of one request, lookup or handshake
	maxBody     = 256 << 10        // bytes read of a response
	certDays    = 21               // a certificate valid for less is not being renewed in time
	securityTxt = 30               // days that security.txt must still be valid
	hstsYear    = 365 * 24 * time.Hour
	// family is the time for a connection over one kind of address.
	familyTimeout = 5 * time.Second
)

// Options are what tests replace. The zero value is for the internet.
type Options struct {
	Roots    *x509.CertPool // trusted certificate authorities; nil: the system's
	HTTPPort string         // of addresses without TLS; empty: 80
	// Resolver looks names up; nil: the system's.
	Resolver interface {
		LookupIP(ctx context.Context, network, host string) ([]net.IP, error)
	}
	Now func() time.Time // nil: time.Now
}

// site is a site being checked.
type site struct {
	*Findings
	options Options
	base    *url.URL
	client  *http.Client
}

// Site checks the site at an address as a visitor reaches it. It only opens pages, and answers no question. It returns the
// time that the server reports; zero: none.
func Site(ctx context.Context, f *Findings, address *url.URL, o Options) (now time.Time) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	s := &site{Findings: f, options: o, base: &url.URL{Scheme: address.Scheme, Host: address.Host}}
	s.client = newClient(&tls.Config{RootCAs: o.Roots}, s.connect)
	defer s.client.CloseIdleConnections()
	if !s.families(ctx) {
		return now
	}
	if s.base.Scheme == "https" {
		s.certificate(ctx)
		s.versions(ctx)
		s.redirect(ctx)
	} else {
		s.Fault("site.tls", "none", "Address", s.base.String())
	}
	front, err := s.get(ctx, "/")
	if err != nil {
		s.Fault("site.front", "unreachable", "Problem", oneLine(err.Error()))
		return now
	}
	if front.StatusCode != http.StatusOK {
		s.Fault("site.front", "status", "Status", front.Status)
	} else {
		s.OK("site.front")
	}
	now, _ = http.ParseTime(front.Header.Get("Date"))
	s.headers(front)
	s.cookies(ctx, front)
	s.compression(ctx)
	s.closed(ctx)
	s.health(ctx)
	s.security(ctx)
	s.twin(ctx)
	return now
}

// newClient returns a client that follows no redirects and reads no proxy from the environment: it must reach the site
// itself.
func newClient(config *tls.Config, connect func(ctx context.Context, network, address string) (net.Conn, error)) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{DialContext: connect, TLSClientConfig: config, DisableCompression: true, TLSHandshakeTimeout: timeout},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

var probeClient = newClient(nil, nil)

// connect connects to the first of the addresses of a name that answers.
func (s *site) connect(ctx context.Context, _, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	found, err := s.options.Resolver.LookupIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for _, ip := range found {
		dialer := net.Dialer{Timeout: familyTimeout}
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, "tcp", net.JoinHostPort(ip.String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// answer is a response with the part of its body that was read.
type answer struct {
	*http.Response
	body string
}

func get(ctx context.Context, client *http.Client, address string, header ...string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("User-Agent", "digiwijzer doctor")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	return answer{response, string(body)}, err
}

func (s *site) get(ctx context.Context, path string, header ...string) (answer, error) {
	return get(ctx, s.client, s.base.String()+path, header...)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// port returns the port of the site.
func (s *site) port() string {
	return cmp.Or(s.base.Port(), map[string]string{"https": "443", "http": "80"}[s.base.Scheme])
}

// families checks that the site answers over IPv4 and over IPv6. It returns false if it answers over neither.
func (s *site) families(ctx context.Context) (reached bool) {
	for _, family := range []struct{ check, network string }{{"site.ipv4", "ip4"}, {"site.ipv6", "ip6"}} {
		lookup, cancel := context.WithTimeout(ctx, timeout)
		found, err := s.options.Resolver.LookupIP(lookup, family.network, s.base.Hostname())
		cancel()
		if err != nil || len(found) == 0 {
			s.Notice(family.check, "none", "Host", s.base.Hostname())
			continue
		}
		if problem := s.dial(ctx, found); problem != nil {
			s.Add(unreached(problem), family.check, "unreached", "Problem", oneLine(problem.Error()))
			continue
		}
		s.OK(family.check, "Addresses", join(found))
		reached = true
	}
	if !reached {
		s.Fault("site.front", "unreachable", "Problem", s.base.Host)
	}
	return reached
}

// unreached returns Fault, or Notice if this machine itself has no route to such addresses.
func unreached(problem error) Verdict {
	if strings.Contains(problem.Error(), "network is unreachable") || strings.Contains(problem.Error(), "cannot assign requested address") {
		return Notice
	}
	return Fault
}

// dial connects to every address, since visitors are sent to any of them.
func (s *site) dial(ctx context.Context, addresses []net.IP) error {
	for _, ip := range addresses {
		dialer := net.Dialer{Timeout: familyTimeout}
		conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(ip.String(), s.port()))
		if err != nil {
			return err
		}
		conn.Close()
	}
	return nil
}

func join(addresses []net.IP) string {
	var all []string
	for _, ip := range addresses {
		all = append(all, ip.String())
	}
	return strings.Join(all, ", ")
}

// handshake connects with TLS and returns the negotiated state.
func (s *site) handshake(ctx context.Context, config *tls.Config) (tls.ConnectionState, error) {
	config.ServerName = s.base.Hostname()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	plain, err := s.connect(ctx, "tcp", net.JoinHostPort(s.base.Hostname(), s.port()))
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer plain.Close()
	conn := tls.Client(plain, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return tls.ConnectionState{}, err
	}
	return conn.ConnectionState(), nil
}

// certificate checks for whom the certificate is, who signed it and how long it is valid. It is verified here and not by the
// handshake, which would report only one of these.
func (s *site) certificate(ctx context.Context) {
	state, err := s.handshake(ctx, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // verified below
	if err != nil || len(state.PeerCertificates) == 0 {
		s.Fault("site.certificate", "none", "Problem", oneLine(fmt.Sprint(err)))
		return
	}
	leaf, chain := state.PeerCertificates[0], x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		chain.AddCert(c)
	}
	now := s.options.Now()
	days := strconv.Itoa(int(leaf.NotAfter.Sub(now).Hours() / 24))
	until := leaf.NotAfter.Format(time.DateOnly)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: s.options.Roots, Intermediates: chain, CurrentTime: now})
	switch {
	case now.After(leaf.NotAfter):
		s.Fault("site.certificate", "expired", "Until", until)
	case leaf.VerifyHostname(s.base.Hostname()) != nil:
		s.Fault("site.certificate", "name", "Host", s.base.Hostname(), "Names", strings.Join(leaf.DNSNames, ", "))
	case err != nil:
		s.Fault("site.certificate", "chain", "Problem", oneLine(err.Error()))
	case leaf.NotAfter.Sub(now) < certDays*24*time.Hour:
		s.Notice("site.certificate", "soon", "Until", until, "Days", days)
	default:
		s.OK("site.certificate", "Until", until)
	}
}

// versions checks that TLS 1.3 and 1.2 are supported, and nothing older.
func (s *site) versions(ctx context.Context) {
	supports := func(least, most uint16) bool {
		_, err := s.handshake(ctx, &tls.Config{InsecureSkipVerify: true, MinVersion: least, MaxVersion: most}) //nolint:gosec // what is spoken is asked, nothing is sent
		return err == nil
	}
	old, two, three := supports(tls.VersionTLS10, tls.VersionTLS11), supports(tls.VersionTLS12, tls.VersionTLS12), supports(tls.VersionTLS13, tls.VersionTLS13)
	switch {
	case old:
		s.Fault("site.tls", "old")
	case !three:
		s.Notice("site.tls", "no_13")
	case !two:
		s.Notice("site.tls", "no_12")
	default:
		s.OK("site.tls")
	}
}

// redirect checks that the address without TLS redirects to the one with it.
func (s *site) redirect(ctx context.Context) {
	plain := "http://" + s.base.Hostname()
	switch {
	case s.options.HTTPPort != "":
		plain = "http://" + net.JoinHostPort(s.base.Hostname(), s.options.HTTPPort)
	case s.base.Port() != "" && s.base.Port() != "443":
		s.Notice("site.redirect", "not_tried")
		return
	}
	response, err := get(ctx, s.client, plain+"/")
	if err != nil {
		s.Notice("site.redirect", "closed", "Address", plain)
		return
	}
	to, err := response.Location()
	if err != nil || to.Scheme != "https" || to.Hostname() != s.base.Hostname() {
		s.Fault("site.redirect", "stays", "Address", plain, "Status", response.Status)
		return
	}
	s.OK("site.redirect")
}

var (
	maxAge  = regexp.MustCompile(`(?i)(?:^|[;\s])max-age\s*=\s*"?(\d+)`)
	version = regexp.MustCompile(`\d+\.\d+`)
)

// headers checks the headers that protect visitors.
func (s *site) headers(front answer) {
	h := front.Header
	if s.base.Scheme == "https" {
		s.strict(h.Values("Strict-Transport-Security"))
	}
	policy := h.Get("Content-Security-Policy")
	switch {
	case policy == "":
		s.Fault("site.csp", "none")
	case !strings.Contains(policy, "default-src 'none'") && !strings.Contains(policy, "default-src 'self'"),
		strings.Contains(policy, "unsafe-inline"), strings.Contains(policy, "unsafe-eval"):
		s.Fault("site.csp", "weak", "Value", policy)
	default:
		s.OK("site.csp")
	}
	s.oneOf(h, "site.referrer", "Referrer-Policy", "no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
	s.oneOf(h, "site.sniff", "X-Content-Type-Options", "nosniff")
	s.oneOf(h, "site.frame", "X-Frame-Options", "DENY", "SAMEORIGIN")
	for _, name := range []string{"Server", "X-Powered-By", "Via"} {
		if value := h.Get(name); version.MatchString(strings.TrimPrefix(value, "1.1 ")) || name == "X-Powered-By" && value != "" {
			s.Notice("site.version", "told", "Header", name, "Value", value)
			return
		}
	}
	s.OK("site.version")
}

// strict checks the header that makes browsers use TLS for a year.
func (s *site) strict(values []string) {
	if len(values) == 0 {
		s.Fault("site.hsts", "none")
		return
	}
	age := time.Duration(0)
	if found := maxAge.FindStringSubmatch(values[0]); found != nil { // browsers use the first (RFC 6797, 8.1)
		seconds, _ := strconv.Atoi(found[1])
		age = time.Duration(seconds) * time.Second
	}
	switch {
	case age < hstsYear:
		s.Fault("site.hsts", "short", "Value", values[0])
	case len(values) > 1:
		s.Notice("site.hsts", "double")
	default:
		s.OK("site.hsts")
	}
}

// oneOf checks that a header occurs once, with one of the allowed values.
func (s *site) oneOf(h http.Header, check, name string, allowed ...string) {
	values := h.Values(name)
	if len(values) == 0 {
		s.Fault(check, "none", "Header", name)
		return
	}
	for _, value := range allowed {
		if strings.EqualFold(values[0], value) {
			if len(values) > 1 {
				s.Notice(check, "double", "Header", name)
				return
			}
			s.OK(check)
			return
		}
	}
	s.Fault(check, "weak", "Header", name, "Value", values[0])
}

// cookies checks the flags of the cookies that pages set.
func (s *site) cookies(ctx context.Context, front answer) {
	set := front.Cookies()
	if desk, err := s.get(ctx, "/werkgroep"); err == nil {
		set = append(set, desk.Cookies()...)
	}
	for _, c := range set {
		if !c.HttpOnly || c.SameSite < http.SameSiteLaxMode || s.base.Scheme == "https" && !c.Secure {
			s.Fault("site.cookies", "open", "Name", c.Name)
			return
		}
	}
	s.OK("site.cookies")
}

// compression checks that pages are not compressed: the size of a compressed page can reveal secrets in it (BREACH).
func (s *site) compression(ctx context.Context) {
	front, err := s.get(ctx, "/", "Accept-Encoding", "gzip, br, zstd")
	if encoding := front.headerOf("Content-Encoding"); err == nil && encoding != "" {
		s.Fault("site.compression", "on", "Value", encoding)
		return
	}
	s.OK("site.compression")
}

func (a answer) headerOf(name string) string {
	if a.Response == nil {
		return ""
	}
	return a.Header.Get(name)
}

// closed checks that metrics are not public.
func (s *site) closed(ctx context.Context) {
	response, err := s.get(ctx, "/metrics")
	if err == nil && response.StatusCode == http.StatusOK {
		s.Fault("site.metrics", "open")
		return
	}
	s.OK("site.metrics")
}

// health checks that the program behind the site is this one and is healthy, and that the operator's details are not public.
func (s *site) health(ctx context.Context) {
	response, err := s.get(ctx, "/healthz")
	var parts map[string]any
	if err == nil {
		err = json.Unmarshal([]byte(response.body), &parts)
	}
	if err != nil {
		s.Fault("site.health", "unknown")
		return
	}
	if _, detail := parts["free_bytes"]; detail {
		s.Fault("site.health", "detail")
		return
	}
	if response.StatusCode != http.StatusOK || parts["ready"] != true {
		s.Fault("site.health", "not_ready")
		return
	}
	for name, ok := range parts {
		if ok == false && name != "ok" {
			s.Notice("site.health", "part", "Part", name)
			return
		}
	}
	s.OK("site.health")
}

// security checks the address for people who find a vulnerability (RFC 9116).
func (s *site) security(ctx context.Context) {
	response, err := s.get(ctx, "/.well-known/security.txt")
	if err != nil || response.StatusCode != http.StatusOK {
		s.Fault("site.security", "none")
		return
	}
	fields := map[string][]string{}
	for line := range strings.Lines(response.body) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found && !strings.HasPrefix(name, "#") {
			fields[strings.ToLower(name)] = append(fields[strings.ToLower(name)], strings.TrimSpace(value))
		}
	}
	if len(fields["contact"]) == 0 || len(fields["expires"]) != 1 || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/plain") {
		s.Fault("site.security", "form")
		return
	}
	expires, err := time.Parse(time.RFC3339, fields["expires"][0])
	until, left := expires.Format(time.DateOnly), expires.Sub(s.options.Now())
	switch {
	case err != nil:
		s.Fault("site.security", "form")
	case left <= 0:
		s.Fault("site.security", "expired", "Until", until)
	case left < securityTxt*24*time.Hour:
		s.Notice("site.security", "soon", "Until", until)
	case left > hstsYear+24*time.Hour:
		s.Notice("site.security", "long", "Until", until)
	default:
		s.OK("site.security", "Until", until)
	}
}

// twin checks that the name with www, or without it, redirects to the site, if it exists.
func (s *site) twin(ctx context.Context) {
	host := s.base.Hostname()
	other, bare := strings.CutPrefix(host, "www.")
	if !bare {
		other = "www." + host
	}
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") || s.base.Scheme != "https" {
		return
	}
	lookup, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if found, err := s.options.Resolver.LookupIP(lookup, "ip", other); err != nil || len(found) == 0 {
		s.OK("site.www", "Other", other)
		return
	}
	at := &url.URL{Scheme: "https", Host: other}
	if port := s.base.Port(); port != "" {
		at.Host = net.JoinHostPort(other, port)
	}
	response, err := get(ctx, s.client, at.String()+"/")
	if err != nil {
		s.Fault("site.www", "broken", "Other", other, "Problem", oneLine(err.Error()))
		return
	}
	to, err := response.Location()
	if errors.Is(err, http.ErrNoLocation) || to == nil || to.Hostname() != host {
		s.Notice("site.www", "apart", "Other", other, "Host", host)
		return
	}
	s.OK("site.www", "Other", other)
}

// Issuer checks that the server by which staff sign in publishes its configuration (OpenID Connect Discovery 1.0, section
// 4), and that its issuer is the expected one.
func Issuer(ctx context.Context, f *Findings, issuer string) {
	response, err := get(ctx, probeClient, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	var told struct {
		Issuer string `json:"issuer"`
	}
	if err == nil {
		err = json.Unmarshal([]byte(response.body), &told)
	}
	switch {
	case err != nil:
		f.Fault("oidc", "unreachable", "Issuer", issuer, "Problem", oneLine(err.Error()))
	case told.Issuer != issuer:
		f.Fault("oidc", "other", "Issuer", issuer, "Told", told.Issuer)
	default:
		f.OK("oidc", "Issuer", issuer)
	}
}
