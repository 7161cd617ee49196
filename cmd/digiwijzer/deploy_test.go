package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"digiwijzer/bot/doctor"
	"digiwijzer/bot/secret"
	"digiwijzer/bot/settings"
	"digiwijzer/cmd/digiwijzer/grammar"
	"digiwijzer/store"
	"digiwijzer/store/postgres/pgtest"
)

var proxies = flag.Bool("proxies", false, "run Caddy and nginx, where installed, with the examples in deploy")

// document is a part of a YAML file.
type document map[string]any

func (d document) at(t *testing.T, keys ...string) any {
	t.Helper()
	var value any = map[string]any(d)
	for _, key := range keys {
		part, ok := value.(map[string]any)
		require.True(t, ok, "%v: %s", keys, key)
		value = part[key]
	}
	return value
}

func manifests(t *testing.T, path string) (all []document) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	for decoder := yaml.NewDecoder(file); ; {
		var d map[string]any // nested ones get the same type
		err := decoder.Decode(&d)
		if err == io.EOF { //nolint:errorlint // as documented
			require.NotEmpty(t, all, path)
			return all
		}
		require.NoError(t, err, path)
		all = append(all, d)
	}
}

// TestDeployNamesKnownSettings: whatever a file in deploy sets is a setting of the program, so
// that none is misspelt or left from before.
func TestDeployNamesKnownSettings(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"DIGIWIJZER_HOST": true, "DIGIWIJZER_UPSTREAM": true, "DIGIWIJZER_IMAGE": true} // of Caddy and compose
	fields, err := grammar.Fields(&settings.Settings{}, func(id string, _ ...any) string { return id })
	require.NoError(t, err)
	for _, s := range fields {
		known[s.Envs[0]] = true
	}
	found := 0
	files := append(glob(t, "../../deploy/*"), append(glob(t, "../../deploy/*/*"), "../../Dockerfile")...)
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		for _, name := range regexp.MustCompile(`\b(?:DIGIWIJZER|TELEGRAM)_[A-Z0-9_]*[A-Z0-9]\b`).FindAllString(read(t, file), -1) {
			assert.True(t, known[name], "%s: %s is no setting", file, name)
			found++
		}
	}
	assert.Greater(t, found, 40)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, found, pattern)
	return found
}

// TestComposeGivesFewRights: both services have a read-only root, no capability beyond the one
// for the ports below 1024, limits, and their secrets as files.
func TestComposeGivesFewRights(t *testing.T) {
	t.Parallel()
	d := manifests(t, "../../deploy/compose.yaml")[0]
	for _, name := range []string{"digiwijzer", "caddy"} {
		s := document(d.at(t, "services", name).(map[string]any))
		assert.Equal(t, true, s.at(t, "read_only"), name)
		assert.Equal(t, []any{"ALL"}, s.at(t, "cap_drop"), name)
		assert.Equal(t, []any{"no-new-privileges:true"}, s.at(t, "security_opt"), name)
		for _, limit := range []string{"mem_limit", "pids_limit", "tmpfs", "restart", "logging"} {
			assert.NotNil(t, s.at(t, limit), "%s: %s", name, limit)
		}
		assert.Nil(t, s.at(t, "privileged"), name)
	}
	assert.Nil(t, d.at(t, "services", "digiwijzer", "cap_add"))
	assert.Nil(t, d.at(t, "services", "digiwijzer", "ports"), "visitors come through Caddy")
	assert.Equal(t, []any{"NET_BIND_SERVICE"}, d.at(t, "services", "caddy", "cap_add"))
	assert.Equal(t, "service_healthy", d.at(t, "services", "caddy", "depends_on", "digiwijzer", "condition"))
	assert.Equal(t, d.at(t, "services", "caddy", "networks", "inside", "ipv4_address"), d.at(t, "services", "digiwijzer", "environment", "DIGIWIJZER_TRUSTED_PROXY"))
	for name := range d.at(t, "services", "digiwijzer", "environment").(map[string]any) {
		secret := strings.Contains(name, "TOKEN") || strings.Contains(name, "SECRET")
		assert.Equal(t, secret, strings.HasSuffix(name, "_FILE"), "%s: secrets are files", name)
	}
}

