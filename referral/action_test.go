package referral

import (
	"path"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// action is one action of a file for tests; the rest of its keys follow.
func action(id, keys string) string {
	return "[[action]]\nid = \"" + id + "\"\nminutes = 30\ncost = \"free\"\n" + keys +
		"\n[[action.source]]\ntitle = \"Source\"\nurl = \"https://example.com\"\nseen = \"2026-11-20\"\n"
}

// withActions loads the embedded catalogue with only these actions.
func withActions(t testing.TB, actions ...string) *Catalogue {
	t.Helper()
	c, err := Load(actionFiles(t, actions...))
	require.NoError(t, err)
	return c
}

func actionFiles(t testing.TB, actions ...string) fstest.MapFS {
	m := embeddedMap(t)
	for file := range m {
		if ok, err := path.Match("actions/*.toml", file); ok && err == nil {
			delete(m, file)
		}
	}
	var text []byte
	for _, a := range actions {
		text = append(text, a...)
	}
	m["actions/test.toml"] = &fstest.MapFile{Data: text}
	return m
}

// advised returns the ids of the actions for a baker of four with these answers.
func advised(c *Catalogue, answers Answers) (ids []string) {
	k := Case{Sector: "retail", Size: Micro, Answers: Answers{"size": "2"}, Scale: testScale()}
	for question, option := range answers {
		k.Answers[question] = option
	}
	for _, a := range c.Actions(k) {
		ids = append(ids, a.ID)
	}
	return ids
}

func TestActionsMatchTheAnswersGiven(t *testing.T) {
	t.Parallel()
	c := withActions(t,
		action("admin", `topic = "administration"`+"\nwhen = {administration = [\"a\", \"x\"]}"),
		action("both", `topic = "online"`+"\nwhen = {online_presence = [\"a\"], paperwork = [\"d\"]}"),
		action("builders", `topic = "plan"`+"\nwhen = {plan_and_budget = [\"a\"]}\nsectors = [\"bouw\"]"),
		action("not-here", `topic = "plan"`+"\nwhen = {plan_and_budget = [\"a\"]}\nnot_sectors = [\"retail\"]"),
		action("larger", `topic = "plan"`+"\nwhen = {plan_and_budget = [\"a\"]}\nsizes = [\"klein\"]"),
		action("over", `topic = "plan"`+"\nwhen = {plan_and_budget = [\"a\"]}\nstatus = \"ended\""),
	)
	assert.Empty(t, advised(c, nil), "nothing is answered")
	assert.Empty(t, advised(c, Answers{"administration": "d", "plan_and_budget": "a"}))
	assert.Equal(t, []string{"admin"}, advised(c, Answers{"administration": "a", "online_presence": "a"}))
	assert.Equal(t, []string{"admin"}, advised(c, Answers{"administration": "x"}))
	assert.Equal(t, []string{"both"}, advised(c, Answers{"online_presence": "a", "paperwork": "d"}))
}

func TestActionsAreOrderedByWeight(t *testing.T) {
	t.Parallel()
	c := withActions(t,
		action("online", `topic = "online"`+"\nwhen = {online_presence = [\"a\", \"d\"]}\nwishes = [\"klanten\"]"),
		action("admin", `topic = "administration"`+"\nwhen = {administration = [\"a\", \"b\"]}"),
		action("admin-retail", `topic = "administration"`+"\nwhen = {administration = [\"a\", \"b\"]}\nsectors = [\"retail\"]"),
		action("learning", `topic = "learning"`+"\nwhen = {learning = [\"a\", \"b\"]}\nobstacles = [\"kennis\"]"),
	)
	gaps := Answers{"online_presence": "d", "administration": "b", "learning": "b"}
	with := func(question, option string) Answers {
		all := Answers{question: option}
		for q, o := range gaps {
			all[q] = o
		}
		return all
	}
	assert.Equal(t, []string{"admin-retail", "learning", "online"}, advised(c, gaps), "the trade's own action first, one per topic")
	assert.Equal(t, []string{"online", "admin-retail", "learning"}, advised(c, with("help_wanted", "klanten")), "the wish first")
	assert.Equal(t, []string{"learning", "admin-retail", "online"},
		advised(c, Answers{"online_presence": "d", "administration": "b", "learning": "a", "obstacle": "kennis"}), "what is missing and in the way first")
	delete(gaps, "online_presence")
	delete(gaps, "learning")
	assert.Equal(t, []string{"admin-retail", "admin"}, advised(c, gaps), "one topic: both")
}

func TestTwoActionsSuitTheWish(t *testing.T) {
	t.Parallel()
	safe := func(id, question string) string {
		return action(id, `topic = "security"`+"\nwhen = {"+question+" = [\"b\"]}\nwishes = [\"veilig\"]")
	}
	c := withActions(t, safe("login", "login_code"), safe("login-too", "login_code"), safe("updates", "updates"), safe("backups", "backups"),
		action("plan", `topic = "plan"`+"\nwhen = {plan_and_budget = [\"a\"]}"),
		action("online", `topic = "online"`+"\nwhen = {online_presence = [\"a\"]}"))
	answers := func(wish string) Answers {
		return Answers{"login_code": "b", "updates": "b", "backups": "b", "plan_and_budget": "a", "online_presence": "a", "help_wanted": wish}
	}
	assert.Equal(t, []string{"login", "updates", "plan"}, advised(c, answers("veilig")), "two about different questions, then another topic")
	assert.Equal(t, []string{"plan", "online", "login"}, advised(c, answers("papier")))
}

func TestObstacleDecidesBetweenLikeActions(t *testing.T) {
	t.Parallel()
	keys := `topic = "plan"` + "\nwhen = {plan_and_budget = [\"a\"]}"
	c := withActions(t, "[[action]]\nid = \"long\"\nminutes = 90\ncost = \"free\"\n"+keys+"\n[[action.source]]\ntitle = \"S\"\nurl = \"https://example.com\"\n",
		"[[action]]\nid = \"dear\"\nminutes = 10\ncost = \"paid\"\n"+keys+"\n[[action.source]]\ntitle = \"S\"\nurl = \"https://example.com\"\n",
		"[[action]]\nid = \"cheap\"\nminutes = 20\ncost = \"low\"\n"+keys+"\n[[action.source]]\ntitle = \"S\"\nurl = \"https://example.com\"\n")
	plan := func(obstacle string) []string {
		return advised(c, Answers{"plan_and_budget": "a", "obstacle": obstacle})
	}
	assert.Equal(t, []string{"long", "dear", "cheap"}, plan("niets"), "the order of the file")
	assert.Equal(t, []string{"dear", "cheap", "long"}, plan("tijd"), "the shortest first")
	assert.Equal(t, []string{"long", "cheap", "dear"}, plan("geld"), "the free one first")
}

func TestIncidentHasNoActions(t *testing.T) {
	t.Parallel()
	c := withActions(t, action("admin", `topic = "administration"`+"\nwhen = {administration = [\"a\"]}"))
	k := Case{Sector: "retail", Answers: Answers{"administration": "a", "size": "1"}, Scale: testScale()}
	require.Len(t, c.Actions(k), 1)
	k.Cyber = CyberIncident
	assert.Empty(t, c.Actions(k))
}

func TestLoadRefusesFaultyActions(t *testing.T) {
	t.Parallel()
	good := `topic = "plan"` + "\nwhen = {plan_and_budget = [\"a\"]}"
	for keys, want := range map[string]string{
		`topic = "plans"` + "\nwhen = {a = [\"a\"]}": `actions/test.toml: act: unknown topic "plans"`,
		`topic = "plan"`:                       "when: names no question",
		`topic = "plan"` + "\nwhen = {a = []}": `when: no options of question "a"`,
		good + "\nwishes = [\"geld\"]":         `wishes: unknown value "geld"`,
		good + "\nobstacles = [\"papier\"]":    `obstacles: unknown value "papier"`,
		good + "\nsectors = [\"bakker\"]":      `unknown sector "bakker"`,
		good + "\nsizes = [\"2\"]":             `sizes: unknown value "2"`,
		good + "\nlook_again = \"2027-13-01\"": `"2027-13-01" is not a date`,
		good + "\nstatus = \"closed\"":         `status: unknown value "closed"`,
		good + "\nprice = 3":                   `unknown key "price"`,
	} {
		_, err := Load(actionFiles(t, action("act", keys)))
		assert.ErrorContains(t, err, want)
	}
	_, err := Load(actionFiles(t, action("act", good), action("act", good)))
	require.ErrorContains(t, err, "act: is also in actions/test.toml")
	_, err = Load(actionFiles(t, action("Act", good)))
	require.ErrorContains(t, err, `the id "Act" must have`)
	_, err = Load(actionFiles(t, "[[action]]\nid = \"act\"\n"+good+"\nminutes = 900\ncost = \"dear\"\n"))
	require.ErrorContains(t, err, "minutes: 900")
	require.ErrorContains(t, err, `cost: unknown value "dear"`)
	require.ErrorContains(t, err, "has no source")
}

func TestTopics(t *testing.T) {
	t.Parallel()
	topics := func(cyber Cyber, answers Answers) map[Topic]TopicScore {
		list := Topics(Case{Assessment: Assessment{Cyber: cyber}, Answers: answers, Scale: testScale()})
		require.Len(t, list, 8)
		byTopic := map[Topic]TopicScore{}
		for i, s := range list {
			assert.Equal(t, topicQuestions[i].topic, s.Topic)
			byTopic[s.Topic] = s
		}
		return byTopic
	}
	s := topics(CyberUnknown, Answers{"online_presence": "b", "administration": "c", "access_anywhere": "b", "ai_use": "x",
		"login_code": "c", "updates": "b"})
	assert.Equal(t, TopicScore{TopicOnline, 33, LevelWeak}, s[TopicOnline])
	assert.Equal(t, TopicScore{TopicAdministration, 67, LevelGood}, s[TopicAdministration])
	assert.Equal(t, TopicScore{TopicAccess, 50, LevelPartly}, s[TopicAccess])
	assert.Equal(t, TopicScore{TopicAI, 0, LevelUnknown}, s[TopicAI])
	assert.Equal(t, TopicScore{TopicLearning, 0, LevelUnknown}, s[TopicLearning])
	assert.Equal(t, TopicScore{TopicSecurity, 75, LevelPartly}, s[TopicSecurity])
	all := Answers{"login_code": "c", "updates": "c", "backups": "c"}
	assert.Equal(t, LevelGood, topics(CyberOK, all)[TopicSecurity].Level)
	assert.Equal(t, LevelWeak, topics(CyberWeak, all)[TopicSecurity].Level, "an incident was mentioned")
}

// TestActionsProperties advises every embedded action's businesses: at most three, all of
// which suit them, in the same order every time.
func TestActionsProperties(t *testing.T) {
	t.Parallel()
	c := embeddedCatalogue(t)
	scale := testScale()
	for _, obstacle := range obstacles {
		for _, wish := range wishes {
			for _, sector := range c.region.sectors {
				for _, option := range []string{"a", "b", "c", "d", "x", ""} {
					k := Case{Sector: sector.ID, Size: Micro, Scale: scale, Answers: Answers{"size": "2", "obstacle": obstacle, "help_wanted": wish}}
					for _, item := range scale.Items {
						if item.Axis != "" && option != "" {
							k.Answers[item.Question] = option
						}
					}
					actions := c.Actions(k)
					assert.LessOrEqual(t, len(actions), 3)
					assert.True(t, slices.Equal(actions, c.Actions(k)))
					for _, a := range actions {
						assert.True(t, a.Suits(&k), "%s for %v", a.ID, k.Answers)
					}
				}
			}
		}
	}
}
