package flows

import (
	"cmp"
	"flag"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

var everyAnswer = flag.Bool("everyanswer", false, "try the other answers at their worst, at their best and not known each time, not in turn")

// TestRaisingAnAnswerNeverLowersReadiness is a proof by enumeration, from the points and
// the skip rules of the questions in use. Readiness is the mean of the measured items, of
// which the cyber questions are one. An item that no condition mentions enters it with its
// points alone, so that it is enough to try it at its worst, at its best and not known.
// The items that conditions mention, and the questions that those skip, are tried in full.
// Raising means: to an option with more points; whatever is asked because of it may be
// answered in any way, or not at all. It is complete with -everyanswer.
func TestRaisingAnAnswerNeverLowersReadiness(t *testing.T) {
	t.Parallel()
	q, err := Load(Embedded())
	require.NoError(t, err)
	linked, free := readinessQuestions(q)
	require.Contains(t, linked, "customer_data")
	require.Contains(t, linked, "backups")
	require.GreaterOrEqual(t, len(free), 4)

	tried := 0
	for n, base := range combine(q, linked, func(query *Query) []string { return append(valuesOf(query), "") }) {
		rests := []int{0, -1, len(q.Questions)} // worst, not known, best
		if !*everyAnswer {
			rests = rests[n%len(rests):][:1]
		}
		for _, rest := range rests {
			answers := maps.Clone(base)
			for _, id := range free {
				query, _ := q.Query(id)
				answers[id] = extreme(query, rest)
			}
			before, asked := readiness(q, answers)
			for _, id := range append(slices.Clone(linked), free...) {
				if asked[id] {
					tried += raise(t, q, answers, id, linked, asked, before)
				}
			}
		}
	}
	assert.Greater(t, tried, 15_000, "raised answers")
}

// raise tries every option with more points and reports how many there were.
func raise(t *testing.T, q *Questionnaire, answers map[string]string, id string, linked []string, asked map[string]bool, before float64) (tried int) {
	query, _ := q.Query(id)
	points := pointsOf(q.Scale(), id)
	now, measured := points[answers[id]]
	if !measured {
		return 0
	}
	for _, o := range query.Options {
		if points[o.Value] <= now {
			continue
		}
		raised := maps.Clone(answers)
		raised[id] = o.Value
		_, then := readiness(q, raised)
		var unasked []string // asked only now
		for _, other := range linked {
			if then[other] && !asked[other] {
				unasked = append(unasked, other)
			}
		}
		for _, extra := range combine(q, unasked, func(query *Query) []string { return append(valuesOf(query), "") }) {
			all := maps.Clone(raised)
			maps.Copy(all, extra)
			after, _ := readiness(q, all)
			tried++
			if after < before-1e-9 {
				t.Errorf("%v with %s=%s %v: readiness falls from %.2f to %.2f", answers, id, o.Value, extra, before, after)
			}
		}
	}
	return tried
}

// readiness returns the score and which questions are asked.
func readiness(q *Questionnaire, answers map[string]string) (float64, map[string]bool) {
	r := q.walkAll(answers)
	asked := make(map[string]bool, len(r.asked))
	for _, id := range r.asked {
		asked[id] = true
	}
	return referral.Assess(q.Scale(), r.effective, r.asked, false).Readiness, asked
}

// readinessQuestions returns the questions of readiness and cyber that conditions mention
// or skip, with all of cyber, which is one item, and the others.
func readinessQuestions(q *Questionnaire) (linked, free []string) {
	mentioned := map[string]bool{}
	for _, query := range q.Questions {
		for _, c := range slices.Concat(query.AskIf, query.SkipIf) {
			mentioned[query.ID] = true
			mentioned[c.Question] = true
			for _, id := range c.AnyOf {
				mentioned[id] = true
			}
		}
	}
	for _, query := range q.Questions {
		switch axis := referral.Axis(query.Axis); {
		case axis != referral.AxisReadiness && axis != referral.AxisCyber:
		case axis == referral.AxisCyber || mentioned[query.ID]:
			linked = append(linked, query.ID)
		default:
			free = append(free, query.ID)
		}
	}
	return linked, free
}

func valuesOf(query *Query) (values []string) {
	for _, o := range query.Options {
		values = append(values, o.Value)
	}
	if query.DontKnow {
		values = append(values, referral.DontKnow)
	}
	return values
}

// combine returns every combination of the values of a list of questions.
func combine(q *Questionnaire, ids []string, values func(*Query) []string) []map[string]string {
	all := []map[string]string{{}}
	for _, id := range ids {
		query, _ := q.Query(id)
		var next []map[string]string
		for _, answers := range all {
			for _, value := range values(query) {
				with := maps.Clone(answers)
				if value != "" {
					with[id] = value
				}
				next = append(next, with)
			}
		}
		all = next
	}
	return all
}

// extreme returns the option with the fewest points for 0, the one with the most for a
// larger number, and "weet ik niet" for a negative one.
func extreme(query *Query, which int) string {
	if which < 0 {
		return referral.DontKnow
	}
	options := slices.SortedFunc(slices.Values(query.Options), func(a, b AnswerOption) int { return cmp.Compare(*a.Points, *b.Points) })
	return options[min(which, len(options)-1)].Value
}
