package referral

import (
	"cmp"
	"slices"
)

// maxBecause is how many answers a reason names at most.
const maxBecause = 3

// The questions that the package knows by name.
const (
	qSize        = "size"
	qSector      = "sector"
	qPlace       = "municipality"
	qOnline      = "online_presence"
	qAdmin       = "administration"
	qData        = "customer_data"
	qLearning    = "learning"
	qPlan        = "plan_and_budget"
	qLoginCode   = "login_code"
	qUpdates     = "updates"
	qBackups     = "backups"
	qOutage      = "outage"
	qStaffing    = "staffing"
	qObstacle    = "obstacle"
	qHelpWanted  = "help_wanted"
	tipITNumber  = "it_number"
	onPaper      = "a" // administration on paper implies customer_data "a"
	stopsAtOnce  = "c" // outage: the business stops
	notAtAll     = "a" // the lowest option of every scored question
	fullyInPlace = "c" // the highest option of the cyber questions
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

// selector is an index in selectors.
type selector int

// picks are the answers of one selector, most telling first.
type picks struct {
	done bool
	n    int
	list [maxBecause]Because
}

func (p *picks) add(question, value string) {
	if p.n < maxBecause && value != "" {
		p.list[p.n] = Because{Question: question, Value: value}
		p.n++
	}
}

// explain appends the answers that made a rule fire: the most telling of each
// selector first, then the next of each.
func (in *inputs) explain(list []Because, selected []selector) []Because {
	start := len(list)
	for nth := range maxBecause {
		for _, s := range selected {
			if p := in.pick(s); nth < p.n && len(list)-start < maxBecause {
				list = append(list, p.list[nth])
			}
		}
	}
	return list
}

// pick returns the answers of one selector; they are looked up once per case.
func (in *inputs) pick(s selector) *picks {
	p := &in.explained[s]
	if p.done {
		return p
	}
	p.done = true
	switch name := selectors[s]; name {
	case "cyber":
		in.pickCyber(p)
	case "impact":
		in.pickScored(p, AxisImpact, true)
	case "calm":
		in.pickScored(p, AxisImpact, false)
	case "readiness":
		in.pickScored(p, AxisReadiness, false)
	case "strength":
		in.pickScored(p, AxisReadiness, true)
	case qSize:
		if i := slices.Index(sizes[:], in.Size); i >= 0 {
			p.add(name, sizeAnswers[i])
		}
	case qSector:
		p.add(name, in.Sector)
	case qPlace:
		if in.place == nil {
			p.add(name, Outside)
		} else {
			p.add(name, in.place.Code)
		}
	default:
		p.add(name, in.Answers[name])
	}
	return p
}

// pickCyber picks what is not in place, what stops the business without it, what is
// not known and what is half done, in that order.
func (in *inputs) pickCyber(p *picks) {
	for _, value := range [...]string{notAtAll, DontKnow, "b"} {
		for _, q := range cyberQuestions {
			if in.Answers[q] == value {
				p.add(q, value)
			}
		}
		if value == notAtAll && in.Answers[qOutage] == stopsAtOnce {
			p.add(qOutage, stopsAtOnce)
		}
	}
}

// pickScored picks the measured answers of an axis on the high or the low half of
// the scale, the furthest first. An answer that only follows from another one is
// left to that one.
func (in *inputs) pickScored(p *picks, axis Axis, high bool) {
	if in.Scale == nil {
		return
	}
	type scored struct {
		Because
		distance float64
	}
	var room [16]scored
	list := room[:0]
	for i := range in.Scale.Items {
		item := &in.Scale.Items[i]
		if item.Axis != axis || item.Question == qData && in.Answers[qAdmin] == onPaper {
			continue
		}
		value := in.Answers[item.Question]
		points, measured := item.Points[value]
		if measured && (points == cutOff || (points > cutOff) == high) {
			distance := points - cutOff
			if !high {
				distance = -distance
			}
			list = append(list, scored{Because{item.Question, value}, distance})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Compare(b.distance, a.distance) })
	for _, s := range list {
		p.add(s.Question, s.Value)
	}
}
