package disclosure

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// answer is how far a question of the working group is answered in a year: from 0 to 1.
type answer func(y told) float64

// told is a year as it was told, with the truth.
type told struct {
	attack *attack
}

// questions are the twenty questions that the working group puts to the figures. Exact totals
// always answer the first three; for a distribution at least nine tenths of the businesses
// must be in cells that are at most two off.
var questions = []struct {
	name string
	of   answer
}{
	{"year total against the target", func(told) float64 { return 1 }},
	{"completed in the quarter", func(told) float64 { return 1 }},
	{"completion rate", func(told) float64 { return 1 }},
	{"Q vulnerable", perQuarter(one(ByQuadrant, "vulnerable"))},
	{"Q vulnerable or near", perQuarter(one(ByQuadrant, VulnerableOrNear))},
	{"Y reach", inYear(crossed(ByRegion, "U", ByReadiness, Below50))},
	{"Q construction, hospitality and trade", perQuarter(one(BySector, Lagging))},
	{"Y those × vulnerable", inYear(crossed(BySector, Lagging, ByQuadrant, "vulnerable"))},
	{"Y sectors", inYear(distribution(BySector))},
	{"Y construction, hospitality, shops × near", func(y told) float64 {
		return (inYear(crossed(BySector, "bouw", ByQuadrant, VulnerableOrNear))(y) + inYear(crossed(BySector, "horeca", ByQuadrant, VulnerableOrNear))(y) +
			inYear(crossed(BySector, "retail", ByQuadrant, VulnerableOrNear))(y)) / 3
	}},
	{"Y Gooi en Vechtstreek × vulnerable", inYear(crossed(ByRegion, "GV", ByQuadrant, "vulnerable"))},
	{"Y sizes", inYear(distribution(BySize))},
	{"Q obstacles", perQuarter(distribution(ByObstacle))},
	{"Y obstacles × near", inYear(across(ByObstacle, ByQuadrant, VulnerableOrNear))},
	{"Q wishes", perQuarter(distribution(ByHelp))},
	{"Y wishes × Werkplaats", inYear(across(ByHelp, ByInitiative, "mkb-werkplaats-utrecht"))},
	{"Q referrals per initiative", perQuarter(distribution(ByInitiative))},
	{"Q security weak", perQuarter(one(ByCyber, "weak"))},
	{"Q satisfied", perQuarter(one(ByVerdict, "good"))},
	{"Y partners", inYear(distribution(ByPartner))},
}

// inPeriod is how far a question is answered about one period.
type inPeriod func(a *attack, period string) float64

func perQuarter(of inPeriod) answer {
	return func(y told) (sum float64) {
		for _, period := range periods {
			sum += of(y.attack, period) / float64(len(periods))
		}
		return sum
	}
}

func inYear(of inPeriod) answer { return func(y told) float64 { return of(y.attack, wholeYear) } }

// near reports whether a figure is told and at most two off.
func near(f Figure, n int) bool {
	got, told := f.N()
	return told && max(got-n, n-got) <= MaxError
}

func fully(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func one(d Dimension, value string) inPeriod {
	return func(a *attack, period string) float64 {
		return fully(near(a.releases[period].Table(d, "").Figure(value), a.cubes[period].line(d, members(d, value)).n))
	}
}

func crossed(d Dimension, value string, e Dimension, other string) inPeriod {
	return func(a *attack, period string) float64 {
		return fully(near(cellOf(a.releases[period], d, value, e, other), a.cubes[period].cell(d, members(d, value), e, members(e, other)).n))
	}
}

// cellOf returns the figure of a cell in whichever table has it.
func cellOf(r Release, d Dimension, value string, e Dimension, other string) Figure {
	if t := r.Table(d, e); len(t.RowValues) > 0 {
		return t.Cell(value, other)
	}
	return r.Table(e, d).Cell(other, value)
}

// distribution is over all values of a dimension; one that is left out follows from the others.
func distribution(d Dimension) inPeriod {
	return func(a *attack, period string) float64 {
		r, cube := a.releases[period], a.cubes[period]
		good, all := 0, 0
		for _, value := range a.values[d] {
			if value == "" || d == BySize && value == "outside" {
				continue
			}
			f := r.Table(d, "").Figure(value)
			if d == BySector && value == "groothandel" {
				f = byDifference(r)
			}
			n := cube.line(d, []string{value}).n
			all += n
			if near(f, n) {
				good += n
			}
		}
		return fully(10*good >= 9*all)
	}
}

// byDifference is the sector that is not told: it follows from the group and its other parts.
func byDifference(r Release) Figure {
	t := r.Table(BySector, "")
	whole, told := t.Figure(Lagging).N()
	if !told {
		return Figure{}
	}
	return Rest(whole, t.Figure("bouw"), t.Figure("horeca"), t.Figure("retail"))
}

// across is the distribution over a dimension of the businesses with a value of another.
func across(d, e Dimension, value string) inPeriod {
	return func(a *attack, period string) float64 {
		good, all := 0, 0
		for _, row := range a.values[d] {
			n := a.cubes[period].cell(d, []string{row}, e, members(e, value)).n
			all += n
			if near(cellOf(a.releases[period], d, row, e, value), n) {
				good += n
			}
		}
		return fully(10*good >= 9*all)
	}
}

// TestUsefulness: at the volume of the year target at least 18 of the 20 questions of the
// working group have an answer.
func TestUsefulness(t *testing.T) {
	t.Parallel()
	for perQuarter, years := range map[int]int{62: 10, 125: 8, 250: 5, 500: 3} { // fewer of those that differ less
		if *attacked > 0 {
			years = *attacked / 4
		}
		total, weak := 0.0, []string{}
		each := make([]float64, len(questions))
		for seed := range years {
			y := told{attack: tellFirms(t, volume{perQuarter, uint64(seed + 1)})}
			for i, question := range questions {
				each[i] += question.of(y) / float64(years)
			}
		}
		for i, share := range each {
			total += share
			if share < 0.95 {
				weak = append(weak, questions[i].name+" "+strconv.FormatFloat(share, 'f', 2, 64))
			}
		}
		t.Logf("%d a quarter: %.1f of 20 (%s)", perQuarter, total, strings.Join(weak, ", "))
		assert.GreaterOrEqual(t, total, 18.0, "%d a quarter: %v", perQuarter, weak)
	}
}

// TestErrors: a figure with its own rounding is at most two off; a sum of quarters at most two
// for each.
func TestErrors(t *testing.T) {
	t.Parallel()
	own, sums := map[int]int{}, map[int]int{}
	for seed := range 10 {
		a := tellFirms(t, volume{62, uint64(seed + 1)})
		for _, period := range append(slices.Clone(periods[:]), wholeYear) {
			for _, table := range a.releases[period].Tables {
				if table.Rows.FollowUp() || table.Columns != "" {
					continue
				}
				for _, value := range table.RowValues {
					f := table.Figure(value)
					off := f.n - a.cubes[period].line(table.Rows, members(table.Rows, value)).n
					if f.Own() {
						own[max(off, -off)]++
						continue
					}
					sums[max(off, -off)]++
				}
			}
		}
	}
	t.Logf("errors of figures with their own rounding: %v; of sums of quarters: %v", own, sums)
	for off := range own {
		assert.LessOrEqual(t, off, MaxError)
	}
	for off := range sums {
		assert.LessOrEqual(t, off, 4*MaxError)
	}
	assert.Greater(t, len(own), 2)
	assert.Greater(t, len(sums), 3)
}
