package monitor

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"digiwijzer/bot"
)

const namespace = "digiwijzer"

// Build is the version of the program.
type Build struct{ Version, Commit, Changed, Go, SQLite string }

// Metrics measures the program. Labels have a fixed set of values each; none is a chat, code or address.
type Metrics struct {
	registry *prometheus.Registry
	turns    *prometheus.HistogramVec
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	groups   prometheus.Histogram // nil: the storage is not a shared database
	chats    prometheus.Histogram
	repeats  prometheus.Counter
}

// NewMetrics returns metrics of the program itself; Watch adds those of a dispatcher.
func NewMetrics(b Build) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		turns: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "turn_duration_seconds", Help: "Time from queueing an update to its commit.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10},
		}, []string{"channel"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "http_requests_total", Help: "Requests by kind of address and class of status.",
		}, []string{"route", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10, 30},
		}, []string{"route"}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1; the labels are the version of the program.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "changed": b.Changed, "goversion": b.Go, "sqlite": b.SQLite},
	})
	info.Set(1)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		info, m.turns, m.requests, m.took)
	return m
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 2 * healthTimeout})
}

// Turn measures the turn of an update, for bot.Options.Observe.
func (m *Metrics) Turn(channel string, sinceQueued time.Duration) {
	m.turns.WithLabelValues(channel).Observe(sinceQueued.Seconds())
}

// Requests measures the requests that next answers. webhook is the path of the webhook, or
// empty.
func (m *Metrics) Requests(webhook string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		route, recorder := routeOf(r, webhook), &statusRecorder{ResponseWriter: w}
		defer func() { // also when the handler aborts
			m.requests.WithLabelValues(route, recorder.class()).Inc()
			m.took.WithLabelValues(route).Observe(time.Since(began).Seconds())
		}()
		next.ServeHTTP(recorder, r)
	})
}

// WatchDatabase adds the metrics of a database that several processes share. standbys returns how many servers follow it
// and by how much the slowest is behind; nil: unknown, for example because the database user lacks the permission.
func (m *Metrics) WatchDatabase(standbys func(context.Context) (count int, lag *time.Duration, err error)) {
	m.groups = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: "transaction_duration_seconds", Help: "Time of a transaction on the conversations, with repeats.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10},
	})
	m.chats = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: "transaction_chats", Help: "Chats that a transaction on the conversations locked.",
		Buckets: []float64{0, 1, 2, 4, 8, 16, 32, 64, 128},
	})
	m.repeats = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Name: "transaction_repeats_total", Help: "Transactions on the conversations that were repeated: a lock, a lost connection, another server.",
	})
	m.registry.MustRegister(m.groups, m.chats, m.repeats, standbyGauges{standbys})
}

// Transaction measures a transaction on the conversations, for store.Options.Committed. Before WatchDatabase nothing is
// measured.
func (m *Metrics) Transaction(chats int, took time.Duration, repeats int) {
	if m.groups == nil {
		return
	}
	m.groups.Observe(took.Seconds())
	m.chats.Observe(float64(chats))
	m.repeats.Add(float64(repeats))
}

// standbyGauges are read at each scrape; without an answer they are missing.
type standbyGauges struct {
	read func(context.Context) (int, *time.Duration, error)
}

var (
	descStandbys = describe("standbys", "Servers that follow the database of the conversations.")
	descLag      = describe("standby_lag_seconds", "How far the slowest of these is behind; absent where the database user may not see it.")
)

// Describe implements prometheus.Collector.
func (standbyGauges) Describe(all chan<- *prometheus.Desc) {
	all <- descStandbys
	all <- descLag
}

// Collect implements prometheus.Collector.
func (g standbyGauges) Collect(all chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	count, lag, err := g.read(ctx)
	if err != nil {
		return
	}
	all <- prometheus.MustNewConstMetric(descStandbys, prometheus.GaugeValue, float64(count))
	if lag != nil {
		all <- prometheus.MustNewConstMetric(descLag, prometheus.GaugeValue, lag.Seconds())
	}
}

// routes are the kinds of addresses by the first part of their path; all others are pages.
var routes = map[string]string{
	"static": "asset", "kaart": "asset", "favicon.ico": "asset", "robots.txt": "asset", ".well-known": "asset",
	"werkgroep": "dashboard", "p": "partner", "embed": "partner",
	"livez": "health", "readyz": "health", "healthz": "health", "metrics": "health",
}

