package admission

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Proxies are the addresses of reverse proxies whose forwarded header is trusted.
type Proxies []netip.Prefix

// ParseProxies parses addresses and networks (CIDR), separated by commas. The error names the
// part that is neither.
func ParseProxies(text string) (all Proxies, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		prefix, err := parseNetwork(part)
		if err != nil {
			return nil, fmt.Errorf("%q is not an address or network", part)
		}
		all = append(all, prefix)
	}
	return all, nil
}

// parseNetwork parses a network, or an address as the network of itself. An IPv4 network in
// the form of IPv6 becomes one of IPv4.
func parseNetwork(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		address = address.Unmap().WithZone("")
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err == nil && prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		return netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96).Masked(), nil
	}
	return prefix.Masked(), err
}

// Trust reports whether an address is that of a proxy.
func (p Proxies) Trust(address netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// Client returns the address of the sender of a request: the peer of the connection or, if that is a trusted proxy, the
// last hop of the X-Forwarded-For headers that is not. Everything left of that hop was written by the client. peer is an
// address with or without a port.
func (p Proxies) Client(peer string, forwarded []string) netip.Addr {
	client := ParseHop(peer)
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && p.Trust(client); i-- {
		hop := ParseHop(hops[i])
		if !hop.IsValid() {
			break // the proxy before it is the last one known
		}
		client = hop
	}
	return client
}

// ParseHop reads an address as it occurs in a connection or a header: with or without a port, brackets, quotes and a
// zone. It is not valid if there is none.
func ParseHop(text string) netip.Addr {
	text = strings.Trim(strings.TrimSpace(text), `"`)
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap().WithZone("")
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}

// ErrProxy is the problem of requests that come through an untrusted proxy: all visitors seem to have one address, so
// that hardly any of them count.
var ErrProxy = errors.New("requests come through a proxy that is not trusted, so that all visitors seem to be one: set DIGIWIJZER_TRUSTED_PROXY")

// manyForwarded is how many requests with a forwarded header must come from public addresses,
// and none without, before they are taken to come through a proxy.
const manyForwarded = 20

var sharedNetwork = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// ProxyWatch detects an untrusted proxy. Its methods may be called concurrently.
//
// A forwarded header from a private or local address comes from a proxy. From a public one it may be forged, which must
// not raise an alarm: there a proxy is assumed when all requests of an hour have the header.
type ProxyWatch struct {
	mu                sync.Mutex
	since             time.Time // start of the hour that is being counted
	forwarded, direct int
	local             time.Time // the last one from a local address; zero: none
}

// Saw records a request from a peer that is not a trusted proxy, and returns ErrProxy or nil.
func (w *ProxyWatch) Saw(peer netip.Addr, forwarded bool, now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.since) >= memory {
		w.since, w.forwarded, w.direct = now, 0, 0
	}
	switch {
	case !forwarded:
		w.direct++
	case peer.IsPrivate() || peer.IsLoopback() || peer.IsLinkLocalUnicast() || sharedNetwork.Contains(peer):
		w.local = now
	default:
		w.forwarded++
	}
	if !w.local.IsZero() && now.Sub(w.local) < memory || w.direct == 0 && w.forwarded >= manyForwarded {
		return ErrProxy
	}
	return nil
}
