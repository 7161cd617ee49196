package disclosure

import (
	"maps"
	"slices"
)

// Version is the version of the rounding. What was released with an earlier version of it, or of
// Lists, does not change.
const Version = 1

// Lists is the version of the lists of what is released. 2: the target group per year instead of
// per quarter, no figure that is nearly its whole, partners from partnerFloor. 3: the duration.
const Lists = 3

// Release is what is released of a closed period. The ledger keeps it as it was first made, byte
// for byte.
type Release struct {
	Version  int     `json:"rounding"`
	Period   string  `json:"period"`
	Outcomes int     `json:"outcomes"` // businesses, exactly
	Answers  int     `json:"answers"`  // answers to follow-ups, exactly
	Tables   []Table `json:"tables"`
}

// Table is a released table. One of a single dimension has an empty Columns and one column of
// cells.
type Table struct {
	Rows         Dimension  `json:"rows"`
	Columns      Dimension  `json:"columns,omitempty"`
	RowValues    []string   `json:"row_values"`
	ColumnValues []string   `json:"column_values,omitempty"`
	Cells        [][]Figure `json:"cells"`
	Total        int        `json:"total"` // records of the kind that is counted, exactly
	// Open: a value that is not in the table has a figure of zero, unless it is one of Without,
	// which are not released; see Line.
	Open    bool     `json:"open,omitempty"`
	Without []string `json:"without,omitempty"`
	// Summed: that zero is the sum of the figures of the quarters.
	Summed bool `json:"summed,omitempty"`
	// Floor: a value that is not in the table has a figure lower than this.
	Floor int   `json:"floor,omitempty"`
	level Level // at which it is shown
}

// ID returns the stable name of the table: its dimensions.
func (t Table) ID() string {
	if t.Columns == "" {
		return string(t.Rows)
	}
	return string(t.Rows) + "," + string(t.Columns)
}

// Figure returns the figure of a value in a table of one dimension.
func (t Table) Figure(row string) Figure {
	switch i := slices.Index(t.RowValues, row); {
	case t.Columns != "":
		return Figure{}
	case i >= 0:
		return t.Cells[i][0]
	case t.Open && slices.Contains(t.Without, row):
	case t.Floor > 0:
		return Figure{below: t.Floor}.at(t.level)
	case t.Open:
		return Figure{told: true, own: !t.Summed}.at(t.level)
	}
	return Figure{}
}

// Cell returns the figure of two values in a table of two dimensions.
func (t Table) Cell(row, column string) Figure {
	i, j := slices.Index(t.RowValues, row), slices.Index(t.ColumnValues, column)
	if i < 0 || j < 0 {
		return Figure{}
	}
	return t.Cells[i][j]
}

// Table returns the table of two dimensions, or of one when b is empty. One that is not on
// the list has no rows.
func (r Release) Table(a, b Dimension) Table {
	for _, t := range r.Tables {
		if t.Rows == a && t.Columns == b {
			return t
		}
	}
	return Table{Rows: a, Columns: b}
}

// InTarget returns how many businesses were in the target group, in a release that has how many
// were not.
func (r Release) InTarget() Figure {
	t := r.Table(ByTarget, "")
	if slices.Contains(t.RowValues, Yes) { // by the first lists
		return t.Figure(Yes)
	}
	return t.Figure(No).others(r.Outcomes)
}

// At returns the release as a level shows it: at External without figures below
// PublicFloor. Nothing else differs between Internal and External.
func (r Release) At(l Level) Release {
	tables := slices.Clone(r.Tables)
	for i, t := range tables {
		tables[i].level = l
		tables[i].Cells = make([][]Figure, len(t.Cells))
		for j, row := range t.Cells {
			tables[i].Cells[j] = make([]Figure, len(row))
			for k, f := range row {
				tables[i].Cells[j][k] = f.at(l)
			}
		}
	}
	r.Tables = tables
	return r
}

// draft is a release that is being made.
type draft struct {
	period string
	cube   *Cube
	lines  map[Dimension]map[string]Figure
	open   map[Dimension]Line // lines of which every value that occurs is released
	summed map[Dimension]bool // lines that may be sums of quarters
	order  []Dimension
}

func newDraft(period string, c *Cube) *draft {
	return &draft{period: period, cube: c, lines: map[Dimension]map[string]Figure{}, open: map[Dimension]Line{}, summed: map[Dimension]bool{}}
}

// add adds the values of a line; figure returns that of one value.
func (d *draft) add(l Line, values []string, figure func(value string) Figure) {
	if d.lines[l.Of] == nil {
		d.lines[l.Of] = map[string]Figure{}
		d.order = append(d.order, l.Of)
	}
	if l.Values == nil {
		d.open[l.Of] = l
	}
	for _, value := range values {
		if f := figure(value); l.Values != nil || !f.told || f.n > 0 && f.n >= l.Floor {
			d.lines[l.Of][value] = f
		}
	}
}

// round adds a line with the rounding of the period itself.
func (d *draft) round(l Line) {
	d.add(l, d.valuesOf(l), func(value string) Figure { return d.own(l.Of, value) })
}

// valuesOf returns the values of a line that are or may be released.
func (d *draft) valuesOf(l Line) []string {
	if l.Values != nil {
		return l.Values
	}
	return slices.DeleteFunc(d.cube.values(l.Of), func(value string) bool { return slices.Contains(l.Without, value) })
}

func (d *draft) own(of Dimension, value string) Figure {
	if d.cube.unknown[of] {
		return Figure{}
	}
	return d.cube.line(of, members(of, value)).tell().of(d.cube.whole(of))
}

