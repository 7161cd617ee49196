package referral

import (
	"cmp"
	"maps"
	"slices"
)

// askByWish marks records where the question to ask follows from the answers.
const askByWish = "wish"

// askAnyone is the question for someone who does not know where to begin, or who has no wish and no
// gap.
const askAnyone = "begin"

// askingObstacles are the obstacles that can be asked about.
var askingObstacles = []string{obstacleTime, obstacleMoney, "kennis", askAnyone, "team", "nut", obstacleRules, "techniek"}

// askingImpact are the answers on what changes in the trade that are worth asking about.
var askingImpact = []Because{{"digital_requirements", "c"}, {qStaffing, "c"}, {"new_competitors", "c"}}

// ask sets the question to ask at each initiative that a business is referred to: one each, and no
// question twice.
func (in *inputs) ask(lists ...[]Step) {
	var used []string
	for _, list := range lists {
		for i := range list {
			key := list[i].Initiative.Ask
			if key == askByWish {
				key = in.askKey(used, list[i].Initiative)
			}
			if key != "" && !slices.Contains(used, key) {
				used = append(used, key)
				list[i].Ask = "ask." + key
			}
		}
	}
}

// askKey returns what to ask an initiative about: the wish and the obstacle if its kind serves them,
// what changes in the trade, or the topics that are not in place, the weakest first. Someone who
// answered too little is told to ask where to begin. Keys in used are skipped; "" when none is
// left.
func (in *inputs) askKey(used []string, i *Initiative) string {
	unused := func(key string) bool { return !slices.Contains(used, key) }
	if slices.Contains(wishKinds[in.help], i.Kind) && unused(in.help) {
		return in.help
	}
	obstacle := in.Answers[qObstacle]
	publicMatter := obstacle == obstacleMoney || obstacle == obstacleRules
	if slices.Contains(askingObstacles, obstacle) && slices.Contains(obstacleKinds[obstacle], i.Kind) && unused(obstacle) && (i.Standing || !publicMatter) {
		return obstacle
	}
	if in.quadrant == NoQuadrant && unused(askAnyone) {
		return askAnyone
	}
	for _, a := range askingImpact {
		if in.Answers[a.Question] == a.Value && unused(a.Question) {
			return a.Question
		}
	}
	topics := Topics(*in.Case)
	slices.SortStableFunc(topics, func(a, b TopicScore) int { return cmp.Compare(a.Points, b.Points) })
	for _, t := range topics {
		missing := t.Level == LevelWeak || t.Level == LevelPartly
		if missing && unused(string(t.Topic)) && !slices.Contains(wishTopics[in.help], t.Topic) {
			return string(t.Topic)
		}
	}
	if unused(askAnyone) {
		return askAnyone
	}
	return ""
}

// askTexts returns the keys of all texts that a record with this Ask may need.
func askTexts(ask string) []string {
	if ask != askByWish {
		return []string{ask}
	}
	keys := slices.Concat(slices.Sorted(maps.Keys(wishTopics)), askingObstacles)
	for _, a := range askingImpact {
		keys = append(keys, a.Question)
	}
	for _, t := range topicQuestions {
		keys = append(keys, string(t.topic))
	}
	return keys
}
