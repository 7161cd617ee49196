package web

import (
	"context"
	"errors"
	"net/http"

	"digiwijzer/bot"
	"digiwijzer/flows"
)

// notFound answers an unknown address.
func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	s.message(w, r, http.StatusNotFound, "web.missing", "")
}

// crossOrigin answers a form submitted by another site.
func (s *site) crossOrigin(w http.ResponseWriter, r *http.Request) {
	s.message(w, r, http.StatusForbidden, "web.forged", "")
}

// expiredForm answers a form that is too old, or was made for another visitor: nothing
// changes, and the current page is shown with a notice.
func (s *site) expiredForm(w http.ResponseWriter, r *http.Request, v visitor) {
	turn, found, err := s.peek(r, v, flows.Input{Kind: flows.Show})
	switch {
	case err != nil:
		s.busy(w, r, err)
	case !found:
		s.showLanding(w, r, v, entry{}, "web.notice.expired")
	default:
		l := localizer{s.opts.Texts(), turn.Session.Lang}
		s.showTurn(w, r, v, turn, []string{l.T("web.notice.expired")})
	}
}

// busy answers a request that the dispatcher failed or refused. The client may retry.
func (s *site) busy(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return // the visitor disconnected
	}
	status := http.StatusServiceUnavailable
	if errors.Is(err, bot.ErrFlooded) {
		status = http.StatusTooManyRequests
	}
	s.opts.Log.Error("request failed", "status", status, "error", err)
	w.Header().Set("Retry-After", "10")
	s.message(w, r, status, "web.busy", r.URL.Path)
}

// message renders a page with one text and a link to continue: next, or the
// conversation when next is empty or the request was no GET.
func (s *site) message(w http.ResponseWriter, r *http.Request, status int, id, next string) {
	v := s.visitor(r)
	page := s.newPage(r, v, v.lang)
	page.NoIndex = true
	page.Title = page.T(id + ".title")
	if next == "" || r.Method != http.MethodGet {
		next = "/gesprek"
		if v.conversation == "" {
			next = "/"
		}
	}
	page.Languages = nil
	page.Body = messageBody{Text: page.T(id + ".text"), Next: next}
	s.render(w, status, "message", page)
}

type messageBody struct{ Text, Next string }
