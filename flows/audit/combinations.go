package audit

import (
	"context"
	"fmt"
	"slices"

	"digiwijzer/referral"
)

// combinations are all quadrants with every sector, municipality, size, cyber outcome,
// phase, wish and bound of readiness, whether or not a conversation can get there. Sectors, municipalities
// and wishes with the same effect on the advice are visited once and counted.
type combinations struct {
	municipalities, wishes, sectors [][]string // classes of values with the same effect
	bounds                          []int      // the scores of readiness that the rules compare, and 0
	on                              referral.Date
}

// newCombinations combines the options of a content. Values in one class have the same
// effect in each of the catalogues.
func newCombinations(c Content, on referral.Date, catalogues ...*referral.Catalogue) combinations {
	values := map[string][]string{
		"municipality": c.Engine.Allowed("municipality", on),
		"help_wanted":  c.Engine.Allowed("help_wanted", on),
	}
	for _, sector := range c.Catalogue.Region().Sectors() {
		values["sector"] = append(values["sector"], sector.ID)
	}
	if query, ok := c.Questions.Query("sector"); ok { // also one that the region does not have
		for _, o := range query.Options {
			if !slices.Contains(values["sector"], o.Value) {
				values["sector"] = append(values["sector"], o.Value)
			}
		}
	}
	var sets []valueSets
	bounds := []int{0}
	for _, catalogue := range catalogues {
		sets = append(sets, ruleSets(catalogue, on))
		bounds = append(bounds, readinessBounds(catalogue)...)
	}
	slices.Sort(bounds)
	same := classify(values, sets...)
	return combinations{
		municipalities: same.group("municipality", values["municipality"]),
		wishes:         same.group("help_wanted", values["help_wanted"]),
		sectors:        same.group("sector", values["sector"]),
		bounds:         slices.Compact(bounds),
		on:             on,
	}
}

var (
	allSizes     = []referral.Size{referral.Zzp, referral.Micro, referral.Klein, referral.Midden, referral.Groot}
	allQuadrants = []referral.Quadrant{referral.Vulnerable, referral.Leading, referral.Unhurried, referral.InOrder, referral.NoQuadrant}
	allCybers    = []referral.Cyber{referral.CyberWeak, referral.CyberUnknown, referral.CyberOK, referral.CyberIncident}
	allPhases    = []referral.Phase{referral.AdHoc, referral.Engaged, referral.Later}
)

// visit calls do with one case of every class and the number of combinations that it represents. The
// case is valid during the call only.
func (c combinations) visit(do func(k *referral.Case, n int)) {
	c.visitClasses(func(k referral.Case, municipalities, wishes, sectors []string) {
		for _, bound := range c.bounds {
			k.Readiness = float64(bound)
			visitJudgements(k, len(municipalities)*len(wishes)*len(sectors), do)
		}
	})
}

// visitClasses calls do with a case for every combination of a class of municipalities, one of
// wishes and one of sectors, and with the members of these classes. The case has no size and
// no judgement yet.
func (c combinations) visitClasses(do func(k referral.Case, municipalities, wishes, sectors []string)) {
	for _, municipalities := range c.municipalities {
		for _, wishes := range c.wishes {
			for _, sectors := range c.sectors {
				do(referral.Case{Municipality: municipalities[0], Sector: sectors[0], Today: c.on,
					Answers: referral.Answers{"help_wanted": wishes[0]}}, municipalities, wishes, sectors)
			}
		}
	}
}

// visitJudgements calls do with every size and judgement of a business.
func visitJudgements(k referral.Case, n int, do func(k *referral.Case, n int)) {
	for _, k.Size = range allSizes {
		for _, k.Quadrant = range allQuadrants {
			for _, k.Cyber = range allCybers {
				for _, k.Phase = range allPhases {
					do(&k, n)
				}
			}
		}
	}
}

// checkCombinations reports combinations with an empty advice.
func (g *gate) checkCombinations(ctx context.Context) {
	var empty occurrences
	outliner := referral.NewOutliner(g.Catalogue)
	newCombinations(g.Content, g.o.From, g.Catalogue).visit(func(k *referral.Case, n int) {
		if ctx.Err() != nil {
			return
		}
		g.report.Coverage.Combinations += n
		if usefulnessOf(outliner.Outline(k)) == emptyAdvice {
			empty.add(n, func() string {
				return fmt.Sprintf("%s, %s, %s, %s, %s, %s", k.Quadrant, k.Sector, k.Municipality, k.Size, k.Cyber, k.Phase)
			})
		}
	})
	if empty.n > 0 {
		g.fault("combination.empty", location{file: rulesFile}, "N", empty.n, "Example", empty.first)
	}
}
