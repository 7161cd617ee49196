package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// start is what a start page carries: the partner's link, and whether the device is
// shared.
type start struct {
	param   string
	link    flows.Link    // read from param
	partner flows.Partner // of the link; may be empty
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
	if own := st.link.Lang; own != "" && !v.langSet {
		v.lang = own
	}
	newcomer := v
	newcomer.conversation = ""
	link := st.link
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
		body.Remind = s.reminds(v, turn.Session)
		sh.Title, sh.Body = body.Place.Title, body
	default:
		sh.Title = firstOf(last.Title, last.Question, sh.T("web.landing.title"))
		last.raise()
		sh.Body = asideBody{reply: last}
	}
	s.render(w, http.StatusOK, name, sh)
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
