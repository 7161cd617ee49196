package web

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot/draw"
	"digiwijzer/flows"
)

type adviceBody struct {
	Place  replyView
	Advice replyView
	Who    string // the business in a few words
	Scores []scoreBar
	Figure template.HTML
	Open   bool  // all explanations of the actions are unfolded, for paper
	Remind bool  // offers a calendar entry for the follow-up
	Take   *take // ways to keep the advice; nil on a shared device
}

// scoreBar is a score from 0 to 100. Low and High are what it may be, where the person did
// not know every answer; empty: the score is certain.
type scoreBar struct {
	Label, Value, Low, High string
	Spread                  int // from Low to High
}

// advice builds the result: the scores, the quadrant figure and the advice.
func (s *site) advice(l localizer, v visitor, turn flows.Turn) adviceBody {
	place, scores := l.scores(turn.Replies[0])
	body := adviceBody{Place: l.reply(place), Advice: l.reply(turn.Replies[len(turn.Replies)-1]), Scores: scores, Who: s.who(l, turn.Session)}
	body.Advice.Menu = slices.DeleteFunc(body.Advice.Menu, func(b button) bool { return b.Href == "/antwoorden" })
	if p := body.Place.Picture; p != nil {
		var svg strings.Builder
		if err := draw.Quadrant(*p).Scene(l.texts, l.lang).SVG(&svg); err != nil {
			s.opts.Log.Error("drawing failed", "error", err) // the page also has it as text
		}
		body.Figure = template.HTML(svg.String()) // Scene.SVG escapes every text
	}
	if !isKiosk(v.conversation) {
		body.Take = s.take(l, body)
	}
	return body
}

// scores takes the line with both scores out of the reply with the picture, as bars. Without
// a quadrant there are none.
func (l localizer) scores(r flows.Reply) (rest flows.Reply, bars []scoreBar) {
	rest = r
	at := slices.IndexFunc(r.Blocks, func(b flows.Block) bool { return b.Text.ID == "chat.scores" })
	if at < 0 {
		return rest, nil
	}
	rest.Blocks = slices.Delete(slices.Clone(r.Blocks), at, at+1)
	if r.Picture == nil || !draw.Quadrant(*r.Picture).Known() {
		return rest, nil
	}
	for _, axis := range []struct{ arg, label string }{{"Impact", "web.result.impact"}, {"Readiness", "web.result.readiness"}} {
		score, _ := r.Blocks[at].Text.Args[axis.arg].(flows.Phrase)
		text := func(name string) string { s, _ := score.Args[name].(string); return s }
		bar := scoreBar{Label: l.T(axis.label), Value: text("Score"), Low: text("Low"), High: text("High")}
		low, _ := strconv.Atoi(bar.Low)
		high, _ := strconv.Atoi(bar.High)
		bar.Spread = high - low
		bars = append(bars, bar)
	}
	return rest, bars
}

// who returns the business in a few words: sector and size.
func (s *site) who(l localizer, session flows.Session) string {
	var parts []string
	for _, question := range []string{"sector", "size"} {
		if id := "option." + question + "." + session.Answers[question]; l.texts.Has(l.texts.Languages()[0], id) {
			parts = append(parts, l.T(id))
		}
	}
	return strings.Join(parts, ", ")
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
	page := s.chatPage(w, r, v, turn.Session)
	advice := s.advice(page.localizer, v, turn)
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
