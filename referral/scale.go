package referral

// Axis is what a scored question measures.
type Axis string

// The axes. Cyber items together form one block of readiness.
const (
	AxisReadiness Axis = "readiness"
	AxisCyber     Axis = "cyber"
	AxisImpact    Axis = "impact"
)

// Scale is the scoring part of the questionnaire: which question measures what, and the
// points of each option.
type Scale struct {
	Version int // raised when points or rules of scoring change
	Items   []Item
}

// Item is one question on the scale. Points holds 0–100 per option; an option
// without points, such as "weet ik niet", leaves the item unmeasured. DII maps an
// option to the items of version 3 of the Digital Intensity Index (1–12) that it proves met
// (1) or not met (0). An item without an axis only serves the DII.
type Item struct {
	Question string
	Axis     Axis
	Points   map[string]float64
	DII      map[string]map[int]int
	DII4     map[string]map[int]int // the same for version 4
}
