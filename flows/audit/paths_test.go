package audit

import (
	"flag"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

var conversations = flag.Int("conversations", 500, "random conversations to compare with the exploration")

// judge compares what the engine says with a path space.
type judge struct {
	*pathSpace
	Content
	byCondition, byRules, visible classes
}

func newJudge(p *pathSpace, c Content) *judge {
	values := optionValues(c.Questions, c.Catalogue, today)
	conditions, rules := conditionSets(c.Questions), ruleSets(c.Catalogue, today)
	return &judge{p, c, classify(values, conditions), classify(values, rules), classify(values, conditions, rules)}
}

// judgement returns the engine's assessment of answers in the terms of the path space.
func (p *judge) judgement(t *testing.T, answers map[string]string) (context string, j judgement) {
	t.Helper()
	r, err := p.Engine.Advise(answers, false, today)
	require.NoError(t, err)
	own := map[string]string{}
	for _, id := range p.context {
		own[id] = p.byCondition.of(id, answers[id])
	}
	seen := ""
	for _, g := range p.scored {
		for _, query := range g.queries {
			if p.byRules[query.ID] != nil {
				seen += query.ID + "=" + p.byRules.of(query.ID, r.Answers[query.ID]) + ";"
			}
		}
	}
	return spell(own), judgement{r.Quadrant, r.Border, r.Extra, r.Indicative, r.Cyber, r.Phase, reached(p.bounds, r.Readiness), seen}
}

// business returns the class of businesses with these answers.
func (p *judge) business(t *testing.T, all []*business, answers map[string]string) *business {
	t.Helper()
	for _, b := range all {
		same := true
		for _, query := range p.profile.queries {
			same = same && p.visible.of(query.ID, answers[query.ID]) == p.visible.of(query.ID, b.answers[query.ID])
		}
		if same {
			return b
		}
	}
	require.Fail(t, "no such business", "%v", answers)
	return nil
}

// randomAnswers answers a conversation at random.
func randomAnswers(t *testing.T, c Content, random *rand.Rand) map[string]string {
	t.Helper()
	turn := c.Engine.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today})
	for range 60 {
		id := c.Engine.Pending(turn.Session)
		if id == "" {
			return turn.Session.Answers
		}
		options := buttons(turn, id)
		require.NotEmpty(t, options)
		turn = c.Engine.Step(turn.Session, flows.Input{Kind: flows.Answer, Question: id, Option: options[random.IntN(len(options))],
			Rev: turn.Session.Rev, Today: today})
	}
	require.Fail(t, "conversation does not end")
	return nil
}

// TestPathsCoverRandomConversations holds random conversations: each must end in a
// judgement that the exploration found, with the advice of its witness.
func TestPathsCoverRandomConversations(t *testing.T) {
	g := checkedGate(t)
	c, p := g.Content, g.space
	require.Empty(t, p.conflicts)
	random := rand.New(rand.NewPCG(1, 2))
	all, _ := p.businesses(c.Catalogue, today)
	met := map[judgement]bool{}
	judge := newJudge(p, c)
	for range *conversations {
		answers := randomAnswers(t, c, random)
		context, j := judge.judgement(t, answers)
		met[j] = true
		like := witness{business: judge.business(t, all, answers)}
		require.Equal(t, context, like.business.context)
		for _, a := range p.assessed[context] {
			if a.judgement == j {
				like.assessed, like.cyber = a, a.cyber
			}
		}
		require.NotNil(t, like.assessed, "%s %+v", context, j)
		r, err := c.Engine.Advise(answers, false, today)
		require.NoError(t, err)
		known := c.Catalogue.Advise(caseOf(like.business, like.assessed, like.cyber, withRuleAnswers(like.business.answers, like.assessed.ruleAnswers), today))
		require.Equal(t, string(appendSignature(nil, &known, &like)), string(appendSignature(nil, &r.Advice, &like)), "%v is taken for %s", answers, &like)
	}
	assert.Greater(t, len(met), 50)
}

