package flows

import (
	"fmt"
	"strings"

	"digiwijzer/referral"
)

// BadAnswer is the error for an answer that no question accepts.
type BadAnswer struct {
	Question string
	Value    string
	Allowed  []string // the values the question accepts; nil: there is no such question
}

// Error names the question, the value and the values allowed.
func (e *BadAnswer) Error() string {
	if e.Allowed == nil {
		return fmt.Sprintf("there is no question %q", e.Question)
	}
	if e.Value == "" {
		return fmt.Sprintf("question %q needs an answer: %s", e.Question, strings.Join(e.Allowed, ", "))
	}
	return fmt.Sprintf("question %q does not take %q; it takes %s", e.Question, e.Value, strings.Join(e.Allowed, ", "))
}

// Advise evaluates a set of answers (option values by question id) without a conversation. Size,
// sector and municipality are required; other questions may be left out, and answers to
// questions that this business would not be asked are ignored. incident reports that there is a
// security incident now; today is the date for rules with dates. Any error is a *BadAnswer.
func (e *Engine) Advise(answers map[string]string, incident bool, today referral.Date) (Result, error) {
	r, municipality, err := e.routeOf(answers, today)
	if err != nil {
		return Result{}, err
	}
	return e.evaluate(r, municipality, incident, false, today), nil
}

// Case returns the case that Advise evaluates, without an incident.
func (e *Engine) Case(answers map[string]string, today referral.Date) (referral.Case, error) {
	r, municipality, err := e.routeOf(answers, today)
	if err != nil {
		return referral.Case{}, err
	}
	return e.caseOf(r, municipality, false, today), nil
}

// routeOf checks answers and walks them. It also returns the code of the municipality.
func (e *Engine) routeOf(answers map[string]string, today referral.Date) (r route, municipality string, err error) {
	for _, id := range []string{idSize, idSector, idMunicipality} {
		if answers[id] == "" {
			return route{}, "", &BadAnswer{Question: id, Allowed: e.Allowed(id, today)}
		}
	}
	for _, query := range e.Questions.Questions {
		value, given := answers[query.ID]
		if given && !e.accepts(query, value, today) {
			return route{}, "", &BadAnswer{Question: query.ID, Value: value, Allowed: e.Allowed(query.ID, today)}
		}
	}
	for id, value := range answers {
		if _, ok := e.Questions.Query(id); !ok {
			return route{}, "", &BadAnswer{Question: id, Value: value}
		}
	}
	r = e.Questions.walkAll(answers)
	for _, id := range r.asked {
		query, _ := e.Questions.Query(id)
		if value := answers[id]; value != "" && e.Questions.hidden(query, value, &r) {
			return route{}, "", &BadAnswer{Question: id, Value: value, Allowed: e.visible(query, &r)}
		}
	}
	if r.effective[idHelpWanted] == "" {
		r.effective[idHelpWanted] = undecided
	}
	municipality = answers[idMunicipality]
	if m, ok := e.Catalogue.Region().Municipality(municipality, today); ok {
		municipality = m.Code
	}
	return r, municipality, nil
}

// accepts reports whether a value is an answer to the question on a day, hidden or not.
func (e *Engine) accepts(query *Query, value string, today referral.Date) bool {
	if query.OptionsFrom != fromMunicipalities {
		return query.has(value)
	}
	_, ok := e.Catalogue.Region().Municipality(value, today)
	return ok || value == referral.Outside
}

// Allowed returns the option values that a question accepts on a day, in the order
// of the screen; nil for an unknown question.
func (e *Engine) Allowed(id string, today referral.Date) (values []string) {
	if id == SourceQuestion {
		return e.allSources()
	}
	query, ok := e.Questions.Query(id)
	if !ok {
		return nil
	}
	if query.OptionsFrom == fromMunicipalities {
		for _, m := range e.Catalogue.Region().Municipalities(today) {
			values = append(values, m.Code)
		}
		return append(values, referral.Outside)
	}
	return e.visible(query, nil)
}

func (e *Engine) visible(query *Query, r *route) (values []string) {
	for _, o := range query.Options {
		if r == nil || !e.Questions.hidden(query, o.Value, r) {
			values = append(values, o.Value)
		}
	}
	if query.DontKnow {
		values = append(values, referral.DontKnow)
	}
	return values
}
