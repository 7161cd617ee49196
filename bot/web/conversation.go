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

// entry is how a visitor reached the first question: by a partner's link, on a shared
// device (kiosk), or in a frame on a partner's site.
type entry struct {
	param   string
	link    flows.Link    // read from param
	partner flows.Partner // of the link; may be empty
	kiosk   bool
	frame   bool
}

// peek returns the turn that the input would lead to, and stores nothing.
func (s *site) peek(r *http.Request, v visitor, in flows.Input) (flows.Turn, bool, error) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	in.Lang = v.lang
	return s.opts.Dispatcher.Peek(ctx, bot.Chat{Channel: Channel, ID: v.conversation}, in)
}

// landing shows the first question, or redirects to the current page of a running
// conversation.
func (s *site) landing(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	if v.conversation != "" {
		turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
		if err != nil {
			s.busy(w, r, err)
			return
		}
		if found {
			http.Redirect(w, r, pathOf(turn), http.StatusSeeOther)
			return
		}
	}
	s.showLanding(w, r, v, entry{}, "")
}

// showLanding shows the first question to someone without a conversation. It starts
// no conversation and sets no cookie.
func (s *site) showLanding(w http.ResponseWriter, r *http.Request, v visitor, e entry, notice string) {
	if v.conversation != "" && !s.canResume(r, v, e) {
		s.clearConversation(w)
		v.conversation = ""
	}
	if own := e.link.Lang; own != "" && !v.langSet {
		v.lang = own
	}
	newcomer := v
	newcomer.conversation = ""
	link := e.link
	link.Lang = v.lang
	turn, _, err := s.peek(r, newcomer, flows.Input{Kind: flows.Show, Link: link})
	if err != nil {
		s.busy(w, r, err)
		return
	}
	page := s.newPage(r, newcomer, v.lang)
	page.Form.Param, page.Form.Kiosk, page.Frame, page.Kiosk = e.param, e.kiosk, e.frame, e.kiosk
	if page.Telegram != "" && e.param != "" {
		page.Telegram += "?start=" + url.QueryEscape(e.param)
	}
	if e.kiosk {
		page.Telegram = ""
	}
	if notice != "" {
		page.Notices = append(page.Notices, page.T(notice))
	}
	body := landingBody{Partner: e.partner.Name, Resume: v.conversation != "", Questions: s.questionCount(), Example: page.example()}
	for _, reply := range turn.Replies {
		body.replyView = page.reply(reply)
	}
	page.Form.Viewed = body.Asks
	page.Card = s.cardOf(page.localizer, e)
	page.Title, page.Body = page.T("web.landing.title"), body
	s.render(w, http.StatusOK, "landing", page)
}

// canResume reports whether the landing page offers to resume the conversation of the
// visitor's cookie. On a shared device it never does.
func (s *site) canResume(r *http.Request, v visitor, e entry) bool {
	if e.kiosk || e.frame || isKiosk(v.conversation) {
		return false
	}
	_, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	return found && err == nil
}

type landingBody struct {
	replyView
	Partner   string
	Resume    bool
	Questions int          // at most
	Example   []actionView // of what the check advises
}

// current shows the current page of the conversation, at its own address.
func (s *site) current(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		s.showLanding(w, r, v, entry{}, "web.notice.none")
	case pathOf(turn) != r.URL.Path:
		http.Redirect(w, r, pathOf(turn), http.StatusSeeOther)
	default:
		s.showTurn(w, r, v, turn, nil)
	}
}

// question shows a question. An earlier question is shown with the answer given, so
// that the browser's back button works as expected; nothing changes until another
// answer is submitted.
func (s *site) question(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	wanted := r.PathValue("question")
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	if err == nil && found && askedQuestion(turn) != wanted {
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
		s.showLanding(w, r, v, entry{}, "web.notice.none")
	case askedQuestion(turn) != wanted:
		http.Redirect(w, r, "/gesprek", http.StatusSeeOther)
	default:
		s.showTurn(w, r, v, turn, nil)
	}
}

// pathOf returns the address of the page that a turn ends at.
func pathOf(t flows.Turn) string {
	switch t.Session.Phase {
	case flows.PhaseAsking:
		if question := askedQuestion(t); question != "" {
			return "/vraag/" + question
		}
	case flows.PhaseAdvised, flows.PhaseRated:
		return "/advies"
	case flows.PhaseNew, flows.PhaseStopped:
		return "/"
	}
	return "/gesprek"
}

// askedQuestion returns the question that a turn asks; empty when it asks none.
func askedQuestion(t flows.Turn) string {
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

// optionsRev reports whether a turn has option buttons for a question, and their rev.
func optionsRev(t flows.Turn, question string) (rev int, ok bool) {
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

// showTurn renders the page of a turn within a conversation.
func (s *site) showTurn(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn, notices []string) {
	page := s.chatPage(w, r, v, turn.Session)
	page.Notices = append(page.Notices, notices...)
	var replies []replyView
	for _, one := range turn.Replies {
		next := page.reply(one)
		page.Notices = append(page.Notices, next.Notices...)
		replies = append(replies, next)
	}
	last := replies[len(replies)-1]
	name := "info"
	switch {
	case last.Slot == flows.Living:
		name = "question"
		page.Form.Viewed = last.Asks
		page.Title = last.Question
		page.Body = last
	case last.Slot == flows.Advice:
		name = "advice"
		body := s.advice(page.localizer, v, turn)
		body.Remind = s.offersReminder(v, turn.Session)
		page.Title, page.Body = body.Place.Title, body
	default:
		page.Title = firstOf(last.Title, last.Question, page.T("web.landing.title"))
		last.promoteSteps()
		page.Body = infoBody{replyView: last}
	}
	s.render(w, http.StatusOK, name, page)
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// chatPage starts a page within a conversation. On a shared device the page returns to
// the start by itself after kioskIdle.
func (s *site) chatPage(w http.ResponseWriter, r *http.Request, v visitor, session flows.Session) *pageData {
	page := s.newPage(r, v, session.Lang)
	page.Chat, page.TryOut = v.conversation != "", session.TryOut
	if isKiosk(v.conversation) {
		page.Kiosk, page.Telegram = true, ""
		w.Header().Set("Refresh", strconv.Itoa(int(kioskIdle.Seconds()))+"; url="+kioskStart(session))
	}
	return page
}

// kioskStart returns the address where the next person starts on a shared device.
func kioskStart(session flows.Session) string {
	if session.Partner == "" {
		return "/?balie=1"
	}
	param := session.Partner
	if session.Place {
		param += "_" + session.Answers[placeQuestion]
	}
	return "/p/" + url.PathEscape(param) + "?balie=1"
}
