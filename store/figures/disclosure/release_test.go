package disclosure

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// record is a business with values of some dimensions, or several of ByInitiative.
type record struct {
	values      map[Dimension]string
	initiatives []string
	target      bool
	key         int64
}

func cubeOf(records ...record) *Cube {
	c := NewCube()
	for _, r := range records {
		for a, av := range r.values {
			c.Add(a, av, "", "", 1, r.key)
			for b, bv := range r.values {
				if a < b {
					c.Add(a, av, b, bv, 1, r.key)
				}
			}
			for _, id := range r.initiatives {
				c.Add(a, av, ByInitiative, id, 1, r.key)
			}
		}
		for _, id := range r.initiatives {
			c.Add(ByInitiative, id, "", "", 1, r.key)
		}
		if r.target {
			c.Add(ByTarget, Yes, "", "", 1, r.key)
		}
	}
	return c
}

// some returns n records with the same values.
func some(n int, values map[Dimension]string) (all []record) {
	for i := range n {
		all = append(all, record{values: values, key: keyOf(i)})
	}
	return all
}

func TestQuarterTellsTheList(t *testing.T) {
	r := OfQuarter("2026Q3", cubeOf(append(
		some(30, map[Dimension]string{ByQuadrant: "near", ByReadiness: "30-49", BySector: "retail", ByPartner: "kvk", ByChannel: "web", ByLang: "nl"}),
		some(30, map[Dimension]string{ByQuadrant: "none", ByReadiness: "50-69", BySector: "zorg"})...)...))
	assert.Equal(t, 60, r.Outcomes)
	var told []string
	for _, table := range r.Tables {
		told = append(told, table.ID())
		assert.Empty(t, table.Columns, "no crossing")
	}
	assert.Equal(t, []string{"quadrant", "readiness", "impact", "dii", "self_image", "cyber", "phase", "obstacle", "help_wanted", "initiative",
		"satisfaction", "sector", "region", "size", "duration"}, told, "and no partner, channel or language")
	assert.Equal(t, Figure{n: 30, told: true, own: true}, r.Table(ByQuadrant, "").Figure(VulnerableOrNear))
	assert.Equal(t, Figure{n: 0, told: true, own: true}, r.Table(ByQuadrant, "").Figure("vulnerable"))
	assert.Equal(t, Figure{}, r.Table(ByQuadrant, "").Figure("near"), "left out")
	assert.Equal(t, Figure{}, r.Table(ByQuadrant, "").Figure("in_order"), "per year")
	assert.Equal(t, Figure{n: 30, told: true, own: true}, r.Table(ByReadiness, "").Figure(Below50))
	assert.Equal(t, Figure{n: 30, told: true, own: true}, r.Table(BySector, "").Figure(Lagging))
	assert.Equal(t, Figure{}, r.Table(BySector, "").Figure("retail"))
}

// What is on the list of a quarter leaves a part of every line out, and no group is beside all
// its parts.
func TestListLeavesARest(t *testing.T) {
	all := map[Dimension][]string{
		ByQuadrant: {"vulnerable", "near", "leading", "unhurried", "in_order", "none"}, ByReadiness: {"0-29", "30-49", "50-69", "70-100"},
		ByImpact: {"0-29", "30-49", "50-69", "70-100"}, ByDII: {"ja", "waarschijnlijk wel", "onbekend", "waarschijnlijk niet", "nee"},
		ByCyber: {"weak", "unknown", "ok"}, ByPhase: {"adhoc", "engaged", "later"}, ByVerdict: {"good", "not_good", ""},
		ByRegion: {"U", "GV", "outside"}, BySize: {"zzp", "2-9", "10+", "mkb", ""},
		ByDuration: {Within4, Within8, Within15, Longer, Days, ""},
	}
	lines, crossed := YearList()
	told := map[Dimension][]string{}
	for _, l := range lines {
		told[l.Of] = append(told[l.Of], l.Values...)
	}
	for d, values := range all {
		rest := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(told[d], v) })
		assert.NotEmpty(t, rest, d)
		for name, parts := range groups[d] {
			assert.True(t, slices.ContainsFunc(parts, func(v string) bool { return !slices.Contains(told[d], v) }), "%s beside all its parts", name)
		}
	}
	for _, x := range crossed {
		for _, d := range []Dimension{x.A, x.B} {
			assert.NotContains(t, []Dimension{ByPartner, ByChannel, ByLang, ByTarget}, d, "not crossed")
		}
	}
}

