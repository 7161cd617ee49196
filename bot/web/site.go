package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/flows/content"
)

// partner is the page behind a partner's link or QR code: the first question under its
// name, and the choice of Telegram.
func (s *site) partner(w http.ResponseWriter, r *http.Request) {
	param := r.PathValue("code")
	link, partner, ok := s.Link(param)
	if !ok {
		// A poster outlives its partner: the check itself still works.
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.first(w, r, s.visitor(r), start{param: param, link: link, partner: partner, counter: r.URL.Query().Get("balie") == "1"}, "")
}

// embed is the first question for a frame on a partner's own site. Answering opens
// the site in a new window, so the frame needs no cookie.
func (s *site) embed(w http.ResponseWriter, r *http.Request) {
	param := r.PathValue("code")
	link, partner, ok := s.Link(param)
	if !ok {
		s.notFound(w, r)
		return
	}
	framed(w)
	v := s.visitor(r)
	v.conversation = ""
	s.first(w, r, v, start{param: param, link: link, partner: partner, frame: true}, "")
}

// lines are the languages and texts of a page outside a conversation.
func (s *site) lines(r *http.Request) (visitor, *sheet, error) {
	v := s.visitor(r)
	lang := v.lang
	if v.conversation != "" {
		turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
		if err != nil {
			return v, nil, err
		}
		if found && !v.langSet {
			lang = turn.Session.Lang
		}
	}
	return v, s.sheet(r, v, lang), nil
}

// page is a page of texts: web.<name>.title, .intro and numbered sections.
func (s *site) page(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, sh, err := s.lines(r)
		if err != nil {
			s.busy(w, r, err)
			return
		}
		sh.Title = sh.T("web." + name + ".title")
		sh.Body = sh.sections("web." + name)
		s.render(w, http.StatusOK, "text", sh)
	}
}

// section is a heading with paragraphs and lists under it.
type section struct {
	Title string
	Parts []paragraph
}

// paragraph is a text or a list.
type paragraph struct {
	Text string
	List []string
}

// sections reads the numbered sections of a page, as far as there are.
func (w words) sections(prefix string) (all []section) {
	all = append(all, section{Parts: paragraphs(w.T(prefix + ".intro"))})
	for i := 1; ; i++ {
		id := prefix + "." + strconv.Itoa(i)
		if !w.texts.Has(w.texts.Languages()[0], id+".title") {
			return all
		}
		all = append(all, section{Title: w.T(id + ".title"), Parts: paragraphs(w.T(id + ".text"))})
	}
}

// paragraphs splits a text at empty lines; lines that begin with "- " are a list.
func paragraphs(text string) (all []paragraph) {
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(part, "\n")
		if !strings.HasPrefix(lines[0], "- ") {
			all = append(all, paragraph{Text: part})
			continue
		}
		for i := range lines {
			lines[i] = strings.TrimPrefix(lines[i], "- ")
		}
		all = append(all, paragraph{List: lines})
	}
	return all
}

// notFound answers addresses that do not exist.
func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	s.message(w, r, http.StatusNotFound, "web.missing", "")
}

// forged answers a form that another site sent in someone's name.
func (s *site) forged(w http.ResponseWriter, r *http.Request) {
	s.message(w, r, http.StatusForbidden, "web.forged", "")
}

// stale answers a form that is too old, or not for this visitor: nothing happens, and
// the person sees where the conversation stands.
func (s *site) stale(w http.ResponseWriter, r *http.Request, v visitor) {
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		s.first(w, r, v, start{}, "web.notice.expired")
	default:
		words := words{s.Texts(), turn.Session.Lang}
		s.show(w, r, v, turn, []string{words.T("web.notice.expired")})
	}
}

// busy answers when the desk cannot take anything. The form may be sent again.
func (s *site) busy(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return // the visitor has gone
	}
	status := http.StatusServiceUnavailable
	if errors.Is(err, bot.ErrFlooded) {
		status = http.StatusTooManyRequests
	}
	s.Log.Error("a page could not be served", "status", status, "error", err)
	w.Header().Set("Retry-After", "10")
	s.message(w, r, status, "web.busy", r.URL.Path)
}

// message is a page that says one thing and how to go on.
func (s *site) message(w http.ResponseWriter, r *http.Request, status int, id, again string) {
	v := s.visitor(r)
	sh := s.sheet(r, v, v.lang)
	sh.NoIndex = true
	sh.Title = sh.T(id + ".title")
	if again == "" || r.Method != http.MethodGet {
		again = "/gesprek"
		if v.conversation == "" {
			again = "/"
		}
	}
	sh.Tongues = nil
	sh.Body = messageBody{Text: sh.T(id + ".text"), Again: again}
	s.render(w, status, "message", sh)
}

type messageBody struct{ Text, Again string }

// icon is what browsers ask for unasked.
func (s *site) icon(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, s.assets.url("mark.svg"), http.StatusSeeOther)
}

// robots lets the pages that are the same for everyone be found.
func (s *site) robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /gesprek\nDisallow: /vraag/\nDisallow: /advies\nDisallow: /werkgroep\n"))
}

// about tells how the advice is made, from the content itself.
func (s *site) about(w http.ResponseWriter, r *http.Request) {
	_, sh, err := s.lines(r)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	guide := s.Guide()
	body := aboutBody{Intro: sh.sections("web.over"), Guide: guide}
	for _, q := range guide.Questions {
		body.Questions = append(body.Questions, sh.aboutQuestion(q, guide.Sources))
	}
	for _, rule := range guide.Rules {
		body.Rules = append(body.Rules, sh.aboutRule(rule))
	}
	sh.Title, sh.Body = sh.T("web.over.title"), body
	s.render(w, http.StatusOK, "about", sh)
}

type aboutBody struct {
	Intro     []section
	Guide     content.Guide
	Questions []aboutQuestion
	Rules     []aboutRule
}

// aboutQuestion is a question with what each answer is worth.
type aboutQuestion struct {
	Text, Axis string
	Scored     bool
	Options    []aboutOption
	Sources    []flows.Source
}

type aboutOption struct{ Text, Points string }

func (w words) aboutQuestion(q *flows.Query, sources []flows.Source) aboutQuestion {
	a := aboutQuestion{Text: w.T("question." + q.ID + ".text"), Axis: w.T("web.axis." + firstOf(q.Axis, "none")), Scored: q.Axis != ""}
	for _, o := range q.Options {
		option := aboutOption{Text: w.T("option." + q.ID + "." + o.Value)}
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

func (w words) aboutRule(rule content.GuideRule) aboutRule {
	a := aboutRule{ID: rule.ID, Proposes: rule.Proposes}
	for _, all := range rule.When {
		var parts []string
		for _, c := range all {
			parts = append(parts, w.condition(c))
		}
		if len(parts) == 0 {
			parts = []string{w.T("web.rule.always")}
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
func (w words) condition(c content.GuideCondition) string {
	id := "web.rule." + c.Input
	if c.Not {
		id += ".not"
	}
	if len(c.Values) == 0 {
		return w.T(id)
	}
	var values []string
	for _, v := range c.Values {
		values = append(values, w.value(c.Input, v))
	}
	return w.T(id, "Values", strings.Join(values, " "+w.T("web.rule.or")+" "))
}

// value is the value of an input in words.
func (w words) value(input, value string) string {
	for _, id := range []string{"web.value." + input + "." + value, "option." + input + "." + value, "quadrant." + value + ".title"} {
		if w.texts.Has(w.texts.Languages()[0], id) {
			return w.T(id)
		}
	}
	return value
}
