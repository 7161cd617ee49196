package main

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/doctor"
)

// behind serves a program by https, as a proxy does, and returns the address and the setting by
// which another program trusts its certificate.
func behind(t *testing.T, upstream string, answer func(*http.Response) error) (address, roots string) {
	t.Helper()
	target, err := url.Parse(upstream)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded() }, ModifyResponse: answer}
	server := httptest.NewUnstartedServer(proxy)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	return server.URL, "SSL_CERT_FILE=" + file
}

// doctor runs the doctor and returns what is not well, as "check verdict", and the exit code.
func (h *harness) doctor(args ...string) (wrong []string, code int) {
	h.t.Helper()
	run := h.exec // trusts the certificates of SSL_CERT_FILE
	if slices.Contains(args, "--offline") {
		run = h.run
	}
	o := run("", append([]string{"doctor", "--format", "json"}, args...)...)
	var result doctor.Report
	require.NoError(h.t, json.Unmarshal([]byte(o.stdout), &result), o.stdout+o.stderr)
	for _, f := range result.Findings {
		assert.NotContains(h.t, f.Text, "[doctor.", "a missing text")
		assert.NotContains(h.t, f.Text, "{{")
		if f.Verdict != doctor.OK {
			wrong = append(wrong, f.Check+" "+string(f.Verdict))
		}
	}
	assert.Equal(h.t, o.code == 0, result.OK)
	return wrong, o.code
}

