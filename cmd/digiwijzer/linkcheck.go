package main

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
)

// linkChecker looks whether web addresses answer. It keeps no bodies, asks one question
// at a time of one host, and goes to no address inside a network unless it may.
type linkChecker struct {
	client *http.Client
	tries  int           // per address
	pause  time.Duration // before the next question to a host; doubled after each failed try
}

// linkState says how an address is doing.
type linkState string

// The states.
const (
	linkFine    linkState = "fine"
	linkMoved   linkState = "moved"   // for good, to another address
	linkGone    linkState = "gone"    // the server says that there is no such page
	linkFailed  linkState = "failed"  // no good answer after every try
	linkRefused linkState = "refused" // it leads to an address we do not go to
)

// linkResult is what came of one address.
type linkResult struct {
	URL   string    `json:"url"`
	State linkState `json:"state"`
	Code  int       `json:"code,omitempty"`  // of the last answer
	To    string    `json:"to,omitempty"`    // moved: the new address
	Error string    `json:"error,omitempty"` // failed, refused
	Tries int       `json:"tries"`
}

// bad tells whether an editor must do something.
func (r linkResult) bad() bool { return r.State != linkFine && r.State != linkMoved }

const (
	mostRedirects = 5
	hostsAtOnce   = 4
)

var errPrivate = errors.New("leads to an address that is not on the public internet")

// newLinkChecker makes a checker. private admits addresses inside a network too.
func newLinkChecker(timeout, pause time.Duration, tries int, private bool) *linkChecker {
	dialer := &net.Dialer{Timeout: timeout}
	if !private {
		dialer.Control = onlyPublic
	}
	return &linkChecker{tries: tries, pause: pause, client: &http.Client{
		Timeout: timeout,
		// No proxy: it would dial for us, and then nothing would look at the address.
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout, MaxIdleConnsPerHost: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// onlyPublic refuses a connection by the address that the name came to, at the moment
// of dialling: a name may lead elsewhere each time it is looked up.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !public(at.Addr()) {
		return errPrivate
	}
	return nil
}

// notPublic are the ranges, beside those netip knows, that are no place on the public
// internet (IANA special-purpose registries), or lead to one in disguise.
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

// check looks at every address, a few hosts side by side, and gives the results in the
// order of the addresses. done is told of each.
func (c *linkChecker) check(ctx context.Context, addresses []string, done func(linkResult)) []linkResult {
	results := make([]linkResult, len(addresses))
	hosts := map[string][]int{}
	for i, address := range addresses {
		host := ""
		if u, err := url.Parse(address); err == nil {
			host = u.Host
		}
		hosts[host] = append(hosts[host], i)
	}
	var wait sync.WaitGroup
	var told sync.Mutex
	room := make(chan struct{}, hostsAtOnce)
	for _, own := range hosts {
		wait.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			for n, i := range own {
				if n > 0 {
					rest(ctx, c.pause)
				}
				results[i] = c.checkOne(ctx, addresses[i])
				told.Lock()
				done(results[i])
				told.Unlock()
			}
		})
	}
	wait.Wait()
	return results
}

// rest waits, unless the caller has had enough.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// checkOne tries one address until it gets an answer that another try would not change.
func (c *linkChecker) checkOne(ctx context.Context, address string) linkResult {
	r := linkResult{URL: address}
	for pause := c.pause; ; pause *= 2 {
		r.Tries++
		again := c.try(ctx, &r)
		if !again || r.Tries >= c.tries || ctx.Err() != nil {
			return r
		}
		rest(ctx, pause)
	}
}

// try asks once: the head alone and, where a server has no answer to that, the page.
func (c *linkChecker) try(ctx context.Context, r *linkResult) (again bool) {
	var err error
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		r.Code, r.To, err = c.follow(ctx, method, r.URL)
		if err == nil && r.Code < http.StatusBadRequest {
			break
		}
	}
	r.State, r.Error = linkFine, ""
	switch {
	case errors.Is(err, errPrivate):
		r.State, r.Error = linkRefused, errPrivate.Error()
	case err != nil:
		r.State, r.Error = linkFailed, plainError(err)
		return true
	case r.Code == http.StatusNotFound || r.Code == http.StatusGone:
		r.State = linkGone
	case r.Code >= http.StatusBadRequest:
		r.State = linkFailed
		return r.Code >= http.StatusInternalServerError || r.Code == http.StatusTooManyRequests
	case r.To != "":
		r.State = linkMoved
	}
	return false
}

// follow asks for an address and goes along with redirects. to is where they end, if
// all of them are for good.
func (c *linkChecker) follow(ctx context.Context, method, address string) (code int, to string, err error) {
	forGood := true
	for range mostRedirects + 1 {
		request, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
		if err != nil {
			return 0, "", err
		}
		if request.URL.Scheme != "https" && request.URL.Scheme != "http" {
			return 0, "", fmt.Errorf("%s is no web address", address)
		}
		request.Header.Set("User-Agent", "digiwijzer-links/1.0")
		answer, err := c.client.Do(request)
		if err != nil {
			return 0, "", err
		}
		answer.Body.Close() // only whether there is an answer matters
		next, err := answer.Location()
		if answer.StatusCode < 300 || answer.StatusCode >= 400 || err != nil {
			if !forGood {
				to = ""
			}
			return answer.StatusCode, to, nil
		}
		forGood = forGood && (answer.StatusCode == http.StatusMovedPermanently || answer.StatusCode == http.StatusPermanentRedirect)
		address = next.String()
		to = address
	}
	return 0, "", fmt.Errorf("more than %d redirects", mostRedirects)
}

// plainError leaves the address out of an error: it stands before it already.
func plainError(err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return "no answer in time"
		}
		return wrapped.Err.Error()
	}
	return err.Error()
}
