package audit

import (
	"slices"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// group is a set of questions that is explored independently of the others, in order.
// The group of the profile has the questions that neither score nor depend on a score.
type group struct {
	queries []*flows.Query
	context []string // profile questions that its conditions test
	axes    []referral.Axis
	sets    []int // indices of scoredByValue
}

func (g *group) has(axis referral.Axis) bool { return slices.Contains(g.axes, axis) }

// split divides the questions into groups. Two scored questions are in one group when
// they are of one axis, when a condition of one tests the other, or when they are in
// one set of scoredByValue.
func split(q *flows.Questionnaire) (profile *group, scored []*group) {
	u, inGroup := unite(q)
	profile = &group{}
	byRoot := map[string]*group{}
	for _, query := range q.Questions {
		if query.Part == 0 {
			continue
		}
		g := profile
		if inGroup[query.ID] {
			root := u.find(query.ID)
			if byRoot[root] == nil {
				byRoot[root] = &group{}
				scored = append(scored, byRoot[root])
			}
			g = byRoot[root]
		}
		g.add(query, inGroup)
	}
	for i := range scoredByValue {
		if g := byRoot[u.find(setName(i))]; g != nil {
			g.sets = append(g.sets, i)
		}
	}
	// Readiness and working safely make one score: join their tables first.
	slices.SortStableFunc(scored, func(a, b *group) int { return a.rank() - b.rank() })
	return profile, scored
}

// unite returns which questions are in one group, and which are in a scored group.
func unite(q *flows.Questionnaire) (u union, inGroup map[string]bool) {
	u, inGroup = union{}, map[string]bool{}
	join := func(id, with string) { inGroup[id] = true; u.join(id, with) }
	for _, query := range q.Questions {
		if query.Axis != "" {
			join(query.ID, "axis "+query.Axis)
		}
	}
	for i, set := range scoredByValue {
		for _, scored := range set {
			if _, ok := q.Query(scored.question); ok {
				join(scored.question, setName(i))
			}
		}
	}
	for _, query := range q.Questions {
		for _, c := range conditionsOf(query) {
			for _, id := range questionsIn(c) {
				if inGroup[id] {
					join(query.ID, id)
				}
			}
			if len(c.CyberNot) > 0 {
				join(query.ID, "axis "+string(referral.AxisCyber))
				u.join(query.ID, setName(len(scoredByValue)-1))
			}
		}
	}
	return u, inGroup
}

func setName(i int) string { return string(rune('0' + i)) }

func (g *group) rank() int {
	if g.has(referral.AxisReadiness) || g.has(referral.AxisCyber) {
		return 0
	}
	return 1
}

func (g *group) add(query *flows.Query, inGroup map[string]bool) {
	g.queries = append(g.queries, query)
	if axis := referral.Axis(query.Axis); axis != "" && !g.has(axis) {
		g.axes = append(g.axes, axis)
	}
	if !inGroup[query.ID] {
		return
	}
	for _, c := range conditionsOf(query) {
		for _, id := range questionsIn(c) {
			if !inGroup[id] && !slices.Contains(g.context, id) {
				g.context = append(g.context, id)
			}
		}
	}
}

// union is a union-find structure over names.
type union map[string]string

func (u union) find(name string) string {
	for u[name] != "" {
		name = u[name]
	}
	return name
}

func (u union) join(a, b string) {
	if a, b = u.find(a), u.find(b); a != b {
		u[a] = b
	}
}
