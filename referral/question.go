package referral

import (
	"cmp"
	"maps"
	"slices"
)

// askByWish marks records where the question to put follows from the answers.
const askByWish = "wish"

// askAnyone is the question of someone who is missing nothing and has no wish.
const askAnyone = "begin"

// askingObstacles are the obstacles that are themselves something to ask about.
var askingObstacles = []string{obstacleMoney, "team", "nut", "regels", "techniek"}

// questions hands out the questions that a business puts to those it is referred to: one
// each, and no question twice.
type questions struct {
	in     *inputs
	byWish []string // the keys of ask.<key>, the first first; filled on first use
	used   map[string]bool
}

func (in *inputs) questions() *questions { return &questions{in: in, used: map[string]bool{}} }

// next returns the text id of the question for a record with this Ask, or "".
func (q *questions) next(ask string) string {
	keys := []string{ask}
	switch ask {
	case "":
		return ""
	case askByWish:
		if q.byWish == nil {
			q.byWish = q.in.askKeys()
		}
		keys = q.byWish
	}
	for _, key := range keys {
		if !q.used[key] {
			q.used[key] = true
			return "ask." + key
		}
	}
	return ""
}

// askKeys returns what to ask about: the wish, then the obstacle, then the topics that
// are not in place, the weakest first.
func (in *inputs) askKeys() (keys []string) {
	if _, known := wishTopics[in.help]; known {
		keys = append(keys, in.help)
	}
	if obstacle := in.Answers[qObstacle]; slices.Contains(askingObstacles, obstacle) {
		keys = append(keys, obstacle)
	}
	topics := Topics(*in.Case)
	slices.SortStableFunc(topics, func(a, b TopicScore) int { return cmp.Compare(a.Points, b.Points) })
	for _, t := range topics {
		if t.Level != LevelWeak && t.Level != LevelPartly || slices.Contains(wishTopics[in.help], t.Topic) {
			continue
		}
		keys = append(keys, string(t.Topic))
	}
	return append(keys, askAnyone)
}

// askTexts returns the keys of all texts that a record with this Ask may need.
func askTexts(ask string) []string {
	if ask != askByWish {
		return []string{ask}
	}
	keys := slices.Concat(slices.Sorted(maps.Keys(wishTopics)), askingObstacles, []string{askAnyone})
	for _, t := range topicQuestions {
		keys = append(keys, string(t.topic))
	}
	return keys
}
