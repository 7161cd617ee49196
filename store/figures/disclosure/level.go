package disclosure

// Level is the audience of a report.
type Level string

// The levels.
const (
	Accountable Level = "beheer" // exact weeks, for whoever is accountable for the figures; not to be passed on
	Internal    Level = "intern" // the working group, and everything that leaves the machine
	External    Level = "extern" // the public
)

// PublicFloor is the smallest figure that is shown at level External; a lower one is shown as
// "fewer than". Released figures are multiples of three: 12 is the smallest that means at least
// ten businesses.
const PublicFloor = 12

// at returns the figure as the level shows it.
func (f Figure) at(l Level) Figure {
	switch {
	case l != External || f.n >= PublicFloor:
		return f
	case f.told || f.below > 0:
		return Figure{below: PublicFloor}
	}
	return Figure{}
}
