package admission

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClient(t *testing.T) {
	proxies, err := ParseProxies(" 127.0.0.1, 10.0.0.0/8 ,2001:db8:f::/48,::ffff:192.0.2.0/120,")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                             {"198.51.100.7:4711", nil, "198.51.100.7"},
		"no proxy, a forged header":            {"198.51.100.7:4711", []string{"203.0.113.9"}, "198.51.100.7"},
		"a proxy":                              {"127.0.0.1:4711", []string{"203.0.113.9"}, "203.0.113.9"},
		"a proxy that adds to a forged header": {"127.0.0.1:4711", []string{"192.168.1.1, 203.0.113.9"}, "203.0.113.9"},
		"a forged header of another line":      {"127.0.0.1:4711", []string{"192.168.1.1", "203.0.113.9"}, "203.0.113.9"},
		"two proxies":                          {"127.0.0.1:4711", []string{"1.2.3.4, 203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		"a client that claims to be a proxy":   {"127.0.0.1:4711", []string{"10.9.9.9, 203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		"a proxy without a header":             {"127.0.0.1:4711", nil, "127.0.0.1"},
		"a proxy with an empty header":         {"127.0.0.1:4711", []string{""}, "127.0.0.1"},
		"only proxies":                         {"127.0.0.1:4711", []string{"10.1.2.3, 10.4.5.6"}, "10.1.2.3"},
		"garbage from the client":              {"127.0.0.1:4711", []string{"1.2.3.4, unknown, 10.1.2.3"}, "10.1.2.3"},
		"with ports":                           {"127.0.0.1:4711", []string{"203.0.113.9:52011"}, "203.0.113.9"},
		"IPv6 with a port":                     {"[2001:db8:f::1]:4711", []string{`"[2001:db8:cafe::17]:4711"`}, "2001:db8:cafe::17"},
		"IPv6 in brackets":                     {"[2001:db8:f::1]:4711", []string{"[2001:db8:cafe::17]"}, "2001:db8:cafe::17"},
		"an IPv4 peer in the form of IPv6":     {"[::ffff:127.0.0.1]:4711", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"a network given in the form of IPv6":  {"192.0.2.44:4711", []string{"203.0.113.9"}, "203.0.113.9"},
		"a peer in a zone":                     {"[fe80::1%eth0]:4711", []string{"203.0.113.9"}, "fe80::1"},
		"a peer without a port":                {"198.51.100.7", nil, "198.51.100.7"},
	} {
		assert.Equal(t, c.want, proxies.Client(c.peer, c.forwarded).String(), name)
	}
	assert.False(t, proxies.Client("@", []string{"203.0.113.9"}).IsValid(), "a Unix socket")
	long := proxies.Client("127.0.0.1:1", []string{strings.Repeat("10.1.2.3,", 3000) + "x"})
	assert.Equal(t, "127.0.0.1", long.String())
}

func TestParseProxies(t *testing.T) {
	for _, bad := range []string{"nginx", "127.0.0.1 10.0.0.1", "10.0.0.0/33", "127.0.0.1:80"} {
		_, err := ParseProxies("::1," + bad)
		assert.ErrorContains(t, err, bad)
	}
	none, err := ParseProxies(" , ")
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestProxyWatch(t *testing.T) {
	local, public := netip.MustParseAddr("172.17.0.1"), netip.MustParseAddr("198.51.100.7")
	var w ProxyWatch
	require.NoError(t, w.Saw(public, false, noon))
	require.NoError(t, w.Saw(local, false, noon), "a visitor in the office")
	for range 10 * manyForwarded {
		require.NoError(t, w.Saw(public, true, noon), "anybody can send a header")
	}
	require.ErrorIs(t, w.Saw(local, true, noon), ErrProxy)
	require.ErrorIs(t, w.Saw(local, false, noon.Add(59*time.Minute)), ErrProxy, "a check from the machine itself")
	require.NoError(t, w.Saw(public, false, noon.Add(time.Hour)))

	later := noon.Add(2 * time.Hour)
	for range manyForwarded - 1 {
		require.NoError(t, w.Saw(public, true, later))
	}
	require.ErrorIs(t, w.Saw(public, true, later), ErrProxy, "all come with a header")
	require.NoError(t, w.Saw(public, false, later))
}
