package disclosure

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"
)

// The attacker reads every release of a year, at every level, and knows everything that is
// public: the lists, the values, what belongs to what, the exact totals, how scores make a
// quadrant, and how the rounding works. Half-years and rolling years are sums of what the
// quarters told, so that they tell nothing more. Rows of a release of one level are in those
// of the others.

var periods = [4]string{"Q1", "Q2", "Q3", "Q4"}

const wholeYear = "Y"

// attack is a year as it was told, and what an attacker makes of it.
type attack struct {
	*system
	cubes    map[string]*Cube // of each period: the truth
	totals   map[string]int   // businesses, exact
	answers  map[string]int   // to follow-ups, exact
	started  map[string]int   // in the year by partner, exact
	values   map[Dimension][]string
	releases map[string]Release
	figures  map[int]int  // told figures with their own rounding, by count
	exact    map[int]bool // told exactly, by a mutant
}

// more is what a mutant tells beside the lists.
type more func(*attack)

// tell tells a year.
func tell(all []record, y invented) *attack {
	a := &attack{system: newSystem(), cubes: map[string]*Cube{}, totals: map[string]int{}, answers: map[string]int{}, started: y.started,
		values: valuesOf(slices.Concat(append(y.answers[:], all)...)), releases: map[string]Release{}, figures: map[int]int{}, exact: map[int]bool{}}
	year := NewCube()
	var told []Release
	for i, records := range y.firms {
		cube := cubeOf(slices.Concat(records, y.answers[i])...)
		year.Merge(cube)
		a.cubes[periods[i]], a.totals[periods[i]], a.answers[periods[i]] = cube, len(records), len(y.answers[i])
		a.releases[periods[i]] = OfQuarter(periods[i], cube)
		told = append(told, a.releases[periods[i]])
	}
	a.cubes[wholeYear], a.totals[wholeYear], a.answers[wholeYear] = year, year.Outcomes(), year.Answers()
	a.releases[wholeYear] = OfYear(wholeYear, year, told)
	return a
}

// volume is a year of the businesses of the file.
type volume struct {
	perQuarter int
	seed       uint64
}

// toldYears are the years of the businesses of the file that some test has told, by volume.
var toldYears sync.Map

// tellFirms tells a year of the businesses of the file. The ordinary run keeps the smallest ones, which
// several tests tell: that takes most of their time.
func tellFirms(t testing.TB, v volume) *attack {
	told := func() *attack {
		all := firms(t)
		return tell(all, yearOf(all, v.perQuarter, v.seed))
	}
	if *attacked > 0 || v.perQuarter != 62 {
		return told()
	}
	kept, _ := toldYears.LoadOrStore(v, sync.OnceValue(told))
	return kept.(func() *attack)().again()
}

// again returns the year as it was told, to be attacked anew.
func (a *attack) again() *attack {
	b := *a
	b.system, b.figures, b.exact = newSystem(), map[int]int{}, map[int]bool{}
	b.cubes, b.totals, b.answers = maps.Clone(a.cubes), maps.Clone(a.totals), maps.Clone(a.answers)
	return &b
}

// run collects what an attacker knows of a year.
func (a *attack) run(also ...more) *attack {
	for _, period := range append(periods[:], wholeYear) {
		a.lines(period)
	}
	a.sumsOfQuarters()
	a.crossings(wholeYear)
	a.crossingOfAnswers(wholeYear)
	a.knowStarted()
	for _, period := range append(periods[:], wholeYear) {
		a.read(a.releases[period])
	}
	for _, tell := range also {
		tell(a)
	}
	a.nested()
	a.complements()
	a.propagate()
	return a
}

// complements adds the businesses that are not in a group that is told: of all, or of either
// line of a cell.
func (a *attack) complements() {
	for i := range len(a.keys) {
		k := a.keys[i]
		rest := func(whole key) {
			j, known := a.at[whole]
			if !known {
				return
			}
			left := a.count(key{k.period, "not " + k.a, k.av, k.b + " of " + whole.a, k.bv}, a.truth[j]-a.truth[i], a.whole(k.period, k.a))
			a.equal(j, []int{i, left})
		}
		switch {
		case !a.told[i] && !a.exact[i]:
		case k.b == "":
			total := a.whole(k.period, k.a)
			left := a.count(key{k.period, "not " + k.a, k.av, "", ""}, total-a.truth[i], total)
			a.know([]int{i, left}, nil, total, total)
		default:
			rest(key{period: k.period, a: k.a, av: k.av})
			rest(key{period: k.period, a: k.b, av: k.bv})
		}
	}
}

