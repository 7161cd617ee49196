package disclosure

import "slices"

// Groups of values, released as values of their own.
const (
	VulnerableOrNear = "vulnerable_or_near" // quadrant: vulnerable, or just outside
	Below50          = "0-49"               // readiness
	Basis            = "basis"              // dii: yes, certain or probable
	Lagging          = "lagging"            // sector: construction, hospitality and trade (Birch, 2022)
)

// groups holds which values each group consists of.
var groups = map[Dimension]map[string][]string{
	ByQuadrant:  {VulnerableOrNear: {"vulnerable", "near"}},
	ByReadiness: {Below50: {"0-29", "30-49"}},
	ByDII:       {Basis: {"ja", "waarschijnlijk wel"}},
	BySector:    {Lagging: {"bouw", "horeca", "retail", "groothandel"}},
}

// members returns the values that a value of a table stands for.
func members(d Dimension, value string) []string {
	if of := groups[d][value]; of != nil {
		return of
	}
	return []string{value}
}

// Members returns the values of the dimension that a released value consists of: more than one
// for a group.
func Members(d Dimension, value string) []string { return slices.Clone(members(d, value)) }

// partnerFloor is the smallest figure of a partner that is released: how many started through it
// is released exactly, and for a small partner the two together would reveal how many finished.
const partnerFloor = 3 * Base

// Line is a table of one dimension on a list. A value of the dimension that is not on it is the
// remainder: the total minus what is released.
type Line struct {
	Of Dimension
	// Values are the values that are released, and groups of them. Nil: every value that
	// occurs, except those in Without. A figure of zero is then left out, so that the values
	// in a release do not reveal what occurred.
	Values  []string
	Without []string
	// Floor is the smallest figure that is released; a smaller one, also zero, is only "below".
	Floor int
}

// QuarterList returns the lines that are released of a quarter, each with its own rounding. A
// line with few values leaves one out: it is the remainder, and rounding it too would narrow down
// the others. The target group is released per year: nearly every business of a quarter is in it,
// which would leave too little uncertainty about the few others.
func QuarterList() []Line {
	return []Line{
		{Of: ByQuadrant, Values: []string{"vulnerable", VulnerableOrNear, "leading", "unhurried"}},
		{Of: ByReadiness, Values: []string{"0-29", Below50, "70-100"}},
		{Of: ByImpact, Values: []string{"0-29", "50-69", "70-100"}},
		{Of: ByDII, Values: []string{"ja", Basis, "waarschijnlijk niet", "nee"}},
		{Of: BySelfImage},
		{Of: ByCyber, Values: []string{"weak", "ok"}},
		{Of: ByPhase, Values: []string{"adhoc", "later"}},
		{Of: ByObstacle},
		{Of: ByHelp},
		{Of: ByInitiative},
		{Of: ByVerdict, Values: []string{"good", "not_good"}},
		{Of: BySector, Values: []string{Lagging}},
		{Of: ByRegion, Values: []string{"U", "GV"}},
		{Of: BySize, Values: []string{"zzp", "2-9", "10+", "mkb"}},
		{Of: ByDuration, Values: []string{Within4, Within8, Within15, Days, ""}},
	}
}

// yearLines returns the lines that are released of a year and not of its quarters.
func yearLines() []Line {
	return []Line{
		{Of: ByTarget, Values: []string{No}},
		{Of: ByQuadrant, Values: []string{"in_order"}},
		{Of: BySector, Without: []string{"groothandel"}}, // follows from Lagging
		{Of: ByPartner, Without: []string{""}, Floor: partnerFloor},
		{Of: ByTaken},
		{Of: ByHelped, Values: []string{"ja", "beetje", "nee", "vroeg"}},
		{Of: ByHindrance, Without: []string{""}},
	}
}

// Crossing is a table of two dimensions on the list of a year. A cell is released only if the
// figures of both its lines are at least Least.
type Crossing struct {
	A  Dimension
	As []string // nil: those of its line, groups left out
	B  Dimension
	Bs []string
}

// Least is the smallest figure of a line whose crossings are released: in a smaller group the
// figures of a crossing would come close to the attributes of each business.
const Least = 12

// crossings returns the crossings that are released, of years only.
func crossings() []Crossing {
	quadrants := []string{"vulnerable", "leading", "unhurried", "in_order"}
	near, lagging := []string{VulnerableOrNear}, []string{Lagging}
	return []Crossing{
		{BySector, nil, ByQuadrant, near},
		{BySector, lagging, ByQuadrant, append(slices.Clone(quadrants), VulnerableOrNear)},
		{BySector, lagging, ByObstacle, nil},
		{BySector, lagging, ByHelp, nil},
		{ByRegion, []string{"U", "GV"}, ByQuadrant, append(slices.Clone(quadrants), VulnerableOrNear)},
		{ByRegion, []string{"U", "GV"}, ByReadiness, []string{Below50}},
		{BySize, []string{"zzp", "2-9", "10+", "mkb"}, ByQuadrant, quadrants},
		{ByRegion, []string{"U"}, BySize, []string{"zzp"}}, // other sizes are of one region only
		{ByObstacle, nil, ByQuadrant, near},
		{ByHelp, nil, ByQuadrant, near},
		{ByInitiative, nil, ByHelp, nil},
		{ByInitiative, nil, BySector, lagging},
		{ByTaken, nil, ByHelped, []string{"ja", "beetje", "nee", "vroeg"}},
	}
}

// YearList returns what is released of a year: its lines, those of a quarter first, and its
// crossings.
func YearList() ([]Line, []Crossing) { return append(QuarterList(), yearLines()...), crossings() }
