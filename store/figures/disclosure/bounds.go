package disclosure

// An attacker knows the visible cells, every row and column total, and that a hidden cell
// is at least one. The possible values of a hidden cell form a transportation problem: a
// cell can grow exactly when the growth is compensated along a cycle of hidden cells. Both
// bounds are maximal flows (see the attacker's problem in the R package sdcTable).

// floor is the lowest value of a hidden cell, which is public: zeros are never hidden.
const floor = 1

// grid is a table with its true counts and the suppression pattern.
type grid struct {
	n      [][]int
	hidden [][]bool
}

// width returns the distance between the bounds that an attacker can derive for a hidden
// cell, capped at enough.
func (g grid) width(i, j, enough int) int {
	up := g.flow(i, j, true, enough)
	if up >= enough {
		return up
	}
	return up + min(g.n[i][j]-floor, g.flow(i, j, false, enough-up))
}

// flow returns how far cell (i, j) can grow, or shrink, while all totals stay the same: the
// maximal flow between its column and its row through the other hidden cells, up to enough.
func (g grid) flow(i, j int, grow bool, enough int) int {
	f := network{grid: g, skip: [2]int{i, j}, change: make([]int, len(g.n)*len(g.n[0])), came: make([]int, len(g.n)+len(g.n[0]))}
	from, to := len(g.n)+j, i // growth of the cell must shrink another of its column
	if !grow {
		from, to = i, len(g.n)+j
	}
	total := 0
	for total < enough && f.augment(from, to) {
		total++
	}
	return total
}

// network finds augmenting paths of one business each. Nodes are rows, then columns: an
// edge from a column to a row decrements a cell, one from a row to a column increments it.
type network struct {
	grid
	skip   [2]int
	change []int // net change of each cell so far, row by row
	came   []int // predecessor of each node; -1: not reached
	queue  []int
}

// augment moves one business along a shortest path; it reports whether there is one.
func (f *network) augment(from, to int) bool {
	rows := len(f.n)
	came := f.came
	for i := range came {
		came[i] = -1
	}
	came[from] = from
	f.queue = append(f.queue[:0], from)
	for next := 0; next < len(f.queue) && came[to] < 0; next++ {
		for node := range came {
			if came[node] < 0 && f.residual(f.queue[next], node) {
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

// residual reports whether the edge from node a to node b has capacity left.
func (f *network) residual(a, b int) bool {
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
