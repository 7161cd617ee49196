package main

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStopsWithSlowRequests: a body that never ends does not delay a stop.
func TestStopsWithSlowRequests(t *testing.T) {
	t.Parallel()
	s := newHarness(t).serve()
	for range 3 {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		require.NoError(t, err)
		defer c.Close()
		_, err = fmt.Fprintf(c, "POST /gesprek HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nn=")
		require.NoError(t, err)
	}
	assert.Zero(t, s.stop(), s.stderr)
}
