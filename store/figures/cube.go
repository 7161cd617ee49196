package figures

import (
	"maps"
	"slices"
)

// Dimension is an attribute that the outcomes of a quarter can be counted by.
type Dimension string

// The dimensions. Some are coarser than what is stored, on purpose: two tables that
// count the same firms in different classes could be taken apart.
const (
	BySector     Dimension = "sector"
	ByRegion     Dimension = "region"
	BySize       Dimension = "size"
	ByQuadrant   Dimension = "quadrant"  // the quadrants, and "near": just outside vulnerable
	ByReadiness  Dimension = "readiness" // classes 0-29, 30-49, 50-69, 70-100
	ByImpact     Dimension = "impact"    // likewise
	ByDII        Dimension = "dii"       // basis level of the Digital Intensity Index
	BySelfImage  Dimension = "self_image"
	ByCyber      Dimension = "cyber"
	ByPhase      Dimension = "phase"
	ByObstacle   Dimension = "obstacle"
	ByHelp       Dimension = "help_wanted"
	ByVerdict    Dimension = "satisfaction" // good (4 or 5), not_good (1 to 3), or nothing said
	ByPartner    Dimension = "partner"      // empty: no known partner
	ByChannel    Dimension = "channel"
	ByLang       Dimension = "lang"
	ByInitiative Dimension = "initiative" // what was advised: up to three of one outcome
	ByTaken      Dimension = "step_taken" // follow-up: the step that was taken
	ByHindrance  Dimension = "hindrance"  // follow-up: what stood in the way
	ByHelped     Dimension = "helped"     // follow-up: whether it helped
)

// Dimensions lists what outcomes can be counted by, in the order of the reports.
// The follow-up is not among them: its answers are records of their own.
func Dimensions() []Dimension {
	return []Dimension{BySector, ByRegion, BySize, ByQuadrant, ByReadiness, ByImpact, ByDII, BySelfImage, ByCyber,
		ByPhase, ByObstacle, ByHelp, ByVerdict, ByPartner, ByChannel, ByLang, ByInitiative}
}

// pair is a crossing of two dimensions, the first by name first.
type pair struct{ a, b Dimension }

// Cube holds how many outcomes of one quarter have a value of a dimension, and of each
// two dimensions. Its size depends on the number of values, not of outcomes.
type Cube struct {
	one map[Dimension]map[string]int
	two map[pair]map[[2]string]int
}

// NewCube returns a cube without outcomes.
func NewCube() *Cube {
	return &Cube{one: map[Dimension]map[string]int{}, two: map[pair]map[[2]string]int{}}
}

// Add counts n outcomes with value av of a and bv of b; with an empty b only those of a.
// The order of a and b makes no difference.
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

// Outcomes is the number of outcomes.
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

// ascending lists the values of a dimension that occur, the rarest first.
func (c *Cube) ascending(d Dimension) []string {
	values := slices.Sorted(maps.Keys(c.one[d]))
	slices.SortStableFunc(values, func(a, b string) int { return c.one[d][a] - c.one[d][b] })
	return slices.DeleteFunc(values, func(v string) bool { return c.one[d][v] == 0 })
}
