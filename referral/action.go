package referral

import (
	"cmp"
	"slices"
)

// Action is something that a business can do itself. Its texts are in package locales,
// under action.<id>.
type Action struct {
	ID    string `toml:"id"` // stable, never reused
	Topic Topic  `toml:"topic"`
	// Status is empty, or "ended": an ended action is never advised.
	Status Status `toml:"status"`
	// When lists, per question, the answers for which the action is meant. Every question must have
	// one of the listed answers; an unanswered question has none.
	When map[string][]string `toml:"when"`
	// Wishes and Obstacles are the answers to help_wanted and obstacle that it suits best.
	Wishes     []string       `toml:"wishes"`
	Obstacles  []string       `toml:"obstacles"`
	Sectors    []string       `toml:"sectors"`     // empty: all
	NotSectors []string       `toml:"not_sectors"` // never for these
	Sizes      []Size         `toml:"sizes"`       // empty: all
	Minutes    int            `toml:"minutes"`     // what it takes, 1–480
	Cost       ActionCost     `toml:"cost"`
	LookAgain  Date           `toml:"look_again"` // after this day an editor must read it again; may be empty
	Sources    []ActionSource `toml:"source"`     // public pages, the most important first; at least one

	File       string      `toml:"-"` // the file it comes from, such as "actions/topics.toml"
	order      int         // place in Catalogue.Actions
	conditions []condition // When, by question
}

// condition is a question with the answers for which an action is meant.
type condition struct {
	question string
	options  []string
}

// ActionSource is a public page that an action relies on.
type ActionSource struct {
	Title string `toml:"title"`
	URL   string `toml:"url"`
	Seen  Date   `toml:"seen"` // the day on which an editor read it; may be empty
}

// ActionCost is what an action costs.
type ActionCost string

// The costs.
const (
	CostFree ActionCost = "free"
	CostLow  ActionCost = "low"  // a small amount, or a few euros a month
	CostPaid ActionCost = "paid" // a price on request
)

// maxActions is the highest number of actions advised.
const maxActions = 3

// The weights of an action, in the points of a missing answer (0–100).
const (
	weightWish     = 120.0
	weightSubject  = 60.0 // more when the wish is about the topic of the action
	weightSector   = 40.0
	weightObstacle = 25.0
	weightCost     = 40.0 // per step from free to low to paid, when money is the obstacle
	weightMinute   = 0.5  // per minute up to longAction, when time is the obstacle
	longAction     = 120
	gapUnmeasured  = 50.0
	// Most businesses do not use AI yet, so its absence counts less.
	shareAI = 0.5
)

// wishTopics are the topics that a wish is about.
var wishTopics = map[string][]Topic{
	"klanten": {TopicOnline, TopicCustomers},
	"papier":  {TopicAdministration},
	"data":    {TopicCustomers, TopicAI},
	"veilig":  {TopicSecurity},
	"nieuw":   {TopicPlan},
	"leren":   {TopicLearning},
}

// Actions returns the actions that a business is advised to do itself, the best first,
// at most three. It is pure and deterministic.
//
// An action is considered when every question in its When has an answer listed there and its
// sectors and sizes include the business; an answer that means it is already in place is not
// listed, so such an action is never advised. Actions are ordered by weight, the sum of:
//   - the gap: 100 minus the points of the answer, half of that for AI; 50 if nothing was
//     measured, or for the best answer, which is listed only if it does not show that this
//     was done, such as a legal duty of web shops
//   - 120 when it suits the wish, and 60 more when the wish is about its topic
//   - 40 when it is for this sector only
//   - 25 when it suits the obstacle
//   - when time is the obstacle, minus half a point per minute, up to 120 minutes
//   - when money is the obstacle, minus 40 for a low price and 80 for a higher one
//
// Among equals the first in the files precedes. When cyber is weak one of the three is about
// security. Two of them suit the wish, about different questions, if there are such actions; the
// others are of different topics, or else about different questions. An incident has no
// actions.
func (c *Catalogue) Actions(k Case) []*Action {
	if k.Cyber == CyberIncident {
		return nil
	}
	candidates := make([]weighed, 0, 32) // about as many suit a business
	for _, a := range c.actions {
		if a.Suits(&k) {
			candidates = append(candidates, a.weigh(&k))
		}
	}
	slices.SortFunc(candidates, func(a, b weighed) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.order, b.order))
	})
	return spread(candidates, k.Answers[qHelpWanted], k.Cyber == CyberWeak)
}

