package admission

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSourceIsTheNetworkOfASubscriber: an IPv4 address, or the /64 of an IPv6 address.
func TestSourceIsTheNetworkOfASubscriber(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7:4711":                       "192.0.2.7",
		"[::ffff:192.0.2.7]:1":                 "192.0.2.7",
		"[2001:db8:1:2:aaaa:bbbb:cccc:dddd]:1": "2001:db8:1:2::/64",
		"[2001:db8:1:2::1]:9":                  "2001:db8:1:2::/64",
		"[fe80::1%eth0]:9":                     "fe80::/64",
		"@":                                    "invalid IP",
	} {
		assert.Equal(t, want, networkOf(Proxies(nil).Client(address, nil)), address)
	}
}
