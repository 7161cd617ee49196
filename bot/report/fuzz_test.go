package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzForeign: a file of another initiative is refused or gives counts that are not negative,
// neither one by one nor summed.
func FuzzForeign(f *testing.F) {
	const first = "table,row,column,value,unit\r\n"
	for _, seed := range []string{first + "sector,horeca,n,12,count\r\nsector,zorg,n,,hidden\r\n", first + "sector,a,n,-1,count", first + "sector,a,n,1e9,count",
		first + "sector,a,n,9223372036854775807,count\nsector,b,n,9223372036854775807,count\n", "unit,value,column,row,table\n", first + "\"sector", "\xef\xbb\xbf" + first, "", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		other, err := ReadForeign(strings.NewReader(text), "x")
		if err != nil {
			require.LessOrEqual(t, len(err.Error()), len(text)*4+300)
			return
		}
		tables := map[string][]string{}
		for key, cell := range other.counts {
			require.GreaterOrEqual(t, cell.N, 0)
			require.Equal(t, cell, other.cell(key[0], key[1], nil))
			tables[key[0]] = append(tables[key[0]], key[1])
		}
		for table, rows := range tables {
			require.GreaterOrEqual(t, other.cell(table, "no such row, surely", rows).N, 0)
			require.Equal(t, Blank, other.cell(table, "no such row, surely", []string{"nor this"}).Kind)
		}
	})
}
