package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/bot"
	"digiwijzer/bot/picture"
	"digiwijzer/flows"
)

// start is what a start page carries: the partner's link, and whether the device is
// shared.
type start struct {
	param   string
	partner Partner
	counter bool
	frame   bool
}

// peek asks what the engine would say to the visitor now.
func (s *site) peek(r *http.Request, v visitor, in flows.Input) (flows.Turn, bool, error) {
	ctx, cancel := context.WithTimeout(r.Context(), slowest)
	defer cancel()
	in.Lang = v.lang
	return s.Desk.Peek(ctx, bot.Chat{Channel: Channel, ID: v.conversation}, in)
}

// landing is the first question, or where a conversation stands.
func (s *site) landing(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	if v.conversation != "" {
		turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
		if err != nil {
			s.busy(w, r, err)
			return
		}
		if found {
			http.Redirect(w, r, addressOf(turn), http.StatusSeeOther)
			return
		}
	}
	s.first(w, r, v, start{}, "")
}

// first shows the first question to someone without a conversation. It begins nothing
// and sets no cookie.
func (s *site) first(w http.ResponseWriter, r *http.Request, v visitor, st start, notice string) {
	if v.conversation != "" && !s.keeps(r, v, st) {
		s.forget(w)
		v.conversation = ""
	}
	if own := st.partner.Link.Lang; own != "" && !v.langSet {
		v.lang = own
	}
	newcomer := v
	newcomer.conversation = ""
	link := st.partner.Link
	link.Lang = v.lang
	turn, _, err := s.peek(r, newcomer, flows.Input{Kind: flows.Show, Link: link})
	if err != nil {
		s.busy(w, r, err)
		return
	}
	sh := s.sheet(r, newcomer, v.lang)
	sh.Form.Param, sh.Form.Counter, sh.Frame, sh.Counter = st.param, st.counter, st.frame, st.counter
	if sh.Telegram != "" && st.param != "" {
		sh.Telegram += "?start=" + url.QueryEscape(st.param)
	}
	if st.counter {
		sh.Telegram = ""
	}
	if notice != "" {
		sh.Notices = append(sh.Notices, sh.T(notice))
	}
	body := landingBody{Partner: st.partner.Name, Resume: v.conversation != ""}
	for _, reply := range turn.Replies {
		body.reply = sh.reply(reply)
	}
	sh.Form.Viewed = body.Asks
	sh.Title, sh.Body = sh.T("web.landing.title"), body
	s.render(w, http.StatusOK, "landing", sh)
}

// keeps tells whether the visitor's cookie stands for a conversation that goes on
// beside this start page. On a shared device it never does.
func (s *site) keeps(r *http.Request, v visitor, st start) bool {
	if st.counter || st.frame || onDesk(v.conversation) {
		return false
	}
	_, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	return found && err == nil
}

type landingBody struct {
	reply
	Partner string
	Resume  bool
}

// current shows where the conversation stands, at the address that belongs to it.
func (s *site) current(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		s.first(w, r, v, start{}, "web.notice.none")
	case addressOf(turn) != r.URL.Path:
		http.Redirect(w, r, addressOf(turn), http.StatusSeeOther)
	default:
		s.show(w, r, v, turn, nil)
	}
}

// question shows a question. One that was answered before is shown with its answer,
// so that the browser's own back button does what one expects; nothing changes until
// another answer is given.
func (s *site) question(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	wanted := r.PathValue("question")
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil && found && asksNow(turn) != wanted {
		if _, answered := turn.Session.Answers[wanted]; answered && turn.Session.Phase != flows.PhaseIncident {
			turn, _, err = s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: wanted})
		}
	} else if err == nil && found && wanted == placeQuestion && r.URL.Query().Get("alle") != "" {
		turn, _, err = s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoPlaces})
	}
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		s.first(w, r, v, start{}, "web.notice.none")
	case asksNow(turn) != wanted:
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
	default:
		s.show(w, r, v, turn, nil)
	}
}

