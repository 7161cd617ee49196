package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/flows/content"
)

// about fills the page that explains how the advice is made, from the content in use.
func (s *site) about(page *pageData) {
	guide := s.opts.Guide()
	body := aboutBody{Intro: page.sections("web.over"), Guide: guide}
	for _, q := range guide.Questions {
		body.Questions = append(body.Questions, page.aboutQuestion(q, guide.Sources))
	}
	for _, rule := range guide.Rules {
		body.Rules = append(body.Rules, page.aboutRule(rule))
	}
	for _, i := range guide.Initiatives {
		body.Initiatives = append(body.Initiatives, page.aboutInitiative(i))
	}
	page.Title, page.Body = page.T("web.over.title"), body
}

type aboutBody struct {
	Intro       []section
	Guide       content.Guide
	Questions   []aboutQuestion
	Rules       []aboutRule
	Initiatives []aboutInitiative
}

// aboutQuestion is a question with the points of each answer.
type aboutQuestion struct {
	Text, Axis string
	Scored     bool
	Options    []aboutOption
	Sources    []source // of public bodies
}

type aboutOption struct{ Text, Points string }

func (l localizer) aboutQuestion(q *flows.Query, sources []flows.Source) aboutQuestion {
	a := aboutQuestion{Text: l.T("question." + q.ID + ".text"), Axis: l.T("web.axis." + cmp.Or(q.Axis, "none")), Scored: q.Axis != ""}
	for _, o := range q.Options {
		option := aboutOption{Text: l.T("option." + q.ID + "." + o.Value)}
		if o.Points != nil {
			option.Points = strconv.FormatFloat(*o.Points, 'f', -1, 64)
		}
		a.Options = append(a.Options, option)
	}
	for _, s := range sources {
		if slices.Contains(q.Sources, s.ID) {
			a.Sources = l.addSource(a.Sources, s.URL, "web.source."+s.ID)
		}
	}
	return a
}

// aboutRule is a rule in words.
type aboutRule struct {
	ID       string
	When     []string // alternatives
	Proposes []string // the purpose, and the name of the initiative
	Sources  []source // of public bodies
}

// aboutInitiative is an initiative, and what is known about whether it runs.
type aboutInitiative struct {
	Name, URL, Known string
}

type source struct{ Title, URL string }

func (l localizer) aboutRule(rule content.GuideRule) aboutRule {
	a := aboutRule{ID: rule.ID}
	for _, p := range rule.Proposes {
		text := p.Name
		if pitch := "initiative." + p.ID + ".pitch"; l.has(pitch) {
			text = l.T("web.over.proposes", "What", upperFirst(l.T(pitch)), "Name", p.Name)
		}
		a.Proposes = append(a.Proposes, text)
	}
	for _, all := range rule.When {
		var parts []string
		for _, c := range all {
			parts = append(parts, l.condition(c))
		}
		if len(parts) == 0 {
			parts = []string{l.T("web.rule.always")}
		}
		a.When = append(a.When, upperFirst(strings.Join(parts, "; ")))
	}
	for _, e := range rule.Evidence {
		a.Sources = l.addSource(a.Sources, e, "")
	}
	return a
}

func (l localizer) aboutInitiative(i content.GuideInitiative) aboutInitiative {
	a := aboutInitiative{Name: i.Name, URL: i.URL}
	switch {
	case i.Verified != "":
		a.Known = l.T("web.over.verified", "When", l.phrase(flows.MonthOf(string(i.Verified))))
	case i.Standing:
		a.Known = l.T("web.over.standing")
	case i.LastSign != "":
		a.Known = l.T("web.over.last_sign", "When", l.phrase(flows.MonthOf(i.LastSign)))
	default:
		a.Known = l.T("web.over.unseen")
	}
	return a
}

// addSource adds a source, once, if it is the page of a public body: those of others may disappear
// or change, and prove less. Its title is the text of an id, or else the name of the body.
func (l localizer) addSource(list []source, address, title string) []source {
	u, err := url.Parse(address)
	if err != nil || slices.ContainsFunc(list, func(s source) bool { return s.URL == address }) {
		return list
	}
	body, ok := l.publicBody(u.Hostname())
	if !ok {
		return list
	}
	if title != "" && l.has(title) {
		body = l.T(title)
	}
	return append(list, source{Title: body, URL: address})
}

// publicBody returns the name of the public body that a site belongs to: the texts name them by domain.
func (l localizer) publicBody(host string) (name string, ok bool) {
	for domain := host; domain != ""; _, domain, _ = strings.Cut(domain, ".") {
		if id := "web.site." + domain; l.has(id) {
			return l.T(id), true
		}
	}
	return "", false
}

func (l localizer) has(id string) bool { return l.texts.Has(l.texts.Languages()[0], id) }

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
		if l.has(id) {
			return l.T(id)
		}
	}
	return value
}
