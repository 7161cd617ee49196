package disclosure

import "slices"

// Cross releases a table of two dimensions. Its totals equal those of the tables of one
// dimension; each cell is zero, at or above the threshold, or hidden together with enough
// others. Where suppression is not enough, rows or columns are merged; where that does not
// help the table is withheld.
func Cross(c *Cube, a, b Dimension, l Level) Table {
	if a == ByInitiative || b == ByInitiative {
		return overlapping(c, a, b, l)
	}
	t := Table{Rows: a, Columns: b, Total: c.total(a)}
	if t.Total < max(l.threshold(a), l.threshold(b)) {
		t.Total, t.Withheld = 0, TooFew
		return t
	}
	d := newDraft(c, a, b, l)
	if l == External && d.big() {
		// A reader of both levels must not learn more than from the internal one alone.
		inner := newDraft(c, a, b, Internal)
		if !inner.protect(max(internalThreshold, Internal.threshold(a), Internal.threshold(b))) {
			t.Withheld = Disclosive
			return t
		}
		d = d.coarsenedTo(inner)
	}
	if !d.protect(max(l.threshold(a), l.threshold(b))) {
		t.Withheld = Disclosive
		return t
	}
	d.fill(&t)
	return t
}

// draft is a table before it is released, with its true counts.
type draft struct {
	grid
	rows, columns []Group
}

func newDraft(c *Cube, a, b Dimension, l Level) *draft {
	d := &draft{rows: groups(c, a, l), columns: groups(c, b, l)}
	for _, row := range d.rows {
		counts := make([]int, len(d.columns))
		for j, column := range d.columns {
			for _, av := range row {
				for _, bv := range column {
					counts[j] += c.count(a, av, b, bv)
				}
			}
		}
		d.n = append(d.n, counts)
		d.hidden = append(d.hidden, make([]bool, len(counts)))
	}
	return d
}

func (d *draft) big() bool { return len(d.rows) > 1 && len(d.columns) > 1 }

// protect suppresses and merges until the table is safe; it reports whether it succeeded.
func (d *draft) protect(least int) bool {
	for d.big() {
		if d.mergeUniform() {
			continue
		}
		d.suppressSmall(least)
		i, j, weak := d.exposed()
		if !weak {
			return true
		}
		if !d.suppressRectangle(i, j) {
			d.mergeAt(i, j)
		}
	}
	return false
}

// suppressSmall hides the cells below the threshold (primary suppression).
func (d *draft) suppressSmall(least int) {
	for i, row := range d.n {
		for j, n := range row {
			if 0 < n && n < least {
				d.hidden[i][j] = true
			}
		}
	}
}

// mergeUniform merges a row or column whose businesses are all in one cell (group
// disclosure): knowing that a business is in that row would reveal its column.
func (d *draft) mergeUniform() bool {
	for i, row := range d.n {
		if filled(row) == 1 {
			d.mergeRow(i)
			return true
		}
	}
	for j := range d.columns {
		if filled(d.column(j)) == 1 {
			d.mergeColumn(j)
			return true
		}
	}
	return false
}

// filled returns the number of cells that are not zero.
func filled(counts []int) (cells int) {
	for _, n := range counts {
		if n > 0 {
			cells++
		}
	}
	return cells
}

func (d *draft) column(j int) []int {
	counts := make([]int, len(d.n))
	for i := range d.n {
		counts[i] = d.n[i][j]
	}
	return counts
}

