package disclosure

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// business is an outcome with values of some dimensions.
type business map[Dimension]string

func cubeOf(businesses []business) *Cube {
	c := NewCube()
	for _, f := range businesses {
		for a, av := range f {
			c.Add(a, av, "", "", 1)
			for b, bv := range f {
				if a < b {
					c.Add(a, av, b, bv, 1)
				}
			}
		}
	}
	return c
}

var attributes = []Dimension{BySector, ByRegion, BySize, ByQuadrant, ByVerdict, ByPartner}

// randomBusinesses returns businesses from a skewed distribution, as real ones are: a few common
// values and many rare ones.
func randomBusinesses(r *rand.Rand, n int) []business {
	values := map[Dimension]int{BySector: 13, ByRegion: 3, BySize: 5, ByQuadrant: 6, ByVerdict: 3, ByPartner: 8}
	businesses := make([]business, n)
	for i := range businesses {
		businesses[i] = business{}
		for _, d := range attributes {
			x := r.Float64()
			businesses[i][d] = string(d) + strconv.Itoa(int(x*x*float64(values[d])))
		}
	}
	return businesses
}

// truth is the count behind a cell.
func truth(c *Cube, t Table, i, j int) (n int) {
	for _, av := range t.RowGroups[i] {
		for _, bv := range t.ColumnGroups[j] {
			n += c.count(t.Rows, av, t.Columns, bv)
		}
	}
	return n
}

// gridOf rebuilds the true counts and the suppression pattern of a table.
func gridOf(c *Cube, t Table) grid {
	var g grid
	for i, row := range t.Cells {
		n, hidden := make([]int, len(row)), make([]bool, len(row))
		for j, cell := range row {
			n[j], hidden[j] = truth(c, t, i, j), cell.Hidden
		}
		g.n, g.hidden = append(g.n, n), append(g.hidden, hidden)
	}
	return g
}

func checkTable(t *testing.T, c *Cube, table Table, least int) (hidden int) {
	t.Helper()
	g := gridOf(c, table)
	for i, row := range table.Cells {
		sum := 0
		for j, cell := range row {
			n := g.n[i][j]
			sum += n
			if !cell.Hidden {
				require.Equal(t, n, cell.N)
				require.True(t, n == 0 || n >= least, "%s shows %d", table.ID(), n)
				continue
			}
			hidden++
			require.Zero(t, cell.N, "a hidden cell holds its count")
			low, high := bounds(g, i, j)
			require.GreaterOrEqual(t, high-low, 4, "%s: hidden %d is known to lie in %d..%d\n%v\n%v", table.ID(), n, low, high, g.n, g.hidden)
			require.False(t, (&draft{grid: g, columns: table.ColumnGroups}).pairOfOnes(i, j))
		}
		require.Equal(t, sum, table.RowTotals[i])
		require.GreaterOrEqual(t, sum, Internal.threshold(table.Rows))
		require.Greater(t, filled(g.n[i]), 1, "%s: group disclosure in a row", table.ID())
	}
	for j := range table.ColumnGroups {
		require.Greater(t, filled((&draft{grid: g}).column(j)), 1, "%s: group disclosure in a column", table.ID())
	}
	return hidden
}

// bounds computes the attacker's bounds with another algorithm than the one under test: it
// tries every value of a cell and tests whether the other hidden cells can still be filled.
func bounds(g grid, i, j int) (low, high int) {
	low, high = g.n[i][j], g.n[i][j]
	for low-1 >= floor && feasible(g, i, j, low-1) {
		low--
	}
	for high-g.n[i][j] < 6 && feasible(g, i, j, high+1) {
		high++
	}
	return low, high
}

// feasible reports whether the hidden cells can be filled with at least one each so that all
// totals hold and cell (i, j) is v: a maximal flow from rows to columns.
func feasible(g grid, i, j, v int) bool {
	rows, columns := len(g.n), len(g.n[0])
	supply, demand, need := make([]int, rows), make([]int, columns), 0
	free := make([][]bool, rows)
	for r := range g.n {
		free[r] = make([]bool, columns)
		for c, n := range g.n[r] {
			if !g.hidden[r][c] {
				continue
			}
			take := floor
			if r == i && c == j {
				take = v
			} else {
				free[r][c] = true
			}
			supply[r] += n - take
			demand[c] += n - take
		}
	}
	for r := range supply {
		if supply[r] < 0 {
			return false
		}
		need += supply[r]
	}
	for c := range demand {
		if demand[c] < 0 {
			return false
		}
	}
	sent := make([][]int, rows)
	for r := range sent {
		sent[r] = make([]int, columns)
	}
	var reach func(r int, seen []bool) bool
	reach = func(r int, seen []bool) bool {
		for c := range columns {
			if !free[r][c] || seen[c] {
				continue
			}
			seen[c] = true
			if demand[c] > 0 {
				demand[c]--
				sent[r][c]++
				return true
			}
			for other := range rows {
				if sent[other][c] > 0 && other != r && reach(other, seen) {
					sent[other][c]--
					sent[r][c]++
					return true
				}
			}
		}
		return false
	}
	for r := range supply {
		for ; supply[r] > 0; supply[r]-- {
			if !reach(r, make([]bool, columns)) {
				return false
			}
			need--
		}
	}
	return need == 0
}

