package flows

import (
	"math"
	"slices"
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
				names = append(names, topicName(t.Topic))
			}
		}
		if len(names) > 0 {
			blocks = append(blocks, Block{Style: Levels, Text: Say("result.levels", "Level", Say("result.level."+string(level)), "Topics", names)})
		}
	}
	return blocks
}

// topicLevels returns the topics for channels that draw them.
func topicLevels(a Result) []TopicLevel {
	list := make([]TopicLevel, 0, len(a.Topics))
	for _, t := range a.Topics {
		list = append(list, TopicLevel{
			ID: string(t.Topic), Name: topicName(t.Topic), Level: Say("result.level." + string(t.Level)), Filled: t.Level.Blocks(),
			Start: len(a.Actions) > 0 && t.Topic == a.Actions[0].Topic && t.Level != referral.LevelGood,
		})
	}
	return list
}

func topicName(t referral.Topic) Phrase { return Say("result.topic." + string(t)) }

// pictureReply shows the position of the business: the quadrant, both scores, the topics, and the
// person's own impression. Without a quadrant there are no scores.
func (t *turn) pictureReply(a Result) Reply {
	quadrant := "quadrant." + string(a.Quadrant)
	blocks := []Block{{Style: Title, Text: Say(quadrant + ".title")}, {Text: Say(quadrant + ".text")}}
	reply := Reply{Slot: Picture, Topics: topicLevels(a)}
	if a.Quadrant != referral.NoQuadrant {
		blocks = append(blocks, t.scoreBlocks(a)...)
		reply.Picture = &QuadrantPicture{Readiness: a.Readiness, Impact: a.Impact, Quadrant: string(a.Quadrant), Border: a.Border}
	}
	reply.Blocks = append(blocks, levelBlocks(a.Topics)...)
	if own, ok := ownImpression(a); ok {
		reply.Blocks = append(reply.Blocks, Block{Style: Own, Text: own})
	}
	return reply
}

// scoreBlocks returns both scores and what puts them into perspective.
func (t *turn) scoreBlocks(a Result) []Block {
	blocks := []Block{{Text: scoreLine(a.Assessment)}}
	if a.Quadrant == referral.Unhurried && t.movingSector(a.Case) {
		blocks = append(blocks, Block{Text: Say("result.sector_moves")})
	}
	if a.Border {
		blocks = append(blocks, Block{Style: Note, Text: border(a)})
	}
	if a.Indicative {
		blocks = append(blocks, Block{Style: Note, Text: Say("result.indicative")})
	}
	return blocks
}

// scoreLine returns both scores, with the range that "weet ik niet" leaves open.
func scoreLine(a referral.Assessment) Phrase {
	score := func(id string, value, low, high float64) Phrase {
		if math.Round(high)-math.Round(low) < 1 {
			return Say("result."+id, "Score", rounded(value))
		}
		return Say("result."+id+"_band", "Score", rounded(value), "Low", rounded(low), "High", rounded(high))
	}
	return Say("result.scores",
		"Impact", score("impact", a.Impact, a.ImpactLow, a.ImpactHigh),
		"Readiness", score("readiness", a.Readiness, a.ReadinessLow, a.ReadinessHigh))
}

func rounded(f float64) string { return strconv.Itoa(int(math.Round(f))) }

// movingSector reports whether a business expects no loss of turnover in a sector that
// does change (OECD taxonomy of digital-intensive sectors; Birch 2022 for bouw, horeca,
// handel).
func (t *turn) movingSector(c referral.Case) bool {
	loss := c.Answers["revenue_at_risk"]
	return (loss == "a" || loss == referral.DontKnow) &&
		slices.Contains([]string{"retail", "groothandel", "horeca", "bouw", "zakelijk", "media", "ict"}, c.Sector)
}

// border names the two quadrants between which a business is, and the step that the other one
// adds, if any.
func border(a Result) Phrase {
	here, there := quadrantTitle(a.Quadrant), quadrantTitle(a.Across())
	extra := func(s referral.Step) bool { return s.Extra }
	if i := slices.IndexFunc(a.Advice.Steps, extra); i >= 0 {
		return Say("result.border_step", "Here", here, "There", there, "Name", a.Advice.Steps[i].Name)
	}
	if i := slices.IndexFunc(a.Advice.More, extra); i >= 0 {
		return Say("result.border_more", "Here", here, "There", there, "Name", a.Advice.More[i].Name)
	}
	return Say("result.border", "Here", here, "There", there)
}

func quadrantTitle(q referral.Quadrant) Phrase { return Say("quadrant." + string(q) + ".title") }

// ownLevels is the number of options of the question on the own impression, from not
// digital to fully.
const ownLevels = 5

// ownImpression compares the person's own impression with readiness. A difference of one level
// counts as none: both are rough.
func ownImpression(a Result) (Phrase, bool) {
	own, err := strconv.Atoi(a.Answers[idSelfImage])
	if err != nil || a.Quadrant == referral.NoQuadrant {
		return Phrase{}, false
	}
	level := min(int(a.Readiness*ownLevels/100)+1, ownLevels)
	text := "result.own.fits"
	switch {
	case own < level-1:
		text = "result.own.further"
	case own > level+1:
		text = "result.own.less_far"
	}
	return Say(text, "Own", Say("result.own_image."+a.Answers[idSelfImage])), true
}
