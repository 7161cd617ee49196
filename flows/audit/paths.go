package audit

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// pathSpace is the result of exploring every path through the questions.
type pathSpace struct {
	questions *flows.Questionnaire
	scored    []*group
	profile   *group
	context   []string               // profile questions that conditions of scored questions test
	assessed  map[string][]*assessed // by answers to the context: the judgements that can be reached
	paths     map[string]*big.Int    // by answers to the context: paths through the scored questions
	reached   map[string]bool
	offered   map[string]map[string]bool
	deadEnds  map[string]*trail
	states    int
	conflicts []string // judgements on which the exploration and the scoring differ
	bounds    []int    // the scores of readiness that the rules compare, lowest first
}

// judgement is an assessment as the rules and the messages use it.
type judgement struct {
	quadrant                  referral.Quadrant
	border, extra, indicative bool
	cyber                     referral.Cyber
	phase                     referral.Phase
	readiness                 int    // the highest bound of the rules that the score reaches; 0 is none
	ruleAnswers               string // answers that the rules compare, as "staffing=c;"
}

// assessed is a judgement with the number of paths to it, and one of them.
type assessed struct {
	judgement
	paths big.Int
	trail *trail
}

// explorePaths explores the scored questions in every context.
func explorePaths(q *flows.Questionnaire, c *referral.Catalogue, on referral.Date) *pathSpace {
	p := &pathSpace{questions: q, assessed: map[string][]*assessed{}, paths: map[string]*big.Int{},
		reached: map[string]bool{}, offered: map[string]map[string]bool{}, deadEnds: map[string]*trail{}, bounds: readinessBounds(c)}
	p.profile, p.scored = split(q)
	for _, g := range p.scored {
		for _, id := range g.context {
			if !slices.Contains(p.context, id) {
				p.context = append(p.context, id)
			}
		}
	}
	values := optionValues(q, c, on)
	conditions, rules := conditionSets(q), ruleSets(c, on)
	visible := classify(values, conditions, rules)
	byRules := classify(values, rules)
	known := map[string][]*row{}
	for _, context := range contexts(p.context, values, classify(values, conditions)) {
		var tables [][]*row
		for i, g := range p.scored {
			own := only(context, g.context)
			key := string(rune('0'+i)) + spell(own)
			if _, done := known[key]; !done {
				e := newExplorer(g, q, values, visible, own)
				known[key] = e.table(e.finalStates(), byRules)
				p.add(e)
			}
			tables = append(tables, known[key])
		}
		p.assess(spell(context), join(p.scored, tables, p.bounds))
	}
	return p
}

// add merges the results of an explorer.
func (p *pathSpace) add(e *explorer) {
	p.states += e.states
	maps.Copy(p.reached, e.reached)
	for id, options := range e.offered {
		if p.offered[id] == nil {
			p.offered[id] = map[string]bool{}
		}
		maps.Copy(p.offered[id], options)
	}
	maps.Copy(p.deadEnds, e.deadEnds)
}

// assess applies the scoring to one path to every row.
func (p *pathSpace) assess(context string, rows []*row) {
	index := map[judgement]*assessed{}
	total := new(big.Int)
	p.states += len(rows)
	var path reading
	for _, r := range rows {
		path.read(r.trail)
		a := referral.Assess(p.questions.Scale(), path.answers, path.asked, false)
		j := judgement{a.Quadrant, a.Border, a.Extra, a.Indicative, a.Cyber, a.Phase, reached(p.bounds, a.Readiness), r.ruleAnswers}
		if !r.agrees(&a) {
			p.conflicts = append(p.conflicts, string(a.Quadrant)+" "+string(a.Cyber)+" "+string(a.Phase))
		}
		found := index[j]
		if found == nil {
			found = &assessed{judgement: j, trail: r.trail}
			index[j] = found
			p.assessed[context] = append(p.assessed[context], found)
		}
		found.paths.Add(&found.paths, &r.paths)
		total.Add(total, &r.paths)
	}
	p.paths[context] = total
}