func routeOf(r *http.Request, webhook string) string {
	if webhook != "" && r.URL.Path == webhook {
		return "webhook"
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if route := routes[first]; route != "" {
		return route
	}
	if r.Method == http.MethodPost {
		return "form"
	}
	return "page"
}

// statusRecorder keeps the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusRecorder) WriteHeader(status int) {
	if s.status == 0 && status >= 200 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// class returns the class of the status, such as "2xx". Without one net/http answers 200.
func (s *statusRecorder) class() string {
	if s.status == 0 {
		return "2xx"
	}
	return strconv.Itoa(s.status/100) + "xx"
}

// Watch adds the metrics of a dispatcher. backup returns when the last backup was made; zero:
// never.
func (m *Metrics) Watch(d Dispatcher, backup func() (time.Time, error)) {
	for _, c := range counters {
		m.registry.MustRegister(prometheus.NewCounterFunc(
			prometheus.CounterOpts{Namespace: namespace, Name: c.name, Help: c.help},
			func() float64 { return float64(c.of(d.Counters())) },
		))
	}
	m.registry.MustRegister(&gauges{dispatcher: d, backup: backup})
}

var counters = []struct {
	name, help string
	of         func(bot.Counters) int64
}{
	{"updates_total", "Turns committed.", func(c bot.Counters) int64 { return c.Updates }},
	{"duplicates_total", "Updates that were seen before.", func(c bot.Counters) int64 { return c.Duplicates }},
	{"refused_total", "Updates refused: flooded, shutting down or storage failed.", func(c bot.Counters) int64 { return c.Refused }},
	{"failures_total", "Tries of a turn that failed.", func(c bot.Counters) int64 { return c.Failures }},
	{"parked_total", "Updates parked after three failures.", func(c bot.Counters) int64 { return c.Parked }},
	{"commits_total", "Transactions.", func(c bot.Counters) int64 { return c.Commits }},
	{"faults_total", "Transactions that the storage refused.", func(c bot.Counters) int64 { return c.Faults }},
	{"sent_total", "Messages delivered.", func(c bot.Counters) int64 { return c.Sent }},
	{"throttled_total", "Sends that a channel throttled.", func(c bot.Counters) int64 { return c.Throttled }},
	{"repeated_total", "Sends postponed for a retry.", func(c bot.Counters) int64 { return c.Repeated }},
	{"dropped_total", "Messages dropped.", func(c bot.Counters) int64 { return c.Dropped }},
	{"gone_total", "People who blocked the bot or left.", func(c bot.Counters) int64 { return c.Gone }},
}

// gauges are the values of a Status. They are read together, at each scrape.
type gauges struct {
	dispatcher Dispatcher
	backup     func() (time.Time, error)
	mu         sync.Mutex // concurrent scrapes read the storage one after another
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	descOK         = describe("part_ok", "1 when a part is healthy: content, storage, settings, or a channel.", "part")
	descReady      = describe("ready", "1 when the storage takes writes.")
	descOutbox     = describe("outbox_messages", "Messages not delivered yet.")
	descOldest     = describe("outbox_oldest_seconds", "Age of the oldest of these.")
	descStaged     = describe("staged_conversations", "Finished conversations not handed over to the figures yet.")
	descOpen       = describe("open_conversations", "Conversations that are stored and have not ended.")
	descFree       = describe("data_free_bytes", "Free space where the data is.")
	descSending    = describe("sending_share", "Part of all chats whose messages this program sends, 0 to 1; absent where there is one program.")
	descJobs       = describe("owns_jobs", "1: this program does the timed jobs; absent where there is one program.")
	descUsed       = describe("database_bytes", "Size of the database files.")
	descContent    = describe("content_timestamp_seconds", "When the content in use came into use.")
	descHandedOver = describe("last_hand_over_timestamp_seconds", "When conversations were last handed over; 0: not since the start.")
	descBackup     = describe("last_backup_timestamp_seconds", "When the last backup was made; 0: never.")
)

// Describe implements prometheus.Collector.
func (g *gauges) Describe(all chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descOK, descReady, descOutbox, descOldest, descStaged, descOpen, descFree, descUsed, descSending, descJobs, descContent, descHandedOver, descBackup} {
		all <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(all chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	s := g.dispatcher.Health(ctx)
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		all <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(descReady, one(s.Ready))
	gauge(descOK, one(s.Content.OK), "content")
	gauge(descOK, one(s.Storage.OK), "storage")
	gauge(descOK, one(s.Settings.OK), "settings")
	for name, p := range s.Channels {
		gauge(descOK, one(p.OK), name)
	}
	gauge(descOutbox, float64(s.Outbox.Waiting))
	gauge(descOldest, float64(s.Outbox.OldestSeconds))
	gauge(descStaged, float64(s.Staged))
	gauge(descOpen, float64(s.Usage.Open))
	gauge(descFree, float64(s.Usage.Free))
	gauge(descUsed, float64(s.Usage.Used))
	if s.Leases != nil {
		gauge(descSending, s.Leases.Sending)
		gauge(descJobs, one(s.Leases.Jobs))
	}
	gauge(descContent, seconds(s.Content.Since))
	gauge(descHandedOver, seconds(s.HandedOver))
	if backup, err := g.backup(); err == nil { // missing rather than wrong
		gauge(descBackup, seconds(backup))
	}
}

func one(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

// seconds returns a time as Prometheus does; 0 for the zero time.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}
