package figures

import "slices"

// Cross releases a table of two dimensions. Its totals are those of the tables of one
// dimension; inside it every count is zero, large enough, or hidden, and enough others
// are hidden with it that nobody can work it out. Where that cannot be done rows or
// columns are taken together, and where that does not help there is no table.
func Cross(c *Cube, a, b Dimension, l Level) Table {
	if a == ByInitiative || b == ByInitiative {
		return rowsApart(c, a, b, l)
	}
	t := Table{Rows: a, Columns: b, Total: c.total(a)}
	if t.Total < max(l.least(a), l.least(b)) {
		t.Total, t.Withheld = 0, TooFew
		return t
	}
	d := newDraft(c, a, b, l)
	if l == External && d.big() {
		// Whoever sees both levels must not learn more than from the internal one alone.
		inner := newDraft(c, a, b, Internal)
		if !inner.protect(max(internalLeast, Internal.least(a), Internal.least(b))) {
			t.Withheld = TooTelling
			return t
		}
		d = d.within(inner)
	}
	if !d.protect(max(l.least(a), l.least(b))) {
		t.Withheld = TooTelling
		return t
	}
	d.fill(&t)
	return t
}

// draft is a table on its way to release.
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

// protect hides and merges until the table is safe, and tells whether it came to that.
func (d *draft) protect(least int) bool {
	for d.big() {
		if d.mergeTelling() {
			continue
		}
		d.hideSmall(least)
		i, j, weak := d.weakest()
		if !weak {
			return true
		}
		if !d.hideAround(i, j) {
			d.mergeAt(i, j)
		}
	}
	return false
}

func (d *draft) hideSmall(least int) {
	for i, row := range d.n {
		for j, n := range row {
			if 0 < n && n < least {
				d.hidden[i][j] = true
			}
		}
	}
}

// mergeTelling merges a row or column whose firms are all in one cell: whoever knows a
// firm of that row would know the rest.
func (d *draft) mergeTelling() bool {
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

// weakest finds a hidden cell that is known too well.
func (d *draft) weakest() (row, column int, weak bool) {
	for i := range d.n {
		for j := range d.n[i] {
			if d.hidden[i][j] && (d.width(i, j, widthLeast) < widthLeast || d.alone(i, j)) {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// alone tells whether a cell is one of two hidden ones of one firm each in its row or
// column: each of the two firms knows itself, and so the other.
func (d *draft) alone(i, j int) bool {
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

// hideAround hides the other three corners of the rectangle with a cell that costs the
// fewest firms and hides at least one cell more.
func (d *draft) hideAround(i, j int) bool {
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

// mergeAt merges the row or the column of a cell, of whichever there are more.
func (d *draft) mergeAt(i, j int) {
	if len(d.rows) >= len(d.columns) {
		d.mergeRow(i)
	} else {
		d.mergeColumn(j)
	}
}

// mergeRow adds a row to the smallest other one.
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

// within makes the draft as coarse as another and hides what holds anything the other
// hides.
func (d *draft) within(inner *draft) *draft {
	joined := &draft{rows: join(d.rows, inner.rows), columns: join(d.columns, inner.columns)}
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

// join is the finest division that both divisions are finer than.
func join(a, b []Group) []Group {
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

// fill writes the draft into a table, without what is hidden.
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
