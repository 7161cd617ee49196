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
	Place  reply
	Advice reply
	Figure template.HTML
	Remind bool // offers a calendar entry for the one question later
}

// advice is the result: the place in the figure and the advice.
func (s *site) advice(w words, turn flows.Turn) adviceBody {
	body := adviceBody{Place: w.reply(turn.Replies[0]), Advice: w.reply(turn.Replies[len(turn.Replies)-1])}
	body.Advice.Menu = slices.DeleteFunc(body.Advice.Menu, func(k key) bool { return k.Href == "/antwoorden" })
	if p := body.Place.Picture; p != nil {
		var svg strings.Builder
		if err := draw.Quadrant(*p).Scene(w.texts, w.lang).SVG(&svg); err != nil {
			s.Log.Error("the figure could not be drawn", "error", err) // its words stand beside it
		}
		body.Figure = template.HTML(svg.String()) // our own drawing, with every word in it escaped
	}
	return body
}

// keep is the page to print or keep: the advice, what else there is, and the answers
// it was made from.
func (s *site) keep(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil && (!found || addressOf(turn) != "/advies") {
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
		return
	}
	more, _, errMore := s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoMore})
	answers, _, errAnswers := s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoAnswers})
	if err := errors.Join(err, errMore, errAnswers); err != nil {
		s.busy(w, r, err)
		return
	}
	sh := s.chatSheet(w, r, v, turn.Session)
	body := keepBody{adviceBody: s.advice(sh.words, turn),
		More: sh.reply(more.Replies[0]), Answers: sh.reply(answers.Replies[0])}
	sh.addAnswers(&body.Answers, answers)
	body.Date = sh.T("web.keep.date", "Date", sh.dayInWords(s.Clock.Now()))
	sh.Title, sh.Body = sh.T("web.keep.title"), body
	s.render(w, http.StatusOK, "keep", sh)
}

type keepBody struct {
	adviceBody
	More, Answers reply
	Date          string
}
