package audit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"
	"sync"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// Sample says how to draw from a population.
type Sample struct {
	N        int // businesses, spread over the population in proportion
	Seed     uint64
	Today    referral.Date
	Progress func(done int) // called now and then, from several goroutines; nil: nobody wants to know
}

// Simulate lets a synthetic population answer and sends each business through the real
// engine. The same population, content and sample always give the same figures. It
// stops early with the error of ctx.
func Simulate(ctx context.Context, e *flows.Engine, p *Population, s Sample) (Simulation, error) {
	if s.N < 1 {
		return Simulation{}, errors.New("a simulation needs at least one business")
	}
	drawing := newDrawing(e, p, s)
	workers := runtime.GOMAXPROCS(0)
	parts := make([]*tallies, workers)
	faults := make([]error, workers)
	var running sync.WaitGroup
	for w := range workers {
		parts[w] = newTallies()
		running.Go(func() { faults[w] = drawing.part(ctx, w, workers, parts[w]) })
	}
	running.Wait()
	if err := errors.Join(faults...); err != nil {
		return Simulation{}, err
	}
	all := newTallies()
	for _, part := range parts {
		all.merge(part)
	}
	return all.simulation(e, p, s, drawing.total), nil
}

// Draw lets the businesses of a sample answer every question, each in a way that the
// engine takes. They come in the order of the population: by region, size and sector.
func Draw(e *flows.Engine, p *Population, s Sample) ([]map[string]string, error) {
	drawing := newDrawing(e, p, s)
	all := make([]map[string]string, s.N)
	for i := range all {
		_, all[i] = drawing.draw(i)
		if _, err := drawing.advise(all[i], i); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// drawing draws businesses one by one.
type drawing struct {
	engine  *flows.Engine
	sample  Sample
	model   Model
	cells   []cell
	total   float64
	places  map[string][]spot // by region
	options []drawn
}

// spot is a municipality; until is the weight of those before it and its own.
type spot struct {
	code  string
	until float64
}

// drawn is a question with the chance of each option.
type drawn struct {
	id       string
	axis     string
	dontKnow float64
	values   []string
	until    []float64 // chance of this option and those before it
}

func newDrawing(e *flows.Engine, p *Population, s Sample) *drawing {
	d := &drawing{engine: e, sample: s, model: p.Model, places: map[string][]spot{}}
	region := e.Catalogue.Region()
	d.cells, d.total = p.cells(region)
	for _, m := range region.Municipalities(s.Today) {
		list := d.places[m.Region]
		before := 0.0
		if len(list) > 0 {
			before = list[len(list)-1].until
		}
		if weight := p.Places[m.Code]; weight > 0 {
			d.places[m.Region] = append(list, spot{m.Code, before + float64(weight)})
		}
	}
	for _, query := range e.Questions.Questions {
		if query.Part > 0 && query.OptionsFrom == "" && query.ID != "size" && query.ID != "sector" {
			d.options = append(d.options, newDrawn(query, p))
		}
	}
	return d
}

func newDrawn(query *flows.Query, p *Population) drawn {
	d := drawn{id: query.ID, axis: query.Axis}
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

// progressStep is how many businesses pass between two calls of Progress.
const progressStep = 1000

// part sends every workers-th business through, from the one numbered first.
func (d *drawing) part(ctx context.Context, first, workers int, into *tallies) error {
	for i, done := first, 0; i < d.sample.N; i += workers {
		business, answers := d.draw(i)
		result, err := d.advise(answers, i)
		if err != nil {
			return err
		}
		into.add(business, result)
		if done++; done%progressStep == 0 {
			if d.sample.Progress != nil {
				d.sample.Progress(progressStep)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

// draw makes business number i: its place in the row of all, and answers at random. Every
// business has a generator of its own, so that the order of work does not matter.
func (d *drawing) draw(i int) (cell, map[string]string) {
	r := rand.New(rand.NewPCG(d.sample.Seed, uint64(i)))
	at := (float64(i) + 0.5) / float64(d.sample.N) * d.total
	c := d.cells[min(search(len(d.cells), func(i int) float64 { return d.cells[i].until }, at), len(d.cells)-1)]
	places := d.places[c.region]
	where := r.Float64() * places[len(places)-1].until
	answers := map[string]string{
		"size": c.size, "sector": c.sector,
		"municipality": places[search(len(places)-1, func(i int) float64 { return places[i].until }, where)].code,
	}
	readiness := r.NormFloat64()
	rest := math.Sqrt(1 - d.model.Correlation*d.model.Correlation)
	impact := d.model.Correlation*readiness + rest*r.NormFloat64()
	for _, q := range d.options {
		factor := readiness
		if q.axis == string(referral.AxisImpact) {
			factor = impact
		}
		answers[q.id] = q.draw(r, factor, d.model.Loading)
	}
	return c, answers
}

// search finds the first of n rising bounds that lies above a value; n if none does.
func search(n int, bound func(int) float64, value float64) int {
	return sort.Search(n, func(i int) bool { return bound(i) > value })
}

// draw gives an answer. A question that is not scored does not follow a factor.
func (q drawn) draw(r *rand.Rand, factor, loading float64) string {
	if q.axis == "" {
		loading = 0
	}
	unknown, noise := r.Float64(), r.NormFloat64()
	if unknown < q.dontKnow {
		return referral.DontKnow
	}
	z := loading*factor + math.Sqrt(1-loading*loading)*noise
	share := 0.5 * math.Erfc(-z/math.Sqrt2) // the normal distribution
	last := len(q.values) - 1
	return q.values[min(search(last, func(i int) float64 { return q.until[i] }, share), last)]
}

// advise asks the engine. An option that this business is not offered is drawn anew
// among those it is.
func (d *drawing) advise(answers map[string]string, i int) (flows.Result, error) {
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
