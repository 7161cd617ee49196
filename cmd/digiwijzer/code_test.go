package main

import (
	"digiwijzer/flows/content"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCodeReadsAndMakesCodes: a code made from answers is that of advise, and holds them.
func TestCodeReadsAndMakesCodes(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	advice := advised(t, h.run(vectors[1].input(), "advise", "--date", "2026-11-23"))
	made := h.run(vectors[1].input(), "code", "--answers", "-", "--format", "json", "--date", "2026-11-23")
	require.Zero(t, made.code, made.stderr)
	var out content.DecodedCode
	require.NoError(t, json.Unmarshal([]byte(made.stdout), &out))
	assert.Equal(t, advice["code"], out.Code)
	assert.Equal(t, "2026H2", out.HalfYear)
	read := h.ok("code", out.Code, "--format", "json")
	assert.Equal(t, made.stdout, read)
	assert.Contains(t, h.ok("code", "082ar5mw vbvpp6n1e00acha5"), "Gemeente: Utrecht")
	for _, args := range [][]string{
		{"code"}, {"code", "082A-R5MW-VBVP-P6N1-E00A-CHA6"}, {"code", "nonsense"}, {"code", "082A-R5MW-VBVP-P6N1-E00A-CHA"},
		{"code", "ZZZZ-R5MW-VBVP-P6N1-E00A-CHA5"}, {"code", "--answers", "missing.json"},
	} {
		o := h.run("", args...)
		assert.Equal(t, exitBadInput, o.code, "%v", args)
		assert.Empty(t, o.stdout, "%v", args)
		assert.NotEmpty(t, o.stderr, "%v", args)
	}
}
