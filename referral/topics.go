package referral

// Topic is one of the eight subjects under which readiness is shown to people.
type Topic string

// The topics, in the order in which they are shown.
const (
	TopicOnline         Topic = "online"
	TopicAdministration Topic = "administration"
	TopicAccess         Topic = "access" // working anywhere
	TopicCustomers      Topic = "customers"
	TopicAI             Topic = "ai"
	TopicLearning       Topic = "learning"
	TopicPlan           Topic = "plan"
	TopicSecurity       Topic = "security"
)

// topicOf is a topic with its questions.
type topicOf struct {
	topic     Topic
	questions []string
}

// topicQuestions lists the scored questions of each topic.
var topicQuestions = [...]topicOf{
	{TopicOnline, []string{qOnline}},
	{TopicAdministration, []string{qAdmin}},
	{TopicAccess, []string{qAccess}},
	{TopicCustomers, []string{qData}},
	{TopicAI, []string{qAI}},
	{TopicLearning, []string{qLearning}},
	{TopicPlan, []string{qPlan}},
	{TopicSecurity, cyberQuestions[:]},
}

// topicNames returns the topics in their order.
func topicNames() (all []Topic) {
	for _, t := range topicQuestions {
		all = append(all, t.topic)
	}
	return all
}

// Questions returns the scored questions of a topic; callers must not change them. Nil for an
// unknown topic.
func (t Topic) Questions() []string {
	for i := range topicQuestions {
		if topicQuestions[i].topic == t {
			return topicQuestions[i].questions
		}
	}
	return nil
}

// Level is how far a business is on a topic.
type Level string

// The levels.
const (
	LevelWeak    Level = "weak"    // up to 33 points
	LevelPartly  Level = "partly"  // up to 66
	LevelGood    Level = "good"    // above 66
	LevelUnknown Level = "unknown" // not measured
)

// Blocks returns how many of three blocks show the level: 1 to 3, or 0 if it is unknown.
func (l Level) Blocks() int {
	switch l {
	case LevelWeak:
		return 1
	case LevelPartly:
		return 2
	case LevelGood:
		return 3
	default:
		return 0
	}
}

const (
	mostWeak   = 33.0
	mostPartly = 66.0
)

// TopicScore is the result on one topic.
type TopicScore struct {
	Topic  Topic
	Points float64 // 0–100: the mean of the measured answers, not rounded; 0 if there are none
	Level  Level
}

// Topics returns the results on the eight topics, always all of them and in the same
// order. Security is weak when cyber is weak or an incident is going on, and good only
// when every measure that was measured is fully in place.
func Topics(k Case) []TopicScore {
	list := make([]TopicScore, 0, len(topicQuestions))
	for _, t := range topicQuestions {
		var sum tally
		for _, q := range t.questions {
			if points, ok := k.points(q); ok {
				sum.add(points, true)
			}
		}
		score := TopicScore{Topic: t.topic, Points: sum.mean(), Level: levelOf(&sum)}
		if t.topic == TopicSecurity {
			score.Level = securityLevel(&sum, k.Cyber)
		}
		list = append(list, score)
	}
	return list
}

// points returns the points of the answer to a question; ok is false if it is not measured.
func (k *Case) points(question string) (points float64, ok bool) {
	if k.Scale == nil {
		return 0, false
	}
	for i := range k.Scale.Items {
		if item := &k.Scale.Items[i]; item.Question == question {
			points, ok = item.Points[k.Answers[question]]
			return points, ok
		}
	}
	return 0, false
}

func levelOf(t *tally) Level {
	switch mean := t.mean(); {
	case t.measured == 0:
		return LevelUnknown
	case mean <= mostWeak:
		return LevelWeak
	case mean <= mostPartly:
		return LevelPartly
	}
	return LevelGood
}

func securityLevel(t *tally, cyber Cyber) Level {
	level := levelOf(t)
	switch {
	case cyber == CyberWeak || cyber == CyberIncident:
		return LevelWeak
	case level == LevelGood && t.mean() < 100:
		return LevelPartly
	}
	return level
}