// TestComposeWithPostgreSQL: every service has few rights, both programs have the same settings and
// key, and a server takes these settings, of which the program refuses none.
func TestComposeWithPostgreSQL(t *testing.T) {
	t.Parallel()
	d := manifests(t, "../../deploy/compose.postgres.yaml")[0]
	services := d.at(t, "services").(map[string]any)
	require.Len(t, services, 5)
	for name := range services {
		s := document(services[name].(map[string]any))
		assert.Equal(t, true, s.at(t, "read_only"), name)
		assert.Equal(t, []any{"ALL"}, s.at(t, "cap_drop"), name)
		assert.Equal(t, []any{"no-new-privileges:true"}, s.at(t, "security_opt"), name)
		for _, limit := range []string{"mem_limit", "pids_limit", "tmpfs", "restart", "logging"} {
			assert.NotNil(t, s.at(t, limit), "%s: %s", name, limit)
		}
		assert.Equal(t, name == "caddy", s["ports"] != nil, name)
	}
	assert.Equal(t, services["digiwijzer-1"], services["digiwijzer-2"])
	assert.Equal(t, d.at(t, "services", "caddy", "networks", "inside", "ipv4_address"), d.at(t, "services", "digiwijzer-1", "environment", "DIGIWIJZER_TRUSTED_PROXY"))
	assert.Equal(t, d.at(t, "services", "postgres-a", "command"), d.at(t, "services", "postgres-b", "command"))
	_, err := settings.ParseDatabase(d.at(t, "services", "digiwijzer-1", "environment", "DIGIWIJZER_DATABASE").(string))
	require.NoError(t, err)
	for _, script := range glob(t, "../../deploy/postgres/*.sh") {
		shell(t, ".", "sh -n "+script)
	}

	if pgtest.Binaries() == "" {
		t.Skip("there is no PostgreSQL on this machine")
	}
	server, err := pgtest.Start(composedSettings(t)...)
	require.NoError(t, err)
	defer server.Remove() //nolint:errcheck // its folder is temporary
	found, err := store.Place{Database: secret.New(server.Address("postgres"))}.Inspect(t.Context())
	require.NoError(t, err)
	assert.Empty(t, found, "of this neither anything to refuse nor to warn about")
}

// composedSettings returns the settings of the servers in deploy/compose.postgres.yaml.
func composedSettings(t *testing.T) (settings []string) {
	t.Helper()
	d := manifests(t, "../../deploy/compose.postgres.yaml")[0]
	for _, argument := range d.at(t, "services", "postgres-a", "command").([]any)[1:] {
		name, value, ok := strings.Cut(strings.TrimPrefix(argument.(string), "-c"), "=")
		require.True(t, ok, argument)
		settings = append(settings, name+" = '"+value+"'")
	}
	return settings
}

// TestPodsGiveFewRights: every pod meets the Pod Security Standard "restricted"
// (https://kubernetes.io/docs/concepts/security/pod-security-standards/), has a read-only root and
// limits, and is asked at the addresses that are for it.
func TestPodsGiveFewRights(t *testing.T) {
	t.Parallel()
	kinds, pods := map[string]int{}, 0
	for _, file := range glob(t, "../../deploy/kubernetes/*.yaml") {
		for _, d := range manifests(t, file) {
			kind := d.at(t, "kind").(string)
			kinds[kind]++
			var pod document
			switch kind {
			case "Deployment":
				assert.Equal(t, 1, d.at(t, "spec", "replicas"), "SQLite is for one")
				assert.Equal(t, "Recreate", d.at(t, "spec", "strategy", "type"), "two programs cannot have the data at the same time")
				pod = d.at(t, "spec", "template", "spec").(map[string]any)
			case "CronJob":
				pod = d.at(t, "spec", "jobTemplate", "spec", "template", "spec").(map[string]any)
			default:
				continue
			}
			pods++
			assert.Equal(t, false, pod.at(t, "automountServiceAccountToken"))
			assert.Equal(t, true, pod.at(t, "securityContext", "runAsNonRoot"))
			assert.Equal(t, 65532, pod.at(t, "securityContext", "runAsUser"))
			assert.Equal(t, "RuntimeDefault", pod.at(t, "securityContext", "seccompProfile", "type"))
			containers := pod.at(t, "containers").([]any)
			require.Len(t, containers, 1)
			c := document(containers[0].(map[string]any))
			assert.Equal(t, false, c.at(t, "securityContext", "allowPrivilegeEscalation"))
			assert.Equal(t, true, c.at(t, "securityContext", "readOnlyRootFilesystem"))
			assert.Equal(t, []any{"ALL"}, c.at(t, "securityContext", "capabilities", "drop"))
			assert.NotNil(t, c.at(t, "resources", "limits", "memory"))
			if kind == "Deployment" {
				assert.Equal(t, "/livez", c.at(t, "livenessProbe", "httpGet", "path"))
				assert.Equal(t, "/readyz", c.at(t, "readinessProbe", "httpGet", "path"))
			}
		}
	}
	assert.Equal(t, 2, pods)
	for _, kind := range []string{"NetworkPolicy", "PodDisruptionBudget", "Service", "Ingress", "PersistentVolumeClaim"} {
		assert.Positive(t, kinds[kind], kind)
	}
}