// OfQuarter returns the release of a quarter.
func OfQuarter(period string, c *Cube) Release {
	d := newDraft(period, c)
	for _, l := range QuarterList() {
		d.round(l)
	}
	return d.release(c.Outcomes(), c.Answers(), nil)
}

// ownFloor is the smallest released figure of each quarter with which a year has its own rounding.
// With less, the year and its quarters together would reveal small counts.
const ownFloor = 6

// OfYear returns the release of a year whose records are in the cube. quarters are the releases
// of its quarters in which there was a service. A line that is released per quarter has its own
// rounding if each of four quarters has at least ownFloor, and is otherwise the sum of the
// quarters; only released figures decide which.
func OfYear(period string, c *Cube, quarters []Release) Release {
	d := newDraft(period, c)
	for _, l := range QuarterList() {
		d.summed[l.Of] = l.Values == nil
		d.add(l, d.valuesOf(l), func(value string) Figure {
			if enough(quarters, l.Of, value) {
				return d.own(l.Of, value)
			}
			return sum(quarters, l, value)
		})
	}
	for _, l := range yearLines() {
		d.round(l)
	}
	return d.release(c.Outcomes(), c.Answers(), crossings())
}

func enough(quarters []Release, of Dimension, value string) bool {
	for _, q := range quarters {
		if !q.Table(of, "").Figure(value).atLeast(ownFloor) {
			return false
		}
	}
	return len(quarters) == 4
}

// sum adds up the released figures of the quarters for a value.
func sum(quarters []Release, l Line, value string) Figure {
	total := Figure{told: len(quarters) > 0}
	for _, q := range quarters {
		total = total.plus(q.Table(l.Of, "").Figure(value))
	}
	return total
}

// OfQuarters returns the release of a half-year, or of four quarters across years: the sums of the
// released figures of the quarters, lines only.
func OfQuarters(period string, quarters []Release) Release {
	d := newDraft(period, NewCube())
	outcomes, answers := 0, 0
	for _, q := range quarters {
		outcomes, answers = outcomes+q.Outcomes, answers+q.Answers
	}
	for _, l := range QuarterList() {
		values := l.Values
		if values == nil {
			values = toldValues(quarters, l.Of)
		}
		d.summed[l.Of] = l.Values == nil
		d.add(l, values, func(value string) Figure { return sum(quarters, l, value) })
	}
	return d.release(outcomes, answers, nil)
}

func toldValues(quarters []Release, of Dimension) []string {
	set := map[string]bool{}
	for _, q := range quarters {
		for _, value := range q.Table(of, "").RowValues {
			set[value] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// release returns the tables.
func (d *draft) release(outcomes, answers int, of []Crossing) Release {
	r := Release{Version: Version, Period: d.period, Outcomes: outcomes, Answers: answers}
	total := func(by Dimension) int {
		if by.FollowUp() {
			return answers
		}
		return outcomes
	}
	for _, by := range d.order {
		t := Table{Rows: by, Total: total(by), RowValues: []string{}, Cells: [][]Figure{}}
		if line, open := d.open[by]; open {
			t.Open, t.Without, t.Summed, t.Floor = true, line.Without, d.summed[by], line.Floor
		}
		for _, value := range slices.Sorted(maps.Keys(d.lines[by])) {
			t.RowValues = append(t.RowValues, value)
			t.Cells = append(t.Cells, []Figure{d.lines[by][value]})
		}
		r.Tables = append(r.Tables, t)
	}
	for _, x := range of {
		d.cross(&r, x, total(x.A))
	}
	return r
}

// cross adds a crossing to the table of its dimensions, which it makes if necessary.
func (d *draft) cross(r *Release, x Crossing, total int) {
	rows, columns := d.large(x.A, x.As), d.large(x.B, x.Bs)
	at := slices.IndexFunc(r.Tables, func(t Table) bool { return t.Rows == x.A && t.Columns == x.B })
	if at < 0 {
		at = len(r.Tables)
		r.Tables = append(r.Tables, Table{Rows: x.A, Columns: x.B, RowValues: []string{}, ColumnValues: []string{}, Cells: [][]Figure{}, Total: total})
	}
	t := &r.Tables[at]
	for _, a := range rows {
		for _, b := range columns {
			whole := min(d.lines[x.A][a].n, d.lines[x.B][b].n)
			t.set(a, b, d.cube.cell(x.A, members(x.A, a), x.B, members(x.B, b)).tell().of(whole))
		}
	}
}

// large returns the values of a dimension whose figure is at least Least. values nil: all of
// its line, groups left out.
func (d *draft) large(of Dimension, values []string) (all []string) {
	if values == nil {
		values = slices.Sorted(maps.Keys(d.lines[of]))
		values = slices.DeleteFunc(values, func(value string) bool { return groups[of][value] != nil })
	}
	for _, value := range values {
		if d.lines[of][value].atLeast(Least) {
			all = append(all, value)
		}
	}
	return all
}

// set puts a figure in a cell, and adds its row and column if necessary.
func (t *Table) set(row, column string, f Figure) {
	i := slices.Index(t.RowValues, row)
	if i < 0 {
		i = len(t.RowValues)
		t.RowValues = append(t.RowValues, row)
		t.Cells = append(t.Cells, make([]Figure, len(t.ColumnValues)))
	}
	j := slices.Index(t.ColumnValues, column)
	if j < 0 {
		j = len(t.ColumnValues)
		t.ColumnValues = append(t.ColumnValues, column)
		for k := range t.Cells {
			t.Cells[k] = append(t.Cells[k], Figure{})
		}
	}
	t.Cells[i][j] = f
}
