package main

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStaffOnTheCommandLine: invite, list, back up, revoke, restore, audit and purge.
func TestStaffOnTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	env := []string{"DIGIWIJZER_DATA=" + data, "DIGIWIJZER_KEY_FILE=" + filepath.Join(dir, "key"), "DIGIWIJZER_PUBLIC_URL=https://check.example.nl"}
	ok := func(args ...string) string {
		t.Helper()
		o := runHere(t, env, args...)
		require.Zero(t, o.code, o.stderr)
		return o.stdout
	}
	refused := func(want string, args ...string) {
		t.Helper()
		o := runHere(t, env, args...)
		assert.Equal(t, exitBadInput, o.code, args)
		assert.Contains(t, o.stderr, want, args)
		assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
	}
	assert.Contains(t, ok("staff", "list"), "Er is nog niemand uitgenodigd.")
	assert.Contains(t, ok("staff", "audit"), "Er is nog niemand uitgenodigd.")
	assert.NoFileExists(t, filepath.Join(data, "staff.db"), "reading makes nothing")

	invited := ok("staff", "invite", "--role", "admin", "--role", "editor", "Anna  Beheer")
	assert.Regexp(t, `^Link voor Anna Beheer \(editor, admin\)\. .*\nhttps://check\.example\.nl/uitnodiging#[A-Z2-7]{26}\n$`, invited)
	ok("staff", "invite", "--role", "reader", "Bert")
	refused("Kies uit reader, coordinator, editor, publisher, admin", "staff", "invite", "--role", "root", "Carla")
	refused("hoogstens 80 tekens", "staff", "invite", "--role", "reader", " ")
	refused("Zo heet hier niemand.", "staff", "revoke", "Carla")
	env = append(env, "DIGIWIJZER_PUBLIC_URL=http://check.example.nl")
	refused("alleen met https", "staff", "invite", "--role", "reader", "Carla")
	env[2], env = "DIGIWIJZER_PUBLIC_URL=https://check.example.nl", env[:3]
	assert.Contains(t, ok("staff", "list"), "Anna Beheer  editor, admin  uitgenodigd, tot ")

	ok("partner", "add", "bieb", "--name", "Bieb")
	copied := filepath.Join(dir, "copy.db")
	assert.Contains(t, ok("backup", copied), copied+".staff")
	assert.Contains(t, ok("staff", "revoke", "anna beheer"), "Anna Beheer is verwijderd")
	assert.NotContains(t, ok("staff", "list"), "Anna")
	assert.Contains(t, ok("restore", copied), "Wie sinds de kopie is verwijderd, staat er weer in")
	assert.Contains(t, ok("staff", "list"), "Anna Beheer")

	trail := runHere(t, env, "staff", "audit", "--format", "json")
	require.Zero(t, trail.code)
	assert.Contains(t, trail.stderr, "Gecontroleerd: 4 regels")
	assert.NotContains(t, trail.stdout, "Anna", "people are named by id")
	var whats []string
	for line := range strings.Lines(trail.stdout) {
		var e struct{ What, Hash string }
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		assert.Len(t, e.Hash, 64)
		whats = append(whats, e.What)
	}
	assert.Equal(t, []string{"person invited", "person invited", "partner added", "backup restored"}, whats)

	raw, err := sql.Open("sqlite3", filepath.Join(data, "staff.db"))
	require.NoError(t, err)
	_, err = raw.Exec("UPDATE audit SET who = 'x' WHERE seq = 2")
	require.NoError(t, err)
	require.NoError(t, raw.Close())
	broken := runHere(t, env, "staff", "audit", "-o", filepath.Join(dir, "trail.csv"))
	assert.Equal(t, exitFailed, broken.code)
	assert.Contains(t, broken.stderr, "vanaf regel 2")
	info, err := os.Stat(filepath.Join(dir, "trail.csv"))
	require.NoError(t, err, "what there is can be looked at")
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "by its user alone")

	ok("purge", "--all", "--yes")
	left, err := os.ReadDir(data)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestSettingsOfTheOrganisation: a part of them, a provider without https and roles that do not
// exist are one line each, before anything begins.
func TestSettingsOfTheOrganisation(t *testing.T) {
	t.Parallel()
	for want, env := range map[string][]string{
		"DIGIWIJZER_OIDC_CLIENT_ID: ontbreekt": {"DIGIWIJZER_OIDC_ISSUER=https://id.example"},
		"DIGIWIJZER_OIDC_ISSUER: ontbreekt":    {"DIGIWIJZER_OIDC_CLIENT_ID=a", "DIGIWIJZER_OIDC_ROLES=groups:a=admin"},
		"DIGIWIJZER_OIDC_ROLES: ontbreekt":     {"DIGIWIJZER_OIDC_ISSUER=https://id.example", "DIGIWIJZER_OIDC_CLIENT_ID=a"},
		"geen adres dat met https begint":      {"DIGIWIJZER_OIDC_ISSUER=http://id.example", "DIGIWIJZER_OIDC_CLIENT_ID=a", "DIGIWIJZER_OIDC_ROLES=groups:a=admin"},
		"heeft niet de vorm":                   {"DIGIWIJZER_OIDC_ISSUER=https://id.example", "DIGIWIJZER_OIDC_CLIENT_ID=a", "DIGIWIJZER_OIDC_ROLES=groups:a=boss"},
	} {
		o := runHere(t, env, "version")
		assert.Equal(t, exitBadInput, o.code, env)
		assert.Contains(t, o.stderr, want, env)
	}
}
