package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
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
	assert.Contains(t, h.ok("key", "list"), "encrypts")
	response, err := http.Get(s.url + "/p/bieb")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)
	_, privacy := s.fetch(http.DefaultClient, "/privacy")
	assert.Contains(t, privacy, "meestal hooguit een kwartier", "the files of a server are not rid of it at once")
	status, code := s.health()
	assert.Equal(t, http.StatusOK, code)
	assert.True(t, status.Ready)
	_, metrics := s.fetchFrom(http.DefaultClient, s.admin+"/metrics")
	for _, name := range regexp.MustCompile(`digiwijzer_[a-z_]+`).FindAllString(read(t, "../../deploy/alerts-postgres.yml"), -1) {
		if name != "digiwijzer_standby_lag_seconds" { // there is none
			assert.Contains(t, families(t, metrics), strings.TrimSuffix(name, "_count"), "an alert is about it")
		}
	}
	assert.Contains(t, metrics, "\ndigiwijzer_standbys 0\n")
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

// TestMigrate moves a folder with conversations, figures and partners to PostgreSQL: every
// report is the same bytes, and people go on where they were.
func TestMigrate(t *testing.T) {
	t.Parallel()
	fake, telegram := telegramAPI(t)
	h := newHarness(t, telegram...).with("LANG=en")
	s := h.serve()
	ctx := waitContext(t)
	enough := make(chan struct{})
	close(enough)
	wait := startParticipants(ctx, t, fake, 7, enough)
	people := wait()
	midway := fake.Person(77, "nl")
	midway.Start("")
	require.NoError(t, midway.Wait(ctx, func(p *telegramtest.Person) bool { return len(look(p).buttons) > 0 }))
	require.NoError(t, fake.Wait(ctx, func() bool { return midway.Pending() == 0 }))
	h.ok("partner", "add", "bieb", "--name", "Bibliotheek Soest")
	assert.Zero(t, s.stop(), s.stderr)
	reports := func() (all []string) {
		for _, format := range []string{"json", "csv"} {
			all = append(all, h.ok("report", "--week", "2026-W47", "--format", format))
		}
		return append(all, h.ok("partner", "list"))
	}
	h.ok("staff", "invite", "Anna", "--role", "editor")
	trail := h.ok("staff", "audit")
	before := reports()
	address := pgtest.EmptyDatabase(t)
	out := h.ok("migrate", "--to", address)
	assert.Contains(t, out, "state.session:")
	assert.Contains(t, out, "exactly the same")
	again := h.run("", "migrate", "--to", address)
	assert.Equal(t, exitBadInput, again.code)
	assert.Contains(t, again.stderr, "already")

	h.with("DIGIWIJZER_DATABASE=" + address)
	assert.Equal(t, trail, h.ok("staff", "audit"))
	after := reports()
	for i := range before {
		assert.True(t, before[i] == after[i], "report %d differs", i)
	}
	s = h.serve()
	was := look(midway)
	require.NoError(t, midway.PressWhere(same(was.buttons[0])))
	require.NoError(t, midway.Wait(ctx, func(p *telegramtest.Person) bool { now := look(p); return len(now.buttons) > 0 && now.rev > was.rev }))
	requireFollowUps(t, people)
	assert.Zero(t, s.stop(), s.stderr)
}

// requireFollowUps requires that those who asked for the follow-up are registered for it.
func requireFollowUps(t *testing.T, people []*participant) {
	t.Helper()
	asked := 0
	for _, v := range people {
		if v.does == "asks" {
			v.requireFollowUp(t)
			asked++
		}
	}
	assert.Positive(t, asked)
}