// TestPathsAreCountedExactly holds every conversation of a small questionnaire and
// compares the number of paths to each judgement.
func TestPathsAreCountedExactly(t *testing.T) {
	f := embeddedFiles(t)
	f[questionsTOML] = smallQuestionnaire
	c := mustLoad(t, f)
	p := explorePaths(c.Questions, c.Catalogue, today)
	judge := newJudge(p, c)
	places := int64(len(c.Engine.Allowed("municipality", today)))

	played := map[judgement]int64{}
	leaves := int64(0)
	var play func(flows.Turn)
	play = func(turn flows.Turn) {
		id := c.Engine.Pending(turn.Session)
		if id == "" {
			_, j := judge.judgement(t, turn.Session.Answers)
			played[j] += places
			leaves += places
			return
		}
		options := buttons(turn, id)
		if id == "municipality" {
			options = options[:1] // all have the same effect here: one is played and counted for all
		}
		for _, option := range options {
			play(c.Engine.Step(turn.Session, flows.Input{Kind: flows.Answer, Question: id, Option: option, Rev: turn.Session.Rev, Today: today}))
		}
	}
	play(c.Engine.Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today}))

	businesses, _ := p.businesses(c.Catalogue, today)
	counted := map[judgement]*big.Int{}
	for _, b := range businesses {
		for _, a := range p.assessed[b.context] {
			if counted[a.judgement] == nil {
				counted[a.judgement] = new(big.Int)
			}
			counted[a.judgement].Add(counted[a.judgement], new(big.Int).Mul(&b.paths, &a.paths))
		}
	}
	require.Equal(t, big.NewInt(leaves).String(), p.total(businesses).String())
	require.Len(t, counted, len(played))
	for j, n := range played {
		require.Equal(t, big.NewInt(n).String(), counted[j].String(), "%+v", j)
	}
	require.Greater(t, leaves, int64(10000))
}

// smallQuestionnaire has every kind of condition, and few enough paths to try them all.
const smallQuestionnaire = `
question_set = 1
scoring = 1
question = [
  {id = "size", part = 1, options = [{value = "1"}, {value = "2"}]},
  {id = "sector", part = 1, options = [{value = "retail"}]},
  {id = "municipality", part = 1, options_from = "municipalities"},
  {id = "administration", part = 2, axis = "readiness", options = [{value = "a", points = 0}, {value = "c", points = 67}]},
  {id = "customer_data", part = 2, axis = "readiness", dont_know = true, skip_if = [{question = "administration", is = ["a"]}], as = "a", options = [{value = "a", points = 0}, {value = "b", points = 33}, {value = "d", points = 100}]},
  {id = "ai_use", part = 2, axis = "readiness", dont_know = true, options = [{value = "b", points = 50}]},
  {id = "learning", part = 2, axis = "readiness", options = [{value = "a", points = 0}, {value = "b", points = 33}]},
  {id = "plan_and_budget", part = 2, axis = "readiness", options = [{value = "a", points = 0}, {value = "b", points = 33}, {value = "c", points = 67, hide_if = [{question = "size", is = ["1"]}]}]},
  {id = "login_code", part = 3, axis = "cyber", dont_know = true, options = [{value = "a", points = 0}, {value = "c", points = 100}]},
  {id = "updates", part = 3, axis = "cyber", dont_know = true, options = [{value = "a", points = 0}, {value = "c", points = 100}]},
  {id = "backups", part = 3, axis = "cyber", skip_if = [{question = "login_code", is = ["a"]}, {question = "updates", is = ["a"]}], options = [{value = "a", points = 0}, {value = "b", points = 50}]},
  {id = "outage", part = 3, ask_if = [{cyber_not = ["weak"]}, {any_of = ["login_code", "updates", "backups"], is = ["a"]}], options = [{value = "a"}, {value = "c"}]},
  {id = "paperwork", part = 4, axis = "impact", dont_know = true, options = [{value = "b", points = 33}, {value = "d", points = 100}]},
  {id = "staffing", part = 4, axis = "impact", ask_if = [{question = "size", not = ["1"]}], options = [{value = "b", points = 50}, {value = "c", points = 100}]},
  {id = "help_wanted", part = 4, options = [{value = "papier"}]},
  {id = "satisfaction", part = 0, options = [{value = "1"}]},
]
`

