package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/store/figures/disclosure"
)

// FuzzForeign: a file of another initiative is refused or gives counts that are not negative,
// neither one by one nor summed.
func FuzzForeign(f *testing.F) {
	const first = "table,row,column,value,unit\r\n"
	for _, seed := range []string{first + "sector,horeca,n,12,count\r\nsector,zorg,n,,hidden\r\n", first + "sector,a,n,-1,count", first + "sector,a,n,1e9,count",
		first + "sector,a,n,9223372036854775807,count\nsector,b,n,9223372036854775807,count\n", "unit,value,column,row,table\n", first + "\"sector", "\xef\xbb\xbf" + first, "", "\x00"} {
		f.Add(seed)
	}
	words := Words{Text: func(id string, pairs ...any) string { return id }, Has: func(string) bool { return false },
		Values: func(disclosure.Dimension) []string { return []string{"horeca", "zorg"} }}
	f.Fuzz(func(t *testing.T, text string) {
		other, remarks, err := ReadForeign([]byte(text), "x", words)
		if err != nil {
			require.LessOrEqual(t, len(err.Error()), len(text)*4+300)
			return
		}
		require.LessOrEqual(t, len(remarks), 2*mostRemarks+1)
		for d, counts := range other.counts {
			var rows []string
			for value, cell := range counts {
				require.GreaterOrEqual(t, cell.N, 0)
				require.Equal(t, cell, other.cell(d, value, nil))
				rows = append(rows, value)
			}
			require.GreaterOrEqual(t, other.cell(d, "no such row, surely", rows).N, 0)
			require.Equal(t, Blank, other.cell(d, "no such row, surely", []string{"nor this"}).Kind)
		}
	})
}
