package web

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"digiwijzer/bot/draw"
	"digiwijzer/flows"
)

type adviceBody struct {
	Place  replyView
	Advice replyView
	Figure template.HTML
	Open   bool // all explanations of the actions are unfolded, for paper
	Remind bool // offers a calendar entry for the follow-up
	Rated  bool
}

// advice builds the result: the quadrant figure and the advice.
func (s *site) advice(l localizer, turn flows.Turn) adviceBody {
	body := adviceBody{Place: l.reply(turn.Replies[0]), Advice: l.reply(turn.Replies[len(turn.Replies)-1])}
	body.Advice.Menu = slices.DeleteFunc(body.Advice.Menu, func(b button) bool { return b.Href == "/antwoorden" })
	if p := body.Place.Picture; p != nil {
		var svg strings.Builder
		if err := draw.Quadrant(*p).Scene(l.texts, l.lang).SVG(&svg); err != nil {
			s.opts.Log.Error("drawing failed", "error", err) // the page also has it as text
		}
		body.Figure = template.HTML(svg.String()) // Scene.SVG escapes every text
	}
	return body
}

// keep shows the page to print or save: the advice, the other initiatives and the
// answers the advice is based on.
func (s *site) keep(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil && (!found || pathOf(turn) != "/advies") {
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
		return
	}
	more, _, errMore := s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoMore})
	answers, _, errAnswers := s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoAnswers})
	if err := errors.Join(err, errMore, errAnswers); err != nil {
		s.busy(w, r, err)
		return
	}
	page, err := s.chatPage(w, r, v, turn.Session)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	advice := s.advice(page.localizer, turn)
	advice.Open = true
	body := keepBody{adviceBody: advice,
		More: page.reply(more.Replies[0]), Answers: page.reply(answers.Replies[0])}
	page.addAnswers(&body.Answers, answers)
	body.Date = page.T("web.keep.date", "Date", page.date(s.opts.Clock.Now()))
	page.Title, page.Body = page.T("web.keep.title"), body
	s.render(w, http.StatusOK, "keep", page)
}

type keepBody struct {
	adviceBody
	More, Answers replyView
	Date          string
}
