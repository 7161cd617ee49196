package audit

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// walk is the result of walking every path.
type walk struct {
	questions *flows.Questionnaire
	scored    []*group
	profile   *group
	context   []string               // profile questions that scored ones look at
	assessed  map[string][]*assessed // per answers to the context, what can come out
	paths     map[string]*big.Int    // per answers to the context, the paths through the scored questions
	reached   map[string]bool
	offered   map[string]map[string]bool
	deadEnds  map[string]*trail
	states    int
	conflicts []string // assessments that the scoring itself judges differently
}

// judgement is an assessment as the rules and the messages see it.
type judgement struct {
	quadrant                  referral.Quadrant
	border, extra, indicative bool
	cyber                     referral.Cyber
	phase                     referral.Phase
	seen                      string // answers the rules look at
}

// assessed is a judgement with the number of ways to it, and one of them.
type assessed struct {
	judgement
	paths big.Int
	trail *trail
}

// newWalk walks all scored questions in every context.
func newWalk(q *flows.Questionnaire, c *referral.Catalogue, on referral.Date) *walk {
	w := &walk{questions: q, assessed: map[string][]*assessed{}, paths: map[string]*big.Int{},
		reached: map[string]bool{}, offered: map[string]map[string]bool{}, deadEnds: map[string]*trail{}}
	w.profile, w.scored = split(q)
	for _, g := range w.scored {
		for _, id := range g.context {
			if !slices.Contains(w.context, id) {
				w.context = append(w.context, id)
			}
		}
	}
	values := optionValues(q, c, on)
	conditions, rules := conditionLooks(q), ruleLooks(c, on)
	visible := classify(values, conditions, rules)
	byRules := classify(values, rules)
	known := map[string][]*row{}
	for _, context := range contexts(w.context, values, classify(values, conditions)) {
		var tables [][]*row
		for i, g := range w.scored {
			own := only(context, g.context)
			key := string(rune('0'+i)) + spell(own)
			if _, done := known[key]; !done {
				walker := newWalker(g, q, values, visible, own)
				known[key] = walker.table(walker.walk(), byRules)
				w.take(walker)
			}
			tables = append(tables, known[key])
		}
		w.assess(spell(context), join(w.scored, tables))
	}
	return w
}

// take keeps what a walker found.
func (w *walk) take(walker *walker) {
	w.states += walker.states
	maps.Copy(w.reached, walker.reached)
	for id, options := range walker.offered {
		if w.offered[id] == nil {
			w.offered[id] = map[string]bool{}
		}
		maps.Copy(w.offered[id], options)
	}
	maps.Copy(w.deadEnds, walker.deadEnds)
}

// assess lets the scoring judge one way to every row.
func (w *walk) assess(context string, rows []*row) {
	index := map[judgement]*assessed{}
	total := new(big.Int)
	w.states += len(rows)
	for _, r := range rows {
		answers, asked := r.trail.answers()
		a := referral.Assess(w.questions.Scale(), answers, asked, false)
		j := judgement{a.Quadrant, a.Border, a.Extra, a.Indicative, a.Cyber, a.Phase, r.seen}
		if !r.agrees(&a) {
			w.conflicts = append(w.conflicts, string(a.Quadrant)+" "+string(a.Cyber)+" "+string(a.Phase))
		}
		found := index[j]
		if found == nil {
			found = &assessed{judgement: j, trail: r.trail}
			index[j] = found
			w.assessed[context] = append(w.assessed[context], found)
		}
		found.paths.Add(&found.paths, &r.paths)
		total.Add(total, &r.paths)
	}
	w.paths[context] = total
}

// agrees tells whether the scoring judges a row as its reduction says.
func (r *row) agrees(a *referral.Assessment) bool {
	indicative := r.unknown > 0 && float64(r.unknown) >= indicativeShare*float64(r.asked)
	return (r.safe == "" || a.Cyber == r.safe) && (r.phase == "" || a.Phase == r.phase) &&
		a.Indicative == indicative && (a.Quadrant != referral.NoQuadrant) == (r.ready.enough && r.touched.enough)
}

// business is one kind of business: the answers to the profile that the rules or the
// scored questions look at.
type business struct {
	answers referral.Answers
	context string
	paths   big.Int
}

// businesses walks the profile on a day.
func (w *walk) businesses(c *referral.Catalogue, on referral.Date) []*business {
	values := optionValues(w.questions, c, on)
	conditions := conditionLooks(w.questions)
	walker := newWalker(w.profile, w.questions, values, classify(values, conditions, ruleLooks(c, on)), nil)
	byCondition := classify(values, conditions)
	var all []*business
	for _, s := range walker.walk() {
		b := &business{}
		b.answers, _ = s.trail.answers()
		context := map[string]string{}
		for _, id := range w.context {
			context[id] = byCondition.of(id, b.answers[id])
		}
		b.context = spell(context)
		b.paths.Set(&s.paths)
		all = append(all, b)
	}
	w.take(walker)
	return all
}

// total is the number of ways through all questions.
func (w *walk) total(all []*business) *big.Int {
	sum, product := new(big.Int), new(big.Int)
	for _, b := range all {
		if scored := w.paths[b.context]; scored != nil {
			sum.Add(sum, product.Mul(&b.paths, scored))
		}
	}
	return sum
}

// contexts are all combinations of classes of the questions.
func contexts(questions []string, values map[string][]string, c classes) []map[string]string {
	all := []map[string]string{{}}
	for _, id := range questions {
		var more []map[string]string
		for _, rep := range slices.Compact(slices.Sorted(maps.Values(c[id]))) {
			for _, before := range all {
				next := maps.Clone(before)
				next[id] = rep
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

// checkPaths walks every path and reports what nobody can get to.
func (g *gate) checkPaths() {
	const file = "flows/questions.toml"
	w := newWalk(g.Questions, g.Catalogue, g.o.From)
	g.walk = w
	all := w.businesses(g.Catalogue, g.o.From)
	g.report.Coverage.States = w.states
	g.report.Coverage.Paths = w.total(all).String()
	for _, query := range g.Questions.Questions {
		if query.Part == 0 {
			continue
		}
		if !w.reached[query.ID] {
			g.fault("question.unreached", place{file: file, id: query.ID})
			continue
		}
		for _, o := range query.Options {
			if !w.offered[query.ID][o.Value] {
				g.fault("option.never", place{file: file, id: query.ID + "." + o.Value})
			}
		}
		if way := w.deadEnds[query.ID]; way != nil {
			answers, _ := way.answers()
			g.fault("question.dead_end", place{file: file, id: query.ID}, "Example", describe(answers))
		}
	}
	for _, what := range slices.Compact(slices.Sorted(slices.Values(w.conflicts))) {
		g.fault("walk.disagrees", place{file: file, id: what})
	}
}

// describe writes answers as "size=1, sector=bouw".
func describe(answers referral.Answers) string {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if answers[id] != "" {
			parts = append(parts, id+"="+answers[id])
		}
	}
	return strings.Join(parts, ", ")
}
