package web

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"digiwijzer/bot"
)

// Metrics serves the dispatcher's counters in the Prometheus format: totals only, no
// label or value about a person, chat or answer.
func Metrics(counters func() bot.Counters) http.Handler {
	registry := prometheus.NewRegistry()
	for _, m := range metrics {
		registry.MustRegister(prometheus.NewCounterFunc(
			prometheus.CounterOpts{Namespace: "digiwijzer", Name: m.name, Help: m.help},
			func() float64 { return float64(m.of(counters())) },
		))
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

var metrics = []struct {
	name, help string
	of         func(bot.Counters) int64
}{
	{"updates_total", "Turns committed.", func(c bot.Counters) int64 { return c.Updates }},
	{"duplicates_total", "Updates that were seen before.", func(c bot.Counters) int64 { return c.Duplicates }},
	{"refused_total", "Updates not taken: flooded, closing or storage at fault.", func(c bot.Counters) int64 { return c.Refused }},
	{"failures_total", "Tries of a turn that failed.", func(c bot.Counters) int64 { return c.Failures }},
	{"parked_total", "Updates put aside after three failures.", func(c bot.Counters) int64 { return c.Parked }},
	{"commits_total", "Transactions.", func(c bot.Counters) int64 { return c.Commits }},
	{"faults_total", "Transactions that the storage refused.", func(c bot.Counters) int64 { return c.Faults }},
	{"sent_total", "Messages delivered.", func(c bot.Counters) int64 { return c.Sent }},
	{"throttled_total", "Times a channel told us to slow down.", func(c bot.Counters) int64 { return c.Throttled }},
	{"repeated_total", "Sends put off for another try.", func(c bot.Counters) int64 { return c.Repeated }},
	{"dropped_total", "Messages given up.", func(c bot.Counters) int64 { return c.Dropped }},
	{"gone_total", "People who blocked the bot or left.", func(c bot.Counters) int64 { return c.Gone }},
}
