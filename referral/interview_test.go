package referral

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryMissingTopicHasTwoQuestions goes through every combination of answers on a topic,
// for every sector and size: where it is not in place, an adviser has at least two questions
// about it, and none where it is.
func TestEveryMissingTopicHasTwoQuestions(t *testing.T) {
	t.Parallel()
	c := embeddedCatalogue(t)
	scale := testScale()
	for _, topic := range topicQuestions {
		for _, answers := range everyAnswer(scale, topic.questions) {
			for _, sector := range c.region.sectors {
				for _, size := range sizes {
					k := Case{Sector: sector.ID, Size: size, Scale: scale, Answers: answers, Assessment: Assessment{Cyber: CyberOK}}
					n := 0
					for _, q := range c.Interview(k) {
						if q.Topic == topic.topic {
							n++
						}
					}
					level := Topics(k)[slices.IndexFunc(topicQuestions[:], func(o topicOf) bool { return o.topic == topic.topic })].Level
					if level == LevelGood {
						assert.Zero(t, n, "%s %v", topic.topic, answers)
					} else {
						assert.GreaterOrEqual(t, n, 2, "%s %v %s %s", topic.topic, answers, sector.ID, size)
					}
				}
			}
		}
	}
}

// everyAnswer returns every combination of answers to questions, "weet ik niet" included.
func everyAnswer(scale *Scale, questions []string) []Answers {
	all := []Answers{{}}
	for _, question := range questions {
		var longer []Answers
		for _, item := range scale.Items {
			if item.Question != question {
				continue
			}
			for _, answers := range all {
				for option := range item.Points {
					longer = append(longer, with(answers, question, option))
				}
				longer = append(longer, with(answers, question, DontKnow))
			}
		}
		all = longer
	}
	return all
}

func with(answers Answers, question, option string) Answers {
	more := Answers{question: option}
	for q, o := range answers {
		more[q] = o
	}
	return more
}

func TestEveryObstacleHasAQuestion(t *testing.T) {
	t.Parallel()
	c := embeddedCatalogue(t)
	for _, obstacle := range obstacles {
		k := Case{Sector: "retail", Size: Micro, Scale: testScale(), Answers: Answers{"obstacle": obstacle}}
		about := func(q *InterviewQuestion) bool { return q.Obstacle == obstacle }
		want := obstacle != "niets" && obstacle != DontKnow
		assert.Equal(t, want, slices.ContainsFunc(c.Interview(k), about), obstacle)
	}
}

func TestInterviewBeginsWithWishAndObstacle(t *testing.T) {
	t.Parallel()
	c := embeddedCatalogue(t)
	k := Case{Sector: "retail", Size: Micro, Scale: testScale(), Answers: Answers{
		"online_presence": "e", "administration": "b", "access_anywhere": "c", "customer_data": "b", "ai_use": "a", "learning": "d", "plan_and_budget": "d",
		"login_code": "b", "updates": "c", "backups": "b", "obstacle": "tijd", "help_wanted": "papier",
	}, Assessment: Assessment{Cyber: CyberOK}}
	var ids []string
	for _, q := range c.Interview(k) {
		ids = append(ids, q.ID)
	}
	assert.Equal(t, []string{"admin_till", "time_lost", "ai_text"}, ids[:3], "the wish, the obstacle, the weakest topic")
	assert.Equal(t, []string{"any_recognise", "any_halfyear", "any_helper"}, ids[len(ids)-3:])
	sorted := slices.Sorted(slices.Values(ids))
	assert.Len(t, slices.Compact(sorted), len(ids), "no question twice: %v", ids)
}

func TestLoadRefusesFaultyInterview(t *testing.T) {
	t.Parallel()
	const good = "[[question]]\nid = \"a\"\ntopic = \"online\"\n"
	for text, fault := range map[string]string{
		good + good:                                       "interview.toml: a: occurs twice",
		"[[question]]\nid = \"A\"":                        "small letters",
		good + "obstacle = \"tijd\"":                      "not both",
		"[[question]]\nid = \"a\"\ntopic = \"x\"":         "unknown topic",
		"[[question]]\nid = \"a\"\nobstacle = \"papier\"": "obstacle: unknown value",
		good + "when = { online_presence = [] }":          "no options of question",
		good + "sectors = [\"x\"]":                        `unknown sector "x"`,
		good + "sizes = [\"x\"]":                          "sizes: unknown value",
		good + "points = 3":                               "unknown key",
	} {
		files := actionFiles(t)
		files[interviewFile] = &fstest.MapFile{Data: []byte(text)}
		_, err := Load(files)
		require.ErrorContains(t, err, fault)
	}
}

// TestOffers: the help of the region is near, open and meant for the business; nothing
// national is in it, and outside the region there is none.
func TestOffers(t *testing.T) {
	t.Parallel()
	c := embeddedCatalogue(t)
	k := Case{Sector: "retail", Size: Micro, Municipality: "GM0344", Today: "2026-11-28", Assessment: Assessment{Quadrant: Vulnerable}}
	offers := c.Offers(k)
	require.NotEmpty(t, offers)
	reach := 0
	for _, o := range offers {
		i := o.Initiative
		assert.NotEqual(t, "national", i.Area.Scope, i.ID)
		assert.True(t, i.Live(k.Today) && i.acceptsReferrals(k.Today), i.ID)
		assert.True(t, o.URL != "" || o.Phone != "", i.ID)
		assert.GreaterOrEqual(t, i.Area.reach(), reach, "%s is nearer than the one before", i.ID)
		reach = i.Area.reach()
	}
	k.Municipality = Outside
	assert.Empty(t, c.Offers(k))
}

// TestOfferChanges reads the dates of an initiative and its rounds on the days around them.
func TestOfferChanges(t *testing.T) {
	t.Parallel()
	i := &Initiative{ID: "a", Area: Area{Scope: "national"}, ValidFrom: "2026-03-01", ValidTo: "2026-12-31",
		Rounds: []Round{{From: "2026-07-01", To: "2026-07-31"}}}
	c := embeddedCatalogue(t)
	own := &Catalogue{initiatives: []*Initiative{i}, region: c.region}
	changes := func(since, today Date) (list []string) {
		for _, change := range own.OfferChanges(Case{Sector: "retail", Size: Micro, Municipality: "GM0344", Today: today}, since) {
			list = append(list, string(change.Kind)+" "+string(change.Day))
		}
		return list
	}
	assert.Equal(t, []string{"began 2026-03-01", "round_opened 2026-07-01", "round_closed 2026-08-01", "ended 2027-01-01"}, changes("2026-01-01", "2027-06-30"))
	assert.Equal(t, []string{"round_opened 2026-07-01"}, changes("2026-07-01", "2026-07-31"))
	assert.Empty(t, changes("2026-07-02", "2026-07-31"))
	i.Area = Area{Scope: "list", Include: []string{"GM0307"}}
	assert.Empty(t, changes("2026-01-01", "2027-06-30"), "it is not for this municipality")
}

func TestHalfYearOfADay(t *testing.T) {
	t.Parallel()
	for day, want := range map[Date]string{"2026-01-01": "2026H1", "2026-06-30": "2026H1", "2026-07-01": "2026H2", "2027-12-31": "2027H2"} {
		assert.Equal(t, want, HalfYear(day))
		assert.LessOrEqual(t, HalfYearStart(want), day)
		assert.Equal(t, want, HalfYear(HalfYearStart(want)))
	}
	for _, none := range []string{"", "2026", "2026H3", "26H1", "2026H", "H1"} {
		assert.Empty(t, HalfYearStart(none), none)
	}
}
