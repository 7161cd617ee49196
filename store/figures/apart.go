package figures

// rowsApart releases a table of the initiatives that were advised. A firm may be in
// several rows, so that the columns do not add up; each row is protected by itself. What
// bounds a cell from above is how many firms its column has.
func rowsApart(c *Cube, a, b Dimension, l Level) Table {
	if b == ByInitiative {
		a, b = b, a
	}
	t := Table{Rows: a, Columns: b, Total: c.Outcomes(), Overlap: true}
	least := l.least(b)
	if t.Total < least {
		t.Total, t.Withheld = 0, TooFew
		return t
	}
	d := newDraft(c, a, b, l)
	if l == External {
		inner := newDraft(c, a, b, Internal)
		inner.protectRows(c, b, Internal.least(b))
		d = d.within(inner)
	}
	if len(d.rows) == 0 || len(d.columns) < 2 {
		t.Withheld = TooTelling
		return t
	}
	d.protectRows(c, b, least)
	d.fill(&t)
	t.ColumnTotals = nil
	return t
}

// protectRows hides in each row what is too small, what all but a few firms of its
// column are in, and enough besides.
func (d *draft) protectRows(c *Cube, b Dimension, least int) {
	for i := range d.n {
		most := make([]int, len(d.columns))
		for j, g := range d.columns {
			if most[j] = c.sum(b, g); len(d.rows[i]) > 1 {
				most[j] = total(d.n[i]) // firms may be in it more than once
			}
			rest := most[j] - d.n[i][j]
			if n := d.n[i][j]; 0 < n && (n < least || 0 < rest && rest < least) {
				d.hidden[i][j] = true
			}
		}
		if filled(d.n[i]) == 1 {
			d.hideRow(i)
		}
		for d.rowWeak(i, most) {
			d.hideNext(i)
		}
	}
}

// rowWeak tells whether a hidden cell of a row is known too well. A row that is hidden
// as a whole tells nothing but its total.
func (d *draft) rowWeak(i int, most []int) bool {
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
		others := 0 // how much the other hidden cells can hold
		for k := range d.n[i] {
			if k != j && d.hidden[i][k] {
				others += most[k]
			}
		}
		high, low := min(most[j], sum-(cells-1)), max(1, sum-others)
		if high-low < widthLeast {
			return true
		}
	}
	return false
}

// hideNext hides the smallest cell shown, or the whole row when only zeros are left.
func (d *draft) hideNext(i int) {
	next := -1
	for j, n := range d.n[i] {
		if n > 0 && !d.hidden[i][j] && (next < 0 || n < d.n[i][next]) {
			next = j
		}
	}
	if next < 0 {
		d.hideRow(i)
		return
	}
	d.hidden[i][next] = true
}

func (d *draft) hideRow(i int) {
	for j := range d.hidden[i] {
		d.hidden[i][j] = true
	}
}
