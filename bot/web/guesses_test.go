package web

import (
	"net/http"
	"strconv"
	"testing"
	"time"

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
		assert.Equal(t, want, networkOf((&site{}).client(&http.Request{RemoteAddr: address})), address)
	}
}

// TestManyGuessersShareOneLimit: sources that cannot be remembered are limited together, and
// those that stopped are forgotten.
func TestManyGuessersShareOneLimit(t *testing.T) {
	g, now := newGuesses(), time.Unix(1_800_000_000, 0)
	for i := range maxGuessers {
		assert.True(t, g.allow(strconv.Itoa(i), now))
	}
	for i := range guessesAtOnce {
		assert.True(t, g.allow("x"+strconv.Itoa(i), now))
	}
	assert.False(t, g.allow("y", now), "beyond the bound all share one")
	assert.True(t, g.allow("1", now), "known ones have their own")
	assert.LessOrEqual(t, len(g.of), maxGuessers+1)
	assert.True(t, g.allow("y", now.Add(time.Minute)))
	assert.LessOrEqual(t, len(g.of), 2)
}
