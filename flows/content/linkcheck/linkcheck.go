// Package linkcheck checks whether web addresses answer. It keeps no bodies, makes one
// request at a time to each host, and connects to public addresses only, unless allowed.
package linkcheck

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options determine how patient a checker is.
type Options struct {
	Timeout time.Duration // of one request
	Pause   time.Duration // between requests to a host; doubled after each failed try
	Tries   int           // per address, at least 1
	Private bool          // allow addresses in private networks
}

// Checker checks web addresses.
type Checker struct {
	client *http.Client
	tries  int
	pause  time.Duration
}

// State is the verdict on an address.
type State string

// The states.
const (
	Fine    State = "fine"
	Moved   State = "moved"   // permanently, to another address
	Gone    State = "gone"    // the server answers that the page does not exist
	Failed  State = "failed"  // no usable answer after every try
	Refused State = "refused" // it leads to an address that is not public
)

// Result is the outcome for one address.
type Result struct {
	URL   string `json:"url"`
	State State  `json:"state"`
	Code  int    `json:"code,omitempty"`  // HTTP status of the last answer
	To    string `json:"to,omitempty"`    // Moved: the new address
	Error string `json:"error,omitempty"` // Failed, Refused
	Tries int    `json:"tries"`
}

// Bad reports whether an editor must act.
func (r Result) Bad() bool { return r.State != Fine && r.State != Moved }

const (
	maxRedirects  = 5
	parallelHosts = 4
)

var errPrivate = errors.New("leads to an address that is not on the public internet")

// New returns a checker.
func New(o Options) *Checker {
	dialer := &net.Dialer{Timeout: o.Timeout}
	if !o.Private {
		dialer.Control = onlyPublic
	}
	return &Checker{tries: o.Tries, pause: o.Pause, client: &http.Client{
		Timeout: o.Timeout,
		// No proxy: it would connect for us, without the check of the address.
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: o.Timeout, MaxIdleConnsPerHost: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// onlyPublic refuses connections by resolved address, when dialling: a name may resolve to another address
// each time.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !public(at.Addr()) {
		return errPrivate
	}
	return nil
}

// notPublic are the ranges, besides those in netip, that are not on the public internet (IANA
// special-purpose registries), or map to such addresses.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Check checks every address, several hosts in parallel, and returns the results in the
// order of the addresses. It calls done with each, one call at a time; nil: nothing is called.
func (c *Checker) Check(ctx context.Context, addresses []string, done func(Result)) []Result {
	if done == nil {
		done = func(Result) {}
	}
	results := make([]Result, len(addresses))
	var reporting sync.Mutex
	var hosts errgroup.Group
	hosts.SetLimit(parallelHosts)
	for _, indexes := range byHost(addresses) {
		hosts.Go(func() error {
			for n, i := range indexes {
				if n > 0 {
					wait(ctx, c.pause)
				}
				results[i] = c.checkOne(ctx, addresses[i])
				reporting.Lock()
				done(results[i])
				reporting.Unlock()
			}
			return nil
		})
	}
	_ = hosts.Wait() // failures are in the results
	return results
}

// byHost groups the indexes of addresses.
func byHost(addresses []string) map[string][]int {
	hosts := map[string][]int{}
	for i, address := range addresses {
		host := ""
		if u, err := url.Parse(address); err == nil {
			host = u.Host
		}
		hosts[host] = append(hosts[host], i)
	}
	return hosts
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// checkOne tries an address until it gets an answer that another try would not change.
func (c *Checker) checkOne(ctx context.Context, address string) Result {
	r := Result{URL: address}
	for pause := c.pause; ; pause *= 2 {
		r.Tries++
		retry := c.try(ctx, &r)
		if !retry || r.Tries >= c.tries || ctx.Err() != nil {
			return r
		}
		wait(ctx, pause)
	}
}

// try makes one request: HEAD, and GET if that has no usable answer.
func (c *Checker) try(ctx context.Context, r *Result) (retry bool) {
	var err error
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		r.Code, r.To, err = c.follow(ctx, method, r.URL)
		if err == nil && r.Code < http.StatusBadRequest {
			break
		}
	}
	r.State, r.Error = Fine, ""
	switch {
	case errors.Is(err, errPrivate):
		r.State, r.Error = Refused, errPrivate.Error()
	case err != nil:
		r.State, r.Error = Failed, withoutURL(err)
		return true
	case r.Code == http.StatusNotFound || r.Code == http.StatusGone:
		r.State = Gone
	case r.Code >= http.StatusBadRequest:
		r.State = Failed
		return r.Code >= http.StatusInternalServerError || r.Code == http.StatusTooManyRequests
	case r.To != "":
		r.State = Moved
	}
	return false
}

// follow requests an address and follows redirects. to is where they end, if all of them
// are permanent.
func (c *Checker) follow(ctx context.Context, method, address string) (code int, to string, err error) {
	permanent := true
	for range maxRedirects + 1 {
		request, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
		if err != nil {
			return 0, "", err
		}
		if request.URL.Scheme != "https" && request.URL.Scheme != "http" {
			return 0, "", fmt.Errorf("%s is not a web address", address)
		}
		request.Header.Set("User-Agent", "digiwijzer-links/1.0")
		answer, err := c.client.Do(request)
		if err != nil {
			return 0, "", err
		}
		answer.Body.Close() // only whether there is an answer matters
		next, err := answer.Location()
		if answer.StatusCode < 300 || answer.StatusCode >= 400 || err != nil {
			if !permanent {
				to = ""
			}
			return answer.StatusCode, to, nil
		}
		permanent = permanent && (answer.StatusCode == http.StatusMovedPermanently || answer.StatusCode == http.StatusPermanentRedirect)
		address = next.String()
		to = address
	}
	return 0, "", fmt.Errorf("more than %d redirects", maxRedirects)
}

// withoutURL removes the address from an error: the report names it already.
func withoutURL(err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return "no answer in time"
		}
		return wrapped.Err.Error()
	}
	return err.Error()
}
