package audit

import (
	"maps"
	"slices"

	"digiwijzer/flows"
	"digiwijzer/flows/advicecode"
	"digiwijzer/referral"
)

// codes types advice codes in every phase, good ones and bad ones.
func (r *renderer) codes(sessions map[string]flows.Session) {
	texts := r.codeTexts(sessions["advised"])
	for _, name := range slices.Sorted(maps.Keys(sessions)) {
		session := sessions[name]
		asked := r.step(session, flows.Input{Kind: flows.Action, Action: flows.DoCode}, name+" → code")
		r.step(asked.Session, flows.Input{Kind: flows.Text, Text: "qwrtpsdf"}, name+" → code → no code")
		for _, what := range slices.Sorted(maps.Keys(texts)) {
			given := r.step(session, flows.Input{Kind: flows.Text, Text: texts[what]}, name+" → "+what)
			r.step(given.Session, flows.Input{Kind: flows.Action, Action: flows.DoOpenCode}, name+" → "+what+" → open")
			r.step(given.Session, flows.Input{Kind: flows.Action, Action: flows.DoMyData}, name+" → "+what+" → my data")
		}
	}
	begun := flows.Session{Phase: flows.PhaseAsking, Answers: map[string]string{"size": "2"}, Rev: 1}
	r.step(begun, flows.Input{Kind: flows.Text, Text: texts["own code"]}, "begun → own code")
}

// codeTexts returns texts that people may type as a code: the codes of the answers after a result, of
// the same with every scored answer at its best, at its worst and unknown, and some invalid ones.
func (r *renderer) codeTexts(advised flows.Session) map[string]string {
	layouts := r.Questions.Layouts
	if len(layouts) == 0 || len(advised.Answers) == 0 {
		return nil
	}
	own := r.codeOf(advised.Answers, layouts[len(layouts)-1].Number, referral.HalfYear(r.o.From))
	texts := map[string]string{
		"own code": own, "short code": own[:len(own)-1], "unknown code": "Z" + own[1:], "typing error": own[:len(own)-1] + "U",
	}
	for what, better := range map[string]func(a, b float64) bool{"best": func(a, b float64) bool { return a > b }, "worst": func(a, b float64) bool { return a < b }, "unknown": nil} {
		answers := maps.Clone(advised.Answers)
		for _, item := range r.Questions.Scale().Items {
			chosen := referral.DontKnow
			for _, option := range slices.Sorted(maps.Keys(item.Points)) { // some have the same points
				points := item.Points[option]
				if best, scored := item.Points[chosen]; better != nil && (!scored || better(points, best)) {
					chosen = option
				}
			}
			if item.Axis != "" {
				answers[item.Question] = chosen
			}
		}
		texts["old code, "+what] = r.codeOf(answers, layouts[0].Number, "2026H1")
	}
	return texts
}

// codeOf returns the code of those answers that the layout has.
func (r *renderer) codeOf(answers map[string]string, number int, halfYear string) string {
	layout, _ := r.Questions.Layouts.Find(number)
	c := advicecode.Check{Layout: number, HalfYear: halfYear, Answers: map[string]string{}}
	for _, q := range layout.Questions {
		if value, answered := answers[q.ID]; answered && q.Has(value) {
			c.Answers[q.ID] = value
		}
	}
	code, err := advicecode.Encode(r.Questions.Layouts, c)
	if err != nil {
		return "0000-0000-0000-0000-0000-0000" // such as a day outside the half-years of codes
	}
	return code.String()
}