// valuesOf returns the values of each dimension, which are public.
func valuesOf(all []record) map[Dimension][]string {
	sets := map[Dimension]map[string]bool{ByInitiative: {}}
	for _, r := range all {
		for d, value := range r.values {
			if sets[d] == nil {
				sets[d] = map[string]bool{}
			}
			sets[d][value] = true
		}
		for _, id := range r.initiatives {
			sets[ByInitiative][id] = true
		}
	}
	values := map[Dimension][]string{}
	for d, set := range sets {
		values[d] = slices.Sorted(maps.Keys(set))
	}
	return values
}

// line returns the count of a value or a group of a period.
func (a *attack) line(period string, d Dimension, value string) int {
	k := key{period: period, a: d, av: value}
	if i, known := a.at[k]; known {
		return i
	}
	i := a.count(k, a.cubes[period].line(d, members(d, value)).n, a.whole(period, d))
	if parts := members(d, value); len(parts) > 1 {
		var of []int
		for _, part := range parts {
			of = append(of, a.line(period, d, part))
		}
		a.equal(i, of)
	}
	return i
}

func (a *attack) all(period string, d Dimension) (of []int) {
	for _, value := range a.values[d] {
		of = append(of, a.line(period, d, value))
	}
	return of
}

// lines adds the lines of a period and how they hang together.
func (a *attack) lines(period string) {
	total := a.totals[period]
	for _, d := range attackedDimensions {
		a.know(a.all(period, d), nil, total, total)
		for group := range groups[d] {
			a.line(period, d, group)
		}
	}
	a.all(period, ByInitiative)
	a.lineOfAnswers(period)
	at := func(d Dimension, values ...string) (of []int) {
		for _, value := range values {
			of = append(of, a.line(period, d, value))
		}
		return of
	}
	// Size is kept per region.
	inU, inGV := a.cell(period, ByRegion, "U", BySize, "zzp"), a.cell(period, ByRegion, "GV", BySize, "zzp")
	a.equal(a.line(period, BySize, "zzp"), []int{inU, inGV})
	a.equal(a.line(period, ByRegion, "U"), append(at(BySize, "2-9", "10+"), inU))
	a.equal(a.line(period, ByRegion, "GV"), append(at(BySize, "mkb"), inGV))
	a.equal(a.line(period, ByRegion, "outside"), at(BySize, ""))
	// The target group is in the region, and has up to 50 people.
	target := a.line(period, ByTarget, Yes)
	a.know([]int{target, a.line(period, ByTarget, No)}, nil, total, total)
	a.atMost([]int{target}, at(ByRegion, "U", "GV"))
	a.atMost(at(BySize, "zzp", "2-9"), []int{target})
	// A quadrant follows from readiness and impact; near ones come from any but the first.
	low, high := at(ByReadiness, "0-29", "30-49"), at(ByReadiness, "50-69", "70-100")
	little, much := at(ByImpact, "0-29", "30-49"), at(ByImpact, "50-69", "70-100")
	for _, side := range []struct{ classes, quadrants []int }{
		{low, at(ByQuadrant, "vulnerable", "unhurried")}, {high, at(ByQuadrant, "leading", "in_order")},
		{much, at(ByQuadrant, "vulnerable", "leading")}, {little, at(ByQuadrant, "unhurried", "in_order")},
	} {
		a.atMost(side.quadrants, side.classes)
		a.atMost(side.classes, append(side.quadrants, at(ByQuadrant, "near", "none")...))
	}
}

// whole returns the exact number of records of the kind that has the dimension.
func (a *attack) whole(period string, d Dimension) int {
	if d.FollowUp() {
		return a.answers[period]
	}
	return a.totals[period]
}