// addressOf is the address of the page that a turn leaves a person at.
func addressOf(t flows.Turn) string {
	switch t.Session.Phase {
	case flows.PhaseAsking:
		if question := asksNow(t); question != "" {
			return "/vraag/" + question
		}
	case flows.PhaseAdvised, flows.PhaseRated:
		return "/advies"
	case flows.PhaseNew, flows.PhaseStopped:
		return "/"
	}
	return "/gesprek"
}

// asksNow is the question that a turn asks; empty when it asks none.
func asksNow(t flows.Turn) string {
	for _, r := range slices.Backward(t.Replies) {
		if r.Slot == flows.Living {
			for _, row := range r.Keys {
				for _, b := range row {
					if b.Question != "" && b.Action == "" {
						return b.Question
					}
				}
			}
		}
	}
	return ""
}

// offers tells whether a turn has buttons for a question, and the rev they were made at.
func offers(t flows.Turn, question string) (rev int, ok bool) {
	for _, r := range t.Replies {
		for _, row := range r.Keys {
			for _, b := range row {
				if b.Question == question && b.Action == "" {
					return b.Rev, true
				}
			}
		}
	}
	return 0, false
}

// show sends the page of a turn within a conversation.
func (s *site) show(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn, notices []string) {
	sh := s.chatSheet(w, r, v, turn.Session)
	sh.Notices = append(sh.Notices, notices...)
	var replies []reply
	for _, one := range turn.Replies {
		next := sh.reply(one)
		sh.Notices = append(sh.Notices, next.Notices...)
		replies = append(replies, next)
	}
	last := replies[len(replies)-1]
	name := "aside"
	switch {
	case last.Slot == flows.Living:
		name = "question"
		sh.Form.Viewed = last.Asks
		sh.Title = last.Question
		sh.Body = last
	case last.Slot == flows.Advice:
		name = "advice"
		body := s.advice(sh.words, turn)
		sh.Title, sh.Body = body.Place.Title, body
	default:
		sh.Title = firstOf(last.Title, last.Question, sh.T("web.landing.title"))
		last.raise()
		sh.Body = asideBody{reply: last}
	}
	s.render(w, http.StatusOK, name, sh)
}

type adviceBody struct {
	Place  reply
	Advice reply
	Figure template.HTML
}

// advice is the result: the place in the figure and the advice.
func (s *site) advice(w words, turn flows.Turn) adviceBody {
	body := adviceBody{Place: w.reply(turn.Replies[0]), Advice: w.reply(turn.Replies[len(turn.Replies)-1])}
	body.Advice.Menu = slices.DeleteFunc(body.Advice.Menu, func(k key) bool { return k.Href == "/antwoorden" })
	if p := body.Place.Picture; p != nil {
		var svg strings.Builder
		if err := picture.SVG(&svg, picture.Quadrant(*p), w.texts, w.lang); err != nil {
			s.Log.Error("the figure could not be drawn", "error", err) // its words stand beside it
		}
		body.Figure = template.HTML(svg.String()) // our own drawing, with every word in it escaped
	}
	return body
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// chatSheet begins a page within a conversation. On a shared device it goes back to
// the start by itself when nobody is there any more.
func (s *site) chatSheet(w http.ResponseWriter, r *http.Request, v visitor, session flows.Session) *sheet {
	sh := s.sheet(r, v, session.Lang)
	sh.Chat, sh.TryOut = v.conversation != "", session.TryOut
	if onDesk(v.conversation) {
		sh.Counter, sh.Again, sh.Telegram = true, againAt(session), ""
		w.Header().Set("Refresh", strconv.Itoa(int(deskIdle.Seconds()))+"; url="+sh.Again)
	}
	return sh
}

// againAt is where the next person begins on a shared device.
func againAt(session flows.Session) string {
	if session.Partner == "" {
		return "/?balie=1"
	}
	param := session.Partner
	if session.Place {
		param += "_" + session.Answers[placeQuestion]
	}
	return "/p/" + url.PathEscape(param) + "?balie=1"
}

// aside shows a page beside the conversation.
func (s *site) aside(action string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.beside(w, r, flows.Input{Kind: flows.Action, Action: action})
	}
}

