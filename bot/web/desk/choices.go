package desk

import (
	"slices"
	"strings"

	"digiwijzer/bot/web/desk/wordings"
	"digiwijzer/referral"
)

// options are the choices of a field.
type options []option

// with marks the current values of a field as chosen. A value that is no longer a choice is kept as one, so
// that saving a form does not drop it.
func (all options) with(values []string) options {
	if all == nil {
		return nil
	}
	out := slices.Clone(all)
	for _, v := range values {
		at := slices.IndexFunc(out, func(o option) bool { return o.Value == v })
		if at < 0 {
			at, out = len(out), append(out, option{Value: v, Text: v})
		}
		out[at].On = true
	}
	return out
}

// choices are the closed sets of a content, with the names that people know them by.
type choices struct {
	words     func(id string, pairs ...any) string
	has       func(id string) bool
	questions options // those with closed answers
	answers   map[string]options
	sets      map[string]options // those that follow from the content
}

// The closed sets that rules and records use. Their texts are desk.value.<set>.<value>.
var closedSets = map[string][]string{
	"kind":       {"direct", "cyber", "emerging", "knowledge", "innovation", "national", "subsidy", "incident", "branche", "retired"},
	"status":     {"active", "unverified", "in_formation", "closed_round", "ended", "superseded"},
	"capacity":   {"open", "limited", "waitlist", "oversubscribed", "none", "unknown"},
	"scope":      {"national", "list"},
	"size":       {"zzp", "micro", "klein", "midden", "groot"},
	"quadrant":   {"vulnerable", "leading", "unhurried", "in_order", "none"},
	"cyber":      {"weak", "unknown", "ok", "incident"},
	"phase":      {"adhoc", "engaged", "later"},
	"region":     {"U", "GV", "outside"},
	"home":       {"U", "GV"},
	"also":       {"U", "GV", "FV"},
	"place":      {"step", "more", "note", "closing"},
	"card":       {"incident", "nothing_needed", "too_little"},
	"axis":       {"readiness", "cyber", "impact"},
	"from":       {"municipalities"},
	"topic":      {"online", "administration", "access", "customers", "ai", "learning", "plan", "security"},
	"cost":       {"free", "subsidy"},
	"price":      {"free", "low", "paid"},
	"contact":    {"web", "phone", "email", "visit"},
	"population": {"all", "two_up", "two_ten", "ten_fifty", "ten_up"},
	"over":       {"ended"},
	"partner":    {"kvk", "gemeente", "provincie", "ondernemersvereniging", "brancheorganisatie", "bank", "onderwijs", "bibliotheek", "initiatief", "overig"},
	"because":    {"cyber", "impact", "calm", "readiness", "strength", "help_wanted", "obstacle", "staffing", "size", "sector", "municipality"},
}

// setOf names the closed set of a field, by kind and path; an entry with only a last key applies to every kind.
var setOf = map[string]string{
	"hulp kind": "kind", "hulp status": "status", "hulp capacity": "capacity", "hulp via": "initiative", "hulp successor": "initiative",
	"hulp instead": "initiative", "hulp area.scope": "scope", "hulp area.include": "area", "hulp area.exclude": "area",
	"hulp cost.kind": "cost", "hulp contact.type": "contact", "hulp fit.quadrants": "quadrant",
	"vragen axis": "axis", "vragen options_from": "from", "vragen sources": "source", "vragen ask_if.question": "question", "vragen skip_if.question": "question",
	"vragen options.hide_if.question": "question", "vragen ask_if.any_of": "question", "vragen skip_if.any_of": "question", "vragen options.hide_if.any_of": "question",
	"vragen ask_if.cyber_not": "cyber", "vragen skip_if.cyber_not": "cyber", "vragen options.hide_if.cyber_not": "cyber",
	"regels exclude": "kind", "regels lead": "rule", "regels keep": "rule", "regels card": "card", "regels propose.initiative": "initiative",
	"regels rerank.initiative": "initiative", "regels propose.as": "place",
	"acties topic": "topic", "acties status": "over", "acties cost": "price", "acties wishes": "help_wanted", "acties obstacles": "obstacle",
	"cijfers question": "question", "cijfers population": "population",
	"adviseur topic": "topic", "adviseur obstacle": "obstacle",
	"gemeenten region": "home", "gemeenten also": "also", "gemeenten successor": "municipality",
	"partners kind": "partner", "partners municipality": "municipality", "partners lang": "language",
	"regio largest": "municipality", "regio population.counts.region": "home",

	"sizes": "size", "size": "size", "sectors": "sector", "not_sectors": "sector", "sector": "sector",
	"quadrant": "quadrant", "cyber": "cyber", "phase": "phase", "region": "region", "municipality": "municipality",
	"help_wanted": "help_wanted", "obstacle": "obstacle", "staffing": "staffing", "round_open": "initiative",
}

