package simulation_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/simulation"
	"digiwijzer/referral"
)

const (
	sampleSize  = 4000
	sampleToday = referral.Date("2026-11-22")
)

// advisedActions counts in a sample of businesses how often each action is advised, and
// how often first.
type advisedActions struct {
	any, first map[string]int
	none       int // businesses without an action though something is missing
	different  map[string]bool
	results    []flows.Result
}

func adviseSample(t *testing.T, e *flows.Engine) advisedActions {
	t.Helper()
	p := population(t, e, simulation.EmbeddedPopulation())
	sample, err := simulation.Draw(e, p, simulation.Sample{N: sampleSize, Seed: 1, Today: sampleToday})
	require.NoError(t, err)
	a := advisedActions{any: map[string]int{}, first: map[string]int{}, different: map[string]bool{}}
	for _, answers := range sample {
		r, err := e.Advise(answers, false, sampleToday)
		require.NoError(t, err)
		a.results = append(a.results, r)
		missing := slices.ContainsFunc(r.Topics, func(s referral.TopicScore) bool { return s.Points < 100 })
		if len(r.Actions) == 0 && missing {
			a.none++
		}
		key := ""
		for i, action := range r.Actions {
			a.any[action.ID]++
			key += action.ID + " "
			if i == 0 {
				a.first[action.ID]++
			}
		}
		a.different[key] = true
	}
	return a
}

// TestEveryActionHasItsShare expects that everyone who misses something gets an action,
// that no action is the first of more than a fifth, and that each is advised to at least
// one business in five hundred.
func TestEveryActionHasItsShare(t *testing.T) {
	e := loadEngine(t)
	a := adviseSample(t, e)
	t.Logf("%d different sets of actions", len(a.different))
	assert.Zero(t, a.none, "businesses that miss something and get no action")
	for _, id := range slices.Sorted(maps.Keys(a.first)) {
		if share := percent(a.first[id], sampleSize); share > 5 {
			t.Logf("%s is the first action of %.1f %%", id, share)
		}
		assert.LessOrEqual(t, percent(a.first[id], sampleSize), 20.0, "%s is the first action of too many", id)
	}
	for _, action := range e.Catalogue.AllActions() {
		if action.Status != referral.StatusEnded {
			assert.GreaterOrEqual(t, percent(a.any[action.ID], sampleSize), 0.2, "%s is advised to too few", action.ID)
		}
	}
}

// TestObstacleSteersTheActions compares people with the obstacle time or money with the others: their actions are shorter, or
// more often free. If cyber is weak one action is about security, and people with a wish get an action for it first.
func TestObstacleSteersTheActions(t *testing.T) {
	a := adviseSample(t, loadEngine(t))
	type sum struct{ n, minutes, free int }
	sums := map[string]sum{}
	wishes, first := 0, 0
	for _, r := range a.results {
		require.LessOrEqual(t, len(r.Actions), 3)
		obstacle, wish := r.Answers["obstacle"], r.Answers["help_wanted"]
		secure := r.Cyber != referral.CyberWeak
		for _, action := range r.Actions {
			require.True(t, action.Suits(&r.Case), action.ID)
			secure = secure || action.Topic == referral.TopicSecurity
			s := sums[obstacle]
			s.n, s.minutes = s.n+1, s.minutes+action.Minutes
			if action.Cost == referral.CostFree {
				s.free++
			}
			sums[obstacle] = s
		}
		assert.True(t, secure, "cyber is weak and no action is about security: %v", r.Answers)
		if wish != "twijfel" && wish != "geen" && len(r.Actions) > 0 {
			wishes++
			if slices.Contains(r.Actions[0].Wishes, wish) {
				first++
			}
		}
	}
	assert.Greater(t, percent(first, wishes), 95.0, "the wish comes first")
	free := sums["geld"]
	assert.Greater(t, percent(free.free, free.n), 95.0)
	for obstacle, s := range sums {
		if obstacle != "tijd" {
			assert.Greater(t, s.minutes/s.n, sums["tijd"].minutes/sums["tijd"].n, "minutes with %q", obstacle)
		}
		if obstacle != "geld" {
			assert.Greater(t, percent(free.free, free.n), percent(s.free, s.n), "free with %q", obstacle)
		}
	}
}

// TestAdviceOfTheRegion checks the value of the advice for the businesses of the region: everybody gets something to do or
// somebody to go to, few are sent to the Chamber of Commerce first, and the help that the check was made for reaches its
// businesses.
func TestAdviceOfTheRegion(t *testing.T) {
	e := loadEngine(t)
	r := run(t, e, population(t, e, simulation.EmbeddedPopulation()), simulation.Sample{N: sampleSize, Seed: 1})
	t.Logf("%d different advices; %.0f %% of the reasons name the wish or the obstacle", r.Advices, percent(r.Personal, r.Reasons))
	assert.Zero(t, r.Nothing, "businesses without step and action")
	assert.Greater(t, r.Advices, sampleSize/4, "different advices")
	assert.Greater(t, percent(r.Personal, r.Reasons), 30.0, "reasons that name the wish or the obstacle")
	loads := map[string]simulation.Load{}
	for _, l := range r.Initiatives {
		loads[l.ID] = l
	}
	t.Logf("kvk is the first step of %.1f %%", percent(loads["kvk"].First, r.N))
	assert.LessOrEqual(t, percent(loads["kvk"].First, r.N), 25.0, "sent to the Chamber of Commerce first")
	for _, id := range []string{"mkb-werkplaats-utrecht", "edih-noordwest", "cybernetwerk-utrecht", "cyberveilig-check"} {
		t.Logf("%s is a step of %.1f %%", id, percent(loads[id].Steps, r.N))
		assert.GreaterOrEqual(t, percent(loads[id].Steps, r.N), 1.0, id)
	}
	assert.Positive(t, loads["mijn-digitale-zaak"].Mentions, "who it is for hears why not now")
}
