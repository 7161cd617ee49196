package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLinksCommand(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	h := newHarness(t)
	h.ok("content", "export", h.at("mine"))
	replaceAll(t, h, "mine/referral/catalogue", `value = "https?://[^"]*"`, `value = "`+server.URL+`/fine"`)
	args := []string{"catalogue", "links", "--content", h.at("mine"), "--shown", "--pause", "0s", "--private"}
	assert.Contains(t, h.ok(args...), "1 adressen bekeken; bij 0 is iets mis.")

	write(t, h.dir+"/mine/referral/catalogue/kvk.toml", replaceOnce(t, read(t, h.dir+"/mine/referral/catalogue/kvk.toml"), "/fine", "/gone"))
	broken := h.run("", args...)
	assert.Equal(t, 1, broken.code)
	assert.Contains(t, broken.stdout, "kvk: "+server.URL+"/gone: bestaat niet meer (404)")

	var reports []linkReport
	require.NoError(t, json.Unmarshal([]byte(h.run("", append(args, "--format", "json")...).stdout), &reports))
	require.Len(t, reports, 2)

	refused := h.run("", "catalogue", "links", "--content", h.at("mine"), "--shown", "--pause", "0s")
	assert.Equal(t, 1, refused.code)
	assert.Contains(t, refused.stdout, "eigen netwerk")
}
