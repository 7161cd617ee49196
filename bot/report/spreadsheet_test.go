package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"

	"digiwijzer/bot/report"
	"digiwijzer/store/figures/disclosure"
)

// TestForeignFiguresOfASpreadsheet: a file as spreadsheets with Dutch or English settings save
// it gives the same figures, by codes or by names.
func TestForeignFiguresOfASpreadsheet(t *testing.T) {
	const want = "sector,horeca 31\n"
	western, err := charmap.Windows1252.NewEncoder().String("tabel;rij;aantal\r\nBranche;Horeca en verblijf;31\r\nWensen – anders;café;4\r\n")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		file    string
		remarks int
	}{
		"ours":                    {"table,row,column,value,unit\r\nsector,horeca,n,31,count\r\n", 0},
		"semicolons":              {"table;row;column;value;unit\r\nsector;horeca;n;31;count\r\n", 0},
		"byte order mark":         {"\ufefftable,row,column,value,unit\r\nsector,horeca,n,31,count\r\n", 0},
		"both":                    {"\ufefftable;row;column;value;unit\r\nsector;horeca;n;31;count\r\n", 0},
		"sep line":                {"sep=;\r\ntable;row;value\r\nsector;horeca;31\r\n", 0},
		"decimal comma":           {"table;row;value\r\nsector;horeca;31,0\r\n", 0},
		"decimal point":           {"table,row,value\r\nsector,horeca,31.00\r\n", 0},
		"tabs":                    {"table\trow\tvalue\r\nsector\thoreca\t31\r\n", 0},
		"names, accents, anyhow":  {western, 1},
		"capitals":                {"Tabel;Rij;Waarde\r\nBRANCHE;HORECA;31\r\n", 0},
		"percentages left out":    {"table,row,column,value,unit\r\nsector,horeca,n,31,count\r\nsector,horeca,percent,12,percent\r\n", 0},
		"formula guard":           {"table,row,value\r\n'sector,'horeca,31\r\n", 0},
		"an unknown row":          {"table,row,value\r\nsector,horeca,31\r\nsector,Horeka,3\r\n", 1},
		"an unknown table, twice": {"table,row,value\r\nsector,horeca,31\r\nkleur,rood,3\r\nkleur,blauw,4\r\n", 1},
	} {
		foreign, remarks, err := report.ReadForeign([]byte(c.file), "x", words(t))
		require.NoError(t, err, name)
		assert.Len(t, remarks, c.remarks, "%s: %v", name, remarks)
		r := year(t, disclosure.Internal)
		r.Foreign = []report.Foreign{foreign}
		assert.Equal(t, want, foreignCells(t, r), name)
	}
}

// foreignCells returns the cells in the column of another initiative.
func foreignCells(t *testing.T, r report.Rendering) string {
	t.Helper()
	var b strings.Builder
	for _, section := range r.Document().Sections {
		for _, table := range section.Tables {
			for _, row := range table.Rows {
				for i, cell := range row.Cells {
					if table.Columns[i].ID == "with" && cell.Kind == report.Number {
						b.WriteString(table.ID + "," + row.ID + " " + cell.String() + "\n")
					}
				}
			}
		}
	}
	return b.String()
}

// TestForeignFiguresWithoutOurs: what we have no row for gets one, so that no figure of
// another initiative disappears.
func TestForeignFiguresWithoutOurs(t *testing.T) {
	foreign, remarks, err := report.ReadForeign([]byte("table,row,value\r\nsector,transport,31\r\n"), "Werkplaats", words(t))
	require.NoError(t, err)
	assert.Empty(t, remarks)
	r := year(t, disclosure.Internal)
	r.Foreign = []report.Foreign{foreign}
	require.NotContains(t, written(t, year(t, disclosure.Internal), report.Text), "Transport en logistiek", "we counted nobody there")
	assert.Regexp(t, `(?m)^Transport en logistiek +0 +\d*%? +31$`, written(t, r, report.Text))
}

func TestForeignFiguresTooMany(t *testing.T) {
	_, remarks, err := report.ReadForeign([]byte("table,row,value\n"+strings.Repeat("sector,Horeka,1\n", 50)), "x", words(t))
	require.NoError(t, err)
	assert.Len(t, remarks, 21)
	assert.Equal(t, "regel 2 heeft geen plaats: Branche kent geen \"Horeka\" (1)", remarks[0])
	assert.Equal(t, "en nog 30 regels zonder plaats", remarks[20])
}

// TestDutchCSV: the same lines as CSV, with what Dutch spreadsheets need; our own reader takes
// both.
func TestDutchCSV(t *testing.T) {
	r := year(t, disclosure.Internal)
	dutch, plain := written(t, r, report.CSVNL), written(t, r, report.CSV)
	require.True(t, strings.HasPrefix(dutch, "\ufefftable;row;column;value;unit;"))
	assert.Equal(t, strings.Count(plain, "\r\n"), strings.Count(dutch, "\r\n"))
	assert.NotContains(t, plain+dutch, "'%")
	ours, _, err := report.ReadForeign([]byte(plain), "x", words(t))
	require.NoError(t, err)
	again, _, err := report.ReadForeign([]byte(dutch), "x", words(t))
	require.NoError(t, err)
	assert.Equal(t, ours, again)
}
