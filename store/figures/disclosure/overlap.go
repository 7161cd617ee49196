package disclosure

// overlapping releases a table with the initiatives advised as rows. A business may be in
// several rows, so column totals do not exist and each row is protected on its own. The
// upper bound of a cell is the number of businesses in its column.
func overlapping(c *Cube, a, b Dimension, l Level) Table {
	if b == ByInitiative {
		a, b = b, a
	}
	t := Table{Rows: a, Columns: b, Total: c.Outcomes(), Overlap: true}
	least := l.threshold(b)
	if t.Total < least {
		t.Total, t.Withheld = 0, TooFew
		return t
	}
	d := newDraft(c, a, b, l)
	if l == External {
		inner := newDraft(c, a, b, Internal)
		inner.suppressRows(c, b, Internal.threshold(b))
		d = d.coarsenedTo(inner)
	}
	if len(d.rows) == 0 || len(d.columns) < 2 {
		t.Withheld = Disclosive
		return t
	}
	d.suppressRows(c, b, least)
	d.fill(&t)
	t.ColumnTotals = nil
	return t
}

// suppressRows hides in each row the cells below the threshold, the cells that leave fewer
// than the threshold outside them in their column, and complementary cells.
func (d *draft) suppressRows(c *Cube, b Dimension, least int) {
	for i := range d.n {
		most := make([]int, len(d.columns))
		for j, g := range d.columns {
			if most[j] = c.sum(b, g); len(d.rows[i]) > 1 {
				most[j] = total(d.n[i]) // a business may be in a group of initiatives more than once
			}
			rest := most[j] - d.n[i][j]
			if n := d.n[i][j]; 0 < n && (n < least || 0 < rest && rest < least) {
				d.hidden[i][j] = true
			}
		}
		if filled(d.n[i]) == 1 {
			d.suppressRow(i)
		}
		for d.rowExposed(i, most) {
			d.suppressNext(i)
		}
	}
}

// rowExposed reports whether the bounds of a hidden cell of a row are too close. A row that
// is hidden as a whole is safe: it shows only its total.
func (d *draft) rowExposed(i int, most []int) bool {
	sum, cells, all := 0, 0, true
	for j, n := range d.n[i] {
		if all = all && d.hidden[i][j]; d.hidden[i][j] {
			sum, cells = sum+n, cells+1
		}
	}
	if all {
		return false
	}
	for j := range d.n[i] {
		if !d.hidden[i][j] {
			continue
		}
		others := 0 // capacity of the other hidden cells
		for k := range d.n[i] {
			if k != j && d.hidden[i][k] {
				others += most[k]
			}
		}
		high, low := min(most[j], sum-(cells-1)), max(1, sum-others)
		if high-low < minWidth {
			return true
		}
	}
	return false
}

// suppressNext hides the smallest visible cell, or the whole row when only zeros are left.
func (d *draft) suppressNext(i int) {
	next := -1
	for j, n := range d.n[i] {
		if n > 0 && !d.hidden[i][j] && (next < 0 || n < d.n[i][next]) {
			next = j
		}
	}
	if next < 0 {
		d.suppressRow(i)
		return
	}
	d.hidden[i][next] = true
}

func (d *draft) suppressRow(i int) {
	for j := range d.hidden[i] {
		d.hidden[i][j] = true
	}
}
