package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// entry is how a visitor reached the first question: by a partner's link, on a kiosk, or in
// a frame on a partner's site.
type entry struct {
	param   string        // cleaned
	link    flows.Link    // read from param
	partner flows.Partner // of the link; may be empty
	kiosk   bool
	frame   bool
}

// channelInput adds what this channel allows.
func channelInput(in flows.Input) flows.Input {
	in.Can.Check = true
	return in
}

func chatOf(v visitor) bot.Chat { return bot.Chat{Channel: Channel, ID: v.conversation} }

// timeout limits the work for one request.
func (s *site) timeout(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), requestTimeout)
}

// peek returns the turn that the input would lead to, and stores nothing.
func (s *site) peek(r *http.Request, v visitor, in flows.Input) (flows.Turn, bool, error) {
	ctx, cancel := s.timeout(r)
	defer cancel()
	in.Lang = v.lang
	return s.opts.Dispatcher.Peek(ctx, bot.Update{Chat: chatOf(v), Input: channelInput(in), Beginning: s.beginningOf(v)})
}

// current shows the current page of the conversation, at its own address.
func (s *site) current(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.currentTurn(r, v)
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		s.withoutConversation(w, r, v, submission{}, onNone)
	case pathOf(turn) != r.URL.Path:
		http.Redirect(w, r, pathOf(turn), http.StatusSeeOther)
	default:
		s.showTurn(w, r, v, turn)
	}
}

// check shows all answers before the result, and afterwards, by the browser's back button.
func (s *site) check(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.currentTurn(r, v)
	if err == nil && found && pathOf(turn) == "/advies" {
		s.serveInfo(w, r, flows.Input{Kind: flows.Action, Action: flows.DoAnswers})
		return
	}
	s.current(w, r)
}

// question shows a question. An earlier question is shown with the answer given, so
// that the browser's back button works as expected; nothing changes until another
// answer is submitted.
func (s *site) question(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	wanted := r.PathValue("question")
	turn, found, err := s.currentTurn(r, v)
	if err == nil && found && askedQuestion(turn) != wanted {
		if _, answered := turn.Session.Answers[wanted]; answered && turn.Session.Phase != flows.PhaseIncident {
			turn, _, err = s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoChange, Question: wanted})
		}
	}
	if err == nil && found && askedQuestion(turn) == placeQuestion && r.URL.Query().Get("alle") != "" {
		turn, _, err = s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoPlaces})
	}
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		s.withoutConversation(w, r, v, submission{}, onNone)
	case askedQuestion(turn) != wanted:
		http.Redirect(w, r, pathOf(turn), http.StatusSeeOther)
	default:
		s.showTurn(w, r, v, turn)
	}
}

// incident shows what to do in a security incident, also to someone without a conversation
// or cookies.
func (s *site) incident(w http.ResponseWriter, r *http.Request) {
	v := s.visitor(r)
	turn, found, err := s.currentTurn(r, v)
	if err == nil && (!found || turn.Session.Phase != flows.PhaseIncident) {
		turn, _, err = s.peek(r, v, flows.Input{Kind: flows.Action, Action: flows.DoIncident})
	}
	if err != nil {
		s.busy(w, r, err)
		return
	}
	if !found {
		s.forget(w, &v)
		turn.Session.Lang = v.lang
	}
	s.showInfo(w, r, v, turn, flows.DoIncident)
}

// pathOf returns the address of the page that a turn ends at: every page has one of its
// own.
func pathOf(t flows.Turn) string {
	switch t.Session.Phase {
	case flows.PhaseAsking:
		switch question := askedQuestion(t); question {
		case "":
		case flows.CheckQuestion:
			return "/controle"
		default:
			return "/vraag/" + question
		}
	case flows.PhaseAdvised, flows.PhaseRated:
		return "/advies"
	case flows.PhaseIncident:
		return "/alarm/nu"
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
func (s *site) showTurn(w http.ResponseWriter, r *http.Request, v visitor, turn flows.Turn) {
	page, err := s.chatPage(w, r, v, turn.Session)
	if err != nil {
		s.busy(w, r, err)
		return
	}
	s.showFlash(w, r, page)
	last := page.reply(turn.Replies[len(turn.Replies)-1])
	last.Notices = nil // they belong to the previous turn
	name := "info"
	switch {
	case last.Asks == flows.CheckQuestion:
		name, page.Title, page.Body = "check", last.Question, s.checkBody(page, turn)
	case last.Slot == flows.Living:
		name = "question"
		if last.Typed {
			last.Places = s.opts.Places()
		}
		page.Form.Viewed = last.Asks
		page.Title = last.Question
		if v.kiosk.on && last.Guess() { // titles stay in the browser's history
			page.Title = page.T("question." + placeQuestion + ".text")
		}
		if last.Of > 0 {
			page.Title = page.T("web.progress_title", "Question", page.Title, "At", last.At, "Of", last.Of)
		}
		page.Body = last
	case last.Slot == flows.Advice:
		name = "advice"
		body := s.advice(page.localizer, v, turn)
		body.Rated = turn.Session.Phase == flows.PhaseRated && !turn.Session.FromCode
		body.Remind = s.offersReminder(v, turn.Session)
		page.Title, page.Body = page.T("web.result.title", "Result", body.Place.Title), body
		if v.kiosk.on {
			page.Title = page.T("web.result.title_kiosk")
		}
	default:
		page.Title = cmp.Or(last.Title, last.Question, page.T("web.landing.title"))
		last.promoteSteps()
		page.Body = newInfoBody(last, "", turn.Session.Phase == flows.PhaseIncident)
	}
	if page.Error != "" {
		page.Title = page.T("web.error.title", "Title", page.Title)
	}
	s.render(w, http.StatusOK, name, page)
}

// checkBody is every answer, by part, with a link to change it.
type checkBody struct {
	replyView
	Groups []answerGroup
}

type answerGroup struct {
	Title   string
	Answers []answer
}

func (s *site) checkBody(page *pageData, turn flows.Turn) checkBody {
	reply := turn.Replies[len(turn.Replies)-1]
	body := checkBody{replyView: page.reply(reply)}
	page.addAnswers(&body.replyView, turn)
	next := 0
	for _, b := range reply.Blocks {
		switch b.Style {
		case flows.Group:
			body.Groups = append(body.Groups, answerGroup{Title: page.phrase(b.Text)})
		case flows.Done:
			last := &body.Groups[len(body.Groups)-1]
			last.Answers = append(last.Answers, body.Done[next])
			next++
		}
	}
	return body
}

// chatPage starts a page within a conversation. On a kiosk it prevents the conversation from expiring.
func (s *site) chatPage(w http.ResponseWriter, r *http.Request, v visitor, session flows.Session) (*pageData, error) {
	if v.kiosk.on {
		if err := s.occupy(w, r, &v); err != nil {
			return nil, err
		}
	}
	page := s.newPage(r, v, session.Lang)
	page.Chat, page.TryOut = v.conversation != "", session.TryOut
	page.Form.Param = cmp.Or(page.Form.Param, paramOf(session))
	return page, nil
}

// paramOf returns the parameter of the start link of a conversation, as far as it is known.
func paramOf(session flows.Session) string {
	link := flows.Link{Partner: session.Partner}
	if session.Place {
		link.Municipality = session.Answers[placeQuestion]
	}
	param, err := link.Parameter()
	if err != nil {
		return "" // without a partner
	}
	return param
}
