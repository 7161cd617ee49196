package audit

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

var everyCombination = flag.Bool("everycombination", false, "compare every combination of a class with the first, not one of fifty, and every outcome with the first of its effect")

// TestCombinationsOfOneClassHaveOneAdvice compares the advice of combinations with that
// of the first combination of their class.
func TestCombinationsOfOneClassHaveOneAdvice(t *testing.T) {
	g := checkedGate(t)
	step := 50
	if *everyCombination {
		step = 1
	}
	signature := func(k *referral.Case) string {
		a := g.Catalogue.Advise(*k)
		return string(appendSignature(nil, &a, &witness{business: &business{answers: k.Answers}, cyber: k.Cyber}))
	}
	c := newCombinations(g.Content, today, g.Catalogue)
	n := 0
	compare := func(municipality, wish, sector string, first referral.Case) {
		k := first
		k.Municipality, k.Answers, k.Sector = municipality, referral.Answers{"help_wanted": wish}, sector
		for _, bound := range c.bounds {
			k.Readiness = float64(bound)
			visitJudgements(k, 1, func(k *referral.Case, _ int) {
				if n++; n%step == 0 {
					first.Size, first.Assessment = k.Size, k.Assessment
					require.Equal(t, signature(&first), signature(k), "%+v and %+v", first, *k)
				}
			})
		}
	}
	for _, municipalities := range c.municipalities {
		for _, wishes := range c.wishes {
			for _, sectors := range c.sectors {
				first := referral.Case{Today: today, Municipality: municipalities[0], Sector: sectors[0], Answers: referral.Answers{"help_wanted": wishes[0]}}
				for _, municipality := range municipalities {
					for _, wish := range wishes {
						for _, sector := range sectors {
							compare(municipality, wish, sector, first)
						}
					}
				}
			}
		}
	}
	require.Equal(t, g.report.Coverage.Combinations, n)
}

// TestOutcomesOfOneEffectHaveOneAdvice compares outcomes of a business with the first one that has the
// same rules in force.
func TestOutcomesOfOneEffectHaveOneAdvice(t *testing.T) {
	g := checkedGate(t)
	all, _ := g.space.businesses(g.Catalogue, today)
	step := 50
	if *everyCombination {
		step = 1
	}
	shared := 0
	var firing referral.Firings
	for i := 0; i < len(all); i += step {
		known := map[string]string{}
		for _, o := range outcomesOf(g.space.assessed[all[i].context], true) {
			k := caseOf(all[i], o.assessed, o.cyber, withRuleAnswers(all[i].answers, o.ruleAnswers), today)
			a := g.Catalogue.Advise(k)
			signature := string(appendSignature(nil, &a, &witness{business: all[i], cyber: o.cyber}))
			g.Catalogue.Firing(&firing, &k)
			effect := string(appendFlag(firing.Effect, o.cyber == referral.CyberIncident))
			if first, same := known[effect]; same {
				shared++
				require.Equal(t, first, signature, "%+v", k)
			}
			known[effect] = signature
		}
	}
	require.Greater(t, shared, 1000)
}