func TestOpenLinesHideZeros(t *testing.T) {
	cube := cubeOf(some(1, map[Dimension]string{ByObstacle: "tijd"})...)
	require.Zero(t, Told(1, keyOf(0)))
	table := OfQuarter("2026Q3", cube).Table(ByObstacle, "")
	assert.Empty(t, table.RowValues, "a value with a figure of zero would say that it occurred")
	assert.True(t, table.Open)
	assert.Equal(t, Figure{told: true, own: true}, table.Figure("tijd"))
	assert.Equal(t, Figure{told: true, own: true}, table.Figure("geld"))
}

// A line of a year is rounded anew where each of its four quarters told at least six, and is
// otherwise the sum of what they told.
func TestYearOfSmallQuarters(t *testing.T) {
	year := func(sizes ...int) (Figure, int) {
		all := NewCube()
		var quarters []Release
		sum := 0
		for i, n := range sizes {
			records := append(some(n, map[Dimension]string{ByRegion: "U", ByQuadrant: "leading"}), some(30, map[Dimension]string{ByRegion: "GV", ByQuadrant: "near"})...)
			for j := range records {
				records[j].key = keyOf(1000*i + j)
			}
			cube := cubeOf(records...)
			quarters = append(quarters, OfQuarter("q", cube))
			sum += quarters[i].Table(ByRegion, "").Figure("U").n
			all.Merge(cube)
		}
		return OfYear("2026", all, quarters).Table(ByRegion, "").Figure("U"), sum
	}
	f, _ := year(20, 20, 20, 20)
	assert.True(t, f.Own())
	assert.InDelta(t, 80, f.n, MaxError)
	f, sum := year(20, 20, 20, 2)
	assert.Equal(t, Figure{n: sum, told: true}, f)
	f, sum = year(20, 20, 20)
	assert.Equal(t, Figure{n: sum, told: true}, f, "one quarter has no figures")
}

func TestHalfYearIsASum(t *testing.T) {
	others := some(30, map[Dimension]string{ByObstacle: "begin", ByQuadrant: "near"})
	one := OfQuarter("2026Q1", cubeOf(append(some(20, map[Dimension]string{ByObstacle: "tijd", ByQuadrant: "leading"}), others...)...))
	two := OfQuarter("2026Q2", cubeOf(append(some(31, map[Dimension]string{ByObstacle: "geld", ByQuadrant: "leading"}), others...)...))
	half := OfQuarters("2026H1", []Release{one, two})
	assert.Equal(t, 111, half.Outcomes)
	assert.Equal(t, Add(one.Table(ByQuadrant, "").Figure("leading"), two.Table(ByQuadrant, "").Figure("leading")), half.Table(ByQuadrant, "").Figure("leading"))
	assert.Equal(t, one.Table(ByObstacle, "").Figure("tijd").n, half.Table(ByObstacle, "").Figure("tijd").n)
	for _, table := range half.Tables {
		assert.Empty(t, table.Columns)
		for _, row := range table.Cells {
			assert.False(t, row[0].Own())
		}
	}
}

// A cell is told only where both its lines have a figure of at least twelve.
func TestCrossingsOfLargeGroupsOnly(t *testing.T) {
	records := slices.Concat(
		some(40, map[Dimension]string{ByQuadrant: "vulnerable", BySector: "bouw", ByObstacle: "tijd"}),
		some(20, map[Dimension]string{ByQuadrant: "in_order", BySector: "bouw", ByObstacle: "tijd"}),
		some(15, map[Dimension]string{ByQuadrant: "near", BySector: "zorg", ByObstacle: "geld"}),
		some(8, map[Dimension]string{ByQuadrant: "leading", BySector: "media", ByObstacle: "nut"}))
	for i := range records {
		records[i].key = keyOf(i)
	}
	cube := cubeOf(records...)
	quarters := []Release{OfQuarter("q", cube)} // too few for a rounding of the year itself
	year := OfYear("2026", cube, quarters)
	table := year.Table(BySector, ByQuadrant)
	assert.ElementsMatch(t, []string{"bouw", "zorg", Lagging}, table.RowValues, "media is too small")
	assert.NotContains(t, table.ColumnValues, "leading")
	assert.Equal(t, Figure{}, table.Cell("bouw", "vulnerable"), "not on the list: of a sector only whether it is vulnerable or near")
	n, told := table.Cell("bouw", VulnerableOrNear).N()
	assert.True(t, told)
	assert.InDelta(t, 40, n, MaxError)
	assert.Equal(t, table.Cell("bouw", VulnerableOrNear), table.Cell(Lagging, VulnerableOrNear), "the same businesses")
	assert.Equal(t, []string{"geld", "tijd"}, year.Table(ByObstacle, ByQuadrant).RowValues)
	for _, table := range year.Tables {
		for i, row := range table.RowValues {
			for j, column := range table.ColumnValues {
				if _, told := table.Cells[i][j].N(); told {
					assert.True(t, year.Table(table.Rows, "").Figure(row).atLeast(Least), "%s %s", table.ID(), row)
					assert.True(t, year.Table(table.Columns, "").Figure(column).atLeast(Least), "%s %s", table.ID(), column)
				}
			}
		}
	}
}

