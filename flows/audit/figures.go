package audit

import (
	"slices"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// checkFigures checks that every figure of the benchmark is about a question with those
// options, that some business sees it, and that none is overdue.
func (g *gate) checkFigures() {
	for _, f := range g.Catalogue.Figures() {
		at := location{file: "referral/benchmark.toml", id: f.ID}
		if f.LookAgain != "" && f.LookAgain < g.o.From {
			g.notice("figure.overdue", at, "Day", string(f.LookAgain))
		}
		query, known := g.Questions.Query(f.Question)
		if !known {
			g.fault("figure.question", at, "Question", f.Question)
			continue
		}
		options := slices.Concat(f.Yes, f.Partly, f.No)
		for _, option := range options {
			if !slices.ContainsFunc(query.Options, func(o flows.AnswerOption) bool { return o.Value == option }) {
				g.fault("figure.option", at, "Question", f.Question, "Option", option)
			}
		}
		if !g.seesFigure(f, options) {
			g.fault("figure.unreached", at)
		}
	}
}

// seesFigure reports whether a business of the population sees a figure.
func (g *gate) seesFigure(f *referral.Figure, options []string) bool {
	for _, sector := range g.Catalogue.Region().Sectors() {
		for _, size := range allSizes {
			for _, option := range options {
				k := referral.Case{Size: size, Sector: sector.ID, Answers: referral.Answers{f.Question: option}}
				if slices.ContainsFunc(g.Catalogue.Compare(k), func(c referral.Comparison) bool { return c.Figure == f }) {
					return true
				}
			}
		}
	}
	return false
}
