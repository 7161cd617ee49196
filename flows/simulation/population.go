package simulation

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/BurntSushi/toml"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

//go:embed population.toml
var populationTOML string

// Population is the number of businesses and the distribution of their answers.
// population.toml documents each part.
type Population struct {
	Businesses []Businesses   `toml:"businesses"`
	Places     map[string]int `toml:"places"` // weight by GM code
	Model      Model          `toml:"model"`
	Answers    []Marginal     `toml:"answers"`
}

// Businesses is the number of businesses of one region and size.
type Businesses struct {
	Region   string         `toml:"region"` // U or GV
	Size     string         `toml:"size"`   // option of the question on size
	Count    int            `toml:"count"`
	Sectors  map[string]int `toml:"sectors"` // as far as known; the rest is spread over the others
	Estimate bool           `toml:"estimate"`
	Basis    string         `toml:"basis"`
}

// Model is the correlation between the answers of one business.
type Model struct {
	Loading     float64 `toml:"loading"`     // correlation of an answer with its factor, 0–1
	Correlation float64 `toml:"correlation"` // correlation of the two factors, 0–1
}

// Marginal is the distribution of the answers to one question.
type Marginal struct {
	Question string             `toml:"question"`
	Shares   map[string]float64 `toml:"shares"`    // percent by option, of those who know
	DontKnow float64            `toml:"dont_know"` // percent of all
}

// EmbeddedPopulation returns the population built into the program, in the form of
// population.toml.
func EmbeddedPopulation() string { return populationTOML }

// ParsePopulation decodes a population in the form of population.toml and validates it
// against the questions and the region. Unknown keys are errors. The error joins all
// faults found.
func ParsePopulation(text string, q *flows.Questionnaire, region *referral.Region) (*Population, error) {
	p := &Population{}
	meta, err := toml.Decode(text, p)
	if err != nil {
		return nil, fmt.Errorf("population: %w", err)
	}
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("population: "+format, args...))
	}
	for _, key := range meta.Undecoded() {
		fault("unknown key %q", key.String())
	}
	if m := p.Model; !within(m.Loading, 0, 1) || !within(m.Correlation, 0, 1) {
		fault("loading and correlation lie between 0 and 1")
	}
	p.checkBusinesses(q, region, fault)
	for _, a := range p.Answers {
		a.check(q, fault)
	}
	return p, errors.Join(faults...)
}

// within reports whether low <= v <= high; false for NaN.
func within(v, low, high float64) bool { return v >= low && v <= high }

type faultFunc = func(format string, args ...any)

func (p *Population) checkBusinesses(q *flows.Questionnaire, region *referral.Region, fault faultFunc) {
	total := 0
	for _, b := range p.Businesses {
		size, _ := q.Query("size")
		if !slices.ContainsFunc(size.Options, func(o flows.AnswerOption) bool { return o.Value == b.Size }) {
			fault("there is no size %q", b.Size)
		}
		known := 0
		for _, id := range slices.Sorted(maps.Keys(b.Sectors)) {
			if _, ok := region.Sector(id); !ok || b.Sectors[id] < 0 {
				fault("region %s, size %s: %s = %d is no sector with a number of businesses", b.Region, b.Size, id, b.Sectors[id])
			}
			known += b.Sectors[id]
		}
		if known > b.Count {
			fault("region %s, size %s: the sectors hold %d of %d businesses", b.Region, b.Size, known, b.Count)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(p.Places)), func(code string) bool {
			return p.Places[code] > 0 && region.RegionOf(code, "") == b.Region
		}) {
			fault("region %q has no places", b.Region)
		}
		total += b.Count
	}
	if total <= 0 {
		fault("there are no businesses")
	}
	for _, code := range slices.Sorted(maps.Keys(p.Places)) {
		if _, ok := region.Municipality(code, ""); !ok || p.Places[code] < 0 {
			fault("%s = %d is no municipality of the region with a weight", code, p.Places[code])
		}
	}
}

func (m Marginal) check(q *flows.Questionnaire, fault faultFunc) {
	query, ok := q.Query(m.Question)
	if !ok {
		fault("there is no question %q", m.Question)
		return
	}
	sum := 0.0
	for _, value := range slices.Sorted(maps.Keys(m.Shares)) {
		if !slices.ContainsFunc(query.Options, func(o flows.AnswerOption) bool { return o.Value == value }) || !within(m.Shares[value], 0, 100.5) {
			fault("question %q: %s = %v is no option with a share", m.Question, value, m.Shares[value])
		}
		sum += m.Shares[value]
	}
	if len(m.Shares) > 0 && !within(sum, 99.5, 100.5) {
		fault("question %q: the shares add up to %v percent", m.Question, sum)
	}
	if !within(m.DontKnow, 0, 100) || m.DontKnow > 0 && !query.DontKnow {
		fault("question %q: dont_know = %v", m.Question, m.DontKnow)
	}
}

// cell is a set of businesses of one region, size and sector; until is the cumulative
// number of businesses up to and including it.
type cell struct {
	region, size, sector string
	until                float64
}

// cells returns all businesses in a fixed order: by region and size as in the file,
// then by sector. Businesses of no known sector are divided evenly over the sectors
// without a number.
func (p *Population) cells(region *referral.Region) (cells []cell, total float64) {
	for _, b := range p.Businesses {
		known, others := 0, 0
		for _, s := range region.Sectors() {
			if n, ok := b.Sectors[s.ID]; ok {
				known += n
			} else {
				others++
			}
		}
		for _, s := range region.Sectors() {
			n, ok := b.Sectors[s.ID]
			if ok {
				total += float64(n)
			} else {
				total += float64(b.Count-known) / float64(others)
			}
			cells = append(cells, cell{b.Region, b.Size, s.ID, total})
		}
	}
	return cells, total
}