// initiative tells of one initiative.
func (s *site) initiative(w http.ResponseWriter, r *http.Request) {
	s.beside(w, r, flows.Input{Kind: flows.Action, Action: flows.DoAbout, Option: r.PathValue("id")})
}

func (s *site) beside(w http.ResponseWriter, r *http.Request, in flows.Input) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, in)
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !slices.ContainsFunc(turn.Replies, func(r flows.Reply) bool { return r.Slot == flows.Aside }):
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
	default:
		if !found {
			v.conversation = ""
		}
		s.showAside(w, r, v, turn, in.Action)
	}
}

// showAside sends a page beside the conversation. Its way back is a link: looking at
// it changed nothing.
func (s *site) showAside(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn, action string) {
	sh := s.chatSheet(w, r, v, turn.Session)
	body := sh.reply(turn.Replies[len(turn.Replies)-1])
	if !sh.Chat {
		sh.lang = v.lang
	}
	body.raise()
	onward := sh.T("chat.continue")
	for _, k := range slices.Concat(body.Primary, body.Menu) {
		if isContinue(k) {
			onward = k.Text
		}
	}
	body.Primary = slices.DeleteFunc(body.Primary, isContinue)
	body.Menu = slices.DeleteFunc(body.Menu, isContinue)
	if action == flows.DoAnswers {
		sh.addAnswers(&body, turn)
	}
	sh.Notices = body.Notices
	sh.Title = firstOf(body.Title, body.Question)
	sh.Body = asideBody{reply: body, Onward: onward}
	s.render(w, http.StatusOK, "aside", sh)
}

type asideBody struct {
	reply
	Onward string // the words of the way back; empty: there is none
}

func isContinue(k key) bool { return k.Value == "d."+flows.DoContinue+".." }

// addAnswers pairs each answer with the button that changes it.
func (w words) addAnswers(v *reply, turn flows.Turn) {
	r := turn.Replies[len(turn.Replies)-1]
	var changes []flows.Button
	for _, row := range r.Keys {
		for _, b := range row {
			if b.Action == flows.DoChange {
				changes = append(changes, b)
			}
		}
	}
	v.Menu = slices.DeleteFunc(v.Menu, func(k key) bool {
		return slices.ContainsFunc(changes, func(b flows.Button) bool { return encode(b) == k.Value })
	})
	i := 0
	for _, b := range r.Blocks {
		if b.Style != flows.Done || i >= len(changes) {
			continue
		}
		v.Done[i].Change = key{Text: w.say(changes[i].Label), Value: encode(changes[i])}
		i++
	}
}

// answer takes "Sector: horeca" apart, for a table.
func (w words) answer(p flows.Phrase) answer {
	a := answer{Text: w.say(p)}
	topic, ok := p.Args["Topic"].(flows.Phrase)
	given, fits := p.Args["Answer"].(flows.Phrase)
	if ok && fits {
		a.Topic, a.Given = w.say(topic), w.say(given)
	}
	return a
}

// stopping asks how to stop.
func (s *site) stopping(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		sh := s.chatSheet(w, r, v, turn.Session)
		sh.Title = sh.T("web.stop.title")
		s.render(w, http.StatusOK, "stoppen", sh)
	}
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
	now := s.Clock.Now()
	body.Date = sh.T("web.keep.date", "Day", now.Day(), "Month", sh.T("web.month."+strconv.Itoa(int(now.Month()))), "Year", strconv.Itoa(now.Year()))
	sh.Title, sh.Body = sh.T("web.keep.title"), body
	s.render(w, http.StatusOK, "keep", sh)
}

type keepBody struct {
	adviceBody
	More, Answers reply
	Date          string
}
