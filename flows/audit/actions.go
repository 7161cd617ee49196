package audit

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// actionWitness is a business to which an action is advised.
type actionWitness struct {
	action  *referral.Action
	answers referral.Answers
}

// tooAlike is the share of words that two texts have in common from which they count as the same.
const tooAlike = 0.8

// checkActions checks that the actions and the questions of advisers agree with the questions, that
// each action is advised to some business, that no two give the same instruction, and that none is
// overdue.
func (g *gate) checkActions() {
	for _, a := range g.Catalogue.AllActions() {
		if a.Status == referral.StatusEnded {
			continue
		}
		at := actionAt(a)
		g.checkDates(a)
		if !g.checkWhen(at, a.When) {
			continue
		}
		answers := g.advised[a.ID]
		if answers == nil {
			answers = g.adviseAction(a)
		}
		if answers == nil {
			g.fault("action.unreached", at)
			continue
		}
		g.actions = append(g.actions, actionWitness{a, answers})
	}
	for _, q := range g.Catalogue.InterviewQuestions() {
		g.checkWhen(location{file: "referral/interview.toml", id: q.ID}, q.When)
	}
	for _, lang := range g.Texts.Languages() {
		g.checkAlike(lang)
	}
}

// checkDates reports an action whose source must be read again.
func (g *gate) checkDates(a *referral.Action) {
	if a.Status != referral.StatusEnded && a.LookAgain != "" && a.LookAgain < g.o.From {
		g.notice("action.overdue", actionAt(a), "Day", string(a.LookAgain))
	}
}

func actionAt(a *referral.Action) location {
	return location{file: "referral/" + a.File, id: a.ID}
}

// checkWhen reports whether all questions and options of an action, or of a question of
// advisers, exist.
func (g *gate) checkWhen(at location, when map[string][]string) (ok bool) {
	ok = true
	for _, question := range slices.Sorted(maps.Keys(when)) {
		query, known := g.Questions.Query(question)
		if !known || query.OptionsFrom != "" {
			g.fault("action.question", at, "Question", question)
			ok = false
			continue
		}
		for _, option := range when[question] {
			has := func(o flows.AnswerOption) bool { return o.Value == option }
			if !slices.ContainsFunc(query.Options, has) && (option != referral.DontKnow || !query.DontKnow) {
				g.fault("action.option", at, "Question", question, "Option", option)
				ok = false
			}
		}
	}
	return ok
}

// adviseAction returns the answers of a business to which an action is advised, or nil.
// It tries businesses that have everything else in place, in the sectors and sizes that the
// action suits, with its first wish and obstacle and each of its answers.
func (g *gate) adviseAction(a *referral.Action) referral.Answers {
	wish := append(slices.Clone(a.Wishes), "twijfel")[0]
	obstacle := append(slices.Clone(a.Obstacles), "niets")[0]
	for _, sector := range g.Catalogue.Region().Sectors() {
		for _, size := range sizeAnswers {
			if !a.Suits(&referral.Case{Sector: sector.ID, Size: sizeOf(size), Answers: firstAnswers(a.When)}) {
				continue
			}
			best := referral.Answers{"size": size, "sector": sector.ID, "municipality": referral.Outside, "help_wanted": wish, "obstacle": obstacle}
			if answers := g.adviseTo(a, best); answers != nil {
				return answers
			}
		}
	}
	return nil
}

func sizeOf(answer string) referral.Size {
	size, _ := referral.SizeOf(answer)
	return size
}

// firstAnswers returns the first answer of each question.
func firstAnswers(when map[string][]string) referral.Answers {
	answers := referral.Answers{}
	for question, options := range when {
		answers[question] = options[0]
	}
	return answers
}

// adviseTo tries the answers of an action with everything else in place, or with all but one thing:
// some questions are only asked when something is missing.
func (g *gate) adviseTo(a *referral.Action, profile referral.Answers) referral.Answers {
	best, worst := maps.Clone(profile), referral.Answers{}
	for _, item := range g.Questions.Scale().Items {
		if item.Axis != referral.AxisReadiness && item.Axis != referral.AxisCyber {
			continue
		}
		options := slices.SortedFunc(maps.Keys(item.Points), func(a, b string) int {
			return cmp.Or(cmp.Compare(item.Points[a], item.Points[b]), cmp.Compare(a, b))
		})
		worst[item.Question], best[item.Question] = options[0], options[len(options)-1]
	}
	for _, missing := range append([]string{""}, slices.Sorted(maps.Keys(worst))...) {
		base := maps.Clone(best)
		if missing != "" {
			base[missing] = worst[missing]
		}
		for _, answers := range answerCombinations(base, a.When, slices.Sorted(maps.Keys(a.When))) {
			result, err := g.Engine.Advise(answers, false, g.o.From)
			if err == nil && slices.Contains(result.Actions, a) {
				return answers
			}
		}
	}
	return nil
}

// answerCombinations returns the answers with every combination of the options of a list of
// questions.
func answerCombinations(answers referral.Answers, when map[string][]string, questions []string) (all []referral.Answers) {
	if len(questions) == 0 {
		return []referral.Answers{answers}
	}
	for _, option := range when[questions[0]] {
		with := maps.Clone(answers)
		with[questions[0]] = option
		all = append(all, answerCombinations(with, when, questions[1:])...)
	}
	return all
}

// checkAlike reports pairs of actions whose texts have nearly all words in common.
func (g *gate) checkAlike(lang string) {
	words := map[string]map[string]bool{}
	for _, w := range g.actions {
		how := "action." + w.action.ID + ".how"
		if !g.Texts.Has(lang, how) {
			continue
		}
		own := map[string]bool{}
		for _, word := range wordsOf(strings.ToLower(strings.Join(g.Texts.Source(lang, how), " "))) {
			own[word] = true
		}
		for _, other := range slices.Sorted(maps.Keys(words)) {
			if likeness(own, words[other]) >= tooAlike {
				g.fault("action.alike", textAt(how, lang), "Other", other)
			}
		}
		words[w.action.ID] = own
	}
}

// likeness returns the words that two sets share as a share of all words in them.
func likeness(a, b map[string]bool) float64 {
	shared := 0
	for word := range a {
		if b[word] {
			shared++
		}
	}
	return float64(shared) / float64(max(1, len(a)+len(b)-shared))
}

// actions renders an advice with every action.
func (r *renderer) actions() {
	for _, w := range r.gate.actions {
		answers := maps.Clone(w.answers)
		for _, query := range r.Questions.Questions {
			if query.Part > 0 && answers[query.ID] == "" && len(query.Options) > 0 {
				answers[query.ID] = query.Options[0].Value
			}
		}
		session := flows.Session{Phase: flows.PhaseAdvised, Answers: answers, Outcome: true, Rev: 1}
		r.step(session, flows.Input{Kind: flows.Show}, "action "+w.action.ID)
		for _, id := range []string{".title", ".how"} {
			if text := "action." + w.action.ID + id; !r.Texts.Has(r.lang, text) && !r.Texts.Has(r.lang, unfinishedID) {
				r.fault("text.missing", textAt(text, r.lang))
			}
		}
	}
}

// locateActions sets the file of the texts of the actions for sectors, which is not that of the others.
func (g *gate) locateActions(faults []Fault) {
	for i := range faults {
		rest, ok := strings.CutPrefix(faults[i].ID, "action.")
		id, _, _ := strings.Cut(rest, ".")
		a, known := g.Catalogue.Action(id)
		if ok && known && strings.HasSuffix(a.File, "/sectors.toml") {
			faults[i].File = "locales/actions-sectors." + faults[i].Lang + ".toml"
		}
	}
}
