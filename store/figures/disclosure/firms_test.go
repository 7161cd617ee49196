package disclosure

import (
	"encoding/csv"
	"flag"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/simulation"
	"digiwijzer/referral"
)

var updateFirms = flag.Bool("update", false, "draw the businesses of the attack anew")

// firmsFile holds simulated businesses, drawn once: the attack measures the lists, not the
// rules of referral of today.
const firmsFile = "testdata/firms.csv"

// firmDimensions are the columns of the file; the last ones are the initiatives, separated by
// spaces, and whether the business is in the target group.
var firmDimensions = []Dimension{BySector, ByRegion, BySize, ByQuadrant, ByReadiness, ByImpact, ByDII, BySelfImage, ByCyber, ByPhase, ByObstacle, ByHelp,
	ByVerdict, ByPartner}

// attackedDimensions are the dimensions of a business: those of the file, and what is drawn here.
var attackedDimensions = append(firmDimensions[:len(firmDimensions):len(firmDimensions)], ByDuration)

// firms returns the businesses of the file, without keys.
func firms(t testing.TB) (all []record) {
	t.Helper()
	if *updateFirms {
		drawFirms(t)
	}
	file, err := os.Open(firmsFile)
	require.NoError(t, err)
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	for _, line := range lines[1:] {
		r := record{values: map[Dimension]string{}, initiatives: strings.Fields(line[len(firmDimensions)]), target: line[len(firmDimensions)+1] == Yes}
		for i, d := range firmDimensions {
			r.values[d] = line[i]
		}
		all = append(all, r)
	}
	random := rand.New(rand.NewPCG(2, 1))
	for _, r := range all {
		r.values[ByDuration] = drawDuration(random.IntN(100))
	}
	return all
}

// drawDuration returns how long a business took, of a hundred. That it is known of all is
// something that an attacker can know.
func drawDuration(percent int) string {
	switch {
	case percent < 30:
		return Within4
	case percent < 70:
		return Within8
	case percent < 87:
		return Within15
	case percent < 95:
		return Longer
	}
	return Days
}

// outsideEvery is how many businesses there are to one from outside the region, which the
// population of the simulation does not have and a site on the internet does.
const outsideEvery = 10

// drawFirms writes the file: the population of the simulation through the flow, with an
// invented opinion and partner.
func drawFirms(t testing.TB) {
	t.Helper()
	questions, err := flows.BuiltIn()
	require.NoError(t, err)
	catalogue, err := referral.BuiltIn()
	require.NoError(t, err)
	e := flows.NewEngine(flows.Content{Questions: questions, Catalogue: catalogue, Languages: []string{"nl"}})
	p, err := simulation.ParsePopulation(simulation.EmbeddedPopulation(), e.Questions, catalogue.Region())
	require.NoError(t, err)
	const n, today = 1131, referral.Date("2026-11-20")
	sample, err := simulation.Draw(e, p, simulation.Sample{N: n, Seed: 1, Today: today})
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 1))
	lines := [][]string{{}}
	for _, d := range firmDimensions {
		lines[0] = append(lines[0], string(d))
	}
	lines[0] = append(lines[0], "initiatives", "target")
	for i, answers := range sample {
		r, err := e.Advise(answers, false, today)
		require.NoError(t, err)
		if i%outsideEvery == 0 {
			r.Municipality = "elsewhere"
		}
		lines = append(lines, firm(r, catalogue, random))
	}
	file, err := os.Create(firmsFile)
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, csv.NewWriter(file).WriteAll(lines))
}

// firm returns the line of one business.
func firm(r flows.Result, c *referral.Catalogue, random *rand.Rand) []string {
	region := referral.RegionOutside
	if m, ok := c.Region().Municipality(r.Municipality, r.Today); ok {
		region = m.Region
	}
	sector, size := c.Region().Generalise(region, r.Sector, string(r.Size))
	quadrant := string(r.Quadrant)
	if r.Extra && quadrant != "vulnerable" {
		quadrant = "near"
	}
	class := func(score float64) string {
		for _, c := range []struct {
			below float64
			name  string
		}{{30, "0-29"}, {50, "30-49"}, {70, "50-69"}} {
			if score < c.below {
				return c.name
			}
		}
		return "70-100"
	}
	var initiatives []string
	for _, step := range r.Advice.Steps {
		initiatives = append(initiatives, step.Initiative.ID)
	}
	verdict := []string{"good", "good", "good", "not_good", "", ""}[random.IntN(6)]
	partner := ""
	if x := random.Float64(); x > 0.3 {
		partner = "partner-" + strconv.Itoa(int(10*(x-0.3)*(x-0.3)*2))
	}
	target := ""
	if region != referral.RegionOutside && r.Size.SmallEnough() {
		target = Yes
	}
	return []string{sector, region, size, quadrant, class(r.Readiness), class(r.Impact), r.DII.Basis, r.Answers["self_image"], string(r.Cyber), string(r.Phase),
		r.Answers["obstacle"], r.Answers["help_wanted"], verdict, partner, strings.Join(initiatives, " "), target}
}

// invented is a year of figures.
type invented struct {
	firms   [4][]record
	answers [4][]record    // to follow-ups, which belong to no business
	started map[string]int // in the year, by partner: told exactly
}

// yearOf draws a year of four quarters of n businesses each, with new keys. A quarter of them
// answers the follow-up, and for every five businesses one more began and did not finish.
func yearOf(all []record, n int, seed uint64) invented {
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	y := invented{started: map[string]int{}}
	for q := range y.firms {
		for range n {
			r := all[random.IntN(len(all))]
			r.key = random.Int64N(1 << 32)
			y.firms[q] = append(y.firms[q], r)
		}
	}
	random = rand.New(rand.NewPCG(seed, uint64(n)+1<<32)) // so that the businesses of a seed stay the same
	for q, firms := range y.firms {
		for i, r := range firms {
			y.started[r.values[ByPartner]]++
			if i%5 == 0 {
				y.started[all[random.IntN(len(all))].values[ByPartner]]++
			}
			if random.IntN(4) == 0 {
				y.answers[q] = append(y.answers[q], answerOf(r, random))
			}
		}
	}
	return y
}

// answerOf draws what a business says after six weeks: more often than not, which step it
// took and whether that helped, otherwise what stood in the way.
func answerOf(r record, random *rand.Rand) record {
	pick := func(values ...string) string { return values[random.IntN(len(values))] }
	answer := map[Dimension]string{ByTaken: "niets", ByHelped: "", ByHindrance: pick("tijd", "tijd", "geld", "begin", "kennis", "nut", "anders", "")}
	if len(r.initiatives) > 0 && random.IntN(5) > 1 {
		answer = map[Dimension]string{ByTaken: pick(append([]string{"anders"}, r.initiatives...)...), ByHindrance: "",
			ByHelped: pick("ja", "ja", "ja", "ja", "beetje", "beetje", "nee", "vroeg", "vroeg", "")}
	}
	return record{values: answer, key: random.Int64N(1 << 32)}
}
