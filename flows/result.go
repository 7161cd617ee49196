package flows

import (
	"slices"

	"digiwijzer/referral"
)

// Result is an evaluated case with its advice.
type Result struct {
	referral.Case
	Advice    referral.Advice
	Topics    []referral.TopicScore // the eight topics, in their order
	Actions   []*referral.Action    // what to do oneself, at most three
	Benchmark []referral.Comparison // with other businesses, at most two

	asked   []string // ids of the questions that this business is asked
	alarmed bool     // an incident was reported earlier
}

// assess returns the result of the session today.
func (t *turn) assess() Result {
	r := t.route()
	return t.evaluate(*r, t.s.Answers[idMunicipality], t.s.Phase == PhaseIncident, t.s.Alarmed, t.in.Today)
}

// evaluate scores a walked set of answers and applies the referral rules.
func (e *Engine) evaluate(r route, municipality string, incident, alarmed bool, today referral.Date) Result {
	c := e.caseOf(r, municipality, alarmed, today)
	if incident {
		c.Cyber = referral.CyberIncident
	}
	return Result{Case: c, Advice: e.Catalogue.Advise(c), Topics: referral.Topics(c), Actions: e.Catalogue.Actions(c),
		Benchmark: e.Catalogue.Compare(c), asked: r.asked, alarmed: alarmed}
}

// caseOf scores a walked set of answers.
func (e *Engine) caseOf(r route, municipality string, alarmed bool, today referral.Date) referral.Case {
	size, _ := referral.SizeOf(r.effective[idSize])
	return referral.Case{
		Assessment:   referral.Assess(e.Questions.Scale(), r.effective, r.asked, alarmed),
		Size:         size,
		Sector:       r.effective[idSector],
		Municipality: municipality,
		Answers:      r.effective,
		Scale:        e.Questions.Scale(),
		Today:        today,
	}
}

// result shows the quadrant and the advice.
func (t *turn) result() Result {
	a := t.assess()
	t.addReply(t.pictureReply(a))
	t.addReply(t.adviceReply(a))
	return a
}

// stage sets the outcome to be counted.
func (t *turn) stage(a Result) {
	if !t.s.FromCode {
		t.facts.Outcome = t.outcome(a)
	}
}

func (t *turn) outcome(a Result) *Outcome {
	region := referral.RegionOutside
	if m, ok := t.Catalogue.Region().Municipality(a.Municipality, t.in.Today); ok {
		region = m.Region
	}
	o := &Outcome{
		Sector: a.Sector, Region: region, Size: string(a.Size), SelfImage: a.Answers[idSelfImage],
		ReadinessBand: band(a.Readiness), ImpactBand: band(a.Impact), DIIBasis: a.DII.Basis,
		Quadrant: string(a.Quadrant), Border: a.Border, Extra: a.Extra, Indicative: a.Indicative,
		Cyber: string(a.Cyber), Phase: string(a.Phase),
		Obstacle: a.Answers[idObstacle], HelpWanted: a.Answers[idHelpWanted], Satisfaction: t.s.Answers[idSatisfaction],
		Partner: t.s.Partner, Channel: t.s.Channel, Lang: t.s.Lang,
		QuestionSet: t.Questions.Version, Scoring: t.Questions.Scale().Version, Content: t.ID,
		Target: region != referral.RegionOutside && a.Size.SmallEnough(), Gap: a.Advice.Gap,
	}
	o.Referrals = initiatives(a.Advice.Steps, nil)
	o.Mentions = initiatives(slices.Concat(a.Advice.Closing, a.Advice.More, a.Advice.Notes), o.Referrals)
	return o
}

// band returns a score (0–100) in tens: 0–9.
func band(score float64) int { return min(int(score/10), 9) }

// initiatives returns the distinct ids of steps that are not in except.
func initiatives(steps []referral.Step, except []string) (ids []string) {
	for _, step := range steps {
		if id := step.Initiative.ID; !slices.Contains(ids, id) && !slices.Contains(except, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
