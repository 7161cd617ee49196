package disclosure

import (
	"fmt"
	"slices"
)

// Level is the audience of a table.
type Level string

// The levels.
const (
	Internal Level = "intern" // coordinators and the working group
	External Level = "extern" // the public
)

const (
	internalThreshold = 5  // businesses in a visible cell at level Internal
	externalThreshold = 10 // and at level External
	partnerThreshold  = 10 // businesses of a named partner, at any level
	minWidth          = 4  // least distance between the bounds of a hidden cell
)

// threshold returns the smallest count above zero that is shown of a dimension.
func (l Level) threshold(d Dimension) int {
	if l == External {
		return externalThreshold
	}
	if d == ByPartner {
		return partnerThreshold
	}
	return internalThreshold
}

// Group is one row or column of a table: one value of its dimension, or several that are
// pooled because one of them alone would be below the threshold.
type Group []string

// groups pools the values of a dimension that are too rare. A pool reaches the threshold
// and leaves its division uncertain. Both levels pool the rarest values first, so the
// groups of External are a coarsening of those of Internal. The result is nil when no two
// groups are left.
func groups(c *Cube, d Dimension, l Level) []Group {
	values := c.ascending(d)
	pooled, sum := 0, 0
	for pooled < len(values) {
		rarest := c.one[d][values[pooled]]
		if rarest >= l.threshold(d) && (pooled == 0 || safeGroup(pooled, sum, l.threshold(d))) {
			break
		}
		sum += rarest
		pooled++
	}
	if pooled > 0 && pooled == len(values) && !(pooled > 1 && safeGroup(pooled, sum, l.threshold(d))) {
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

// safeGroup reports whether n pooled values with the given sum hide each other: each is
// known to occur, so one of them lies between 1 and sum-(n-1).
func safeGroup(n, sum, least int) bool { return n > 1 && sum >= least && sum-n >= minWidth }

// Cell is a count in a released table. A hidden one has no number.
type Cell struct {
	N      int
	Hidden bool
}

// MarshalJSON writes the number, or null for a hidden cell.
func (c Cell) MarshalJSON() ([]byte, error) {
	if c.Hidden {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%d", c.N), nil
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (c *Cell) UnmarshalJSON(text []byte) error {
	if *c = (Cell{Hidden: true}); string(text) == "null" {
		return nil
	}
	c.Hidden = false
	_, err := fmt.Sscan(string(text), &c.N)
	return err
}

// Reason is why a table is withheld.
type Reason string

// The reasons.
const (
	Released    Reason = ""
	TooFew      Reason = "too_few"      // fewer outcomes than the threshold
	Disclosive  Reason = "too_telling"  // no protected form of the table is left
	NotAnswered Reason = "not_answered" // the table is not in the report
)

// Table is a released table. A table of one dimension has an empty Columns and one column
// of cells.
type Table struct {
	Rows         Dimension `json:"rows"`
	Columns      Dimension `json:"columns,omitempty"`
	RowGroups    []Group   `json:"row_values"`
	ColumnGroups []Group   `json:"column_values,omitempty"`
	Cells        [][]Cell  `json:"cells"`
	RowTotals    []int     `json:"row_totals,omitempty"`
	ColumnTotals []int     `json:"column_totals,omitempty"`
	Total        int       `json:"total"`              // outcomes; 0 when they are too few
	Overlap      bool      `json:"overlap,omitempty"`  // a business may be in several rows, so columns do not add up
	Withheld     Reason    `json:"withheld,omitempty"` // why the table is empty
}

// ID returns the stable name of the table: its dimensions.
func (t Table) ID() string {
	if t.Columns == "" {
		return string(t.Rows)
	}
	return string(t.Rows) + "," + string(t.Columns)
}

// Line releases a table of one dimension.
func Line(c *Cube, d Dimension, l Level) Table {
	t := Table{Rows: d, Total: c.total(d), Overlap: d == ByInitiative}
	if t.Overlap {
		t.Total = c.Outcomes()
	}
	if t.Total < l.threshold(d) {
		t.Total, t.Withheld = 0, TooFew
		return t
	}
	if t.RowGroups = groups(c, d, l); t.RowGroups == nil {
		t.Withheld = Disclosive
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
