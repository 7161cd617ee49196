package simulation

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Draw returns the answers of every business of a sample, by question id. All answers
// are accepted by the engine. Businesses are in the order of the population: by region,
// size and sector.
func Draw(e *flows.Engine, p *Population, s Sample) ([]map[string]string, error) {
	d := newDrawer(e, p, s)
	all := make([]map[string]string, s.N)
	for i := range all {
		_, all[i] = d.draw(i)
		if _, err := d.advise(all[i], i); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// drawer draws the businesses of one sample.
type drawer struct {
	engine    *flows.Engine
	sample    Sample
	model     Model
	cells     []cell
	total     float64
	places    map[string][]weightedPlace // by region
	questions []distribution
}

// weightedPlace is a municipality; until is the cumulative weight up to and including it.
type weightedPlace struct {
	code  string
	until float64
}

// distribution is a question with the probability of each option.
type distribution struct {
	id       string
	axis     string
	dontKnow float64
	values   []string
	until    []float64 // cumulative probability up to and including the option
}

func newDrawer(e *flows.Engine, p *Population, s Sample) *drawer {
	d := &drawer{engine: e, sample: s, model: p.Model, places: map[string][]weightedPlace{}}
	region := e.Catalogue.Region()
	d.cells, d.total = p.cells(region)
	for _, m := range region.Municipalities(s.Today) {
		list := d.places[m.Region]
		before := 0.0
		if len(list) > 0 {
			before = list[len(list)-1].until
		}
		if weight := p.Places[m.Code]; weight > 0 {
			d.places[m.Region] = append(list, weightedPlace{m.Code, before + float64(weight)})
		}
	}
	for _, query := range e.Questions.Questions {
		if query.Part > 0 && query.OptionsFrom == "" && query.ID != "size" && query.ID != "sector" {
			d.questions = append(d.questions, newDistribution(query, p))
		}
	}
	return d
}

// newDistribution takes the shares of the population; options are equally likely for a
// question without shares.
func newDistribution(query *flows.Query, p *Population) distribution {
	d := distribution{id: query.ID, axis: query.Axis}
	var m Marginal
	if i := slices.IndexFunc(p.Answers, func(a Marginal) bool { return a.Question == query.ID }); i >= 0 {
		m = p.Answers[i]
	}
	d.dontKnow = m.DontKnow / 100
	sum := 0.0
	for _, o := range query.Options {
		share := m.Shares[o.Value] / 100
		if len(m.Shares) == 0 {
			share = 1 / float64(len(query.Options))
		}
		sum += share
		d.values, d.until = append(d.values, o.Value), append(d.until, sum)
	}
	return d
}

// draw returns the cell of business i and random answers. Its generator depends on the
// seed and i only, so that the order of work does not matter.
func (d *drawer) draw(i int) (cell, map[string]string) {
	r := rand.New(rand.NewPCG(d.sample.Seed, uint64(i)))
	at := (float64(i) + 0.5) / float64(d.sample.N) * d.total
	c := d.cells[min(firstAbove(len(d.cells), func(i int) float64 { return d.cells[i].until }, at), len(d.cells)-1)]
	places := d.places[c.region]
	where := r.Float64() * places[len(places)-1].until
	answers := map[string]string{
		"size": c.size, "sector": c.sector,
		"municipality": places[firstAbove(len(places)-1, func(i int) float64 { return places[i].until }, where)].code,
	}
	readiness := r.NormFloat64()
	rest := math.Sqrt(1 - d.model.Correlation*d.model.Correlation)
	impact := d.model.Correlation*readiness + rest*r.NormFloat64()
	for _, q := range d.questions {
		factor := readiness
		if q.axis == string(referral.AxisImpact) {
			factor = impact
		}
		answers[q.id] = q.draw(r, factor, d.model.Loading)
	}
	return c, answers
}

// firstAbove returns the index of the first of n ascending bounds above value; n if
// there is none.
func firstAbove(n int, bound func(int) float64, value float64) int {
	return sort.Search(n, func(i int) bool { return bound(i) > value })
}

// draw returns an answer. Questions that are not scored are independent of the factors.
func (q distribution) draw(r *rand.Rand, factor, loading float64) string {
	if q.axis == "" {
		loading = 0
	}
	unknown, noise := r.Float64(), r.NormFloat64()
	if unknown < q.dontKnow {
		return referral.DontKnow
	}
	z := loading*factor + math.Sqrt(1-loading*loading)*noise
	p := 0.5 * math.Erfc(-z/math.Sqrt2) // the normal distribution function
	last := len(q.values) - 1
	return q.values[min(firstAbove(last, func(i int) float64 { return q.until[i] }, p), last)]
}

// advise returns the engine's advice. An answer that is not offered to this business is replaced in
// answers by a random one that is.
func (d *drawer) advise(answers map[string]string, i int) (flows.Result, error) {
	for range len(answers) {
		result, err := d.engine.Advise(answers, false, d.sample.Today)
		var bad *flows.BadAnswer
		if !errors.As(err, &bad) || len(bad.Allowed) == 0 {
			return result, err
		}
		r := rand.New(rand.NewPCG(d.sample.Seed, ^uint64(i)))
		answers[bad.Question] = bad.Allowed[r.IntN(len(bad.Allowed))]
	}
	return flows.Result{}, fmt.Errorf("business %d cannot answer", i)
}
