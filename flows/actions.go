package flows

import (
	"strconv"

	"digiwijzer/referral"
)

// levels are the levels of the topics in the order in which they are shown.
var levels = []referral.Level{referral.LevelGood, referral.LevelPartly, referral.LevelWeak, referral.LevelUnknown}

// levelBlocks lists the topics of every level.
func levelBlocks(topics []referral.TopicScore) (blocks []Block) {
	for _, level := range levels {
		var names List
		for _, t := range topics {
			if t.Level == level {
				names = append(names, Say("chat.topic."+string(t.Topic)))
			}
		}
		if len(names) > 0 {
			blocks = append(blocks, Block{Style: Levels, Text: Say("chat.levels", "Level", Say("chat.level."+string(level)), "Topics", names)})
		}
	}
	return blocks
}

// startTopic returns the topic of the first action, unless it is in place already.
func startTopic(a Result) referral.Topic {
	for _, t := range a.Topics {
		if len(a.Actions) > 0 && t.Topic == a.Actions[0].Topic && t.Level != referral.LevelGood {
			return t.Topic
		}
	}
	return ""
}

// Wish returns the sentence about what a person wants help with; ok is false where there
// is none, as for those who do not know or want no help.
func (e *Engine) Wish(r Result) (wish Phrase, ok bool) {
	id := "chat.wish." + r.Answers[idHelpWanted]
	if e.Words == nil || e.Words(e.Languages[0], id) == "" {
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
	blocks = append(blocks, Block{Style: Actions, Text: Say("chat.do_yourself")})
	for i, action := range a.Actions {
		blocks = append(blocks, blocksOfAction(action, i+1)...)
	}
	return blocks
}

func blocksOfAction(a *referral.Action, number int) []Block {
	source := a.Sources[0]
	return []Block{
		{Style: ActionName, Number: number, Text: Say("action." + a.ID + ".title")},
		{Style: ActionTerms, Text: Say("chat.action_terms", "Duration", duration(a.Minutes), "Cost", Say("chat.cost."+string(a.Cost)))},
		{Style: ActionHow, Text: Say("action." + a.ID + ".how")},
		{Style: ActionSource, Text: Say("chat.action_source", "Title", source.Title), URL: source.URL},
	}
}

// duration returns a number of minutes in words, whole hours as hours.
func duration(minutes int) Phrase {
	if minutes >= 60 && minutes%60 == 0 {
		return Say("chat.hours", "Count", minutes/60)
	}
	return Say("chat.minutes", "N", strconv.Itoa(minutes))
}