func TestUnknownCountsAreNotTold(t *testing.T) {
	cube := cubeOf(record{values: map[Dimension]string{ByQuadrant: "leading"}, target: true, key: 9})
	cube.Unknown(ByTarget)
	r := OfYear("2026", cube, nil)
	assert.Equal(t, Figure{}, r.Table(ByTarget, "").Figure(No))
	assert.Equal(t, Figure{}, r.InTarget())
}

// Of the target group the year tells how many are not in it, rounded; at level External, at
// least how many are.
func TestTargetGroup(t *testing.T) {
	records := some(50, map[Dimension]string{ByQuadrant: "leading"})
	for i := range records {
		records[i].target = i >= 7
	}
	r := OfYear("2026", cubeOf(records...), nil)
	assert.Empty(t, OfQuarter("2026Q1", cubeOf(records...)).Table(ByTarget, "").RowValues)
	others, told := r.Table(ByTarget, "").Figure(No).N()
	require.True(t, told)
	assert.InDelta(t, 7, others, MaxError)
	assert.Equal(t, Figure{n: 50 - others, told: true, own: true}, r.InTarget())
	assert.Equal(t, Figure{n: 39, nearly: true}, r.At(External).InTarget(), "at most eleven are not")
	earlier := Release{Outcomes: 50, Tables: []Table{{Rows: ByTarget, RowValues: []string{Yes}, Cells: [][]Figure{{{n: 42, told: true, own: true}}}}}}
	assert.Equal(t, Figure{n: 42, told: true, own: true}, earlier.InTarget(), "as the first lists told it")
}

// A figure close to the whole is told as a lower bound, which its own value does not change.
func TestNearlyAll(t *testing.T) {
	for n := range 31 {
		for k := range int64(20) {
			f := Exact{n, k}.tell()
			got := f.of(30)
			least, nearly := got.Least()
			assert.Equal(t, f.n >= 25, nearly, n)
			if nearly {
				assert.Equal(t, 25, least, "told as 27 or more")
				assert.LessOrEqual(t, least, n)
			}
		}
	}
	assert.Equal(t, Figure{n: 3, told: true}, Figure{n: 3, told: true}.of(3), "a sum of quarters")
	assert.Equal(t, Figure{n: 1, nearly: true}, Figure{n: 3, told: true, own: true}.of(4))
	records := some(30, map[Dimension]string{ByQuadrant: "leading", ByObstacle: "tijd", ByHelp: "leren"})
	records[0].values = map[Dimension]string{ByQuadrant: "vulnerable", ByObstacle: "tijd", ByHelp: "leren"}
	r := OfQuarter("2026Q1", cubeOf(records...))
	assert.Equal(t, Figure{n: 25, nearly: true}, r.Table(ByQuadrant, "").Figure("leading"))
	assert.Equal(t, Figure{n: 25, nearly: true}, r.Table(ByObstacle, "").Figure("tijd"), "where everybody is")
	assert.Equal(t, Figure{}, OfQuarters("2026H1", []Release{r, r}).Table(ByObstacle, "").Figure("tijd"), "no sum of what is not told")
	content, err := json.Marshal(r)
	require.NoError(t, err)
	var read Release
	require.NoError(t, json.Unmarshal(content, &read))
	assert.Equal(t, r, read)
	assert.Equal(t, Figure{}, OfQuarter("q", cubeOf(records[:9]...)).At(External).Table(ByObstacle, "").Figure("tijd"))
}

// Beside how many began through a partner only figures from partnerFloor are told.
func TestPartnersFromAFloor(t *testing.T) {
	records := slices.Concat(some(30, map[Dimension]string{ByQuadrant: "leading", ByPartner: "kvk"}), some(2, map[Dimension]string{ByQuadrant: "leading", ByPartner: "ov"}))
	for i := range records {
		records[i].key = keyOf(i)
	}
	r := OfYear("2026", cubeOf(append(records, some(30, map[Dimension]string{ByQuadrant: "near", ByPartner: ""})...)...), nil)
	table := r.Table(ByPartner, "")
	assert.Equal(t, []string{"kvk"}, table.RowValues)
	assert.Equal(t, Figure{below: partnerFloor}, table.Figure("ov"))
	assert.Equal(t, Figure{below: partnerFloor}, table.Figure("nobody"), "zero as well")
	assert.Equal(t, Figure{}, table.Figure(""))
	assert.Equal(t, Figure{below: PublicFloor}, r.At(External).Table(ByPartner, "").Figure("ov"))
}
