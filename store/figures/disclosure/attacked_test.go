package disclosure

import (
	"flag"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var attacked = flag.Int("attacked", 0, "years at 62 businesses a quarter to attack; a quarter of them for 125 and so on, and for each mutant")

// sparseYears are attacked where the flag asks for no more; chance is what they may find too
// much.
const (
	sparseYears = 20
	chance      = 3
	manyYears   = 400 // as many as .ci/full attacks by default
)

// slackIn returns what they may find too much in as many years. Only enough years show a share of 1 in 800.
func slackIn(years int) int {
	if years < manyYears {
		return chance
	}
	return 0
}

// attackYears attacks so many years and adds up what was found.
func attackYears(t *testing.T, told func(seed uint64) *attack, years int, also ...more) (v verdict) {
	t.Helper()
	for seed := range years {
		a := told(uint64(seed + 1)).run(also...)
		require.Empty(t, a.wrong(), "what the attacker derives is true")
		v.add(a.verdict())
	}
	return v
}

// TestAttack: what is told does not pin small counts, at any volume.
func TestAttack(t *testing.T) {
	t.Parallel()
	require.Len(t, firms(t), 1131)
	years, slack := map[int]int{62: sparseYears, 250: 3}, chance
	if testing.Short() {
		years = map[int]int{62: 3}
	}
	if *attacked > 0 {
		years, slack = map[int]int{62: *attacked, 125: *attacked / 4, 250: *attacked / 8, 500: *attacked / 12}, slackIn(*attacked)
	}
	for perQuarter, n := range years {
		v := attackYears(t, func(seed uint64) *attack { return tellFirms(t, volume{perQuarter, seed}) }, n)
		t.Logf("%d a quarter: %s", perQuarter, v)
		assert.True(t, v.holds(slack), "%d a quarter: %s\n%q", perQuarter, v, v.examples)
	}
}

// withTarget returns as many businesses, of which so many in a hundred are in the target group.
func withTarget(all []record, percent int) (drawn []record) {
	groups := map[bool][]record{}
	for _, r := range all {
		groups[r.target] = append(groups[r.target], r)
	}
	for i := range all {
		from := groups[i < len(all)*percent/100]
		drawn = append(drawn, from[i%len(from)])
	}
	return drawn
}

// TestAttackAtEveryTarget: that what is not told stays so does not depend on how many are in the
// target group. Of what is told 1 in 900 was pinned at 80 in 100, where a fifth is from outside
// the region, and 1 in 1,900 or fewer at the others.
func TestAttackAtEveryTarget(t *testing.T) {
	t.Parallel()
	all, years, slack := firms(t), sparseYears/2, chance
	if testing.Short() {
		years = 2
	}
	if *attacked > 0 {
		years, slack = *attacked, slackIn(*attacked)
	}
	for _, percent := range []int{80, 89, 94, 98} {
		drawn := withTarget(all, percent)
		v := attackYears(t, func(seed uint64) *attack { return tell(drawn, yearOf(drawn, 62, seed)) }, years)
		t.Logf("%d in 100 in the target group: %s", percent, v)
		assert.LessOrEqual(t, (v.opened-slack)*400, 30*v.years, "%d in 100: %s\n%q", percent, v, v.examples)
		assert.LessOrEqual(t, (v.pinned-slack)*800, v.small, "%d in 100: %s\n%q", percent, v, v.examples)
	}
}

// TestAttackFindsWhatMustNotBeTold: the attack succeeds where more is told than the lists.
func TestAttackFindsWhatMustNotBeTold(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("one goroutine: the race detector has nothing to find")
	}
	years, slack := sparseYears, chance
	if *attacked > 0 {
		years, slack = *attacked*3/8, 0
	}
	for name, also := range map[string]more{
		"crossings per half-year":   tellHalfYears,
		"rests and both sides":      tellRests,
		"exact target group":        func(a *attack) { a.exactly(ByTarget, []string{Yes}) },
		"exact partners":            func(a *attack) { a.exactly(ByPartner, a.values[ByPartner]) },
		"exact referrals":           func(a *attack) { a.exactly(ByInitiative, broad(a)) },
		"all crossings per quarter": tellQuarters,
	} {
		v := attackYears(t, func(seed uint64) *attack { return tellFirms(t, volume{62, seed}) }, years, also)
		t.Logf("%s: %s", name, v)
		assert.False(t, v.holds(slack), "%s: %s", name, v)
	}
}

