package referral

// Side is what an answer argues for in a reason.
type Side string

// The sides. An answer in between argues for nothing.
const (
	SideNone     Side = ""
	SideLack     Side = "lack"     // not in place, or not known: a reason to begin
	SideStrength Side = "strength" // in place: a reason for a next step
	SidePressure Side = "pressure" // digitalisation matters here
	SideCalm     Side = "calm"     // it does not
)

// The points from which an answer of an axis is on a side. In between are answers such as
// "a plan, but no money" (67) and "my turnover drops a little" (33), which read as an
// argument for either side.
const (
	mostLack      = 50.0
	leastStrength = 80.0
	mostCalm      = 0.0
	leastPressure = 67.0
)

// Side returns the side of an answer to a question. Answers to questions that are not on the scale
// have none, except that an outage stops the business: next to missing measures, that counts as
// lacking.
func (s *Scale) Side(question, option string) Side {
	if question == qOutage && option == stopsAtOnce {
		return SideLack
	}
	for i := range s.Items {
		if item := &s.Items[i]; item.Question == question {
			return item.side(option)
		}
	}
	return SideNone
}

func (item *Item) side(option string) Side {
	points, measured := item.Points[option]
	switch {
	case item.Axis == AxisCyber && option == DontKnow:
		return SideLack
	case !measured:
		return SideNone
	case item.Axis == AxisImpact && points <= mostCalm:
		return SideCalm
	case item.Axis == AxisImpact && points >= leastPressure:
		return SidePressure
	case item.Axis == AxisImpact:
		return SideNone
	case item.Axis != AxisReadiness && item.Axis != AxisCyber:
		return SideNone
	case points <= mostLack:
		return SideLack
	case points >= leastStrength:
		return SideStrength
	}
	return SideNone
}
