package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// status returns the status of an address of the program.
func (s *server) status(address string) int {
	s.t.Helper()
	status, _ := s.fetchFrom(http.DefaultClient, address)
	return status
}

// TestMistakeOfAnEditorTakesNoVisitorsAway: the site stays ready, says in public no more than
// that the content is not well, and tells the operator which file it is.
func TestMistakeOfAnEditorTakesNoVisitorsAway(t *testing.T) {
	t.Parallel()
	dir := folder(t, "locales/geheime-naam.nl.toml", `"x" = `)
	s := newHarness(t, "DIGIWIJZER_CONTENT="+dir).serve()
	assert.Equal(t, http.StatusOK, s.status(s.url+"/readyz"))
	assert.Equal(t, http.StatusOK, s.status(s.url+"/livez"))
	status, text := s.fetch(http.DefaultClient, "/healthz")
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"ok":false,"ready":true,"content":false,"storage":true,"settings":true}`, text)
	status, text = s.fetchFrom(http.DefaultClient, s.admin+"/healthz")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, text, "geheime-naam")
	assert.Equal(t, http.StatusOK, s.status(s.admin+"/readyz"))
	assert.Equal(t, http.StatusNotFound, s.status(s.url+"/metrics"), "the operator has an address of his own")
	assert.Equal(t, http.StatusNotFound, s.status(s.admin+"/"))
	assert.Zero(t, s.stop(), s.stderr)
}

// TestMetricsWithoutAnAddressOfTheOperator: for programs on this machine, and through no proxy.
func TestMetricsWithoutAnAddressOfTheOperator(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "DIGIWIJZER_ADMIN_LISTEN=")
	s := h.serve()
	visit(t, s.url)
	h.ok("backup", h.at("copy.db"))
	status, text := s.fetch(http.DefaultClient, "/metrics")
	require.Equal(t, http.StatusOK, status)
	assert.Regexp(t, `\ndigiwijzer_last_backup_timestamp_seconds 1\.79\d+e\+09\n`, text, "in the year of the test's clock")
	for name := range alertMetrics(t) {
		assert.Contains(t, families(t, text), name, "an alert is about it")
	}
	r, err := http.NewRequest(http.MethodGet, s.url+"/metrics", nil)
	require.NoError(t, err)
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusNotFound, response.StatusCode)
	assert.Zero(t, s.stop(), s.stderr)
}

// families returns the names of the metrics in a text.
func families(t *testing.T, text string) map[string]bool {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	parsed, err := parser.TextToMetricFamilies(strings.NewReader(text))
	require.NoError(t, err)
	names := map[string]bool{}
	for name := range parsed {
		names[name] = true
	}
	return names
}

// alertMetrics returns the metrics of the program that the alert rules are about.
func alertMetrics(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, name := range regexp.MustCompile(`digiwijzer_[a-z_]+`).FindAllString(read(t, "../../deploy/alerts.yml"), -1) {
		names[strings.TrimSuffix(name, "_bucket")] = true
	}
	require.GreaterOrEqual(t, len(names), 8)
	return names
}

// TestAlertRules runs the tests of the alert rules with promtool, where it is installed.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool (Debian: prometheus) is not installed")
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yml", "alerts-postgres.yml"}, {"test", "rules", "alerts_test.yml", "alerts_slow_test.yml"}} {
		cmd := exec.CommandContext(t.Context(), tool, args...)
		cmd.Dir = "../../deploy"
		out, err := cmd.CombinedOutput()
		assert.NoError(t, err, "%s", out)
	}
}

// TestAddressOfTheOperatorInUse: both addresses are checked at the start.
func TestAddressOfTheOperatorInUse(t *testing.T) {
	t.Parallel()
	s := newHarness(t).serve()
	o := newHarness(t, "DIGIWIJZER_ADMIN_LISTEN="+strings.TrimPrefix(s.url, "http://")).run("", "serve")
	assert.Equal(t, 1, o.code)
	assert.Regexp(t, `^digiwijzer: .* DIGIWIJZER_ADMIN_LISTEN\.\n$`, o.stderr)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	assert.Zero(t, s.wait(), s.stderr)
}

// TestReloadDuringTheStop: a SIGHUP that comes while the program waits for a last request does not
// end it before that.
func TestReloadDuringTheStop(t *testing.T) {
	t.Parallel()
	s := newHarness(t).serve()
	address := strings.TrimPrefix(s.url, "http://")
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close() //nolint:errcheck // closed below
	_, err = io.WriteString(conn, "POST /gesprek HTTP/1.1\r\nHost: "+address+"\r\nOrigin: "+s.url+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
	require.NoError(t, err)
	answer, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, answer, "100 Continue", "the request is in progress")
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	eventually(t, "nobody new is let in", func() bool {
		late, err := net.Dial("tcp", address)
		if err == nil {
			_ = late.Close()
		}
		return err != nil
	})
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	require.NoError(t, conn.Close())
	assert.Zero(t, s.wait(), s.stderr)
}
