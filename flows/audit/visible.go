package audit

import (
	"slices"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// looks are, per question, the sets of values that something later tests an answer
// against. Two answers in the same of these sets lead to the same.
type looks map[string][][]string

func (l looks) add(question string, values []string) {
	if len(values) > 0 {
		l[question] = append(l[question], values)
	}
}

// byName are the answers that the scoring looks at beyond their points: for the
// phase, and for what is absent in working safely. Questions of one set are judged
// together.
var byName = [][]struct {
	question string
	values   []string
}{
	{{"plan_and_budget", []string{"c", "d"}}, {"administration", []string{"c", "d"}}, {"online_presence", []string{"a"}},
		{"plan_and_budget", []string{"a"}}, {"learning", []string{"a"}}},
	{{"login_code", []string{"a"}}, {"updates", []string{"a"}}, {"backups", []string{"a"}}, {"outage", []string{"c"}}},
}

// conditions collects what the questions look at.
func conditionLooks(q *flows.Questionnaire) looks {
	l := looks{}
	for _, query := range q.Questions {
		for _, c := range allConditions(query) {
			for _, id := range named(c) {
				l.add(id, c.Is)
				l.add(id, c.Not)
			}
		}
	}
	for _, set := range byName {
		for _, look := range set {
			l.add(look.question, look.values)
		}
	}
	return l
}

func allConditions(query *flows.Query) []flows.Condition {
	all := slices.Concat(query.AskIf, query.SkipIf)
	for _, o := range query.Options {
		all = append(all, o.HideIf...)
	}
	return all
}

// named are the questions that a condition looks at.
func named(c flows.Condition) []string {
	if c.Question == "" {
		return c.AnyOf
	}
	return append([]string{c.Question}, c.AnyOf...)
}

// ruleLooks collects what the rules and the gates of the initiatives look at on a day.
func ruleLooks(c *referral.Catalogue, on referral.Date) looks {
	l := looks{}
	for _, size := range sizeAnswers {
		l.add("size", []string{size})
	}
	l.add("help_wanted", []string{"geen"}) // has a sentence of its own in the advice
	for _, r := range c.Rules() {
		for i := range r.When {
			l.when(&r.When[i])
		}
		for i := range r.Propose {
			if r.Propose[i].When != nil {
				l.when(r.Propose[i].When)
			}
		}
	}
	var lagging, edih []string
	for _, s := range c.Region().Sectors() {
		if s.Lagging {
			lagging = append(lagging, s.ID)
		}
		if s.EDIH != "" {
			edih = append(edih, s.ID)
		}
	}
	l.add("sector", lagging)
	l.add("sector", edih)
	l.places(c, on)
	return l
}

func (l looks) when(w *referral.When) {
	l.add("sector", w.Sector)
	l.add("help_wanted", w.HelpWanted)
	l.add("obstacle", w.Obstacle)
	l.add("staffing", w.Staffing)
	l.add("municipality", w.Municipality)
}

// places adds how areas divide the municipalities.
func (l looks) places(c *referral.Catalogue, on referral.Date) {
	parts := map[string]bool{referral.RegionUtrecht: true, referral.RegionGooi: true}
	for _, i := range c.Initiatives() {
		l.add("sector", i.Eligibility.Sectors)
		for _, part := range slices.Concat(i.Area.Include, i.Area.Exclude) {
			parts[part] = true
		}
	}
	for part := range parts {
		var lie, also []string
		for _, m := range c.Region().Municipalities(on) {
			if m.Code == part || m.Region == part {
				lie = append(lie, m.Code)
			}
			if slices.Contains(m.Also, part) {
				also = append(also, m.Code)
			}
		}
		l.add("municipality", lie)
		l.add("municipality", also)
	}
	l.add("municipality", []string{referral.Outside})
}

// sizeAnswers are the values of the question on size, smallest first.
var sizeAnswers = []string{"1", "2", "10", "50", "250"}

// class is a set of answers that nothing later tells apart, by the value that stands
// for it.
type classes map[string]map[string]string

// classify divides the values of every question that something looks at. The empty
// value is that of a question without an answer.
func classify(values map[string][]string, all ...looks) classes {
	c := classes{}
	for question, list := range values {
		var sets [][]string
		for _, l := range all {
			sets = append(sets, l[question]...)
		}
		if len(sets) == 0 {
			continue
		}
		first := map[string]string{}
		c[question] = map[string]string{}
		for _, v := range append([]string{""}, list...) {
			mark := make([]byte, len(sets))
			for i, set := range sets {
				if slices.Contains(set, v) {
					mark[i] = 1
				}
			}
			if _, known := first[string(mark)]; !known {
				first[string(mark)] = v
			}
			c[question][v] = first[string(mark)]
		}
	}
	return c
}

// of gives what stands for a value, or nothing where nobody looks.
func (c classes) of(question, value string) string { return c[question][value] }

// optionValues are all values of every question on a day.
func optionValues(q *flows.Questionnaire, c *referral.Catalogue, on referral.Date) map[string][]string {
	values := map[string][]string{}
	for _, query := range q.Questions {
		for _, o := range query.Options {
			values[query.ID] = append(values[query.ID], o.Value)
		}
		if query.OptionsFrom != "" {
			for _, m := range c.Region().Municipalities(on) {
				values[query.ID] = append(values[query.ID], m.Code)
			}
			values[query.ID] = append(values[query.ID], referral.Outside)
		}
		if query.DontKnow {
			values[query.ID] = append(values[query.ID], referral.DontKnow)
		}
	}
	return values
}
