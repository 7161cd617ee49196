package disclosure

import (
	"encoding/json"
	"errors"
	"strings"
)

// EarlierTable is a table as the first version of the program released it: exact, with small
// counts hidden and rare values pooled. A release never changes.
type EarlierTable struct {
	Level Level
	Table Table
}

// PoolSign is between the values that share a row or column of an earlier table.
const PoolSign = " + "

// ParseEarlier reads an earlier table from the ledger.
func ParseEarlier(l Level, content string) (EarlierTable, error) {
	var stored struct {
		Rows         Dimension  `json:"rows"`
		Columns      Dimension  `json:"columns"`
		RowValues    [][]string `json:"row_values"`
		ColumnValues [][]string `json:"column_values"`
		Cells        [][]*int   `json:"cells"`
		Total        int        `json:"total"`
	}
	if err := json.Unmarshal([]byte(content), &stored); err != nil {
		return EarlierTable{}, err
	}
	if len(stored.Cells) != len(stored.RowValues) {
		return EarlierTable{}, errors.New("an earlier table has other rows than values")
	}
	t := Table{Rows: stored.Rows, Columns: stored.Columns, Total: stored.Total, RowValues: pooled(stored.RowValues),
		ColumnValues: pooled(stored.ColumnValues), Cells: [][]Figure{}}
	for _, row := range stored.Cells {
		if len(row) != max(1, len(stored.ColumnValues)) {
			return EarlierTable{}, errors.New("an earlier table has other columns than values")
		}
		cells := make([]Figure, len(row))
		for i, n := range row {
			if n != nil {
				cells[i] = Figure{n: *n, told: true}
			}
		}
		t.Cells = append(t.Cells, cells)
	}
	return EarlierTable{l, t}, nil
}

func pooled(groups [][]string) []string {
	names := make([]string, len(groups))
	for i, values := range groups {
		names[i] = strings.Join(values, PoolSign)
	}
	return names
}
