package disclosure

import (
	"fmt"
	"math"
	"strings"
)

// key identifies a count that the attacker reasons about: a line of a period, or a cell.
type key struct {
	period string
	a      Dimension
	av     string
	b      Dimension
	bv     string
}

func (k key) String() string {
	return fmt.Sprintf("%s %s=%s %s=%s", k.period, k.a, k.av, k.b, k.bv)
}

// row is what the attacker knows of some counts: low <= sum of signed counts <= high.
type row struct {
	vars      []int
	signs     []int
	low, high int
}

// system is everything the attacker knows, with the bounds derived so far.
type system struct {
	keys      []key
	at        map[key]int
	low, high []int
	truth     []int
	told      []bool // with its own rounding
	rows      []row
	of        [][]int // rows of each count
}

func newSystem() *system { return &system{at: map[key]int{}} }

// count adds a count that is known to be at most most, or returns the one that is there.
func (s *system) count(k key, truth, most int) int {
	if i, known := s.at[k]; known {
		return i
	}
	s.at[k] = len(s.keys)
	s.keys = append(s.keys, k)
	s.low, s.high, s.truth, s.told = append(s.low, 0), append(s.high, most), append(s.truth, truth), append(s.told, false)
	s.of = append(s.of, nil)
	return len(s.keys) - 1
}

// know adds a row: the sum of plus less that of minus is between low and high.
func (s *system) know(plus, minus []int, low, high int) {
	r := row{low: low, high: high}
	for _, i := range plus {
		r.vars, r.signs = append(r.vars, i), append(r.signs, 1)
	}
	for _, i := range minus {
		r.vars, r.signs = append(r.vars, i), append(r.signs, -1)
	}
	for _, i := range r.vars {
		s.of[i] = append(s.of[i], len(s.rows))
	}
	s.rows = append(s.rows, r)
}

// equal adds that a sum of counts is another.
func (s *system) equal(whole int, parts []int) { s.know(parts, []int{whole}, 0, 0) }

// atMost adds that one sum is at most another.
func (s *system) atMost(small, large []int) { s.know(large, small, 0, math.MaxInt32) }

// bound narrows a count.
func (s *system) bound(i, low, high int) {
	s.low[i], s.high[i] = max(s.low[i], low), min(s.high[i], high)
}

// propagate narrows the bounds of every count until no row narrows any further.
func (s *system) propagate() {
	waiting := make([]bool, len(s.rows))
	var queue []int
	for i := range s.rows {
		queue, waiting[i] = append(queue, i), true
	}
	for len(queue) > 0 {
		at := queue[0]
		queue, waiting[at] = queue[1:], false
		for _, i := range s.narrow(s.rows[at]) {
			for _, next := range s.of[i] {
				if !waiting[next] {
					queue, waiting[next] = append(queue, next), true
				}
			}
		}
	}
}

// narrow narrows the counts of one row and returns those that changed.
func (s *system) narrow(r row) (changed []int) {
	low, high := 0, 0
	for j, i := range r.vars {
		if r.signs[j] > 0 {
			low, high = low+s.low[i], high+s.high[i]
		} else {
			low, high = low-s.high[i], high-s.low[i]
		}
	}
	for j, i := range r.vars {
		l, h := s.low[i], s.high[i]
		if r.signs[j] > 0 {
			// x = row - rest, with rest between low-l and high-h
			l, h = max(l, r.low-(high-h)), min(h, r.high-(low-l))
		} else {
			l, h = max(l, low+s.high[i]-r.high), min(h, high+s.low[i]-r.low)
		}
		if l != s.low[i] || h != s.high[i] {
			if r.signs[j] > 0 {
				low, high = low+l-s.low[i], high+h-s.high[i]
			} else {
				low, high = low-(h-s.high[i]), high-(l-s.low[i])
			}
			s.low[i], s.high[i] = l, h
			changed = append(changed, i)
		}
	}
	return changed
}

// left returns how many values of a count are possible.
func (s *system) left(i int) int { return s.high[i] - s.low[i] + 1 }

// wrong returns the counts whose true value is outside its bounds: what the attacker believes
// to know is not true, so that the attack is.
func (s *system) wrong() (all []string) {
	for i, n := range s.truth {
		if n < s.low[i] || n > s.high[i] {
			all = append(all, fmt.Sprintf("%s: %d is not in %d..%d", s.keys[i], n, s.low[i], s.high[i]))
		}
	}
	return all
}

// lp writes the system as an integer programme in the LP format of CPLEX, which every solver
// reads, with the value of one count given.
func (s *system) lp(given, value int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Minimize\n goal: x%d\nSubject To\n x%d = %d\n", given, given, value)
	for _, r := range s.rows {
		var sum strings.Builder
		for j, i := range r.vars {
			fmt.Fprintf(&sum, " %s x%d", map[int]string{1: "+", -1: "-"}[r.signs[j]], i)
		}
		if r.low == r.high {
			fmt.Fprintf(&b, "%s = %d\n", sum.String(), r.low)
			continue
		}
		fmt.Fprintf(&b, "%s >= %d\n", sum.String(), r.low)
		if r.high < math.MaxInt32 {
			fmt.Fprintf(&b, "%s <= %d\n", sum.String(), r.high)
		}
	}
	b.WriteString("Bounds\n")
	for i := range s.keys {
		fmt.Fprintf(&b, " %d <= x%d <= %d\n", s.low[i], i, s.high[i])
	}
	b.WriteString("General\n")
	for i := range s.keys {
		fmt.Fprintf(&b, " x%d\n", i)
	}
	return b.String() + "End\n"
}