// In 200 random quarters, every table of two dimensions at both levels leaves at least four
// between the bounds of each hidden cell.
func TestBoundsOfHiddenCells(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2026))
	tables, shown, hidden := 0, 0, 0
	for range 200 {
		c := cubeOf(randomBusinesses(r, 20+r.IntN(250)))
		for x, a := range attributes {
			for _, b := range attributes[x+1:] {
				for _, l := range []Level{Internal, External} {
					table := Cross(c, a, b, l)
					if table.Withheld != Released {
						require.Empty(t, table.Cells)
						continue
					}
					h := checkTable(t, c, table, max(l.threshold(a), l.threshold(b)))
					tables++
					hidden += h
					shown += len(table.Cells)*len(table.Cells[0]) - h
				}
			}
		}
	}
	t.Logf("%d tables released of %d, %d cells shown, %d hidden, none narrower than 4", tables, 200*15*2, shown, hidden)
	assert.Greater(t, tables, 1000, "enough tables are released")
	assert.Greater(t, hidden, 1000)
	assert.Greater(t, shown, 10000)
}

// Two independent algorithms give the same bounds.
func TestBoundsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		g := grid{}
		rows, columns := 2+r.IntN(4), 2+r.IntN(4)
		for range rows {
			n, hidden := make([]int, columns), make([]bool, columns)
			for j := range n {
				n[j] = r.IntN(9)
				hidden[j] = n[j] > 0 && r.IntN(3) > 0
			}
			g.n, g.hidden = append(g.n, n), append(g.hidden, hidden)
		}
		for i := range rows {
			for j := range columns {
				if g.hidden[i][j] {
					low, high := bounds(g, i, j)
					require.Equal(t, min(high-low, 4), min(g.width(i, j, 4), 4), "%v %v at %d,%d", g.n, g.hidden, i, j)
				}
			}
		}
	}
}

// An external table shows nothing that the internal one hides: each of its visible cells is
// the sum of visible cells there.
func TestExternalDisclosesNoMoreThanInternal(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	both := 0
	for range 200 {
		c := cubeOf(randomBusinesses(r, 50+r.IntN(500)))
		for x, a := range attributes {
			for _, b := range attributes[x+1:] {
				in, out := Cross(c, a, b, Internal), Cross(c, a, b, External)
				if out.Withheld != Released {
					continue
				}
				require.Equal(t, Released, in.Withheld)
				both++
				for i, row := range out.Cells {
					for j, cell := range row {
						if cell.Hidden {
							continue
						}
						for r, inner := range in.Cells {
							for k, other := range inner {
								if slices.Contains(out.RowGroups[i], in.RowGroups[r][0]) && slices.Contains(out.ColumnGroups[j], in.ColumnGroups[k][0]) {
									require.False(t, other.Hidden)
								}
							}
						}
					}
				}
			}
		}
	}
	assert.Greater(t, both, 100)
}

func TestLinePoolsRareValues(t *testing.T) {
	count := func(counts map[string]int) *Cube {
		c := NewCube()
		for value, n := range counts {
			c.Add(BySector, value, "", "", n)
		}
		return c
	}
	for _, tt := range []struct {
		name   string
		counts map[string]int
		level  Level
		groups []Group
		cells  []int
	}{
		{"nothing rare", map[string]int{"a": 9, "b": 5}, Internal, []Group{{"a"}, {"b"}}, []int{9, 5}},
		{"one rare takes the next along", map[string]int{"a": 9, "b": 7, "c": 1}, Internal, []Group{{"a"}, {"b", "c"}}, []int{9, 8}},
		{"four rare hide each other", map[string]int{"a": 9, "b": 2, "c": 2, "d": 2, "e": 3}, Internal, []Group{{"a"}, {"b", "c", "d", "e"}}, []int{9, 9}},
		{"two that leave too little doubt take a third", map[string]int{"a": 9, "b": 8, "c": 1, "d": 4}, Internal, []Group{{"a"}, {"b", "c", "d"}}, []int{9, 13}},
		{"external", map[string]int{"a": 19, "b": 9, "c": 12}, External, []Group{{"a"}, {"b", "c"}}, []int{19, 21}},
		{"a single one that is large enough", map[string]int{"a": 12}, Internal, []Group{{"a"}}, []int{12}},
	} {
		table := Line(count(tt.counts), BySector, tt.level)
		assert.Equal(t, tt.groups, table.RowGroups, tt.name)
		for i, want := range tt.cells {
			assert.Equal(t, Cell{N: want}, table.Cells[i][0], tt.name)
		}
	}
	assert.Equal(t, TooFew, Line(count(map[string]int{"a": 4}), BySector, Internal).Withheld)
	assert.Equal(t, TooFew, Line(count(map[string]int{"a": 9}), BySector, External).Withheld)
	assert.Zero(t, Line(count(map[string]int{"a": 4}), BySector, Internal).Total, "the total is withheld too")
}

