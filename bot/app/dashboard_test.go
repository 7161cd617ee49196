package app

import (
	"digiwijzer/bot/web"
	"digiwijzer/locales"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDashboardWithoutHTTPSIsSaid: where others can reach it.
func TestDashboardWithoutHTTPSIsSaid(t *testing.T) {
	t.Parallel()
	for listen, c := range map[string]struct {
		public string
		said   bool
	}{
		"127.0.0.1:0": {"", false},
		"0.0.0.0:0":   {"", true},
		":0":          {"http://check.example", true},
		"[::]:0":      {"https://check.example", false},
	} {
		words, err := locales.BuiltIn()
		require.NoError(t, err)
		listener, err := net.Listen("tcp", listen)
		require.NoError(t, err)
		defer listener.Close()
		s := &Service{Base: Base{Words: words}, dashboard: &web.Dashboard{Token: [32]byte{1}}, servers: []listening{{Listener: listener}}}
		s.Settings.PublicURL = c.public
		assert.Equal(t, c.said, strings.Contains(strings.Join(s.Announcement(), "\n"), "zonder https"), "%s %s", listen, c.public)
	}
}
