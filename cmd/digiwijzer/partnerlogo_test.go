package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPartnerLogo: a logo given once stands on the partner's page and in the kit, until it is
// taken away.
func TestPartnerLogo(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	logo := image.NewGray(image.Rect(0, 0, 1600, 400))
	logo.SetGray(3, 3, color.Gray{200})
	var drawn bytes.Buffer
	require.NoError(t, png.Encode(&drawn, logo))
	write(t, filepath.Join(h.dir, "logo.png"), drawn.String())
	h.ok("partner", "add", "kvk-utrecht", "--name", "KVK Utrecht", "--kind", "kvk")
	h.ok("partner", "kit", "kvk-utrecht", "-o", h.at("plain"), "--bot", "digiwijzer_bot")
	s := h.serve()
	_, page := leads(t, s.url+"/p/kvk-utrecht")
	assert.NotContains(t, page, "/logo/")

	assert.Contains(t, h.ok("partner", "logo", "kvk-utrecht", h.at("logo.png")), "/p/kvk-utrecht")
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	address := regexp.MustCompile(`/logo/kvk-utrecht\.[0-9a-f]{12}\.png`)
	var path string
	eventually(t, "the logo on the page", func() bool {
		_, page = leads(t, s.url+"/p/kvk-utrecht")
		path = address.FindString(page)
		return path != ""
	})
	response, err := http.Get(s.url + path)
	require.NoError(t, err)
	defer response.Body.Close()
	shown, err := png.Decode(response.Body)
	require.NoError(t, err)
	assert.Equal(t, image.Pt(480, 120), shown.Bounds().Size(), "small enough for a page")
	assert.Equal(t, "image/png", response.Header.Get("Content-Type"))
	for _, wrong := range []string{"/logo/kvk-utrecht.000000000000.png", "/logo/kvk-utrecht", "/logo/niemand.1.png"} {
		r, err := http.Get(s.url + wrong)
		require.NoError(t, err)
		require.NoError(t, r.Body.Close())
		assert.Equal(t, http.StatusNotFound, r.StatusCode, wrong)
	}

	h.ok("partner", "kit", "kvk-utrecht", "-o", h.at("kit"), "--bot", "digiwijzer_bot")
	size := func(kit string) int64 {
		poster, err := os.Stat(filepath.Join(h.dir, kit, "kvk-utrecht-poster-a4.pdf"))
		require.NoError(t, err)
		return poster.Size()
	}
	assert.Greater(t, size("kit"), size("plain"), "the kept logo is on the poster")

	h.ok("partner", "logo", "kvk-utrecht", "--remove")
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, "the page without a logo", func() bool {
		_, page = leads(t, s.url+"/p/kvk-utrecht")
		return !strings.Contains(page, "/logo/")
	})
	assert.Zero(t, s.stop(), s.stderr)
}
