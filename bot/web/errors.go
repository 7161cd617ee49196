package web

import (
	"context"
	"errors"
	"net/http"

	"digiwijzer/bot"
)

// notFound answers an unknown address.
func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	if s.mistyped(w, r) {
		return
	}
	s.message(w, r, http.StatusNotFound, "web.missing", "")
}

// crossOrigin answers a form submitted by another site.
func (s *site) crossOrigin(w http.ResponseWriter, r *http.Request) {
	s.message(w, r, http.StatusForbidden, "web.forged", "")
}

// expiredForm answers a form that is too old, or was made for another visitor: nothing changes, and the current
// page is shown with a notice.
func (s *site) expiredForm(w http.ResponseWriter, r *http.Request, v visitor, f submission) {
	turn, found, err := s.currentTurn(r, v)
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		s.withoutConversation(w, r, v, f, onExpired)
	default:
		l := localizer{s.opts.Texts(), turn.Session.Lang}
		s.setFlash(w, flash{Notices: []string{l.T("web.notice.expired")}})
		http.Redirect(w, r, pathOf(turn), http.StatusSeeOther)
	}
}

// busy answers a request that the dispatcher failed or refused. The client may retry.
func (s *site) busy(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return // the visitor disconnected
	}
	if errors.Is(err, bot.ErrFull) {
		w.Header().Set("Retry-After", "3600")
		s.message(w, r, http.StatusServiceUnavailable, "web.full", "")
		return
	}
	status := http.StatusServiceUnavailable
	if errors.Is(err, bot.ErrFlooded) {
		status = http.StatusTooManyRequests
	}
	s.opts.Log.Error("request failed", "status", status, "error", err)
	w.Header().Set("Retry-After", "10")
	s.message(w, r, status, "web.busy", r.URL.RequestURI())
}

// message renders a page with one text and a link to continue: next, or the conversation when next is empty or
// the request was not a GET.
func (s *site) message(w http.ResponseWriter, r *http.Request, status int, id, next string) {
	v := s.visitor(r)
	page := s.newPage(r, v, v.lang)
	page.NoIndex = true
	page.Title = page.T(id + ".title")
	body := messageBody{Text: page.T(id + ".text"), Next: next, Label: page.T("web.on")}
	switch {
	case next != "" && r.Method == http.MethodGet:
	case v.conversation != "":
		body.Next = "/gesprek"
	case v.kiosk.on:
		body.Next, body.Label = v.kiosk.start(), page.T("web.to_start")
	default:
		body.Next, body.Label = "/"+page.LangQuery(), page.T("web.to_start")
	}
	page.Languages = nil
	page.Body = body
	s.render(w, status, "message", page)
}

type messageBody struct{ Text, Next, Label string }
