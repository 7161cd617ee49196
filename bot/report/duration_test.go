package report_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/report"
	"digiwijzer/store/figures"
	"digiwijzer/store/figures/disclosure"
)

// tableIn returns a table of a document.
func tableIn(t *testing.T, d report.Document, id string) report.Table {
	t.Helper()
	for _, section := range d.Sections {
		if i := slices.IndexFunc(section.Tables, func(t report.Table) bool { return t.ID == id }); i >= 0 {
			return section.Tables[i]
		}
	}
	require.Fail(t, "no table "+id)
	return report.Table{}
}

// How long the check took is beside the funnel, the shortest first, with the one class that is
// left out named below; each level tells it by its own rules.
func TestTimeToFinishIsReported(t *testing.T) {
	for level, want := range map[disclosure.Level][]string{
		disclosure.Internal: {"36", "33%", "30", "28%", "42", "39%", "0", "0%"},
		disclosure.External: {"36", "33%", "30", "28%", "42", "39%", "minder dan 12", ""},
	} {
		d := quarter(t, level).Document()
		table := tableIn(t, d, "duration")
		var rows, cells []string
		for _, row := range table.Rows {
			rows = append(rows, row.Title)
			for _, cell := range row.Cells {
				if row.Title != "8 tot 15 minuten" && !row.Total {
					cells = append(cells, cell.String())
				}
			}
		}
		assert.Equal(t, []string{"Minder dan 4 minuten", "4 tot 8 minuten", "8 tot 15 minuten", "Een dag of langer, met een pauze", "Niet bekend", "Alle bedrijven"}, rows)
		assert.Equal(t, want, cells, level)
		assert.Contains(t, table.Notes, "Wie hier niet bij staat, deed er 15 minuten tot een dag over.")
		i := slices.IndexFunc(d.Figures, func(f report.Figure) bool { return f.Label == "Klaar binnen vier minuten" })
		require.GreaterOrEqual(t, i, 0)
		assert.Contains(t, d.Figures[i].Note, "; de helft was binnen 8 minuten klaar")
	}
}

// The exact weeks have it of everybody, also of whom it is unknown.
func TestTimeToFinishOfWeeks(t *testing.T) {
	counts := figures.Snapshot{Counted: []figures.Count{{Week: "2026-W46", Kind: figures.Completed, N: 9},
		{Week: "2026-W46", Kind: figures.Duration, Key: "4-7min", N: 5}, {Week: "2026-W46", Kind: figures.Duration, Key: "day", N: 1}}}
	r := weekly(t, figures.Period{From: "2026-W46", To: "2026-W46"}, counts)
	var cells []string
	for _, row := range tableIn(t, r.Document(), "durations").Rows {
		cells = append(cells, row.Title+": "+row.Cells[0].String())
	}
	assert.Equal(t, []string{"Minder dan 4 minuten: 0", "4 tot 8 minuten: 5", "8 tot 15 minuten: 0", "15 minuten tot een dag: 0", "Een dag of langer, met een pauze: 1",
		"Niet bekend: 3"}, cells)
	for _, section := range weekly(t, figures.Period{From: "2026-W46", To: "2026-W47"}, busy).Document().Sections {
		for _, table := range section.Tables {
			assert.NotEqual(t, "durations", table.ID, "not counted then")
		}
	}
}
