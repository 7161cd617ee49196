package audit

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

// TestAnswersThatArgueAgainstAreFound takes the selectors of a rule away from the lint: the
// answers in the advices are then on a side that nothing selects.
func TestAnswersThatArgueAgainstAreFound(t *testing.T) {
	t.Parallel()
	f := embeddedFiles(t)
	f[rulesTOML] += "\n" // a copy of its own, to change below
	g := newGate(mustLoad(t, f), Options{From: today, Days: -1})
	g.withOutcomesOf(checkedGate(t))
	g.checkReasons()
	require.Empty(t, g.report.Faults)
	require.NotEmpty(t, g.walk.Advices)
	rules := g.Catalogue.Rules()
	for i := range rules {
		if rules[i].ID == "R40" {
			rules[i].When[0].Because = []string{"impact"}
		}
	}
	g.checkReasons()
	kinds := map[string]bool{}
	for _, f := range g.report.Faults {
		assert.Equal(t, "R40", f.ID)
		kinds[f.Kind] = true
	}
	assert.True(t, kinds["reason.against"] && kinds["reason.answer"], "%v", g.report.Faults)
}

// TestSidesOfEveryQuadrant holds that no quadrant takes both sides of an axis.
func TestSidesOfEveryQuadrant(t *testing.T) {
	for q, sides := range sidesOf {
		assert.Len(t, sides, 2, q)
		assert.NotSubset(t, sides, []referral.Side{referral.SideCalm, referral.SidePressure}, q)
		assert.NotSubset(t, sides, []referral.Side{referral.SideLack, referral.SideStrength}, q)
	}
}

// TestFigureToLookAtAgain reports figures after their day, as a notice.
func TestFigureToLookAtAgain(t *testing.T) {
	t.Parallel()
	f := embeddedFiles(t)
	f.replace(t, benchmarkTOML, `look_again = "2027-12-31"`, `look_again = "2026-11-20"`)
	g := newGate(mustLoad(t, f), Options{From: today})
	g.checkFigures()
	assert.Empty(t, g.report.Faults)
	require.Len(t, g.report.Notices, 1)
	assert.Equal(t, "figure.overdue", g.report.Notices[0].Kind)
}
