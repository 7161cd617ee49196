package audit

import (
	"math/big"
	"slices"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// tally is what the scoring adds up on one axis.
type tally struct {
	inPlay, measured int16
	sum              float64 // added in the order of the questions, as the scoring does
}

// position is everything about the answers to a group of questions that matters later.
type position struct {
	readiness, cyber, impact tally
	asked, unknown           int16  // scored questions answered; of those, answered "don't know"
	classes                  string // per slot, the index of the class of the answer
}

// state is a position with the number of paths to it, and one of them.
type state struct {
	position
	paths big.Int
	trail *trail
}

// trail is one path to a state as a linked list, the last answer first. joined is the
// trail of another group of questions.
type trail struct {
	question, value  string
	asked            bool
	previous, joined *trail
}

// answers returns the answers of a trail, and the questions that were put to the person
// in their order; other answers follow from earlier ones.
func (t *trail) answers() (answers referral.Answers, asked []string) {
	var r reading
	r.read(t)
	return r.answers, r.asked
}

// reading is a reusable buffer for the answers of a trail.
type reading struct {
	answers referral.Answers
	asked   []string
}

// read replaces what it holds by the answers of a trail.
func (r *reading) read(t *trail) {
	if r.answers == nil {
		r.answers = referral.Answers{}
	}
	clear(r.answers)
	r.asked = r.asked[:0]
	r.collect(t)
	slices.Reverse(r.asked)
}

func (r *reading) collect(t *trail) {
	for ; t != nil; t = t.previous {
		r.collect(t.joined)
		if t.question == "" {
			continue
		}
		r.answers[t.question] = t.value
		if t.asked {
			r.asked = append(r.asked, t.question)
		}
	}
}

// explorer explores one group of questions in one context.
type explorer struct {
	*group
	scale           *referral.Scale
	values          map[string][]string
	visible         classes           // classes that later questions, the scoring and the rules distinguish
	context         map[string]string // answers to the profile, as far as conditions of the group test them
	slots           map[string]int    // index of a question in position.classes
	representatives [][]string        // by slot and index of the class
	items           map[string]*referral.Item
	reached         map[string]bool            // questions asked in some path
	offered         map[string]map[string]bool // options offered in some path
	deadEnds        map[string]*trail          // a path to each question that has no option there
	states          int
}

func newExplorer(g *group, q *flows.Questionnaire, values map[string][]string, visible classes, context map[string]string) *explorer {
	e := &explorer{group: g, scale: q.Scale(), values: values, visible: visible, context: context,
		slots: map[string]int{}, items: map[string]*referral.Item{},
		reached: map[string]bool{}, offered: map[string]map[string]bool{}, deadEnds: map[string]*trail{}}
	for i := range e.scale.Items {
		e.items[e.scale.Items[i].Question] = &e.scale.Items[i]
	}
	for _, query := range g.queries {
		if visible[query.ID] == nil {
			continue
		}
		representatives := []string{""}
		for _, v := range values[query.ID] {
			if r := visible.of(query.ID, v); !slices.Contains(representatives, r) {
				representatives = append(representatives, r)
			}
		}
		e.slots[query.ID] = len(e.representatives)
		e.representatives = append(e.representatives, representatives)
	}
	return e
}

// finalStates returns the states after the last question.
func (e *explorer) finalStates() []*state {
	start := &state{position: position{classes: string(make([]byte, len(e.representatives)))}}
	start.paths.SetInt64(1)
	current := []*state{start}
	for _, query := range e.queries {
		next := layer{index: map[position]*state{}}
		for _, s := range current {
			e.put(query, s, &next)
		}
		current = next.states
		e.states += len(current)
	}
	return current
}

// layer collects the states after a question, one for each position.
type layer struct {
	states []*state
	index  map[position]*state
}

func (l *layer) add(p position, from *state, extend func() *trail) {
	s := l.index[p]
	if s == nil {
		s = &state{position: p, trail: extend()}
		l.index[p] = s
		l.states = append(l.states, s)
	}
	s.paths.Add(&s.paths, &from.paths)
}

// put adds to next every state that a question leads to from s.
func (e *explorer) put(query *flows.Query, s *state, next *layer) {
	unchanged := func() *trail { return s.trail }
	if !e.holdAll(query.AskIf, s) {
		next.add(s.position, s, unchanged)
		return
	}
	if len(query.SkipIf) > 0 && e.holdAll(query.SkipIf, s) {
		if query.As == "" {
			next.add(s.position, s, unchanged)
			return
		}
		next.add(e.after(query, s, query.As, false), s, func() *trail {
			return &trail{question: query.ID, value: query.As, previous: s.trail}
		})
		return
	}
	e.reached[query.ID] = true
	if e.offered[query.ID] == nil {
		e.offered[query.ID] = map[string]bool{}
	}
	deadEnd := true
	for _, value := range e.values[query.ID] {
		if e.hides(query, value, s) {
			continue
		}
		deadEnd = false
		e.offered[query.ID][value] = true
		next.add(e.after(query, s, value, true), s, func() *trail {
			return &trail{question: query.ID, value: value, asked: true, previous: s.trail}
		})
	}
	if deadEnd && e.deadEnds[query.ID] == nil {
		e.deadEnds[query.ID] = &trail{question: query.ID, previous: s.trail}
	}
}

// after returns the position after an answer. asked is false for an answer that follows
// from earlier ones.
func (e *explorer) after(query *flows.Query, s *state, value string, asked bool) position {
	p := s.position
	if slot, ok := e.slots[query.ID]; ok {
		indices := []byte(p.classes)
		indices[slot] = byte(slices.Index(e.representatives[slot], e.visible.of(query.ID, value)))
		p.classes = string(indices)
	}
	item := e.items[query.ID]
	if item == nil || item.Axis == "" {
		return p
	}
	points, measured := item.Points[value]
	t := p.axis(item.Axis)
	t.inPlay++
	if measured {
		t.measured++
		t.sum += points
	}
	switch {
	case !asked:
	case measured:
		p.asked++
	case value == referral.DontKnow:
		p.asked++
		p.unknown++
	}
	return p
}

func (p *position) axis(axis referral.Axis) *tally {
	switch axis {
	case referral.AxisReadiness:
		return &p.readiness
	case referral.AxisCyber:
		return &p.cyber
	}
	return &p.impact
}

// value returns the representative of the answer to a question in a state.
func (e *explorer) value(question string, s *state) string {
	if slot, ok := e.slots[question]; ok {
		return e.representatives[slot][s.classes[slot]]
	}
	return e.context[question]
}

func (e *explorer) holdAll(conditions []flows.Condition, s *state) bool {
	return !slices.ContainsFunc(conditions, func(c flows.Condition) bool { return !e.holds(&c, s) })
}

// holds reports whether a condition of a question holds in a state.
func (e *explorer) holds(c *flows.Condition, s *state) bool {
	matches := func(id string) bool {
		v := e.value(id, s)
		return (len(c.Is) == 0 || slices.Contains(c.Is, v)) && !slices.Contains(c.Not, v)
	}
	if len(c.CyberNot) > 0 {
		answers, asked := s.trail.answers()
		if slices.Contains(c.CyberNot, string(referral.Assess(e.scale, answers, asked, false).Cyber)) {
			return false
		}
	}
	if c.Question != "" && !matches(c.Question) {
		return false
	}
	return len(c.AnyOf) == 0 || slices.ContainsFunc(c.AnyOf, matches)
}

func (e *explorer) hides(query *flows.Query, value string, s *state) bool {
	for i := range query.Options {
		if o := &query.Options[i]; o.Value == value {
			return len(o.HideIf) > 0 && e.holdAll(o.HideIf, s)
		}
	}
	return false
}