// weighed is an action that suits a business.
type weighed struct {
	*Action
	weight   float64
	question string // the question of When with the largest gap; may be empty
}

// Suits reports whether an action is meant for a business that answered like this.
func (a *Action) Suits(k *Case) bool {
	if a.Status == StatusEnded ||
		!oneOf(a.Sectors, k.Sector) || slices.Contains(a.NotSectors, k.Sector) || !oneOf(a.Sizes, k.Size) {
		return false
	}
	for i := range a.conditions {
		options := a.conditions[i].options
		if value := k.Answers[a.conditions[i].question]; value == "" || !slices.Contains(options, value) {
			return false
		}
	}
	return true
}

func (a *Action) weigh(k *Case) weighed {
	w := weighed{Action: a}
	w.weight, w.question = a.gap(k)
	if a.Topic == TopicAI {
		w.weight *= shareAI
	}
	if wish := k.Answers[qHelpWanted]; slices.Contains(a.Wishes, wish) {
		w.weight += weightWish
		if slices.Contains(wishTopics[wish], a.Topic) {
			w.weight += weightSubject
		}
	}
	if len(a.Sectors) > 0 {
		w.weight += weightSector
	}
	obstacle := k.Answers[qObstacle]
	if slices.Contains(a.Obstacles, obstacle) {
		w.weight += weightObstacle
	}
	switch obstacle {
	case obstacleTime:
		w.weight -= weightMinute * float64(min(a.Minutes, longAction))
	case obstacleMoney:
		w.weight -= weightCost * float64(slices.Index(actionCosts, a.Cost))
	}
	return w
}

// gap returns the gap, 0–100, with the question where it is largest. If no question of When is
// about the topic itself, it is the gap of the topic as a whole.
func (a *Action) gap(k *Case) (gap float64, question string) {
	var whole tally
	for _, q := range a.Topic.Questions() {
		points, measured := k.points(q)
		if measured {
			whole.add(points, true)
		}
		if _, asked := a.When[q]; !asked {
			continue
		}
		missing := gapUnmeasured
		if measured && points < 100 {
			missing = 100 - points
		}
		if question == "" || missing > gap {
			gap, question = missing, q
		}
	}
	switch {
	case question != "":
		return gap, question
	case whole.measured == 0:
		return gapUnmeasured, ""
	}
	return 100 - whole.mean(), ""
}

// spread takes the best action, one about security if that is weak, a second one that suits the
// wish, the first of every topic, then of every question, then the others, until there are
// maxActions. It returns them in the order of their weights.
func spread(candidates []weighed, wish string, weak bool) []*Action {
	topics, questions, taken := map[Topic]bool{}, map[string]bool{}, map[*Action]bool{}
	suiting := 0 // taken for the wish
	suits := func(w weighed) bool { return slices.Contains(w.Wishes, wish) }
	pass := func(wanted func(weighed) bool) {
		for _, w := range candidates {
			if len(taken) < maxActions && !taken[w.Action] && wanted(w) {
				taken[w.Action], topics[w.Topic], questions[w.question] = true, true, true
				if suits(w) {
					suiting++
				}
			}
		}
	}
	pass(func(weighed) bool { return len(taken) == 0 })
	pass(func(w weighed) bool { return weak && w.Topic == TopicSecurity && !topics[TopicSecurity] })
	pass(func(w weighed) bool { return suiting < 2 && suits(w) && !questions[w.question] })
	pass(func(w weighed) bool { return !topics[w.Topic] })
	pass(func(w weighed) bool { return !questions[w.question] })
	pass(func(weighed) bool { return true })
	var chosen []*Action
	for _, w := range candidates {
		if taken[w.Action] {
			chosen = append(chosen, w.Action)
		}
	}
	return chosen
}