// agrees reports whether an assessment is what the row was reduced to.
func (r *row) agrees(a *referral.Assessment) bool {
	indicative := r.unknown > 0 && float64(r.unknown) >= indicativeShare*float64(r.asked)
	return (r.cyberResult == "" || a.Cyber == r.cyberResult) && (r.phase == "" || a.Phase == r.phase) &&
		a.Indicative == indicative && (a.Quadrant != referral.NoQuadrant) == (r.readinessScore.enough && r.impactScore.enough)
}

// business is a class of businesses that the rules and the scored questions do not
// distinguish.
type business struct {
	answers referral.Answers // to the profile, of one of them
	context string
	paths   big.Int // ways to answer the profile as one of them
}

// businesses explores the questions on the profile on a day. It also returns the explorer, with what
// it reached.
func (p *pathSpace) businesses(c *referral.Catalogue, on referral.Date) ([]*business, *explorer) {
	values := optionValues(p.questions, c, on)
	conditions := conditionSets(p.questions)
	e := newExplorer(p.profile, p.questions, values, classify(values, conditions, ruleSets(c, on)), nil)
	byCondition := classify(values, conditions)
	var all []*business
	for _, s := range e.finalStates() {
		b := &business{}
		b.answers, _ = s.trail.answers()
		context := map[string]string{}
		for _, id := range p.context {
			context[id] = byCondition.of(id, b.answers[id])
		}
		b.context = spell(context)
		b.paths.Set(&s.paths)
		all = append(all, b)
	}
	return all, e
}

// total returns the number of paths through all questions.
func (p *pathSpace) total(all []*business) *big.Int {
	sum, product := new(big.Int), new(big.Int)
	for _, b := range all {
		if scored := p.paths[b.context]; scored != nil {
			sum.Add(sum, product.Mul(&b.paths, scored))
		}
	}
	return sum
}

// contexts returns all combinations of the classes of some questions.
func contexts(questions []string, values map[string][]string, c classes) []map[string]string {
	all := []map[string]string{{}}
	for _, id := range questions {
		var more []map[string]string
		for _, representative := range slices.Compact(slices.Sorted(maps.Values(c[id]))) {
			for _, before := range all {
				next := maps.Clone(before)
				next[id] = representative
				more = append(more, next)
			}
		}
		all = more
	}
	return all
}

func only(m map[string]string, keys []string) map[string]string {
	out := map[string]string{}
	for _, k := range keys {
		out[k] = m[k]
	}
	return out
}

func spell(m map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		b.WriteString(k + "=" + m[k] + ";")
	}
	return b.String()
}

// checkPaths explores every path and reports questions and options that none reaches.
func (g *gate) checkPaths() {
	p := explorePaths(g.Questions, g.Catalogue, g.o.From)
	g.space = p
	all, profile := p.businesses(g.Catalogue, g.o.From)
	p.add(profile)
	g.report.Coverage.States = p.states
	g.report.Coverage.Paths = p.total(all).String()
	for _, query := range g.Questions.Questions {
		if query.Part > 0 {
			g.checkReached(query, p)
		}
	}
	for _, conflict := range slices.Compact(slices.Sorted(slices.Values(p.conflicts))) {
		g.fault("walk.disagrees", location{file: questionsFile, id: conflict})
	}
}

const questionsFile = "flows/questions.toml"

func (g *gate) checkReached(query *flows.Query, p *pathSpace) {
	if !p.reached[query.ID] {
		g.fault("question.unreached", location{file: questionsFile, id: query.ID})
		return
	}
	for _, o := range query.Options {
		if !p.offered[query.ID][o.Value] {
			g.fault("option.never", location{file: questionsFile, id: query.ID + "." + o.Value})
		}
	}
	if trail := p.deadEnds[query.ID]; trail != nil {
		answers, _ := trail.answers()
		g.fault("question.dead_end", location{file: questionsFile, id: query.ID}, "Example", describe(answers))
	}
}

// describe formats answers as "sector=bouw, size=1".
func describe(answers referral.Answers) string {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if answers[id] != "" {
			parts = append(parts, id+"="+answers[id])
		}
	}
	return strings.Join(parts, ", ")
}
