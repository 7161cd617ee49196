package audit

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

var everyCombination = flag.Bool("everycombination", false, "compare every combination of a class with the first, not one of fifty")

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
