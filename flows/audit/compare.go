package audit

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"digiwijzer/flows"
	"digiwijzer/flows/simulation"
	"digiwijzer/referral"
)

// Change is one difference between two contents.
type Change struct {
	Kind string `json:"kind"` // question, option, order, version, rule, initiative, municipality, sector or text
	ID   string `json:"id"`
	How  string `json:"how"` // added, removed or changed
}

// Difference is the effect of new content on people and figures.
type Difference struct {
	Changes []Change `json:"changes"`

	// Of all combinations of quadrant, sector, municipality, size, cyber, phase and wish.
	Combinations   int `json:"combinations"`
	OtherFirstStep int `json:"other_first_step"`

	// Of a synthetic population that answers the questions.
	Businesses        int `json:"businesses"`
	OtherQuadrant     int `json:"other_quadrant"`
	OtherFirstAdvised int `json:"other_first_advised"`

	Shifts  []Shift           `json:"shifts"`  // of those businesses, the most frequent first
	Advised map[string]Counts `json:"advised"` // by initiative: how many of them are shown it, where that changes

	// Of the questions at which those businesses may be when the content is published.
	Positions  int            `json:"positions"`   // 0 if only texts change
	AskedAnew  map[string]int `json:"asked_anew"`  // by question: the answer given no longer exists
	AskedFirst map[string]int `json:"asked_first"` // by question: inserted before the current one
}

// Shift is another quadrant or first step for some of the businesses.
type Shift struct {
	Before  Outcome           `json:"before"`
	After   Outcome           `json:"after"`
	N       int               `json:"n"`
	Example map[string]string `json:"example"` // the answers of one of them
}

// Outcome is the main result of an advice.
type Outcome struct {
	Quadrant  referral.Quadrant `json:"quadrant"`
	FirstStep string            `json:"first_step"` // id of an initiative, or of a card; empty: none
}

// Counts are numbers of businesses under both contents.
type Counts struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

const (
	comparedBusinesses = 4000 // advised under both contents
	comparedPositions  = 400  // of those, compared at every question
)

// Compare returns the effect of replacing running with changed on a day.
func Compare(running, changed Content, on referral.Date) (Difference, error) {
	d := Difference{Changes: changes(running, changed), Advised: map[string]Counts{}, AskedAnew: map[string]int{}, AskedFirst: map[string]int{}}
	d.compareCombinations(running, changed, on)
	if running.Structure != "" && running.Structure == changed.Structure {
		d.Businesses = comparedBusinesses // other texts change no advice and no question
		return d, nil
	}
	population, err := simulation.ParsePopulation(simulation.EmbeddedPopulation(), running.Questions, running.Catalogue.Region())
	if err != nil {
		return d, err
	}
	businesses, err := simulation.Draw(running.Engine, population, simulation.Sample{N: comparedBusinesses, Seed: 1, Today: on})
	if err != nil {
		return d, err
	}
	was, is := referral.NewOutliner(running.Catalogue), referral.NewOutliner(changed.Catalogue)
	for i, answers := range businesses {
		k, err := running.Engine.Case(answers, on)
		if err != nil {
			return d, err
		}
		d.compareOne(answers, outlined{k.Quadrant, was.Outline(&k)}, adviseLeniently(changed.Engine, is, answers, on))
		if i%(comparedBusinesses/comparedPositions) == 0 {
			d.compareAtQuestions(running.Engine, changed.Engine, answers, on)
		}
	}
	maps.DeleteFunc(d.Advised, func(_ string, n Counts) bool { return n.Before == n.After })
	slices.SortStableFunc(d.Shifts, func(a, b Shift) int { return cmp.Compare(b.N, a.N) })
	return d, nil
}

// refers lists the kinds of changes after which a combination may have another first step.
var refers = []string{"rule", "initiative", "municipality", "sector"}

// compareCombinations counts the combinations with another first step.
func (d *Difference) compareCombinations(running, changed Content, on referral.Date) {
	same := !slices.ContainsFunc(d.Changes, func(c Change) bool { return slices.Contains(refers, c.Kind) })
	before, after := referral.NewOutliner(running.Catalogue), referral.NewOutliner(changed.Catalogue)
	newCombinations(changed, on, running.Catalogue, changed.Catalogue).visit(func(k *referral.Case, n int) {
		d.Combinations += n
		if !same && firstStep(before.Outline(k)) != firstStep(after.Outline(k)) {
			d.OtherFirstStep += n
		}
	})
}

func firstStep(a *referral.Advice) string {
	if len(a.Steps) == 0 {
		return string(a.Card)
	}
	return a.Steps[0].Initiative.ID
}

// outlined is what is compared of one business.
type outlined struct {
	quadrant referral.Quadrant
	advice   *referral.Advice
}

func (d *Difference) compareOne(answers map[string]string, before, after outlined) {
	d.Businesses++
	if before.quadrant != after.quadrant {
		d.OtherQuadrant++
	}
	was, is := Outcome{before.quadrant, firstStep(before.advice)}, Outcome{after.quadrant, firstStep(after.advice)}
	if was.FirstStep != is.FirstStep {
		d.OtherFirstAdvised++
	}
	if was != is {
		d.shift(was, is, answers)
	}
	for _, id := range shown(before.advice) {
		n := d.Advised[id]
		n.Before++
		d.Advised[id] = n
	}
	for _, id := range shown(after.advice) {
		n := d.Advised[id]
		n.After++
		d.Advised[id] = n
	}
}

func (d *Difference) shift(was, is Outcome, answers map[string]string) {
	for i := range d.Shifts {
		if s := &d.Shifts[i]; s.Before == was && s.After == is {
			s.N++
			return
		}
	}
	d.Shifts = append(d.Shifts, Shift{Before: was, After: is, N: 1, Example: answers})
}

