package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/flows/content"
)

// about shows how the advice is made, from the content in use.
func (s *site) about(w http.ResponseWriter, r *http.Request) {
	page, err := s.textPage(w, r)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	guide := s.opts.Guide()
	body := aboutBody{Intro: page.sections("web.over"), Guide: guide}
	for _, q := range guide.Questions {
		body.Questions = append(body.Questions, page.aboutQuestion(q, guide.Sources))
	}
	for _, rule := range guide.Rules {
		body.Rules = append(body.Rules, page.aboutRule(rule))
	}
	page.Title, page.Body = page.T("web.over.title"), body
	s.render(w, http.StatusOK, "about", page)
}

type aboutBody struct {
	Intro     []section
	Guide     content.Guide
	Questions []aboutQuestion
	Rules     []aboutRule
}

// aboutQuestion is a question with the points of each answer.
type aboutQuestion struct {
	Text, Axis string
	Scored     bool
	Options    []aboutOption
	Sources    []flows.Source
}

type aboutOption struct{ Text, Points string }

func (l localizer) aboutQuestion(q *flows.Query, sources []flows.Source) aboutQuestion {
	a := aboutQuestion{Text: l.T("question." + q.ID + ".text"), Axis: l.T("web.axis." + firstOf(q.Axis, "none")), Scored: q.Axis != ""}
	for _, o := range q.Options {
		option := aboutOption{Text: l.T("option." + q.ID + "." + o.Value)}
		if o.Points != nil {
			option.Points = strconv.FormatFloat(*o.Points, 'f', -1, 64)
		}
		a.Options = append(a.Options, option)
	}
	for _, source := range sources {
		if slices.Contains(q.Sources, source.ID) {
			a.Sources = append(a.Sources, source)
		}
	}
	return a
}

// aboutRule is a rule in words.
type aboutRule struct {
	ID       string
	When     []string // alternatives
	Proposes []string
	Evidence []source
}

type source struct{ Title, URL string }

func (l localizer) aboutRule(rule content.GuideRule) aboutRule {
	a := aboutRule{ID: rule.ID, Proposes: rule.Proposes}
	for _, all := range rule.When {
		var parts []string
		for _, c := range all {
			parts = append(parts, l.condition(c))
		}
		if len(parts) == 0 {
			parts = []string{l.T("web.rule.always")}
		}
		a.When = append(a.When, strings.Join(parts, "; "))
	}
	for _, e := range rule.Evidence {
		one := source{Title: e}
		if strings.HasPrefix(e, "https://") {
			one.URL = e
		}
		a.Evidence = append(a.Evidence, one)
	}
	return a
}

// condition is one condition in words: "Sector: horeca of bouw".
func (l localizer) condition(c content.GuideCondition) string {
	id := "web.rule." + c.Input
	if c.Not {
		id += ".not"
	}
	if len(c.Values) == 0 {
		return l.T(id)
	}
	var values []string
	for _, v := range c.Values {
		values = append(values, l.value(c.Input, v))
	}
	return l.T(id, "Values", strings.Join(values, " "+l.T("web.rule.or")+" "))
}

// value is the value of an input in words.
func (l localizer) value(input, value string) string {
	for _, id := range []string{"web.value." + input + "." + value, "option." + input + "." + value, "quadrant." + value + ".title"} {
		if l.texts.Has(l.texts.Languages()[0], id) {
			return l.T(id)
		}
	}
	return value
}
