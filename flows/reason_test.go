package flows_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// reasonOf returns the reason in words of an initiative in an advice, and whether it is in it.
func reasonOf(t *testing.T, answers map[string]string, initiative string) (string, bool) {
	t.Helper()
	r, err := engine(t).Advise(answers, false, today)
	require.NoError(t, err)
	for _, s := range slices.Concat(r.Advice.Steps, r.Advice.More) {
		if s.Initiative.ID == initiative {
			words, err := texts(t).Render("nl", engine(t).Reason(s))
			require.NoError(t, err)
			return words, true
		}
	}
	return "", false
}

// leader is a business in Utrecht with everything in place under high impact.
var leader = with(shop, "online_presence", "e", "administration", "d", "access_anywhere", "c", "customer_data", "d", "ai_use", "c",
	"learning", "c", "plan_and_budget", "d", "login_code", "c", "updates", "c", "backups", "c", "help_wanted", "twijfel", "obstacle", "niets",
	"staffing", "c", "new_competitors", "c")

// calm is a business in Utrecht in which little changes.
var calm = with(shop, "customer_demand", "a", "revenue_at_risk", "b", "paperwork", "b", "staffing", "a", "digital_requirements", "a",
	"new_competitors", "a", "login_code", "c", "updates", "c", "backups", "c", "help_wanted", "twijfel", "obstacle", "niets")

// TestReasonsDoNotArgueAgainstTheAdvice has the cases in which reasons once named what
// spoke against the advice, or had nothing to do with it.
func TestReasonsDoNotArgueAgainstTheAdvice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		answers    map[string]string
		initiative string
		has, lacks []string
	}{
		{"calm beside a falling turnover", calm, "kvk", []string{"bijna nooit online"}, []string{"daalt", "klein deel"}},
		{"strength beside nothing to arrange online", with(leader, "online_presence", "d"), "rom-utrecht", nil, []string{"nog niets regelen", "alleen op sociale media"}},
		{"strength beside programs that do not cooperate", with(leader, "administration", "c"), "rom-utrecht", nil, []string{"nog niet samen"}},
		{"staff beside an innovation desk", leader, "rom-utrecht", nil, []string{"personeel", "papierwerk"}},
		{"what is missing beside an innovation desk", with(leader, "access_anywhere", "a"), "ai-hub-midden", nil, []string{"maar op één plek", "nog geen"}},
		{"no AI beside students", with(shop, "help_wanted", "twijfel", "obstacle", "niets"), "mkb-werkplaats-utrecht", nil, []string{"AI"}},
		{"no AI where the wish is about it", with(shop, "help_wanted", "data", "obstacle", "niets"), "mkb-werkplaats-utrecht", []string{"Je wilt hulp bij cijfers en AI", "nog geen AI"}, nil},
		{"the wish first", shop, "mkb-werkplaats-utrecht", []string{"Je wilt hulp bij je papierwerk, je hebt weinig tijd"}, []string{"personeel", "omzet"}},
		{"only what belongs to the wish", with(shop, "municipality", "GM0355", "help_wanted", "klanten", "obstacle", "niets"), "kvk", []string{"Je wilt hulp bij klanten vinden via internet"}, []string{"papier", "plek bij je bestanden", "omzet"}},
		{"the obstacle first without a wish", with(shop, "municipality", "GM0355", "help_wanted", "twijfel", "obstacle", "kennis"), "kvk", []string{"Je weet er nog weinig van"}, nil},
		{"another wish beside a security check", shop, "cyberveilig-check", []string{"Je logt in zonder extra code"}, []string{"papierwerk", "weinig tijd"}},
		{"the wish to work safely, once", with(leader, "help_wanted", "veilig"), "cyberveilig-check", []string{"Je wilt hulp bij veilig werken. Deze check"}, []string{"Je wilt veilig werken"}},
		{"worries about safety", with(shop, "obstacle", "veilig", "help_wanted", "twijfel"), "cyberveilig-check", []string{"Je maakt je zorgen over veiligheid"}, nil},
	} {
		reason, ok := reasonOf(t, test.answers, test.initiative)
		if !assert.True(t, ok, "%s: %s is not advised", test.name, test.initiative) {
			continue
		}
		for _, part := range test.has {
			assert.Contains(t, reason, part, test.name)
		}
		for _, part := range test.lacks {
			assert.NotContains(t, reason, part, test.name)
		}
	}
}

