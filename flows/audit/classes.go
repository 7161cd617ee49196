package audit

import (
	"slices"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// valueSets are, per question, the sets of values that something later compares an answer with. Two
// answers that are in the same sets have the same effect.
type valueSets map[string][][]string

func (v valueSets) add(question string, values []string) {
	if len(values) > 0 {
		v[question] = append(v[question], values)
	}
}

// scoredByValue are the answers that the scoring compares by value besides their
// points: for the phase, and for what is missing in working safely. The questions of
// one set are scored together.
var scoredByValue = [][]struct {
	question string
	values   []string
}{
	phaseSet: {{"plan_and_budget", []string{"c", "d"}}, {"administration", []string{"c", "d"}}, {"online_presence", []string{"a"}},
		{"plan_and_budget", []string{"a"}}, {"learning", []string{"a"}}},
	cyberSet: {{"login_code", []string{"a"}}, {"updates", []string{"a"}}, {"backups", []string{"a"}}, {"outage", []string{"c"}}},
}

// Indices of scoredByValue.
const (
	phaseSet = iota
	cyberSet
)

// conditionSets returns the sets that the questions and the scoring compare with.
func conditionSets(q *flows.Questionnaire) valueSets {
	v := valueSets{}
	for _, query := range q.Questions {
		for _, c := range conditionsOf(query) {
			for _, id := range questionsIn(c) {
				v.add(id, c.Is)
				v.add(id, c.Not)
			}
		}
	}
	for _, set := range scoredByValue {
		for _, scored := range set {
			v.add(scored.question, scored.values)
		}
	}
	return v
}

func conditionsOf(query *flows.Query) []flows.Condition {
	all := slices.Concat(query.AskIf, query.SkipIf)
	for _, o := range query.Options {
		all = append(all, o.HideIf...)
	}
	return all
}

// questionsIn returns the questions whose answers a condition tests.
func questionsIn(c flows.Condition) []string {
	if c.Question == "" {
		return c.AnyOf
	}
	return append([]string{c.Question}, c.AnyOf...)
}

// ruleSets returns the sets that the rules and the eligibility of the initiatives
// compare with on a day.
func ruleSets(c *referral.Catalogue, on referral.Date) valueSets {
	v := valueSets{}
	for _, size := range sizeAnswers {
		v.add("size", []string{size})
	}
	v.add("help_wanted", []string{noHelp})
	for _, r := range c.Rules() {
		for i := range r.When {
			v.addRule(&r.When[i])
		}
		for i := range r.Propose {
			if r.Propose[i].When != nil {
				v.addRule(r.Propose[i].When)
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
	v.add("sector", lagging)
	v.add("sector", edih)
	v.addAreas(c, on)
	return v
}

func (v valueSets) addRule(w *referral.When) {
	v.add("sector", w.Sector)
	v.add("help_wanted", w.HelpWanted)
	v.add("obstacle", w.Obstacle)
	v.add("staffing", w.Staffing)
	v.add("municipality", w.Municipality)
}

// addAreas adds the municipalities of every area, and the sectors, that an initiative names
// which some rule proposes.
func (v valueSets) addAreas(c *referral.Catalogue, on referral.Date) {
	areas := map[string]bool{referral.RegionUtrecht: true, referral.RegionGooi: true}
	proposed := map[string]bool{}
	for _, r := range c.Rules() {
		for _, p := range r.Propose {
			proposed[p.Initiative] = true
		}
	}
	for _, i := range c.Initiatives() {
		if !proposed[i.ID] {
			continue
		}
		v.add("sector", i.Eligibility.Sectors)
		for _, area := range slices.Concat(i.Area.Include, i.Area.Exclude) {
			areas[area] = true
		}
	}
	for area := range areas {
		var within, also []string
		for _, m := range c.Region().Municipalities(on) {
			if m.Code == area || m.Region == area {
				within = append(within, m.Code)
			}
			if slices.Contains(m.Also, area) {
				also = append(also, m.Code)
			}
		}
		v.add("municipality", within)
		v.add("municipality", also)
	}
	v.add("municipality", []string{referral.Outside})
}

// sizeAnswers are the options of the question on size, smallest first.
var sizeAnswers = []string{"1", "2", "10", "50", "250"}

// noHelp is the option of help_wanted for which the advice has its own text.
const noHelp = "geen"

// classes maps every answer of a question to the representative of its class: the first
// of the answers that nothing later distinguishes. Questions that nothing compares are
// left out.
type classes map[string]map[string]string

// classify divides the values of every question by the sets they are in. The empty value
// is that of a question without an answer.
func classify(values map[string][]string, all ...valueSets) classes {
	c := classes{}
	for question, list := range values {
		var sets [][]string
		for _, v := range all {
			sets = append(sets, v[question]...)
		}
		if len(sets) == 0 {
			continue
		}
		first := map[string]string{}
		c[question] = map[string]string{}
		for _, v := range append([]string{""}, list...) {
			membership := make([]byte, len(sets))
			for i, set := range sets {
				if slices.Contains(set, v) {
					membership[i] = 1
				}
			}
			if _, known := first[string(membership)]; !known {
				first[string(membership)] = v
			}
			c[question][v] = first[string(membership)]
		}
	}
	return c
}

// of returns the representative of a value; "" for questions that nothing compares.
func (c classes) of(question, value string) string { return c[question][value] }

// group returns the classes among the values of a question, in the order of their first
// values.
func (c classes) group(question string, values []string) (all [][]string) {
	index := map[string]int{}
	for _, v := range values {
		representative := c.of(question, v)
		i, known := index[representative]
		if !known {
			i = len(all)
			index[representative] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], v)
	}
	return all
}

// optionValues returns all values of every question on a day.
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