// set returns the name of the closed set of a field; empty: anything may be typed.
func (c choices) set(kind, path string) string {
	if name, ok := setOf[kind+" "+path]; ok {
		return name
	}
	last := lastKey(path)
	switch {
	case last == "because" && path != "because":
		return "because" // of a condition; that of a question is a sentence
	case last == "sectors" && strings.HasPrefix(path, "population"):
		return ""
	case path == "size" || strings.HasPrefix(path, "population."):
		return ""
	}
	return setOf[last]
}

func (c choices) closed(kind, path string) bool { return c.set(kind, path) != "" }

// of returns the choices of a field; nil: anything may be typed.
func (c choices) of(kind, path string) options {
	name := c.set(kind, path)
	if name == "" {
		return nil
	}
	if list, ok := c.sets[name]; ok {
		return list
	}
	var list options
	for _, v := range closedSets[name] {
		list = append(list, option{Value: v, Text: c.words("desk.value." + name + "." + v)})
	}
	return list
}

// answersTo returns the answers to a question, with "weet ik niet" last.
func (c choices) answersTo(question string) options { return c.answers[question] }

// answersToAny returns the answers to some questions together; nil: none of them has closed answers.
func (c choices) answersToAny(questions []string) (all options) {
	for _, q := range questions {
		list := c.answers[q]
		if q == "municipality" {
			list = c.sets[q]
		}
		for _, o := range list {
			at := slices.IndexFunc(all, func(p option) bool { return p.Value == o.Value })
			switch {
			case at < 0:
				all = append(all, o)
			case !strings.Contains(all[at].Text, o.Text):
				all[at].Text += " / " + o.Text
			}
		}
	}
	return all
}

// newChoices returns the choices of a content. words renders texts in the editor's language.
func newChoices(from wordings.Files, has func(id string) bool, words func(id string, pairs ...any) string, languages []string) choices {
	c := choices{words: words, has: has, answers: map[string]options{}, sets: map[string]options{}}
	named := func(r record) option { return option{Value: r.bare(), Text: c.name(r)} }
	for name, kind := range map[string]string{"initiative": "hulp", "question": "vragen", "rule": "regels", "municipality": "gemeenten", "sector": "branches", "source": "bronnen"} {
		for _, r := range kindOf(kind).records(from) {
			if o := named(r); !slices.ContainsFunc(c.sets[name], func(p option) bool { return p.Value == o.Value }) {
				c.sets[name] = append(c.sets[name], o)
			}
		}
	}
	for _, lang := range languages {
		c.sets["language"] = append(c.sets["language"], option{Value: lang, Text: c.words("language.name")})
	}
	c.sets["area"] = slices.Concat(c.areas(), c.sets["municipality"])
	for _, r := range kindOf("vragen").records(from) {
		c.addAnswers(r)
	}
	for _, name := range []string{"help_wanted", "obstacle", "staffing"} {
		c.sets[name] = c.answers[name]
	}
	return c
}

func (c choices) areas() (list options) {
	for _, v := range closedSets["also"] {
		list = append(list, option{Value: v, Text: c.words("desk.value.also." + v)})
	}
	return list
}

// addAnswers adds the answers to a question with closed answers.
func (c *choices) addAnswers(r record) {
	list := r.value.FieldByName("Options")
	var all options
	for i := range list.Len() {
		value := list.Index(i).FieldByName("Value").String()
		all = append(all, option{Value: value, Text: c.answer(r.id, value)})
	}
	if len(all) == 0 {
		return
	}
	if r.value.FieldByName("DontKnow").Bool() {
		all = append(all, option{Value: referral.DontKnow, Text: c.words("desk.dont_know")})
	}
	c.answers[r.id] = all
	c.questions = append(c.questions, option{Value: r.id, Text: c.name(r)})
}

// answer returns the text of an answer, or its value if it has no text yet.
func (c choices) answer(question, value string) string {
	if id := "option." + question + "." + value; c.has(id) {
		return c.words(id)
	}
	return value
}

// name returns the name that people know a record by.
func (c choices) name(r record) string {
	first := func(ids ...string) string {
		for _, id := range ids {
			if c.has(id) {
				return c.words(id)
			}
		}
		return r.id
	}
	switch r.kind.name {
	case "vragen":
		return first("topic."+r.id, "question."+r.id+".text")
	case "acties":
		return first("action." + r.id + ".title")
	case "cijfers":
		return first("benchmark." + r.id)
	case "adviseur":
		return first("interview." + r.id + ".text")
	case "branches":
		return first("option.sector." + r.id)
	case "vragenlijst", "regio":
		return c.words("desk.kind." + r.kind.name)
	case "regels":
		return r.id
	case "bronnen":
		return r.text("title")
	}
	if name := r.text("name"); name != "" {
		return name
	}
	return r.id
}
