package simulation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/simulation"
)

func TestTable(t *testing.T) {
	result := simulation.Result{
		N: 8, Quadrants: map[string]int{"vulnerable": 1, "leading": 7},
		Initiatives: []simulation.Load{{ID: "kvk", Name: "KVK", Steps: 3, First: 2, Mentions: 1}},
		Actions:     []simulation.ActionLoad{{ID: "google_profile", Advised: 4, First: 1}}, Nothing: 2, Advices: 6, Reasons: 10, Personal: 7,
		BySector: map[string]map[string]int{"bouw": {"leading": 2}, "horeca": {"leading": 5, "vulnerable": 1}},
		CutOffs:  []simulation.CutOff{{Readiness: 45, Impact: 50, Quadrants: map[string]int{"leading": 4}}},
	}
	var b strings.Builder
	say := func(id string, pairs ...any) string { return id }
	require.NoError(t, result.WriteTable(&b, say, 250))
	table := b.String()
	assert.Equal(t, 2, strings.Count(table, "simulate.title\n"), "marked above and below")
	for _, pattern := range []string{
		`quadrant\.leading\.title +7 +87,5%`,
		`KVK +3 +37,5% +2 +1 +94`, // 3 of 8, of 250 checks
		`option\.sector\.horeca +6 +16,7% +83,3% +0% +0% +0%`,
		`action\.google_profile\.title +4 +50% +1 +12,5%`,
		`simulate\.nothing +2 +25%`,
		`simulate\.personal +7 +70%`,
		`45 / 50 +0% +50% `,
	} {
		assert.Regexp(t, pattern, table)
	}
	assert.Less(t, strings.Index(table, "sector.horeca"), strings.Index(table, "sector.bouw"), "the largest first")
}
