package simulation_test

import (
	"context"
	"encoding/json"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/simulation"
	"digiwijzer/referral"
)

// loadEngine returns an engine of the embedded content, without texts.
func loadEngine(t testing.TB) *flows.Engine {
	t.Helper()
	questions, err := flows.BuiltIn()
	require.NoError(t, err)
	catalogue, err := referral.BuiltIn()
	require.NoError(t, err)
	return flows.NewEngine(flows.Content{Questions: questions, Catalogue: catalogue, Languages: []string{"nl"}})
}

func population(t testing.TB, e *flows.Engine, text string) *simulation.Population {
	t.Helper()
	p, err := simulation.ParsePopulation(text, e.Questions, e.Catalogue.Region())
	require.NoError(t, err)
	return p
}

func run(t testing.TB, e *flows.Engine, p *simulation.Population, s simulation.Sample) simulation.Result {
	t.Helper()
	s.Today = "2026-11-22"
	r, err := simulation.Run(context.Background(), e, p, s)
	require.NoError(t, err)
	return r
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(of) }

// TestSharesMatchScoringDesign expects the shares that the scoring was designed for, with
// the same marginals and factors and a population of 60 % working alone, 30 % of two to
// nine people and 10 % of 10 to 49.
func TestSharesMatchScoringDesign(t *testing.T) {
	e := loadEngine(t)
	p := population(t, e, simulation.EmbeddedPopulation())
	p.Businesses = []simulation.Businesses{
		{Region: "U", Size: "1", Count: 60}, {Region: "U", Size: "2", Count: 30}, {Region: "U", Size: "10", Count: 10},
	}
	r := run(t, e, p, simulation.Sample{N: 20000, Seed: 1})
	for quadrant, want := range map[string]float64{"vulnerable": 18, "leading": 20, "unhurried": 38, "in_order": 24, "none": 0.5} {
		assert.InDelta(t, want, percent(r.Quadrants[quadrant], r.N), 3, quadrant)
	}
	assert.InDelta(t, 46.7, r.Readiness, 3)
	assert.InDelta(t, 41.8, r.Impact, 3)
	for cyber, want := range map[string]float64{"weak": 53, "unknown": 7, "ok": 40} {
		assert.InDelta(t, want, percent(r.Cyber[cyber], r.N), 4, cyber)
	}
	for phase, want := range map[string]float64{"adhoc": 21, "engaged": 58, "later": 20} {
		assert.InDelta(t, want, percent(r.Phases[phase], r.N), 4, phase)
	}
	below := map[int]float64{40: 39, 45: 47, 50: 56.5, 55: 65}
	compared := 0
	for _, c := range r.CutOffs {
		if c.Impact == 50 {
			compared++
			assert.InDelta(t, below[c.Readiness], percent(c.Quadrants["vulnerable"]+c.Quadrants["unhurried"], r.N), 4, "readiness below %d", c.Readiness)
		}
	}
	assert.Equal(t, len(below), compared)
}

func TestRunIsDeterministic(t *testing.T) {
	e := loadEngine(t)
	p := population(t, e, simulation.EmbeddedPopulation())
	var passed atomic.Int64
	sample := simulation.Sample{N: 1500, Seed: 7, Progress: func(n int) { passed.Add(int64(n)) }}
	first := run(t, e, p, sample)
	assert.Equal(t, first, run(t, e, p, sample))
	processors := runtime.GOMAXPROCS(1)
	alone := run(t, e, p, sample)
	runtime.GOMAXPROCS(processors)
	assert.Equal(t, first, alone, "on one processor")
	sample.Seed = 8
	assert.NotEqual(t, first.Quadrants, run(t, e, p, sample).Quadrants)
	assert.GreaterOrEqual(t, passed.Load(), int64(1000))
}