// TestImageIsBuiltWithTheGoOfTheModule compares the Go of the image with that of go.mod.
func TestImageIsBuiltWithTheGoOfTheModule(t *testing.T) {
	t.Parallel()
	toolchain := regexp.MustCompile(`(?m)^toolchain go(\S+)$`).FindStringSubmatch(read(t, "../../go.mod"))
	require.NotNil(t, toolchain)
	image := read(t, "../../Dockerfile")
	assert.Contains(t, image, "\nARG GO_VERSION="+toolchain[1]+"\n")
	assert.Contains(t, image, "\nUSER 65532:65532\n")
	assert.Contains(t, image, "\nFROM scratch\n")
	assert.Contains(t, image, `HEALTHCHECK`)
}

// maxExposure is how much systemd-analyze may find that a unit could leave out, from 0 to 10.
const maxExposure = 1.5

// TestUnitsAreHardened asks systemd itself, where it is installed.
func TestUnitsAreHardened(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed: the exposure of the units is not measured")
	}
	for _, unit := range glob(t, "../../deploy/systemd/*.service") {
		out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", unit).Output()
		require.NoError(t, err, unit)
		found := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
		require.NotNil(t, found, "%s", out)
		exposure, err := strconv.ParseFloat(string(found[1]), 64)
		require.NoError(t, err)
		t.Logf("%s: exposure %.1f", filepath.Base(unit), exposure)
		assert.LessOrEqual(t, exposure, maxExposure, unit)
	}
}

// TestProxies runs each example of a proxy as it stands but for names, ports and certificate, in
// front of the program, and looks at the site as a visitor: nothing may be wrong.
func TestProxies(t *testing.T) {
	if !*proxies {
		t.Skip("needs -proxies, as .ci/full gives it")
	}
	for name, run := range map[string]func(*testing.T, proxied) (https, http string){"caddy": runCaddy, "nginx": runNginx} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				t.Skipf("%s IS NOT INSTALLED: deploy has an example for it that was not tried", name)
			}
			listen := freeAddress(t)
			h := newHarness(t, "DIGIWIJZER_LISTEN="+listen, "DIGIWIJZER_PUBLIC_URL=https://localhost", "DIGIWIJZER_TRUSTED_PROXY=127.0.0.1",
				"DIGIWIJZER_OWNER_EMAIL=a@example.org", "DIGIWIJZER_DASHBOARD_TOKEN=sixteen-letters!").with(webhookSettings(t)...)
			s := h.serve()
			p := proxied{dir: t.TempDir()}
			var forwarded func() []string
			p.upstream, forwarded = recordForwarded(t, "http://"+listen)
			roots := p.certify(t)
			https, http := run(t, p)

			site := "https://localhost:" + https
			client := clientOf(roots)
			eventually(t, "the proxy answers", func() bool { return statusOf(t, client, newRequest(t, "GET", site+"/livez", "")) == 200 })
			var f doctor.Findings
			address, err := url.Parse(site)
			require.NoError(t, err)
			doctor.Site(t.Context(), &f, address, doctor.Options{Roots: roots, HTTPPort: http, Now: func() time.Time { return morning }})
			require.Greater(t, len(f), 15)
			for _, one := range f {
				t.Logf("%-8s %s", one.Verdict, one.ID())
				if one.Check != "site.ipv6" && one.Check != "site.ipv4" { // the machine of the test may have one of them only
					assert.Equal(t, doctor.OK, one.Verdict, "%s %v", one.ID(), one.Pairs)
				}
			}
			assert.Equal(t, 404, statusOf(t, client, newRequest(t, "GET", site+"/metrics", "")))
			assert.Contains(t, []int{413, 502}, statusOf(t, client, newRequest(t, "POST", site+"/gesprek", strings.Repeat("x", 2<<20))), "too large for the proxy; Caddy 2.6 says it with 502")
			assert.Equal(t, 401, statusOf(t, client, newRequest(t, "POST", site+"/telegram/hook", "{}")), "the webhook is reached, and wants its secret")

			forged := newRequest(t, "GET", site+"/privacy", "")
			forged.Header.Set("X-Forwarded-For", "203.0.113.9")
			assert.Equal(t, 200, statusOf(t, client, forged))
			for _, header := range forwarded() {
				assert.NotContains(t, header, "203.0.113.9", "what a visitor says of its address is not passed on")
				assert.Regexp(t, `^(127\.0\.0\.1|::1)$`, header)
			}
			assert.Zero(t, s.stop(), s.stderr)
		})
	}
}

// webhookSettings are those for a webhook behind a proxy.
func webhookSettings(t *testing.T) []string {
	t.Helper()
	_, env := telegramAPI(t)
	return append(env, "DIGIWIJZER_WEBHOOK_URL=https://localhost/telegram/hook", "DIGIWIJZER_WEBHOOK_SECRET="+strings.Repeat("s3cret_", 6))
}

