package main

import (
	"digiwijzer/bot/settings"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// guide returns the commands marked sh of a section of docs/running.md.
func guide(t *testing.T, section string) string {
	t.Helper()
	_, text, found := cutSection(read(t, "../../docs/running.md"), "## "+section+"\n")
	require.True(t, found, section)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	require.Len(t, blocks, 1)
	return blocks[0][1]
}

// shell runs commands in a folder.
func shell(t *testing.T, dir, commands string) {
	t.Helper()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", commands)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", commands, out)
}

// settingIn returns the values that a unit of systemd gives a name.
func settingIn(unit, name string) (values []string) {
	for _, m := range regexp.MustCompile(`(?m)^`+name+`=(.*)$`).FindAllStringSubmatch(unit, -1) {
		values = append(values, m[1])
	}
	return values
}

// TestRunningOnAMachine follows the guide in a folder instead of the root, and then does what
// systemd would: it starts the program with the settings and secrets that the unit names.
func TestRunningOnAMachine(t *testing.T) {
	t.Parallel()
	needOpenSSL(t)
	root, repository := t.TempDir(), t.TempDir()
	shell(t, "../..", "cp -r deploy "+repository+" && cp "+binary+" "+repository+"/digiwijzer")
	for _, dir := range []string{"usr/local/bin", "etc/systemd/system", "etc/sysusers.d", "var/lib"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	placed := func(text string) string {
		return regexp.MustCompile(`(^|[ =(>:])/(usr|etc|var)/`).ReplaceAllString(text, "${1}"+root+"/$2/")
	}
	shell(t, repository, placed(guide(t, "With systemd")))

	unit := read(t, filepath.Join(root, "etc/systemd/system/digiwijzer.service"))
	secrets := read(t, filepath.Join(root, "etc/systemd/system/digiwijzer.service.d/secrets.conf"))
	credentials := filepath.Join(root, "credentials")
	require.NoError(t, os.Mkdir(credentials, 0o700))
	for _, credential := range settingIn(secrets, "LoadCredential") {
		id, from, _ := strings.Cut(credential, ":")
		if content, err := os.ReadFile(root + from); err == nil { // no bot in Telegram
			require.NoError(t, os.WriteFile(filepath.Join(credentials, id), content, 0o400))
		} else {
			require.Equal(t, "telegram_token", id)
		}
	}
	for _, dir := range strings.Fields(settingIn(unit, "StateDirectory")[0]) {
		require.NoError(t, os.Mkdir(filepath.Join(root, "var/lib", dir), 0o700))
	}
	h := newHarness(t)
	for _, file := range settingIn(unit, "EnvironmentFile") {
		for line := range strings.Lines(read(t, root+file)) {
			if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(name, "#") && name != "DIGIWIJZER_ADMIN_LISTEN" {
				h.with(name + "=" + placed(strings.Trim(value, `"`)))
			}
		}
	}
	for _, pair := range settingIn(secrets, "Environment") {
		if name, value, _ := strings.Cut(pair, "="); name != "TELEGRAM_BOT_TOKEN_FILE" {
			h.with(name + "=" + strings.Replace(value, "%d", credentials, 1))
		}
	}
	assert.Equal(t, []string{"/usr/local/bin/digiwijzer serve"}, settingIn(unit, "ExecStart"))
	require.FileExists(t, filepath.Join(root, "usr/local/bin/digiwijzer"))
	h.with("DIGIWIJZER_LISTEN=" + freeAddress(t))
	s := h.serve()
	wrong, code := h.doctor("--offline")
	assert.Zero(t, code, wrong)
	assert.Equal(t, []string{"key.place notice", "backup notice", "age notice", "clock notice"}, wrong)
	backup := settingIn(read(t, filepath.Join(root, "etc/systemd/system/digiwijzer-backup.service")), "ExecStart")[0]
	require.NoError(t, os.Mkdir(filepath.Join(root, "var/lib/digiwijzer-backup"), 0o700))
	h.ok(strings.Fields(placed(backup))[1:]...)
	wrong, _ = h.doctor("--offline")
	assert.NotContains(t, wrong, "backup notice")
	assert.Zero(t, s.stop(), s.stderr)
}

func needOpenSSL(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed: the guide was not tried")
	}
}

// TestComposeSecrets follows the guide in a copy of deploy: what compose.yaml needs is there, and
// the program accepts the secret.
func TestComposeSecrets(t *testing.T) {
	t.Parallel()
	needOpenSSL(t)
	dir := t.TempDir()
	shell(t, "../..", "cp -r deploy/. "+dir)
	commands := guide(t, "With compose")
	if os.Geteuid() != 0 {
		commands = regexp.MustCompile(`(?m)^chown .*$`).ReplaceAllString(commands, "")
	}
	shell(t, dir, commands)
	d := manifests(t, filepath.Join(dir, "compose.yaml"))[0]
	for name := range d.at(t, "secrets").(map[string]any) {
		file := filepath.Join(dir, d.at(t, "secrets", name, "file").(string))
		_, err := settings.Settings{DashboardTokenFile: file}.SharedToken()
		require.NoError(t, err)
	}
	env := read(t, filepath.Join(dir, ".env"))
	for _, wanted := range regexp.MustCompile(`\$\{([A-Z_]+):\?`).FindAllStringSubmatch(read(t, filepath.Join(dir, "compose.yaml")), -1) {
		assert.Contains(t, env, "\n"+wanted[1]+"=")
	}
}