// TestDoctor: a good set-up passes while it serves, and each of several bad ones is reported, and
// nothing else. The data is not touched.
func TestDoctor(t *testing.T) {
	t.Parallel()
	fake, telegram := telegramAPI(t)
	listen := freeAddress(t)
	site, roots := behind(t, "http://"+listen, nil)
	h := newHarness(t, "DIGIWIJZER_LISTEN="+listen, "DIGIWIJZER_PUBLIC_URL="+site, "DIGIWIJZER_TRUSTED_PROXY=127.0.0.1", roots,
		"DIGIWIJZER_OWNER_NAME=Regio", "DIGIWIJZER_OWNER_EMAIL=a@example.org", "DIGIWIJZER_OWNER_PHONE=030 123 45 67",
		"DIGIWIJZER_OWNER_PRIVACY_URL=https://example.org/privacy", "DIGIWIJZER_OWNER_A11Y_URL=https://example.org/a11y").with(telegram...)
	s := h.serve()
	h.ok("backup", h.at("figures.db"))
	// Not of this set-up: the clock of the tests, one disk, and initiatives that nobody verified.
	usual := []string{"key.place notice", "age notice", "site.ipv6 notice", "site.redirect notice", "clock notice"}

	before := names(t, filepath.Join(h.dir, "data"))
	wrong, code := h.doctor(site)
	assert.Zero(t, code)
	assert.Equal(t, usual, wrong)
	assert.Equal(t, before, names(t, filepath.Join(h.dir, "data")), "nothing is left behind")
	assert.Zero(t, h.run("", "doctor", "--live").code)
	table := h.exec("", "doctor", site).stdout
	assert.Contains(t, table, "host    DNSSEC: laat het domein van 127.0.0.1 ondertekenen.")
	assert.Contains(t, table, "0 keer fout, 5 keer let op")

	bare, roots := behind(t, "http://"+listen, func(r *http.Response) error {
		for _, name := range []string{"Strict-Transport-Security", "Content-Security-Policy", "Referrer-Policy"} {
			r.Header.Del(name)
		}
		r.Header.Set("Server", "nginx/1.22.1")
		return nil
	})
	data := filepath.Join(h.dir, "data")
	for what, c := range map[string]struct {
		spoil func(bad *harness)
		args  []string
		want  []string
	}{
		"settings": {func(bad *harness) {
			bad.with("DIGIWIJZER_LISTEN=hier", "DIGIWIJZER_SEND_RATE=snel", "DIGIWIJZER_OWNER_A11Y_URL=", "DIGIWIJZER_DASHBOARD_TOKEN=kort", "DIGIWIJZER_PUBLIC_URL=http://check.example")
		}, []string{"--offline"}, []string{"settings fault", "settings fault", "settings fault", "owner fault", "public fault"}},
		"open to others": {func(bad *harness) {
			require.NoError(t, os.Chmod(filepath.Join(bad.dir, "data"), 0o755))
			require.NoError(t, os.Chmod(filepath.Join(bad.dir, "data", "stats.db"), 0o644))
		}, []string{"--offline"}, []string{"data fault"}},
		"key lost": {func(bad *harness) {
			require.NoError(t, os.Remove(filepath.Join(bad.dir, "digiwijzer.key")))
		}, []string{"--offline"}, []string{"key fault"}},
		"another key in the data folder": {func(bad *harness) {
			require.NoError(t, os.WriteFile(filepath.Join(bad.dir, "data", "stats.db.key"), []byte(strings.Repeat("k", 32)), 0o600))
			bad.with("DIGIWIJZER_KEY_FILE=" + bad.at("data/stats.db.key"))
		}, []string{"--offline"}, []string{"key.place fault", "database fault"}},
		"damage, and an old backup": {func(bad *harness) {
			file := filepath.Join(bad.dir, "data", "stats.db")
			require.NoError(t, os.Rename(filepath.Join(bad.dir, "figures.db"), file))
			require.NoError(t, errors.Join(os.Remove(file+"-wal"), os.Remove(file+"-shm")))
			damaged, err := os.OpenFile(file, os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = damaged.WriteAt([]byte(strings.Repeat("rust", 4096)), 4096)
			require.NoError(t, errors.Join(err, damaged.Close()))
			require.NoError(t, os.WriteFile(file+".backed-up", []byte("2026-11-01T00:00:00Z\n"), 0o600))
		}, []string{"--offline"}, []string{"database fault", "backup fault"}},
		"no proxy is believed, content is broken": {func(bad *harness) {
			require.NoError(t, os.MkdirAll(filepath.Join(bad.dir, "inhoud", "referral"), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(bad.dir, "inhoud", "referral", "region.toml"), []byte("= stuk"), 0o600))
			bad.with("DIGIWIJZER_TRUSTED_PROXY=", "DIGIWIJZER_CONTENT="+bad.at("inhoud"))
		}, []string{"--offline"}, []string{"proxy fault", "content fault"}},
		"Telegram refuses the token": {func(bad *harness) {
			bad.with("TELEGRAM_BOT_TOKEN=4242:another-token-AAbbCCddEEffGGhh")
		}, nil, []string{"telegram fault"}},
		"another webhook": {func(bad *harness) {
			bad.with("DIGIWIJZER_WEBHOOK_URL=https://check.example/telegram", "DIGIWIJZER_WEBHOOK_SECRET="+strings.Repeat("s3cret_", 6))
		}, nil, []string{"telegram fault"}},
		"a proxy that drops headers": {func(bad *harness) {
			bad.with(roots)
		}, []string{bare}, []string{"site.hsts fault", "site.csp fault", "site.referrer fault", "site.version notice"}},
	} {
		t.Run(what, func(t *testing.T) {
			bad := &harness{t: t, dir: t.TempDir(), created: h.created, env: slices.Clone(h.env)}
			out, err := exec.Command("cp", "-a", data, filepath.Join(h.dir, "digiwijzer.key"), filepath.Join(h.dir, "figures.db"), bad.dir).CombinedOutput()
			require.NoError(t, err, string(out))
			c.spoil(bad)
			wrong, code := bad.doctor(c.args...)
			assert.Equal(t, 1, code)
			wrong = slices.DeleteFunc(wrong, func(one string) bool {
				return slices.Contains(usual, one) || one == "running notice" // a copy, which nothing serves
			})
			assert.Equal(t, c.want, wrong)
		})
	}
	assert.Positive(t, fake.Count("getWebhookInfo"))
	assert.Zero(t, s.stop(), s.stderr)
	assert.Equal(t, 1, h.run("", "doctor", "--live").code)
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