// shown returns the initiatives that an advice shows.
func shown(a *referral.Advice) (ids []string) {
	for _, part := range [][]referral.Step{a.Steps, a.Closing, a.More, a.Notes} {
		for _, step := range part {
			if id := step.Initiative.ID; !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// adviseLeniently advises on answers to other content: answers that the engine does not
// accept are left out.
func adviseLeniently(e *flows.Engine, o *referral.Outliner, answers map[string]string, on referral.Date) outlined {
	known := map[string]string{}
	for id, value := range answers {
		if slices.Contains(e.Allowed(id, on), value) {
			known[id] = value
		}
	}
	for {
		k, err := e.Case(known, on)
		bad, refused := err.(*flows.BadAnswer) //nolint:errorlint // Case returns it bare
		switch {
		case !refused:
			return outlined{k.Quadrant, o.Outline(&k)}
		case bad.Value == "":
			return outlined{advice: &referral.Advice{}}
		}
		delete(known, bad.Question)
	}
}

// compareAtQuestions replaces the content at every question of a conversation and counts
// the questions that are asked again or inserted.
func (d *Difference) compareAtQuestions(running, changed *flows.Engine, answers map[string]string, on referral.Date) {
	s := flows.Session{Phase: flows.PhaseAsking, Answers: map[string]string{}, SourceAsked: true}
	for current := running.Pending(s); current != ""; {
		d.Positions++
		for id, value := range s.Answers {
			if _, still := changed.Questions.Query(id); still && !slices.Contains(changed.Allowed(id, on), value) {
				d.AskedAnew[id]++
			}
		}
		if next := changed.Pending(s); next != current && next != "" && s.Answers[next] == "" {
			d.AskedFirst[next]++
		}
		s.Answers[current] = answers[current]
		following := running.Pending(s)
		if following == current { // this business is not offered that answer
			return
		}
		current = following
	}
}

// changes lists the differences by kind.
func changes(a, b Content) (all []Change) {
	all = append(all, differing("version", versions(a.Questions), versions(b.Questions))...)
	all = append(all, differing("question", queries(a.Questions), queries(b.Questions))...)
	all = append(all, differing("option", options(a.Questions), options(b.Questions))...)
	all = append(all, order(a.Questions, b.Questions)...)
	all = append(all, differing("rule", serialised(a.Catalogue.Rules(), ruleID), serialised(b.Catalogue.Rules(), ruleID))...)
	all = append(all, differing("initiative", serialised(a.Catalogue.Initiatives(), initiativeID), serialised(b.Catalogue.Initiatives(), initiativeID))...)
	all = append(all, differing("municipality", municipalities(a.Catalogue.Region()), municipalities(b.Catalogue.Region()))...)
	all = append(all, differing("sector", serialised(a.Catalogue.Region().Sectors(), sectorID), serialised(b.Catalogue.Region().Sectors(), sectorID))...)
	return append(all, differing("text", wordings(a), wordings(b))...)
}

// differing compares two sets of serialised values, by id.
func differing(kind string, a, b map[string]string) (all []Change) {
	ids := maps.Clone(a)
	maps.Copy(ids, b)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		before, was := a[id]
		after, is := b[id]
		switch {
		case !was:
			all = append(all, Change{kind, id, "added"})
		case !is:
			all = append(all, Change{kind, id, "removed"})
		case before != after:
			all = append(all, Change{kind, id, "changed"})
		}
	}
	return all
}

// serialise returns the JSON of a value, to compare values by what a file can express.
func serialise(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func serialised[T any](list []T, id func(T) string) map[string]string {
	m := map[string]string{}
	for _, v := range list {
		m[id(v)] = serialise(v)
	}
	return m
}

func ruleID(r referral.Rule) string              { return r.ID }
func initiativeID(i *referral.Initiative) string { return i.ID }
func sectorID(s referral.Sector) string          { return s.ID }

// municipalities concatenates the records of a code, one for each period.
func municipalities(r *referral.Region) map[string]string {
	m := map[string]string{}
	for _, place := range r.AllMunicipalities() {
		m[place.Code] += serialise(place)
	}
	return m
}

func versions(q *flows.Questionnaire) map[string]string {
	return map[string]string{"question_set": serialise(q.Version), "scoring": serialise(q.Scale().Version)}
}

func queries(q *flows.Questionnaire) map[string]string {
	m := map[string]string{}
	for _, query := range q.Questions {
		bare := *query
		bare.Options = nil
		m[query.ID] = serialise(bare)
	}
	return m
}

func options(q *flows.Questionnaire) map[string]string {
	m := map[string]string{}
	for _, query := range q.Questions {
		for _, o := range query.Options {
			m[query.ID+"."+o.Value] = serialise(o)
		}
	}
	return m
}

// order returns the first question in another position among the common questions.
func order(a, b *flows.Questionnaire) []Change {
	left, right := common(a, b), common(b, a)
	for i := range left {
		if left[i] != right[i] {
			return []Change{{"order", right[i], "changed"}}
		}
	}
	return nil
}

func common(q, other *flows.Questionnaire) (ids []string) {
	for _, query := range q.Questions {
		if _, both := other.Query(query.ID); both {
			ids = append(ids, query.ID)
		}
	}
	return ids
}

func wordings(c Content) map[string]string {
	m := map[string]string{}
	for _, lang := range c.Texts.Languages() {
		for _, id := range c.Texts.IDs(lang) {
			m[id+" ("+lang+")"] = serialise(c.Texts.Source(lang, id))
		}
	}
	return m
}