// TestEverySideOfEveryOption lists the side of every scored option, so that a change of
// points shows which clauses change with it.
func TestEverySideOfEveryOption(t *testing.T) {
	t.Parallel()
	var lines []string
	scale := content(t).Questions.Scale()
	for _, q := range content(t).Questions.Questions {
		if q.Axis == "" {
			continue
		}
		line := q.ID + ":"
		for _, o := range q.Options {
			side := string(scale.Side(q.ID, o.Value))
			if side == "" {
				side = "-"
			}
			line += " " + side
		}
		lines = append(lines, line+" "+string(scale.Side(q.ID, referral.DontKnow)))
	}
	assert.Equal(t, strings.TrimSpace(`
online_presence: lack lack lack - strength 
administration: lack lack - strength 
access_anywhere: lack lack strength 
customer_data: lack lack - strength 
ai_use: lack lack strength strength 
learning: lack lack - strength 
plan_and_budget: lack lack - strength 
login_code: lack lack strength lack
updates: lack lack strength lack
backups: lack lack strength lack
customer_demand: calm - pressure pressure 
revenue_at_risk: calm - pressure pressure 
paperwork: calm - pressure pressure 
staffing: calm - pressure 
digital_requirements: calm - pressure 
new_competitors: calm - pressure`), strings.TrimSpace(strings.Join(lines, "\n")))
}

// TestChangesAreTheSmallest compares with trying every other answer without any shortcut.
func TestChangesAreTheSmallest(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, answers := range []map[string]string{shop, leader, calm, with(shop, "login_code", "c", "updates", "c", "backups", "c")} {
		r, err := e.Advise(answers, false, today)
		require.NoError(t, err)
		first := stepOf(r)
		changes := e.Changes(r)
		require.LessOrEqual(t, len(changes), 2)
		differs := map[string]bool{} // "question=option" of every change that has an effect
		quadrants := false
		for _, query := range e.Questions.Questions {
			if query.Part < 2 || answers[query.ID] == "" {
				continue
			}
			for _, o := range query.Options {
				if o.Value == answers[query.ID] {
					continue
				}
				other, err := e.Advise(with(answers, query.ID, o.Value), false, today)
				if err != nil {
					continue // not offered
				}
				if other.Quadrant != r.Quadrant || stepOf(other) != first {
					differs[query.ID+"="+o.Value] = true
					quadrants = quadrants || other.Quadrant != r.Quadrant
				}
			}
		}
		assert.Equal(t, len(differs) > 0, len(changes) > 0)
		toQuadrant := false
		for _, c := range changes {
			assert.True(t, differs[c.Question+"="+c.Option], "%+v has no effect", c)
			other, err := e.Advise(with(answers, c.Question, c.Option), false, today)
			require.NoError(t, err)
			assert.Equal(t, other.Quadrant, c.Quadrant)
			assert.Equal(t, stepOf(other), c.FirstStep)
			toQuadrant = toQuadrant || c.Quadrant != r.Quadrant
		}
		assert.Equal(t, quadrants, toQuadrant)
	}
}

func stepOf(r flows.Result) string {
	if len(r.Advice.Steps) == 0 {
		return ""
	}
	return r.Advice.Steps[0].Initiative.ID
}

// BenchmarkChanges measures the search for the smallest changes, and BenchmarkAdvise the
// result that it starts from.
func BenchmarkChanges(b *testing.B) {
	e := engine(b)
	r, err := e.Advise(shop, false, today)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		e.Changes(r)
	}
}

func BenchmarkAdvise(b *testing.B) {
	e := engine(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Advise(shop, false, today); err != nil {
			b.Fatal(err)
		}
	}
}
