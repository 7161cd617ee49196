package disclosure

import (
	"maps"
	"slices"
)

// Dimension is an attribute by which the outcomes of a quarter are counted.
type Dimension string

// The dimensions. Some are coarser than what is stored: two tables that classify the same
// businesses differently could be subtracted from each other.
const (
	BySector     Dimension = "sector"
	ByRegion     Dimension = "region"
	BySize       Dimension = "size"
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
	ByPartner    Dimension = "partner"      // empty: no known partner
	ByChannel    Dimension = "channel"
	ByLang       Dimension = "lang"
	ByInitiative Dimension = "initiative" // the initiatives advised: up to three per outcome
	ByTaken      Dimension = "step_taken" // follow-up: the step that was taken
	ByHindrance  Dimension = "hindrance"  // follow-up: what stood in the way
	ByHelped     Dimension = "helped"     // follow-up: whether it helped
)

// Dimensions returns the dimensions of an outcome, in the order of the reports. Those of
// the follow-up are left out: its answers are separate records.
func Dimensions() []Dimension {
	return []Dimension{BySector, ByRegion, BySize, ByQuadrant, ByReadiness, ByImpact, ByDII, BySelfImage, ByCyber,
		ByPhase, ByObstacle, ByHelp, ByVerdict, ByPartner, ByChannel, ByLang, ByInitiative}
}

// pair is a crossing of two dimensions, the first by name first.
type pair struct{ a, b Dimension }

// Cube holds how many outcomes of one quarter have each value of a dimension and each pair
// of values of two dimensions. Its size depends on the number of values, not of outcomes.
type Cube struct {
	one map[Dimension]map[string]int
	two map[pair]map[[2]string]int
}

// NewCube returns a cube without outcomes.
func NewCube() *Cube {
	return &Cube{one: map[Dimension]map[string]int{}, two: map[pair]map[[2]string]int{}}
}

// Add counts n outcomes with value av of dimension a and bv of b, in either order. With an
// empty b it counts them for a alone.
func (c *Cube) Add(a Dimension, av string, b Dimension, bv string, n int) {
	if b == "" {
		if c.one[a] == nil {
			c.one[a] = map[string]int{}
		}
		c.one[a][av] += n
		return
	}
	if b < a {
		a, av, b, bv = b, bv, a, av
	}
	p := pair{a, b}
	if c.two[p] == nil {
		c.two[p] = map[[2]string]int{}
	}
	c.two[p][[2]string{av, bv}] += n
}

// Outcomes returns the number of outcomes.
func (c *Cube) Outcomes() int { return c.total(ByQuadrant) }

func (c *Cube) total(d Dimension) (n int) {
	for _, v := range c.one[d] {
		n += v
	}
	return n
}

func (c *Cube) count(a Dimension, av string, b Dimension, bv string) int {
	if b < a {
		a, av, b, bv = b, bv, a, av
	}
	return c.two[pair{a, b}][[2]string{av, bv}]
}

// ascending returns the values of a dimension that occur, the rarest first.
func (c *Cube) ascending(d Dimension) []string {
	values := slices.Sorted(maps.Keys(c.one[d]))
	slices.SortStableFunc(values, func(a, b string) int { return c.one[d][a] - c.one[d][b] })
	return slices.DeleteFunc(values, func(v string) bool { return c.one[d][v] == 0 })
}
