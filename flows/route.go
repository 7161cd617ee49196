package flows

import (
	"slices"

	"digiwijzer/referral"
)

// route is the result of walking the questions over a set of answers.
type route struct {
	asked     []string         // questions put to this person so far, in order, the current one included
	next      *Query           // the first asked question without an answer; nil when all are answered
	effective referral.Answers // the answers that count, including those of skipped questions
}

// walk derives what is asked from what was answered. Questions of part 0 come after
// the result and are left out.
func (q *Questionnaire) walk(answers map[string]string, offered func(*Query, string) bool) route {
	r := route{asked: make([]string, 0, len(answers)+2), effective: make(referral.Answers, len(answers)+1)}
	for _, query := range q.Questions {
		if !q.asks(query, &r) {
			continue
		}
		r.asked = append(r.asked, query.ID)
		value, answered := answers[query.ID]
		if !answered || !offered(query, value) || q.hidden(query, value, &r) {
			r.next = query
			break
		}
		r.effective[query.ID] = value
	}
	return r
}

// walkAll is walk for a set of answers with gaps: it does not stop at a question
// without an answer.
func (q *Questionnaire) walkAll(answers map[string]string) route {
	r := route{effective: make(referral.Answers, len(q.Questions))}
	for _, query := range q.Questions {
		if !q.asks(query, &r) {
			continue
		}
		r.asked = append(r.asked, query.ID)
		if value, ok := answers[query.ID]; ok {
			r.effective[query.ID] = value
		}
	}
	return r
}

// remaining returns how many questions come after the walk, at most: a question whose condition is
// not decided yet is included, so that the number shrinks and never grows.
func (q *Questionnaire) remaining(r *route) (n int) {
	if r.next == nil {
		return 0
	}
	at := slices.Index(q.Questions, r.next)
	for _, query := range q.Questions[at+1:] {
		refused := slices.ContainsFunc(query.AskIf, func(c Condition) bool { return c.decided(r) && !q.holds(&c, r) })
		skipped := len(query.SkipIf) > 0 && !slices.ContainsFunc(query.SkipIf, func(c Condition) bool { return !c.decided(r) || !q.holds(&c, r) })
		if query.Part > 0 && !refused && !skipped {
			n++
		}
	}
	return n
}

// decided reports whether the answers that a condition depends on are given. A condition on the cyber
// outcome counts as undecided: its question comes after all that determine the outcome.
func (c *Condition) decided(r *route) bool {
	missing := func(id string) bool { return r.effective[id] == "" }
	return len(c.CyberNot) == 0 && (c.Question == "" || !missing(c.Question)) && !slices.ContainsFunc(c.AnyOf, missing)
}

// asks reports whether a question is put to this person before the result. For a skipped
// one it adds the answer that it counts as.
func (q *Questionnaire) asks(query *Query, r *route) bool {
	if query.Part == 0 || !q.holdAll(query.AskIf, r) {
		return false
	}
	if len(query.SkipIf) == 0 || !q.holdAll(query.SkipIf, r) {
		return true
	}
	if query.As != "" {
		r.effective[query.ID] = query.As
	}
	return false
}

func (q *Questionnaire) holdAll(conditions []Condition, r *route) bool {
	for i := range conditions {
		if !q.holds(&conditions[i], r) {
			return false
		}
	}
	return true
}

func (q *Questionnaire) holds(c *Condition, r *route) bool {
	if len(c.CyberNot) > 0 {
		cyber := referral.Assess(&q.scale, r.effective, r.asked, false).Cyber
		if slices.Contains(c.CyberNot, string(cyber)) {
			return false
		}
	}
	if c.Question != "" && !c.matches(r.effective[c.Question]) {
		return false
	}
	if len(c.AnyOf) > 0 {
		return slices.ContainsFunc(c.AnyOf, func(id string) bool { return c.matches(r.effective[id]) })
	}
	return true
}

func (c *Condition) matches(value string) bool {
	return (len(c.Is) == 0 || slices.Contains(c.Is, value)) && !slices.Contains(c.Not, value)
}

// hidden reports whether an option is not offered, given the answers so far.
func (q *Questionnaire) hidden(query *Query, value string, r *route) bool {
	for i := range query.Options {
		if o := &query.Options[i]; o.Value == value {
			return len(o.HideIf) > 0 && q.holdAll(o.HideIf, r)
		}
	}
	return false
}

// partOf returns the part a question belongs to; 0 for an unknown question.
func (q *Questionnaire) partOf(id string) int {
	if query := q.byID[id]; query != nil {
		return query.Part
	}
	return 0
}
