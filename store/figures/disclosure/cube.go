package disclosure

import (
	"maps"
	"slices"
)

// Dimension is an attribute by which records are counted.
type Dimension string

// The dimensions.
const (
	BySector     Dimension = "sector"
	ByRegion     Dimension = "region"
	BySize       Dimension = "size"
	ByTarget     Dimension = "target"    // Yes: in the region, up to 50 people; No: the others
	ByQuadrant   Dimension = "quadrant"  // the quadrants, and "near" for just outside vulnerable
	ByReadiness  Dimension = "readiness" // classes 0-29, 30-49, 50-69, 70-100
	ByImpact     Dimension = "impact"    // likewise
	ByDII        Dimension = "dii"       // basis level of the Digital Intensity Index
	BySelfImage  Dimension = "self_image"
	ByCyber      Dimension = "cyber"
	ByPhase      Dimension = "phase"
	ByObstacle   Dimension = "obstacle"
	ByHelp       Dimension = "help_wanted"
	ByVerdict    Dimension = "satisfaction" // good (4 or 5), not_good (1 to 3), or empty
	ByDuration   Dimension = "duration"     // from the first answer to the result, in classes; empty: unknown
	ByPartner    Dimension = "partner"      // empty: no known partner
	ByChannel    Dimension = "channel"
	ByLang       Dimension = "lang"
	ByInitiative Dimension = "initiative" // the initiatives advised: up to three per business
	ByTaken      Dimension = "step_taken" // follow-up: the step that was taken
	ByHindrance  Dimension = "hindrance"  // follow-up: what prevented a step
	ByHelped     Dimension = "helped"     // follow-up: whether it helped
)

// Yes and No are the values of ByTarget. Only Yes is counted, and only No is released: a figure
// close to the total would reveal the few others.
const (
	Yes = "yes"
	No  = "no"
)

// The classes of ByDuration, in whole minutes. The site promises a result within four.
const (
	Within4  = "0-3min"
	Within8  = "4-7min"
	Within15 = "8-14min"
	Longer   = "15+min" // less than a day
	Days     = "day"    // a day or more: with a pause
)

// FollowUp reports whether the dimension is one of the answers after six weeks, which are
// records of their own.
func (d Dimension) FollowUp() bool { return d == ByTaken || d == ByHindrance || d == ByHelped }

// pair is a crossing of two dimensions, in the order of their names.
type pair struct{ a, b Dimension }

// Cube holds how many records of a period have each value of a dimension and each pair of
// values of two dimensions. Its size depends on the number of values, not of records.
type Cube struct {
	one     map[Dimension]map[string]Exact
	two     map[pair]map[[2]string]Exact
	unknown map[Dimension]bool
}

// NewCube returns a cube without records.
func NewCube() *Cube {
	return &Cube{one: map[Dimension]map[string]Exact{}, two: map[pair]map[[2]string]Exact{}, unknown: map[Dimension]bool{}}
}

// Add counts n records whose keys sum up to k, with value av of dimension a and bv of b, in
// either order. With an empty b it counts them for a alone.
func (c *Cube) Add(a Dimension, av string, b Dimension, bv string, n int, k int64) {
	if b == "" {
		c.addOne(a, av, Exact{n, k})
		return
	}
	if b < a {
		a, av, b, bv = b, bv, a, av
	}
	c.addTwo(pair{a, b}, [2]string{av, bv}, Exact{n, k})
}

func (c *Cube) addOne(d Dimension, value string, e Exact) {
	values := c.one[d]
	if values == nil {
		values = map[string]Exact{}
		c.one[d] = values
	}
	values[value] = values[value].plus(e)
}

func (c *Cube) addTwo(p pair, values [2]string, e Exact) {
	cells := c.two[p]
	if cells == nil {
		cells = map[[2]string]Exact{}
		c.two[p] = cells
	}
	cells[values] = cells[values].plus(e)
}

// Unknown marks a dimension whose counts have no keys, so that none of it is released.
func (c *Cube) Unknown(d Dimension) { c.unknown[d] = true }

// Merge adds the records of another cube, which must be of a different period.
func (c *Cube) Merge(o *Cube) {
	for d, values := range o.one {
		for value, e := range values {
			c.addOne(d, value, e)
		}
	}
	for p, cells := range o.two {
		for values, e := range cells {
			c.addTwo(p, values, e)
		}
	}
	maps.Copy(c.unknown, o.unknown)
}

// Outcomes returns the number of businesses.
func (c *Cube) Outcomes() int { return c.total(ByQuadrant) }

// Answers returns the number of answers to follow-ups.
func (c *Cube) Answers() int { return c.total(ByTaken) }

// whole returns the number of records of the kind that has the dimension.
func (c *Cube) whole(of Dimension) int {
	if of.FollowUp() {
		return c.Answers()
	}
	return c.Outcomes()
}

func (c *Cube) total(d Dimension) (n int) {
	for _, e := range c.one[d] {
		n += e.n
	}
	return n
}

// line returns how many records have one of the values.
func (c *Cube) line(d Dimension, values []string) (e Exact) {
	for _, value := range values {
		if d == ByTarget && value == No {
			e = e.plus(c.notTarget())
			continue
		}
		e = e.plus(c.one[d][value])
	}
	return e
}

// notTarget returns the businesses outside the target group.
func (c *Cube) notTarget() Exact {
	all, target := Exact{}, c.one[ByTarget][Yes]
	for _, e := range c.one[ByQuadrant] {
		all = all.plus(e)
	}
	return Exact{max(0, all.n-target.n), all.k - target.k}
}

// cell returns how many records have one of the values of a and one of those of b.
func (c *Cube) cell(a Dimension, as []string, b Dimension, bs []string) (e Exact) {
	swap := b < a
	p := pair{a, b}
	if swap {
		p = pair{b, a}
	}
	for _, av := range as {
		for _, bv := range bs {
			values := [2]string{av, bv}
			if swap {
				values = [2]string{bv, av}
			}
			e = e.plus(c.two[p][values])
		}
	}
	return e
}

// values returns the values of a dimension that occur, by name.
func (c *Cube) values(d Dimension) []string { return slices.Sorted(maps.Keys(c.one[d])) }
