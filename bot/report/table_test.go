package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/report"
	"digiwijzer/locales"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

func words(t testing.TB) report.Words {
	t.Helper()
	texts, err := locales.BuiltIn()
	require.NoError(t, err)
	id := func(id string) string { return strings.ToUpper(id) }
	return report.Words{Lang: "nl", Initiative: id, Partner: id,
		Text:   func(id string, pairs ...any) string { return texts.Text("nl", id, pairs...) },
		Has:    func(id string) bool { return texts.Has("nl", id) },
		Values: func(d disclosure.Dimension) []string { return questionValues[d] }}
}

// questionValues are the values of some dimensions, in the order of the questions.
var questionValues = map[disclosure.Dimension][]string{
	disclosure.BySector: {"retail", "groothandel", "zakelijk", "zorg", "horeca", "bouw", "media", "maak", "agri", "ict", "transport", "persoonlijk", "anders"},
	disclosure.ByHelp:   {"klanten", "papier", "data", "veilig", "nieuw", "leren", "twijfel", "geen"},
}

func weekly(t testing.TB, period figures.Period, f figures.Snapshot) report.Rendering {
	t.Helper()
	r, err := figures.NewWeekly(period, []string{"kvk", "edih"}, f)
	require.NoError(t, err)
	progress, err := figures.NewProgress(period.To, 250, 25)
	require.NoError(t, err)
	none, err := figures.NewWeekly(period, []string{"kvk", "edih"}, figures.Snapshot{})
	require.NoError(t, err)
	return report.Rendering{Words: words(t), Report: figures.Report{Level: disclosure.Accountable, Trend: &figures.Trend{Weekly: r, Before: none.Totals, LastYear: none.Totals, Progress: progress}}}
}

func written(t testing.TB, r report.Rendering, f report.Format) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, r.Write(&b, f))
	return b.String()
}

var busy = figures.Snapshot{
	Counted: []figures.Count{
		{Week: "2026-W46", Kind: figures.Started, N: 10}, {Week: "2026-W46", Kind: figures.Partner, Key: "bakkers", N: 4},
		{Week: "2026-W46", Kind: figures.Completed, N: 8}, {Week: "2026-W46", Kind: figures.Referral, Key: "kvk", N: 3},
		{Week: "2026-W46", Kind: figures.Stopped, Key: "ai_use", N: 2},
	},
	Waiting: []figures.Count{{Week: "2026-W47", Kind: figures.Completed, N: 1}, {Week: "2026-W47", Kind: figures.Referral, Key: "kvk", N: 1}},
}

func TestTable(t *testing.T) {
	r := weekly(t, figures.Period{From: "2026-W46", To: "2026-W47"}, busy)
	r.Trend.Before.Started, r.Trend.LastYear.Started, r.Trend.Running = 7, 3, "2026-W47"
	text := written(t, r, report.Text)
	assert.Regexp(t, `(?m)^Begonnen +10 +0 +10 +7 +3$`, text)
	assert.Regexp(t, `(?m)^Deed de check +8 +1 +9 +0 +0$`, text, "what waits is in it")
	assert.Regexp(t, `(?m)^KVK +3 +1 +4 +0 +0$`, text)
	assert.Contains(t, text, "Niemand verwezen naar: EDIH.")
	assert.Regexp(t, `(?m)^BAKKERS +4 +0 +4 +0 +0$`, text)
	assert.Regexp(t, `(?m)^Gebruik van AI +2 +0 +2 +0 +0$`, text)
	assert.Contains(t, text, "W47*")
	assert.Contains(t, text, "25 van 250 bedrijven in de doelgroep deden de check (10%)")
	assert.Contains(t, text, "37,5 bedrijven per week")
	assert.Contains(t, text, "Bij 60% weten we niet via welke partner iemand begon")
	assert.Contains(t, text, "1 afgerond gesprek wacht nog")
	assert.Contains(t, text, "Het is geen steekproef.")
}

// TestPartnerNamedInALaterWeek: a conversation counts in the week it began, its partner in the week it is named.
func TestPartnerNamedInALaterWeek(t *testing.T) {
	r := weekly(t, figures.Period{From: "2026-W47", To: "2026-W47"}, figures.Snapshot{Counted: []figures.Count{
		{Week: "2026-W47", Kind: figures.Started, N: 1}, {Week: "2026-W47", Kind: figures.Partner, Key: "bakkers", N: 2}}})
	assert.Contains(t, written(t, r, report.Text), "Bij 0% weten we niet")
}

func TestEmptyTable(t *testing.T) {
	text := written(t, weekly(t, figures.Period{From: "2026-W47", To: "2026-W47"}, figures.Snapshot{NoKey: true}), report.Text)
	assert.Regexp(t, `(?m)^Begonnen +0 +0 +0$`, text)
	assert.Contains(t, text, "Zonder de sleutel")
}

func TestUnreadableRowsAreReported(t *testing.T) {
	period := figures.Period{From: "2026-W47", To: "2026-W47"}
	assert.Contains(t, written(t, weekly(t, period, figures.Snapshot{Unreadable: 1}), report.Text), "1 uitslag die nog op verwerking wachtte, is beschadigd")
	assert.NotContains(t, written(t, weekly(t, period, figures.Snapshot{}), report.Text), "beschadigd")
}

func TestLongPeriodListsWeeksInRows(t *testing.T) {
	text := written(t, weekly(t, figures.Period{From: "2026-W01", To: "2026-W53"}, busy), report.Text)
	assert.Regexp(t, `(?m)^2026-W46 +10 +8 +0 +3$`, text)
	assert.Regexp(t, `(?m)^2026-W45 +0 +0 +0 +0$`, text, "a week without anything is shown")
	for line := range strings.Lines(text) {
		if !strings.Contains(line, ".") { // the sentences below the table wrap in the terminal
			assert.Less(t, len([]rune(line)), 110)
		}
	}
}
