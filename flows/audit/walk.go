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

// position is all that anything later can see of the answers to a group so far.
type position struct {
	readiness, cyber, impact tally
	asked, unknown           int16 // scored questions put and answered; of those, answered "weet ik niet"
	seen                     string
}

// state is a position with the number of ways to it, and one of them.
type state struct {
	position
	paths big.Int
	trail *trail
}

// trail is one way to a state, the last answer first; a joined one goes on beside.
type trail struct {
	question, value string
	asked           bool
	before, beside  *trail
}

// answers writes a trail out.
func (t *trail) answers() (answers referral.Answers, asked []string) {
	answers = referral.Answers{}
	var walk func(*trail)
	walk = func(t *trail) {
		for ; t != nil; t = t.before {
			walk(t.beside)
			if t.question == "" {
				continue
			}
			answers[t.question] = t.value
			if t.asked {
				asked = append(asked, t.question)
			}
		}
	}
	walk(t)
	slices.Reverse(asked)
	return answers, asked
}

// walker walks one group of questions in one context.
type walker struct {
	*group
	scale    *referral.Scale
	values   map[string][]string
	visible  classes           // what later questions, the scoring and the rules tell apart
	context  map[string]string // answers to the profile, as far as this group looks at them
	slots    map[string]int    // where a question's answer stands in position.seen
	reps     [][]string        // per slot, the values that stand for a class
	items    map[string]*referral.Item
	reached  map[string]bool            // questions put to somebody
	offered  map[string]map[string]bool // options offered to somebody
	deadEnds map[string]*trail          // questions without an option for somebody
	states   int
}

func newWalker(g *group, q *flows.Questionnaire, values map[string][]string, visible classes, context map[string]string) *walker {
	w := &walker{group: g, scale: q.Scale(), values: values, visible: visible, context: context,
		slots: map[string]int{}, items: map[string]*referral.Item{},
		reached: map[string]bool{}, offered: map[string]map[string]bool{}, deadEnds: map[string]*trail{}}
	for i := range w.scale.Items {
		w.items[w.scale.Items[i].Question] = &w.scale.Items[i]
	}
	for _, query := range g.queries {
		if visible[query.ID] == nil {
			continue
		}
		reps := []string{""}
		for _, v := range values[query.ID] {
			if rep := visible.of(query.ID, v); !slices.Contains(reps, rep) {
				reps = append(reps, rep)
			}
		}
		w.slots[query.ID] = len(w.reps)
		w.reps = append(w.reps, reps)
	}
	return w
}

// walk returns the final states.
func (w *walker) walk() []*state {
	start := &state{position: position{seen: string(make([]byte, len(w.reps)))}}
	start.paths.SetInt64(1)
	now := []*state{start}
	for _, query := range w.queries {
		next := layer{index: map[position]*state{}}
		for _, s := range now {
			w.put(query, s, &next)
		}
		now = next.states
		w.states += len(now)
	}
	return now
}

// layer collects the states after a question.
type layer struct {
	states []*state
	index  map[position]*state
}

func (l *layer) add(p position, from *state, step func() *trail) {
	s := l.index[p]
	if s == nil {
		s = &state{position: p, trail: step()}
		l.index[p] = s
		l.states = append(l.states, s)
	}
	s.paths.Add(&s.paths, &from.paths)
}

// put puts a question to a state.
func (w *walker) put(query *flows.Query, s *state, next *layer) {
	stay := func() *trail { return s.trail }
	if !w.holdAll(query.AskIf, s) {
		next.add(s.position, s, stay)
		return
	}
	if len(query.SkipIf) > 0 && w.holdAll(query.SkipIf, s) {
		if query.As == "" {
			next.add(s.position, s, stay)
			return
		}
		next.add(w.after(query, s, query.As, false), s, func() *trail {
			return &trail{question: query.ID, value: query.As, before: s.trail}
		})
		return
	}
	w.reached[query.ID] = true
	if w.offered[query.ID] == nil {
		w.offered[query.ID] = map[string]bool{}
	}
	any := false
	for _, value := range w.values[query.ID] {
		if w.hides(query, value, s) {
			continue
		}
		any = true
		w.offered[query.ID][value] = true
		next.add(w.after(query, s, value, true), s, func() *trail {
			return &trail{question: query.ID, value: value, asked: true, before: s.trail}
		})
	}
	if !any && w.deadEnds[query.ID] == nil {
		w.deadEnds[query.ID] = &trail{question: query.ID, before: s.trail}
	}
}

// after is the position after an answer.
func (w *walker) after(query *flows.Query, s *state, value string, asked bool) position {
	p := s.position
	if slot, ok := w.slots[query.ID]; ok {
		seen := []byte(p.seen)
		seen[slot] = byte(slices.Index(w.reps[slot], w.visible.of(query.ID, value)))
		p.seen = string(seen)
	}
	item := w.items[query.ID]
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

// value is the answer of a state to a question, as far as it can be told apart.
func (w *walker) value(question string, s *state) string {
	if slot, ok := w.slots[question]; ok {
		return w.reps[slot][s.seen[slot]]
	}
	return w.context[question]
}

func (w *walker) holdAll(conditions []flows.Condition, s *state) bool {
	return !slices.ContainsFunc(conditions, func(c flows.Condition) bool { return !w.holds(&c, s) })
}

// holds tells whether a condition of a question holds in a state.
func (w *walker) holds(c *flows.Condition, s *state) bool {
	fits := func(id string) bool {
		v := w.value(id, s)
		return (len(c.Is) == 0 || slices.Contains(c.Is, v)) && !slices.Contains(c.Not, v)
	}
	if len(c.CyberNot) > 0 {
		answers, asked := s.trail.answers()
		if slices.Contains(c.CyberNot, string(referral.Assess(w.scale, answers, asked, false).Cyber)) {
			return false
		}
	}
	if c.Question != "" && !fits(c.Question) {
		return false
	}
	return len(c.AnyOf) == 0 || slices.ContainsFunc(c.AnyOf, fits)
}

func (w *walker) hides(query *flows.Query, value string, s *state) bool {
	for i := range query.Options {
		if o := &query.Options[i]; o.Value == value {
			return len(o.HideIf) > 0 && w.holdAll(o.HideIf, s)
		}
	}
	return false
}
