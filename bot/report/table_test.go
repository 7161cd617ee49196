package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/report"
	"digiwijzer/locales"
	"digiwijzer/store/monitor"
)

func weekly(t *testing.T, period monitor.Period, f monitor.Figures) report.Weekly {
	t.Helper()
	texts, err := locales.Load(locales.Embedded())
	require.NoError(t, err)
	r, err := monitor.NewReport(period, []string{"kvk", "edih"}, f)
	require.NoError(t, err)
	id := func(id string) string { return strings.ToUpper(id) }
	return report.Weekly{Report: r, Year: monitor.Weekly{Target: 25}, Initiative: id, Question: id, Partner: id,
		Text: func(id string, pairs ...any) string { return texts.Text("nl", id, pairs...) }}
}

func table(t *testing.T, w report.Weekly) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, w.Table(&b))
	return b.String()
}

var busy = monitor.Figures{
	Counted: []monitor.Count{
		{Week: "2026-W46", Kind: monitor.Started, N: 10}, {Week: "2026-W46", Kind: monitor.Partner, Key: "bakkers", N: 4},
		{Week: "2026-W46", Kind: monitor.Completed, N: 8}, {Week: "2026-W46", Kind: monitor.Referral, Key: "kvk", N: 3},
	},
	Waiting: []monitor.Count{{Week: "2026-W47", Kind: monitor.Completed, N: 1}, {Week: "2026-W47", Kind: monitor.Referral, Key: "kvk", N: 1}},
}

func TestTable(t *testing.T) {
	w := weekly(t, monitor.Period{From: "2026-W46", To: "2026-W47"}, busy)
	w.Before.Started, w.Running = 7, "2026-W47"
	text := table(t, w)
	assert.Regexp(t, `(?m)^Begonnen +10 +0 +10 +7$`, text)
	assert.Regexp(t, `(?m)^Deed de check +8 +1 +9 +0$`, text, "what waits is in it")
	assert.Regexp(t, `(?m)^  KVK +3 +1 +4 +0$`, text)
	assert.Regexp(t, `(?m)^  BAKKERS +4 +0 +4 +0$`, text)
	assert.NotContains(t, text, "EDIH", "zeros are left out of the table")
	assert.Contains(t, text, "W47*")
	assert.Contains(t, text, "25 van 250 bedrijven in de doelgroep deden de check (10%)")
	assert.Contains(t, text, "60% van wie begon, kwam zonder link van een partner")
	assert.Contains(t, text, "1 afgerond gesprek wacht nog")
	assert.Contains(t, text, "geen steekproef")
}

func TestTableOfNothing(t *testing.T) {
	text := table(t, weekly(t, monitor.Period{From: "2026-W47", To: "2026-W47"}, monitor.Figures{Hidden: true}))
	assert.Regexp(t, `(?m)^Begonnen +0 +0 +0$`, text)
	assert.Contains(t, text, "Zonder de sleutel")
	assert.NotContains(t, text, "Verwezen naar")
}

func TestLongPeriodGoesDown(t *testing.T) {
	text := table(t, weekly(t, monitor.Period{From: "2026-W01", To: "2026-W53"}, busy))
	assert.Regexp(t, `(?m)^  2026-W46 +10 +8$`, text)
	for line := range strings.Lines(text) {
		if !strings.Contains(line, ".") { // the sentences below the table wrap in the terminal
			assert.Less(t, len([]rune(line)), 100)
		}
	}
}
