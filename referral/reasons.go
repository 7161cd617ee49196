package referral

import (
	"cmp"
	"math"
	"slices"
)

// maxBecause is the highest number of answers that a reason names.
const maxBecause = 3

// The questions and options that the package refers to by id.
const (
	qSize         = "size"
	qSector       = "sector"
	qPlace        = "municipality"
	qOnline       = "online_presence"
	qAdmin        = "administration"
	qAccess       = "access_anywhere"
	qData         = "customer_data"
	qAI           = "ai_use"
	qLearning     = "learning"
	qPlan         = "plan_and_budget"
	qLoginCode    = "login_code"
	qUpdates      = "updates"
	qBackups      = "backups"
	qOutage       = "outage"
	qStaffing     = "staffing"
	qObstacle     = "obstacle"
	qHelpWanted   = "help_wanted"
	tipITNumber   = "it_number"
	noIdea        = "twijfel" // help_wanted: not known yet
	noHelp        = "geen"
	obstacleTime  = "tijd"
	obstacleMoney = "geld"
	onPaper       = "a" // administration on paper implies customer_data "a"
	stopsAtOnce   = "c" // outage: the business stops
	notAtAll      = "a" // the lowest option of every scored question
	partlyInPlace = "b" // the middle option of the cyber questions
	fullyInPlace  = "c" // the highest
)

// cyberQuestions are the questions on working safely, which are also the tips.
var cyberQuestions = [...]string{qLoginCode, qUpdates, qBackups}

// selectors are the inputs that a rule may name under because.
var selectors = [...]string{
	"cyber",     // what is not in place, the worst first
	"impact",    // where digitalisation matters most
	"calm",      // where it matters least
	"readiness", // what the business is least ready for
	"strength",  // what it is best at
	qHelpWanted, qObstacle, qStaffing, qSize, qSector, qPlace,
}

// explain returns the answers that made a rule fire, at most maxBecause: the most
// telling of each selector first, then the second of each, and so on.
func (in *inputs) explain(selected []string) (because []Because) {
	picked := make([][]Because, len(selected))
	for i, name := range selected {
		picked[i] = in.pick(name)
	}
	for nth := range maxBecause {
		for _, answers := range picked {
			if nth < len(answers) && len(because) < maxBecause {
				because = append(because, answers[nth])
			}
		}
	}
	return because
}

// pick returns the answers of one selector, the most telling first.
func (in *inputs) pick(name string) []Because {
	value := in.Answers[name]
	switch name {
	case "cyber":
		return in.pickCyber()
	case "impact":
		return in.pickScored(AxisImpact, true)
	case "calm":
		return in.pickScored(AxisImpact, false)
	case "readiness":
		return in.pickScored(AxisReadiness, false)
	case "strength":
		return in.pickScored(AxisReadiness, true)
	case qSize:
		value = ""
		if i := slices.Index(sizes[:], in.Size); i >= 0 {
			value = sizeAnswers[i]
		}
	case qSector:
		value = in.Sector
	case qHelpWanted:
		if value == noIdea || value == noHelp {
			return nil // no wish to refer to
		}
	case qPlace:
		value = Outside
		if in.place != nil {
			value = in.place.Code
		}
	}
	if value == "" {
		return nil
	}
	return []Because{{name, value}}
}

// pickCyber picks what is not in place, what stops the business without it, what is
// not known and what is half done, in that order.
func (in *inputs) pickCyber() (picked []Because) {
	for _, value := range [...]string{notAtAll, DontKnow, "b"} {
		for _, q := range cyberQuestions {
			if in.Answers[q] == value {
				picked = append(picked, Because{q, value})
			}
		}
		if value == notAtAll && in.Answers[qOutage] == stopsAtOnce {
			picked = append(picked, Because{qOutage, stopsAtOnce})
		}
	}
	return picked
}

// pickScored picks the measured answers of an axis on the high or the low half of
// the scale, the furthest from the middle first. An answer that only follows from
// another one is left out.
func (in *inputs) pickScored(axis Axis, high bool) (picked []Because) {
	if in.Scale == nil {
		return nil
	}
	distance := map[string]float64{} // from the middle, by question
	for _, item := range in.Scale.Items {
		if item.Axis != axis || item.Question == qData && in.Answers[qAdmin] == onPaper {
			continue
		}
		value := in.Answers[item.Question]
		points, measured := item.Points[value]
		if measured && (points == cutOff || (points > cutOff) == high) {
			distance[item.Question] = math.Abs(points - cutOff)
			picked = append(picked, Because{item.Question, value})
		}
	}
	slices.SortStableFunc(picked, func(a, b Because) int { return cmp.Compare(distance[b.Question], distance[a.Question]) })
	return picked
}
