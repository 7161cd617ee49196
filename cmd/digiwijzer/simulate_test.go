package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/simulation"
)

func TestSimulateIsMarkedAsSimulation(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	table := h.ok("simulate", "--n", "500", "--date", "2026-11-22")
	assert.Equal(t, 2, strings.Count(table, "SIMULATIE – geen echte cijfers"), "above and below")
	for _, words := range []string{"KVK", "Nu aan zet", "Horeca en verblijf", "provincie Utrecht", "zzp", "45 / 50", "bij 250 checks"} {
		assert.Contains(t, table, words)
	}
	assert.Equal(t, table, h.ok("simulate", "--n", "500", "--date", "2026-11-22"))
	assert.NotContains(t, table, "[", "no missing texts")

	var s simulation.Result
	require.NoError(t, json.Unmarshal([]byte(h.ok("simulate", "--n", "500", "--format", "json", "--date", "2026-11-22")), &s))
	assert.True(t, s.Simulated)
	assert.Equal(t, 500, s.N)
	_, err := os.Stat(filepath.Join(h.dir, "data"))
	assert.ErrorIs(t, err, os.ErrNotExist, "no data is stored")
}

func TestSimulateWithOwnPopulation(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	file := filepath.Join(t.TempDir(), "cbs.toml")
	text := `[[businesses]]
region = "GV"
size = "2"
count = 10
sectors = { horeca = 10 }
[places]
GM0402 = 1
`
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	var s simulation.Result
	require.NoError(t, json.Unmarshal([]byte(h.ok("simulate", "--n", "50", "--population", file, "--format", "json")), &s))
	assert.Equal(t, 10, s.Population)
	assert.Len(t, s.BySector, 1)
	require.NoError(t, os.WriteFile(file, []byte(text+"GM0001 = 1\n"), 0o600))
	for want, args := range map[string][]string{"GM0001": {"--population", file}, "--n": {"--n", "0"}} {
		o := h.run("", append([]string{"simulate"}, args...)...)
		assert.Equal(t, exitBadInput, o.code)
		assert.Contains(t, o.stderr, want)
	}
}