// exposed finds a hidden cell whose bounds are too close.
func (d *draft) exposed() (row, column int, weak bool) {
	for i := range d.n {
		for j := range d.n[i] {
			if d.hidden[i][j] && (d.width(i, j, minWidth) < minWidth || d.pairOfOnes(i, j)) {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// pairOfOnes reports whether a cell is one of exactly two hidden cells of one business each
// in its row or column: either business could subtract itself and find the other.
func (d *draft) pairOfOnes(i, j int) bool {
	ones := func(counts []int, hidden func(int) bool) bool {
		cells, sum := 0, 0
		for k, n := range counts {
			if hidden(k) {
				cells++
				sum += n
			}
		}
		return cells == 2 && sum == 2
	}
	return ones(d.n[i], func(k int) bool { return d.hidden[i][k] }) ||
		ones(d.column(j), func(k int) bool { return d.hidden[k][j] })
}

// suppressRectangle hides the other three corners of the cheapest rectangle with a cell
// (complementary suppression): the one that hides the fewest businesses and at least one
// cell more. It reports whether there is one.
func (d *draft) suppressRectangle(i, j int) bool {
	best, bestI, bestJ := -1, 0, 0
	for r := range d.n {
		for c := range d.n[r] {
			if r == i || c == j {
				continue
			}
			cost, more, zero := 0, false, false
			for _, corner := range [][2]int{{i, c}, {r, j}, {r, c}} {
				n := d.n[corner[0]][corner[1]]
				zero = zero || n == 0
				if !d.hidden[corner[0]][corner[1]] {
					cost, more = cost+n, true
				}
			}
			if more && !zero && (best < 0 || cost < best) {
				best, bestI, bestJ = cost, r, c
			}
		}
	}
	if best < 0 {
		return false
	}
	d.hidden[i][bestJ], d.hidden[bestI][j], d.hidden[bestI][bestJ] = true, true, true
	return true
}

// mergeAt merges the row or the column of a cell, whichever dimension has more groups.
func (d *draft) mergeAt(i, j int) {
	if len(d.rows) >= len(d.columns) {
		d.mergeRow(i)
	} else {
		d.mergeColumn(j)
	}
}

// mergeRow merges a row into the smallest other one.
func (d *draft) mergeRow(i int) {
	into := -1
	for r := range d.n {
		if r != i && (into < 0 || total(d.n[r]) < total(d.n[into])) {
			into = r
		}
	}
	for j := range d.columns {
		d.n[into][j] += d.n[i][j]
		d.hidden[into][j] = d.hidden[into][j] || d.hidden[i][j]
	}
	d.rows[into] = slices.Sorted(slices.Values(slices.Concat(d.rows[into], d.rows[i])))
	d.rows, d.n, d.hidden = slices.Delete(d.rows, i, i+1), slices.Delete(d.n, i, i+1), slices.Delete(d.hidden, i, i+1)
}

func (d *draft) mergeColumn(j int) {
	d.transpose()
	d.mergeRow(j)
	d.transpose()
}

func (d *draft) transpose() {
	n, hidden := make([][]int, len(d.columns)), make([][]bool, len(d.columns))
	for j := range d.columns {
		for i := range d.n {
			n[j], hidden[j] = append(n[j], d.n[i][j]), append(hidden[j], d.hidden[i][j])
		}
	}
	d.n, d.hidden, d.rows, d.columns = n, hidden, d.columns, d.rows
}

func total(counts []int) (sum int) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

// coarsenedTo returns the draft at the common coarsening with another; a cell is hidden
// where it contains a cell that the other hides.
func (d *draft) coarsenedTo(inner *draft) *draft {
	joined := &draft{rows: coarsening(d.rows, inner.rows), columns: coarsening(d.columns, inner.columns)}
	for _, row := range joined.rows {
		counts, hidden := make([]int, len(joined.columns)), make([]bool, len(joined.columns))
		for j, column := range joined.columns {
			for r, innerRow := range inner.rows {
				for c, innerColumn := range inner.columns {
					if slices.Contains(row, innerRow[0]) && slices.Contains(column, innerColumn[0]) {
						counts[j] += inner.n[r][c]
						hidden[j] = hidden[j] || inner.hidden[r][c]
					}
				}
			}
		}
		joined.n, joined.hidden = append(joined.n, counts), append(joined.hidden, hidden)
	}
	return joined
}

// coarsening returns the finest partition that both partitions refine.
func coarsening(a, b []Group) []Group {
	joined := slices.Clone(a)
	for _, g := range b {
		var whole Group
		first := -1
		rest := joined[:0:0]
		for _, have := range joined {
			if !slices.ContainsFunc(have, func(v string) bool { return slices.Contains(g, v) }) {
				rest = append(rest, have)
				continue
			}
			if first < 0 {
				first = len(rest)
			}
			whole = append(whole, have...)
		}
		joined = slices.Insert(rest, first, slices.Sorted(slices.Values(whole)))
	}
	return joined
}

// fill copies the draft into a table, leaving out the hidden counts.
func (d *draft) fill(t *Table) {
	t.RowGroups, t.ColumnGroups = d.rows, d.columns
	for i := range d.n {
		row := make([]Cell, len(d.columns))
		for j, n := range d.n[i] {
			if row[j] = (Cell{N: n}); d.hidden[i][j] {
				row[j] = Cell{Hidden: true}
			}
		}
		t.Cells = append(t.Cells, row)
		t.RowTotals = append(t.RowTotals, total(d.n[i]))
	}
	for j := range d.columns {
		t.ColumnTotals = append(t.ColumnTotals, total(d.column(j)))
	}
}
