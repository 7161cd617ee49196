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
	qDemand       = "customer_demand"
	qRevenue      = "revenue_at_risk"
	qPaperwork    = "paperwork"
	qStaffing     = "staffing"
	qCompetitors  = "new_competitors"
	qObstacle     = "obstacle"
	qHelpWanted   = "help_wanted"
	tipITNumber   = "it_number"
	noIdea        = "twijfel" // help_wanted: not known yet
	noHelp        = "geen"
	obstacleTime  = "tijd"
	obstacleMoney = "geld"
	obstacleRules = "regels"
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
	"cyber",     // what is not in place, worst first
	"impact",    // where digitalisation matters most
	"calm",      // where it matters least
	"readiness", // what the business is least ready for
	"strength",  // what it does best
	qHelpWanted, qObstacle, qStaffing, qSize, qSector, qPlace,
}

// selected describes the answers that a selector of scored answers picks.
type selected struct {
	axis Axis
	side Side
}

var scoredSelectors = map[string]selected{
	"cyber":     {AxisCyber, SideLack},
	"impact":    {AxisImpact, SidePressure},
	"calm":      {AxisImpact, SideCalm},
	"readiness": {AxisReadiness, SideLack},
	"strength":  {AxisReadiness, SideStrength},
}

// SideOfSelector returns the side of the answers that a selector of scored answers picks;
// ok is false for the other selectors.
func SideOfSelector(name string) (side Side, ok bool) {
	s, ok := scoredSelectors[name]
	return s.side, ok
}

// wishKinds are the kinds of help that serve a wish. A reason for other help does not name the wish.
var wishKinds = map[string][]Kind{
	"klanten": {KindDirect, KindNational, KindBranch},
	"papier":  {KindDirect, KindNational, KindBranch},
	"data":    {KindDirect, KindNational, KindInnovation},
	"veilig":  {KindCyber, KindNational},
	"nieuw":   {KindDirect, KindNational, KindInnovation, KindKnowledge},
	"leren":   {KindDirect, KindNational, KindBranch},
}

// wishAnswers are the questions whose answers belong to a wish. With the wish, a reason
// names only these.
var wishAnswers = map[string][]string{
	"klanten": {qOnline, qData, qDemand, qCompetitors},
	"papier":  {qAdmin, qPaperwork, qAccess},
	"data":    {qData, qAI},
	"veilig":  cyberQuestions[:],
	"nieuw":   {qPlan, qCompetitors, qRevenue},
	"leren":   {qLearning, qStaffing},
}

// obstacleKinds are the kinds of help that address an obstacle.
var obstacleKinds = map[string][]Kind{
	obstacleTime:  {KindDirect, KindNational},
	obstacleMoney: {KindNational},
	"kennis":      {KindDirect, KindNational, KindBranch},
	"begin":       {KindDirect, KindNational},
	"team":        {KindDirect, KindNational},
	"nut":         {KindDirect, KindNational},
	"veilig":      {KindCyber},
	obstacleRules: {KindNational, KindBranch},
	"techniek":    {KindDirect, KindNational},
}

// explain returns the answers that a reason names, at most maxBecause: the wish and the obstacle if
// this kind of help serves them or the rule names them, then the answers that made the rule fire, the
// strongest of each selector first, then the second of each, and so on. Without a scale there are
// none.
func (in *inputs) explain(names []string, kind Kind) (because []Because) {
	if in.Scale == nil {
		return nil
	}
	wish, obstacle := in.Answers[qHelpWanted], in.Answers[qObstacle]
	aboutObstacle := slices.Contains(names, qObstacle) && obstacleKinds[obstacle] != nil
	served := !aboutObstacle && (slices.Contains(wishKinds[wish], kind) || slices.Contains(names, qHelpWanted) && wishKinds[wish] != nil)
	if served {
		because = append(because, Because{qHelpWanted, wish})
	}
	if aboutObstacle || slices.Contains(obstacleKinds[obstacle], kind) {
		because = append(because, Because{qObstacle, obstacle})
	}
	picked := make([][]Because, 0, len(names))
	for _, name := range names {
		if name == qHelpWanted || name == qObstacle {
			continue
		}
		answers := in.pick(name, kind)
		if _, scored := scoredSelectors[name]; scored && served {
			answers = slices.DeleteFunc(answers, func(b Because) bool { return !slices.Contains(wishAnswers[wish], b.Question) })
		}
		picked = append(picked, answers)
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

// pick returns the answers of one selector, strongest first.
func (in *inputs) pick(name string, kind Kind) []Because {
	value := in.Answers[name]
	switch name {
	case "cyber":
		return in.pickCyber()
	case "impact", "calm", "readiness", "strength":
		return in.pickScored(scoredSelectors[name], kind)
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

// pickCyber picks what is not in place, what would stop the business, what is unknown and what is
// half done, in that order.
func (in *inputs) pickCyber() (picked []Because) {
	for _, value := range [...]string{notAtAll, DontKnow, partlyInPlace} {
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

// pickScored picks the answers of one side, the furthest from the middle first. It leaves out an
// answer that only follows from another one, that AI is not used unless the wish is about it (most
// businesses do not use it), and for innovation desks the pressure, which they do not address.
func (in *inputs) pickScored(want selected, kind Kind) (picked []Because) {
	distance := map[string]float64{} // from the middle, by question
	for i := range in.Scale.Items {
		item := &in.Scale.Items[i]
		value := in.Answers[item.Question]
		if item.Axis != want.axis || item.side(value) != want.side {
			continue
		}
		switch item.Question {
		case qData:
			if in.Answers[qAdmin] == onPaper {
				continue
			}
		case qAI:
			if want.side == SideLack && in.Answers[qHelpWanted] != "data" {
				continue
			}
		case qPaperwork, qStaffing:
			if kind == KindInnovation {
				continue
			}
		}
		distance[item.Question] = math.Abs(item.Points[value] - cutOff)
		picked = append(picked, Because{item.Question, value})
	}
	slices.SortStableFunc(picked, func(a, b Because) int { return cmp.Compare(distance[b.Question], distance[a.Question]) })
	return picked
}
