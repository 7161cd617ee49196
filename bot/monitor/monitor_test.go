package monitor_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/monitor"
)

// fixed is a dispatcher in a state that a test sets.
type fixed struct {
	status       bot.Status
	alive, ready error
}

func (f *fixed) Alive() error                      { return f.alive }
func (f *fixed) Ready() error                      { return f.ready }
func (f *fixed) Health(context.Context) bot.Status { return f.status }
func (f *fixed) Counters() bot.Counters            { return bot.Counters{Updates: 7} }

func get(h http.Handler, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/x", nil)
	r.RemoteAddr = "127.0.0.1:5000"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// secrets are what no public answer may hold: what editors chose, errors, addresses, numbers.
var secrets = []string{"mijn-map", "lookup", "10.255", "4711", "disk", "problem", "since", "version"}

// unwell is a status in which everything that may go wrong has gone wrong, but the storage.
func unwell() bot.Status {
	return bot.Status{
		Ready:    true,
		Content:  bot.ContentStatus{Version: "c1", Part: bot.Part{Problem: "mijn-map/x.nl.toml: line 1"}},
		Storage:  bot.Part{OK: true},
		Settings: bot.Part{OK: true},
		Channels: map[string]bot.Part{"telegram": {Problem: "lookup api.telegram.org on 10.255.255.53:53"}},
		Outbox:   bot.OutboxStatus{Waiting: 4711},
		Staged:   4711,
	}
}

func TestPublicAnswersTellNothing(t *testing.T) {
	t.Parallel()
	d := &fixed{status: unwell()}
	brief := get(monitor.Brief(d), nil)
	assert.Equal(t, http.StatusOK, brief.Code, "the site works")
	assert.JSONEq(t, `{"ok":false,"ready":true,"content":false,"storage":true,"settings":true,"telegram":false}`, brief.Body.String())
	assert.Equal(t, http.StatusOK, get(monitor.Ready(d), nil).Code)
	assert.Equal(t, http.StatusOK, get(monitor.Alive(d), nil).Code)

	detail := get(monitor.Detail(d), nil)
	assert.Equal(t, http.StatusServiceUnavailable, detail.Code)
	assert.Contains(t, detail.Body.String(), "mijn-map/x.nl.toml")
	assert.Contains(t, detail.Body.String(), "10.255.255.53")

	d.status.Ready, d.ready, d.alive = false, errors.New("disk full"), errors.New("disk hangs")
	for name, h := range map[string]http.Handler{"livez": monitor.Alive(d), "readyz": monitor.Ready(d), "healthz": monitor.Brief(d)} {
		w := get(h, nil)
		assert.Equal(t, http.StatusServiceUnavailable, w.Code, name)
		for _, secret := range secrets {
			assert.NotContains(t, w.Body.String(), secret, name)
		}
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"), name)
	}
}

func TestMetricsAreForThisMachine(t *testing.T) {
	t.Parallel()
	h := monitor.LocalOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"this machine":             {func(*http.Request) {}, http.StatusNoContent},
		"IPv6":                     {func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:5000", "[::1]:8080" }, http.StatusNoContent},
		"by name":                  {func(r *http.Request) { r.Host = "localhost" }, http.StatusNoContent},
		"another machine":          {func(r *http.Request) { r.RemoteAddr = "192.0.2.1:5000" }, http.StatusNotFound},
		"a proxy":                  {func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }, http.StatusNotFound},
		"a proxy with RFC 7239":    {func(r *http.Request) { r.Header.Set("Forwarded", "for=192.0.2.1") }, http.StatusNotFound},
		"a proxy that says little": {func(r *http.Request) { r.Host = "check.example" }, http.StatusNotFound},
		"no address":               {func(r *http.Request) { r.RemoteAddr = "@" }, http.StatusNotFound},
	} {
		assert.Equal(t, c.want, get(h, c.change).Code, name)
	}
}

// TestMetrics: the numbers are those of the dispatcher, and labels come from a fixed set whatever is requested.
func TestMetrics(t *testing.T) {
	t.Parallel()
	m := monitor.NewMetrics(monitor.Build{Version: "v9", Go: "go1"})
	d := &fixed{status: unwell()}
	d.status.Usage = bot.Usage{Open: 3, Free: 5 << 30, Used: 1 << 20}
	d.status.HandedOver = time.Unix(1_800_000_000, 0)
	backup := time.Time{}
	m.Watch(d, func() (time.Time, error) { return backup, nil })
	m.Turn("web", 30*time.Millisecond)
	site := m.Requests("/telegram", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "missing") {
			http.NotFound(w, r)
		}
	}))
	for _, path := range []string{"/", "/p/secret-code", "/missing/4711", "/werkgroep/cijfers", "/telegram", "/static/a.css", "/healthz"} {
		get(site, func(r *http.Request) { r.URL.Path = path })
	}
	get(site, func(r *http.Request) { r.Method = http.MethodPost })
	get(site, func(r *http.Request) { r.Method = "BREW" })

	w := get(m.Handler(), nil)
	require.Equal(t, http.StatusOK, w.Code)
	text := w.Body.String()
	for _, want := range []string{
		"digiwijzer_updates_total 7", "digiwijzer_ready 1", `digiwijzer_part_ok{part="content"} 0`, `digiwijzer_part_ok{part="telegram"} 0`,
		`digiwijzer_part_ok{part="storage"} 1`, "digiwijzer_outbox_messages 4711", "digiwijzer_open_conversations 3", "digiwijzer_staged_conversations 4711",
		"digiwijzer_last_hand_over_timestamp_seconds 1.8e+09", "digiwijzer_last_backup_timestamp_seconds 0",
		`digiwijzer_turn_duration_seconds_count{channel="web"} 1`, `digiwijzer_turn_duration_seconds_bucket{channel="web",le="0.05"} 1`,
		`digiwijzer_http_requests_total{route="page",status="2xx"} 2`, `digiwijzer_http_requests_total{route="page",status="4xx"} 1`,
		`digiwijzer_http_requests_total{route="partner",status="2xx"} 1`, `digiwijzer_http_requests_total{route="webhook",status="2xx"} 1`,
		`digiwijzer_http_requests_total{route="form",status="2xx"} 1`, `digiwijzer_http_request_duration_seconds_count{route="dashboard"} 1`,
		`version="v9"`, "go_goroutines ", "process_open_fds ",
	} {
		assert.Contains(t, text, want)
	}
	for _, secret := range []string{"secret-code", "missing", "BREW", "mijn-map", "lookup"} {
		assert.NotContains(t, text, secret)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	require.NoError(t, err)
	for name, f := range families {
		assert.NotEmpty(t, f.GetHelp(), name)
	}
}