func TestPartnerThreshold(t *testing.T) {
	c := NewCube()
	for partner, n := range map[string]int{"": 30, "kvk": 10, "bakkers": 9, "slagers": 8} {
		c.Add(ByPartner, partner, "", "", n)
	}
	table := Line(c, ByPartner, Internal)
	assert.Equal(t, []Group{{""}, {"kvk"}, {"bakkers", "slagers"}}, table.RowGroups)
}

// A row whose businesses are all in one column is merged, whatever its size.
func TestGroupDisclosure(t *testing.T) {
	c := NewCube()
	add := func(sector, quadrant string, n int) {
		c.Add(BySector, sector, "", "", n)
		c.Add(ByQuadrant, quadrant, "", "", n)
		c.Add(BySector, sector, ByQuadrant, quadrant, n)
	}
	add("horeca", "vulnerable", 20)
	add("bouw", "vulnerable", 10)
	add("bouw", "leading", 15)
	add("zorg", "vulnerable", 30)
	add("zorg", "leading", 30)
	table := Cross(c, BySector, ByQuadrant, Internal)
	assert.Equal(t, []Group{{"zorg"}, {"bouw", "horeca"}}, table.RowGroups)
	assert.Equal(t, [][]Cell{{{N: 30}, {N: 30}}, {{N: 30}, {N: 15}}}, table.Cells)
}

// A merged cell is hidden if one of its cells was: an external table is a coarsening of an
// internal one and must not reveal the sum of its hidden cells.
func TestMergingKeepsSuppression(t *testing.T) {
	d := &draft{rows: []Group{{"a"}, {"b"}}, columns: []Group{{"x"}, {"y"}},
		grid: grid{n: [][]int{{20, 30}, {40, 50}}, hidden: [][]bool{{true, false}, {false, false}}}}
	d.mergeRow(0)
	assert.Equal(t, []Group{{"a", "b"}}, d.rows)
	assert.Equal(t, grid{n: [][]int{{60, 80}}, hidden: [][]bool{{true, false}}}, d.grid)
}

// Each row of the initiatives is safe against an attacker who knows its total and the totals
// of the columns.
func TestOverlappingRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	hidden, shown := 0, 0
	for range 300 {
		businesses := randomBusinesses(r, 30+r.IntN(300))
		c := cubeOf(businesses)
		for _, f := range businesses {
			first := r.IntN(6)
			for step := range 1 + r.IntN(3) {
				id := "initiative" + strconv.Itoa((first+step*step)%9)
				c.Add(ByInitiative, id, "", "", 1)
				for d, v := range f {
					c.Add(ByInitiative, id, d, v, 1)
				}
			}
		}
		for _, l := range []Level{Internal, External} {
			table := Cross(c, ByInitiative, ByVerdict, l)
			for i, row := range table.Cells {
				h, s := checkRow(t, c, table, i, row, l)
				hidden, shown = hidden+h, shown+s
			}
		}
	}
	assert.Greater(t, hidden, 100)
	assert.Greater(t, shown, 100)
}

func checkRow(t *testing.T, c *Cube, table Table, i int, row []Cell, l Level) (hidden, shown int) {
	t.Helper()
	single := len(table.RowGroups[i]) == 1
	left, most := table.RowTotals[i], make([]int, len(row))
	for j, cell := range row {
		n, column := truth(c, table, i, j), c.sum(table.Columns, table.ColumnGroups[j])
		if most[j] = column; !single {
			most[j] = table.RowTotals[i]
		}
		if cell.Hidden {
			hidden++
			continue
		}
		shown++
		left -= n
		require.Equal(t, n, cell.N)
		require.True(t, n == 0 || n >= l.threshold(table.Columns))
		if single {
			require.True(t, n == 0 || column == n || column-n >= l.threshold(table.Columns), "all but %d were advised it", column-n)
		}
	}
	if shown == 0 {
		return hidden, shown
	}
	for j, cell := range row {
		if cell.Hidden {
			require.GreaterOrEqual(t, possible(row, most, left, j), 4+1, "%s row %d: %v of %d", table.ID(), i, row, left)
		}
	}
	return hidden, shown
}

// possible counts the values that a hidden cell of a row can have: those for which the other
// hidden cells can hold the rest, each at least one and at most the total of its column.
func possible(row []Cell, most []int, left, j int) (values int) {
	least, room := 0, 0
	for k, cell := range row {
		if cell.Hidden && k != j {
			least, room = least+1, room+most[k]
		}
	}
	for v := 1; v <= most[j]; v++ {
		if rest := left - v; least <= rest && rest <= room {
			values++
		}
	}
	return values
}
