package figures

import (
	"fmt"
	"slices"
)

// Level says for whom a table is.
type Level string

// The levels.
const (
	Internal Level = "intern" // the coordinator and the working group
	External Level = "extern" // anybody
)

const (
	internalLeast = 5  // firms in a cell that is shown to the working group
	externalLeast = 10 // and to anybody
	partnerLeast  = 10 // firms of a partner that is named, at any level
	shareLeast    = 10 // firms a percentage is taken of
	widthLeast    = 4  // how uncertain a hidden cell must stay for an attacker
)

// least is the smallest count shown of a dimension.
func (l Level) least(d Dimension) int {
	if l == External {
		return externalLeast
	}
	if d == ByPartner {
		return partnerLeast
	}
	return internalLeast
}

// Group is one row or column of a table: one value of its dimension, or several taken
// together because one of them alone would tell too much.
type Group []string

// groups puts the values of a dimension that are too rare together. Together they are
// as many as a single group must be, and so many that nobody can tell how they are
// divided. What an external reader sees apart, an internal one does too: both pool the
// rarest first. The result is nil when nothing is left to tell apart.
func groups(c *Cube, d Dimension, l Level) []Group {
	values := c.ascending(d)
	pooled, sum := 0, 0
	for pooled < len(values) {
		rarest := c.one[d][values[pooled]]
		if rarest >= l.least(d) && (pooled == 0 || safePool(pooled, sum, l.least(d))) {
			break
		}
		sum += rarest
		pooled++
	}
	if pooled > 0 && pooled == len(values) && !(pooled > 1 && safePool(pooled, sum, l.least(d))) {
		return nil
	}
	var all []Group
	for _, value := range values[pooled:] {
		all = append(all, Group{value})
	}
	slices.Reverse(all) // most frequent first
	if pooled > 0 {
		all = append(all, slices.Sorted(slices.Values(values[:pooled])))
	}
	return all
}

// safePool tells whether n values that are sum together hide each other: an attacker
// knows that each occurs, so one of them lies between 1 and sum-(n-1).
func safePool(n, sum, least int) bool { return n > 1 && sum >= least && sum-n >= widthLeast }

// Cell is a count in a table that is released. A hidden one holds no number.
type Cell struct {
	N      int
	Hidden bool
}

// MarshalJSON writes the number, or null where it is hidden.
func (c Cell) MarshalJSON() ([]byte, error) {
	if c.Hidden {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%d", c.N), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Cell) UnmarshalJSON(text []byte) error {
	if *c = (Cell{Hidden: true}); string(text) == "null" {
		return nil
	}
	c.Hidden = false
	_, err := fmt.Sscan(string(text), &c.N)
	return err
}

// Reason says why a table is not released.
type Reason string

// The reasons.
const (
	Released    Reason = ""
	TooFew      Reason = "too_few"      // too few outcomes for any row
	TooTelling  Reason = "too_telling"  // nothing could be shown without telling of someone
	NotAnswered Reason = "not_answered" // nobody said anything on it
)

// Table is a table that may be shown. Rows and Columns are dimensions; Columns is empty
// in a table of one dimension, which then has one column.
type Table struct {
	Rows         Dimension `json:"rows"`
	Columns      Dimension `json:"columns,omitempty"`
	RowGroups    []Group   `json:"row_values"`
	ColumnGroups []Group   `json:"column_values,omitempty"`
	Cells        [][]Cell  `json:"cells"`
	RowTotals    []int     `json:"row_totals,omitempty"`
	ColumnTotals []int     `json:"column_totals,omitempty"`
	Total        int       `json:"total"`              // outcomes; 0 where they are too few
	Overlap      bool      `json:"overlap,omitempty"`  // a firm may be in several rows: the columns do not add up
	Withheld     Reason    `json:"withheld,omitempty"` // why there is no table
}

// ID names the table: its dimensions.
func (t Table) ID() string {
	if t.Columns == "" {
		return string(t.Rows)
	}
	return string(t.Rows) + "," + string(t.Columns)
}

// Hides tells whether any cell is hidden, or values were taken together.
func (t Table) Hides() bool {
	for _, row := range t.Cells {
		if slices.ContainsFunc(row, func(c Cell) bool { return c.Hidden }) {
			return true
		}
	}
	pooled := func(g Group) bool { return len(g) > 1 }
	return slices.ContainsFunc(t.RowGroups, pooled) || slices.ContainsFunc(t.ColumnGroups, pooled)
}

// Line releases a table of one dimension.
func Line(c *Cube, d Dimension, l Level) Table {
	t := Table{Rows: d, Total: c.total(d), Overlap: d == ByInitiative}
	if t.Overlap {
		t.Total = c.Outcomes()
	}
	if t.Total < l.least(d) {
		t.Total, t.Withheld = 0, TooFew
		return t
	}
	if t.RowGroups = groups(c, d, l); t.RowGroups == nil {
		t.Withheld = TooTelling
		return t
	}
	for _, g := range t.RowGroups {
		t.Cells = append(t.Cells, []Cell{{N: c.sum(d, g)}})
	}
	return t
}

func (c *Cube) sum(d Dimension, g Group) (n int) {
	for _, value := range g {
		n += c.one[d][value]
	}
	return n
}