func TestCountsAddUp(t *testing.T) {
	e := loadEngine(t)
	p := population(t, e, simulation.EmbeddedPopulation())
	r := run(t, e, p, simulation.Sample{N: 3000, Seed: 1})
	sum := func(m map[string]int) (n int) {
		for _, c := range m {
			n += c
		}
		return n
	}
	assert.Equal(t, 35407+106221+20000+6500, r.Population)
	for _, m := range []map[string]int{r.Quadrants, r.Cyber, r.Phases, r.Basis} {
		assert.Equal(t, r.N, sum(m))
	}
	for _, by := range []map[string]map[string]int{r.BySector, r.BySize, r.ByRegion} {
		total := 0
		for _, m := range by {
			total += sum(m)
		}
		assert.Equal(t, r.N, total)
	}
	require.Len(t, r.CutOffs, 7, "four of readiness, three more of impact")
	for _, c := range r.CutOffs {
		assert.Equal(t, r.N, sum(c.Quadrants))
		if c.Readiness == 50 && c.Impact == 50 {
			assert.Equal(t, r.Quadrants, c.Quadrants)
		}
	}
	assert.Len(t, r.BySector, 13)
	// The shares are those of population.toml: 126,221 of 168,128 work alone.
	assert.InDelta(t, 100*126221.0/168128, percent(sum(r.BySize["zzp"]), r.N), 0.1)
	assert.InDelta(t, 100*26500.0/168128, percent(sum(r.ByRegion["GV"]), r.N), 0.1)
	firsts, steps := 0, 0
	for _, l := range r.Initiatives {
		firsts += l.First
		steps += l.Steps
	}
	assert.Equal(t, r.N, firsts+r.NoStep)
	assert.LessOrEqual(t, steps, 3*r.N)
	for name, n := range map[string]int{"gaps": r.Gaps, "no step": r.NoStep, "border": r.Border, "extra": r.Extra, "indicative": r.Indicative} {
		assert.Positive(t, n, name)
	}
	text, err := json.Marshal(r)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"simulation":true`)
}

// BenchmarkRun advises as many businesses as the command does by default.
func BenchmarkRun(b *testing.B) {
	e := loadEngine(b)
	p := population(b, e, simulation.EmbeddedPopulation())
	for b.Loop() {
		run(b, e, p, simulation.Sample{N: 35407, Seed: 1})
	}
}

func TestParsePopulationReportsFaults(t *testing.T) {
	e := loadEngine(t)
	embedded := simulation.EmbeddedPopulation()
	for change, want := range map[string]string{
		"size = \"2\"/size = \"3\"":                      `there is no size "3"`,
		"retail = 3717/retial = 3717":                    "retial = 3717 is no sector",
		"count = 26865/count = 2686":                     "the sectors hold",
		"GM0344 = 368/GM9344 = 368":                      "GM9344 = 368 is no municipality",
		"loading = 0.55/loading = 5.5":                   "lie between 0 and 1",
		"{ a = 8, b = 32/{ a = 9, b = 32":                "add up to 101 percent",
		"question = \"updates\"/question = \"update\"":   `there is no question "update"`,
		"region = \"GV\"/region = \"NH\"":                `region "NH" has no places`,
		"correlation = 0.3/correlation = 0.3\nextra = 1": `unknown key "model.extra"`,
	} {
		from, to, _ := strings.Cut(change, "/")
		require.Contains(t, embedded, from)
		_, err := simulation.ParsePopulation(strings.Replace(embedded, from, to, 1), e.Questions, e.Catalogue.Region())
		assert.ErrorContains(t, err, want, change)
	}
	_, err := simulation.Run(context.Background(), e, population(t, e, embedded), simulation.Sample{})
	assert.Error(t, err)
}

func TestRunStopsWithContext(t *testing.T) {
	e := loadEngine(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := simulation.Run(ctx, e, population(t, e, simulation.EmbeddedPopulation()), simulation.Sample{N: 100000, Seed: 1, Today: "2026-11-22"})
	assert.ErrorIs(t, err, context.Canceled)
}