// recordForwarded serves another server and keeps which X-Forwarded-For it was given.
func recordForwarded(t *testing.T, upstream string) (address string, seen func() []string) {
	t.Helper()
	target, err := url.Parse(upstream)
	require.NoError(t, err)
	var mu sync.Mutex
	var all []string
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		mu.Lock()
		all = append(all, strings.Join(r.In.Header.Values("X-Forwarded-For"), ", "))
		mu.Unlock()
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	// The whole request first: a response before its end could be faster than a limit of the proxy.
	whole := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	})
	server := &http.Server{Handler: whole, ReadHeaderTimeout: time.Minute}
	go server.Serve(listener) //nolint:errcheck // ends with Close
	t.Cleanup(func() { server.Close() })
	return listener.Addr().String(), func() []string {
		mu.Lock()
		defer mu.Unlock()
		require.NotEmpty(t, all)
		return all
	}
}

// proxied is where a proxy finds what it needs.
type proxied struct {
	dir       string // for its files, and cert.pem and key.pem
	upstream  string
	cert, key string
}

// certify makes a certificate for localhost, and returns the pool that trusts it.
func (p *proxied) certify(t *testing.T) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost", "www.localhost"},
		NotBefore: morning.AddDate(-30, 0, 0), NotAfter: morning.AddDate(30, 0, 0), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	p.cert, p.key = filepath.Join(p.dir, "cert.pem"), filepath.Join(p.dir, "key.pem")
	require.NoError(t, os.WriteFile(p.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(p.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return roots
}

// replaced returns an example with parts replaced, each of which must be there.
func replaced(t *testing.T, file string, pairs ...string) string {
	t.Helper()
	text := read(t, file)
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, text, pairs[i], file)
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	return port
}

func runCaddy(t *testing.T, p proxied) (https, http string) {
	t.Helper()
	https, http = portOf(t, freeAddress(t)), portOf(t, freeAddress(t))
	file := filepath.Join(p.dir, "Caddyfile")
	text := replaced(t, "../../deploy/Caddyfile", "\ttls {\n", fmt.Sprintf("\ttls %s %s {\n", p.cert, p.key),
		"\tadmin off\n", fmt.Sprintf("\tadmin off\n\thttps_port %s\n\thttp_port %s\n\tskip_install_trust\n", https, http))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	env := append(os.Environ(), "DIGIWIJZER_HOST=localhost", "DIGIWIJZER_UPSTREAM="+p.upstream, "XDG_DATA_HOME="+p.dir, "XDG_CONFIG_HOME="+p.dir)
	runProxy(t, env, []string{"caddy", "validate", "--adapter", "caddyfile", "--config", file}, []string{"caddy", "run", "--adapter", "caddyfile", "--config", file})
	return https, http
}

func runNginx(t *testing.T, p proxied) (https, http string) {
	t.Helper()
	https, http = portOf(t, freeAddress(t)), portOf(t, freeAddress(t))
	text := replaced(t, "../../deploy/nginx.conf", "check.example.org/fullchain.pem", "cert", "check.example.org/privkey.pem", "key",
		"/etc/letsencrypt/live/cert", p.cert, "/etc/letsencrypt/live/key", p.key, "check.example.org", "localhost",
		"127.0.0.1:8080", p.upstream, ":443", ":"+https, "listen 443", "listen "+https, ":80;", ":"+http+";", "listen 80", "listen "+http)
	text = strings.ReplaceAll(text, "return 301 https://localhost$", "return 301 https://localhost:"+https+"$")
	main := "daemon off; pid " + p.dir + "/pid; error_log stderr; events {} http { access_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += kind + "_temp_path " + p.dir + "/" + kind + ";\n"
	}
	if os.Geteuid() == 0 {
		main = "user root; " + main
	}
	file := filepath.Join(p.dir, "nginx.conf")
	require.NoError(t, os.WriteFile(file, []byte(main+text+"}\n"), 0o600))
	runProxy(t, os.Environ(), []string{"nginx", "-t", "-c", file}, []string{"nginx", "-c", file})
	return https, http
}

// runProxy checks the configuration and runs the proxy until the test ends.
func runProxy(t *testing.T, env, check, run []string) {
	t.Helper()
	cmd := exec.Command(check[0], check[1:]...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	ctx, stop := context.WithCancel(context.Background())
	cmd = exec.CommandContext(ctx, run[0], run[1:]...)
	cmd.Env = env
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	output := &syncedBuffer{}
	cmd.Stdout, cmd.Stderr = output, output
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // was interrupted
		if t.Failed() {
			t.Log(output.String())
		}
	})
}

func clientOf(roots *x509.CertPool) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

func newRequest(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	require.NoError(t, err)
	return request
}

// statusOf returns the status of an answer; 0: there is none.
func statusOf(t *testing.T, client *http.Client, request *http.Request) int {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}