// lineOfAnswers adds the answers to follow-ups of a period: whether it helped is asked of those
// who took a step, what stood in the way of the others.
func (a *attack) lineOfAnswers(period string) {
	total := a.answers[period]
	for _, d := range []Dimension{ByTaken, ByHelped, ByHindrance} {
		a.know(a.all(period, d), nil, total, total)
	}
	nothing := []int{a.line(period, ByTaken, "niets")}
	for _, value := range a.values[ByHindrance] {
		if value != "" {
			a.atMost([]int{a.line(period, ByHindrance, value)}, nothing)
		}
	}
	a.atMost(nothing, []int{a.line(period, ByHelped, "")})
}

// crossingOfAnswers adds the cells of steps taken by whether they helped.
func (a *attack) crossingOfAnswers(period string) {
	for _, step := range a.values[ByTaken] {
		var across []int
		for _, helped := range a.values[ByHelped] {
			across = append(across, a.cell(period, ByTaken, step, ByHelped, helped))
		}
		a.equal(a.line(period, ByTaken, step), across)
	}
	for _, helped := range a.values[ByHelped] {
		var down []int
		for _, step := range a.values[ByTaken] {
			down = append(down, a.cell(period, ByTaken, step, ByHelped, helped))
		}
		a.equal(a.line(period, ByHelped, helped), down)
	}
}

// knowStarted adds that whoever did the check through a partner began through it. How many
// began in each week, how many did the check and how many were asked what they did says no
// more: no attribute goes with it.
func (a *attack) knowStarted() {
	for _, code := range a.values[ByPartner] {
		i := a.line(wholeYear, ByPartner, code)
		a.bound(i, 0, a.started[code])
	}
}

// cell returns the count of two values of a period.
func (a *attack) cell(period string, d Dimension, value string, e Dimension, other string) int {
	k := key{period, d, value, e, other}
	if i, known := a.at[k]; known {
		return i
	}
	as, bs := members(d, value), members(e, other)
	i := a.count(k, a.cubes[period].cell(d, as, e, bs).n, a.whole(period, d))
	if len(as)+len(bs) > 2 {
		var parts []int
		for _, one := range as {
			for _, two := range bs {
				parts = append(parts, a.cell(period, d, one, e, two))
			}
		}
		a.equal(i, parts)
	}
	return i
}

// sumsOfQuarters adds that a year is its quarters.
func (a *attack) sumsOfQuarters() {
	for i := range len(a.keys) {
		k := a.keys[i]
		if k.period != wholeYear {
			continue
		}
		var parts []int
		for _, period := range periods {
			k.period = period
			parts = append(parts, a.at[k])
		}
		a.equal(i, parts)
	}
}

// crossings adds the cells of every table of two dimensions, and that they add up to its lines.
func (a *attack) crossings(period string) {
	_, crossed := YearList()
	done := map[pair]bool{}
	for _, x := range crossed {
		if p := (pair{x.A, x.B}); x.A == ByTaken || done[p] {
			continue
		}
		done[pair{x.A, x.B}] = true
		for _, value := range a.values[x.A] {
			var across []int
			for _, other := range a.values[x.B] {
				across = append(across, a.cell(period, x.A, value, x.B, other))
			}
			a.equal(a.line(period, x.A, value), across)
		}
		for _, other := range a.values[x.B] {
			var down []int
			for _, value := range a.values[x.A] {
				down = append(down, a.cell(period, x.A, value, x.B, other))
			}
			whole := a.line(period, x.B, other)
			if x.A == ByInitiative { // up to three of a business
				for _, cell := range down {
					a.atMost([]int{cell}, []int{whole})
				}
				continue
			}
			a.equal(whole, down)
		}
	}
	for _, quadrant := range a.values[ByQuadrant] {
		size := func(value string) int { return a.cell(period, BySize, value, ByQuadrant, quadrant) }
		region := func(value string) int { return a.cell(period, ByRegion, value, ByQuadrant, quadrant) }
		a.atMost([]int{size("2-9"), size("10+")}, []int{region("U")})
		a.atMost([]int{size("mkb")}, []int{region("GV")})
		a.equal(region("outside"), []int{size("")})
	}
}

// read adds what a release tells. A value that an open line lacks has a figure of zero.
func (a *attack) read(r Release) {
	for _, t := range r.Tables {
		values := t.RowValues
		if t.Open {
			values = slices.Concat(values, slices.DeleteFunc(slices.Clone(a.values[t.Rows]), func(v string) bool { return slices.Contains(t.RowValues, v) }))
		}
		for _, value := range values {
			if t.Columns == "" {
				a.tell(a.line(r.Period, t.Rows, value), t.Figure(value))
				continue
			}
			for _, other := range t.ColumnValues {
				if f := t.Cell(value, other); f.told {
					a.tell(a.cell(r.Period, t.Rows, value, t.Columns, other), f)
				}
			}
		}
	}
}