// exactly tells the exact counts of values of every quarter.
func (a *attack) exactly(d Dimension, values []string) {
	for _, period := range periods {
		for _, value := range values {
			i := a.line(period, d, value)
			a.bound(i, a.truth[i], a.truth[i])
			a.told[i], a.exact[i] = false, true
		}
	}
}

// broad returns the initiatives of at least a twentieth of all businesses.
func broad(a *attack) (ids []string) {
	for _, id := range a.values[ByInitiative] {
		if 20*a.truth[a.line(wholeYear, ByInitiative, id)] >= a.totals[wholeYear] {
			ids = append(ids, id)
		}
	}
	return ids
}

// tellCrossings tells the crossings of the list of a period, where both lines have a figure
// of at least least.
func tellCrossings(a *attack, period string, least int) {
	_, crossed := YearList()
	cube := a.cubes[period]
	large := func(d Dimension, value string) bool { return cube.line(d, members(d, value)).tell().n >= least }
	valuesOf := func(d Dimension, values []string) []string {
		if values == nil {
			return a.values[d]
		}
		return values
	}
	for _, x := range crossed {
		if x.A.FollowUp() {
			continue
		}
		for _, value := range valuesOf(x.A, x.As) {
			for _, other := range valuesOf(x.B, x.Bs) {
				if large(x.A, value) && large(x.B, other) {
					a.tell(a.cell(period, x.A, value, x.B, other), cube.cell(x.A, members(x.A, value), x.B, members(x.B, other)).tell())
				}
			}
		}
	}
}

// tellHalfYears tells the crossings of each half-year too.
func tellHalfYears(a *attack) {
	halves := map[string][]string{"H1": periods[:2], "H2": periods[2:]}
	for half, quarters := range halves {
		a.cubes[half] = NewCube()
		for _, q := range quarters {
			a.cubes[half].Merge(a.cubes[q])
			a.totals[half] += a.totals[q]
			a.answers[half] += a.answers[q]
		}
		a.lines(half)
		a.crossings(half)
		tellCrossings(a, half, Least)
	}
	for i := range len(a.keys) {
		k := a.keys[i]
		if k.period != wholeYear {
			continue
		}
		var parts []int
		for _, half := range []string{"H1", "H2"} {
			k.period = half
			if at, known := a.at[k]; known {
				parts = append(parts, at)
			}
		}
		if len(parts) == 2 {
			a.equal(i, parts)
		}
		for half, quarters := range halves {
			k.period = half
			whole, known := a.at[k]
			var of []int
			for _, q := range quarters {
				k.period = q
				if at, there := a.at[k]; there {
					of = append(of, at)
				}
			}
			if known && len(of) == 2 {
				a.equal(whole, of)
			}
		}
	}
}

// tellQuarters tells the crossings of each quarter too, of whatever size.
func tellQuarters(a *attack) {
	for _, period := range periods {
		a.crossings(period)
		tellCrossings(a, period, 0)
	}
	for i := range len(a.keys) {
		k := a.keys[i]
		if k.period != wholeYear || k.b == "" {
			continue
		}
		var parts []int
		for _, period := range periods {
			k.period = period
			if at, known := a.at[k]; known {
				parts = append(parts, at)
			}
		}
		if len(parts) == len(periods) {
			a.equal(i, parts)
		}
	}
}

// tellRests tells of every line what the lists leave out, and both sides of every crossing.
func tellRests(a *attack) {
	lines, crossed := YearList()
	for _, period := range append(slices.Clone(periods[:]), wholeYear) {
		for _, l := range lines {
			if l.Of.FollowUp() || l.Of == ByTarget || (period != wholeYear && (l.Of == ByPartner || l.Of == BySector)) {
				continue
			}
			for _, value := range a.values[l.Of] {
				a.tell(a.line(period, l.Of, value), a.cubes[period].line(l.Of, []string{value}).tell())
			}
		}
	}
	cube := a.cubes[wholeYear]
	for _, x := range crossed {
		if x.A.FollowUp() {
			continue
		}
		for _, value := range a.values[x.A] {
			for _, other := range a.values[x.B] {
				if cube.line(x.A, []string{value}).tell().n >= Least && cube.line(x.B, []string{other}).tell().n >= Least {
					a.tell(a.cell(wholeYear, x.A, value, x.B, other), cube.cell(x.A, []string{value}, x.B, []string{other}).tell())
				}
			}
		}
	}
}
