package referral

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"

	"digiwijzer/locales/fault"
)

// InterviewQuestion is a question that an adviser may ask a business that did the check. Its words
// are in package locales, under interview.<id>: .text is the question and .why what the answer is
// useful for.
type InterviewQuestion struct {
	ID string `toml:"id"` // stable, never reused
	// Topic or Obstacle is what it is about; without either it suits every business.
	Topic    Topic  `toml:"topic"`
	Obstacle string `toml:"obstacle"` // an answer to the question on the obstacle
	// When lists, per question, the answers for which it is meant; all must hold.
	When       map[string][]string `toml:"when"`
	Sectors    []string            `toml:"sectors"`     // empty: all
	NotSectors []string            `toml:"not_sectors"` // never for these
	Sizes      []Size              `toml:"sizes"`       // empty: all
}

// interviewFile holds the questions of advisers.
const interviewFile = "interview.toml"

// InterviewQuestions returns the questions of advisers in the order of the file.
func (c *Catalogue) InterviewQuestions() []*InterviewQuestion { return c.interview }

// Interview returns what an adviser may ask a business, in order of importance: one question about
// its wish, one about its obstacle, then one about each topic that is not in place, the weakest
// first, then the others in that order, and last those that suit every business. An unknown topic
// ranks between weak and partly. It is pure and deterministic.
func (c *Catalogue) Interview(k Case) []*InterviewQuestion {
	var about [][]*InterviewQuestion
	wish := wishTopics[k.Answers[qHelpWanted]]
	topics := missingTopics(k)
	for _, t := range topics {
		if slices.Contains(wish, t) {
			about = append(about, c.interviewAbout(&k, t, ""))
		}
	}
	if obstacle := k.Answers[qObstacle]; obstacle != "" {
		own := c.interviewAbout(&k, "", obstacle)
		about = slices.Insert(about, min(1, len(about)), own)
	}
	for _, t := range topics {
		if !slices.Contains(wish, t) {
			about = append(about, c.interviewAbout(&k, t, ""))
		}
	}
	var first, rest []*InterviewQuestion
	for _, group := range about {
		if len(group) > 0 {
			first, rest = append(first, group[0]), append(rest, group[1:]...)
		}
	}
	return slices.Concat(first, rest, c.interviewAbout(&k, "", ""))
}

// interviewAbout returns the questions about a topic or an obstacle that suit this business; with
// neither, those for every business.
func (c *Catalogue) interviewAbout(k *Case, topic Topic, obstacle string) (list []*InterviewQuestion) {
	for _, q := range c.interview {
		if q.Topic == topic && q.Obstacle == obstacle && q.suits(k) {
			list = append(list, q)
		}
	}
	return list
}

func (q *InterviewQuestion) suits(k *Case) bool {
	if !oneOf(q.Sectors, k.Sector) || slices.Contains(q.NotSectors, k.Sector) || !oneOf(q.Sizes, k.Size) {
		return false
	}
	for question, options := range q.When {
		if !slices.Contains(options, k.Answers[question]) {
			return false
		}
	}
	return true
}

// missingTopics returns the topics that are not in place, the weakest first.
func missingTopics(k Case) (topics []Topic) {
	scores := Topics(k)
	points := func(s TopicScore) float64 {
		if s.Level == LevelUnknown {
			return mostWeak
		}
		return s.Points
	}
	slices.SortStableFunc(scores, func(a, b TopicScore) int { return cmp.Compare(points(a), points(b)) })
	for _, s := range scores {
		if s.Level != LevelGood {
			topics = append(topics, s.Topic)
		}
	}
	return topics
}

// readInterview reads the questions of advisers. A catalogue without them is valid.
func (f *faults) readInterview(fsys fs.FS, c *Catalogue) {
	if _, err := fs.Stat(fsys, interviewFile); err != nil {
		return
	}
	var doc struct {
		Questions []*InterviewQuestion `toml:"question"`
	}
	if f.decode(fsys, interviewFile, &doc) {
		c.interview = doc.Questions
	}
}

// checkInterview checks every question of advisers. The content gate checks that the questions in
// when exist.
func (f *faults) checkInterview(c *Catalogue) {
	known := map[string]bool{}
	for _, q := range c.interview {
		report := func(format string, args ...any) { f.add(interviewFile, q.ID, format, args...) }
		if q.ID == "" || strings.Trim(q.ID, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			report("the id %q must have small letters, digits, hyphens and underscores only", q.ID)
		}
		if known[q.ID] {
			report("occurs twice")
		}
		known[q.ID] = true
		if q.Topic != "" && q.Topic.Questions() == nil {
			report("unknown topic %q", fault.NewUnknown(q.Topic, topicNames()))
		}
		if q.Topic != "" && q.Obstacle != "" {
			report("is about a topic or an obstacle, not both")
		}
		if q.Obstacle != "" {
			all(report, "obstacle", obstacles, []string{q.Obstacle})
		}
		all(report, "sizes", sizes[:], q.Sizes)
		for _, s := range slices.Concat(q.Sectors, q.NotSectors) {
			if c.region.bySector[s] == nil {
				report("unknown sector %q", fault.NewUnknown(s, c.region.sectorIDs()))
			}
		}
		for question, options := range q.When {
			if len(options) == 0 {
				report("when: no options of question %q", question)
			}
		}
	}
}