// tell adds a told figure: its count is at most two away. A sum of told figures says nothing
// more than these.
func (a *attack) tell(i int, f Figure) {
	if n, known := f.Least(); known {
		a.bound(i, n, a.high[i])
	}
	if n, known := f.Below(); known {
		a.bound(i, 0, n-Base+MaxError)
	}
	if f.own {
		a.told[i], a.figures[i] = true, f.n
		a.bound(i, f.n-MaxError, f.n+MaxError)
	}
}

// nested adds what the keys say: where one group of businesses is part of another and their
// figures differ, the larger has at least one business more.
func (a *attack) nested() {
	for i := range len(a.keys) {
		for _, larger := range a.around(a.keys[i]) {
			if j, known := a.at[larger]; known && j != i {
				more := 0
				if a.told[i] && a.told[j] && a.figures[i] != a.figures[j] {
					more = 1
				}
				a.know([]int{j}, []int{i}, more, math.MaxInt32)
			}
		}
	}
}

// around returns keys of groups of businesses that contain those of a key.
func (a *attack) around(k key) (all []key) {
	if k.period != wholeYear {
		larger := k
		larger.period = wholeYear
		all = append(all, larger)
	}
	wider := func(d Dimension, value string) (names []string) {
		for name, of := range groups[d] {
			if slices.Contains(of, value) {
				names = append(names, name)
			}
		}
		return names
	}
	for _, group := range wider(k.a, k.av) {
		all = append(all, key{k.period, k.a, group, k.b, k.bv})
	}
	if k.b == "" {
		for size, region := range map[string]string{"2-9": "U", "10+": "U", "mkb": "GV"} {
			if k.a == BySize && k.av == size {
				all = append(all, key{period: k.period, a: ByRegion, av: region})
			}
		}
		if k.a == ByQuadrant && k.av == "vulnerable" {
			all = append(all, key{period: k.period, a: ByReadiness, av: Below50})
		}
		return all
	}
	for _, group := range wider(k.b, k.bv) {
		all = append(all, key{k.period, k.a, k.av, k.b, group})
	}
	return append(all, key{period: k.period, a: k.a, av: k.av}, key{period: k.period, a: k.b, av: k.bv})
}

// verdict is what an attack found out.
type verdict struct {
	small, pinned int // told counts of 1 to 4, and those with fewer than three values left
	untold        int // counts of 1 to 4 that are not told and have fewer than three values left
	years, opened int // years, and those with such an untold count
	examples      []string
}

// smallest number of values that must be left of a count of 1 to 4.
const enoughValues = 3

func (a *attack) verdict() verdict {
	v := verdict{years: 1}
	for i, n := range a.truth {
		if n < 1 || n > 4 {
			continue
		}
		pinned := a.left(i) < enoughValues
		switch {
		case a.told[i]:
			v.small++
			if pinned {
				v.pinned++
			}
		case pinned:
			v.untold++
			v.opened = 1
		}
		if pinned {
			v.examples = append(v.examples, fmt.Sprintf("%s is %d..%d", a.keys[i], a.low[i], a.high[i]))
		}
	}
	return v
}

func (v *verdict) add(o verdict) {
	v.small, v.pinned, v.untold, v.years, v.opened = v.small+o.small, v.pinned+o.pinned, v.untold+o.untold, v.years+o.years, v.opened+o.opened
	v.examples = append(v.examples, o.examples...)
}

// holds reports whether the promise holds: at most one in a thousand told counts of 1 to 4 is
// pinned, and in at most 30 of 400 years a count that is not told. chance is how many more
// there may be in a sample that is too small to measure that.
func (v verdict) holds(chance int) bool {
	return (v.pinned-chance)*1000 <= v.small && (v.opened-chance)*400 <= 30*v.years
}

func (v verdict) String() string {
	return fmt.Sprintf("%d of %d told counts of 1 to 4 pinned; in %d of %d years one that is not told (%d in all)", v.pinned, v.small, v.opened, v.years, v.untold)
}
