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
	// Picture is drawn as Figure.
	Picture *flows.QuadrantPicture
	Figure  template.HTML
	Open    bool // all explanations of the actions are expanded, for printing
	Remind  bool // offers a calendar entry for the follow-up
	Rated   bool
	Take    *take // ways to keep the advice; nil on a shared device
	Code    *codeView
}

// scoreBar is a score from 0 to 100. Low and High are its bounds if some answers are unknown; empty: the
// score is certain.
type scoreBar struct {
	Label, Value, Low, High string
	Spread                  int // from Low to High
}

// advice builds the result: the scores, the quadrant figure and the advice.
func (s *site) advice(l localizer, v visitor, turn flows.Turn) adviceBody {
	place, scores := l.scores(turn.Replies[0])
	reply := turn.Replies[len(turn.Replies)-1]
	// The strip above every page already shows this.
	reply.Blocks = slices.DeleteFunc(slices.Clone(reply.Blocks), func(b flows.Block) bool { return b.Text.ID == "chat.try_out_result" })
	body := adviceBody{Place: l.reply(place), Advice: l.reply(reply), Scores: scores, Who: s.who(l, turn.Session)}
	body.Advice.Menu = slices.DeleteFunc(body.Advice.Menu, func(b button) bool { return b.Href == "/antwoorden" })
	if body.Picture = body.Place.Picture; body.Picture != nil {
		body.Figure = s.figure(draw.Quadrant(*body.Picture).Scene(l.texts, l.lang))
	}
	if !v.kiosk.on {
		body.Take = s.take(l, body)
	}
	body.Code = s.code(l, v, body)
	return body
}

// figure returns a drawing for a page.
func (s *site) figure(scene draw.Scene) template.HTML {
	var svg strings.Builder
	if err := scene.SVG(&svg); err != nil {
		s.opts.Log.Error("drawing failed", "error", err) // the page also has it as text
	}
	return template.HTML(svg.String()) // Scene.SVG escapes every text
}

// scores moves the line with both scores out of the reply with the picture, as bars. Without a quadrant
// there are none.
func (l localizer) scores(r flows.Reply) (rest flows.Reply, bars []scoreBar) {
	rest = r
	at := slices.IndexFunc(r.Blocks, func(b flows.Block) bool { return b.Text.ID == "result.scores" })
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
	kept, ok := s.kept(w, r, v)
	if !ok {
		return
	}
	page, err := s.chatPage(w, r, v, kept.session)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	page.Title, page.Body = page.T("web.keep.title"), kept
	s.render(w, http.StatusOK, "keep", page)
}

// keepBody is an advice with everything it is based on.
type keepBody struct {
	adviceBody
	More, Answers replyView
	Date          string
	session       flows.Session
}

// kept returns the advice of the visitor's own conversation; if ok is false it has answered the request.
func (s *site) kept(w http.ResponseWriter, r *http.Request, v visitor) (body keepBody, ok bool) {
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil && (!found || pathOf(turn) != "/advies") {
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
		return keepBody{}, false
	}
	more, _, errMore := s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoMore})
	answers, _, errAnswers := s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoAnswers})
	if err := errors.Join(err, errMore, errAnswers); err != nil {
		s.busy(w, r, err)
		return keepBody{}, false
	}
	l := localizer{s.opts.Texts(), turn.Session.Lang}
	body = keepBody{adviceBody: s.advice(l, v, turn), session: turn.Session,
		More: l.reply(more.Replies[0]), Answers: l.reply(answers.Replies[0])}
	body.Open = true
	if body.Picture != nil {
		body.Figure = s.figure(draw.Quadrant(*body.Picture).PaperScene(l.texts, l.lang))
	}
	l.addAnswers(&body.Answers, answers)
	body.Date = l.T("web.keep.date", "Date", l.date(s.opts.Clock.Now()))
	return body, true
}