// TestReasonNeedsItsAnswer changes an answer that a reason names: the reason must
// disappear.
func TestReasonNeedsItsAnswer(t *testing.T) {
	c := mustLoad(t, embeddedFiles(t))
	random := rand.New(rand.NewPCG(3, 4))
	tried, rules := map[string]bool{}, map[string]bool{}
	for range 150 {
		answers := randomAnswers(t, c, random)
		before, err := c.Engine.Advise(answers, false, today)
		require.NoError(t, err)
		for _, step := range allSteps(before.Advice) {
			for _, because := range step.Because {
				if answers[because.Question] != because.Value && because.Question != "size" && because.Question != "municipality" {
					continue // follows from another answer
				}
				after := adviseWithOther(t, c, answers, because.Question, random)
				for _, again := range allSteps(after.Advice) {
					assert.NotContains(t, again.Because, because, "%s no longer answers %s", again.Rule, because.Question)
				}
				tried[because.Question] = true
				rules[step.Rule] = true
			}
		}
	}
	assert.Greater(t, len(tried), 12, "questions that reasons were made of")
	assert.Greater(t, len(rules), 12, "rules that gave reasons")
}

// TestRuleNeedsItsAnswer changes the answer that makes a rule fire.
func TestRuleNeedsItsAnswer(t *testing.T) {
	c := mustLoad(t, embeddedFiles(t))
	base := map[string]string{"size": "2", "sector": "ict", "municipality": "GM0344", "customer_demand": "d", "revenue_at_risk": "d",
		"paperwork": "d", "staffing": "c", "digital_requirements": "c", "new_competitors": "c", "obstacle": "geld", "help_wanted": "leren",
		"login_code": "a", "updates": "a", "online_presence": "a", "administration": "a", "access_anywhere": "a", "ai_use": "a",
		"learning": "a", "plan_and_budget": "a"}
	for rule, change := range map[string][2]string{
		"R50": {"help_wanted", "twijfel"}, "R51": {"staffing", "a"}, "R11": {"municipality", "GM0355"}, "R20": {"municipality", "buiten"},
		"R13": {"login_code", "c"},
	} {
		answers := map[string]string{}
		for k, v := range base {
			answers[k] = v
		}
		require.True(t, advisedBy(t, c, answers, rule), "%s: %s", rule, change[0])
		answers[change[0]] = change[1]
		if rule == "R13" {
			answers["updates"] = "c"
		}
		assert.False(t, advisedBy(t, c, answers, rule), "%s depends on %s", rule, change[0])
	}
}

// advisedBy reports whether a rule contributes a step to the advice.
func advisedBy(t *testing.T, c Content, answers map[string]string, rule string) bool {
	t.Helper()
	r, err := c.Engine.Advise(answers, false, today)
	require.NoError(t, err)
	for _, step := range allSteps(r.Advice) {
		if step.Rule == rule {
			return true
		}
	}
	return false
}

func allSteps(a referral.Advice) (all []referral.Step) {
	for _, list := range [][]referral.Step{a.Steps, a.Closing, a.More, a.Notes} {
		all = append(all, list...)
	}
	return all
}

// adviseWithOther advises the same business with another answer to one question.
func adviseWithOther(t *testing.T, c Content, answers map[string]string, question string, random *rand.Rand) flows.Result {
	t.Helper()
	other := map[string]string{}
	for k, v := range answers {
		other[k] = v
	}
	options := c.Engine.Allowed(question, today)
	for {
		other[question] = options[random.IntN(len(options))]
		if other[question] == answers[question] {
			continue
		}
		r, err := c.Engine.Advise(other, false, today)
		if err != nil && strings.Contains(err.Error(), "obstacle") { // "my team" without a team
			other["obstacle"] = "niets"
			r, err = c.Engine.Advise(other, false, today)
		}
		require.NoError(t, err)
		return r
	}
}
