package content

import (
	"digiwijzer/flows/advicecode"
	"digiwijzer/referral"
)

// Progress is how far a business came between two checks, in words. Both are scored by
// today's rules over the questions that were answered in both.
type Progress struct {
	Known     bool // both have a quadrant, and so scores
	Then, Now ProgressScores
	Topics    []ProgressTopic // the eight topics, in their order
	Did       []string        // the titles of the actions that the first check advised
	Next      []string        // the titles of those that the second one advises
}

// ProgressScores are the scores of a check, from 0 to 100, not rounded.
type ProgressScores struct{ Impact, Readiness float64 }

// ProgressTopic is how far a business came on one topic.
type ProgressTopic struct {
	ID                    referral.Topic
	Name                  string
	Then, Now             string // the levels in a word or two
	ThenFilled, NowFilled int    // of three blocks; 0: not measured in both checks
	Change                int    // 1 for up, -1 for down, 0 for unchanged or unknown
}

// Progress compares the check of a code with the answers of a later one, option values by
// question id.
func (e *Edition) Progress(lang string, then advicecode.Check, now map[string]string, today referral.Date) (Progress, error) {
	before, err := e.Engine.AdviseCode(then, today)
	if err != nil {
		return Progress{}, err
	}
	after, err := e.Engine.Advise(now, false, today)
	if err != nil {
		return Progress{}, err
	}
	w := words{e, lang}
	came := e.Engine.Progress(then.Answers, now, today)
	p := Progress{
		Known: came.Then.Quadrant != referral.NoQuadrant && came.Now.Quadrant != referral.NoQuadrant,
		Then:  ProgressScores{came.Then.Impact, came.Then.Readiness}, Now: ProgressScores{came.Now.Impact, came.Now.Readiness},
	}
	for _, t := range came.Topics {
		p.Topics = append(p.Topics, ProgressTopic{
			ID: t.Now.Topic, Name: w.text("result.topic." + string(t.Now.Topic)), Change: t.Change(),
			Then: w.text("result.level." + string(t.Then.Level)), Now: w.text("result.level." + string(t.Now.Level)),
			ThenFilled: t.Then.Level.Blocks(), NowFilled: t.Now.Level.Blocks(),
		})
	}
	for _, a := range before.Actions {
		p.Did = append(p.Did, w.text("action."+a.ID+".title"))
	}
	for _, a := range after.Actions {
		p.Next = append(p.Next, w.text("action."+a.ID+".title"))
	}
	return p, nil
}
