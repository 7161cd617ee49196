package flows

import (
	"slices"
	"strconv"

	"digiwijzer/referral"
)

// Wish returns the sentence about what a person wants help with; ok is false if there is none,
// as for those who do not know or want no help, and in an incident.
func (e *Engine) Wish(r Result) (wish Phrase, ok bool) {
	id := "result.wish." + r.Answers[idHelpWanted]
	if r.Cyber == referral.CyberIncident || !e.has(id) {
		return Phrase{}, false
	}
	return Say(id), true
}

// obstaclePhrase answers what holds the person back, if an action addresses it and the wish
// does not already cover it.
func (e *Engine) obstaclePhrase(r Result) (Phrase, bool) {
	obstacle := r.Answers[idObstacle]
	id := "result.obstacle." + obstacle
	free := func(a *referral.Action) bool { return a.Cost == referral.CostFree }
	security := func(a *referral.Action) bool { return a.Topic == referral.TopicSecurity }
	switch {
	case len(r.Actions) == 0 || !e.has(id):
		return Phrase{}, false
	case obstacle == "tijd":
		return Say(id, "Duration", duration(r.Actions[0].Minutes)), true
	case obstacle == "geld" && !free(r.Actions[0]):
		return Phrase{}, false
	case obstacle == "veilig" && (r.Answers[idHelpWanted] == obstacle || !slices.ContainsFunc(r.Actions, security)):
		return Phrase{}, false
	}
	return Say(id), true
}

// actionBlocks shows what a business can do itself, after the wish.
func (t *turn) actionBlocks(a Result) (blocks []Block) {
	if len(a.Actions) == 0 {
		return nil
	}
	if wish, ok := t.Wish(a); ok {
		blocks = append(blocks, Block{Style: Wish, Text: wish})
	}
	if obstacle, ok := t.obstaclePhrase(a); ok {
		blocks = append(blocks, Block{Style: Obstacle, Text: obstacle})
	}
	heading := "result.do_yourself"
	if nothingNeeded(a) {
		heading = "result.do_if_you_like"
	}
	blocks = append(blocks, Block{Style: Actions, Text: Say(heading)})
	for i, action := range a.Actions {
		blocks = append(blocks, blocksOfAction(action, i+1)...)
	}
	return blocks
}

func blocksOfAction(a *referral.Action, number int) []Block {
	source := a.Sources[0]
	return []Block{
		{Style: ActionName, Number: number, Text: Say("action." + a.ID + ".title")},
		{Style: ActionTerms, Text: Say("result.action_terms", "Duration", duration(a.Minutes), "Cost", Say("result.cost."+string(a.Cost)))},
		{Style: ActionHow, Text: Say("action." + a.ID + ".how")},
		{Style: ActionSource, Text: Say("result.source", "Title", source.Title), URL: source.URL},
	}
}

// duration returns a number of minutes in words, whole hours as hours.
func duration(minutes int) Phrase {
	if minutes >= 60 && minutes%60 == 0 {
		return Say("result.hours", "Count", minutes/60)
	}
	return Say("result.minutes", "N", strconv.Itoa(minutes))
}
