package figures

// hidden cells of a table with known totals are what an attacker wants to know. He knows
// the shown cells, every row total and column total, and that a hidden cell is at least
// one. What is left is a transportation problem: a cell can grow exactly when the growth
// can be led back around a cycle of hidden cells, half of which shrink. Both bounds are
// maximal flows (compare the attacker's problem in the R package sdcTable).

// floor is what a hidden cell is at least, as everybody knows: zeros are shown.
const floor = 1

// grid is a table with its true counts, and which cells are hidden.
type grid struct {
	n      [][]int
	hidden [][]bool
}

// width tells how far apart the bounds are that an attacker can derive for a hidden cell;
// a width of enough or more is not told apart from enough.
func (g grid) width(i, j, enough int) int {
	up := g.flow(i, j, true, enough)
	if up >= enough {
		return up
	}
	return up + min(g.n[i][j]-floor, g.flow(i, j, false, enough-up))
}

// flow is how far cell (i, j) can grow, or shrink, while all totals stay the same: the
// maximal flow between its column and its row through the other hidden cells, up to enough.
func (g grid) flow(i, j int, grow bool, enough int) int {
	f := flow{grid: g, skip: [2]int{i, j}, change: make([]int, len(g.n)*len(g.n[0])), came: make([]int, len(g.n)+len(g.n[0]))}
	from, to := len(g.n)+j, i // growth of the cell must shrink another of its column
	if !grow {
		from, to = i, len(g.n)+j
	}
	total := 0
	for total < enough && f.push(from, to) {
		total++
	}
	return total
}

// flow looks for ways to move one firm at a time. Nodes are rows, then columns: from a
// column to a row a cell shrinks, from a row to a column it grows.
type flow struct {
	grid
	skip   [2]int
	change []int // how much each cell has grown so far, row by row
	came   []int // from which node each was reached; -1: not yet
	queue  []int
}

// push moves one firm along the shortest way, if there is one.
func (f *flow) push(from, to int) bool {
	rows := len(f.n)
	came := f.came
	for i := range came {
		came[i] = -1
	}
	came[from] = from
	f.queue = append(f.queue[:0], from)
	for next := 0; next < len(f.queue) && came[to] < 0; next++ {
		for node := range came {
			if came[node] < 0 && f.open(f.queue[next], node) {
				came[node] = f.queue[next]
				f.queue = append(f.queue, node)
			}
		}
	}
	if came[to] < 0 {
		return false
	}
	for node := to; node != from; node = came[node] {
		if before := came[node]; before < rows {
			f.change[before*len(f.n[0])+node-rows]++
		} else {
			f.change[node*len(f.n[0])+before-rows]--
		}
	}
	return true
}

// open tells whether a firm can be moved from node a to node b.
func (f *flow) open(a, b int) bool {
	rows := len(f.n)
	grows := a < rows
	if grows == (b < rows) {
		return false
	}
	cell := [2]int{b, a - rows}
	if grows {
		cell = [2]int{a, b - rows}
	}
	if cell == f.skip || !f.hidden[cell[0]][cell[1]] {
		return false
	}
	return grows || f.n[cell[0]][cell[1]]+f.change[cell[0]*len(f.n[0])+cell[1]] > floor
}
