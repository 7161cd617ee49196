package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/store/postgres/pgtest"
)

// newDatabaseHarness returns a harness whose data is in an empty PostgreSQL database.
func newDatabaseHarness(t testing.TB, env ...string) *harness {
	t.Helper()
	return newHarness(t, env...).with("LANG=en", "DIGIWIJZER_DATABASE="+pgtest.EmptyDatabase(t))
}

// TestOnPostgreSQL runs every command that touches the data on a database instead of files.
func TestOnPostgreSQL(t *testing.T) {
	t.Parallel()
	h := newDatabaseHarness(t)
	none := h.run("", "report")
	assert.Equal(t, exitBadInput, none.code)
	assert.Contains(t, none.stderr, "no figures in postgres://")

	s := h.serve()
	assert.Contains(t, h.ok("partner", "add", "bieb", "--name", "Bibliotheek Soest"), "bieb")
	assert.Contains(t, h.ok("partner", "list"), "Bibliotheek Soest")
	assert.True(t, strings.Contains(h.ok("report", "--format", "json", "--week", "2026-W47"), `"waiting": 0`))
	assert.Contains(t, h.ok("key", "list"), "1")
	response, err := http.Get(s.url + "/p/bieb")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)
	status, code := s.health()
	assert.Equal(t, http.StatusOK, code)
	assert.True(t, status.Ready)
	for command, says := range map[string]string{
		"purge --conversations": "already works in postgres:",
		"backup figures.db":     "pg_dump",
		"restore figures.db":    "pg_restore",
	} {
		refused := h.run("", strings.Fields(command)...)
		assert.NotZero(t, refused.code, command)
		assert.Contains(t, refused.stderr, says, command)
		assert.Equal(t, 1, strings.Count(refused.stderr, "\n"), refused.stderr)
	}
	assert.Zero(t, s.stop(), s.stderr)

	h.ok("purge", "--conversations")
	assert.Contains(t, h.ok("partner", "list"), "Bibliotheek Soest", "the figures stay")
	again := h.serve()
	assert.Zero(t, again.stop(), again.stderr)
	h.ok("purge", "--all", "--yes")
	assert.Equal(t, exitBadInput, h.run("", "report").code)
}

// TestDatabaseIsRefused checks that a wrong address is one line without the password, and that
// settings with which the server would log what is personal are refused by name.
func TestDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	address := pgtest.EmptyDatabase(t)
	pgtest.Set(t, address, "log_statement = 'all'")
	for name, c := range map[string]struct{ env, says string }{
		"not an address": {"DIGIWIJZER_DATABASE=mysql://u:geheim@host/x", "DIGIWIJZER_DATABASE"},
		"not there":      {"DIGIWIJZER_DATABASE=postgres://u:geheim@127.0.0.1:1/x", "cannot be reached"},
		"figures alone":  {"DIGIWIJZER_STATS_DATABASE=postgres://u:geheim@host/x", "only together"},
		"leaks":          {"DIGIWIJZER_DATABASE=" + address, "log_parameter_max_length"},
	} {
		refused := newHarness(t, "LANG=en", c.env).run("", "serve")
		assert.NotZero(t, refused.code, name)
		assert.Contains(t, refused.stderr, c.says, name)
		assert.Equal(t, 1, strings.Count(refused.stderr, "digiwijzer: "), refused.stderr)
		assert.NotContains(t, refused.stderr, "geheim", name)
	}
}
